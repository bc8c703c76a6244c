#include "s3/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PUT_WHOLE_MOST = 16 << 20, /* bytes put at once; more goes in parts */
    PART_LEAST = 16 << 20,
    PARTS_MOST = 10000,
    ABORTS_MOST = 5,
};

/* Takes what is wanted out of a reply that is a success. */
typedef enum err_code (*take_cb)(void *ctx, const struct s3_reply *reply, struct err *e);

/* A request that somebody waits for. */
struct waiting {
    bool done;
    struct err err;
    take_cb take; /* NULL: nothing is wanted */
    void *ctx;
    char *region; /* HeadBucket: gets the region, which an answer that is an error may name too */
};

static void on_done(void *ctx, const struct s3_reply *reply)
{
    struct waiting *w = ctx;

    w->done = true;
    w->err = reply->err;
    if (w->region)
        memcpy(w->region, reply->u.region, sizeof reply->u.region);
    if (reply->err.code == ERR_OK && w->take && w->take(w->ctx, reply, &w->err) == ERR_OK)
        err_clear(&w->err);
}

static enum err_code wait_for(
        const struct sync *s, const struct s3_request *r, struct waiting *w, struct err *e)
{
    enum err_code code = s3_start(s->s3, r, on_done, w, e);

    if (code != ERR_OK)
        return code;
    net_run_until(s->net, &w->done);
    if (!w->done)
        return err_set(e, ERR_INTERNAL, "nothing is left to wait for");
    if (w->err.code != ERR_OK)
        *e = w->err;
    return w->err.code;
}

static enum err_code call(
        const struct sync *s, const struct s3_request *r, take_cb take, void *ctx, struct err *e)
{
    struct waiting w = {.take = take, .ctx = ctx};

    return wait_for(s, r, &w, e);
}

/* --- single operations --- */

enum err_code sync_head_bucket(
        const struct sync *s, const char *bucket, char *region, struct err *e)
{
    struct s3_request r = {.op = S3_HEAD_BUCKET, .where = {.bucket = bucket}};
    struct waiting w = {.region = region};

    region[0] = '\0';
    return wait_for(s, &r, &w, e);
}

static enum err_code take_object(void *ctx, const struct s3_reply *reply, struct err *e)
{
    (void)e;
    *(struct object_info *)ctx = reply->u.object;
    return ERR_OK;
}

enum err_code sync_head_object(const struct sync *s, const struct s3_where *where,
        struct object_info *object, struct err *e)
{
    struct s3_request r = {.op = S3_HEAD_OBJECT, .where = *where};

    memset(object, 0, sizeof *object);
    return call(s, &r, take_object, object, e);
}

enum err_code sync_get_object(
        const struct sync *s, const struct s3_where *where, const struct s3_get *get, struct err *e)
{
    struct s3_request r = {.op = S3_GET_OBJECT, .where = *where, .u.get = *get};

    return call(s, &r, NULL, NULL, e);
}

enum err_code sync_put_object(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, const void *body, size_t len, struct err *e)
{
    struct s3_request r = {.op = S3_PUT_OBJECT,
            .where = {.bucket = bucket, .key = key},
            .u.put = {.content_type = content_type, .body = body, .len = len}};

    return call(s, &r, NULL, NULL, e);
}

enum err_code sync_delete_object(
        const struct sync *s, const char *bucket, const char *key, struct err *e)
{
    struct s3_request r = {.op = S3_DELETE_OBJECT, .where = {.bucket = bucket, .key = key}};

    return call(s, &r, NULL, NULL, e);
}

/* --- uploads --- */

static enum err_code take_upload_id(void *ctx, const struct s3_reply *reply, struct err *e)
{
    char **id = ctx;

    *id = strdup(reply->u.upload_id);
    return *id ? ERR_OK : err_nomem(e);
}

/* content_type: NULL for none. *upload_id is free()d by the caller. */
static enum err_code create(const struct sync *s, const struct s3_where *where,
        const char *content_type, char **upload_id, struct err *e)
{
    struct s3_request r = {.op = S3_CREATE_MULTIPART_UPLOAD, .where = *where};
    struct headers headers;
    enum err_code code;

    headers_init(&headers);
    if (content_type)
        headers_add(&headers, "content-type", content_type);
    r.u.create.headers = &headers;
    code = call(s, &r, take_upload_id, upload_id, e);
    headers_free(&headers);
    return code;
}

static enum err_code abort_once(
        const struct sync *s, const struct s3_where *where, const char *upload_id, struct err *e)
{
    struct s3_request r = {
            .op = S3_ABORT_MULTIPART_UPLOAD, .where = *where, .u.abort.upload_id = upload_id};

    return call(s, &r, NULL, NULL, e);
}

enum err_code sync_try_write(
        const struct sync *s, const char *bucket, const char *key, struct err *e)
{
    struct s3_where where = {.bucket = bucket, .key = key};
    char *upload_id = NULL;
    enum err_code code = create(s, &where, NULL, &upload_id, e);

    if (code == ERR_OK)
        code = abort_once(s, &where, upload_id, e);
    free(upload_id);
    return code;
}

static enum err_code take_etag(void *ctx, const struct s3_reply *reply, struct err *e)
{
    (void)e;
    memcpy(ctx, reply->u.copied.etag, ETAG_SIZE);
    return ERR_OK;
}

/* The parts of a large file, one after the other. *count gets how many there were. */
static enum err_code put_parts(const struct sync *s, struct s3_request *r, FILE *file, char *block,
        size_t block_len, char (*etags)[ETAG_SIZE], unsigned *count, struct err *e)
{
    enum err_code code;

    for (*count = 0;; ++*count) {
        size_t len = fread(block, 1, block_len, file);

        if (ferror(file))
            return err_errno(e, errno, "cannot read the file to upload");
        if (len == 0)
            return ERR_OK;
        if (*count == PARTS_MOST)
            return err_set(e, ERR_IO, "the file to upload grew while it was read");
        r->u.part_put.part = *count + 1;
        r->u.part_put.body = block;
        r->u.part_put.len = len;
        code = call(s, r, take_etag, etags[*count], e);
        if (code != ERR_OK)
            return code;
    }
}

static enum err_code put_large(const struct sync *s, const struct s3_where *where,
        const char *content_type, FILE *file, uint64_t size, struct err *e)
{
    uint64_t block_len = size / 9000 + 1 > PART_LEAST ? size / 9000 + 1 : PART_LEAST;
    struct s3_request part = {.op = S3_UPLOAD_PART, .where = *where};
    struct s3_request complete = {.op = S3_COMPLETE_MULTIPART_UPLOAD, .where = *where};
    char(*etags)[ETAG_SIZE] = calloc(PARTS_MOST, ETAG_SIZE);
    char *block = malloc(block_len), *upload_id = NULL;
    enum err_code code;
    struct err ignored;

    code = etags && block ? create(s, where, content_type, &upload_id, e) : err_nomem(e);
    if (code != ERR_OK)
        goto out;
    part.u.part_put.upload_id = upload_id;
    complete.u.complete.upload_id = upload_id;
    complete.u.complete.etags = (const char(*)[ETAG_SIZE])etags;
    code = put_parts(s, &part, file, block, block_len, etags, &complete.u.complete.count, e);
    if (code == ERR_OK)
        code = call(s, &complete, NULL, NULL, e);
    if (code != ERR_OK)
        (void)abort_once(s, where, upload_id, &ignored); /* the first error is the one told */
out:
    free(upload_id);
    free(block);
    free(etags);
    return code;
}

enum err_code sync_put_file(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, FILE *file, struct err *e)
{
    struct s3_where where = {.bucket = bucket, .key = key};
    enum err_code code;
    char *body;
    off_t size;
    size_t len;

    if (fseeko(file, 0, SEEK_END) != 0 || (size = ftello(file)) < 0)
        return err_errno(e, errno, "cannot measure the file to upload");
    rewind(file);
    if (size > PUT_WHOLE_MOST)
        return put_large(s, &where, content_type, file, (uint64_t)size, e);
    body = malloc((size_t)size + 1);
    if (!body)
        return err_nomem(e);
    len = fread(body, 1, (size_t)size, file);
    code = len == (size_t)size ? sync_put_object(s, bucket, key, content_type, body, len, e)
                               : err_errno(e, errno, "cannot read the file to upload");
    free(body);
    return code;
}

static enum err_code take_part_count(void *ctx, const struct s3_reply *reply, struct err *e)
{
    (void)e;
    *(unsigned *)ctx = reply->u.parts.count;
    return ERR_OK;
}

static enum err_code count_parts(const struct sync *s, const struct s3_where *where,
        const char *upload_id, unsigned *parts, struct err *e)
{
    struct s3_request r = {
            .op = S3_LIST_PARTS, .where = *where, .u.parts = {.upload_id = upload_id}};

    *parts = 0;
    return call(s, &r, take_part_count, parts, e);
}

enum err_code sync_abort_upload(const struct sync *s, const char *bucket, const char *key,
        const char *upload_id, struct err *e)
{
    struct s3_where where = {.bucket = bucket, .key = key};
    unsigned tries, parts = 0;

    for (tries = 0; tries < ABORTS_MOST; tries++) {
        enum err_code code = abort_once(s, &where, upload_id, e);
        bool aborted = code == ERR_OK;

        if (aborted)
            code = count_parts(s, &where, upload_id, &parts, e);
        /* Without its bucket nothing is known of it: this may be another server. */
        if (code == ERR_NOT_FOUND && strcmp(e->service_code, "NoSuchBucket") == 0)
            return code;
        /* Gone; or gone as far as we are allowed to look. */
        if (code == ERR_NOT_FOUND || (code == ERR_ACCESS_DENIED && aborted))
            return ERR_OK;
        if (code != ERR_OK || parts == 0)
            return code;
    }
    return err_set(e, ERR_SERVICE, "its parts stay, though it was aborted %d times", ABORTS_MOST);
}

/* --- listings --- */

struct keys_taker {
    enum err_code (*each)(void *ctx, const char *key, struct err *e);
    void *ctx;
    char *next; /* page; NULL: this was the last one */
};

static enum err_code take_keys(void *ctx, const struct s3_reply *reply, struct err *e)
{
    const struct s3_keys *keys = &reply->u.keys;
    struct keys_taker *t = ctx;
    unsigned i;

    for (i = 0; i < keys->count; i++)
        if (t->each(t->ctx, keys->keys[i], e) != ERR_OK)
            return e->code;
    t->next = keys->next ? strdup(keys->next) : NULL;
    return keys->next && !t->next ? err_nomem(e) : ERR_OK;
}

enum err_code sync_list_objects(const struct sync *s, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const char *key, struct err *e), void *ctx, struct err *e)
{
    struct s3_request r = {
            .op = S3_LIST_OBJECTS, .where = {.bucket = bucket}, .u.list.prefix = prefix};
    enum err_code code;
    char *after = NULL;

    do {
        struct keys_taker t = {.each = each, .ctx = ctx};

        r.u.list.after = after;
        code = call(s, &r, take_keys, &t, e);
        free(after);
        after = t.next;
    } while (code == ERR_OK && after);
    free(after);
    return code;
}

struct uploads_taker {
    enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e);
    void *ctx;
};

static enum err_code take_uploads(void *ctx, const struct s3_reply *reply, struct err *e)
{
    struct uploads_taker *t = ctx;
    unsigned i;

    for (i = 0; i < reply->u.uploads.count; i++)
        if (t->each(t->ctx, &reply->u.uploads.uploads[i], e) != ERR_OK)
            return e->code;
    return ERR_OK;
}

enum err_code sync_list_uploads(const struct sync *s, const char *bucket, const char *key,
        enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e), void *ctx,
        struct err *e)
{
    struct s3_request r = {
            .op = S3_LIST_MULTIPART_UPLOADS, .where = {.bucket = bucket, .key = key}};
    struct uploads_taker t = {each, ctx};

    return call(s, &r, take_uploads, &t, e);
}

/* --- time --- */

static void on_timer(void *ctx)
{
    *(bool *)ctx = true;
}

enum err_code sync_sleep(const struct sync *s, uint64_t ms, const struct stop *stop, struct err *e)
{
    enum { SLICE_MS = 100 }; /* how soon a stop is seen */

    while (ms > 0 && !stop_asked(stop)) {
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
