#include "store/uploads.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "s3/sync.h"

static const char folder[] = "uploads/";

struct uploads {
    struct store *store;
    char (*names)[UPLOADS_NAME_SIZE]; /* sorted */
    size_t count, cap;
};

/* An operation whose answer is to come: a request to S3 on its way, or what was done in a folder.
 */
struct request {
    struct uploads *uploads;
    struct buf text; /* what is written, or was read */
    struct upload found;
    struct err err;
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

/* --- the answer --- */

static void request_free(struct request *r)
{
    if (!r)
        return;
    upload_free(&r->found);
    buf_free(&r->text);
    free(r);
}

static void answer(void *ctx)
{
    struct request *r = ctx;

    r->cb(r->ctx, &r->err, r->found.key ? &r->found : NULL);
    request_free(r);
}

/* --- in S3 --- */

static void answer_of_s3(struct request *r, const struct err *err)
{
    r->err = *err;
    if (r->err.code != ERR_OK)
        store_error(r->uploads->store, folder, &r->err);
    answer(r);
}

static void on_done(void *ctx, const struct s3_reply *reply)
{
    answer_of_s3(ctx, &reply->err);
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
    struct err e = reply->err;

    if (e.code == ERR_NOT_FOUND)
        err_clear(&e);
    else if (e.code == ERR_OK &&
             upload_read(&r->found, buf_str(&r->text), r->text.len, &e) == ERR_OK)
        err_clear(&e);
    answer_of_s3(r, &e);
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

/* prefix + name, in out. */
static enum err_code key_of(
        const struct uploads *u, const char *name, struct buf *out, struct err *e)
{
    buf_init(out, BUF_MAX_SMALL);
    buf_addf(out, "%s%s", store_prefix(u->store), name);
    return buf_check(out, "the work store's key", e);
}

static enum err_code get_s3(
        struct uploads *u, const struct buf *key, struct request *r, struct err *e)
{
    struct s3_request get = {.op = S3_GET_OBJECT,
            .where = {.bucket = store_bucket(u->store), .key = buf_str(key)},
            .u.get = {.last = UINT64_MAX, .on_body = on_body, .on_body_ctx = r}};

    return s3_start(store_sync(u->store)->s3, &get, on_loaded, r, e);
}

static enum err_code put_s3(
        struct uploads *u, const struct buf *key, struct request *r, struct err *e)
{
    struct s3_request put = {.op = S3_PUT_OBJECT,
            .where = {.bucket = store_bucket(u->store), .key = buf_str(key)},
            .u.put = {"application/json", buf_str(&r->text), r->text.len}};

    return s3_start(store_sync(u->store)->s3, &put, on_done, r, e);
}

static enum err_code delete_s3(
        struct uploads *u, const struct buf *key, struct request *r, struct err *e)
{
    struct s3_request remove = {.op = S3_DELETE_OBJECT,
            .where = {.bucket = store_bucket(u->store), .key = buf_str(key)}};

    return s3_start(store_sync(u->store)->s3, &remove, on_done, r, e);
}

/* --- either --- */

/* What was done in a folder is told from the loop too, so that there is one way for an answer. */
static enum err_code answer_later(struct request *r, struct err *e)
{
    return net_timer_start(store_sync(r->uploads->store)->net, 0, answer, r, NULL, e);
}

/* Does it: here, where `here` says how, or by a request to S3. Frees r when there will be no
 * answer. */
static enum err_code run(struct uploads *u, const char *name, struct request *r,
        enum err_code (*here)(
                struct uploads *u, const char *name, struct request *r, struct err *e),
        enum err_code (*in_s3)(
                struct uploads *u, const struct buf *key, struct request *r, struct err *e),
        struct err *e)
{
    enum err_code code;
    struct buf key;

    if (!store_bucket(u->store)) {
        if (here(u, name, r, &r->err) == ERR_OK)
            err_clear(&r->err);
        code = answer_later(r, e);
    } else {
        code = key_of(u, name, &key, e);
        if (code == ERR_OK)
            code = in_s3(u, &key, r, e);
        buf_free(&key);
    }
    if (code != ERR_OK)
        request_free(r);
    return code;
}

static enum err_code load_here(
        struct uploads *u, const char *name, struct request *r, struct err *e)
{
    return read_here(u, name, &r->found, e);
}

static enum err_code save_here(
        struct uploads *u, const char *name, struct request *r, struct err *e)
{
    return write_here(u, name, &r->text, e);
}

static enum err_code remove_here(
        struct uploads *u, const char *name, struct request *r, struct err *e)
{
    (void)r;
    return store_remove(u->store, name, e);
}

enum err_code uploads_load(struct uploads *u, const char *bucket, const char *key, uploads_cb cb,
        void *ctx, struct err *e)
{
    char name[UPLOADS_NAME_SIZE];
    struct request *r;

    if (uploads_name(name, bucket, key, e) != ERR_OK)
        return e->code;
    r = request_new(u, cb, ctx);
    return r ? run(u, name, r, load_here, get_s3, e) : err_nomem(e);
}

enum err_code uploads_save(
        struct uploads *u, const struct upload *upload, uploads_cb cb, void *ctx, struct err *e)
{
    char name[UPLOADS_NAME_SIZE];
    struct request *r;

    if (uploads_name(name, upload->bucket, upload->key, e) != ERR_OK)
        return e->code;
    r = request_new(u, cb, ctx);
    if (!r)
        return err_nomem(e);
    upload_write(&r->text, upload);
    if (buf_check(&r->text, "the record of an upload", e) != ERR_OK) {
        request_free(r);
        return e->code;
    }
    return run(u, name, r, save_here, put_s3, e);
}

enum err_code uploads_remove(struct uploads *u, const char *bucket, const char *key, uploads_cb cb,
        void *ctx, struct err *e)
{
    char name[UPLOADS_NAME_SIZE];
    struct request *r;

    if (uploads_name(name, bucket, key, e) != ERR_OK)
        return e->code;
    r = request_new(u, cb, ctx);
    return r ? run(u, name, r, remove_here, delete_s3, e) : err_nomem(e);
}
