/* A growing byte buffer. It cannot be made without a maximum; what would grow past it, or what
 * memory there is none for, sets a flag that sticks, so that a chain of appends is checked once. */
#ifndef COPYOUT_BASE_BUF_H
#define COPYOUT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* The named maxima, in bytes. */
enum {
    BUF_MAX_SMALL = 64 * 1024,         /* a URL, a signature's text, headers of one message */
    BUF_MAX_RESULT = 256 * 1024,       /* a result: two keys, all of whose bytes may be escaped */
    BUF_MAX_LINE = 64 * 1024,          /* one line of items, results or the manifest */
    BUF_MAX_ANSWER = 4 * 1024 * 1024,  /* an XML or JSON answer of a service */
    BUF_MAX_REQUEST = 4 * 1024 * 1024, /* a body we send: 10,000 parts take 2.2 MB */
    BUF_MAX_CONFIG = 4 * 1024 * 1024,  /* an input JSON, a config file, a helper's output */
};

struct buf {
    char *data;           /* NUL-terminated once anything was added; NULL before */
    size_t len;           /* bytes, without the NUL */
    size_t cap;           /* bytes of memory: 0, or more than len; never more than max + 1 */
    size_t max;           /* fixed after init */
    enum err_code failed; /* ERR_OK, ERR_LIMIT or ERR_NOMEM; sticks until buf_clear */
};

/* Makes b empty; never fails, allocates nothing. max: most bytes it may hold. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; b is as after buf_init. b may be zeroed memory. */
void buf_free(struct buf *b);
/* Empties b and its failure, keeps the memory. */
void buf_clear(struct buf *b);
/* Cuts b to its first len bytes, which it has, and forgets a failure to add to them. */
void buf_cut(struct buf *b, size_t len);

/* As buf_add(), when b has failed or its memory must grow. */
void buf_add_slow(struct buf *b, const void *data, size_t len);

static inline void buf_add(struct buf *b, const void *data, size_t len)
{
    if (!b->data || len >= b->cap - b->len || b->failed != ERR_OK) {
        buf_add_slow(b, data, len);
        return;
    }
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

static inline void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

/* Appends a text with its NUL, which keeps it apart from the next one where texts are hashed. */
static inline void buf_addz(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s) + 1);
}

static inline void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...) ERR_PRINTF(2, 3);
/* The same as "%llu" and "%.<decimals>f", which are slow for what is done for every object.
 * decimals is 0 to 3. */
void buf_addu(struct buf *b, uint64_t v);
void buf_add_fixed(struct buf *b, double v, unsigned decimals);

/* All that is left of file; false: it cannot be read (errno). */
bool buf_add_file(struct buf *b, FILE *file);

static inline bool buf_ok(const struct buf *b)
{
    return b->failed == ERR_OK;
}
/* ERR_OK, or what stopped it, described in e with `what` ("the answer"). */
enum err_code buf_check(const struct buf *b, const char *what, struct err *e) ERR_MUST_CHECK;

/* The content as a string: "" when empty. Valid until the next change. */
static inline const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}
/* Moves the memory to the caller (free()); NULL if it failed or for want of memory. b is empty. */
char *buf_take(struct buf *b);

#endif
