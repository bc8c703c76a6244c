#include "copy/sched.h"

#include <stdlib.h>

#include "base/list.h"

enum { ACTIVE_MOST = 2048 }; /* items under way: what memory the job takes is this many copies */

struct sched {
    struct sched_config config; /* fixed after init */
    struct copy_env env;
    struct list runnable; /* copies that may have a request to send */
    struct list waiting;  /* copies that wait for an answer */
    struct sched_counts counts;
    bool end; /* there are no more items */
    bool pumping;
    bool done;
    bool worked;       /* an object has come through */
    struct err failed; /* the first error of next or result */
};

static void pump(struct sched *s);

static void on_wake(void *ctx, struct copy *copy)
{
    struct sched *s = ctx;

    list_remove(copy_link(copy));
    list_push(&s->runnable, copy_link(copy));
    pump(s);
}

static void on_free_slots(void *ctx)
{
    pump(ctx);
}

static void fail(struct sched *s, const struct err *e)
{
    if (s->failed.code == ERR_OK)
        s->failed = *e;
    sched_stop(s);
}

static void finish(struct sched *s, struct copy *copy)
{
    const struct result *r = copy_result(copy);
    struct err e;

    s->counts.by_status[r->status]++;
    if (r->status == RESULT_COPIED || r->status == RESULT_PENDING)
        s->counts.bytes_copied += r->size;
    if (s->config.result(s->config.ctx, r, copy_owner(copy), &e) != ERR_OK)
        fail(s, &e);
    /* Without credentials every further object would fail alike: stop, and say that once. A
     * signature that is refused for one object among many is that object's. */
    if (r->status != RESULT_FAILED)
        s->worked = true;
    if (r->status == RESULT_FAILED && r->err.code == ERR_CREDENTIALS &&
            (!s->worked || !r->err.service_code[0]))
        fail(s, &r->err);
    s->counts.left_open = s->env.left_open;
    copy_free(copy);
    s->counts.active--;
}

/* Takes the next item in. false: there is none, or no place for one. */
static bool take(struct sched *s)
{
    struct item item = {0};
    struct copy *copy;
    void *owner = NULL;
    struct err e;

    if (s->end || s->env.stopping || s->counts.active == ACTIVE_MOST)
        return false;
    if (s->config.next(s->config.ctx, &item, &owner, &s->end, &e) != ERR_OK) {
        fail(s, &e);
        return false;
    }
    if (s->end)
        return false;
    if (copy_new(&copy, &s->env, &item, owner, &e) != ERR_OK) {
        item_free(&item);
        fail(s, &e);
        return false;
    }
    s->counts.taken++;
    s->counts.active++;
    list_push(&s->runnable, copy_link(copy));
    return true;
}

static void step(struct sched *s, struct copy *copy)
{
    struct list *link = copy_link(copy);

    list_remove(link);
    switch (copy_step(copy)) {
    case COPY_STARTED:
        list_push(&s->runnable, link);
        break;
    case COPY_WAITS:
        list_push(&s->waiting, link);
        break;
    case COPY_ENDED:
        finish(s, copy);
        break;
    }
}

static void pump(struct sched *s)
{
    if (s->pumping)
        return;
    s->pumping = true;
    /* Being stopped, what has ended is finished without waiting for room. */
    while (s3_client_free_slots(s->config.s3) > 0 ||
            (s->env.stopping && !list_empty(&s->runnable))) {
        if (!list_empty(&s->runnable))
            step(s, copy_of_link(s->runnable.next));
        else if (!take(s))
            break;
    }
    s->pumping = false;
    if (s->counts.active == 0 && (s->end || s->env.stopping))
        s->done = true;
}

enum err_code sched_new(struct sched **out, const struct sched_config *config, struct err *e)
{
    struct sched *s = calloc(1, sizeof *s);

    if (!s)
        return err_nomem(e);
    s->config = *config;
    s->env.s3 = config->s3;
    s->env.input = config->input;
    s->env.uploads = config->uploads;
    s->env.wake = on_wake;
    s->env.ctx = s;
    list_init(&s->runnable);
    list_init(&s->waiting);
    *out = s;
    return ERR_OK;
}

static void free_all(struct list *list)
{
    while (!list_empty(list))
        copy_free(copy_of_link(list->next));
}

void sched_free(struct sched *s)
{
    if (!s)
        return;
    s3_client_on_free_slots(s->config.s3, NULL, NULL);
    free_all(&s->runnable);
    free_all(&s->waiting);
    free(s);
}

enum err_code sched_run(struct sched *s, struct err *e)
{
    s3_client_on_free_slots(s->config.s3, on_free_slots, s);
    pump(s);
    net_run_until(s->config.net, &s->done);
    s3_client_on_free_slots(s->config.s3, NULL, NULL);
    if (s->failed.code != ERR_OK) {
        *e = s->failed;
        return e->code;
    }
    if (!s->done)
        return err_set(e, ERR_INTERNAL, "%u objects are under way and nothing is left to wait for",
                s->counts.active);
    return ERR_OK;
}

void sched_stop(struct sched *s)
{
    s->env.stopping = true;
    s3_client_begin_stop(s->config.s3);
    /* Who waits for a part that will not be sent must be told. */
    while (!list_empty(&s->waiting)) {
        struct list *link = list_pop(&s->waiting);

        list_push(&s->runnable, link);
    }
    pump(s);
}

void sched_stop_now(struct sched *s)
{
    s->env.stopping = true; /* before answers make room */
    s3_client_cancel_all(s->config.s3);
    sched_stop(s);
}

const struct sched_counts *sched_counts(const struct sched *s)
{
    return &s->counts;
}
