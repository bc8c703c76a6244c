/* Whether a copy is the object it came from, by what both sides say of themselves. Pure. */
#ifndef COPYOUT_MODEL_VERIFY_H
#define COPYOUT_MODEL_VERIFY_H

#include <stdbool.h>

#include "model/object_info.h"

/* By what a copy is known to be its source; verified_name() is what a result calls it. */
enum verified {
    VERIFIED_NONE,     /* nothing was compared */
    VERIFIED_SIZE,     /* the sizes are equal, and nothing else could be compared */
    VERIFIED_CHECKSUM, /* a checksum of the same kind is equal on both sides */
    VERIFIED_ETAG,     /* the ETags are equal */
    VERIFIED_COUNT
};

const char *verified_name(enum verified v);

/* The three values of a comparison. */
enum verdict {
    VERDICT_SAME,
    VERDICT_DIFFERENT,
    VERDICT_UNKNOWN, /* same size, but what they say cannot be compared */
};

/* by gets what showed it (for VERDICT_UNKNOWN: VERIFIED_SIZE). mirrored: the two are made of the
 * same parts, so that their ETags would be equal if their bytes are (unless encryption hides it).
 */
enum verdict verify_compare(const struct object_info *source, const struct object_info *copy,
        bool mirrored, enum verified *by);

#endif
