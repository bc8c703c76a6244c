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
#include "store/kinds/put_on_thread.h"
#include "store/kinds/store_kind.h"

struct folder {
    struct store store;
    char *dir;        /* its path, without a final '/' */
    int lock;         /* the folder, locked against a second process; -1: not open */
    size_t was_there; /* bytes of the path, from its beginning, that were there before */
    unsigned made;    /* a bit for each of the subfolders that this process has made */
    struct net *net;
};

/* Each of the first is in every job; each of the others is made when it is needed, which is in few.
 */
enum { FOLDERS_OF_ALL = 2 };
static const char *const subfolders[] = {
        RESULTS_FOLDER, UPLOADS_FOLDER, LEDGER_FOLDER, WAITING_FOLDER};
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

/* Removes the folders that this process has made, the inner ones first, as far as they are empty.
 */
static void remove_made(struct folder *f)
{
    char *path = NULL, *slash;
    size_t i;

    for (i = 0; i < sizeof subfolders / sizeof subfolders[0]; i++) {
        path = f->made & 1U << i ? path_of_subfolder(&f->store, subfolders[i]) : NULL;
        if (path)
            (void)rmdir(path);
        free(path);
    }
    path = strdup(f->dir);
    while (path && strlen(path) > f->was_there && rmdir(path) == 0 && (slash = strrchr(path, '/')))
        *slash = '\0';
    free(path);
}

/* A store that nothing was put into leaves nothing behind. */
static void remove_unused(struct folder *f)
{
    char *job = path_of(&f->store, JOB_FILE, "");
    struct stat st;

    if (job && lstat(job, &st) != 0 && errno == ENOENT)
        remove_made(f);
    free(job);
}

static void folder_close(struct store *s)
{
    struct folder *f = folder_of(s);

    if (f->lock >= 0) {
        remove_unused(f); /* as long as nobody else may work there */
        close(f->lock);
    }
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

static void note_made(struct folder *f, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof subfolders / sizeof subfolders[0]; i++)
        if (strcmp(subfolders[i], name) == 0)
            f->made |= 1U << i;
}

/* Makes a subfolder, or, unless is_needed, only sees that nothing else is in its place, such as a
 * symbolic link. */
static enum err_code make_subfolder(
        struct store *s, const char *name, bool is_needed, struct err *e)
{
    char *path = path_of_subfolder(s, name);
    enum err_code code = ERR_OK;
    struct stat st;

    if (!path)
        return err_nomem(e);
    if (is_needed && mkdir(path, 0700) == 0)
        note_made(folder_of(s), name);
    else if (is_needed && errno != EEXIST)
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
        code = make_subfolder(s, subfolders[i], i < FOLDERS_OF_ALL, e);
    return code;
}

/* The subfolder of a name that is made when it is needed; NULL: it is in none. */
static const char *rare_folder_of(const char *name)
{
    size_t i;

    for (i = FOLDERS_OF_ALL; i < sizeof subfolders / sizeof subfolders[0]; i++)
        if (str_starts(name, subfolders[i]))
            return subfolders[i];
    return NULL;
}

/* Before a file of that name is made. */
static enum err_code make_place(struct store *s, const char *name, struct err *e)
{
    const char *rare = rare_folder_of(name);

    return rare ? make_subfolder(s, rare, true, e) : ERR_OK;
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
    if (rare_folder_of(name)) {
        path = path_of_subfolder(s, rare_folder_of(name));
        if (path)
            (void)rmdir(path); /* it stays as long as there is something in it */
        free(path);
    }
    return code;
}

/* --- files --- */

static enum err_code folder_read(struct store *s, const char *name, FILE **out, struct err *e)
{
    char *path = path_of(s, name, "");
    enum err_code code = path ? dirs_open_stream(path, O_RDONLY, "rb", out, e) : err_nomem(e);

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
        code = dirs_open_stream(path, O_RDWR | O_CREAT | O_TRUNC, "w+b", out, e);

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
        code = dirs_open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, out, e);

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

static enum err_code folder_put(struct store *s, const char *name, const void *data, size_t len,
        bool is_new, store_cb cb, void *ctx, struct err *e)
{
    struct put_file file = {.data = data, .len = len, .is_new = is_new};

    file.from = path_of(s, name, unfinished_suffix);
    file.to = path_of(s, name, "");
    if (file.from && file.to) {
        err_clear(&file.err);
        (void)folder_check_file(s, name, &file.err);
        return put_file_start(folder_of(s)->net, &file, cb, ctx, e);
    }
    free(file.from);
    free(file.to);
    return err_nomem(e);
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

/* A folder without its lock. */
static enum err_code folder_new(
        struct folder **out, const char *where, struct net *net, struct err *e)
{
    struct folder *f = calloc(1, sizeof *f);

    *out = f;
    if (!f)
        return err_nomem(e);
    f->store.ops = &folder_ops;
    f->net = net;
    f->lock = -1;
    f->dir = strdup(where);
    if (!f->dir) {
        free(f);
        return err_nomem(e);
    }
    while (strlen(f->dir) > 1 && str_ends(f->dir, "/"))
        f->dir[strlen(f->dir) - 1] = '\0';
    return ERR_OK;
}

enum err_code store_folder_open(
        struct store **out, const char *where, struct net *net, struct err *e)
{
    struct folder *f;
    size_t was_there = dirs_there(where);
    enum err_code code = dirs_make(where, e);

    if (code == ERR_OK)
        code = folder_new(&f, where, net, e);
    if (code != ERR_OK)
        return code;
    f->was_there = was_there;
    code = dirs_lock(f->dir, &f->lock, e);
    if (code == ERR_OK)
        *out = &f->store;
    else
        folder_close(&f->store);
    return code;
}

enum err_code store_folder_open_to_look(
        struct store **out, const char *where, struct net *net, bool *in_use, struct err *e)
{
    struct folder *f;
    enum err_code code = dirs_is_locked(where, in_use, e);

    if (code == ERR_OK)
        code = folder_new(&f, where, net, e);
    if (code == ERR_OK)
        *out = &f->store;
    return code;
}
