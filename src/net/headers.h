/* A list of HTTP header fields in one block of memory. Names compare without case. */
#ifndef COPYOUT_NET_HEADERS_H
#define COPYOUT_NET_HEADERS_H

#include <stddef.h>

#include "base/buf.h"

struct headers {
    struct buf text; /* name NUL value NUL, again and again */
    size_t count;
};

void headers_init(struct headers *h);
void headers_free(struct headers *h);
void headers_clear(struct headers *h);

/* Adds a copy of both. What does not fit sticks in h->text.failed (buf_check). */
void headers_add(struct headers *h, const char *name, const char *value);
void headers_add_n(
        struct headers *h, const char *name, size_t name_len, const char *value, size_t value_len);
void headers_addf(struct headers *h, const char *name, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Adds all of from, and its failure, if it has one. NULL is fine. */
void headers_add_all(struct headers *to, const struct headers *from);

/* The first value of that name, or NULL. Valid until h changes. */
const char *headers_get(const struct headers *h, const char *name);

/* Walks: start with *at = 0; false at the end. */
bool headers_next(const struct headers *h, size_t *at, const char **name, const char **value);

#endif
