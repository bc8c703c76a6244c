#include "net/limits/rate.h"

static double most_of(double per_second)
{
    return per_second > 20 ? per_second / 10 : 2;
}

void rate_init(struct rate *r, uint64_t per_second, uint64_t now_us)
{
    r->per_us = (double)per_second / 1e6;
    r->most = most_of((double)per_second);
    r->left = 1;
    r->seen_us = now_us;
}

bool rate_allows(struct rate *r, uint64_t now_us)
{
    if (r->per_us <= 0)
        return true;
    if (now_us > r->seen_us) {
        r->left += (double)(now_us - r->seen_us) * r->per_us;
        r->seen_us = now_us;
        if (r->left > r->most)
            r->left = r->most;
    }
    return r->left >= 1;
}

void rate_set(struct rate *r, double per_second, uint64_t now_us)
{
    (void)rate_allows(r, now_us); /* what came until now came at the rate before */
    r->per_us = per_second / 1e6;
    r->most = most_of(per_second);
}

double rate_per_second(const struct rate *r)
{
    return r->per_us * 1e6;
}

uint64_t rate_wait_us(struct rate *r, uint64_t now_us)
{
    return rate_allows(r, now_us) ? 0 : (uint64_t)((1 - r->left) / r->per_us) + 1;
}

void rate_take(struct rate *r)
{
    if (r->per_us > 0)
        r->left -= 1;
}
