#include "base/file_window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void file_window_open(struct file_window *w, int fd)
{
    w->fd = fd;
    w->at = 0;
    w->len = 0;
    w->asked = FILE_WINDOW_BYTES; /* the first place moves it */
}

void file_window_free(struct file_window *w)
{
    free(w->data);
    free(w->far);
    memset(w, 0, sizeof *w);
}

/* Reads up to len bytes; *got is less at the end of the file. */
static enum err_code read_at(
        int fd, char *to, size_t len, uint64_t offset, size_t *got, struct err *e)
{
    for (*got = 0; *got < len;) {
        ssize_t n = pread(fd, to + *got, len - *got, (off_t)(offset + *got));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, errno, "cannot read a file");
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return ERR_OK;
}

static bool is_in(const struct file_window *w, uint64_t offset, size_t len)
{
    return offset >= w->at && offset - w->at <= w->len && len <= w->len - (offset - w->at);
}

/* A quarter of the window lies before the place: the next one may be there. */
static enum err_code move_to(struct file_window *w, uint64_t offset, struct err *e)
{
    if (!w->data)
        w->data = malloc(FILE_WINDOW_BYTES);
    if (!w->data)
        return err_nomem(e);
    w->at = offset > FILE_WINDOW_BYTES / 4 ? offset - FILE_WINDOW_BYTES / 4 : 0;
    w->asked = 0;
    w->len = 0;
    return read_at(w->fd, w->data, FILE_WINDOW_BYTES, w->at, &w->len, e);
}

static enum err_code read_far(struct file_window *w, uint64_t offset, size_t len, struct err *e)
{
    enum err_code code;
    size_t got;

    if (len > w->far_cap) {
        free(w->far);
        w->far = malloc(len);
        w->far_cap = w->far ? len : 0;
    }
    if (!w->far)
        return err_nomem(e);
    code = read_at(w->fd, w->far, len, offset, &got, e);
    if (code == ERR_OK && got < len)
        code = err_set(e, ERR_IO, "a file has lost its end");
    return code;
}

enum err_code file_window_read(
        struct file_window *w, uint64_t offset, size_t len, const char **out, struct err *e)
{
    enum err_code code = ERR_OK;

    if (!is_in(w, offset, len) && w->asked >= FILE_WINDOW_BYTES / 4)
        code = move_to(w, offset, e);
    w->asked += len;
    if (code == ERR_OK && is_in(w, offset, len)) {
        *out = w->data + (offset - w->at);
        return ERR_OK;
    }
    if (code == ERR_OK)
        code = read_far(w, offset, len, e);
    *out = w->far;
    return code;
}
