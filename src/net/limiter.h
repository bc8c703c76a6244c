/* How many requests at once: climbs while more of them get more done, goes back when they do not,
 * and halves when the service says SlowDown, or when a third of all requests fail or time out.
 * Pure: time is passed in. One struct is one budget; the place where all of it is kept. */
#ifndef COPYOUT_NET_LIMITER_H
#define COPYOUT_NET_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

enum { LIMITER_START = 64, LIMITER_MOST = 1024 };

struct limiter {
    double limit;        /* requests at once, 8 to most (or most, if that is less) */
    unsigned most;       /* fixed after init */
    unsigned in_use;     /* requests under way */
    unsigned held;       /* places of requests that were told to slow down, and wait */
    double settled;      /* the limit to go back to when the one on trial is no better */
    double settled_rate; /* answers per ms at that limit; 0: not measured */
    double ceiling;      /* up to which it recovers quickly after a cut; 0: never cut */
    bool on_trial;       /* limit is higher than settled, to see whether that helps */
    bool doubling;       /* until the first trial that did not help */
    unsigned windows;    /* since the last trial */
    uint64_t window_started_us;
    unsigned window_answers;
    unsigned window_failures;
    bool window_full; /* the limit was reached in this window: a higher one could have helped */
    uint64_t cut_us;  /* when it was last halved */
};

/* start, most: 0 means the defaults above. */
void limiter_init(struct limiter *p, unsigned start, unsigned most, uint64_t now_us);

/* Requests that may start now. */
unsigned limiter_free_slots(const struct limiter *p);
void limiter_take(struct limiter *p);

/* A request that was told to slow down keeps its place while it waits: sent in its stead, the next
 * one would be told the same, and the next, until all that there are wait. */
void limiter_hold(struct limiter *p);
void limiter_release(struct limiter *p);

enum limiter_outcome { LIMITER_GOOD, LIMITER_THROTTLED, LIMITER_FAILED };
/* An answer came (or none, LIMITER_FAILED): gives the place back and learns from it. */
void limiter_give(struct limiter *p, enum limiter_outcome outcome, uint64_t now_us);

#endif
