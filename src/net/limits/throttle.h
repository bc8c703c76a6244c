/* The rate of requests that a service takes which says SlowDown: how many may start in a second.
 * There is none before the first refusal. After it the throttle brakes (fewer requests at once)
 * until it has counted what the service takes, and sets the rate to that. From then on each refusal
 * lowers the rate a little, and without refusals it rises, the faster the longer there is none.
 *
 * Clients that share what the service takes see the same share of refusals. The one with the higher
 * rate sees more of them, and loses more by each; the rise is the same for all. So they come to
 * equal rates without knowing of each other (Chiu and Jain, "Analysis of the Increase and Decrease
 * Algorithms for Congestion Avoidance in Computer Networks", 1989). Pure: time is passed in. */
#ifndef COPYOUT_NET_THROTTLE_H
#define COPYOUT_NET_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/limits/rate.h"

enum throttle_state {
    THROTTLE_NONE,   /* never refused: no limit on the rate */
    THROTTLE_BRAKES, /* refused; counts how many requests are answered in a time */
    THROTTLE_PACED,  /* the rate holds */
};

struct throttle {
    enum throttle_state state;
    /* In THROTTLE_BRAKES: how often the requests at once were halved, and when last; answers, since
     * when they are counted. */
    unsigned halvings, answers;
    uint64_t braked_us, counted_us;
    /* In THROTTLE_PACED, and when it was set, lowered by a refusal, raised, and used up. */
    struct rate rate;
    uint64_t set_us, refused_us, raised_us, used_up_us;
};

/* now_us here and below: monotonic microseconds. */
void throttle_init(struct throttle *t);
/* Requests that may start now: UINT_MAX without a limit on the rate. */
unsigned throttle_free(struct throttle *t, uint64_t now_us);
/* Microseconds until one may start; 0: now. */
uint64_t throttle_wait_us(struct throttle *t, uint64_t now_us);
/* Returns how many requests at once of `limit` are allowed: fewer while the throttle brakes, at
 * least `least`. */
unsigned throttle_slots(const struct throttle *t, unsigned limit, unsigned least);
/* A request starts; it may do so although none is allowed. */
void throttle_take(struct throttle *t, uint64_t now_us);
/* A request was answered; a request was refused with SlowDown. */
void throttle_answered(struct throttle *t, uint64_t now_us);
void throttle_refused(struct throttle *t, uint64_t now_us);

#endif
