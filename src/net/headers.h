/* A list of HTTP header fields in one block of memory of at most BUF_MAX_SMALL bytes. Names compare
 * without case. */
#ifndef COPYOUT_NET_HEADERS_H
#define COPYOUT_NET_HEADERS_H

#include <stddef.h>

#include "base/buf.h"

struct headers {
    struct buf text; /* of each field the lengths of both (headers.c), name NUL value NUL */
    size_t count;    /* fields */
};

/* Makes an empty list; it cannot fail. */
void headers_init(struct headers *h);
void headers_free(struct headers *h);
/* Empties the list and forgets its failure; the memory stays. */
void headers_clear(struct headers *h);

/* Adds a copy of a field. A field that does not fit, or for which there is no memory, makes the
 * list one that has failed (h->text.failed): buf_check() of h->text reports it, and a walk over the
 * list finds nothing. */
void headers_add(struct headers *h, const char *name, const char *value);
/* The same for texts of given lengths, in bytes. They must not hold a NUL. */
void headers_add_n(
        struct headers *h, const char *name, size_t name_len, const char *value, size_t value_len);
/* The same for a formatted value of less than 4,096 bytes. */
void headers_addf(struct headers *h, const char *name, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Adds a field whose value is put together in place: the caller appends it to h->text, without a
 * NUL, and hands what headers_begin() returned to headers_end(). */
size_t headers_begin(struct headers *h, const char *name);
void headers_end(struct headers *h, size_t begun);

/* Adds a field that comes in pieces: the caller appends its name to h->text, calls
 * headers_end_name(), appends the value, and calls headers_end(), both with what headers_open()
 * returned: the length of h->text before. */
size_t headers_open(struct headers *h);
void headers_end_name(struct headers *h, size_t begun);

/* Adds all fields of another list, and its failure if it has one. from: NULL adds nothing. */
void headers_add_all(struct headers *to, const struct headers *from);

/* The first value of that name, or NULL. Valid until h changes. */
const char *headers_get(const struct headers *h, const char *name);

/* Appends all values of that name to out, joined by commas, in their order (RFC 9110, 5.3). */
void headers_join(const struct headers *h, const char *name, struct buf *out);

/* Walks over the fields: *at is 0 at first and not to be touched after that. Sets *name and *value
 * to the next field, valid until h changes. false: there is no other. */
bool headers_next(const struct headers *h, size_t *at, const char **name, const char **value);

/* The same with the lengths of both, in bytes. */
struct header {
    const char *name, *value;
    size_t name_len, value_len;
};
bool headers_next_header(const struct headers *h, size_t *at, struct header *header);

#endif
