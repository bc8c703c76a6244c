/* A work store that is an S3 prefix. The files in use lie in a temporary folder here, which is a
 * store of the other kind: a file is fetched there before it is read, and published from there when
 * it is whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "model/names.h"
#include "s3/put_file.h"
#include "s3/sync.h"
#include "store/dirs.h"
#include "store/kinds/store_kind.h"

struct s3_store {
    struct store store;
    struct sync sync;
    char *bucket;
    char *prefix;       /* "" or ends with '/' */
    struct store *here; /* the temporary folder */
};

static const char range_copy[] = "range"; /* the name here of what is read once */

static struct s3_store *s3_of(struct store *s)
{
    return (struct s3_store *)s;
}

/* prefix/name in key, which the caller frees, also after an error. */
static enum err_code key_of(
        const struct s3_store *s, const char *name, struct buf *key, struct err *e)
{
    buf_init(key, S3_KEY_MAX);
    buf_addf(key, "%s%s", s->prefix, name);
    return buf_check(key, "the work store's key", e);
}

/* Makes an error of S3's one of the work store's: what S3 says of it is not about the destination,
 * for which others may wait. */
static enum err_code store_error(const struct s3_store *s, const char *name, struct err *e)
{
    if (e->http_status >= 400)
        e->code = ERR_IO;
    err_prefix(e, "work store s3://%s/%s%s (%s)", s->bucket, s->prefix, name, err_report_code(e));
    return e->code;
}

/* Whether an error says that there is no such file. Without its bucket nothing is known of it. */
static bool is_absent(const struct err *e)
{
    return e->code == ERR_NOT_FOUND && strcmp(e->service_code, "NoSuchBucket") != 0;
}

static const char *content_type(const char *name)
{
    return str_ends(name, ".json")   ? "application/json"
           : str_ends(name, ".csv")  ? "text/csv"
           : str_ends(name, ".html") ? "text/html"
                                     : "application/x-ndjson";
}

/* --- the store as a whole --- */

static void s3_close(struct store *store)
{
    struct s3_store *s = s3_of(store);

    if (s->here)
        dirs_remove_tree(store_temp_dir(s->here));
    store_close(s->here);
    free(s->bucket);
    free(s->prefix);
    free(s);
}

static void s3_remove_if_empty(struct store *store)
{
    (void)store; /* a prefix without a key is not there */
}

static enum err_code s3_make_folders(struct store *store, struct err *e)
{
    (void)store, (void)e; /* the temporary folder was made with them */
    return ERR_OK;
}

static void s3_show(const struct store *store, const char *name, struct buf *out)
{
    const struct s3_store *s = (const struct s3_store *)store;

    buf_addf(out, "s3://%s/%s%s", s->bucket, s->prefix, name);
}

static const char *s3_temp_dir(const struct store *store)
{
    return store_temp_dir(((const struct s3_store *)store)->here);
}

static void s3_keep_region(struct store *store)
{
    struct s3_store *s = s3_of(store);
    char region[64];

    snprintf(region, sizeof region, "%s", s3_client_region(s->sync.s3, s->bucket));
    s3_client_set_region(s->sync.s3, s->bucket, region);
}

/* --- names --- */

struct listing {
    size_t skip; /* bytes of the store's prefix */
    store_name_cb each;
    void *ctx;
};

static enum err_code on_key(void *ctx, const char *key, struct err *e)
{
    const struct listing *l = ctx;

    return strlen(key) > l->skip ? l->each(l->ctx, key + l->skip, e) : ERR_OK;
}

static enum err_code s3_list(
        struct store *store, const char *folder, store_name_cb each, void *ctx, struct err *e)
{
    struct s3_store *s = s3_of(store);
    struct listing listing = {.skip = strlen(s->prefix), .each = each, .ctx = ctx};
    struct buf prefix;
    enum err_code code = key_of(s, folder, &prefix, e);

    if (code == ERR_OK)
        code = sync_list_objects(&s->sync, s->bucket, buf_str(&prefix), on_key, &listing, e);
    if (code != ERR_OK && (e->http_status || code == ERR_PROTOCOL))
        code = store_error(s, folder, e);
    buf_free(&prefix);
    return code;
}

static bool s3_is_unfinished(const struct store *store, const char *name, const char *of)
{
    (void)store, (void)name, (void)of; /* S3 has whole objects only */
    return false;
}

static enum err_code s3_check_file(const struct store *store, const char *name, struct err *e)
{
    return store_check_file(((const struct s3_store *)store)->here, name, e);
}

static enum err_code s3_has_bytes(struct store *store, const char *name, bool *has, struct err *e)
{
    struct s3_store *s = s3_of(store);
    struct s3_where where = {.bucket = s->bucket};
    struct object_info object = {0};
    struct buf key;
    enum err_code code = key_of(s, name, &key, e);

    where.key = buf_str(&key);
    if (code == ERR_OK)
        code = sync_head_object(&s->sync, &where, &object, e);
    *has = code == ERR_OK && object.size > 0;
    if (code != ERR_OK && is_absent(e))
        code = ERR_OK;
    else if (code != ERR_OK)
        code = store_error(s, name, e);
    buf_free(&key);
    return code;
}

static enum err_code s3_remove(struct store *store, const char *name, struct err *e)
{
    struct s3_store *s = s3_of(store);
    enum err_code code = store_remove(s->here, name, e);
    struct buf key;

    if (code != ERR_OK)
        return code;
    code = key_of(s, name, &key, e);
    if (code == ERR_OK)
        code = sync_delete_object(&s->sync, s->bucket, buf_str(&key), e);
    if (code != ERR_OK)
        code = store_error(s, name, e);
    buf_free(&key);
    return code;
}

/* --- files --- */

/* Opens the copy of a file that lies here. */
static enum err_code open_here(struct s3_store *s, const char *name, FILE **out, struct err *e)
{
    enum err_code code = store_read(s->here, name, out, e);

    return code == ERR_OK && !*out ? err_errno(e, ENOENT, "cannot read %s", name) : code;
}

static enum err_code put_here(struct s3_store *s, const char *name, struct err *e)
{
    const struct put_file put = {.content_type = content_type(name)};
    FILE *file = NULL;
    struct buf key;
    enum err_code code = key_of(s, name, &key, e);

    if (code == ERR_OK)
        code = open_here(s, name, &file, e);
    if (code == ERR_OK)
        code = sync_put_file(&s->sync, s->bucket, buf_str(&key), &put, file, e);
    if (code != ERR_OK)
        code = store_error(s, name, e);
    if (file)
        fclose(file);
    buf_free(&key);
    return code;
}

static enum err_code s3_create(struct store *store, const char *name, FILE **out, struct err *e)
{
    return store_create(s3_of(store)->here, name, out, e);
}

static enum err_code s3_commit(struct store *store, const char *name, FILE *file, struct err *e)
{
    enum err_code code = store_commit(s3_of(store)->here, name, file, e);

    return code == ERR_OK ? put_here(s3_of(store), name, e) : code;
}

static enum err_code s3_settle(struct store *store, const char *name, FILE *file, struct err *e)
{
    return store_commit(s3_of(store)->here, name, file, e);
}

static void s3_discard(struct store *store, const char *name, FILE *file)
{
    store_discard(s3_of(store)->here, name, file);
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    (void)status;
    if (fwrite(data, 1, len, ctx) != len)
        return err_errno(e, errno, "cannot write the work store's copy");
    return ERR_OK;
}

/* Opens an empty file of the temporary folder for writing. */
static enum err_code open_copy(struct s3_store *s, const char *name, FILE **out, struct err *e)
{
    int fd;
    enum err_code code = store_append(s->here, name, &fd, e);

    *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (fd >= 0 && !*out) {
        code = err_errno(e, errno, "cannot write %s", name);
        close(fd);
    }
    return code;
}

/* Brings bytes first to last of a file here, as `copy`; none where there is no such file. */
static enum err_code fetch_range(struct s3_store *s, const char *name, const char *copy,
        uint64_t first, uint64_t last, struct err *e)
{
    struct s3_get get = {.first = first, .last = last, .on_body = on_body};
    struct s3_where where = {.bucket = s->bucket};
    FILE *file = NULL;
    struct buf key;
    struct err stays;
    enum err_code code = key_of(s, name, &key, e);

    if (code == ERR_OK)
        code = open_copy(s, copy, &file, e);
    if (code == ERR_OK) {
        where.key = buf_str(&key);
        get.on_body_ctx = file;
        code = sync_get_object(&s->sync, &where, &get, e);
    }
    if (file && fclose(file) != 0 && code == ERR_OK)
        code = err_errno(e, errno, "cannot write %s", copy);
    /* An empty copy that stays would be taken for the file. Else the first error is the one told.
     */
    if (code != ERR_OK && store_remove(s->here, copy, &stays) != ERR_OK && is_absent(e))
        *e = stays;
    if (code != ERR_OK && is_absent(e))
        code = ERR_OK; /* the caller sees that no file came */
    else if (code != ERR_OK)
        code = store_error(s, name, e);
    buf_free(&key);
    return code;
}

/* A file that is here already is the one that this process wrote or fetched. */
static enum err_code s3_read(struct store *store, const char *name, FILE **out, struct err *e)
{
    struct s3_store *s = s3_of(store);
    enum err_code code = store_read(s->here, name, out, e);

    if (code != ERR_OK || *out)
        return code;
    code = fetch_range(s, name, name, 0, UINT64_MAX, e);
    return code == ERR_OK ? store_read(s->here, name, out, e) : code;
}

static enum err_code s3_read_range(struct store *store, const char *name, uint64_t offset,
        uint64_t length, FILE **out, struct err *e)
{
    struct s3_store *s = s3_of(store);
    enum err_code code = store_read_range(s->here, name, offset, length, out, e);
    struct err ignored;

    if (code != ERR_OK || *out)
        return code; /* all of it is here */
    code = fetch_range(s, name, range_copy, offset, offset + length - 1, e);
    if (code == ERR_OK)
        code = store_read(s->here, range_copy, out, e);
    if (*out)
        (void)!store_remove(s->here, range_copy, &ignored); /* it is read once, and open */
    return code;
}

static void s3_release(struct store *store, const char *name)
{
    struct err ignored;

    (void)!store_remove(s3_of(store)->here, name, &ignored); /* store_close() removes it then */
}

static enum err_code s3_append(struct store *store, const char *name, int *out, struct err *e)
{
    return store_append(s3_of(store)->here, name, out, e);
}

/* --- while the loop runs --- */

/* An operation that is under way. */
struct operation {
    const struct s3_store *store;
    char *name;
    struct buf content; /* the bytes read */
    FILE *file;         /* the file that is published; NULL: none */
    store_cb cb;
    store_got_cb got; /* of s3_get(); else NULL */
    bool is_new;      /* of s3_put(): the file must not be there yet */
    void *ctx;
};

static void operation_free(struct operation *o)
{
    if (!o)
        return;
    if (o->file)
        fclose(o->file);
    buf_free(&o->content);
    free(o->name);
    free(o);
}

static struct operation *operation_new(
        const struct s3_store *s, const char *name, store_cb cb, void *ctx)
{
    struct operation *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    o->store = s;
    o->cb = cb;
    o->ctx = ctx;
    buf_init(&o->content, STORE_SMALL_MOST);
    o->name = strdup(name);
    if (!o->name) {
        operation_free(o);
        return NULL;
    }
    return o;
}

static enum err_code on_small_body(
        void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct operation *o = ctx;

    (void)status;
    buf_add(&o->content, data, len);
    return buf_check(&o->content, o->name, e);
}

static void on_got(void *ctx, const struct s3_reply *reply)
{
    struct operation *o = ctx;
    struct err e = reply->err;
    const struct headers *h = reply->headers;
    bool found = e.code == ERR_OK;
    int64_t age_s =
            h ? clock_http_between(headers_get(h, "last-modified"), headers_get(h, "date")) : 0;

    if (is_absent(&e))
        err_clear(&e);
    else if (e.code != ERR_OK)
        store_error(o->store, o->name, &e);
    o->got(o->ctx, &e, found ? &o->content : NULL, age_s);
    operation_free(o);
}

static void on_put(void *ctx, const struct err *err)
{
    struct operation *o = ctx;
    struct err e = *err;

    if (o->is_new && (e.code == ERR_PRECONDITION || e.http_status == 409))
        err_set(&e, ERR_PRECONDITION, "%s is there already", o->name);
    else if (e.code != ERR_OK)
        store_error(o->store, o->name, &e);
    o->cb(o->ctx, &e);
    operation_free(o);
}

static void on_changed(void *ctx, const struct s3_reply *reply)
{
    on_put(ctx, &reply->err);
}

/* Sends r, with where that file is. o: NULL without memory; freed if there is to be no answer. */
static enum err_code start(struct s3_store *s, struct operation *o, struct s3_request *r,
        s3_done_cb done, struct err *e)
{
    enum err_code code;
    struct buf key;

    if (!o)
        return err_nomem(e);
    code = key_of(s, o->name, &key, e);
    r->where = (struct s3_where){.bucket = s->bucket, .key = buf_str(&key)};
    if (code == ERR_OK)
        code = s3_start(s->sync.s3, r, done, o, e);
    if (code != ERR_OK)
        operation_free(o);
    buf_free(&key);
    return code;
}

static enum err_code s3_get(
        struct store *store, const char *name, store_got_cb cb, void *ctx, struct err *e)
{
    struct operation *o = operation_new(s3_of(store), name, NULL, ctx);
    struct s3_request r = {.op = S3_GET_OBJECT,
            .u.get = {.last = UINT64_MAX, .on_body = on_small_body, .on_body_ctx = o}};

    if (o)
        o->got = cb;
    return start(s3_of(store), o, &r, on_got, e);
}

/* A 409 says that another write of that name is under way (Amazon S3 API Reference, PutObject). */
static enum err_code s3_put(struct store *store, const char *name, const void *data, size_t len,
        bool is_new, store_cb cb, void *ctx, struct err *e)
{
    struct operation *o = operation_new(s3_of(store), name, cb, ctx);
    struct s3_put put = {.body = data, .len = len, .only_if_absent = is_new};
    struct s3_request r = {.op = S3_PUT_OBJECT, .u.put = put};

    r.u.put.content_type = content_type(name);
    if (o)
        o->is_new = is_new;
    s3_release(store, name);
    return start(s3_of(store), o, &r, on_changed, e);
}

static enum err_code s3_delete(
        struct store *store, const char *name, store_cb cb, void *ctx, struct err *e)
{
    struct operation *o = operation_new(s3_of(store), name, cb, ctx);
    struct s3_request r = {.op = S3_DELETE_OBJECT};

    s3_release(store, name);
    return start(s3_of(store), o, &r, on_changed, e);
}

static enum err_code s3_publish(
        struct store *store, const char *name, store_cb cb, void *ctx, struct err *e)
{
    struct s3_store *s = s3_of(store);
    struct operation *o = operation_new(s, name, cb, ctx);
    const struct put_file put = {.content_type = content_type(name)};
    struct s3_where where = {.bucket = s->bucket};
    enum err_code code;
    struct buf key;

    if (!o)
        return err_nomem(e);
    code = key_of(s, name, &key, e);
    where.key = buf_str(&key);
    if (code == ERR_OK)
        code = open_here(s, name, &o->file, e);
    if (code == ERR_OK)
        code = s3_put_file(s->sync.net, s->sync.s3, &where, &put, o->file, on_put, o, e);
    if (code != ERR_OK) {
        code = store_error(s, name, e);
        operation_free(o);
    }
    buf_free(&key);
    return code;
}

static void s3_wait(struct store *store, const bool *done)
{
    net_run_until(s3_of(store)->sync.net, done);
}

/* --- opening it --- */

static const struct store_ops s3_ops = {
        .close = s3_close,
        .remove_if_empty = s3_remove_if_empty,
        .make_folders = s3_make_folders,
        .show = s3_show,
        .temp_dir = s3_temp_dir,
        .keep_region = s3_keep_region,
        .list = s3_list,
        .is_unfinished = s3_is_unfinished,
        .check_file = s3_check_file,
        .has_bytes = s3_has_bytes,
        .remove = s3_remove,
        .create = s3_create,
        .commit = s3_commit,
        .settle = s3_settle,
        .discard = s3_discard,
        .read = s3_read,
        .read_range = s3_read_range,
        .release = s3_release,
        .append = s3_append,
        .get = s3_get,
        .put = s3_put,
        .delete = s3_delete,
        .publish = s3_publish,
        .wait = s3_wait,
};

static enum err_code set_place(struct s3_store *s, const char *where, struct err *e)
{
    const char *problem;
    struct buf prefix;

    if (!names_parse_s3_uri(where, &s->bucket, &s->prefix))
        return names_is_s3_uri(where)
                       ? err_nomem(e)
                       : err_set(e, ERR_USAGE, "work store \"%s\": not an s3://bucket/prefix",
                                 where);
    problem = names_bucket_problem(s->bucket, strlen(s->bucket));
    if (problem)
        return err_set(e, ERR_USAGE, "work store \"%s\": the bucket's name %s", where, problem);
    buf_init(&prefix, BUF_MAX_SMALL);
    buf_adds(&prefix, s->prefix);
    if (prefix.len > 0 && !str_ends(s->prefix, "/"))
        buf_addc(&prefix, '/');
    free(s->prefix);
    s->prefix = buf_take(&prefix);
    return s->prefix ? ERR_OK : err_nomem(e);
}

static enum err_code make_temp_dir(
        struct s3_store *s, const char *tmp, struct net *net, struct err *e)
{
    char path[DIRS_PATH_MAX];
    enum err_code code = dirs_make_temp(path, tmp, e);

    if (code != ERR_OK)
        return code;
    code = store_folder_open(&s->here, path, net, e);
    if (code != ERR_OK) {
        rmdir(path);
        return code;
    }
    return store_make_folders(s->here, e);
}

enum err_code store_s3_open(struct store **out, const char *where, const char *tmp, struct net *net,
        struct s3_client *s3, struct err *e)
{
    struct s3_store *s = calloc(1, sizeof *s);
    enum err_code code;

    if (!s)
        return err_nomem(e);
    s->store.ops = &s3_ops;
    s->sync = (struct sync){.net = net, .s3 = s3};
    code = set_place(s, where, e);
    if (code == ERR_OK)
        code = make_temp_dir(s, tmp, net, e);
    if (code != ERR_OK) {
        s3_close(&s->store);
        return code;
    }
    *out = &s->store;
    return ERR_OK;
}
