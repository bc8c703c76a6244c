#include "net/limiter.h"

#include <assert.h>
#include <string.h>

enum {
    WINDOW_LEAST_US = 200000,    /* shorter ones say more about chance than about the server */
    CUT_LEAST_APART_US = 500000, /* answers to what was sent before a cut must not cut again */
    LEAST = 8, /* below this the waits of retries slow down enough; one at a time measures nothing
                */
    FAILURES_LEAST = 16,
    WINDOWS_BETWEEN_TRIALS = 25, /* once settled, because a server may have grown */
};

static const double DOUBLE = 2.0;
static const double STEP = 1.1;
static const double RECOVER = 1.25;
static const double CEILING = 0.9; /* of the limit that was too much */
static const double BETTER = 1.05; /* a rate that is worth the larger number */

static void set_limit(struct limiter *p, double limit)
{
    if (limit < LEAST)
        limit = LEAST;
    p->limit = limit > p->most ? p->most : limit;
}

void limiter_init(struct limiter *p, unsigned start, unsigned most, uint64_t now_us)
{
    memset(p, 0, sizeof *p);
    p->most = most ? most : LIMITER_MOST;
    set_limit(p, start ? start : LIMITER_START);
    p->settled = p->limit;
    p->doubling = true;
    p->window_started_us = now_us;
}

unsigned limiter_free_slots(const struct limiter *p)
{
    unsigned limit = (unsigned)p->limit, taken = p->in_use + p->held;

    return taken < limit ? limit - taken : 0;
}

void limiter_hold(struct limiter *p)
{
    p->held++;
}

void limiter_release(struct limiter *p)
{
    assert(p->held > 0);
    p->held--;
}

void limiter_take(struct limiter *p)
{
    p->in_use++;
    if (p->in_use + p->held >= (unsigned)p->limit)
        p->window_full = true;
}

static void window_begin(struct limiter *p, uint64_t now_us)
{
    p->window_answers = 0;
    p->window_failures = 0;
    p->window_full = false;
    p->window_started_us = now_us;
}

static void try_more(struct limiter *p)
{
    if (p->limit >= p->most)
        return;
    p->on_trial = true;
    p->windows = 0;
    set_limit(p, p->limit * (p->doubling ? DOUBLE : STEP) + (p->doubling ? 0 : 1));
}

/* Learns from a window that had as many requests as the limit allows. rate: answers per ms. */
static void learn_from_window(struct limiter *p, double rate)
{
    if (!p->on_trial) {
        /* Half old, half new: the rate at this limit changes with the objects' sizes. */
        p->settled_rate = p->settled_rate > 0 ? (p->settled_rate + rate) / 2 : rate;
        if (p->limit < p->ceiling) { /* back towards where it was cut, without a trial */
            set_limit(p, p->limit * RECOVER < p->ceiling ? p->limit * RECOVER : p->ceiling);
            p->settled = p->limit;
            p->settled_rate = 0;
            return;
        }
        if (p->doubling || ++p->windows >= WINDOWS_BETWEEN_TRIALS)
            try_more(p);
        return;
    }
    p->on_trial = false;
    if (rate > p->settled_rate * BETTER) {
        p->settled = p->limit;
        p->settled_rate = rate;
        try_more(p);
    } else {
        p->doubling = false;
        set_limit(p, p->settled);
    }
}

static void cut(struct limiter *p, uint64_t now_us)
{
    if (p->cut_us != 0 && now_us - p->cut_us < CUT_LEAST_APART_US)
        return;
    p->cut_us = now_us;
    p->doubling = false;
    p->on_trial = false;
    p->windows = 0;
    p->ceiling = p->limit * CEILING;
    set_limit(p, p->limit / 2);
    p->settled = p->limit;
    p->settled_rate = 0;
    window_begin(p, now_us);
}

/* Counts a failure, and returns whether there are too many. A few failures do not say that the
 * requests are too many for the server; a third of all does. */
static bool too_many_failures(struct limiter *p)
{
    p->window_failures++;
    return p->window_failures >= FAILURES_LEAST && p->window_failures > p->window_answers / 2;
}

void limiter_give(struct limiter *p, enum limiter_outcome outcome, uint64_t now_us)
{
    assert(p->in_use > 0);
    p->in_use--;
    if (outcome == LIMITER_THROTTLED) {
        cut(p, now_us);
        return;
    }
    if (outcome == LIMITER_GOOD)
        p->window_answers++;
    else if (too_many_failures(p)) {
        cut(p, now_us);
        return;
    }
    if (p->window_answers < (unsigned)p->limit || now_us - p->window_started_us < WINDOW_LEAST_US)
        return;
    if (p->window_full)
        learn_from_window(
                p, (double)p->window_answers * 1000.0 / (double)(now_us - p->window_started_us));
    window_begin(p, now_us);
}
