/* How long requests take at one concurrency limit: the latency of the first requests that were
 * started after a moment, all of them, so that neither quick nor slow ones count more than others.
 * What is known of a round are two quantiles. They are known before the slowest have been answered,
 * a few of which may take minutes. Pure: time is passed in. */
#ifndef COPYOUT_NET_ROUND_H
#define COPYOUT_NET_ROUND_H

#include <stdbool.h>
#include <stdint.h>

enum { ROUND_SIZE = 64 }; /* requests of a round */

/* Quantiles of the latency in microseconds. */
struct latency {
    uint64_t quarter; /* a quarter of the requests is answered after so long */
    uint64_t half;
};

struct round {
    uint32_t first;   /* the ticket of the round's first request */
    unsigned started; /* requests of the round, at most ROUND_SIZE; their tickets follow first */
    unsigned lost;    /* those that were answered by an error, or not at all */
    unsigned answered;
    uint64_t started_us[ROUND_SIZE]; /* by ticket; 0: answered or lost */
    uint64_t took_us[ROUND_SIZE];    /* the latencies known, the shortest first */
};

/* Another round begins; requests of an earlier one count no more. The first call needs a zeroed
 * struct. */
void round_begin(struct round *r);
/* A request is started at now_us (monotonic microseconds, not 0). Returns its ticket; 0: the round
 * is full, and the request does not belong to it. */
uint32_t round_start(struct round *r, uint64_t now_us);
/* The request with that ticket was answered (true), or failed. Any ticket may be given, also 0 and
 * those of earlier rounds. */
void round_end(struct round *r, uint32_t ticket, bool answered, uint64_t now_us);
/* The quantiles, as soon as they are certain: no request that is still under way can change them.
 */
bool round_known(const struct round *r, uint64_t now_us, struct latency *out);
/* More than half of a round's requests were lost: its quantiles will never be known. */
bool round_is_lost(const struct round *r);

#endif
