/* The way in which an object is copied, by the price of its proof (the option "proof"): as the
 * source is made, so that the copy gets its ETag, or in other pieces, which are cheaper or faster,
 * and proven by a checksum. Pure. */
#ifndef COPYOUT_COPY_WAY_WAY_H
#define COPYOUT_COPY_WAY_WAY_H

#include "copy/decide.h"

enum copy_way {
    WAY_MIRROR, /* the source's own parts */
    WAY_IN_ONE, /* one CopyObject */
    WAY_FEW,    /* parts of our own, as layout_plan() makes them */
    WAY_FAST,   /* parts of our own, as layout_plan_fast() makes them */
};

/* An object of more bytes is copied in parts by "proof": "fast". One CopyObject moves some 65 MiB a
 * second, so that this is some four seconds; Create and Complete take a part of that, too. */
#define WAY_FAST_ABOVE ((uint64_t)256 << 20)

/* Whether copied parts can show that the copy is the source: by their ETags, unless they have been
 * seen not to, or by checksums of checksums. Else they are not worth mirroring. */
bool decide_parts_prove(const struct decide_facts *f);

/* The way, by what is known so far of the source's checksums. */
enum copy_way copy_way_of(const struct decide_facts *f);
/* Whether it depends on the source's checksums, which S3 was not asked for. */
bool copy_way_needs_sums(const struct decide_facts *f);
/* The notes (enum result_note) of a copy that goes that way by the job's choice, where another one
 * would mirror its source. */
unsigned copy_way_notes(const struct decide_facts *f);
/* Whether the checksum that the answer to the write has (f->said_sum) proves the copy: it is of the
 * whole object, and the source's. */
bool copy_way_is_proven(const struct decide_facts *f, struct proof *by);

#endif
