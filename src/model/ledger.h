/* The ledger: the results of earlier runs as the memory of what we wrote. Where neither ETags nor
 * checksums can show that a copy is its source, the ledger can: we wrote this object, from that
 * source, the answer was that ETag, and both are still what they were. Pure. */
#ifndef COPYOUT_MODEL_LEDGER_H
#define COPYOUT_MODEL_LEDGER_H

#include "model/object_info.h"
#include "model/result.h"

/* A copy that an earlier run made or proved. */
struct ledger_entry {
    uint64_t size;          /* bytes of the source, as it was copied */
    char etag[ETAG_SIZE];   /* the source's, likewise */
    enum verified verified; /* by what the copy was verified then */
    struct written written; /* its etag is not "". Content owned */
};

/* Takes the entry out of a result, whose content it may move; false: the result tells of no object
 * that we wrote under an ETag of its own. */
bool ledger_take(struct ledger_entry *l, struct result *r);
/* Whether a result makes the entry of an earlier one needless: it tells of an object that we wrote
 * since, or the ETags prove it without us. */
bool ledger_replaces(const struct result *r);
void ledger_free(struct ledger_entry *l); /* what is inside; leaves it zeroed */

/* Whether the entry proves that `there` is the copy of `source`: both still have the ETag and size
 * on record, and `there` has the version on record if both tell. there_version: NULL: not told. l
 * may be NULL. proof gets what is proven: as much as was known then, and at least the size. */
bool ledger_proves(const struct ledger_entry *l, const struct object_info *source,
        const struct object_info *there, const char *there_version, struct proof *proof);

#endif
