/* When to try again: full-jitter exponential back-off (AWS Architecture Blog: "Exponential Backoff
 * And Jitter"), what the service asked for, and a budget that slows a failing job down instead of
 * letting it hammer. Pure: time is passed in. */
#ifndef COPYOUT_NET_RETRY_H
#define COPYOUT_NET_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

enum {
    RETRY_MOST_ATTEMPTS = 10,           /* of a request that fails */
    RETRY_MOST_ATTEMPTS_THROTTLED = 40, /* of one that is told to wait */
};

struct retry_budget {
    double tokens; /* a retry takes one; they come back with time and with success */
    uint64_t filled_us;
};

void retry_budget_init(struct retry_budget *b, uint64_t now_us);
void retry_budget_success(struct retry_budget *b);

/* Whether the request that has failed `attempts` times with `err` may be tried again, and after how
 * long. Takes its token from the budget; an empty budget makes the wait longer, never a failure. */
bool retry_decide(struct retry_budget *b, struct rng *rng, const struct err *err, unsigned attempts,
        uint64_t now_us, uint64_t *wait_ms);

#endif
