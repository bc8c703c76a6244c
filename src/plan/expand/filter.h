/* The filters of a list: which of its objects are left out. */
#ifndef COPYOUT_PLAN_EXPAND_FILTER_H
#define COPYOUT_PLAN_EXPAND_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/input.h"

/* An object as its list tells of it. */
struct filtered {
    const char *key;
    bool is_told; /* whether the list told what follows */
    uint64_t size;
    const char *modified; /* ISO 8601; "" or NULL: not told */
    const char *class;    /* "": STANDARD. NULL: not told */
};

enum filter_verdict { FILTER_TAKES, FILTER_LEAVES_OUT, FILTER_CANNOT_TELL };

/* Whether the object stays. CANNOT_TELL: a filter asks for what the list does not tell; *wants is
 * then the option by which it was given. */
enum filter_verdict filter_verdict_of(
        const struct input *in, const struct filtered *object, const char **wants);

/* Appends all that makes other items of the same list: filters, folder markers, wildcards; nothing
 * where all of it is as by default. */
void filter_text(struct buf *out, const struct input *in);

#endif
