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

    struct all *all = slot->all;

    all->waiting--;
    if (!all->many->each(all->many->ctx, slot->i, reply))
        all->next = all->many->count;
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

struct heads {
    char *const *buckets;
    const struct bucket_terms *terms;
    bool (*each)(void *ctx, unsigned i, const char *region, const struct err *err);
    void *ctx;
};

static void make_head(void *ctx, unsigned i, struct s3_request *request)
{
    const struct heads *heads = ctx;

    request->op = S3_HEAD_BUCKET;
    request->where.bucket = heads->buckets[i];
    request->where.terms = heads->terms;
}

static bool on_head(void *ctx, unsigned i, const struct s3_reply *reply)
{
    const struct heads *heads = ctx;

    return heads->each(heads->ctx, i, reply->u.region, &reply->err);
}

enum err_code sync_head_buckets(const struct sync *s, char *const *buckets, unsigned count,
        const struct bucket_terms *terms,
        bool (*each)(void *ctx, unsigned i, const char *region, const struct err *err), void *ctx,
        struct err *e)
{
    struct heads heads = {.buckets = buckets, .terms = terms, .each = each, .ctx = ctx};
    const struct sync_many many = {
            .count = count, .make = make_head, .each = on_head, .ctx = &heads};

    return sync_many(s, &many, e);
}
