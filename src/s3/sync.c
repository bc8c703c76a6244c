#include "s3/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "s3/bucket.h"

enum {
    PUT_WHOLE_MOST = 16 << 20, /* bytes put at once; more goes in parts */
    PART_LEAST = 16 << 20,
};

/* What a callback leaves for who waits for it. */
struct outcome {
    bool done;
    struct err err;
    struct object_info object;
    char text[64]; /* a region, an ETag */
    char *upload_id;
};

static void on_done(void *ctx, const struct s3_reply *reply)
{
    struct outcome *o = ctx;

    o->done = true;
    o->err = reply->err;
    if (reply->op == S3_HEAD_BUCKET)
        memcpy(o->text, reply->u.region, sizeof o->text);
    if (reply->err.code != ERR_OK)
        return;
    if (reply->op == S3_HEAD_OBJECT)
        o->object = reply->u.object;
    else if (reply->op == S3_UPLOAD_PART)
        err_copy_text(o->text, sizeof o->text, reply->u.copied.etag, strlen(reply->u.copied.etag));
    else if (reply->op == S3_CREATE_MULTIPART_UPLOAD) {
        o->upload_id = strdup(reply->u.upload_id);
        if (!o->upload_id)
            err_nomem(&o->err);
    }
}

/* started: what the operation's function returned, with its error in e. */
static enum err_code wait_for(
        const struct sync *s, struct outcome *o, enum err_code started, struct err *e)
{
    if (started != ERR_OK)
        return started;
    net_run_until(s->net, &o->done);
    if (!o->done)
        return err_set(e, ERR_INTERNAL, "nothing is left to wait for");
    if (o->err.code != ERR_OK)
        *e = o->err;
    return o->err.code;
}

enum err_code sync_head_bucket(
        const struct sync *s, const char *bucket, char *region, struct err *e)
{
    struct outcome o = {0};
    enum err_code code = wait_for(s, &o, s3_head_bucket(s->s3, bucket, on_done, &o, e), e);

    memcpy(region, o.text, sizeof o.text);
    return code;
}

enum err_code sync_head_object(const struct sync *s, const struct s3_where *where,
        struct object_info *object, struct err *e)
{
    struct outcome o = {0};
    enum err_code code = wait_for(s, &o, s3_head_object(s->s3, where, 0, on_done, &o, e), e);

    *object = o.object;
    return code;
}

enum err_code sync_get_object(const struct sync *s, const struct s3_get *get, struct err *e)
{
    struct outcome o = {0};

    return wait_for(s, &o, s3_get_object(s->s3, get, on_done, &o, e), e);
}

enum err_code sync_put_object(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, const void *body, size_t len, struct err *e)
{
    struct outcome o = {0};

    return wait_for(
            s, &o, s3_put_object(s->s3, bucket, key, content_type, body, len, on_done, &o, e), e);
}

static enum err_code create(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, char **upload_id, struct err *e)
{
    struct outcome o = {0};
    struct headers headers;
    enum err_code code;

    headers_init(&headers);
    if (content_type)
        headers_add(&headers, "content-type", content_type);
    code = s3_create_multipart_upload(s->s3, bucket, key, &headers, on_done, &o, e);
    code = wait_for(s, &o, code, e);
    headers_free(&headers);
    *upload_id = o.upload_id;
    return code;
}

static enum err_code abort_once(const struct sync *s, const char *bucket, const char *key,
        const char *upload_id, struct err *e)
{
    struct outcome o = {0};

    return wait_for(
            s, &o, s3_abort_multipart_upload(s->s3, bucket, key, upload_id, on_done, &o, e), e);
}

enum err_code sync_try_write(
        const struct sync *s, const char *bucket, const char *key, struct err *e)
{
    char *upload_id = NULL;
    enum err_code code = create(s, bucket, key, NULL, &upload_id, e);

    if (code == ERR_OK)
        code = abort_once(s, bucket, key, upload_id, e);
    free(upload_id);
    return code;
}

/* The parts of a large file, one after the other. */
static enum err_code put_parts(const struct sync *s, struct s3_complete *c, FILE *file, char *block,
        size_t block_len, char (*etags)[ETAG_SIZE], struct err *e)
{
    enum err_code code = ERR_OK;

    for (;;) {
        struct outcome o = {0};
        size_t len = fread(block, 1, block_len, file);

        if (ferror(file))
            return err_errno(e, errno, "cannot read the file to upload");
        if (len == 0)
            return ERR_OK;
        code = s3_upload_part(
                s->s3, c->bucket, c->key, c->upload_id, c->count + 1, block, len, on_done, &o, e);
        code = wait_for(s, &o, code, e);
        if (code != ERR_OK)
            return code;
        etag_copy(etags[c->count], o.text);
        c->count++;
    }
}

static enum err_code put_large(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, FILE *file, uint64_t size, struct err *e)
{
    uint64_t block_len = size / 9000 + 1 > PART_LEAST ? size / 9000 + 1 : PART_LEAST;
    struct s3_complete c = {.bucket = bucket, .key = key};
    char(*etags)[ETAG_SIZE] = calloc(10000, ETAG_SIZE);
    char *block = malloc(block_len), *upload_id = NULL;
    struct outcome o = {0};
    enum err_code code;
    struct err ignored;

    code = etags && block ? create(s, bucket, key, content_type, &upload_id, e) : err_nomem(e);
    if (code != ERR_OK)
        goto out;
    c.upload_id = upload_id;
    c.etags = (const char(*)[ETAG_SIZE])etags;
    code = put_parts(s, &c, file, block, block_len, etags, e);
    if (code == ERR_OK)
        code = wait_for(s, &o, s3_complete_multipart_upload(s->s3, &c, on_done, &o, e), e);
    if (code != ERR_OK)
        (void)abort_once(s, bucket, key, upload_id, &ignored); /* the first error is the one told */
out:
    free(upload_id);
    free(block);
    free(etags);
    return code;
}

enum err_code sync_put_file(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, FILE *file, struct err *e)
{
    enum err_code code;
    char *body;
    off_t size;
    size_t len;

    if (fseeko(file, 0, SEEK_END) != 0 || (size = ftello(file)) < 0)
        return err_errno(e, errno, "cannot measure the file to upload");
    rewind(file);
    if (size > PUT_WHOLE_MOST)
        return put_large(s, bucket, key, content_type, file, (uint64_t)size, e);
    body = malloc((size_t)size + 1);
    if (!body)
        return err_nomem(e);
    len = fread(body, 1, (size_t)size, file);
    code = len == (size_t)size ? sync_put_object(s, bucket, key, content_type, body, len, e)
                               : err_errno(e, errno, "cannot read the file to upload");
    free(body);
    return code;
}

static void on_timer(void *ctx)
{
    *(bool *)ctx = true;
}

enum err_code sync_sleep(const struct sync *s, uint64_t ms, const bool *stop, struct err *e)
{
    enum { SLICE_MS = 100 }; /* how soon a stop is seen */

    while (ms > 0 && !*stop) {
        uint64_t slice = ms < SLICE_MS ? ms : SLICE_MS;
        bool over = false;
        enum err_code code = net_timer_start(s->net, slice, on_timer, &over, NULL, e);

        if (code != ERR_OK)
            return code;
        net_run_until(s->net, &over);
        ms -= slice;
    }
    return ERR_OK;
}
