/* How many requests at once: grows while more of them get more done, halves when the service says
 * SlowDown. Pure: time is passed in. One struct is one budget; the place where all of it is kept.
 */
#ifndef COPYOUT_NET_PACE_H
#define COPYOUT_NET_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { PACE_START = 64, PACE_MOST = 1024 };

struct pace {
    double limit;     /* requests at once, 1 to most */
    unsigned most;    /* fixed after init */
    unsigned in_use;  /* requests under way */
    bool growing;     /* doubling until the first sign that it does not help */
    double best_rate; /* answers per ms of the best window so far; fades */
    uint64_t window_started_us;
    unsigned window_answers;
    bool window_full; /* the limit was reached in this window: a higher one could have helped */
    uint64_t cut_us;  /* when it was last halved */
};

/* start, most: 0 means the defaults above. */
void pace_init(struct pace *p, unsigned start, unsigned most, uint64_t now_us);

/* Requests that may start now. */
unsigned pace_room(const struct pace *p);
void pace_take(struct pace *p);

enum pace_outcome { PACE_GOOD, PACE_THROTTLED, PACE_FAILED };
/* An answer came (or none, PACE_FAILED): gives the place back and learns from it. */
void pace_give(struct pace *p, enum pace_outcome outcome, uint64_t now_us);

#endif
