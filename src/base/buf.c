#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST_CAP = 64 };

void buf_init(struct buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max;
}

void buf_free(struct buf *b)
{
    free(b->data);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = ERR_OK;
    if (b->data)
        b->data[0] = '\0';
}

void buf_cut(struct buf *b, size_t len)
{
    assert(len <= b->len);
    b->len = len;
    b->failed = ERR_OK;
    if (b->data)
        b->data[len] = '\0';
}

/* Makes room for `more` bytes and a NUL. */
static bool buf_reserve(struct buf *b, size_t more)
{
    size_t cap = b->cap ? b->cap : BUF_FIRST_CAP;
    char *data;

    if (b->failed != ERR_OK)
        return false;
    if (more > b->max - b->len) {
        b->failed = ERR_LIMIT;
        return false;
    }
    if (b->data && b->len + more < b->cap)
        return true;
    while (cap <= b->len + more)
        cap *= 2;
    if (cap - 1 > b->max)
        cap = b->max + 1;
    data = realloc(b->data, cap);
    if (!data) {
        b->failed = ERR_NOMEM;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void buf_add_slow(struct buf *b, const void *data, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = ERR_NOMEM;
        return;
    }
    if (!buf_reserve(b, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

bool buf_add_file(struct buf *b, FILE *file)
{
    char block[16384];
    size_t n;

    while (buf_ok(b) && (n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(b, block, n);
    return !ferror(file);
}

enum err_code buf_check(const struct buf *b, const char *what, struct err *e)
{
    if (b->failed == ERR_OK)
        return ERR_OK;
    if (b->failed == ERR_NOMEM)
        return err_nomem(e);
    return err_set(e, ERR_LIMIT, "%s is longer than the %zu bytes allowed", what, b->max);
}

char *buf_take(struct buf *b)
{
    char *data;

    buf_reserve(b, 0); /* an empty buffer becomes an empty string */
    if (b->failed != ERR_OK) {
        buf_free(b);
        return NULL;
    }
    data = b->data;
    data[b->len] = '\0';
    buf_init(b, b->max);
    return data;
}
