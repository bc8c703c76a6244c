/* A work store that is a folder on this machine. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/dirs.h"
#include "store/store_kind.h"

struct folder {
    struct store store;
    char *dir; /* its path, without a final '/' */
    int lock;  /* the folder, locked against a second process; -1: not open */
    struct net *net;
};

/* The ledger's is made when it is needed, which is in few jobs. */
static const char *const subfolders[] = {RESULTS_FOLDER, UPLOADS_FOLDER, LEDGER_FOLDER};
static const char unfinished_suffix[] = ".part";

static struct folder *folder_of(struct store *s)
{
    return (struct folder *)s;
}

/* dir/name and a suffix, to be freed; NULL for want of memory. */
static char *path_of(const struct store *s, const char *name, const char *suffix)
{
    const struct folder *f = (const struct folder *)s;
    struct buf path;

    buf_init(&path, BUF_MAX_SMALL);
    buf_addf(&path, "%s/%s%s", f->dir, name, suffix);
    return buf_take(&path);
}

/* The path of a subfolder. With its final '/' a symbolic link would be followed. */
static char *path_of_subfolder(const struct store *s, const char *name)
{
    char *path = path_of(s, name, "");

    if (path)
        path[strlen(path) - 1] = '\0';
    return path;
}

/* --- the folder itself --- */

static void folder_close(struct store *s)
{
    struct folder *f = folder_of(s);

    if (f->lock >= 0)
        close(f->lock);
    free(f->dir);
    free(f);
}

static void folder_remove_if_empty(struct store *s)
{
    struct folder *f = folder_of(s);
    char *parent = strdup(f->dir), *slash = parent ? strrchr(parent, '/') : NULL;
    size_t i;

    for (i = 0; i < sizeof subfolders / sizeof subfolders[0]; i++) {
        char *path = path_of_subfolder(s, subfolders[i]);

        if (path)
            (void)rmdir(path);
        free(path);
    }
    if (rmdir(f->dir) == 0 && slash) {
        *slash = '\0';
        (void)rmdir(parent);
    }
    free(parent);
}

/* Makes a subfolder, or, unless is_needed, only sees that nothing else is in its place, such as a
 * symbolic link. */
static enum err_code make_subfolder(
        const struct store *s, const char *name, bool is_needed, struct err *e)
{
    char *path = path_of_subfolder(s, name);
    enum err_code code = ERR_OK;
    struct stat st;

    if (!path)
        return err_nomem(e);
    if (is_needed && mkdir(path, 0700) != 0 && errno != EEXIST)
        code = err_errno(e, errno, "cannot make the folder %s", path);
    else if (lstat(path, &st) != 0 ? is_needed : !S_ISDIR(st.st_mode))
        code = err_errno(e, ENOTDIR, "cannot make the folder %s", path);
    free(path);
    return code;
}

static enum err_code folder_make_folders(struct store *s, struct err *e)
{
    enum err_code code = ERR_OK;
    size_t i;

    for (i = 0; code == ERR_OK && i < sizeof subfolders / sizeof subfolders[0]; i++)
        code = make_subfolder(s, subfolders[i], strcmp(subfolders[i], LEDGER_FOLDER) != 0, e);
    return code;
}

/* Before a file of that name is made. */
static enum err_code make_place(const struct store *s, const char *name, struct err *e)
{
    return str_starts(name, LEDGER_FOLDER) ? make_subfolder(s, LEDGER_FOLDER, true, e) : ERR_OK;
}

static void folder_show(const struct store *s, const char *name, struct buf *out)
{
    buf_addf(out, "%s%s%s", ((const struct folder *)s)->dir, *name ? "/" : "", name);
}

static const char *folder_temp_dir(const struct store *s)
{
    return ((const struct folder *)s)->dir;
}

static void folder_keep_region(struct store *s)
{
    (void)s;
}

/* --- names --- */

/* The names of a subfolder that begin as `folder` does: "results/000012". */
static enum err_code list_subfolder(struct store *s, const char *folder, size_t subfolder_len,
        store_name_cb each, void *ctx, struct err *e)
{
    char *subfolder = strndup(folder, subfolder_len);
    char *path = subfolder ? path_of_subfolder(s, subfolder) : NULL;
    enum err_code code = path ? dirs_list(path, subfolder, folder, each, ctx, e) : err_nomem(e);

    free(path);
    free(subfolder);
    return code;
}

static enum err_code folder_list(
        struct store *s, const char *folder, store_name_cb each, void *ctx, struct err *e)
{
    const char *slash = strrchr(folder, '/');
    enum err_code code;
    char *path;

    if (slash)
        return list_subfolder(s, folder, (size_t)(slash - folder) + 1, each, ctx, e);
    path = path_of(s, "", "");
    code = path ? dirs_list(path, "", folder, each, ctx, e) : err_nomem(e);
    free(path);
    return code;
}

static bool folder_is_unfinished(const struct store *s, const char *name, const char *of)
{
    size_t len = strlen(of);

    (void)s;
    return strncmp(name, of, len) == 0 && strcmp(name + len, unfinished_suffix) == 0;
}

static enum err_code folder_check_file(const struct store *s, const char *name, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code = ERR_OK;
    struct stat st;

    if (!path)
        return err_nomem(e);
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        code = err_set(e, ERR_IO, "cannot write %s: %s", path,
                S_ISDIR(st.st_mode) ? strerror(EISDIR) : "it is not a file");
    free(path);
    return code;
}

static enum err_code folder_remove(struct store *s, const char *name, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code = path ? folder_check_file(s, name, e) : err_nomem(e);

    if (code == ERR_OK && unlink(path) != 0 && errno != ENOENT)
        code = err_errno(e, errno, "cannot remove %s", path);
    free(path);
    if (str_starts(name, LEDGER_FOLDER)) {
        path = path_of_subfolder(s, LEDGER_FOLDER);
        if (path)
            (void)rmdir(path); /* it stays as long as there is something in it */
        free(path);
    }
    return code;
}

/* --- files --- */

/* Opens a regular file, and nothing else, with the flags of open(2). *fd is -1 when it is to be
 * read and is not there. A pipe in its place would have us wait for ever, a device read without
 * end, a symbolic link write a file that is not ours. */
static enum err_code open_file(const char *path, int flags, int *fd, struct err *e)
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

/* The same as a stream. *out is NULL when the file is to be read and is not there. */
static enum err_code open_stream(
        const char *path, int flags, const char *mode, FILE **out, struct err *e)
{
    int fd;
    enum err_code code = open_file(path, flags, &fd, e);

    *out = fd < 0 ? NULL : fdopen(fd, mode);
    if (fd >= 0 && !*out) {
        code = err_errno(e, errno, "cannot %s %s", flags & O_CREAT ? "write" : "read", path);
        close(fd);
    }
    return code;
}

static enum err_code folder_read(struct store *s, const char *name, FILE **out, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code = path ? open_stream(path, O_RDONLY, "rb", out, e) : err_nomem(e);

    free(path);
    return code;
}

static enum err_code folder_has_bytes(struct store *s, const char *name, bool *has, struct err *e)
{
    FILE *file = NULL;
    enum err_code code = folder_read(s, name, &file, e);

    *has = file && fgetc(file) != EOF;
    if (file)
        fclose(file);
    return code;
}

static enum err_code folder_create(struct store *s, const char *name, FILE **out, struct err *e)
{
    char *path = path_of(s, name, unfinished_suffix);
    enum err_code code = path ? make_place(s, name, e) : err_nomem(e);

    if (code == ERR_OK)
        code = open_stream(path, O_RDWR | O_CREAT | O_TRUNC, "w+b", out, e);

    free(path);
    return code;
}

static enum err_code folder_commit(struct store *s, const char *name, FILE *file, struct err *e)
{
    char *from = path_of(s, name, unfinished_suffix), *to = path_of(s, name, "");
    enum err_code code = from && to ? folder_check_file(s, name, e) : err_nomem(e);
    bool written = fflush(file) == 0 && !ferror(file) && fsync(fileno(file)) == 0;

    if (fclose(file) != 0)
        written = false;
    if (code == ERR_OK && (!written || rename(from, to) != 0))
        code = err_errno(e, errno ? errno : EIO, "cannot write %s", to);
    if (code != ERR_OK && from)
        unlink(from);
    free(from);
    free(to);
    return code;
}

static enum err_code folder_move(
        struct store *s, const char *from, const char *to, bool *moved, struct err *e)
{
    char *old = path_of(s, from, ""), *new = path_of(s, to, "");
    enum err_code code = old && new ? folder_check_file(s, from, e) : err_nomem(e);
    struct stat st;

    if (code == ERR_OK && lstat(new, &st) != 0 && errno == ENOENT) {
        code = lstat(old, &st) == 0 ? make_place(s, to, e) : ERR_OK;
        if (code != ERR_OK)
            goto out;
        *moved = rename(old, new) == 0 || errno == ENOENT;
        if (!*moved)
            code = err_errno(e, errno, "cannot rename %s", old);
    }
out:
    free(old);
    free(new);
    return code;
}

static void folder_discard(struct store *s, const char *name, FILE *file)
{
    char *path = path_of(s, name, unfinished_suffix);

    fclose(file);
    if (path)
        unlink(path);
    free(path);
}

static enum err_code folder_read_range(struct store *s, const char *name, uint64_t offset,
        uint64_t length, FILE **out, struct err *e)
{
    enum err_code code = folder_read(s, name, out, e);

    (void)length;
    if (code != ERR_OK || !*out)
        return code;
    if (fseeko(*out, (off_t)offset, SEEK_SET) != 0) {
        code = err_errno(e, errno, "cannot read %s/%s", folder_of(s)->dir, name);
        fclose(*out);
        *out = NULL;
    }
    return code;
}

static void folder_release(struct store *s, const char *name)
{
    (void)s, (void)name; /* it is here for good */
}

static enum err_code folder_append(struct store *s, const char *name, int *out, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code = path ? make_place(s, name, e) : err_nomem(e);

    if (code == ERR_OK)
        code = open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, out, e);

    free(path);
    return code;
}

/* --- while the loop runs --- */

/* An operation that is done, and is told of from the loop. */
struct answer {
    struct err err;
    bool found;
    struct buf content;
    int64_t age_s;
    store_cb cb;
    store_got_cb got; /* of store_get(); else NULL */
    void *ctx;
};

static void answer_free(struct answer *a)
{
    buf_free(&a->content);
    free(a);
}

static void tell(void *ctx)
{
    struct answer *a = ctx;

    if (a->got)
        a->got(a->ctx, &a->err, a->found ? &a->content : NULL, a->age_s);
    else
        a->cb(a->ctx, &a->err);
    answer_free(a);
}

static struct answer *answer_new(store_cb cb, void *ctx)
{
    struct answer *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    buf_init(&a->content, STORE_SMALL_MOST);
    a->cb = cb;
    a->ctx = ctx;
    return a;
}

/* Has the answer told from the loop. code: what came of the operation; a->err is set unless ERR_OK.
 */
static enum err_code tell_later(
        struct store *s, struct answer *a, enum err_code code, struct err *e)
{
    if (code == ERR_OK)
        err_clear(&a->err);
    code = net_timer_start(folder_of(s)->net, 0, tell, a, NULL, e);
    if (code != ERR_OK)
        answer_free(a);
    return code;
}

/* How many seconds ago the file was written; 0: not known. */
static int64_t age_of(const struct store *s, const char *name)
{
    char *path = path_of(s, name, "");
    int64_t now = clock_wall_s();
    struct stat st;
    bool known = path && lstat(path, &st) == 0 && st.st_mtime < now;

    free(path);
    return known ? now - st.st_mtime : 0;
}

static enum err_code folder_get(
        struct store *s, const char *name, store_got_cb cb, void *ctx, struct err *e)
{
    struct answer *a = answer_new(NULL, ctx);
    enum err_code code;

    if (!a)
        return err_nomem(e);
    a->got = cb;
    a->age_s = age_of(s, name);
    code = store_load(s, name, &a->content, &a->found, &a->err);
    if (code != ERR_OK)
        a->found = false;
    return tell_later(s, a, code, e);
}

/* All of it, and onto the disk. false: errno says why not. */
static bool write_synced(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR)
            return false;
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return fdatasync(fd) == 0;
}

/* How a file that was written gets its name: rename(2), which replaces what has it, or
 * rename_new().
 */
typedef int (*rename_fn)(const char *from, const char *to);

/* As rename(2), but EEXIST where there is such a file. */
static int rename_new(const char *from, const char *to)
{
    return link(from, to) == 0 ? unlink(from) : -1;
}

static enum err_code write_and_rename(const char *from, const char *to, rename_fn give_name,
        const void *data, size_t len, struct err *e)
{
    bool written;
    int fd, failed;

    if (open_file(from, O_WRONLY | O_CREAT | O_TRUNC, &fd, e) != ERR_OK)
        return e->code;
    written = write_synced(fd, data, len);
    failed = errno;
    if (close(fd) != 0 && written) {
        failed = errno;
        written = false;
    }
    if (written && give_name(from, to) == 0 && dirs_sync_names(to))
        return ERR_OK;
    if (written && errno == EEXIST)
        err_set(e, ERR_PRECONDITION, "%s is there already", to);
    else
        err_errno(e, written ? errno : failed, "cannot write %s", to);
    unlink(from);
    return e->code;
}

static enum err_code folder_put(struct store *s, const char *name, const void *data, size_t len,
        bool is_new, store_cb cb, void *ctx, struct err *e)
{
    char *from = path_of(s, name, unfinished_suffix), *to = path_of(s, name, "");
    struct answer *a = answer_new(cb, ctx);
    enum err_code code;

    if (from && to && a) {
        code = folder_check_file(s, name, &a->err);
        if (code == ERR_OK)
            code = write_and_rename(from, to, is_new ? rename_new : rename, data, len, &a->err);
        code = tell_later(s, a, code, e);
    } else {
        free(a);
        code = err_nomem(e);
    }
    free(from);
    free(to);
    return code;
}

static enum err_code folder_delete(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e)
{
    struct answer *a = answer_new(cb, ctx);

    if (!a)
        return err_nomem(e);
    return tell_later(s, a, folder_remove(s, name, &a->err), e);
}

static enum err_code folder_publish(
        struct store *s, const char *name, store_cb cb, void *ctx, struct err *e)
{
    struct answer *a = answer_new(cb, ctx);

    (void)name;
    return a ? tell_later(s, a, ERR_OK, e) : err_nomem(e);
}

static void folder_wait(struct store *s, const bool *done)
{
    net_run_until(folder_of(s)->net, done);
}

static const struct store_ops folder_ops = {
        .is_exclusive = true,
        .close = folder_close,
        .remove_if_empty = folder_remove_if_empty,
        .make_folders = folder_make_folders,
        .show = folder_show,
        .temp_dir = folder_temp_dir,
        .keep_region = folder_keep_region,
        .list = folder_list,
        .is_unfinished = folder_is_unfinished,
        .check_file = folder_check_file,
        .has_bytes = folder_has_bytes,
        .remove = folder_remove,
        .create = folder_create,
        .commit = folder_commit,
        .settle = folder_commit,
        .move = folder_move,
        .discard = folder_discard,
        .read = folder_read,
        .read_range = folder_read_range,
        .release = folder_release,
        .append = folder_append,
        .get = folder_get,
        .put = folder_put,
        .delete = folder_delete,
        .publish = folder_publish,
        .wait = folder_wait,
};

enum err_code store_folder_open(
        struct store **out, const char *where, struct net *net, struct err *e)
{
    struct folder *f;
    enum err_code code = dirs_make(where, e);

    if (code != ERR_OK)
        return code;
    f = calloc(1, sizeof *f);
    if (!f)
        return err_nomem(e);
    f->store.ops = &folder_ops;
    f->net = net;
    f->lock = -1;
    f->dir = strdup(where);
    if (!f->dir)
        code = err_nomem(e);
    while (code == ERR_OK && strlen(f->dir) > 1 && str_ends(f->dir, "/"))
        f->dir[strlen(f->dir) - 1] = '\0';
    if (code == ERR_OK)
        code = dirs_lock(f->dir, &f->lock, e);
    if (code != ERR_OK) {
        folder_close(&f->store);
        return code;
    }
    *out = &f->store;
    return ERR_OK;
}
