#include "model/plan.h"

#include <stdlib.h>
#include <string.h>

#include "model/input.h"

void plan_free(struct plan *p)
{
    unsigned i;

    for (i = 0; i < p->source_bucket_count; i++)
        free(p->source_buckets[i]);
    free(p->shards);
    free(p->manifest);
    free(p->digest);
    memset(p, 0, sizeof *p);
}

uint64_t plan_items_per_shard(uint64_t items, uint64_t asked)
{
    uint64_t n = asked ? asked : items / 100;

    if (n < 1)
        n = 1;
    return n > ITEMS_PER_SHARD_MOST ? ITEMS_PER_SHARD_MOST : n;
}

enum err_code plan_add_bucket(struct plan *p, const char *bucket, struct err *e)
{
    unsigned i;

    /* Rows of one bucket come one after the other: look at the last first. */
    for (i = p->source_bucket_count; i > 0; i--)
        if (strcmp(p->source_buckets[i - 1], bucket) == 0)
            return ERR_OK;
    if (p->source_bucket_count == PLAN_BUCKETS_MOST)
        return ERR_OK;
    p->source_buckets[p->source_bucket_count] = strdup(bucket);
    if (!p->source_buckets[p->source_bucket_count])
        return err_nomem(e);
    p->source_bucket_count++;
    return ERR_OK;
}

enum err_code plan_keep_shard(struct plan *p, uint64_t shard, struct err *e)
{
    if (shard >= p->shard_count)
        return err_set(e, ERR_INPUT, "shard %llu: the job has %u shards, from 0 on",
                (unsigned long long)shard, p->shard_count);
    p->shards[0] = p->shards[shard];
    p->first_shard = (unsigned)shard;
    p->shard_count = 1;
    p->is_part = true;
    return ERR_OK;
}
