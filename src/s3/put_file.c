#include "s3/put_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "s3/own_file.h"

enum {
    PUT_WHOLE_MOST = 5 << 20, /* bytes put at once; more goes in parts */
    PART_LEAST = 5 << 20,     /* the least that S3 takes of a part that is not the last */
    PARTS_MOST = 10000,       /* Amazon S3 User Guide: "multipart upload limits" */
};

/* A file on its way. */
struct put {
    struct net *net;
    struct s3_client *s3;
    char *bucket, *key;
    char *content_type; /* NULL: none */
    bool only_if_absent;
    FILE *file;
    uint64_t size;     /* of the file, in bytes */
    uint64_t part_len; /* of all parts but the last, in bytes */
    uint64_t at;       /* where the body of the request under way begins in the file */
    char *upload_id;
    struct part_etags etags; /* of the parts that are there */
    unsigned count;
    struct err err; /* the first failure */
    s3_put_file_cb cb;
    void *ctx;
};

static void put_free(struct put *p)
{
    free(p->bucket);
    free(p->key);
    free(p->content_type);
    free(p->upload_id);
    part_etags_free(&p->etags);
    free(p);
}

static void finish(struct put *p)
{
    p->cb(p->ctx, &p->err);
    put_free(p);
}

static enum err_code start(struct put *p, struct s3_request *r, s3_done_cb done, struct err *e)
{
    r->where = (struct s3_where){.bucket = p->bucket, .key = p->key};
    return s3_start(p->s3, r, done, p, e);
}

/* Reads the body of the request under way; as http_read_cb. */
static bool read_body(void *ctx, size_t at, void *out, size_t len)
{
    struct put *p = ctx;

    return fseeko(p->file, (off_t)(p->at + at), SEEK_SET) == 0 &&
           fread(out, 1, len, p->file) == len;
}

/* --- giving up --- */

static void on_aborted(void *ctx, const struct s3_reply *reply)
{
    (void)reply; /* the first error is the one told */
    finish(ctx);
}

static void abort_upload(void *ctx)
{
    struct put *p = ctx;
    struct s3_request r = {.op = S3_ABORT_MULTIPART_UPLOAD, .u.abort = {p->upload_id}};
    struct err ignored;

    if (start(p, &r, on_aborted, &ignored) != ERR_OK)
        finish(p);
}

/* p->err says why. The abort waits for the next turn of the loop: what is started while all calls
 * are cancelled (s3_client_cancel_all()) would be cancelled with them. */
static void give_up(struct put *p)
{
    struct err ignored;

    if (net_timer_start(p->net, 0, abort_upload, p, NULL, &ignored) != ERR_OK)
        finish(p);
}

/* --- in parts --- */

static void on_completed(void *ctx, const struct s3_reply *reply)
{
    struct put *p = ctx;

    p->err = reply->err;
    if (p->err.code == ERR_OK)
        finish(p);
    else
        give_up(p);
}

static void next_part(struct put *p);

static void on_part(void *ctx, const struct s3_reply *reply)
{
    struct put *p = ctx;

    p->err = reply->err;
    if (p->err.code != ERR_OK) {
        give_up(p);
        return;
    }
    if (!part_etags_set(&p->etags, ++p->count, reply->u.copied.etag)) {
        err_nomem(&p->err);
        give_up(p);
        return;
    }
    next_part(p);
}

/* The next part, or Complete after the last one. */
static enum err_code start_next(struct put *p, struct err *e)
{
    struct s3_request part = {.op = S3_UPLOAD_PART};
    struct s3_request complete = {.op = S3_COMPLETE_MULTIPART_UPLOAD};
    uint64_t left;

    p->at = p->count * p->part_len;
    if (p->at >= p->size) {
        complete.u.complete = (struct s3_complete){.upload_id = p->upload_id,
                .etags = &p->etags,
                .count = p->count,
                .only_if_absent = p->only_if_absent};
        return start(p, &complete, on_completed, e);
    }
    left = p->size - p->at;
    part.u.part_put = (struct s3_part_put){.upload_id = p->upload_id,
            .part = p->count + 1,
            .len = left < p->part_len ? left : p->part_len,
            .read = read_body,
            .read_ctx = p};
    return start(p, &part, on_part, e);
}

static void next_part(struct put *p)
{
    if (start_next(p, &p->err) != ERR_OK)
        give_up(p);
}

static void on_created(void *ctx, const struct s3_reply *reply)
{
    struct put *p = ctx;

    p->err = reply->err;
    if (p->err.code == ERR_OK) {
        p->upload_id = strdup(reply->u.created.upload_id);
        if (!p->upload_id)
            err_nomem(&p->err);
    }
    if (p->err.code == ERR_OK)
        next_part(p);
    else
        finish(p);
}

static enum err_code begin_parts(struct put *p, const char *ours, struct err *e)
{
    uint64_t least = (p->size + PARTS_MOST - 1) / PARTS_MOST;
    struct s3_request r = {.op = S3_CREATE_MULTIPART_UPLOAD};
    struct headers headers;
    enum err_code code;

    p->part_len = least > PART_LEAST ? least : PART_LEAST;
    if (!part_etags_init(&p->etags, PARTS_MOST))
        return err_nomem(e);
    headers_init(&headers);
    if (p->content_type)
        headers_add(&headers, "content-type", p->content_type);
    if (ours)
        headers_add(&headers, OWN_FILE_HEADER, ours);
    r.u.create.headers = &headers;
    code = start(p, &r, on_created, e);
    headers_free(&headers);
    return code;
}

/* --- at once --- */

static void on_whole(void *ctx, const struct s3_reply *reply)
{
    struct put *p = ctx;

    p->err = reply->err;
    finish(p);
}

static enum err_code begin_whole(struct put *p, const char *ours, struct err *e)
{
    struct s3_request r = {.op = S3_PUT_OBJECT};

    r.u.put = (struct s3_put){.content_type = p->content_type,
            .ours = ours,
            .only_if_absent = p->only_if_absent,
            .len = p->size,
            .read = read_body,
            .read_ctx = p};
    return start(p, &r, on_whole, e);
}

enum err_code s3_put_file(struct net *net, struct s3_client *s3, const struct s3_where *where,
        const struct put_file *put, FILE *file, s3_put_file_cb cb, void *ctx, struct err *e)
{
    enum err_code code;
    struct put *p;
    off_t size;

    if (fseeko(file, 0, SEEK_END) != 0 || (size = ftello(file)) < 0)
        return err_errno(e, errno, "cannot measure the file to upload");
    p = calloc(1, sizeof *p);
    if (!p)
        return err_nomem(e);
    p->net = net;
    p->s3 = s3;
    p->file = file;
    p->size = (uint64_t)size;
    p->cb = cb;
    p->ctx = ctx;
    p->bucket = strdup(where->bucket);
    p->key = strdup(where->key);
    p->only_if_absent = put->only_if_absent;
    p->content_type = put->content_type ? strdup(put->content_type) : NULL;
    if (!p->bucket || !p->key || (put->content_type && !p->content_type))
        code = err_nomem(e);
    else if (size > PUT_WHOLE_MOST)
        code = begin_parts(p, put->ours, e);
    else
        code = begin_whole(p, put->ours, e);
    if (code != ERR_OK)
        put_free(p);
    return code;
}
