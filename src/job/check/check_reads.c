#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "job/check/check_int.h"

enum { PART_BYTES = 5 * 1024 * 1024 }; /* at most so much is copied into an upload */

/* --- the source --- */

/* An address that ends in no '/' may be an object's own, where listings are refused. */
static void choose_object(struct check_seen *s)
{
    if (!s->object && s->answers[ASK_LISTING].err.code != ERR_OK && s->prefix[0] &&
            !str_ends(s->prefix, "/"))
        s->object = strdup(s->prefix);
}

void check_reads(struct checker *c, struct check_seen *s)
{
    struct s3_request list = {.op = S3_LIST_OBJECTS,
            .where = {.bucket = s->bucket},
            .u.list = {.prefix = s->prefix, .restored = true}};
    struct s3_request r = {.op = S3_HEAD_OBJECT, .where = {.bucket = s->bucket}};

    check_ask(c, &s->answers[ASK_LISTING], &list, &(struct check_want){.object = &s->object});
    choose_object(s);
    r.where.key = s->object;
    if (!s->object || !check_ask(c, &s->answers[ASK_OBJECT], &r, NULL))
        return;
    r.u.head.part = 1;
    check_ask(c, &s->answers[ASK_PART], &r, NULL);
    r.u.head = (struct s3_head){.checksums = true};
    check_ask(c, &s->answers[ASK_CHECKSUMS], &r, NULL);
    memset(&r.u, 0, sizeof r.u);
    r.op = S3_GET_OBJECT_TAGGING;
    check_ask(c, &s->answers[ASK_TAGGING], &r, NULL);
}

/* --- uploads --- */

char *check_begin_upload(struct checker *c, struct check_answer *a, const char *bucket,
        const struct headers *headers)
{
    const struct s3_request r = {.op = S3_CREATE_MULTIPART_UPLOAD,
            .where = {.bucket = bucket, .key = buf_str(&c->key)},
            .u.create.headers = headers};
    char *id = NULL;

    a->asked = false;
    if (!check_ask(c, a, &r, &(struct check_want){.upload_id = &id}) && a->asked &&
            check_may_have_worked(a))
        c->lost++;
    if (a->asked)
        c->begun++;
    return id;
}

void check_end_upload(
        struct checker *c, struct check_answer *a, const char *bucket, const char *upload_id)
{
    memset(a, 0, sizeof *a);
    a->asked = true;
    if (sync_abort_upload(&c->config->sync, bucket, buf_str(&c->key), upload_id, &a->err) != ERR_OK)
        check_report_add_left(c->report, bucket, buf_str(&c->key), upload_id, NULL);
    else
        err_clear(&a->err);
}

/* Copies the beginning of the source's object into an upload, on that condition. A range is taken
 * of an object above 5 MiB only (Amazon S3 API Reference, UploadPartCopy:
 * x-amz-copy-source-range). */
static bool copy_part(struct checker *c, struct check_seen *s, enum check_ask ask,
        const struct s3_where *to, const char *upload_id, const char *etag)
{
    const struct object_info *o = &s->answers[ASK_OBJECT].object;
    const struct s3_request r = {.op = S3_UPLOAD_PART_COPY,
            .where = *to,
            .u.part_copy = {.source = {.bucket = s->bucket, .key = s->object},
                    .source_etag = etag,
                    .upload_id = upload_id,
                    .part = 1,
                    .whole = o->size <= PART_BYTES,
                    .last = o->size > PART_BYTES ? PART_BYTES - 1 : 0}};

    return check_ask(c, &s->answers[ask], &r, NULL);
}

/* The condition is asked for only where parts can be copied with one that holds; the wrong one goes
 * into the same upload, which never becomes an object. */
static void copy_parts(
        struct checker *c, struct check_seen *s, const struct s3_where *to, const char *upload_id)
{
    const struct check_answer *right = &s->answers[ASK_COPY_RIGHT];

    if (copy_part(c, s, ASK_COPY_RIGHT, to, upload_id, s->answers[ASK_OBJECT].object.etag))
        copy_part(c, s, ASK_COPY_WRONG, to, upload_id, CHECK_OTHER_ETAG);
    else if (right->err.http_status == 412 || right->err.http_status == 501 ||
             right->err.http_status == 400)
        copy_part(c, s, ASK_COPY_BARE, to, upload_id, NULL);
}

/* Where parts may not be copied: whether the object's bytes may be read all the same. */
static void read_byte(struct checker *c, struct check_seen *s)
{
    const struct s3_request r = {.op = S3_GET_OBJECT,
            .where = {.bucket = s->bucket, .key = s->object},
            .u.get = {.first = 0, .last = 0}};
    const struct check_answer *right = &s->answers[ASK_COPY_RIGHT];

    if (right->asked && right->err.code == ERR_ACCESS_DENIED && !s->answers[ASK_COPY_BARE].asked &&
            s->answers[ASK_OBJECT].object.size > 0)
        check_ask(c, &s->answers[ASK_BYTE], &r, NULL);
}

void check_parts(struct checker *c, struct check_seen *source, const struct check_seen *destination)
{
    const struct s3_where to = {.bucket = destination->bucket, .key = buf_str(&c->key)};
    struct s3_request list = {.op = S3_LIST_PARTS, .where = to};
    char *id = check_begin_upload(c, &source->answers[ASK_CREATE], to.bucket, NULL);

    if (!id)
        return;
    if (source->object && source->answers[ASK_OBJECT].asked &&
            source->answers[ASK_OBJECT].err.code == ERR_OK)
        copy_parts(c, source, &to, id);
    list.u.parts.upload_id = id;
    check_ask(c, &source->answers[ASK_PARTS], &list, NULL);
    check_end_upload(c, &source->answers[ASK_ABORT], to.bucket, id);
    free(id);
    read_byte(c, source);
}

/* Whether uploads can be removed there: no other is begun where they cannot. */
static bool removes(const struct check_seen *s)
{
    return s->answers[ASK_ABORT].asked && s->answers[ASK_ABORT].err.code == ERR_OK;
}

static void ask_header(struct checker *c, struct check_seen *s, enum check_ask ask,
        const char *const *headers, unsigned count)
{
    struct check_answer aborted;
    struct headers h;
    unsigned i;
    char *id;

    if (!removes(s))
        return;
    headers_init(&h);
    for (i = 0; i + 1 < count; i += 2)
        headers_add(&h, headers[i], headers[i + 1]);
    id = check_begin_upload(c, &s->answers[ask], s->bucket, &h);
    if (id)
        check_end_upload(c, &aborted, s->bucket, id);
    free(id);
    headers_free(&h);
}

void check_headers(struct checker *c, struct check_seen *s)
{
    static const char *const tags[] = {"x-amz-tagging", "copyout=check"};
    static const char *const sums[] = {
            "x-amz-checksum-algorithm", "CRC64NVME", "x-amz-checksum-type", "FULL_OBJECT"};
    static const char *const lock[] = {"x-amz-object-lock-legal-hold", "OFF"};

    ask_header(c, s, ASK_CREATE_TAGS, tags, 2);
    ask_header(c, s, ASK_CREATE_CHECKSUMS, sums, 4);
    ask_header(c, s, ASK_CREATE_LOCK, lock, 2);
}

/* --- what a lost answer may have left --- */

struct sweep {
    char *ids[CHECK_LEFT_MOST];
    unsigned count;
};

static enum err_code note_upload(void *ctx, const struct s3_upload *upload, struct err *e)
{
    struct sweep *s = ctx;

    if (s->count == CHECK_LEFT_MOST)
        return ERR_OK;
    s->ids[s->count] = strdup(upload->id);
    if (!s->ids[s->count])
        return err_nomem(e);
    s->count++;
    return ERR_OK;
}

static bool is_left(const struct check_report *r, const char *upload_id)
{
    unsigned i;

    for (i = 0; i < r->left_count; i++)
        if (r->left[i].upload_id && strcmp(r->left[i].upload_id, upload_id) == 0)
            return true;
    return false;
}

void check_sweep(struct checker *c, const struct check_seen *s)
{
    struct check_answer aborted;
    struct sweep sweep = {.count = 0};
    struct err e;
    unsigned i;

    if (sync_list_uploads(&c->config->sync, s->bucket, buf_str(&c->key), note_upload, &sweep, &e) !=
            ERR_OK) {
        /* Each upload that was answered was aborted, and the listing is of use for lost answers
         * alone. */
        if (c->lost > 0)
            check_report_add_left(c->report, s->bucket, buf_str(&c->key), "?", NULL);
    }
    for (i = 0; i < sweep.count; i++)
        if (!is_left(c->report, sweep.ids[i]))
            check_end_upload(c, &aborted, s->bucket, sweep.ids[i]);
    for (i = 0; i < sweep.count; i++)
        free(sweep.ids[i]);
}
