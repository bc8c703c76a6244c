#include "net/rate.h"

void rate_init(struct rate *r, uint64_t per_second, uint64_t now_us)
{
    r->per_us = (double)per_second / 1e6;
    r->most = per_second > 20 ? (double)per_second / 10 : 2;
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

void rate_take(struct rate *r)
{
    if (r->per_us > 0)
        r->left -= 1;
}
