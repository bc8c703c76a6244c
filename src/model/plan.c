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

    if (!asked && n < ITEMS_PER_SHARD_LEAST)
        n = ITEMS_PER_SHARD_LEAST;
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

bool plan_is_cut(const struct plan *p)
{
    unsigned i;

    for (i = 0; i < p->shard_count; i++)
        if (p->shards[i].slices > 0)
            return true;
    return false;
}

unsigned plan_slices(uint64_t size, uint64_t above)
{
    uint64_t slices;

    if (above == 0 || size <= above)
        return 0;
    slices = size / above + (size % above != 0);
    return slices > PLAN_SLICES_MOST ? PLAN_SLICES_MOST : (unsigned)slices;
}

void plan_fold_slice(struct shard *shard, uint64_t end)
{
    if (shard->slice <= 1)
        return;
    *shard = (struct shard){.offset = end, .slice = shard->slice, .slices = shard->slices};
}

struct shard plan_unfold_slice(const struct plan *p, unsigned shard)
{
    const struct shard *s = &p->shards[shard];
    struct shard whole = *s;

    if (s->slice > 1)
        whole = s[1 - (int)s->slice];
    whole.slice = s->slice;
    return whole;
}

enum err_code plan_keep_shard(struct plan *p, uint64_t shard, struct err *e)
{
    if (shard >= p->shard_count)
        return err_set(e, ERR_INPUT, "shard %llu: the job has %u shards, from 0 on",
                (unsigned long long)shard, p->shard_count);
    p->shards[0] = plan_unfold_slice(p, (unsigned)shard);
    p->first_shard = (unsigned)shard - (p->shards[0].slice > 0 ? p->shards[0].slice - 1 : 0);
    p->shard_count = 1;
    p->is_part = true;
    return ERR_OK;
}

void plan_keep_shards(struct plan *p, const bool *kept)
{
    unsigned i;

    for (i = 0; i < p->shard_count; i++)
        if (!kept[i])
            p->shards[i].items = 0;
    p->has_gaps = true;
}

uint64_t plan_first_line(const struct plan *p)
{
    unsigned i;

    for (i = 0; i < p->shard_count; i++)
        if (p->shards[i].items > 0)
            return p->shards[i].offset;
    return 0;
}

uint64_t plan_lines_end(const struct plan *p)
{
    unsigned i;

    for (i = p->shard_count; i > 0; i--)
        if (p->shards[i - 1].items > 0)
            return p->shards[i - 1].offset + p->shards[i - 1].length;
    return 0;
}

bool plan_next_range(
        const struct plan *p, uint64_t gap_most, unsigned *shard, struct lines_range *range)
{
    uint64_t end = 0;
    bool any = false;

    for (; *shard < p->shard_count; ++*shard) {
        const struct shard *s = &p->shards[*shard];

        if (s->items == 0)
            continue;
        if (any && s->offset - end > gap_most)
            break;
        if (!any)
            range->offset = s->offset;
        any = true;
        end = s->offset + s->length;
    }
    if (any)
        range->length = end - range->offset;
    return any;
}
