#include "net/limits/limiter.h"

#include <assert.h>
#include <string.h>

enum {
    LEAST = 8, /* below this the waits of retries slow down enough; one at a time measures nothing
                */
    /* The latency at a limit is the least of the rounds in so long, and of one round if that takes
     * longer: new connections cost time at first, and a processor that is given in slices of 100 ms
     * lets answers wait. */
    JUDGE_LEAST_US = 150000,
    TRIALS = 3,         /* that fail in a row; then there are none for a time: */
    REST_US = 30000000, /* a server may have grown */
    OTHERS_TURNS = 4,   /* of all slots: from so many on the other requests are judged, */
    OTHERS_FEW = 64,    /* and below so many the copies again */
    COPY_COUNTS = 64,   /* a copy takes so many away */

    WINDOW_LEAST_US = 200000,    /* in which failures are counted */
    CUT_LEAST_APART_US = 500000, /* answers to what was sent before a cut must not cut again */
    FAILURES_LEAST = 16,
};

/* Twice as many requests may take so many times as long. With 2 nothing more would get done. */
static const double OBJECTION = 1.5;
/* Latencies that have grown by this factor could be the beginning of a queue: another round tells.
 */
static const double DOUBT = 1.15;

static void set_limit(struct limiter *p, unsigned limit)
{
    if (limit < LEAST)
        limit = LEAST;
    p->limit = limit > p->most ? p->most : limit;
}

static void growth_set(struct limiter *p, enum limiter_growth growth, uint64_t now_us)
{
    unsigned free;

    p->growth = growth;
    p->changed_us = now_us;
    p->rounds = 0;
    round_begin(&p->round);
    free = p->in_use + p->held < p->limit ? p->limit - p->in_use - p->held : 0;
    p->skip = free > ROUND_SIZE ? free - ROUND_SIZE : 0;
}

static void measure(struct limiter *p, uint64_t now_us)
{
    growth_set(p, p->limit < p->most ? LIMITER_MEASURES : LIMITER_RESTS, now_us);
}

void limiter_init(struct limiter *p, unsigned start, unsigned most, uint64_t now_us)
{
    memset(p, 0, sizeof *p);
    p->most = most ? most : LIMITER_MOST;
    set_limit(p, start ? start : LIMITER_START);
    p->judged = LIMITER_OTHER; /* until there are copies */
    p->others = OTHERS_TURNS * p->limit;
    p->window_us = now_us;
    throttle_init(&p->throttle);
    measure(p, now_us);
}

unsigned limiter_free_slots(struct limiter *p, uint64_t now_us)
{
    unsigned limit = throttle_slots(&p->throttle, p->limit, LEAST), taken = p->in_use + p->held;
    unsigned slots = taken < limit ? limit - taken : 0, rate = throttle_free(&p->throttle, now_us);

    return slots < rate ? slots : rate;
}

uint64_t limiter_wait_us(struct limiter *p, uint64_t now_us)
{
    bool full = p->in_use + p->held >= throttle_slots(&p->throttle, p->limit, LEAST);

    return full ? 0 : throttle_wait_us(&p->throttle, now_us);
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

/* Copies are judged by again as soon as there are some, and the others when nearly all are others.
 */
static void choose_judged(struct limiter *p, enum limiter_kind kind, uint64_t now_us)
{
    unsigned most = OTHERS_TURNS * p->limit;
    enum limiter_kind judged = p->judged;

    if (kind == LIMITER_OTHER)
        p->others += p->others < most;
    else
        p->others -= p->others < COPY_COUNTS ? p->others : COPY_COUNTS;
    if (p->others >= most)
        judged = LIMITER_OTHER;
    else if (p->others < OTHERS_FEW)
        judged = LIMITER_COPY;
    if (judged == p->judged)
        return;
    p->judged = judged;
    if (p->growth == LIMITER_TRIES)
        set_limit(p, p->settled);
    if (p->growth != LIMITER_RESTS)
        measure(p, now_us);
}

uint32_t limiter_take(struct limiter *p, enum limiter_kind kind, uint64_t now_us)
{
    p->in_use++;
    if (p->in_use + p->held >= p->limit)
        p->full_us = now_us;
    throttle_take(&p->throttle, now_us);
    choose_judged(p, kind, now_us);
    if (kind != p->judged)
        return 0;
    if (p->skip > 0) {
        p->skip--;
        return 0;
    }
    return round_start(&p->round, now_us);
}

static void try_more(struct limiter *p, uint64_t now_us)
{
    p->before = p->least;
    p->settled = p->limit;
    set_limit(p, p->limit * 2);
    growth_set(p, LIMITER_TRIES, now_us);
}

/* Whether requests take more than so many times as long as at half the limit. Both quantiles must
 * say so: one alone can jump when small and large objects are mixed. */
static bool slower(const struct limiter *p, double times)
{
    return p->growth == LIMITER_TRIES &&
           (double)p->least.quarter > times * (double)p->before.quarter &&
           (double)p->least.half > times * (double)p->before.half;
}

/* Decides on growth from the least latency of the rounds since the last change. */
static void judge(struct limiter *p, uint64_t now_us)
{
    if (slower(p, OBJECTION)) {
        set_limit(p, p->settled);
        if (++p->failed_trials < TRIALS)
            measure(p, now_us);
        else
            growth_set(p, LIMITER_RESTS, now_us);
        return;
    }
    if (p->growth == LIMITER_TRIES)
        p->failed_trials = 0;
    if (p->limit == p->most)
        growth_set(p, LIMITER_RESTS, now_us);
    else
        try_more(p, now_us);
}

/* Adds a round's latency to what is known. The first round after a change is counted only if it is
 * the only one: the other side's queue was not yet as long as it will be. */
static void keep_least(struct limiter *p, const struct latency *l)
{
    if (p->rounds <= 1 || l->quarter < p->least.quarter)
        p->least.quarter = l->quarter;
    if (p->rounds <= 1 || l->half < p->least.half)
        p->least.half = l->half;
    p->rounds++;
}

/* Looks at the round: is it complete, and is it the last one that is needed? */
static void look_at_round(struct limiter *p, uint64_t now_us)
{
    struct latency latency;
    bool doubt;

    if (round_is_lost(&p->round)) {
        round_begin(&p->round);
        return;
    }
    if (!round_known(&p->round, now_us, &latency))
        return;
    keep_least(p, &latency);
    doubt = p->rounds == 1 && slower(p, DOUBT) && !slower(p, OBJECTION);
    /* A limit that was not reached says nothing of a higher one. */
    if (now_us - p->changed_us < JUDGE_LEAST_US || p->full_us < p->changed_us || doubt)
        round_begin(&p->round);
    else
        judge(p, now_us);
}

static void grow(struct limiter *p, uint64_t now_us)
{
    if (p->growth != LIMITER_RESTS) {
        look_at_round(p, now_us);
    } else if (p->limit < p->most && now_us - p->changed_us >= REST_US) {
        p->failed_trials = 0;
        measure(p, now_us);
    }
}

static void window_begin(struct limiter *p, uint64_t now_us)
{
    p->answers = p->failures = 0;
    p->window_us = now_us;
}

/* Halves the limit; it is doubled again as soon as requests are answered. */
static void cut(struct limiter *p, uint64_t now_us)
{
    window_begin(p, now_us);
    if (p->cut_us != 0 && now_us - p->cut_us < CUT_LEAST_APART_US)
        return;
    p->cut_us = now_us;
    set_limit(p, p->limit / 2);
    measure(p, now_us);
}

/* A few failures do not say that the requests are too many for the server; a third of all does. */
static void count(struct limiter *p, enum limiter_outcome outcome, uint64_t now_us)
{
    if (outcome == LIMITER_FAILED)
        p->failures++;
    else
        p->answers++;
    if (p->failures >= FAILURES_LEAST && p->failures > p->answers / 2) {
        cut(p, now_us);
    } else if (p->answers >= p->limit && now_us - p->window_us >= WINDOW_LEAST_US) {
        window_begin(p, now_us);
    }
}

void limiter_give(struct limiter *p, uint32_t ticket, enum limiter_outcome outcome, uint64_t now_us)
{
    assert(p->in_use > 0);
    p->in_use--;
    round_end(&p->round, ticket, outcome == LIMITER_GOOD, now_us);
    if (outcome == LIMITER_THROTTLED) {
        throttle_refused(&p->throttle, now_us);
        return;
    }
    if (outcome == LIMITER_GOOD)
        throttle_answered(&p->throttle, now_us);
    count(p, outcome, now_us);
    grow(p, now_us);
}
