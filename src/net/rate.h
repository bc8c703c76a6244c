/* No more than so many requests a second, for people who must. Pure: time is passed in. */
#ifndef COPYOUT_NET_RATE_H
#define COPYOUT_NET_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
    double per_us; /* 0: no limit */
    double most;   /* that may go out at once after a pause: a tenth of a second's worth, at least 2
                    */
    double left;
    uint64_t seen_us;
};

/* per_second: 0 for no limit. */
void rate_init(struct rate *r, uint64_t per_second, uint64_t now_us);
/* Whether one may start now. */
bool rate_allows(struct rate *r, uint64_t now_us);
void rate_take(struct rate *r);

#endif
