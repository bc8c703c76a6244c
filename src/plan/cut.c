#include "plan/cut.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

enum {
    BLOCK = 256 * 1024,
    TURN_BLOCKS = 64, /* between two turns of the loop */
};

static void line_ended(struct plan *p, uint64_t end, unsigned *at)
{
    struct shard *s = &p->shards[*at];

    s->items++;
    s->length = end - s->offset;
    if (s->items == p->items_per_shard && *at + 1 < p->shard_count) {
        ++*at;
        p->shards[*at].offset = end;
    }
}

enum err_code plan_cut(struct plan *p, FILE *items, struct net *net, struct err *e)
{
    uint64_t count = (p->items + p->items_per_shard - 1) / p->items_per_shard;
    uint64_t offset = 0, lines = 0, blocks = 0;
    char *block = malloc(BLOCK);
    enum err_code code = ERR_OK;
    unsigned at = 0;
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
    if (!block || !p->shards) {
        code = err_nomem(e);
        goto out;
    }
    while ((n = fread(block, 1, BLOCK, items)) > 0) {
        const char *from = block, *newline;

        while ((newline = memchr(from, '\n', n - (size_t)(from - block)))) {
            from = newline + 1;
            line_ended(p, offset + (uint64_t)(from - block), &at);
            lines++;
        }
        offset += n;
        if (net && ++blocks % TURN_BLOCKS == 0)
            net_turn(net);
    }
    if (ferror(items))
        code = err_errno(e, errno, "cannot read " ITEMS_FILE);
    else if (lines != p->items)
        code = err_set(e, ERR_IO, ITEMS_FILE " has %llu lines instead of %llu",
                (unsigned long long)lines, (unsigned long long)p->items);
out:
    free(block);
    return code;
}
