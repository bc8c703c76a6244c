/* Whether a copy is the object it came from, by what both sides say of themselves. Pure. */
#ifndef COPYOUT_MODEL_OBJECT_VERIFY_H
#define COPYOUT_MODEL_OBJECT_VERIFY_H

#include <stdbool.h>

#include "model/object/object_info.h"

/* By what a copy is known to be its source; verified_name() is what a result calls it. */
enum verified {
    VERIFIED_NONE,     /* nothing was compared */
    VERIFIED_SIZE,     /* the sizes are equal, and nothing else could be compared */
    VERIFIED_CHECKSUM, /* a checksum of the same kind is equal on both sides */
    VERIFIED_ETAG,     /* the ETags are equal */
    VERIFIED_COUNT
};

const char *verified_name(enum verified v);

/* The thing that a proof rests on; a result calls it "verifiedBy". */
enum verified_by {
    BY_NOTHING, /* of VERIFIED_NONE and VERIFIED_SIZE */
    BY_ETAG,
    BY_LEDGER,   /* the result of an earlier run says what we wrote, and it is what is there */
    BY_CHECKSUM, /* the enum checksum is added to it: a checksum of that kind */
    BY_COUNT = BY_CHECKSUM + CHECKSUM_COUNT
};

/* "etag", "ledger", "crc32" and the like; "": nothing. */
const char *verified_by_name(enum verified_by by);

struct proof {
    enum verified verified;
    enum verified_by by;
};

/* The three values of a comparison. */
enum verdict {
    VERDICT_SAME,
    VERDICT_DIFFERENT,
    VERDICT_UNKNOWN, /* same size, but what they say cannot be compared */
};

/* proof gets what showed it, whether they are the same or not (for VERDICT_UNKNOWN: VERIFIED_SIZE
 * by nothing). mirrored: the two are made of the same parts, so that their ETags would be equal if
 * their bytes are (unless encryption hides it). */
enum verdict verify_compare(const struct object_info *source, const struct object_info *copy,
        bool mirrored, struct proof *proof);

#endif
