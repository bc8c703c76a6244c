/* A limit on requests in a second. Pure: time is passed in. */
#ifndef COPYOUT_NET_RATE_H
#define COPYOUT_NET_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
    double per_us;    /* requests per microsecond; 0: no limit */
    double most;      /* requests that may start at once after a pause: a tenth of a second's worth,
                         at least 2 */
    double left;      /* requests that may start now; below 0 after more than that */
    uint64_t seen_us; /* when `left` was last brought up to date */
};

/* per_second: requests; 0 for no limit. now_us here and below: monotonic microseconds. */
void rate_init(struct rate *r, uint64_t per_second, uint64_t now_us);
/* Changes the limit, which must be above 0. What may start now stays. */
void rate_set(struct rate *r, double per_second, uint64_t now_us);
double rate_per_second(const struct rate *r);
/* Whether a request may start now. */
bool rate_allows(struct rate *r, uint64_t now_us);
/* Microseconds until one may start; 0: now. */
uint64_t rate_wait_us(struct rate *r, uint64_t now_us);
/* A request starts. It may do so although rate_allows() says no; later ones then wait longer. */
void rate_take(struct rate *r);

#endif
