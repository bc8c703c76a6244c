#include "net/retry.h"

enum {
    BASE_MS = 100, /* the longest wait after the first failure; it doubles with each other one */
    BASE_THROTTLED_MS = 250,
    CAP_MS = 20000,               /* Boto3 documentation, "Retries", standard mode: 20 seconds */
    RETRY_AFTER_MOST_MS = 120000, /* a server that asks for more is given this */
    BUDGET_MOST = 500,            /* tokens: retries that may come at once */
    BUDGET_PER_S = 50,            /* tokens that come back in a second */
};

/* In the long run there is one retry for five answers. */
static const double BUDGET_PER_SUCCESS = 0.2;

void retry_budget_init(struct retry_budget *b, uint64_t now_us)
{
    b->tokens = BUDGET_MOST;
    b->filled_us = now_us;
}

static void add(struct retry_budget *b, double tokens)
{
    b->tokens += tokens;
    if (b->tokens > BUDGET_MOST)
        b->tokens = BUDGET_MOST;
}

void retry_budget_success(struct retry_budget *b)
{
    add(b, BUDGET_PER_SUCCESS);
}

/* Takes a token. Without one the budget goes into debt. Returns the wait for that debt in ms. */
static uint64_t budget_take(struct retry_budget *b, uint64_t now_us)
{
    add(b, (double)(now_us - b->filled_us) * BUDGET_PER_S / 1e6);
    b->filled_us = now_us;
    b->tokens -= 1;
    if (b->tokens >= 0)
        return 0;
    return (uint64_t)(-b->tokens * 1000.0 / BUDGET_PER_S);
}

bool retry_decide(struct retry_budget *b, struct rng *rng, const struct err *err, unsigned attempts,
        uint64_t now_us, uint64_t *wait_ms)
{
    bool throttled = err->cls == ERR_CLASS_THROTTLE;
    uint64_t most = throttled ? BASE_THROTTLED_MS : BASE_MS;
    uint64_t asked = err->retry_after_ms > 0 ? (uint64_t)err->retry_after_ms : 0;
    unsigned i;

    if (err->cls == ERR_CLASS_PERMANENT)
        return false;
    if (attempts >= (throttled ? RETRY_MOST_ATTEMPTS_THROTTLED : RETRY_MOST_ATTEMPTS))
        return false;
    for (i = 1; i < attempts && most < CAP_MS; i++)
        most *= 2;
    if (most > CAP_MS)
        most = CAP_MS;
    *wait_ms = rng_below(rng, most + 1);
    if (asked > RETRY_AFTER_MOST_MS)
        asked = RETRY_AFTER_MOST_MS;
    if (*wait_ms < asked)
        *wait_ms = asked + rng_below(rng, BASE_MS);
    /* A throttled request is the limiter's business (net/limits/limiter.h); failures alone draw on
     * the budget. */
    if (!throttled)
        *wait_ms += budget_take(b, now_us);
    return true;
}
