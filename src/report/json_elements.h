/* The elements of a JSON array in a file of any size, one after the other: in memory is one of
 * them. Only brackets and strings are looked at; whether an element is JSON is for its reader to
 * see. */
#ifndef COPYOUT_REPORT_JSON_ELEMENTS_H
#define COPYOUT_REPORT_JSON_ELEMENTS_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

enum { JSON_ELEMENT_MOST = 1024 * 1024 }; /* bytes; a longer one is passed over, and counted */

/* Begun by json_elements_begin(); its members are for json_elements.c but for `too_long`. */
struct json_elements {
    FILE *file; /* the caller's */
    struct buf text;
    enum { ELEMENTS_BEFORE, ELEMENTS_INSIDE, ELEMENTS_BEHIND } at;
    uint64_t too_long; /* elements that were passed over */
};

/* file: stands at the array. It must stay open until json_elements_end(). */
void json_elements_begin(struct json_elements *x, FILE *file);
void json_elements_end(struct json_elements *x);

/* The next element, without blanks around it; valid until the next call. *text is NULL when there
 * are no more. ERR_IO: the file has no array, ends within it, or cannot be read; ERR_NOMEM. */
enum err_code json_elements_next(
        struct json_elements *x, const char **text, size_t *len, struct err *e) ERR_MUST_CHECK;

#endif
