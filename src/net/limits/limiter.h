/* How many requests may be under way at once: the limit is doubled until the other side objects, or
 * until the most there may be are reached. It objects by latency: when twice as many requests take
 * far longer, they only wait in its queue. A trial that met an objection is taken back and tried
 * again; after several the limit stays as it is for a time. A service that says SlowDown sets a
 * rate beside the limit (net/limits/throttle.h), and a limit with which a third of all requests
 * fail is halved.
 *
 * Latency is judged by copies alone (CopyObject, UploadPartCopy) where there are any: they are what
 * takes the other side's time. Where nearly all requests are others, by those.
 *
 * Pure: time is passed in. One struct is one limit; everything that is known of it is in the
 * struct.
 *
 * Invariants: in_use and held are never negative; 1 <= limit <= most. */
#ifndef COPYOUT_NET_LIMITER_H
#define COPYOUT_NET_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "net/limits/round.h"
#include "net/limits/throttle.h"

enum { LIMITER_START = 64, LIMITER_MOST = 1024 }; /* requests at once */

enum limiter_kind {
    LIMITER_COPY,  /* the other side copies bytes */
    LIMITER_OTHER, /* all other requests */
};

enum limiter_growth {
    LIMITER_MEASURES, /* learns the latency at the limit, which is doubled after that */
    LIMITER_TRIES,    /* the limit was doubled; learns the latency at it */
    LIMITER_RESTS,    /* several trials failed, or the limit is the most there may be */
};

struct limiter {
    unsigned limit;  /* requests at once, 8 to most (or most, if that is less) */
    unsigned most;   /* fixed after init */
    unsigned in_use; /* requests under way */
    unsigned held;   /* slots of requests that were told to slow down, and wait */

    enum limiter_growth growth;
    unsigned failed_trials; /* in a row */
    uint64_t changed_us;    /* when growth or limit was last changed */
    enum limiter_kind judged;
    unsigned others;       /* how much other requests prevail, see limiter.c */
    struct round round;    /* of requests of the kind judged */
    unsigned settled;      /* in LIMITER_TRIES: the limit before, */
    struct latency before; /* and the latency at it */
    unsigned skip;         /* requests before the round begins */
    unsigned rounds;       /* since the last change, */
    struct latency least;  /* and the least latency of them */
    uint64_t full_us;      /* when the limit was last reached; 0: never */

    unsigned answers, failures; /* since window_us */
    uint64_t window_us;
    uint64_t cut_us; /* when the limit was last halved; 0: never */
    struct throttle throttle;
};

/* start: the limit at first, most: the highest there may be, in requests at once; 0 means
 * LIMITER_START and LIMITER_MOST. now_us here and below: monotonic microseconds, not 0. */
void limiter_init(struct limiter *p, unsigned start, unsigned most, uint64_t now_us);

/* The free slots: requests that may start now. */
unsigned limiter_free_slots(struct limiter *p, uint64_t now_us);
/* Microseconds until a request may start, if only the rate that a SlowDown has set is in its way;
 * 0: the rate is not in its way. */
uint64_t limiter_wait_us(struct limiter *p, uint64_t now_us);
/* A request starts, and takes a slot. It may do so without a free one. Returns its ticket, for
 * limiter_give(). */
uint32_t limiter_take(struct limiter *p, enum limiter_kind kind, uint64_t now_us);

/* A request that was told to slow down holds its slot while it waits (after limiter_give()). If the
 * next one were sent in its stead it would be told the same, and the next, until all there are
 * wait. Each hold is ended by a release. */
void limiter_hold(struct limiter *p);
void limiter_release(struct limiter *p);

enum limiter_outcome { LIMITER_GOOD, LIMITER_THROTTLED, LIMITER_FAILED };
/* An answer came, or did not come (LIMITER_FAILED): gives the slot back and learns from it. */
void limiter_give(
        struct limiter *p, uint32_t ticket, enum limiter_outcome outcome, uint64_t now_us);

#endif
