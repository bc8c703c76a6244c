/* The buckets of a job whose listings were tried, and what came of it. */
#include <stdlib.h>
#include <string.h>

#include "copy/look/lookahead_int.h"

static struct look_bucket *add(struct look_buckets *b, const char *name, enum look_side side)
{
    struct look_bucket *bucket;

    if (b->count == LOOK_BUCKETS_MOST)
        return NULL;
    if (!b->all)
        b->all = calloc(LOOK_BUCKETS_MOST, sizeof(struct look_bucket *));
    bucket = b->all ? calloc(1, sizeof *bucket) : NULL;
    if (!bucket)
        return NULL;
    bucket->name = strdup(name);
    bucket->side = side;
    if (!bucket->name) {
        free(bucket);
        return NULL;
    }
    return b->all[b->count++] = bucket;
}

struct look_bucket *look_bucket_of(
        struct look_buckets *buckets, const char *name, enum look_side side)
{
    unsigned i;

    for (i = 0; i < buckets->count; i++)
        if (buckets->all[i]->side == side && strcmp(buckets->all[i]->name, name) == 0)
            return buckets->all[i];
    return add(buckets, name, side);
}

void look_buckets_free(struct look_buckets *buckets)
{
    unsigned i;

    for (i = 0; i < buckets->count; i++) {
        free(buckets->all[i]->name);
        free(buckets->all[i]);
    }
    free(buckets->all);
    memset(buckets, 0, sizeof *buckets);
}
