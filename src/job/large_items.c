#include "job/large_items.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/log.h"
#include "copy/look/lookahead.h"
#include "job/copy_port.h"

enum {
    HEADS_AT_ONCE = 64,
    ITEMS_A_TURN = 10000, /* of those that need no waiting, between two turns of the loop */
};

struct looking {
    const struct session *session;
    const struct input *input;
    const struct stop *stop;
    struct large_items *found;
    uint64_t above; /* bytes */
    FILE *items;
    char *line;
    size_t line_cap;
    uint64_t count, taken;
    struct copy_world world;
    struct lookahead *lookahead;
    unsigned heads, in_flight;
    uint64_t lists;   /* that the client had sent before */
    uint64_t looked;  /* items that were looked at, or left out */
    uint64_t unknown; /* of these, those that were left out */
    bool woken;       /* something has happened that the loop was run for */
    bool nomem;
};

/* --- what is found --- */

static void take_size(struct looking *l, uint64_t index, uint64_t size)
{
    struct large_items *f = l->found;
    unsigned slices = plan_slices(size, l->above);
    struct large_item *all;

    if (slices == 0)
        return;
    all = array_grow(f->all, f->count, &f->cap, sizeof *all);
    if (!all) {
        l->nomem = true;
        return;
    }
    f->all = all;
    f->all[f->count++] = (struct large_item){index, slices};
}

static int by_index(const void *a, const void *b)
{
    const struct large_item *x = a, *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

/* --- one by one --- */

struct head {
    struct looking *looking;
    uint64_t index;
};

/* What S3 says against it is said again, in the result, when the object is to be copied. */
static void on_head(void *ctx, const struct s3_reply *reply)
{
    struct head *h = ctx;
    struct looking *l = h->looking;

    if (reply->err.code == ERR_OK)
        take_size(l, h->index, reply->u.object.size);
    l->in_flight--;
    l->woken = true;
    free(h);
}

static void ask(struct looking *l, const struct item *item)
{
    const struct copy_options options = copy_options_of(l->input, item->overrides);
    struct s3_request request = {.op = S3_HEAD_OBJECT,
            .where = {item->bucket, item->key, item->version_id, &options.source}};
    struct head *h = malloc(sizeof *h);
    struct err e;

    if (!h) {
        l->nomem = true;
        return;
    }
    *h = (struct head){l, item->index};
    if (s3_start(l->session->s3, &request, on_head, h, &e) != ERR_OK) {
        free(h);
        return;
    }
    l->heads++;
    l->in_flight++;
}

static void wait(struct looking *l)
{
    l->woken = false;
    net_run_until(l->session->net, &l->woken);
}

/* --- all of them --- */

static enum err_code next_item(
        void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    struct looking *l = ctx;

    *source = SOURCE_END;
    if (l->taken == l->count)
        return ERR_OK;
    if (item_read_next(item, l->items, &l->line, &l->line_cap, e) != ERR_OK)
        return e->code;
    item->index = l->taken++;
    *source = SOURCE_ITEM;
    return ERR_OK;
}

static void on_more(void *ctx)
{
    struct looking *l = ctx;

    l->woken = true;
}

static void look_at(struct looking *l, struct item *item)
{
    const struct copy_looks looks = lookahead_looks(l->lookahead);
    struct seen seen;

    if (looks.find(looks.self, item, &seen) && seen.source.state == SEEN_OBJECT)
        take_size(l, item->index, seen.source.size);
    else if (l->heads < LARGE_ITEMS_HEADS)
        ask(l, item);
    else
        l->unknown++;
    l->looked++;
    item_free(item);
    while (l->in_flight >= HEADS_AT_ONCE)
        wait(l);
}

/* Enough was asked. */
static bool is_over(const struct looking *l, const struct input *input)
{
    uint64_t lists = s3_client_requests(l->session->s3, S3_LIST_OBJECTS) - l->lists;

    return lists >= LARGE_ITEMS_LISTS ||
           (input->look == LOOK_HEAD && l->heads == LARGE_ITEMS_HEADS);
}

static enum err_code look_at_all(struct looking *l, const struct input *input, struct err *e)
{
    enum sched_source source = SOURCE_ITEM;
    uint64_t steps = 0;

    while (source != SOURCE_END && !is_over(l, input)) {
        struct item item = {0};

        if (stop_asked(l->stop))
            return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
        if (lookahead_next(l->lookahead, &item, &source, e) != ERR_OK)
            return e->code;
        if (source == SOURCE_ITEM)
            look_at(l, &item);
        else if (source == SOURCE_NOT_YET)
            wait(l);
        if (++steps % ITEMS_A_TURN == 0)
            net_turn(l->session->net);
    }
    return ERR_OK;
}

static void finish(struct looking *l)
{
    lookahead_stop(l->lookahead);
    while (l->in_flight > 0 || lookahead_is_waiting(l->lookahead))
        wait(l);
    lookahead_free(l->lookahead);
    free(l->line);
    if (l->found->count > 0)
        qsort(l->found->all, l->found->count, sizeof *l->found->all, by_index);
}

enum err_code large_items_find(const struct session *session, const struct input *input,
        const struct stop *stop, FILE *items, uint64_t count, struct large_items *found,
        struct err *e)
{
    struct looking l = {.session = session,
            .input = input,
            .stop = stop,
            .found = found,
            .above = input_split_above(input),
            .items = items,
            .count = count < LARGE_ITEMS_LOOKED_AT ? count : LARGE_ITEMS_LOOKED_AT};
    struct lookahead_config config = {
            .input = input, .next = next_item, .more = on_more, .ctx = &l, .sources_only = true};
    enum err_code code;

    l.lists = s3_client_requests(session->s3, S3_LIST_OBJECTS);
    copy_world_init(&l.world, session->net, session->s3, NULL);
    config.port = copy_world_copy_port(&l.world);
    code = lookahead_new(&l.lookahead, &config, e);
    if (code != ERR_OK)
        return code;
    code = look_at_all(&l, input, e);
    finish(&l);
    if (code == ERR_OK && l.nomem)
        code = err_nomem(e);
    if (code != ERR_OK)
        return code;
    l.unknown += count - l.looked;
    if (l.unknown > 0)
        log_info("the sizes of %llu objects were not looked at: each of them is copied by one "
                 "worker",
                (unsigned long long)l.unknown);
    if (found->count > 0)
        log_info("%zu objects of more than %llu bytes are copied by several workers each",
                found->count, (unsigned long long)l.above);
    return ERR_OK;
}
