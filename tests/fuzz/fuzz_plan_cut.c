/* Cutting items into shards: the first line is how many are asked for, the rest is items.jsonl.
 * Each line must be in one shard, and the shards must follow each other; one line is of an object
 * that is copied in slices. */
#include "fuzz.h"
#include "model/input.h"
#include "plan/cut.h"

static void check_shards(const struct plan *p, const char *text, uint64_t end)
{
    uint64_t items = 0, at = 0;
    unsigned i;

    for (i = 0; i < p->shard_count; i++) {
        const struct shard *s = &p->shards[i];

        if (s->slice > 1) {
            FUZZ_CHECK(s->offset == at && s->length == 0 && s->items == 0);
            FUZZ_CHECK(i > 0 && s[-1].slice == s->slice - 1 && s[-1].slices == s->slices);
            continue;
        }
        FUZZ_CHECK(s->offset == at && s->length > 0 && s->items > 0);
        FUZZ_CHECK(s->slices == 0 || s->items == 1);
        FUZZ_CHECK(s->items <= p->items_per_shard);
        FUZZ_CHECK(plan_is_cut(p) || i + 1 == p->shard_count || s->items == p->items_per_shard);
        at += s->length;
        items += s->items;
        FUZZ_CHECK(text[at - 1] == '\n');
    }
    FUZZ_CHECK(at == end && items == p->items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    uint64_t asked = fuzz_number(&in), end = 0;
    struct large_item large_item = {asked, 2 + (unsigned)(asked % 3)};
    struct large_items large = {&large_item, 1, 1};
    struct plan p = {0};
    struct err e;
    FILE *items;
    size_t i;

    for (i = 0; i < in.left; i++) {
        if (in.at[i] == '\n') {
            p.items++;
            end = i + 1;
        }
    }
    p.items_per_shard = plan_items_per_shard(p.items, asked);
    FUZZ_CHECK(p.items_per_shard >= 1 && p.items_per_shard <= ITEMS_PER_SHARD_MOST);
    if (in.left == 0)
        return 0;
    items = fmemopen((void *)(size_t)in.at, in.left, "r");
    FUZZ_CHECK(items);
    if (p.items > 0)
        large_item.index %= p.items;
    FUZZ_CHECK(plan_cut(&p, p.items > 0 ? &large : NULL, items, NULL, &e) == ERR_OK);
    check_shards(&p, in.at, end);
    rewind(items);
    free(p.shards);
    p.shards = NULL;
    p.items++; /* the file has lost a line */
    FUZZ_CHECK(plan_cut(&p, NULL, items, NULL, &e) == ERR_IO);
    fuzz_check_err(&e);
    fclose(items);
    plan_free(&p);
    return 0;
}
