#include "s3/sync_many.h"

#include <string.h>

struct all {
    const struct sync *sync;
    const struct sync_many *many;
    unsigned next;    /* the next to be started; many->count: no more */
    unsigned waiting; /* answers that are to come */
    struct err err;   /* of s3_start() */
    bool done;
};

/* One at a time of them. */
struct slot {
    struct all *all;
    unsigned i;
};

static void on_reply(void *ctx, const struct s3_reply *reply);

static void start_next(struct slot *slot)
{
    struct all *all = slot->all;
    struct s3_request request;

    if (all->next < all->many->count) {
        memset(&request, 0, sizeof request);
        slot->i = all->next++;
        all->many->make(all->many->ctx, slot->i, &request);
        if (s3_start(all->sync->s3, &request, on_reply, slot, &all->err) == ERR_OK)
            all->waiting++;
        else
            all->next = all->many->count;
    }
    all->done = all->waiting == 0;
}

static void on_reply(void *ctx, const struct s3_reply *reply)
{
    struct slot *slot = ctx;

    slot->all->waiting--;
    slot->all->many->each(slot->all->many->ctx, slot->i, reply);
    start_next(slot);
}

enum err_code sync_many(const struct sync *s, const struct sync_many *many, struct err *e)
{
    struct all all = {.sync = s, .many = many, .done = true};
    struct slot slots[SYNC_MANY_AT_ONCE];
    unsigned i;

    err_clear(&all.err);
    for (i = 0; i < SYNC_MANY_AT_ONCE && i < many->count; i++) {
        slots[i].all = &all;
        start_next(&slots[i]);
    }
    if (!all.done)
        net_run_until(s->net, &all.done);
    if (!all.done)
        return err_set(e, ERR_INTERNAL, "nothing is left to wait for");
    if (all.err.code != ERR_OK)
        *e = all.err;
    return all.err.code;
}
