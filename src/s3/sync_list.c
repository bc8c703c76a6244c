/* sync.h: listings, and what is done with what they find. */
#include <stdlib.h>
#include <string.h>

#include "s3/listing.h"
#include "s3/sync.h"

enum { ABORTS_MOST = 5 };

struct wait {
    bool done;
    struct err err;
    unsigned parts;
    char *next; /* of a listing: its next page */
    enum err_code (*each_key)(void *ctx, const char *key, struct err *e);
    enum err_code (*each_upload)(void *ctx, const struct s3_upload *upload, struct err *e);
    void *ctx;
};

static void take_keys(struct wait *w, const struct s3_keys *keys)
{
    unsigned i;

    for (i = 0; i < keys->count && w->err.code == ERR_OK; i++)
        (void)!w->each_key(w->ctx, keys->keys[i], &w->err);
    w->next = keys->next ? strdup(keys->next) : NULL;
    if (keys->next && !w->next)
        err_nomem(&w->err);
}

static void on_done(void *ctx, const struct s3_reply *reply)
{
    struct wait *w = ctx;
    unsigned i;

    w->done = true;
    w->err = reply->err;
    if (reply->err.code != ERR_OK)
        return;
    if (reply->op == S3_LIST_OBJECTS)
        take_keys(w, &reply->u.keys);
    else if (reply->op == S3_LIST_PARTS)
        w->parts = reply->u.parts.count;
    else if (reply->op == S3_LIST_MULTIPART_UPLOADS)
        for (i = 0; i < reply->u.uploads.count && w->err.code == ERR_OK; i++)
            (void)!w->each_upload(w->ctx, &reply->u.uploads.uploads[i], &w->err);
}

static enum err_code wait_for(
        const struct sync *s, struct wait *w, enum err_code started, struct err *e)
{
    if (started != ERR_OK)
        return started;
    net_run_until(s->net, &w->done);
    if (!w->done)
        return err_set(e, ERR_INTERNAL, "nothing is left to wait for");
    if (w->err.code != ERR_OK)
        *e = w->err;
    return w->err.code;
}

enum err_code sync_list_objects(const struct sync *s, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const char *key, struct err *e), void *ctx, struct err *e)
{
    enum err_code code;
    char *after = NULL;

    do {
        struct wait w = {.each_key = each, .ctx = ctx};

        code = s3_list_objects(s->s3, bucket, prefix, after, on_done, &w, e);
        code = wait_for(s, &w, code, e);
        free(after);
        after = w.next;
    } while (code == ERR_OK && after);
    free(after);
    return code;
}

enum err_code sync_delete_object(
        const struct sync *s, const char *bucket, const char *key, struct err *e)
{
    struct wait w = {0};

    return wait_for(s, &w, s3_delete_object(s->s3, bucket, key, on_done, &w, e), e);
}

static enum err_code count_parts(const struct sync *s, const char *bucket, const char *key,
        const char *upload_id, unsigned *parts, struct err *e)
{
    struct wait w = {0};
    enum err_code code =
            wait_for(s, &w, s3_list_parts(s->s3, bucket, key, upload_id, 0, on_done, &w, e), e);

    *parts = w.parts;
    return code;
}

enum err_code sync_abort_upload(const struct sync *s, const char *bucket, const char *key,
        const char *upload_id, struct err *e)
{
    unsigned tries, parts = 0;

    for (tries = 0; tries < ABORTS_MOST; tries++) {
        struct wait w = {0};
        enum err_code code = wait_for(
                s, &w, s3_abort_multipart_upload(s->s3, bucket, key, upload_id, on_done, &w, e), e);

        bool aborted = code == ERR_OK;

        if (aborted)
            code = count_parts(s, bucket, key, upload_id, &parts, e);
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

enum err_code sync_list_uploads(const struct sync *s, const char *bucket, const char *key,
        enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e), void *ctx,
        struct err *e)
{
    struct wait w = {.each_upload = each, .ctx = ctx};

    return wait_for(s, &w, s3_list_uploads(s->s3, bucket, key, on_done, &w, e), e);
}
