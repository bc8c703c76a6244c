#include "base/line_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum {
    LINES_MOST = 64 * 1024, /* bytes that wait before they are written without a flush */
    LINES_MAX = 2 * LINES_MOST + BUF_MAX_RESULT,
};

struct line_writer {
    struct list link; /* of the batch's waiting; in no list while nothing waits */
    struct line_batch *batch;
    int fd;
    off_t end;        /* behind the last whole line of the file */
    off_t size;       /* of the file: more than end while a torn line stands there */
    struct buf lines; /* waiting */
};

void line_batch_init(struct line_batch *b)
{
    list_init(&b->waiting);
}

/* Takes a torn line out of the file. */
static enum err_code mend(struct line_writer *w, struct err *e)
{
    if (w->size == w->end)
        return ERR_OK;
    if (ftruncate(w->fd, w->end) != 0) {
        err_errno(e, errno, "cannot record a result");
        err_prefix(e, "a torn line remains");
        return ERR_IO;
    }
    w->size = w->end;
    return ERR_OK;
}

/* Writes what it can; *done: bytes. */
static enum err_code write_some(int fd, const char *data, size_t len, size_t *done, struct err *e)
{
    *done = 0;
    while (*done < len) {
        ssize_t n = write(fd, data + *done, len - *done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, errno, "cannot record a result");
        *done += (size_t)n;
    }
    return ERR_OK;
}

/* The bytes of the whole lines that data begins with. */
static size_t whole_lines(const char *data, size_t len)
{
    const char *last = len > 0 ? memrchr(data, '\n', len) : NULL;

    return last ? (size_t)(last - data) + 1 : 0;
}

static void forget(struct buf *lines, size_t len)
{
    if (len < lines->len) {
        memmove(lines->data, lines->data + len, lines->len - len + 1); /* with the NUL */
        lines->len -= len;
    } else {
        buf_clear(lines);
    }
}

enum err_code line_writer_flush(struct line_writer *w, struct err *e)
{
    enum err_code code = w->lines.len > 0 ? mend(w, e) : ERR_OK;
    size_t done = 0, whole;
    struct err mend_err;

    if (code == ERR_OK && w->lines.len > 0) {
        code = write_some(w->fd, buf_str(&w->lines), w->lines.len, &done, e);
        whole = whole_lines(buf_str(&w->lines), done);
        w->size += (off_t)done;
        w->end += (off_t)whole;
        forget(&w->lines, whole);
        if (mend(w, &mend_err) != ERR_OK)
            err_prefix(e, "a torn line remains");
    }
    list_remove(&w->link);
    if (w->lines.len > 0)
        list_push(&w->batch->waiting, &w->link);
    return code;
}

enum err_code line_batch_flush(struct line_batch *b, struct err *e)
{
    enum err_code code = ERR_OK;
    struct list *link, all;
    struct err flush_err;

    if (list_empty(&b->waiting))
        return ERR_OK;
    /* A writer that fails is put back into the batch's list, and not tried again here. */
    list_init(&all);
    while ((link = list_pop(&b->waiting)))
        list_push(&all, link);
    while ((link = list_pop(&all)))
        if (line_writer_flush(LIST_ENTRY(link, struct line_writer, link), &flush_err) != ERR_OK &&
                code == ERR_OK) {
            *e = flush_err;
            code = e->code;
        }
    return code;
}

enum err_code line_writer_new(struct line_writer **out, struct line_batch *b, int fd, struct err *e)
{
    struct line_writer *w = calloc(1, sizeof *w);
    off_t end = lseek(fd, 0, SEEK_END);

    if (!w) {
        close(fd);
        return err_nomem(e);
    }
    list_init(&w->link);
    w->batch = b;
    w->fd = fd;
    w->end = w->size = end > 0 ? end : 0;
    buf_init(&w->lines, LINES_MAX);
    *out = w;
    return ERR_OK;
}

enum err_code line_writer_add(struct line_writer *w, const char *line, size_t len, struct err *e)
{
    buf_add(&w->lines, line, len);
    if (!buf_ok(&w->lines)) {
        enum err_code code = buf_check(&w->lines, "what waits to be recorded", e);

        w->lines.failed = ERR_OK; /* what waits is as it was */
        return code;
    }
    if (w->lines.len == len)
        list_push(&w->batch->waiting, &w->link);
    return w->lines.len < LINES_MOST ? ERR_OK : line_writer_flush(w, e);
}

enum err_code line_writer_close(struct line_writer *w, struct err *e)
{
    enum err_code code = line_writer_flush(w, e);

    if (close(w->fd) != 0 && code == ERR_OK)
        code = err_errno(e, errno, "cannot record a result");
    list_remove(&w->link);
    buf_free(&w->lines);
    free(w);
    return code;
}
