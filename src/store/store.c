#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "model/names.h"
#include "s3/sync.h"

struct store {
    char *dir;    /* on this machine, without a final '/' */
    char *bucket; /* NULL: a folder */
    char *prefix; /* "" or ends with '/' */
    struct sync sync;
    int lock; /* the folder, locked against a second run; -1: not open */
};

static const char *const folders[] = {"results", "uploads"};
static const char temporary_suffix[] = ".part", range_suffix[] = ".range";

/* --- the folder --- */

static bool make_dir(const char *path)
{
    struct stat st;

    if (mkdir(path, 0700) == 0)
        return true;
    if (errno != EEXIST || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return errno == EEXIST;
    errno = ENOTDIR; /* something else is there */
    return false;
}

static enum err_code make_dirs(const char *path, struct err *e)
{
    char *copy, *p;
    enum err_code code = ERR_OK;

    if (!path[0])
        return err_set(e, ERR_USAGE, "the folder has no name");
    copy = strdup(path);
    if (!copy)
        return err_nomem(e);
    for (p = copy + 1; code == ERR_OK && *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (!make_dir(copy))
            code = err_errno(e, errno, "cannot make the folder %s", copy);
        *p = '/';
    }
    if (code == ERR_OK && !make_dir(copy))
        code = err_errno(e, errno, "cannot make the folder %s", copy);
    free(copy);
    return code;
}

static char *path_of(const struct store *s, const char *name, const char *suffix)
{
    struct buf path;

    buf_init(&path, BUF_MAX_SMALL);
    buf_addf(&path, "%s/%s%s", s->dir, name, suffix);
    return buf_take(&path);
}

/* Two runs in one folder would write each other's files. The lock ends with the process. */
static enum err_code lock_dir(struct store *s, struct err *e)
{
    s->lock = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->lock < 0)
        return err_errno(e, errno, "cannot open the folder %s", s->dir);
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
        return err_set(e, ERR_IO, "another copyout is working in %s", s->dir);
    if (access(s->dir, W_OK | X_OK) != 0) /* known before anything is begun */
        return err_errno(e, errno, "cannot write in the folder %s", s->dir);
    return ERR_OK;
}

static enum err_code open_dir(struct store *s, const char *where, struct err *e)
{
    enum err_code code = make_dirs(where, e);

    if (code != ERR_OK)
        return code;
    s->dir = strdup(where);
    if (!s->dir)
        return err_nomem(e);
    while (strlen(s->dir) > 1 && str_ends(s->dir, "/"))
        s->dir[strlen(s->dir) - 1] = '\0';
    return lock_dir(s, e);
}

enum err_code store_make_folders(struct store *s, struct err *e)
{
    enum err_code code = ERR_OK;
    struct stat st;
    size_t i;

    for (i = 0; code == ERR_OK && i < sizeof folders / sizeof folders[0]; i++) {
        char *path = path_of(s, folders[i], "");

        if (!path)
            return err_nomem(e);
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            code = err_errno(e, errno, "cannot make the folder %s", path);
        else if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode))
            code = err_errno(e, ENOTDIR, "cannot make the folder %s", path);
        free(path);
    }
    return code;
}

static enum err_code open_s3(struct store *s, const char *where, const char *tmp, struct err *e)
{
    char template[4096];
    struct buf prefix;

    if (!names_parse_s3_uri(where, &s->bucket, &s->prefix))
        return names_is_s3_uri(where)
                       ? err_nomem(e)
                       : err_set(e, ERR_USAGE, "work store \"%s\": not an s3://bucket/prefix",
                                 where);
    if (names_bucket_problem(s->bucket, strlen(s->bucket)))
        return err_set(e, ERR_USAGE, "work store \"%s\": the bucket's name %s", where,
                names_bucket_problem(s->bucket, strlen(s->bucket)));
    buf_init(&prefix, BUF_MAX_SMALL);
    buf_adds(&prefix, s->prefix);
    if (prefix.len > 0 && !str_ends(s->prefix, "/"))
        buf_addc(&prefix, '/');
    free(s->prefix);
    s->prefix = buf_take(&prefix);
    if (!s->prefix)
        return err_nomem(e);
    if (snprintf(template, sizeof template, "%s/copyout-XXXXXX", tmp ? tmp : "/tmp") >=
            (int)sizeof template)
        return err_set(e, ERR_IO, "TMPDIR is too long");
    if (!mkdtemp(template))
        return err_errno(e, errno, "cannot make a temporary folder in %s", tmp ? tmp : "/tmp");
    if (open_dir(s, template, e) != ERR_OK)
        return e->code;
    return store_make_folders(s, e);
}

enum err_code store_open(struct store **out, const char *where, const char *tmp, struct net *net,
        struct s3_client *s3, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    enum err_code code;

    if (!s)
        return err_nomem(e);
    s->lock = -1;
    s->sync.net = net;
    s->sync.s3 = s3;
    code = str_starts(where, "s3://") ? open_s3(s, where, tmp, e) : open_dir(s, where, e);
    if (code != ERR_OK) {
        store_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->bucket && s->dir)
        nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (s->lock >= 0)
        close(s->lock);
    free(s->dir);
    free(s->bucket);
    free(s->prefix);
    free(s);
}

void store_remove_if_empty(struct store *s)
{
    char *parent = strdup(s->dir), *slash = parent ? strrchr(parent, '/') : NULL;
    size_t i;

    for (i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char *path = path_of(s, folders[i], "");

        if (path)
            (void)rmdir(path);
        free(path);
    }
    if (rmdir(s->dir) == 0 && slash) {
        *slash = '\0';
        (void)rmdir(parent);
    }
    free(parent);
}

void store_show(const struct store *s, const char *name, struct buf *out)
{
    if (s->bucket)
        buf_addf(out, "s3://%s/%s%s", s->bucket, s->prefix, name);
    else
        buf_addf(out, "%s%s%s", s->dir, *name ? "/" : "", name);
}

const char *store_dir(const struct store *s)
{
    return s->dir;
}

const char *store_bucket(const struct store *s)
{
    return s->bucket;
}

const char *store_prefix(const struct store *s)
{
    return s->prefix;
}

/* --- S3 --- */

static enum err_code key_of(const struct store *s, const char *name, struct buf *key, struct err *e)
{
    buf_init(key, S3_KEY_MAX);
    buf_addf(key, "%s%s", s->prefix, name);
    return buf_check(key, "the work store's key", e);
}

static const char *content_type(const char *name)
{
    return str_ends(name, ".json")  ? "application/json"
           : str_ends(name, ".csv") ? "text/csv"
                                    : "application/x-ndjson";
}

const struct sync *store_sync(const struct store *s)
{
    return &s->sync;
}

enum err_code store_error(const struct store *s, const char *name, struct err *e)
{
    if (e->http_status >= 400)
        e->code = ERR_IO;
    err_prefix(e, "work store s3://%s/%s%s (%s)", s->bucket, s->prefix, name, err_report_code(e));
    return e->code;
}

enum err_code store_publish(struct store *s, const char *name, struct err *e)
{
    enum err_code code;
    char *path = NULL;
    struct buf key;
    FILE *file;

    if (!s->bucket)
        return ERR_OK;
    code = key_of(s, name, &key, e);
    path = path_of(s, name, "");
    file = path ? fopen(path, "rbe") : NULL;
    if (code == ERR_OK && !file)
        code = err_errno(e, errno, "cannot read %s", name);
    if (code == ERR_OK)
        code = sync_put_file(&s->sync, s->bucket, buf_str(&key), content_type(name), file, e);
    if (code != ERR_OK)
        code = store_error(s, name, e);
    if (file)
        fclose(file);
    free(path);
    buf_free(&key);
    return code;
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    (void)status;
    if (fwrite(data, 1, len, ctx) != len)
        return err_errno(e, errno, "cannot write the work store's copy");
    return ERR_OK;
}

/* Brings bytes first to last here, under that path. Leaves no file when there is none. */
static enum err_code fetch_range(struct store *s, const char *name, const char *path,
        uint64_t first, uint64_t last, struct err *e)
{
    struct s3_get get = {.first = first, .last = last, .on_body = on_body};
    struct s3_where where = {.bucket = s->bucket};
    struct buf key;
    enum err_code code = key_of(s, name, &key, e);
    FILE *file = fopen(path, "wbe");

    if (code == ERR_OK && !file)
        code = err_errno(e, errno, "cannot write %s", path);
    if (code == ERR_OK) {
        where.key = buf_str(&key);
        get.on_body_ctx = file;
        code = sync_get_object(&s->sync, &where, &get, e);
    }
    if (file && fclose(file) != 0 && code == ERR_OK)
        code = err_errno(e, errno, "cannot write %s", path);
    if (code != ERR_OK)
        unlink(path);
    if (code == ERR_NOT_FOUND && strcmp(e->service_code, "NoSuchBucket") != 0)
        code = ERR_OK; /* there is none: the caller sees that no file came */
    else if (code != ERR_OK)
        code = store_error(s, name, e);
    buf_free(&key);
    return code;
}

/* A file that is here already is the one this process wrote or fetched. */
static enum err_code fetch(struct store *s, const char *name, const char *path, struct err *e)
{
    if (!s->bucket || access(path, F_OK) == 0)
        return ERR_OK;
    return fetch_range(s, name, path, 0, UINT64_MAX, e);
}

/* --- files --- */

/* A pipe in a file's place would have us wait for ever, a device read without end, a symbolic link
 * write a file that is not ours. */
enum err_code store_open_file(const char *path, int flags, int *fd, struct err *e)
{
    const char *what = flags & O_CREAT ? "write" : "read";
    struct stat st;

    *fd = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0 && errno == ELOOP)
        return err_set(e, ERR_IO, "cannot %s %s: it is not a file", what, path);
    if (*fd < 0 && (errno != ENOENT || flags & O_CREAT))
        return err_errno(e, errno, "cannot %s %s", what, path);
    if (*fd >= 0 && (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(*fd);
        *fd = -1;
        return err_set(e, ERR_IO, "cannot %s %s: it is not a file", what, path);
    }
    return ERR_OK;
}

/* *out is NULL when there is none. */
static enum err_code open_to_read(const char *path, FILE **out, struct err *e)
{
    int fd;
    enum err_code code = store_open_file(path, O_RDONLY, &fd, e);

    *out = fd < 0 ? NULL : fdopen(fd, "rb");
    if (fd >= 0 && !*out) {
        code = err_errno(e, errno, "cannot read %s", path);
        close(fd);
    }
    return code;
}

enum err_code store_create(struct store *s, const char *name, FILE **out, struct err *e)
{
    char *path = path_of(s, name, temporary_suffix);
    enum err_code code;
    int fd;

    if (!path)
        return err_nomem(e);
    code = store_open_file(path, O_WRONLY | O_CREAT | O_TRUNC, &fd, e);
    *out = fd < 0 ? NULL : fdopen(fd, "wb");
    if (fd >= 0 && !*out) {
        code = err_errno(e, errno, "cannot write %s", path);
        close(fd);
    }
    free(path);
    return code;
}

enum err_code store_commit(struct store *s, const char *name, FILE *file, struct err *e)
{
    char *from = path_of(s, name, temporary_suffix), *to = path_of(s, name, "");
    enum err_code code = from && to ? store_check_file(s, name, e) : err_nomem(e);
    bool written = fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;

    if (fclose(file) != 0)
        written = false;
    if (code == ERR_OK && (!written || rename(from, to) != 0))
        code = err_errno(e, errno ? errno : EIO, "cannot write %s", to);
    if (code != ERR_OK && from)
        unlink(from);
    free(from);
    free(to);
    return code != ERR_OK ? code : store_publish(s, name, e);
}

void store_discard(struct store *s, const char *name, FILE *file)
{
    char *path = path_of(s, name, temporary_suffix);

    fclose(file);
    if (path)
        unlink(path);
    free(path);
}

enum err_code store_read(struct store *s, const char *name, FILE **out, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code = path ? fetch(s, name, path, e) : err_nomem(e);

    *out = NULL;
    if (code == ERR_OK)
        code = open_to_read(path, out, e);
    free(path);
    return code;
}

enum err_code store_read_range(struct store *s, const char *name, uint64_t offset, uint64_t length,
        FILE **out, struct err *e)
{
    char *path = path_of(s, name, s->bucket ? range_suffix : "");
    enum err_code code = path ? ERR_OK : err_nomem(e);

    *out = NULL;
    if (code == ERR_OK && s->bucket)
        code = fetch_range(s, name, path, offset, offset + length - 1, e);
    if (code == ERR_OK)
        code = open_to_read(path, out, e);
    if (*out && s->bucket)
        unlink(path); /* it is read once */
    else if (*out && fseeko(*out, (off_t)offset, SEEK_SET) != 0)
        code = err_errno(e, errno, "cannot read %s", path);
    if (code != ERR_OK && *out) {
        fclose(*out);
        *out = NULL;
    }
    free(path);
    return code;
}

void store_release(struct store *s, const char *name)
{
    char *path = s->bucket ? path_of(s, name, "") : NULL;

    if (path)
        unlink(path);
    free(path);
}

enum err_code store_load(
        struct store *s, const char *name, struct buf *out, bool *found, struct err *e)
{
    enum err_code code;
    FILE *file;

    code = store_read(s, name, &file, e);
    *found = file != NULL;
    if (code != ERR_OK || !file)
        return code;
    if (!buf_add_file(out, file))
        code = err_errno(e, errno, "cannot read %s", name);
    fclose(file);
    return code != ERR_OK ? code : buf_check(out, name, e);
}

enum err_code store_save(
        struct store *s, const char *name, const void *data, size_t len, struct err *e)
{
    FILE *file;
    enum err_code code = store_create(s, name, &file, e);

    if (code != ERR_OK)
        return code;
    (void)fwrite(data, 1, len, file); /* store_commit() sees ferror() */
    return store_commit(s, name, file, e);
}

enum err_code store_append(struct store *s, const char *name, int *out, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code;

    if (!path)
        return err_nomem(e);
    code = store_open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, out, e);
    free(path);
    return code;
}
