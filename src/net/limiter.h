/* How many requests may be under way at once: the limit climbs while more requests get more done,
 * goes back when they do not, and halves when the service says SlowDown, or when a third of all
 * requests fail or time out. Pure: time is passed in. One struct is one limit; everything that is
 * known of it is in the struct.
 *
 * Invariants: in_use and held are never negative; 1 <= limit <= most. */
#ifndef COPYOUT_NET_LIMITER_H
#define COPYOUT_NET_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

enum { LIMITER_START = 64, LIMITER_MOST = 1024 }; /* requests at once */

struct limiter {
    double limit;        /* requests at once, 8 to most (or most, if that is less) */
    unsigned most;       /* fixed after init */
    unsigned in_use;     /* requests under way */
    unsigned held;       /* slots of requests that were told to slow down, and wait */
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

/* start: the limit at first, most: the highest there may be, in requests at once; 0 means
 * LIMITER_START and LIMITER_MOST. now_us here and below: monotonic microseconds. */
void limiter_init(struct limiter *p, unsigned start, unsigned most, uint64_t now_us);

/* The free slots: requests that may start now. */
unsigned limiter_free_slots(const struct limiter *p);
/* A request starts, and takes a slot. It may do so without a free one. */
void limiter_take(struct limiter *p);

/* A request that was told to slow down holds its slot while it waits (after limiter_give()). If the
 * next one were sent in its stead it would be told the same, and the next, until all there are
 * wait. Each hold is ended by a release. */
void limiter_hold(struct limiter *p);
void limiter_release(struct limiter *p);

enum limiter_outcome { LIMITER_GOOD, LIMITER_THROTTLED, LIMITER_FAILED };
/* An answer came, or did not come (LIMITER_FAILED): gives the slot back and learns from it. */
void limiter_give(struct limiter *p, enum limiter_outcome outcome, uint64_t now_us);

#endif
