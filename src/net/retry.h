/* When to try again: exponential back-off with full jitter (AWS Architecture Blog, "Exponential
 * Backoff And Jitter"), at least as long as the service asked for, and a budget of retries, which
 * slows a failing job down. Pure: time is passed in. */
#ifndef COPYOUT_NET_RETRY_H
#define COPYOUT_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

enum {
    RETRY_MOST_ATTEMPTS = 10,           /* of a request that fails */
    RETRY_MOST_ATTEMPTS_THROTTLED = 40, /* of a request that is told to slow down */
};

struct retry_budget {
    double tokens; /* a retry takes one; they come back with time and with success */
    uint64_t filled_us;
};

/* now_us here and below: monotonic microseconds. */
void retry_budget_init(struct retry_budget *b, uint64_t now_us);
/* A request has succeeded: gives back a part of a token. */
void retry_budget_success(struct retry_budget *b);

/* Whether a request that has failed `attempts` times in a row, the last time with `err`, may be
 * tried again, and after how many milliseconds (*wait_ms; set only then). Takes a token from the
 * budget; an empty budget makes the wait longer and is never a reason to give up. */
bool retry_decide(struct retry_budget *b, struct rng *rng, const struct err *err, unsigned attempts,
        uint64_t now_us, uint64_t *wait_ms);

#endif
