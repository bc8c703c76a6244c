/* Finds the large objects of a list, which are to be copied in slices, before the list is cut into
 * shards: their sizes are seen by listings where the keys lie close enough, else by HeadObject. */
#ifndef COPYOUT_JOB_LARGE_ITEMS_H
#define COPYOUT_JOB_LARGE_ITEMS_H

#include <stdio.h>

#include "base/stop.h"
#include "job/session.h"
#include "model/input.h"
#include "model/plan.h"

/* The most that is asked: a worker alone copies what is not found, which takes longer and is no
 * mistake. */
enum {
    LARGE_ITEMS_LOOKED_AT = 2000000, /* the first items of the list; the others are not cut */
    LARGE_ITEMS_HEADS = 10000,       /* HeadObject of items that no listing shows */
    LARGE_ITEMS_LISTS = 10000,       /* ListObjectsV2; then no more of the list is looked at */
};

/* Reads `count` items from the beginning of `items`, and adds those of more than
 * input_split_above() bytes to `found`, sorted; it is the caller's to free, also after an error. A
 * source that cannot be looked at is none of them. Runs the loop; not from within a callback.
 * Errors: ERR_INTERRUPTED when stop is asked for; ERR_IO of the file; ERR_NOMEM. */
enum err_code large_items_find(const struct session *session, const struct input *input,
        const struct stop *stop, FILE *items, uint64_t count, struct large_items *found,
        struct err *e) ERR_MUST_CHECK;

#endif
