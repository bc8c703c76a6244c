#include "s3/sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/cycle.h"
#include "s3/put_file.h"

enum { ABORTS_MOST = 5 };

/* Takes the wanted part out of a reply that is a success. */
typedef enum err_code (*take_cb)(void *ctx, const struct s3_reply *reply, struct err *e);

/* A request that is waited for. */
struct waiting {
    bool done;
    struct err err;
    take_cb take; /* NULL: no part of the reply is wanted */
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

static enum err_code wait_until_done(const struct sync *s, struct waiting *w, struct err *e)
{
    net_run_until(s->net, &w->done);
    if (!w->done)
        return err_set(e, ERR_INTERNAL, "nothing is left to wait for");
    if (w->err.code != ERR_OK)
        *e = w->err;
    return w->err.code;
}

static enum err_code wait_for(
        const struct sync *s, const struct s3_request *r, struct waiting *w, struct err *e)
{
    enum err_code code = s3_start(s->s3, r, on_done, w, e);

    return code == ERR_OK ? wait_until_done(s, w, e) : code;
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

/* A header that is looked for in an answer. */
struct wanted {
    const char *header;
    bool *has;
};

static enum err_code take_header(void *ctx, const struct s3_reply *reply, struct err *e)
{
    const struct wanted *w = ctx;

    (void)e;
    *w->has = reply->headers && headers_get(reply->headers, w->header);
    return ERR_OK;
}

enum err_code sync_get_first_byte(const struct sync *s, const struct s3_where *where,
        const char *header, bool *has, struct err *e)
{
    const struct s3_request r = {
            .op = S3_GET_OBJECT, .where = *where, .u.get = {.first = 0, .last = 0}};
    struct wanted wanted = {.header = header, .has = has};

    *has = false;
    return call(s, &r, take_header, &wanted, e);
}

static enum err_code take_copied(void *ctx, const struct s3_reply *reply, struct err *e)
{
    (void)e;
    *(struct s3_copied *)ctx = reply->u.copied;
    return ERR_OK;
}

enum err_code sync_put_object(const struct sync *s, const struct s3_where *where,
        const struct s3_put *put, struct s3_copied *written, struct err *e)
{
    struct s3_request r = {.op = S3_PUT_OBJECT, .where = *where, .u.put = *put};

    return call(s, &r, written ? take_copied : NULL, written, e);
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

    *id = strdup(reply->u.created.upload_id);
    return *id ? ERR_OK : err_nomem(e);
}

/* Creates an upload. The caller frees *upload_id. */
static enum err_code create(
        const struct sync *s, const struct s3_where *where, char **upload_id, struct err *e)
{
    struct s3_request r = {.op = S3_CREATE_MULTIPART_UPLOAD, .where = *where};

    return call(s, &r, take_upload_id, upload_id, e);
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
    enum err_code code = create(s, &where, &upload_id, e);

    if (code == ERR_OK)
        code = abort_once(s, &where, upload_id, e);
    free(upload_id);
    return code;
}

static void on_file(void *ctx, const struct err *err)
{
    struct waiting *w = ctx;

    w->done = true;
    w->err = *err;
}

enum err_code sync_put_file(const struct sync *s, const char *bucket, const char *key,
        const struct put_file *put, FILE *file, struct err *e)
{
    struct s3_where where = {.bucket = bucket, .key = key};
    struct waiting w = {0};
    enum err_code code = s3_put_file(s->net, s->s3, &where, put, file, on_file, &w, e);

    return code == ERR_OK ? wait_until_done(s, &w, e) : code;
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
        /* Without its bucket nothing is known of the upload; this may be another server. */
        if (code == ERR_NOT_FOUND && strcmp(e->service_code, "NoSuchBucket") == 0)
            return code;
        /* The upload is gone, as far as we are allowed to look. */
        if (code == ERR_NOT_FOUND || (code == ERR_ACCESS_DENIED && aborted))
            return ERR_OK;
        if (code != ERR_OK || parts == 0)
            return code;
    }
    return err_set(e, ERR_SERVICE, "its parts stay, though it was aborted %d times", ABORTS_MOST);
}

/* --- listings --- */

/* A listing on its way from page to page. */
struct pages {
    char *next;         /* token of the next page; NULL: there is none. Owned */
    struct cycle cycle; /* of the tokens */
    unsigned cancels;   /* of the client, when it began */
};

/* Asks for all pages. after: where the request has the token of its page. */
static enum err_code list_pages(const struct sync *s, const struct s3_request *r,
        const char **after, struct pages *p, take_cb take, void *ctx, struct err *e)
{
    enum err_code code;

    p->cancels = s3_client_cancels(s->s3);
    do {
        *after = p->next;
        code = call(s, r, take, ctx, e);
        /* Between two pages there is no request that could be cancelled. */
        if (code == ERR_OK && p->next && s3_client_cancels(s->s3) != p->cancels)
            code = err_set(e, ERR_CANCELLED, "cancelled");
    } while (code == ERR_OK && p->next);
    free(p->next);
    cycle_free(&p->cycle);
    return code;
}

struct keys_taker {
    enum err_code (*each)(void *ctx, const char *key, struct err *e);
    void *ctx;
    struct pages pages;
};

static enum err_code take_keys(void *ctx, const struct s3_reply *reply, struct err *e)
{
    const struct s3_keys *keys = &reply->u.keys;
    struct keys_taker *t = ctx;
    unsigned i;

    for (i = 0; i < keys->count; i++)
        if (t->each(t->ctx, keys->objects[i].key, e) != ERR_OK)
            return e->code;
    return cycle_take(&t->pages.cycle, &t->pages.next, keys->next, e);
}

enum err_code sync_list_objects(const struct sync *s, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const char *key, struct err *e), void *ctx, struct err *e)
{
    struct s3_request r = {
            .op = S3_LIST_OBJECTS, .where = {.bucket = bucket}, .u.list.prefix = prefix};
    struct keys_taker t = {.each = each, .ctx = ctx};

    return list_pages(s, &r, &r.u.list.after, &t.pages, take_keys, &t, e);
}

struct uploads_taker {
    enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e);
    void *ctx;
    struct pages pages;
};

static enum err_code take_uploads(void *ctx, const struct s3_reply *reply, struct err *e)
{
    const struct s3_uploads *uploads = &reply->u.uploads;
    struct uploads_taker *t = ctx;
    unsigned i;

    for (i = 0; i < uploads->count; i++)
        if (t->each(t->ctx, &uploads->uploads[i], e) != ERR_OK)
            return e->code;
    return cycle_take(&t->pages.cycle, &t->pages.next, uploads->next, e);
}

enum err_code sync_list_uploads(const struct sync *s, const char *bucket, const char *key,
        enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e), void *ctx,
        struct err *e)
{
    struct s3_request r = {
            .op = S3_LIST_MULTIPART_UPLOADS, .where = {.bucket = bucket, .key = key}};
    struct uploads_taker t = {.each = each, .ctx = ctx};

    return list_pages(s, &r, &r.u.uploads.after, &t.pages, take_uploads, &t, e);
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
