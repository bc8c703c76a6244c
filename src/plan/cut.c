#include "plan/cut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/shard_digest.h"
#include "store/store.h"

enum {
    BLOCK = 256 * 1024,
    TURN_BLOCKS = 64, /* between two turns of the loop */
};

/* The cutting of one file. */
struct cutting {
    struct plan *plan;
    struct shard_digest *digest;                /* of the shard that it is at */
    const struct large_item *large, *large_end; /* that are still to come */
    uint64_t offset, lines;                     /* read so far */
    unsigned at;                                /* the shard that it is at */
};

/* --- how many --- */

static uint64_t shards_of(const struct plan *p, uint64_t items)
{
    return items / p->items_per_shard + (items % p->items_per_shard != 0);
}

/* Shards of the items between two large ones begin anew. */
static uint64_t count_shards(const struct plan *p, const struct large_items *large)
{
    uint64_t count = 0, next = 0;
    size_t i;

    for (i = 0; i < large->count; i++) {
        count += shards_of(p, large->all[i].index - next) + large->all[i].slices;
        next = large->all[i].index + 1;
    }
    return count + shards_of(p, p->items - next);
}

/* --- one line after the other --- */

/* Ends the digest of the shard that it is at. */
static bool end_digest(struct cutting *c)
{
    struct shard *s = &c->plan->shards[c->at];

    s->has_digest = true;
    return shard_digest_end(c->digest, s->digest);
}

static bool is_large(const struct cutting *c, uint64_t line)
{
    return c->large < c->large_end && c->large->index == line;
}

/* A line ended at that offset. true: and the shard with it, and others follow. */
static bool line_ended(struct cutting *c, uint64_t end)
{
    struct shard *s = &c->plan->shards[c->at];
    bool was_large = is_large(c, c->lines);

    if (was_large) {
        s->slice = 1;
        s->slices = c->large->slices;
        c->large++;
    }
    c->lines++;
    s->items++;
    s->length = end - s->offset;
    return c->lines < c->plan->items &&
           (was_large || is_large(c, c->lines) || s->items == c->plan->items_per_shard);
}

/* The further slices of the item of which the shard is the first slice. */
static void add_slices(struct cutting *c)
{
    const struct shard *first = &c->plan->shards[c->at];
    uint64_t end = first->offset + first->length;
    unsigned slices = first->slices, slice;

    for (slice = 2; slice <= slices; slice++)
        c->plan->shards[++c->at] = (struct shard){.offset = end, .slice = slice, .slices = slices};
}

/* false: no memory. */
static bool cut_block(struct cutting *c, const char *block, size_t n)
{
    const char *from = block, *begun = block, *newline;

    while ((newline = memchr(from, '\n', n - (size_t)(from - block)))) {
        from = newline + 1;
        if (!line_ended(c, c->offset + (uint64_t)(from - block)))
            continue;
        if (!shard_digest_add(c->digest, begun, (size_t)(from - begun)) || !end_digest(c))
            return false;
        begun = from;
        add_slices(c);
        c->plan->shards[++c->at].offset = c->offset + (uint64_t)(from - block);
    }
    c->offset += n;
    return shard_digest_add(c->digest, begun, n - (size_t)(begun - block));
}

static enum err_code too_many(const struct plan *p, uint64_t count, struct err *e)
{
    return err_set(e, ERR_INPUT,
            "maxItemsPerBatch: %llu objects in batches of %llu are %llu batches, more than %d; it "
            "must be at least %llu",
            (unsigned long long)p->items, (unsigned long long)p->items_per_shard,
            (unsigned long long)count, PLAN_SHARDS_MOST,
            (unsigned long long)((p->items + PLAN_SHARDS_MOST - 1) / PLAN_SHARDS_MOST));
}

enum err_code plan_cut(struct plan *p, const struct large_items *large, FILE *items,
        struct net *net, struct err *e)
{
    static const struct large_items none = {0};
    bool cut = large && count_shards(p, large) <= PLAN_SHARDS_MOST;
    uint64_t count = count_shards(p, cut ? large : &none);
    struct cutting c = {.plan = p,
            .digest = shard_digest_new(),
            .large = cut ? large->all : NULL,
            .large_end = cut ? large->all + large->count : NULL};
    char *block = malloc(BLOCK);
    enum err_code code = ERR_OK;
    uint64_t blocks = 0;
    size_t n;

    if (count > PLAN_SHARDS_MOST) {
        code = too_many(p, count, e);
        goto out;
    }
    p->shard_count = (unsigned)count;
    p->shards = calloc(count ? count : 1, sizeof *p->shards);
    if (!block || !p->shards || !c.digest) {
        code = err_nomem(e);
        goto out;
    }
    while (code == ERR_OK && (n = fread(block, 1, BLOCK, items)) > 0) {
        if (!cut_block(&c, block, n))
            code = err_nomem(e);
        if (net && ++blocks % TURN_BLOCKS == 0)
            net_turn(net);
    }
    if (code == ERR_OK && count > 0 && !end_digest(&c))
        code = err_nomem(e);
    if (code == ERR_OK && count > 0)
        add_slices(&c);
    p->items_bytes = c.offset;
    if (code == ERR_OK && ferror(items))
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    else if (code == ERR_OK && c.lines != p->items)
        code = err_set(e, ERR_IO, ITEMS_FILE " has %llu lines instead of %llu",
                (unsigned long long)c.lines, (unsigned long long)p->items);
out:
    shard_digest_free(c.digest);
    free(block);
    return code;
}
