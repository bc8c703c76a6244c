#include "base/temp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int temp_file_open(const char *dir)
{
    char path[4096];
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int n;

    if (fd >= 0)
        return fd;
    /* Not every file system has O_TMPFILE, and they do not agree on how to say so. */
    n = snprintf(path, sizeof path, "%s/.copyout-XXXXXX", dir);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

enum err_code temp_file_write(
        int fd, const char *dir, const void *data, size_t len, uint64_t at, struct err *e)
{
    const char *from = data;

    while (len > 0) {
        ssize_t n = pwrite(fd, from, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_errno(e, n < 0 ? errno : ENOSPC, "cannot write a temporary file in %s", dir);
        from += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return ERR_OK;
}

enum err_code temp_file_read(
        int fd, const char *dir, void *to, size_t len, uint64_t at, struct err *e)
{
    char *data = to;

    while (len > 0) {
        ssize_t n = pread(fd, data, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, errno, "cannot read a temporary file in %s", dir);
        if (n == 0)
            return err_set(e, ERR_IO, "a temporary file in %s has lost its end", dir);
        data += n;
        len -= (size_t)n;
        at += (uint64_t)n;
    }
    return ERR_OK;
}
