#include "store/dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

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

enum err_code dirs_make(const char *path, struct err *e)
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

size_t dirs_there(const char *path)
{
    size_t len = strlen(path);
    char *copy = strdup(path);
    struct stat st;

    while (copy && len > 0 && stat(copy, &st) != 0) {
        while (len > 0 && copy[len - 1] == '/')
            copy[--len] = '\0';
        while (len > 0 && copy[len - 1] != '/')
            copy[--len] = '\0';
    }
    free(copy);
    return copy ? len : strlen(path);
}

enum err_code dirs_make_temp(char path[DIRS_PATH_MAX], const char *tmp, struct err *e)
{
    if (!tmp || !*tmp)
        tmp = "/tmp";
    if (snprintf(path, DIRS_PATH_MAX, "%s/copyout-XXXXXX", tmp) >= DIRS_PATH_MAX)
        return err_set(e, ERR_IO, "TMPDIR is too long");
    if (!mkdtemp(path))
        return err_errno(e, errno, "cannot make a temporary folder in %s", tmp);
    return ERR_OK;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void dirs_remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The lock, in a few tries: dirs_is_locked() of another process has it for a moment. */
static bool lock_soon(int fd, int how)
{
    enum { TRIES = 10, PAUSE_NS = 5 * 1000 * 1000 };
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    unsigned i;

    for (i = 0; i < TRIES; i++) {
        if (flock(fd, how | LOCK_NB) == 0)
            return true;
        (void)nanosleep(&pause, NULL);
    }
    return false;
}

enum err_code dirs_is_locked(const char *path, bool *locked, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_errno(e, errno, "cannot open the folder %s", path);
    *locked = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return ERR_OK;
}

enum err_code dirs_lock(const char *path, int *lock, struct err *e)
{
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0)
        return err_errno(e, errno, "cannot open the folder %s", path);
    if (!lock_soon(*lock, LOCK_EX))
        return err_set(e, ERR_IO, "another copyout is working in %s", path);
    if (access(path, W_OK | X_OK) != 0) /* known before anything is begun */
        return err_errno(e, errno, "cannot write in the folder %s", path);
    return ERR_OK;
}

bool dirs_sync_names(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = str_dup_n(file, (size_t)(slash - file));
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP);
    int failed = errno;

    if (fd >= 0)
        close(fd);
    free(folder);
    errno = failed;
    return synced;
}

static DIR *open_to_list(const char *path)
{
    struct stat st;

    if (!str_ends(path, "/") && lstat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return NULL;
    }
    return opendir(path);
}

enum err_code dirs_list(const char *path, const char *before, const char *begin,
        enum err_code (*each)(void *ctx, const char *name, struct err *e), void *ctx, struct err *e)
{
    DIR *dir = open_to_list(path);
    enum err_code code = ERR_OK;
    struct dirent *entry;
    struct buf name;

    if (!dir && errno != ENOENT)
        return err_errno(e, errno, "cannot read the folder %s", path);
    buf_init(&name, BUF_MAX_SMALL);
    while (dir && code == ERR_OK && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        buf_clear(&name);
        buf_addf(&name, "%s%s", before, entry->d_name);
        code = buf_check(&name, "a file's name", e);
        if (code == ERR_OK && str_starts(buf_str(&name), begin))
            code = each(ctx, buf_str(&name), e);
    }
    if (dir)
        closedir(dir);
    buf_free(&name);
    return code;
}

enum err_code dirs_open_file(const char *path, int flags, int *fd, struct err *e)
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

enum err_code dirs_open_stream(
        const char *path, int flags, const char *mode, FILE **out, struct err *e)
{
    int fd;
    enum err_code code = dirs_open_file(path, flags, &fd, e);

    *out = fd < 0 ? NULL : fdopen(fd, mode);
    if (fd >= 0 && !*out) {
        code = err_errno(e, errno, "cannot %s %s", flags & O_CREAT ? "write" : "read", path);
        close(fd);
    }
    return code;
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

/* The way in which a file that was written gets its name: rename(2), which replaces what has it, or
 * rename_new(). */
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

    if (dirs_open_file(from, O_WRONLY | O_CREAT | O_TRUNC, &fd, e) != ERR_OK)
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

enum err_code dirs_replace(
        const char *from, const char *to, const void *data, size_t len, struct err *e)
{
    return write_and_rename(from, to, rename, data, len, e);
}

enum err_code dirs_put_new(
        const char *from, const char *to, const void *data, size_t len, struct err *e)
{
    return write_and_rename(from, to, rename_new, data, len, e);
}
