/* The windows of the lookahead: items, and the orders in which they are looked at and handed out.
 */
#include <stdlib.h>
#include <string.h>

#include "copy/look/lookahead_int.h"

bool look_window_init(struct look_window *w, unsigned most)
{
    unsigned side;

    memset(w, 0, sizeof *w);
    w->most = most;
    w->entries = calloc(most, sizeof *w->entries);
    w->turns = calloc(most, sizeof(struct look_entry *));
    for (side = 0; side < LOOK_SIDES; side++)
        w->order[side] = calloc(most, sizeof(struct look_entry *));
    return w->entries && w->turns && w->order[LOOK_SOURCES] && w->order[LOOK_DESTINATIONS];
}

static void free_stretches(struct look_window *w)
{
    unsigned i;

    for (i = 0; i < w->stretch_count; i++)
        free(w->stretches[i].behind);
    free(w->stretches);
    w->stretches = NULL;
    w->stretch_count = w->stretch_cap = 0;
}

void look_window_free(struct look_window *w)
{
    unsigned i;

    for (i = 0; w->entries && i < w->count; i++)
        item_free(&w->entries[i].item);
    free_stretches(w);
    free(w->entries);
    free(w->turns);
    free(w->order[LOOK_SOURCES]);
    free(w->order[LOOK_DESTINATIONS]);
    memset(w, 0, sizeof *w);
}

void look_window_clear(struct look_window *w)
{
    free_stretches(w);
    w->state = LOOK_FILLING;
    w->count = w->next = 0;
    w->ordered[LOOK_SOURCES] = w->ordered[LOOK_DESTINATIONS] = 0;
    w->since_us = 0;
    w->sized = (struct lookahead_sized){0};
}

const char *look_key(const struct look_entry *entry, enum look_side side)
{
    return side == LOOK_SOURCES ? entry->item.key : entry->item.destination_key;
}

struct seen_object *look_seen(struct look_entry *entry, enum look_side side)
{
    return side == LOOK_SOURCES ? &entry->seen.source : &entry->seen.destination;
}

struct look_stretch *look_stretch_add(struct look_window *w)
{
    unsigned cap = w->stretch_cap ? 2 * w->stretch_cap : 16;
    struct look_stretch *more;

    if (w->stretch_count == w->stretch_cap) {
        more = realloc(w->stretches, cap * sizeof *more);
        if (!more)
            return NULL;
        w->stretches = more;
        w->stretch_cap = cap;
    }
    memset(&w->stretches[w->stretch_count], 0, sizeof *w->stretches);
    return &w->stretches[w->stretch_count++];
}

/* --- orders --- */

static const struct look_entry *entry_at(const void *pointer)
{
    return *(struct look_entry *const *)pointer;
}

static int by_source(const void *a, const void *b)
{
    const struct item *x = &entry_at(a)->item, *y = &entry_at(b)->item;
    int order = strcmp(x->bucket, y->bucket);

    return order != 0 ? order : strcmp(x->key, y->key);
}

static int by_destination(const void *a, const void *b)
{
    return strcmp(entry_at(a)->item.destination_key, entry_at(b)->item.destination_key);
}

/* Zero for a source whose size is not known: such a one may be large, and comes first. */
static unsigned is_sized(const struct look_entry *entry)
{
    return entry->seen.source.state == SEEN_OBJECT;
}

static int by_turn(const void *a, const void *b)
{
    const struct look_entry *x = entry_at(a), *y = entry_at(b);

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (is_sized(x) != is_sized(y))
        return is_sized(x) ? 1 : -1;
    if (is_sized(x) && x->seen.source.size != y->seen.source.size)
        return x->seen.source.size > y->seen.source.size ? -1 : 1;
    return x->item.index < y->item.index ? -1 : x->item.index > y->item.index;
}

void look_window_settle(struct look_window *w)
{
    unsigned i;

    w->state = LOOK_SETTLED;
    for (i = 0; i < w->count; i++) {
        w->sized.items += is_sized(&w->entries[i]);
        w->sized.bytes += is_sized(&w->entries[i]) ? w->entries[i].seen.source.size : 0;
    }
}

void look_window_count_off(struct look_window *w, const struct look_entry *entry)
{
    w->sized.items -= is_sized(entry);
    w->sized.bytes -= is_sized(entry) ? entry->seen.source.size : 0;
}

/* Most lists are in order already, and what follows looks through them once. */
static void sort(struct look_entry **order, unsigned count, int (*by)(const void *, const void *))
{
    unsigned i;

    for (i = 1; i < count && by(&order[i - 1], &order[i]) <= 0; i++)
        ;
    if (i < count)
        qsort(order, count, sizeof(struct look_entry *), by);
}

void look_window_sort_turns(struct look_window *w)
{
    unsigned i;

    for (i = 0; i < w->count; i++)
        w->turns[i] = &w->entries[i];
    sort(w->turns, w->count, by_turn);
}

static bool is_same_bucket(const struct look_entry *a, const struct look_entry *b)
{
    return strcmp(a->item.bucket, b->item.bucket) == 0;
}

/* A stretch of the keys first to end - 1 of that side, which are of one bucket; keys that are too
 * few for a listing are left to HeadObject. */
static enum err_code add_stretch(struct lookahead *l, struct look_window *w, enum look_side side,
        unsigned first, unsigned end, struct err *e)
{
    const char *name = side == LOOK_SOURCES ? w->order[side][first]->item.bucket
                                            : l->config.input->destination_bucket;
    struct look_bucket *bucket;
    struct look_stretch *s;

    if (end - first < LISTING_PAYS || !(bucket = look_bucket_of(&l->buckets, name, side)))
        return ERR_OK;
    s = look_stretch_add(w);
    if (!s)
        return err_nomem(e);
    s->bucket = bucket;
    s->first = s->next = first;
    s->run_end = s->end = end;
    return ERR_OK;
}

/* A version that is named is not what a listing shows; what a list told of a source is not asked
 * again. */
static void order_entries(struct look_window *w)
{
    unsigned i;

    for (i = 0; i < w->count; i++) {
        if (!w->entries[i].item.version_id && w->entries[i].seen.source.state == SEEN_NOT)
            w->order[LOOK_SOURCES][w->ordered[LOOK_SOURCES]++] = &w->entries[i];
        w->order[LOOK_DESTINATIONS][w->ordered[LOOK_DESTINATIONS]++] = &w->entries[i];
    }
    sort(w->order[LOOK_SOURCES], w->ordered[LOOK_SOURCES], by_source);
    sort(w->order[LOOK_DESTINATIONS], w->ordered[LOOK_DESTINATIONS], by_destination);
}

enum err_code look_window_order(struct lookahead *l, struct look_window *w, struct err *e)
{
    struct look_entry **sources = w->order[LOOK_SOURCES];
    unsigned first, i, count;

    order_entries(w);
    count = w->ordered[LOOK_SOURCES];
    for (first = 0; first < count; first = i) {
        for (i = first + 1; i < count && is_same_bucket(sources[first], sources[i]); i++)
            ;
        if (add_stretch(l, w, LOOK_SOURCES, first, i, e) != ERR_OK)
            return e->code;
    }
    if (w->count == 0 || l->config.sources_only || l->folder.state == LOOK_FOLDER_WHOLE)
        return ERR_OK;
    return add_stretch(l, w, LOOK_DESTINATIONS, 0, w->ordered[LOOK_DESTINATIONS], e);
}
