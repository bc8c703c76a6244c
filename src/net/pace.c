#include "net/pace.h"

#include <string.h>

enum {
    WINDOW_LEAST_US = 200000,    /* shorter ones say more about chance than about the server */
    CUT_LEAST_APART_US = 500000, /* answers to what was sent before a cut must not cut again */
};

static const double GROW_EARLY = 2.0; /* until a window was no better than the one before */
static const double GROW_LATER = 1.1;
static const double BETTER = 1.05; /* a rate that is worth the larger number */
static const double FADE = 0.98;   /* per window: the best of an hour ago proves little */

void pace_init(struct pace *p, unsigned start, unsigned most, uint64_t now_us)
{
    memset(p, 0, sizeof *p);
    p->most = most ? most : PACE_MOST;
    p->limit = start ? start : PACE_START;
    if (p->limit > p->most)
        p->limit = p->most;
    p->growing = true;
    p->window_started_us = now_us;
}

unsigned pace_room(const struct pace *p)
{
    unsigned limit = (unsigned)p->limit;

    return p->in_use < limit ? limit - p->in_use : 0;
}

void pace_take(struct pace *p)
{
    p->in_use++;
    if (p->in_use >= (unsigned)p->limit)
        p->window_full = true;
}

static void window_end(struct pace *p, uint64_t now_us)
{
    double rate = (double)p->window_answers * 1000.0 / (double)(now_us - p->window_started_us);

    p->best_rate *= FADE;
    if (p->window_full && rate > p->best_rate * BETTER) {
        p->limit *= p->growing ? GROW_EARLY : GROW_LATER;
        if (p->limit > p->most)
            p->limit = p->most;
    } else if (p->window_full) {
        p->growing = false;
    }
    if (rate > p->best_rate)
        p->best_rate = rate;
    p->window_answers = 0;
    p->window_full = false;
    p->window_started_us = now_us;
}

static void cut(struct pace *p, uint64_t now_us)
{
    if (p->cut_us != 0 && now_us - p->cut_us < CUT_LEAST_APART_US)
        return;
    p->cut_us = now_us;
    p->growing = false;
    p->best_rate = 0; /* the limit was too high for now: find the best again from below */
    p->limit = p->limit / 2 < 1 ? 1 : p->limit / 2;
    p->window_answers = 0;
    p->window_full = false;
    p->window_started_us = now_us;
}

void pace_give(struct pace *p, enum pace_outcome outcome, uint64_t now_us)
{
    p->in_use--;
    if (outcome == PACE_THROTTLED) {
        cut(p, now_us);
        return;
    }
    if (outcome == PACE_GOOD)
        p->window_answers++;
    if (p->window_answers >= (unsigned)p->limit && now_us - p->window_started_us >= WINDOW_LEAST_US)
        window_end(p, now_us);
}
