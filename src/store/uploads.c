#include "store/uploads.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct uploads {
    struct store *store;
    char (*names)[UPLOADS_NAME_SIZE]; /* sorted */
    size_t count, cap;
};

/* An operation of the work store whose answer is to come. */
struct request {
    char name[UPLOADS_NAME_SIZE];
    struct buf text; /* the text that is written */
    uploads_cb cb;
    void *ctx;
};

/* --- what was there --- */

static enum err_code add_name(void *ctx, const char *name, struct err *e)
{
    struct uploads *u = ctx;
    void *names;

    if (!uploads_is_name(name)) /* no record: half-written, or someone else's */
        return ERR_OK;
    names = array_grow(u->names, u->count, &u->cap, UPLOADS_NAME_SIZE);
    if (!names)
        return err_nomem(e);
    u->names = names;
    memcpy(u->names[u->count++], name, UPLOADS_NAME_SIZE);
    return ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

enum err_code uploads_open(struct uploads **out, struct store *store, struct err *e)
{
    struct uploads *u = calloc(1, sizeof *u);
    enum err_code code;

    if (!u)
        return err_nomem(e);
    u->store = store;
    code = store_list(store, UPLOADS_FOLDER, add_name, u, e);
    if (code != ERR_OK) {
        uploads_free(u);
        return code;
    }
    if (u->count > 0)
        qsort(u->names, u->count, UPLOADS_NAME_SIZE, by_name);
    *out = u;
    return ERR_OK;
}

void uploads_free(struct uploads *u)
{
    if (!u)
        return;
    free(u->names);
    free(u);
}

size_t uploads_count(const struct uploads *u)
{
    return u->count;
}

bool uploads_has(const struct uploads *u, const char *bucket, const char *key)
{
    char name[UPLOADS_NAME_SIZE];
    struct err e;

    return u->count > 0 && uploads_name(name, bucket, key, UPLOAD_FIRST, &e) == ERR_OK &&
           bsearch(name, u->names, u->count, UPLOADS_NAME_SIZE, by_name);
}

/* --- operations --- */

static void request_free(struct request *r)
{
    buf_free(&r->text);
    free(r);
}

/* NULL: an error. */
static struct request *request_new(const char *bucket, const char *key, unsigned which,
        uploads_cb cb, void *ctx, struct err *e)
{
    struct request *r = calloc(1, sizeof *r);

    if (!r) {
        err_nomem(e);
        return NULL;
    }
    if (uploads_name(r->name, bucket, key, which, e) != ERR_OK) {
        free(r);
        return NULL;
    }
    buf_init(&r->text, STORE_SMALL_MOST);
    r->cb = cb;
    r->ctx = ctx;
    return r;
}

static void on_loaded(void *ctx, const struct err *err, const struct buf *content, int64_t age_s)
{
    struct upload found = {0};
    struct request *r = ctx;
    struct err e = *err;

    if (content && upload_read(&found, buf_str(content), content->len, &e) != ERR_OK)
        err_prefix(&e, "%s", r->name);
    found.age_s = age_s;
    r->cb(r->ctx, &e, content ? &found : NULL);
    upload_free(&found);
    request_free(r);
}

static void on_changed(void *ctx, const struct err *err)
{
    struct request *r = ctx;

    r->cb(r->ctx, err, NULL);
    request_free(r);
}

enum err_code uploads_load(struct uploads *u, const char *bucket, const char *key, unsigned which,
        uploads_cb cb, void *ctx, struct err *e)
{
    struct request *r = request_new(bucket, key, which, cb, ctx, e);

    if (!r)
        return e->code;
    if (store_get(u->store, r->name, on_loaded, r, e) == ERR_OK)
        return ERR_OK;
    request_free(r);
    return e->code;
}

typedef enum err_code (*write_fn)(struct store *s, const char *name, const void *data, size_t len,
        store_cb cb, void *ctx, struct err *e);

static enum err_code write_record(struct uploads *u, const struct upload *upload, write_fn write,
        uploads_cb cb, void *ctx, struct err *e)
{
    struct request *r = request_new(upload->bucket, upload->key, upload->which, cb, ctx, e);
    enum err_code code;

    if (!r)
        return e->code;
    upload_write(&r->text, upload);
    code = buf_check(&r->text, "the record of an upload", e);
    if (code == ERR_OK)
        code = write(u->store, r->name, buf_str(&r->text), r->text.len, on_changed, r, e);
    if (code != ERR_OK)
        request_free(r);
    return code;
}

enum err_code uploads_save(
        struct uploads *u, const struct upload *upload, uploads_cb cb, void *ctx, struct err *e)
{
    return write_record(u, upload, store_put, cb, ctx, e);
}

enum err_code uploads_publish(
        struct uploads *u, const struct upload *upload, uploads_cb cb, void *ctx, struct err *e)
{
    return write_record(u, upload, store_put_new, cb, ctx, e);
}

enum err_code uploads_remove(struct uploads *u, const char *bucket, const char *key, unsigned which,
        uploads_cb cb, void *ctx, struct err *e)
{
    struct request *r = request_new(bucket, key, which, cb, ctx, e);

    if (!r)
        return e->code;
    if (store_delete(u->store, r->name, on_changed, r, e) == ERR_OK)
        return ERR_OK;
    request_free(r);
    return e->code;
}
