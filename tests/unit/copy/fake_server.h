/* What the fake S3 does with each operation, and its tables of functions (fake_s3.h has its data).
 */
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

static inline void fake_head(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);
    struct object_info *info = &a->reply.u.object;
    unsigned part = q->r.u.head.part;

    if (!o || o->needs_key) {
        fake_fail(a, o ? 400 : 404, NULL);
        return;
    }
    if (part > 0 && o->parts > 0 && part > o->parts && !f->ways.no_parts) {
        fake_fail(a, 416, NULL);
        return;
    }
    info->size = o->bytes.size;
    memcpy(info->etag, o->etag, sizeof info->etag);
    info->etag_kind = o->kind;
    memcpy(info->storage_class, o->storage_class, sizeof info->storage_class);
    memcpy(info->checksums[CHECKSUM_CRC64NVME], o->crc64, sizeof o->crc64);
    info->checksum_type = CHECKSUMS_OF_OBJECT;
    info->archive = o->archive;
    info->tags = f->ways.no_tag_count || !o->tagging[0] ? TAGS_UNKNOWN : fake_tags(o->tagging);
    if (!f->ways.no_tag_count && !o->tagging[0] && strcmp(q->bucket, DST) == 0)
        info->tags = 0; /* Ceph RGW 16 says that there are none */
    if (part > 0 && o->parts > 0 && !f->ways.no_parts) {
        info->parts_count = o->parts;
        info->size = o->lengths[part - 1];
    }
    headers_add(&a->headers, "content-type", "text/plain");
    headers_add(&a->headers, "x-amz-meta-colour", "blue");
    headers_add(&a->headers, "etag", o->etag);
    headers_addf(&a->headers, "x-amz-version-id", "version-%u", o->version);
}

static inline void fake_get(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else if (o->bytes.size == 0)
        fake_fail(a, 416, "InvalidRange");
}

static inline void fake_get_tagging(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else
        a->reply.u.tagging = o->tagging;
}

static inline void fake_put_tagging(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *o = fake_find(f, q->bucket, q->key);

    if (!o)
        fake_fail(a, 404, "NoSuchKey");
    else
        snprintf(o->tagging, sizeof o->tagging, "%s", q->tagging);
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
    for (i = q->r.u.parts.after; i < u->count && !parts->next; i++) {
        if (!u->parts[i].etag[0])
            continue;
        if (parts->count == sizeof page / sizeof page[0]) {
            parts->next = page[parts->count - 1].number;
            return;
        }
        page[parts->count] = (struct s3_part){.number = i + 1, .size = u->parts[i].bytes.size};
        memcpy(page[parts->count++].etag, u->parts[i].etag, ETAG_SIZE);
    }
    /* What outlived an abort is there although no part of ours was seen. */
    if (parts->count == 0 && u->aborted > 0)
        page[parts->count++] = (struct s3_part){.number = 1, .size = 1, .etag = "left"};
}

static inline void fake_list_uploads(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    static struct s3_upload page[16];
    struct s3_uploads *uploads = &a->reply.u.uploads;
    struct list *link, *tmp;

    uploads->uploads = page;
    LIST_FOR_EACH(link, tmp, &f->uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (strcmp(u->bucket, q->bucket) == 0 && strcmp(u->key, q->key) == 0) {
            assert(uploads->count < sizeof page / sizeof page[0]);
            page[uploads->count++] = (struct s3_upload){u->id, u->initiated_s};
        }
    }
}

/* --- writes --- */

static inline void fake_copied(
        struct fake *f, const struct fake_object *o, struct s3_copied *copied)
{
    (void)f;
    memcpy(copied->etag, o->etag, ETAG_SIZE);
    copied->etag_kind = o->kind;
    snprintf(copied->version_id, sizeof copied->version_id, "version-%u", o->version);
    memcpy(copied->checksum, o->crc64, sizeof o->crc64);
    copied->checksum_kind = CHECKSUM_CRC64NVME;
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
    else if (!f->ways.no_if_match && q->etag[0] && strcmp(q->etag, from->etag) != 0)
        fake_fail(a, 412, "PreconditionFailed");
    else
        return from;
    return NULL;
}

static inline void fake_copy(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_object *from = fake_source(f, q, a), *to;

    if (!from)
        return;
    if (q->r.u.copy.only_if_absent && fake_find(f, q->bucket, q->key)) {
        fake_fail(a, 412, "PreconditionFailed");
        return;
    }
    if (from->bytes.size > LAYOUT_COPY_MOST) {
        fake_fail(a, 400, "InvalidRequest");
        return;
    }
    to = fake_new_object(f, q->bucket, q->key);
    fake_bytes_cut(&to->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(f, to, NULL);
    if (f->ways.keeps_etag && !f->ways.encrypts) {
        memcpy(to->etag, from->etag, sizeof to->etag);
        to->kind = from->kind;
    }
    if (!q->tagging[0]) /* the directive: none */
        memcpy(to->tagging, from->tagging, sizeof to->tagging);
    fake_copied(f, to, &a->reply.u.copied);
}

static inline void fake_create(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_upload *u = fake_new_upload(f, q->bucket, q->key);

    snprintf(u->tagging, sizeof u->tagging, "%s", q->tagging);
    a->reply.u.upload_id = u->id;
}

static inline void fake_copy_part(
        struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    const struct s3_part_copy *r = &q->r.u.part_copy;
    struct fake_upload *u = fake_find_upload(f, q->upload_id);
    struct fake_object *from;
    struct fake_part *part;
    uint64_t length;

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
    fake_md5(part->etag, &part->bytes, f->ways.encrypts ? "a key" : "");
    memcpy(a->reply.u.copied.etag, part->etag, ETAG_SIZE);
    a->reply.u.copied.etag_kind = etag_kind_of(part->etag, f->ways.encrypts);
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
    if (r->only_if_absent && fake_find(f, q->bucket, q->key)) {
        fake_fail(a, 412, "PreconditionFailed");
        return;
    }
    if (!fake_parts_fit(u, q, a))
        return;
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
    if (!f->ways.drops_tags)
        memcpy(to->tagging, u->tagging, sizeof to->tagging);
    fake_upload_free(u);
    fake_copied(f, to, &a->reply.u.copied);
    if (f->ways.empty_etag) {
        a->reply.u.copied.etag[0] = '\0';
        a->reply.u.copied.etag_kind = ETAG_KIND_NONE;
    }
}

static inline void fake_abort(struct fake *f, const struct fake_request *q, struct fake_answer *a)
{
    struct fake_upload *u = fake_find_upload(f, q->upload_id);

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
            [S3_LIST_PARTS] = fake_list_parts,
            [S3_LIST_MULTIPART_UPLOADS] = fake_list_uploads,
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

/* --- requests --- */

static inline void fake_log(struct fake *f, const char *what, const char *where)
{
    buf_addf(&f->log, "%s%s %s", f->log.len ? ", " : "", what, where);
}

static inline void fake_keep_headers(struct fake *f, const struct headers *headers)
{
    const char *name, *value;
    size_t at = 0;

    buf_clear(&f->headers);
    while (headers && headers_next(headers, &at, &name, &value))
        buf_addf(&f->headers, "%s: %s\n", name, value);
}

static inline void fake_take_text(char *to, size_t size, const char *from)
{
    assert(!from || strlen(from) < size);
    snprintf(to, size, "%s", from ? from : "");
}

/* Copies all that r points to. */
static inline void fake_take(struct fake *f, struct fake_request *q, const struct s3_request *r)
{
    const struct s3_where *from = NULL;
    const char *etag = NULL, *id = NULL, *tagging = NULL;

    q->r = *r;
    fake_take_text(q->bucket, sizeof q->bucket, r->where.bucket);
    fake_take_text(q->key, sizeof q->key, r->where.key);
    if (r->op == S3_COPY_OBJECT) {
        from = &r->u.copy.source;
        etag = r->u.copy.source_etag;
        fake_keep_headers(f, r->u.copy.headers);
        if (r->u.copy.headers)
            tagging = headers_get(r->u.copy.headers, "x-amz-tagging-directive");
    } else if (r->op == S3_UPLOAD_PART_COPY) {
        from = &r->u.part_copy.source;
        etag = r->u.part_copy.source_etag;
        id = r->u.part_copy.upload_id;
    } else if (r->op == S3_COMPLETE_MULTIPART_UPLOAD) {
        id = r->u.complete.upload_id;
        q->etags = calloc(r->u.complete.count, ETAG_SIZE);
        assert(q->etags);
        memcpy(q->etags, r->u.complete.etags, r->u.complete.count * ETAG_SIZE);
    } else if (r->op == S3_ABORT_MULTIPART_UPLOAD) {
        id = r->u.abort.upload_id;
    } else if (r->op == S3_LIST_PARTS) {
        id = r->u.parts.upload_id;
    } else if (r->op == S3_PUT_OBJECT_TAGGING) {
        tagging = r->u.tagging;
    } else if (r->op == S3_CREATE_MULTIPART_UPLOAD) {
        fake_keep_headers(f, r->u.create.headers);
        tagging = r->u.create.headers ? headers_get(r->u.create.headers, "x-amz-tagging") : NULL;
    }
    fake_take_text(q->source_bucket, sizeof q->source_bucket, from ? from->bucket : NULL);
    fake_take_text(q->source_key, sizeof q->source_key, from ? from->key : NULL);
    fake_take_text(q->etag, sizeof q->etag, etag);
    fake_take_text(q->upload_id, sizeof q->upload_id, id);
    fake_take_text(q->tagging, sizeof q->tagging, tagging);
}

static inline struct fake_request *fake_new_request(struct fake *f, void *ctx)
{
    struct fake_request *q = calloc(1, sizeof *q);

    assert(q);
    q->ctx = ctx;
    buf_init(&q->text, BUF_MAX_CONFIG);
    list_init(&q->link);
    list_push(&f->requests, &q->link);
    return q;
}

static inline void fake_request_free(struct fake_request *q)
{
    list_remove(&q->link);
    buf_free(&q->text);
    free(q->etags);
    free(q);
}

static inline enum err_code fake_start(
        void *self, const struct s3_request *r, s3_done_cb done, void *ctx, struct err *e)
{
    struct fake *f = self;
    struct fake_request *q;

    if (++f->started == f->refuse_start)
        return err_set(e, ERR_NOMEM, "injected: no memory to start it");
    q = fake_new_request(f, ctx);
    q->done = done;
    fake_take(f, q, r);
    f->counts[r->op]++;
    fake_log(f, s3_op_name(r->op), r->where.bucket);
    if (r->op == S3_HEAD_OBJECT && r->u.head.part > 0)
        buf_addf(&f->log, "#%u", r->u.head.part);
    if (r->op == S3_UPLOAD_PART_COPY)
        buf_addf(&f->log, "#%u", r->u.part_copy.part);
    return ERR_OK;
}

/* The rule that holds for a request whose turn it is; FAKE_DOES where there is none. Each rule
 * counts the requests that it is about, also those for which another holds. */
static inline struct fake_rule fake_find_rule(struct fake *f, const struct fake_request *q)
{
    struct fake_rule does = {.outcome = FAKE_DOES}, *found = NULL;
    unsigned i;

    for (i = 0; i < f->rule_count; i++) {
        struct fake_rule *r = &f->rules[i];

        if (r->op != q->r.op || (r->bucket && strcmp(r->bucket, q->bucket) != 0))
            continue;
        if ((++r->seen == r->nth || r->nth == 0) && !found)
            found = r;
    }
    if (found)
        return *found;
    return f->chance ? f->chance(f, q) : does;
}

static inline void fake_answer_request(struct fake *f, struct fake_request *q)
{
    struct fake_rule rule = {.outcome = FAKE_FAILS};
    struct fake_answer a;
    struct fake_upload *u;

    memset(&a, 0, sizeof a);
    headers_init(&a.headers);
    if (q->cancelled)
        err_set(&rule.err, ERR_CANCELLED, "cancelled");
    else
        rule = fake_find_rule(f, q);
    if (rule.before)
        rule.before(f);
    if (rule.outcome != FAKE_FAILS)
        fake_do(f, q, &a);
    if (rule.outcome == FAKE_DOES_TWICE)
        fake_do(f, q, &a);
    if (rule.outcome == FAKE_FAILS || rule.outcome == FAKE_LOSES)
        a.reply.err = rule.err;
    u = fake_find_upload(f, q->upload_id);
    if (u && q->r.op == S3_LIST_PARTS && a.reply.err.code == ERR_ACCESS_DENIED)
        u->denied = 1;
    a.reply.op = q->r.op;
    a.reply.headers = &a.headers;
    a.reply.attempts = rule.attempts ? rule.attempts : rule.outcome == FAKE_DOES_TWICE ? 2 : 1;
    f->sent += a.reply.attempts;
    list_remove(&q->link);
    q->done(q->ctx, &a.reply);
    headers_free(&a.headers);
    fake_request_free(q);
}

/* --- records --- */

enum { FAKE_LOAD, FAKE_SAVE, FAKE_REMOVE };

/* NULL: there is no record of that key. */
static inline struct buf *fake_record(struct fake *f, const char *key)
{
    unsigned i;

    for (i = 0; i < f->record_count; i++)
        if (strcmp(f->records[i].key, key) == 0 && f->records[i].text.len > 0)
            return &f->records[i].text;
    return NULL;
}

static inline void fake_set_record(struct fake *f, const char *key, const char *text)
{
    unsigned i;

    for (i = 0; i < f->record_count && strcmp(f->records[i].key, key) != 0; i++)
        ;
    if (i == f->record_count) {
        assert(i < sizeof f->records / sizeof f->records[0]);
        snprintf(f->records[i].key, sizeof f->records[i].key, "%s", key);
        buf_init(&f->records[i].text, BUF_MAX_CONFIG);
        f->record_count++;
    }
    buf_clear(&f->records[i].text);
    buf_adds(&f->records[i].text, text);
}

static inline bool fake_has(void *self, const char *bucket, const char *key)
{
    assert(strcmp(bucket, DST) == 0);
    return fake_record(self, key) != NULL;
}

static inline struct fake_request *fake_ask_record(
        struct fake *f, unsigned op, const char *key, copy_record_cb cb, void *ctx)
{
    static const char *const names[] = {"load", "save", "remove"};
    struct fake_request *q = fake_new_request(f, ctx);

    q->is_record = 1;
    q->record_op = op;
    q->record_done = cb;
    fake_take_text(q->key, sizeof q->key, key);
    fake_log(f, names[op], "record");
    return q;
}

static inline enum err_code fake_load(void *self, const char *bucket, const char *key,
        copy_record_cb cb, void *ctx, struct err *e)
{
    (void)bucket;
    (void)e;
    fake_ask_record(self, FAKE_LOAD, key, cb, ctx);
    return ERR_OK;
}

static inline enum err_code fake_save(
        void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e)
{
    struct fake_request *q = fake_ask_record(self, FAKE_SAVE, upload->key, cb, ctx);

    (void)e;
    upload_write(&q->text, upload);
    return ERR_OK;
}

static inline enum err_code fake_remove(void *self, const char *bucket, const char *key,
        copy_record_cb cb, void *ctx, struct err *e)
{
    (void)bucket;
    (void)e;
    fake_ask_record(self, FAKE_REMOVE, key, cb, ctx);
    return ERR_OK;
}

static inline void fake_answer_record(struct fake *f, struct fake_request *q)
{
    struct upload found, *given = NULL;
    struct buf *text = fake_record(f, q->key);
    struct err e;

    memset(&found, 0, sizeof found);
    err_clear(&e);
    f->records_done++;
    if (f->fail_records & (1U << q->record_op)) {
        e = f->record_err;
    } else if (q->record_op == FAKE_SAVE) {
        fake_set_record(f, q->key, buf_str(&q->text));
    } else if (q->record_op == FAKE_REMOVE) {
        if (text)
            fake_set_record(f, q->key, "");
    } else if (text && upload_read(&found, buf_str(text), text->len, &e) == ERR_OK) {
        given = &found;
    }
    list_remove(&q->link);
    q->record_done(q->ctx, &e, given);
    if (given)
        upload_free(&found);
    fake_request_free(q);
}

/* --- the loop --- */

static inline unsigned fake_in_flight(struct fake *f)
{
    struct list *link, *tmp;
    unsigned n = 0;

    LIST_FOR_EACH(link, tmp, &f->requests)
    n++;
    return n;
}

/* One answer. false: there is none to come. */
static inline bool fake_turn(struct fake *f)
{
    unsigned n = fake_in_flight(f), i;
    struct list *link = f->newest_first ? f->requests.prev : f->requests.next;
    struct fake_request *q;

    if (n == 0)
        return false;
    for (i = f->rng ? (unsigned)rng_below(f->rng, n) : 0; i > 0; i--)
        link = link->next;
    q = LIST_ENTRY(link, struct fake_request, link);
    f->now_us += 1000;
    if (q->is_record)
        fake_answer_record(f, q);
    else
        fake_answer_request(f, q);
    if (f->free_cb)
        f->free_cb(f->free_ctx);
    return true;
}

static inline int64_t fake_port_now_s(void *self)
{
    return fake_now_s(self);
}

static inline uint64_t fake_port_now_us(void *self)
{
    return ((struct fake *)self)->now_us;
}

static inline unsigned fake_free_slots(void *self)
{
    struct fake *f = self;
    unsigned used = fake_in_flight(f);

    return used < f->slots ? f->slots - used : 0;
}

static inline void fake_on_free_slots(void *self, void (*free_cb)(void *ctx), void *ctx)
{
    struct fake *f = self;

    f->free_cb = free_cb;
    f->free_ctx = ctx;
}

static inline void fake_begin_stop(void *self)
{
    ((struct fake *)self)->stops++;
}

/* Each request is answered from the loop, whether it was done or not. */
static inline void fake_cancel_all(void *self)
{
    struct fake *f = self;
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->requests)
    {
        struct fake_request *q = LIST_ENTRY(link, struct fake_request, link);
        struct fake_answer a;

        if (q->is_record || q->cancelled)
            continue;
        memset(&a, 0, sizeof a);
        headers_init(&a.headers);
        if (f->rng && rng_below(f->rng, 2) == 0)
            fake_do(f, q, &a);
        headers_free(&a.headers);
        q->cancelled = 1;
    }
}

static inline enum err_code fake_timer_start(
        void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    struct fake *f = self;

    (void)e;
    assert(f->timer_us == 0);
    f->timer_us = f->now_us + after_us + 1;
    f->timer_cb = cb;
    f->timer_ctx = ctx;
    return ERR_OK;
}

static inline void fake_timer_stop(void *self)
{
    struct fake *f = self;

    assert(f->timer_us != 0);
    f->timer_us = 0;
}

static inline void fake_run_until(void *self, const bool *done)
{
    struct fake *f = self;

    while (!*done && (!f->each_turn || f->each_turn(f))) {
        if (*done || fake_turn(f))
            continue;
        if (f->timer_us == 0 && f->idle && f->idle(f))
            continue;
        if (f->timer_us == 0)
            return;
        if (f->now_us < f->timer_us)
            f->now_us = f->timer_us;
        f->timer_us = 0;
        f->timer_cb(f->timer_ctx);
    }
}

static inline void fake_init(struct fake *f)
{
    memset(f, 0, sizeof *f);
    list_init(&f->objects);
    list_init(&f->uploads);
    list_init(&f->requests);
    buf_init(&f->log, BUF_MAX_ANSWER);
    buf_init(&f->headers, BUF_MAX_SMALL);
    f->slots = 64;
    err_set(&f->record_err, ERR_IO, "injected: the work store fails");
    f->now_us = 1000;
    f->record_port = (struct copy_records){f, fake_has, fake_load, fake_save, fake_remove};
}

static inline void fake_free(struct fake *f)
{
    unsigned i;

    while (!list_empty(&f->objects))
        fake_object_free(LIST_ENTRY(f->objects.next, struct fake_object, link));
    while (!list_empty(&f->uploads))
        fake_upload_free(LIST_ENTRY(f->uploads.next, struct fake_upload, link));
    while (!list_empty(&f->requests))
        fake_request_free(LIST_ENTRY(f->requests.next, struct fake_request, link));
    for (i = 0; i < f->record_count; i++)
        buf_free(&f->records[i].text);
    buf_free(&f->log);
    buf_free(&f->headers);
}

static inline struct copy_port fake_copy_port(struct fake *f)
{
    return (struct copy_port){f, fake_start, fake_port_now_s, fake_port_now_us, &f->record_port};
}

static inline struct sched_port fake_sched_port(struct fake *f)
{
    return (struct sched_port){f, fake_free_slots, fake_on_free_slots, fake_begin_stop,
            fake_cancel_all, fake_run_until, fake_timer_start, fake_timer_stop};
}

#endif
