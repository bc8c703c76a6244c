/* Workers that copy, each with a limiter of its own, and the service they share; time is virtual,
 * and all random numbers come from a seed: every run of a seed is the same.
 *
 * An item of a worker is so many looks (requests that are no copies) and then one copy. The oldest
 * item comes first. A refused request waits as s3/send.c and net/retry.c let it wait. */
#ifndef COPYOUT_TESTS_NET_LIMITER_SIM_H
#define COPYOUT_TESTS_NET_LIMITER_SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "net/limits/limiter.h"

enum {
    SIM_WORKERS = 16,
    SIM_SERVERS = 128,
    SIM_EVENTS = 65536,
    SIM_ITEMS_MOST = 2048, /* under way, of a worker: copy/sched.c */
    SIM_SECOND = 1000000,
    SIM_PERIOD_US = 100000, /* in which a share of a processor is given */
    SIM_HOLD_US = 250000,   /* s3/send.c, HOLD_MOST_MS */
    SIM_WAY_US = 2000,      /* to the service, at most; the least is nothing */
};

/* The service. What is 0 is no limit. */
struct sim_service {
    double copy_us, look_us; /* what a request takes, the median */
    double spread;           /* of the logarithm of what a copy takes */
    double refusal_us;       /* what a refusal takes */
    double per_second;       /* copies that one prefix takes; the others are refused */
    double burst;            /* copies that it takes at once after a pause */
    unsigned refuses_above;  /* requests at once; those above are refused */
    unsigned width;          /* requests that are worked on at once; the others wait in turn */
    uint64_t copies, refusals;
    double tokens;
    uint64_t filled_us;
    uint64_t free_us[SIM_SERVERS]; /* with a width: when each is free */
    unsigned in_service;
};

struct sim_worker {
    struct limiter limiter;
    bool works;
    uint64_t items;        /* that it may begin; UINT64_MAX: without end */
    unsigned looks;        /* of an item, before its copy */
    unsigned active;       /* items begun and not copied */
    unsigned ready_copies; /* to be sent, the oldest first */
    unsigned ready_looks;
    unsigned cpu_us;       /* processor time that an answer and what follows it takes */
    unsigned cpu_share_us; /* processor time in each SIM_PERIOD_US; 0: all */
    uint64_t cpu_period, cpu_free_us;
    unsigned cpu_used_us;
    uint64_t woken_us; /* when it is woken to look at its limiter; 0: it is not */
    uint64_t copied, refused;
    unsigned copies_in_use, copies_most;
};

enum sim_what { SIM_ARRIVES, SIM_COMES_BACK, SIM_ANSWER, SIM_RELEASE, SIM_AGAIN, SIM_WAKE };

struct sim_event {
    uint64_t at_us;
    uint64_t order; /* of events at one time */
    enum sim_what what;
    struct sim_worker *worker;
    enum limiter_kind kind;
    uint32_t ticket;
    unsigned looks_left, attempts;
    bool refused;
};

struct sim {
    struct rng rng;
    uint64_t now_us, order;
    struct sim_service service;
    struct sim_worker workers[SIM_WORKERS];
    struct sim_event heap[SIM_EVENTS];
    unsigned count;
};

/* --- random numbers --- */

static inline double sim_uniform(struct sim *s)
{
    return (double)(rng_next(&s->rng) >> 11) / 9007199254740992.0;
}

/* e to the power of x, for small x, without the mathematics library. */
static inline double sim_exp(double x)
{
    double y = 1 + x / 4096;
    int i;

    for (i = 0; i < 12; i++)
        y *= y;
    return y;
}

static inline double sim_normal(struct sim *s)
{
    double sum = -6;
    int i;

    for (i = 0; i < 12; i++)
        sum += sim_uniform(s);
    return sum;
}

/* --- events --- */

static inline bool sim_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static inline void sim_push(struct sim *s, uint64_t at_us, const struct sim_event *event)
{
    struct sim_event e = *event;
    unsigned i = s->count++;

    assert_true(s->count <= SIM_EVENTS);
    e.at_us = at_us;
    e.order = s->order++;
    for (; i > 0 && sim_before(&e, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = e;
}

static inline struct sim_event sim_pop(struct sim *s)
{
    struct sim_event first = s->heap[0], last = s->heap[--s->count];
    unsigned i = 0, child;

    while ((child = 2 * i + 1) < s->count) {
        if (child + 1 < s->count && sim_before(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!sim_before(&s->heap[child], &last))
            break;
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = last;
    return first;
}

/* --- the service --- */

static inline bool sim_takes(struct sim *s, enum limiter_kind kind)
{
    struct sim_service *v = &s->service;

    if (v->refuses_above > 0 && v->in_service >= v->refuses_above)
        return false;
    if (v->per_second <= 0 || kind != LIMITER_COPY)
        return true;
    v->tokens += (double)(s->now_us - v->filled_us) * v->per_second / SIM_SECOND;
    v->filled_us = s->now_us;
    if (v->tokens > v->burst)
        v->tokens = v->burst;
    if (v->tokens < 1)
        return false;
    v->tokens -= 1;
    return true;
}

/* When a request that arrives now is answered. */
static inline uint64_t sim_answer_us(struct sim *s, enum limiter_kind kind)
{
    struct sim_service *v = &s->service;
    double us = kind == LIMITER_COPY ? v->copy_us : v->look_us;
    unsigned i, first = 0;

    if (kind == LIMITER_COPY && v->spread > 0)
        us *= sim_exp(v->spread * sim_normal(s));
    if (v->width == 0 || kind != LIMITER_COPY)
        return s->now_us + (uint64_t)us;
    for (i = 1; i < v->width; i++)
        if (v->free_us[i] < v->free_us[first])
            first = i;
    if (v->free_us[first] < s->now_us)
        v->free_us[first] = s->now_us;
    v->free_us[first] += (uint64_t)us;
    return v->free_us[first];
}

/* --- a worker --- */

static inline void sim_send(struct sim *s, struct sim_event *e)
{
    struct sim_worker *w = e->worker;

    e->ticket = limiter_take(&w->limiter, e->kind, s->now_us);
    w->copies_in_use += e->kind == LIMITER_COPY;
    if (w->copies_in_use > w->copies_most)
        w->copies_most = w->copies_in_use;
    e->what = SIM_ARRIVES;
    sim_push(s, s->now_us + rng_below(&s->rng, SIM_WAY_US), e);
}

/* A request reaches the service, which decides on it. */
static inline void sim_arrived(struct sim *s, struct sim_event *e)
{
    e->refused = !sim_takes(s, e->kind);
    e->what = SIM_COMES_BACK;
    s->service.in_service += !e->refused;
    s->service.refusals += e->refused;
    s->service.copies += !e->refused && e->kind == LIMITER_COPY;
    sim_push(s,
            e->refused ? s->now_us + (uint64_t)s->service.refusal_us : sim_answer_us(s, e->kind),
            e);
}

/* Sends what is ready, and begins items, as long as there are free slots. */
static inline void sim_fill(struct sim *s, struct sim_worker *w)
{
    uint64_t wait_us;
    unsigned slots = limiter_free_slots(&w->limiter, s->now_us);

    for (; w->works && slots > 0; slots--) {
        struct sim_event e = {.worker = w, .kind = LIMITER_COPY};

        if (w->ready_copies > 0) {
            w->ready_copies--;
        } else if (w->items > 0 && w->active < SIM_ITEMS_MOST) {
            w->items--;
            w->active++;
            if (w->looks > 0) {
                e.kind = LIMITER_OTHER;
                e.looks_left = w->looks - 1;
            }
        } else {
            break;
        }
        sim_send(s, &e);
    }
    wait_us = limiter_wait_us(&w->limiter, s->now_us);
    if (w->works && wait_us > 0 && w->woken_us == 0) {
        struct sim_event wake = {.what = SIM_WAKE, .worker = w};

        w->woken_us = s->now_us + (wait_us + 999) / 1000 * 1000; /* timers know milliseconds */
        sim_push(s, w->woken_us, &wake);
    }
}

/* The worker's processor takes the answer up: not before it has time for it. */
static inline uint64_t sim_cpu_us(struct sim *s, struct sim_worker *w)
{
    uint64_t at_us = w->cpu_free_us > s->now_us ? w->cpu_free_us : s->now_us;

    if (at_us / SIM_PERIOD_US != w->cpu_period) {
        w->cpu_period = at_us / SIM_PERIOD_US;
        w->cpu_used_us = 0;
    }
    if (w->cpu_share_us > 0 && w->cpu_used_us >= w->cpu_share_us) {
        w->cpu_period++;
        at_us = w->cpu_period * SIM_PERIOD_US;
        w->cpu_used_us = 0;
    }
    w->cpu_used_us += w->cpu_us;
    w->cpu_free_us = at_us + w->cpu_us;
    return w->cpu_free_us;
}

static inline void sim_refused(struct sim *s, struct sim_event *e)
{
    uint64_t most_us = 250000, wait_us;
    unsigned i;

    for (i = 0; i < e->attempts && most_us < 20000000; i++)
        most_us *= 2;
    wait_us = rng_below(&s->rng, most_us + 1);
    e->attempts++;
    e->worker->refused++;
    limiter_hold(&e->worker->limiter);
    e->what = SIM_RELEASE;
    sim_push(s, s->now_us + (wait_us < SIM_HOLD_US ? wait_us : SIM_HOLD_US), e);
    e->what = SIM_AGAIN;
    sim_push(s, s->now_us + wait_us, e);
}

static inline void sim_answered(struct sim *s, struct sim_event *e)
{
    struct sim_worker *w = e->worker;

    limiter_give(&w->limiter, e->ticket, e->refused ? LIMITER_THROTTLED : LIMITER_GOOD, s->now_us);
    w->copies_in_use -= e->kind == LIMITER_COPY;
    s->service.in_service -= !e->refused;
    if (e->refused) {
        sim_refused(s, e);
    } else if (e->kind == LIMITER_COPY) {
        w->copied++;
        w->active--;
    } else if (e->looks_left > 0) {
        e->looks_left--;
        sim_send(s, e);
    } else {
        w->ready_copies++;
    }
}

/* The next event happens. */
static inline void sim_step(struct sim *s)
{
    struct sim_event e = sim_pop(s);
    struct sim_worker *w = e.worker;

    s->now_us = e.at_us;
    switch (e.what) {
    case SIM_ARRIVES:
        sim_arrived(s, &e);
        return;
    case SIM_COMES_BACK:
        if (w->cpu_us > 0) {
            e.what = SIM_ANSWER;
            sim_push(s, sim_cpu_us(s, w), &e);
            return;
        }
        sim_answered(s, &e);
        break;
    case SIM_ANSWER:
        sim_answered(s, &e);
        break;
    case SIM_RELEASE:
        limiter_release(&w->limiter);
        break;
    case SIM_AGAIN:
        w->ready_copies++;
        break;
    case SIM_WAKE:
        w->woken_us = 0;
        break;
    }
    sim_fill(s, w);
}

/* --- for the tests --- */

static inline struct sim *sim_new(uint64_t seed, const struct sim_service *service)
{
    struct sim *s = calloc(1, sizeof *s);

    assert_non_null(s);
    rng_seed(&s->rng, seed);
    s->now_us = SIM_SECOND;
    s->service = *service;
    s->service.tokens = service->burst;
    s->service.filled_us = s->now_us;
    return s;
}

/* A worker begins now, with an empty event so that it is looked at. */
static inline void sim_begin(struct sim *s, struct sim_worker *w, unsigned most)
{
    struct sim_event wake = {.what = SIM_WAKE, .worker = w};

    limiter_init(&w->limiter, 0, most, s->now_us);
    w->works = true;
    sim_push(s, s->now_us, &wake);
}

/* Time passes. */
static inline void sim_run(struct sim *s, double seconds)
{
    uint64_t end_us = s->now_us + (uint64_t)(seconds * SIM_SECOND);

    while (s->count > 0 && s->heap[0].at_us <= end_us)
        sim_step(s);
    s->now_us = end_us;
}

#endif
