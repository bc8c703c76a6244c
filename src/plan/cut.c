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
    struct shard_digest *digest; /* of the shard that it is at */
    uint64_t offset, lines;      /* read so far */
    unsigned at;                 /* the shard that it is at */
};

/* Ends the digest of the shard that it is at. */
static bool end_digest(struct cutting *c)
{
    struct shard *s = &c->plan->shards[c->at];

    s->has_digest = true;
    return shard_digest_end(c->digest, s->digest);
}

/* A line ended at that offset. true: and the shard with it, and others follow. */
static bool line_ended(struct cutting *c, uint64_t end)
{
    struct shard *s = &c->plan->shards[c->at];

    c->lines++;
    s->items++;
    s->length = end - s->offset;
    return s->items == c->plan->items_per_shard && c->at + 1 < c->plan->shard_count;
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
        c->plan->shards[++c->at].offset = c->offset + (uint64_t)(from - block);
    }
    c->offset += n;
    return shard_digest_add(c->digest, begun, n - (size_t)(begun - block));
}

enum err_code plan_cut(struct plan *p, FILE *items, struct net *net, struct err *e)
{
    uint64_t count = (p->items + p->items_per_shard - 1) / p->items_per_shard;
    struct cutting c = {.plan = p, .digest = shard_digest_new()};
    char *block = malloc(BLOCK);
    enum err_code code = ERR_OK;
    uint64_t blocks = 0;
    size_t n;

    if (count > PLAN_SHARDS_MOST) {
        code = err_set(e, ERR_INPUT,
                "maxItemsPerBatch: %llu objects in batches of %llu are %llu batches, more than %d; it "
                "must be at least %llu",
                (unsigned long long)p->items, (unsigned long long)p->items_per_shard,
                (unsigned long long)count, PLAN_SHARDS_MOST,
                (unsigned long long)((p->items + PLAN_SHARDS_MOST - 1) / PLAN_SHARDS_MOST));
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
