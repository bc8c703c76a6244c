/* A library for LD_PRELOAD that kills its process (SIGKILL) just before its N-th call that writes
 * below a folder: the file system is then as a sudden end leaves it.
 *
 *     COPYOUT_KILL_BELOW=DIR  an absolute path; calls on other files are not counted
 *     COPYOUT_KILL_AT=N       counted from 1
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_below(const char *path)
{
    const char *top = getenv("COPYOUT_KILL_BELOW");

    return top && path && strncmp(path, top, strlen(top)) == 0;
}

static void count_path(const char *path)
{
    static long calls;
    const char *at = getenv("COPYOUT_KILL_AT");

    if (at && is_below(path) && ++calls == atol(at))
        kill(getpid(), SIGKILL);
}

static void count_fd(int fd)
{
    char name[64], path[4096];
    ssize_t n;

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    n = readlink(name, path, sizeof path - 1);
    if (n < 0)
        return;
    path[n] = '\0';
    count_path(path);
}

static void count_file(FILE *file)
{
    if (file)
        count_fd(fileno(file));
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...)                         \
    {                                                                  \
        va_list ap;                                                    \
        mode_t mode;                                                   \
                                                                       \
        va_start(ap, flags);                                           \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0; \
        va_end(ap);                                                    \
        if (flags & (O_CREAT | O_TRUNC))                               \
            count_path(path);                                          \
        return NEXT(name)(path, flags, mode);                          \
    }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                \
    FILE *name(const char *path, const char *mode) \
    {                                              \
        if (mode[0] != 'r')                        \
            count_path(path);                      \
        return NEXT(name)(path, mode);             \
    }
FOPEN(fopen)
FOPEN(fopen64)

int mkdir(const char *path, mode_t mode)
{
    count_path(path);
    return NEXT(mkdir)(path, mode);
}

int rename(const char *from, const char *to)
{
    count_path(to);
    return NEXT(rename)(from, to);
}

int unlink(const char *path)
{
    count_path(path);
    return NEXT(unlink)(path);
}

int rmdir(const char *path)
{
    count_path(path);
    return NEXT(rmdir)(path);
}

ssize_t write(int fd, const void *data, size_t len)
{
    count_fd(fd);
    return NEXT(write)(fd, data, len);
}

int fsync(int fd)
{
    count_fd(fd);
    return NEXT(fsync)(fd);
}

int fflush(FILE *file)
{
    count_file(file);
    return NEXT(fflush)(file);
}

int fclose(FILE *file)
{
    count_file(file);
    return NEXT(fclose)(file);
}
