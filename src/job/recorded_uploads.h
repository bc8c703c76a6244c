/* Removing what a dead run left: the multipart uploads that the work store has on record, and no
 * other.
 */
#ifndef COPYOUT_JOB_CLEAN_UPLOADS_H
#define COPYOUT_JOB_CLEAN_UPLOADS_H

#include "s3/sync.h"
#include "store/store.h"

struct cleanup_counts {
    uint64_t records; /* that there were */
    uint64_t removed; /* uploads */
    uint64_t failed;  /* records that stay: what they are of could not be removed */
};

/* Aborts each until ListParts finds nothing, then removes its record. What cannot be removed is
 * logged, counted, and stays on record; the error is about the work store. Stops between two when
 * *stop is set.
 */
enum err_code cleanup(struct store *store, const struct sync *sync, const bool *stop,
        struct cleanup_counts *counts, struct err *e) ERR_MUST_CHECK;

#endif
