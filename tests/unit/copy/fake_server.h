/* The operations of the fake S3 (fake_s3.h has its data). */
#ifndef COPYOUT_TEST_FAKE_SERVER_H
#define COPYOUT_TEST_FAKE_SERVER_H

#include "fake_s3.h"

/* An answer that is being made. */
struct fake_answer {
    struct s3_reply reply;
    struct headers headers;
};

static inline void fake_fail(struct fake_answer *a, int status, const char *code)
{
    a->reply.err = fake_error(status, code);
}

/* --- reads --- */

static inline unsigned fake_tags(const char *tagging)
{
    unsigned n = tagging[0] ? 1 : 0;

    for (; *tagging; tagging++)
        n += *tagging == '&';
    return n;
}

static inline void fake_show_lock(const struct fake_object *o, struct headers *headers)
{
    const char *at = o->lock;
    char name[64], value[64];
    int n;

    while (sscanf(at, "%63[^:]: %63[^\n]\n%n", name, value, &n) == 2) {
        headers_add(headers, name, value);
        at += n;
    }
}

static inline void fake_head(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);
    struct object_info *info = &a->reply.u.object;
    unsigned part = q->r.u.head.part;

    if (!o || o->needs_key == 1 || (o->needs_key == 2 && q->has_key) ||
            (o->needs_key == 3 && !q->has_key)) {
        fake_fail(a, o ? 400 : 404, NULL);
        return;
    }
    if (part > 0 && o->parts > 0 && part > o->parts && !f->ways.no_parts) {
        fake_fail(a, 416, NULL);
        return;
    }
    if (q->r.u.head.checksums && (f->ways.refuses_sums & (strcmp(q->bucket, SRC) ? 2 : 1))) {
        fake_fail(a, 403, NULL);
        return;
    }
    info->size = o->bytes.size;
    memcpy(info->etag, o->etag, sizeof info->etag);
    info->etag_kind = o->kind;
    memcpy(info->storage_class, o->storage_class, sizeof info->storage_class);
    if (q->r.u.head.checksums && part == 0 && o->sum[0]) {
        checksums_add(&info->checksums, o->sum_kind, o->sum);
        info->checksum_type = o->sum_type;
    }
    info->archive = o->archive;
    info->tags = f->ways.no_tag_count || !o->tagging[0] ? TAGS_UNKNOWN : fake_tags(o->tagging);
    if (!f->ways.no_tag_count && !f->ways.no_zero_count && !o->tagging[0] &&
            (strcmp(q->bucket, DST) == 0 || f->ways.zero_tag_count))
        info->tags = 0; /* Ceph RGW 16 says that there are none */
    if (part > 0 && o->parts > 0 && !f->ways.no_parts) {
        info->parts_count = o->parts;
        info->size = o->lengths[part - 1];
    }
    headers_add(&a->headers, "content-type", "text/plain");
    headers_add(&a->headers, "x-amz-meta-colour", "blue");
    headers_add(&a->headers, "etag", o->etag);
    fake_show_lock(o, &a->headers);
    if (f->ways.amazon)
        headers_add(&a->headers, "server", "AmazonS3");
    headers_addf(&a->headers, "x-amz-version-id", "version-%u", o->version);
}

static inline void fake_get(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else if ((o->needs_key == 2 && q->has_key) || (o->needs_key == 3 && !q->has_key))
        fake_fail(a, 400, "InvalidRequest");
    else if (o->bytes.size == 0)
        fake_fail(a, 416, "InvalidRange");
}

static inline void fake_get_tagging(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else if (f->ways.no_tagging)
        fake_fail(a, 501, "NotImplemented");
    else
        a->reply.u.tagging = o->tagging;
}

static inline void fake_put_tagging(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else if (f->ways.no_tagging)
        fake_fail(a, 501, "NotImplemented");
    else if (!f->ways.deaf_to_tags)
        snprintf(o->tagging, sizeof o->tagging, "%s", q->tagging);
}

/* false: the answer is an error. */
static inline bool fake_may_annotate(struct fake *f, const struct fake_request *q,
        const struct fake_object *o, struct fake_answer *a)
{
    bool source = strcmp(q->bucket, SRC) == 0;
    enum s3_op op = q->r.op;

    if (f->ways.annotations == FAKE_ANNOTATIONS_UNKNOWN)
        fake_fail(a, 501, "NotImplemented");
    else if ((op == S3_LIST_OBJECT_ANNOTATIONS && source &&
                     f->ways.annotations == FAKE_ANNOTATIONS_UNLISTED) ||
             (op == S3_LIST_OBJECT_ANNOTATIONS && !source &&
                     f->ways.annotations == FAKE_ANNOTATIONS_UNSHOWN) ||
             (op == S3_GET_OBJECT_ANNOTATION && f->ways.annotations == FAKE_ANNOTATIONS_UNREAD) ||
             (op == S3_PUT_OBJECT_ANNOTATION && f->ways.annotations == FAKE_ANNOTATIONS_UNPUT))
        fake_fail(a, 403, "AccessDenied");
    else if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else
        return true;
    return false;
}

static inline void fake_list_annotations(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    static struct s3_annotation page[FAKE_ANNOTATIONS_PAGE];
    static char next[16];
    struct fake_object *o = fake_find(f, q->bucket, q->key);
    unsigned i = q->start_after[0] ? (unsigned)atoi(q->start_after) : 0;
    struct s3_annotations *out = &a->reply.u.annotations;
    unsigned goes_round =
            strcmp(q->bucket, SRC) == 0 ? FAKE_PAGES_GO_ROUND : FAKE_PAGES_GO_ROUND_THERE;

    if (!fake_may_annotate(f, q, o, a))
        return;
    snprintf(next, sizeof next, "0");
    out->list = page;
    if (f->ways.annotation_pages == FAKE_PAGES_BEGIN_EMPTY && !q->start_after[0]) {
        out->next = next;
        return;
    }
    for (; i < o->annotation_count && out->count < FAKE_ANNOTATIONS_PAGE; i++) {
        struct s3_annotation *one = &page[out->count++];

        one->name = o->annotations[i].name;
        one->size = strlen(o->annotations[i].text);
        snprintf(one->etag, sizeof one->etag, "of-%s", o->annotations[i].text);
    }
    if (i < o->annotation_count)
        snprintf(next, sizeof next, "%u", i);
    if (i < o->annotation_count || f->ways.annotation_pages == goes_round)
        out->next = next;
}

static inline void fake_get_annotation(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);
    const char *text = o ? fake_annotation(o, q->prefix) : NULL;

    if (!fake_may_annotate(f, q, o, a))
        return;
    if (text)
        a->reply.u.annotation = (struct s3_annotation_text){text, strlen(text)};
    else
        fake_fail(a, 404, "NoSuchAnnotation");
}

static inline void fake_put_annotation(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!fake_may_annotate(f, q, o, a))
        return;
    if (q->match[0] && strcmp(o->etag, q->match) != 0)
        fake_fail(a, 412, "PreconditionFailed");
    else
        fake_annotate(o, q->prefix, q->tagging);
}

static inline void fake_restore(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else if (o->archive == ARCHIVE_RESTORING)
        fake_fail(a, 409, "RestoreAlreadyInProgress");
    else if (o->archive == ARCHIVE_NOT)
        fake_fail(a, 403, "InvalidObjectState");
    else if (o->archive == ARCHIVE_STORED)
        o->archive = ARCHIVE_RESTORING;
}

static inline void fake_list_parts(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    static struct s3_part page[2]; /* small pages, so that there are several */
    struct fake_upload *u = fake_find_upload(f, q->upload_id);
    struct s3_parts *parts = &a->reply.u.parts;
    unsigned i;

    if (!u) {
        fake_fail(a, 404, "NoSuchUpload");
        return;
    }
    parts->parts = page;
    parts->checksum = u->checksum;
    for (i = q->r.u.parts.after; i < u->count && !parts->next; i++) {
        if (!u->parts[i].etag[0])
            continue;
        if (parts->count == sizeof page / sizeof page[0]) {
            parts->next = page[parts->count - 1].number;
            return;
        }
        page[parts->count] = (struct s3_part){.number = i + 1, .size = u->parts[i].bytes.size};
        memcpy(page[parts->count].checksum, u->parts[i].sum, CHECKSUM_SIZE);
        page[parts->count].checksum_kind = u->checksum.kind;
        memcpy(page[parts->count++].etag, u->parts[i].etag, ETAG_SIZE);
    }
    if (f->ways.goes_round)
        parts->next = 1;
    /* Parts that outlived an abort are there although no part of ours was seen. */
    if (parts->count == 0 && u->aborted > 0)
        page[parts->count++] = (struct s3_part){.number = 1, .size = 1, .etag = "left"};
}

static inline void fake_list_uploads(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    enum { NUMBER_AT = sizeof "upload-" - 1 }; /* ids are in the order of their numbers */
    static struct s3_upload page[16];
    static char next[32];
    unsigned most = f->ways.uploads_page ? f->ways.uploads_page : sizeof page / sizeof page[0];
    unsigned after = q->upload_id[0] ? (unsigned)atoi(q->upload_id + NUMBER_AT) : 0;
    struct s3_uploads *uploads = &a->reply.u.uploads;
    struct list *link, *tmp;

    uploads->uploads = page;
    LIST_FOR_EACH(link, tmp, &f->uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (strcmp(u->bucket, q->bucket) != 0 || strcmp(u->key, q->key) != 0 ||
                (unsigned)atoi(u->id + NUMBER_AT) <= after)
            continue;
        if (uploads->count == most) {
            uploads->next = next;
            break;
        }
        page[uploads->count++] = (struct s3_upload){u->id, u->initiated_s};
        snprintf(next, sizeof next, "%s", u->id);
    }
    if (f->ways.goes_round && !uploads->next) {
        snprintf(next, sizeof next, "upload-0");
        uploads->next = next;
    }
}

/* As Amazon S3 says it where it is asked. */
static inline enum s3_restored fake_restored(const struct fake_object *o)
{
    return o->archive == ARCHIVE_RESTORED    ? S3_RESTORED_YES
           : o->archive == ARCHIVE_RESTORING ? S3_RESTORED_UNDER_WAY
                                             : S3_RESTORED_NOT;
}

static inline struct s3_listed fake_listed(const struct fake_object *o)
{
    struct s3_listed listed = {.key = (char *)(uintptr_t)o->key, .size = o->bytes.size};

    memcpy(listed.etag, o->etag, sizeof listed.etag);
    snprintf(listed.storage_class, sizeof listed.storage_class, "%s",
            o->storage_class[0]                                               ? o->storage_class
            : o->archive == ARCHIVE_STORED || o->archive == ARCHIVE_RESTORING ? "GLACIER"
                                                                              : "STANDARD");
    return listed;
}

static inline int fake_by_key(const void *a, const void *b)
{
    return strcmp(((const struct s3_listed *)a)->key, ((const struct s3_listed *)b)->key);
}

/* Whether a page of that listing may show the object. */
static inline bool fake_is_in_range(
        const struct fake *f, const struct fake_request *q, const struct fake_object *o)
{
    enum fake_listing ways = f->ways.listing;

    return strcmp(o->bucket, q->bucket) == 0 &&
           (ways == FAKE_LISTS_ALL || str_starts(o->key, q->prefix)) &&
           (ways == FAKE_LISTS_FROM_FIRST || strcmp(o->key, q->start_after) > 0);
}

static inline void fake_list_objects(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    enum { OBJECTS_MOST = 20000 };
    static struct s3_listed found[OBJECTS_MOST];
    static char token[] = "token";
    unsigned most = f->ways.list_page ? f->ways.list_page : 1000, count = 0;
    struct list *link, *tmp;

    if (f->ways.listing == FAKE_LISTS_DENIED || f->ways.listing == FAKE_LISTS_ABSENT) {
        fake_fail(a, f->ways.listing == FAKE_LISTS_DENIED ? 403 : 501,
                f->ways.listing == FAKE_LISTS_DENIED ? "AccessDenied" : "NotImplemented");
        return;
    }
    if (f->ways.listing == FAKE_LISTS_FAILS) {
        a->reply.err = fake_network();
        return;
    }
    if (q->r.u.list.restored && f->ways.restored == FAKE_RESTORED_REFUSED) {
        fake_fail(a, 501, "NotImplemented");
        return;
    }
    LIST_FOR_EACH(link, tmp, &f->objects)
    {
        struct fake_object *o = LIST_ENTRY(link, struct fake_object, link);

        if (!fake_is_in_range(f, q, o))
            continue;
        found[count] = fake_listed(o);
        if (q->r.u.list.restored && f->ways.restored == FAKE_RESTORED_TOLD)
            found[count].restored = fake_restored(o);
        count++;
        assert(count < OBJECTS_MOST);
    }
    qsort(found, count, sizeof found[0], fake_by_key);
    if (f->ways.listing == FAKE_LISTS_UNSORTED && count > 1) {
        struct s3_listed first = found[0];

        found[0] = found[count - 1];
        found[count - 1] = first;
    }
    a->reply.u.keys = (struct s3_keys){.objects = found,
            .count = count < most ? count : most,
            .next = count > most || f->ways.listing == FAKE_LISTS_NO_END ? token : NULL,
            .page = f->ways.listing == FAKE_LISTS_UNENCODED ? S3_PAGE_UNENCODED : S3_PAGE_WHOLE};
}

/* --- writes --- */

static inline void fake_copied(const struct fake_object *o, struct fake_answer *a)
{
    struct s3_copied *copied = &a->reply.u.copied;

    memcpy(copied->etag, o->etag, ETAG_SIZE);
    copied->etag_kind = o->kind;
    headers_addf(&a->headers, "x-amz-version-id", "version-%u", o->version);
    memcpy(copied->checksum, o->sum, sizeof o->sum);
    copied->checksum_kind = o->sum_kind;
}

/* NULL: the answer is an error. */
static inline struct fake_object *fake_source(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *from = fake_find(f, q->source_bucket, q->source_key);

    if (!from)
        fake_fail(a, 404, "NoSuchKey");
    else if (from->archive == ARCHIVE_STORED || from->archive == ARCHIVE_RESTORING)
        fake_fail(a, 403, "InvalidObjectState");
    else if (f->ways.no_condition && q->etag[0])
        fake_fail(a, 501, "NotImplemented");
    else if (f->ways.wrong_match && q->etag[0] && from->parts > 0)
        fake_fail(a, 412, "PreconditionFailed");
    else if (!f->ways.no_if_match && q->etag[0] && strcmp(q->etag, from->etag) != 0)
        fake_fail(a, 412, "PreconditionFailed");
    else
        return from;
    return NULL;
}

/* CopyObject takes the algorithm over, and works the checksum of the whole out. */
static inline void fake_sum_of_copy(struct fake_object *to, const struct fake_object *from)
{
    to->sum[0] = '\0';
    if (from->sum[0])
        fake_set_sum(to, from->sum_kind, CHECKSUMS_OF_OBJECT);
}

/* As Amazon S3: 404 where nothing is. false: the answer is an error. */
static inline bool fake_matches(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *there = fake_find(f, q->bucket, q->key);

    if (!q->match[0])
        return true;
    if (f->ways.no_match)
        fake_fail(a, 501, "NotImplemented");
    else if (!there)
        fake_fail(a, 404, "NoSuchKey");
    else if (f->ways.wrong_match_there || strcmp(there->etag, q->match) != 0)
        fake_fail(a, 412, "PreconditionFailed");
    else
        return true;
    return false;
}

/* false: the answer is an error. */
static inline bool fake_may_write(
        struct fake *f, const struct fake_request *q, bool only_if_absent, struct fake_answer *a)
{
    if (only_if_absent && f->ways.no_none_match)
        fake_fail(a, 501, "NotImplemented");
    else if (only_if_absent && (f->ways.wrong_none_match || fake_find(f, q->bucket, q->key)))
        fake_fail(a, 412, "PreconditionFailed");
    else
        return fake_matches(f, q, a);
    return false;
}

/* false: the answer is an error. */
static inline bool fake_may_lock(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    if (!q->lock[0] || !f->ways.no_lock)
        return true;
    if (f->ways.no_lock == 1)
        fake_fail(a, 400, "InvalidRequest");
    else
        fake_fail(a, 403, "AccessDenied");
    return false;
}

static inline void fake_copy(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *from = fake_source(f, q, a), *to;

    if (from && !fake_may_lock(f, q, a))
        return;
    if (from && f->ways.amazon == 2 && !q->excludes) {
        fake_fail(a, 403, "AccessDenied");
        return;
    }
    if (!from || !fake_may_write(f, q, q->r.u.copy.only_if_absent, a))
        return;
    if (f->ways.no_directive && q->tagging[0]) {
        fake_fail(a, 501, "NotImplemented");
        return;
    }
    if (from->bytes.size > LAYOUT_COPY_MOST) {
        fake_fail(a, 400, "InvalidRequest");
        return;
    }
    to = fake_new_object(f, q->bucket, q->key);
    fake_bytes_cut(&to->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(f, to, NULL);
    fake_sum_of_copy(to, from);
    memcpy(to->lock, q->lock, sizeof to->lock);
    if (f->ways.keeps_etag && !f->ways.encrypts && !f->ways.strange) {
        memcpy(to->etag, from->etag, sizeof to->etag);
        to->kind = from->kind;
    }
    if (!q->tagging[0]) /* the directive: none */
        memcpy(to->tagging, from->tagging, sizeof to->tagging);
    else
        memcpy(to->tagging, q->set, sizeof to->tagging);
    if (!q->excludes)
        fake_take_annotations(to, from);
    fake_copied(to, a);
}

static inline void fake_create(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_upload *u;

    if (!fake_may_lock(f, q, a))
        return;
    if (q->tagging[0] && f->ways.no_tag_header) {
        fake_fail(a, 501, "NotImplemented");
        return;
    }
    if (strlen(q->tagging) > FAKE_TAG_HEADER_MOST) {
        fake_fail(a, 400, "InvalidArgument");
        return;
    }
    if (q->checksum.type != CHECKSUMS_UNTYPED && f->ways.upload_sums == FAKE_SUMS_REFUSED) {
        fake_fail(a, 501, "NotImplemented");
        return;
    }
    u = fake_new_upload(f, q->bucket, q->key);
    if (f->ways.upload_sums != FAKE_SUMS_PASSED_OVER)
        u->checksum = q->checksum;
    snprintf(u->tagging, sizeof u->tagging, "%s", q->tagging);
    memcpy(u->lock, q->lock, sizeof u->lock);
    a->reply.u.created = (struct s3_created){u->id, f->ways.encrypts && !f->ways.quiet_create};
}

static inline void fake_copy_part(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    const struct s3_part_copy *r = &q->r.u.part_copy;
    struct fake_upload *u = fake_find_upload(f, q->upload_id);
    struct fake_object *from;
    struct fake_part *part;
    uint64_t length;

    if (f->ways.no_part_copy) {
        fake_fail(a, 501, "NotImplemented");
        return;
    }
    if (!u) {
        fake_fail(a, 404, "NoSuchUpload");
        return;
    }
    from = fake_source(f, q, a);
    if (!from)
        return;
    length = r->whole ? from->bytes.size : r->last - r->first + 1;
    if (!r->whole && r->last >= from->bytes.size) {
        fake_fail(a, 416, "InvalidRange");
        return;
    }
    part = fake_part_of(u, r->part);
    fake_bytes_free(&part->bytes);
    fake_bytes_cut(&part->bytes, &from->bytes, r->whole ? 0 : r->first, length);
    if (r->part == f->lies_of_part) {
        part->bytes.extents[0].content += 1000;
        f->lies_of_part = 0;
    }
    fake_md5(part->etag, &part->bytes,
            f->ways.encrypts        ? "a key"
            : f->ways.strange_parts ? "strange"
                                    : "");
    if (u->checksum.type != CHECKSUMS_UNTYPED)
        fake_sum(part->sum, u->checksum.kind, &part->bytes);
    if (u->checksum.type != CHECKSUMS_UNTYPED && f->ways.no_crcs)
        fake_sum_of(part->sum, u->checksum.kind, part->etag);
    memcpy(a->reply.u.copied.checksum, part->sum, sizeof part->sum);
    a->reply.u.copied.checksum_kind = u->checksum.kind;
    memcpy(a->reply.u.copied.etag, part->etag, ETAG_SIZE);
    a->reply.u.copied.etag_kind = etag_kind_of(part->etag, f->ways.encrypts);
}

/* The parts, but for the last, are not as long as the first. */
static inline bool fake_is_uneven(const struct fake_upload *u, unsigned count)
{
    unsigned i;

    for (i = 1; i + 1 < count; i++)
        if (u->parts[i].bytes.size != u->parts[0].bytes.size)
            return true;
    return false;
}

static inline bool fake_parts_fit(
        const struct fake_upload *u, const struct fake_request *q, struct fake_answer *a)
{
    const struct s3_complete *r = &q->r.u.complete;
    unsigned i;

    for (i = 0; i < r->count; i++) {
        if (i >= u->count || strcmp(u->parts[i].etag, q->etags[i]) != 0) {
            fake_fail(a, 400, "InvalidPart");
            return false;
        }
        if (u->checksum.type == CHECKSUMS_OF_PARTS && !q->sums[i][0]) {
            fake_fail(a, 400, "InvalidRequest");
            return false;
        }
        if (q->sums[i][0] && strcmp(u->parts[i].sum, q->sums[i]) != 0) {
            fake_fail(a, 400, "InvalidPart");
            return false;
        }
        if (i + 1 < r->count && u->parts[i].bytes.size < LAYOUT_PART_LEAST) {
            fake_fail(a, 400, "EntityTooSmall");
            return false;
        }
    }
    return true;
}

static inline void fake_complete(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    const struct s3_complete *r = &q->r.u.complete;
    struct fake_upload *u = fake_find_upload(f, q->upload_id);
    struct fake_object *to;
    unsigned i;

    if (!u) {
        fake_fail(a, 404, "NoSuchUpload");
        return;
    }
    if (!fake_may_write(f, q, r->only_if_absent, a))
        return;
    if (!fake_parts_fit(u, q, a))
        return;
    if (u->checksum.type != CHECKSUMS_UNTYPED &&
            f->ways.upload_sums == FAKE_SUMS_REFUSED_AT_COMPLETE) {
        fake_fail(a, 400, "InvalidRequest");
        return;
    }
    assert(r->checksum_type == CHECKSUMS_UNTYPED || !r->sums ||
            r->checksum_type == u->checksum.type);
    if (f->ways.even_parts && fake_is_uneven(u, r->count)) {
        fake_fail(a, 400, "InvalidPart");
        return;
    }
    to = fake_new_object(f, q->bucket, q->key);
    to->lengths = calloc(r->count, sizeof *to->lengths);
    assert(to->lengths);
    to->parts = r->count;
    for (i = 0; i < r->count; i++) {
        fake_bytes_cut(&to->bytes, &u->parts[i].bytes, 0, u->parts[i].bytes.size);
        to->lengths[i] = u->parts[i].bytes.size;
    }
    /* Joined again where the parts were cut. */
    fake_seal(f, to, (const char(*)[ETAG_SIZE])q->etags);
    to->sum[0] = '\0';
    if (u->checksum.type != CHECKSUMS_UNTYPED)
        fake_set_sum(to, u->checksum.kind, u->checksum.type);
    else if (f->ways.checksums) /* Amazon S3's default */
        fake_set_sum(to, CHECKSUM_CRC64NVME, CHECKSUMS_OF_OBJECT);
    if (!f->ways.drops_tags)
        memcpy(to->tagging, u->tagging, sizeof to->tagging);
    memcpy(to->lock, u->lock, sizeof to->lock);
    fake_upload_free(u);
    fake_copied(to, a);
    if (f->ways.empty_etag) {
        a->reply.u.copied.etag[0] = '\0';
        a->reply.u.copied.etag_kind = ETAG_KIND_NONE;
    }
}

static inline void fake_abort(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_upload *u = fake_find_upload(f, q->upload_id);

    if (f->ways.no_abort) {
        fake_fail(a, 405, "MethodNotAllowed");
        return;
    }
    if (!u) {
        fake_fail(a, 404, "NoSuchUpload");
        return;
    }
    assert(!u->foreign);
    u->aborted++;
    fake_clear_parts(u);
    if (u->aborted > u->stubborn)
        fake_upload_free(u);
}

static inline void fake_do(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    static void (*const does[S3_OP_COUNT])(
            struct fake *, const struct fake_request *, struct fake_answer *) = {
            [S3_HEAD_OBJECT] = fake_head,
            [S3_GET_OBJECT] = fake_get,
            [S3_GET_OBJECT_TAGGING] = fake_get_tagging,
            [S3_PUT_OBJECT_TAGGING] = fake_put_tagging,
            [S3_LIST_OBJECT_ANNOTATIONS] = fake_list_annotations,
            [S3_GET_OBJECT_ANNOTATION] = fake_get_annotation,
            [S3_PUT_OBJECT_ANNOTATION] = fake_put_annotation,
            [S3_RESTORE_OBJECT] = fake_restore,
            [S3_LIST_PARTS] = fake_list_parts,
            [S3_LIST_MULTIPART_UPLOADS] = fake_list_uploads,
            [S3_LIST_OBJECTS] = fake_list_objects,
            [S3_COPY_OBJECT] = fake_copy,
            [S3_CREATE_MULTIPART_UPLOAD] = fake_create,
            [S3_UPLOAD_PART_COPY] = fake_copy_part,
            [S3_COMPLETE_MULTIPART_UPLOAD] = fake_complete,
            [S3_ABORT_MULTIPART_UPLOAD] = fake_abort,
    };

    assert(does[q->r.op]);
    memset(&a->reply.u, 0, sizeof a->reply.u);
    err_clear(&a->reply.err);
    headers_clear(&a->headers);
    does[q->r.op](f, q, a);
}

#endif
