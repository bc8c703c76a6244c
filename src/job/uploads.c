#include "job/uploads.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "job/sync.h"
#include "s3/list.h"
#include "s3/object.h"

static const char folder[] = "uploads/";

struct uploads {
    struct store *store;
    char (*names)[UPLOADS_NAME_SIZE]; /* sorted */
    size_t count, cap;
};

/* A request to S3 on its way. */
struct request {
    struct uploads *uploads;
    struct buf text; /* what is written, or was read */
    uploads_cb cb;
    void *ctx;
};

/* --- what was there --- */

bool uploads_is_name(const char *name)
{
    return strlen(name) == UPLOADS_NAME_SIZE - 1 && str_starts(name, folder) &&
           strspn(name + sizeof folder - 1, "0123456789abcdef") == 32 && str_ends(name, ".json");
}

static enum err_code add_name(void *ctx, const char *name, struct err *e)
{
    struct uploads *u = ctx;

    if (!uploads_is_name(name)) /* no record: half-written, or someone else's */
        return ERR_OK;
    if (u->count == u->cap) {
        size_t cap = u->cap ? 2 * u->cap : 64;
        void *more = realloc(u->names, cap * UPLOADS_NAME_SIZE);

        if (!more)
            return err_nomem(e);
        u->names = more;
        u->cap = cap;
    }
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
    code = store_list(store, folder, add_name, u, e);
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

enum err_code uploads_name(
        char name[UPLOADS_NAME_SIZE], const char *bucket, const char *key, struct err *e)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char hex[2 * sizeof digest + 1];
    enum err_code code;
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    buf_addf(&text, "%s/%s", bucket, key);
    code = buf_check(&text, "a destination", e);
    if (code == ERR_OK) {
        SHA256((const unsigned char *)buf_str(&text), text.len, digest);
        str_hex(hex, digest, sizeof digest);
        snprintf(name, UPLOADS_NAME_SIZE, "%s%.32s.json", folder, hex);
    }
    buf_free(&text);
    return code;
}

bool uploads_has(const struct uploads *u, const char *bucket, const char *key)
{
    char name[UPLOADS_NAME_SIZE];
    struct err e;

    return u->count > 0 && uploads_name(name, bucket, key, &e) == ERR_OK &&
           bsearch(name, u->names, u->count, UPLOADS_NAME_SIZE, by_name);
}

/* --- in a folder --- */

/* Without fsync(2): what matters is that a kill of this process loses nothing, and there may be one
 * of these for each of many thousand objects. */
static enum err_code write_here(
        struct uploads *u, const char *name, const struct buf *text, struct err *e)
{
    enum err_code code;
    struct buf path, part;
    ssize_t n = -1;
    int fd = -1;

    buf_init(&path, BUF_MAX_SMALL);
    buf_init(&part, BUF_MAX_SMALL);
    buf_addf(&path, "%s/%s", store_dir(u->store), name);
    buf_addf(&part, "%s.part", buf_str(&path));
    code = buf_check(&path, "a record's path", e);
    if (code == ERR_OK)
        code = buf_check(&part, "a record's path", e);
    if (code == ERR_OK)
        code = store_check_file(u->store, name, e);
    if (code == ERR_OK)
        code = store_open_file(buf_str(&part), O_WRONLY | O_CREAT | O_TRUNC, &fd, e);
    if (code != ERR_OK)
        goto out;
    n = write(fd, buf_str(text), text->len);
    if (close(fd) != 0)
        n = -1;
    if (n != (ssize_t)text->len || rename(buf_str(&part), buf_str(&path)) != 0) {
        code = err_errno(e, n >= 0 && n < (ssize_t)text->len ? ENOSPC : errno, "cannot write %s",
                buf_str(&path));
        unlink(buf_str(&part));
    }
out:
    buf_free(&path);
    buf_free(&part);
    return code;
}

static enum err_code read_here(
        struct uploads *u, const char *name, struct upload *found, struct err *e)
{
    enum err_code code;
    struct buf text;
    bool there;

    memset(found, 0, sizeof *found);
    buf_init(&text, BUF_MAX_CONFIG);
    code = store_load(u->store, name, &text, &there, e);
    if (code == ERR_OK && there) {
        code = upload_read(found, buf_str(&text), text.len, e);
        if (code != ERR_OK)
            err_prefix(e, "%s", name);
    }
    buf_free(&text);
    return code;
}

/* --- in S3 --- */

static void finish(struct request *r, const struct err *err, struct upload *found)
{
    struct err e = *err;

    if (e.code != ERR_OK)
        store_error(r->uploads->store, folder, &e);
    r->cb(r->ctx, &e, found);
    buf_free(&r->text);
    free(r);
}

static void on_done(void *ctx, const struct s3_reply *reply)
{
    finish(ctx, &reply->err, NULL);
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct request *r = ctx;

    (void)status;
    buf_add(&r->text, data, len);
    return buf_check(&r->text, "the record of an upload", e);
}

static void on_loaded(void *ctx, const struct s3_reply *reply)
{
    struct request *r = ctx;
    struct upload found = {0};
    struct err e = reply->err;

    if (e.code == ERR_NOT_FOUND) {
        err_clear(&e);
        finish(r, &e, NULL);
        return;
    }
    if (e.code == ERR_OK && upload_read(&found, buf_str(&r->text), r->text.len, &e) == ERR_OK)
        err_clear(&e);
    finish(r, &e, e.code == ERR_OK ? &found : NULL);
    upload_free(&found);
}

static struct request *request_new(struct uploads *u, uploads_cb cb, void *ctx)
{
    struct request *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->uploads = u;
    r->cb = cb;
    r->ctx = ctx;
    buf_init(&r->text, BUF_MAX_CONFIG);
    return r;
}

static enum err_code not_sent(struct request *r, enum err_code code)
{
    if (r) {
        buf_free(&r->text);
        free(r);
    }
    return code;
}

/* prefix + name, in out. */
static enum err_code key_of(
        const struct uploads *u, const char *name, struct buf *out, struct err *e)
{
    buf_init(out, BUF_MAX_SMALL);
    buf_addf(out, "%s%s", store_prefix(u->store), name);
    return buf_check(out, "the work store's key", e);
}

/* --- either --- */

enum err_code uploads_load(struct uploads *u, const char *bucket, const char *key,
        struct upload *found, bool *at_once, uploads_cb cb, void *ctx, struct err *e)
{
    struct s3_get get = {.first = 0, .last = UINT64_MAX, .on_body = on_body};
    char name[UPLOADS_NAME_SIZE];
    enum err_code code = uploads_name(name, bucket, key, e);
    struct request *r;
    struct buf place;

    *at_once = store_bucket(u->store) == NULL;
    if (code != ERR_OK || *at_once)
        return code == ERR_OK ? read_here(u, name, found, e) : code;
    code = key_of(u, name, &place, e);
    r = request_new(u, cb, ctx);
    if (!r)
        code = err_nomem(e);
    if (code == ERR_OK) {
        get.where.bucket = store_bucket(u->store);
        get.where.key = buf_str(&place);
        get.on_body_ctx = r;
        code = s3_get_object(store_sync(u->store)->s3, &get, on_loaded, r, e);
    }
    buf_free(&place);
    return code == ERR_OK ? ERR_OK : not_sent(r, code);
}

enum err_code uploads_save(struct uploads *u, const struct upload *upload, bool *at_once,
        uploads_cb cb, void *ctx, struct err *e)
{
    char name[UPLOADS_NAME_SIZE];
    enum err_code code = uploads_name(name, upload->bucket, upload->key, e);
    struct request *r = request_new(u, cb, ctx);
    struct buf place;

    *at_once = store_bucket(u->store) == NULL;
    if (!r)
        code = err_nomem(e);
    if (code == ERR_OK) {
        upload_write(&r->text, upload);
        code = buf_check(&r->text, "the record of an upload", e);
    }
    if (code != ERR_OK || *at_once) {
        if (code == ERR_OK)
            code = write_here(u, name, &r->text, e);
        return not_sent(r, code);
    }
    code = key_of(u, name, &place, e);
    if (code == ERR_OK)
        code = s3_put_object(store_sync(u->store)->s3, store_bucket(u->store), buf_str(&place),
                "application/json", buf_str(&r->text), r->text.len, on_done, r, e);
    buf_free(&place);
    return code == ERR_OK ? ERR_OK : not_sent(r, code);
}

enum err_code uploads_remove(struct uploads *u, const char *bucket, const char *key, bool *at_once,
        uploads_cb cb, void *ctx, struct err *e)
{
    char name[UPLOADS_NAME_SIZE];
    enum err_code code = uploads_name(name, bucket, key, e);
    struct request *r;
    struct buf place;

    *at_once = store_bucket(u->store) == NULL;
    if (code != ERR_OK || *at_once)
        return code == ERR_OK ? store_remove(u->store, name, e) : code;
    code = key_of(u, name, &place, e);
    r = request_new(u, cb, ctx);
    if (!r)
        code = err_nomem(e);
    if (code == ERR_OK)
        code = s3_delete_object(
                store_sync(u->store)->s3, store_bucket(u->store), buf_str(&place), on_done, r, e);
    buf_free(&place);
    return code == ERR_OK ? ERR_OK : not_sent(r, code);
}
