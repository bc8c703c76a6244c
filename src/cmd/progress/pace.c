#include "cmd/progress/pace.h"

#include <string.h>

static const double LEAST_S = 1; /* shorter says more about chance than about the pace */

void pace_init(struct pace *p, double over_s)
{
    memset(p, 0, sizeof *p);
    p->apart_s = over_s / PACE_SAMPLES;
}

/* The latest sample is replaced as long as it is too close to the one before it. */
void pace_add(struct pace *p, const struct pace_sample *now)
{
    if (p->count >= 2 && p->samples[p->count - 1].at_s - p->samples[p->count - 2].at_s < p->apart_s)
        p->count--;
    if (p->count == PACE_SAMPLES) {
        memmove(p->samples, p->samples + 1, (PACE_SAMPLES - 1) * sizeof *p->samples);
        p->count--;
    }
    p->samples[p->count++] = *now;
}

static const struct pace_sample *latest(const struct pace *p)
{
    return &p->samples[p->count - 1];
}

/* The latest sample that is so many seconds older than the latest of all; or the oldest, if it is
 * old enough to say something. NULL: there is none. */
static const struct pace_sample *before(const struct pace *p, double seconds)
{
    unsigned i = p->count;

    while (i > 1 && latest(p)->at_s - p->samples[i - 1].at_s < seconds)
        i--;
    if (i == 0 || latest(p)->at_s - p->samples[i - 1].at_s < LEAST_S)
        return NULL;
    return &p->samples[i - 1];
}

static double per_second(const struct pace *p, double now, double then, double then_s)
{
    return now > then ? (now - then) / (latest(p)->at_s - then_s) : 0;
}

double pace_done(const struct pace *p)
{
    const struct pace_sample *first = before(p, p->apart_s * PACE_SAMPLES);

    return first ? per_second(p, latest(p)->done, first->done, first->at_s) : -1;
}

double pace_bytes(const struct pace *p)
{
    const struct pace_sample *first = before(p, p->apart_s * PACE_SAMPLES);

    return first ? per_second(p, latest(p)->bytes, first->bytes, first->at_s) : -1;
}

double pace_cpu(const struct pace *p)
{
    const struct pace_sample *first = before(p, LEAST_S);

    return first ? per_second(p, latest(p)->cpu_s, first->cpu_s, first->at_s) : -1;
}
