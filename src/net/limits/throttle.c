#include "net/limits/throttle.h"

#include <limits.h>
#include <string.h>

enum {
    BRAKES_LEAST_US = 250000, /* shorter says more about chance than about the service */
    BRAKES_APART_US = 500000, /* refusals of what was sent before must not brake again */
    ANSWERS_LEAST = 16,
    HELD_BACK_US = 250000,
    QUIET_US = 2000000,       /* without a refusal: the service takes more than before */
    QUIET_MOST_US = 10000000, /* longer ones speed the rise up no more */
    YOUNG_US = 10000000,      /* a rate that was set so long ago at most is a guess */
};

/* tests/unit/net/test_limiter_fleet.c shows what comes of these. Eight clients that share 3,500
 * requests a second see one refusal for some hundred requests at them. Lower rates rise less, or
 * their refusals would be many; clients with higher rates do with fewer. */
static const double LOWER_SHARE = 0.008; /* a refusal takes this share of the rate, */
static const double LOWER_RATE = 0.5;    /* and so many requests a second */
static const double RAISE_RATE = 26;     /* in each second by so many requests a second */
static const double RAISE_SHARE = 0.04;  /* of low rates by this share at least */
static const double LOW_RATE = 300;      /* requests a second: below it a rate is a low one */
static const double QUIET_SHARE = 0.2;   /* and by this share more for each second of quiet */
static const double YOUNG_GAIN = 3;      /* a guess moves so many times faster in addition */
/* Requests a second. A service that refuses every second request, however few they are, must not
 * make a job endless. */
static const double RATE_LEAST = 8;

void throttle_init(struct throttle *t)
{
    memset(t, 0, sizeof *t);
}

unsigned throttle_free(struct throttle *t, uint64_t now_us)
{
    if (t->state != THROTTLE_PACED)
        return UINT_MAX;
    return rate_allows(&t->rate, now_us) ? (unsigned)t->rate.left : 0;
}

uint64_t throttle_wait_us(struct throttle *t, uint64_t now_us)
{
    return t->state == THROTTLE_PACED ? rate_wait_us(&t->rate, now_us) : 0;
}

unsigned throttle_slots(const struct throttle *t, unsigned limit, unsigned least)
{
    unsigned slots = limit;

    if (t->state == THROTTLE_BRAKES)
        slots = t->halvings < 16 ? limit >> t->halvings : 0;
    if (slots < least)
        slots = least < limit ? least : limit;
    return slots;
}

/* Whether it is the rate that holds requests back: it was used up not long ago. */
static bool holds_back(const struct throttle *t, uint64_t now_us)
{
    return (double)(now_us - t->used_up_us) <= HELD_BACK_US + 2 / t->rate.per_us;
}

/* By how much a rate rises in a second: requests a second. */
static double rise(double rate)
{
    if (rate >= LOW_RATE)
        return RAISE_RATE;
    return rate * (RAISE_SHARE + (RAISE_RATE / LOW_RATE - RAISE_SHARE) * rate / LOW_RATE);
}

/* How many times faster than later a rate moves that was set not long ago. */
static double gain(const struct throttle *t, uint64_t now_us)
{
    uint64_t age_us = now_us - t->set_us;

    return age_us >= YOUNG_US ? 1 : 1 + YOUNG_GAIN * (1 - (double)age_us / YOUNG_US);
}

/* The rate rises for the time since it was last raised, if it was the rate that held requests back.
 */
static void raise_rate(struct throttle *t, uint64_t now_us)
{
    double seconds = (double)(now_us - t->raised_us) / 1e6, rate = rate_per_second(&t->rate), more;
    uint64_t quiet_us = now_us - t->refused_us;

    t->raised_us = now_us;
    if (!holds_back(t, now_us))
        return;
    if (quiet_us > QUIET_MOST_US)
        quiet_us = QUIET_MOST_US;
    more = rise(rate) * gain(t, now_us);
    if (quiet_us > QUIET_US)
        more += rate * QUIET_SHARE * (double)(quiet_us - QUIET_US) / 1e6;
    rate_set(&t->rate, rate + more * seconds, now_us);
}

static void lower_rate(struct throttle *t, uint64_t now_us)
{
    double rate = rate_per_second(&t->rate);

    t->refused_us = now_us;
    rate -= (rate * LOWER_SHARE + LOWER_RATE) * gain(t, now_us);
    rate_set(&t->rate, rate > RATE_LEAST ? rate : RATE_LEAST, now_us);
}

void throttle_take(struct throttle *t, uint64_t now_us)
{
    if (t->state != THROTTLE_PACED)
        return;
    rate_take(&t->rate);
    if (t->rate.left < 1)
        t->used_up_us = now_us;
}

static void set_rate(struct throttle *t, double per_second, uint64_t now_us)
{
    t->state = THROTTLE_PACED;
    t->set_us = t->raised_us = t->refused_us = t->used_up_us = now_us;
    rate_init(&t->rate, 1, now_us);
    rate_set(&t->rate, per_second > RATE_LEAST ? per_second : RATE_LEAST, now_us);
}

void throttle_answered(struct throttle *t, uint64_t now_us)
{
    uint64_t passed_us = now_us - t->counted_us;

    if (t->state == THROTTLE_PACED)
        raise_rate(t, now_us);
    if (t->state != THROTTLE_BRAKES)
        return;
    if (++t->answers >= ANSWERS_LEAST && passed_us >= BRAKES_LEAST_US)
        set_rate(t, t->answers * 1e6 / (double)passed_us, now_us);
}

static void brake(struct throttle *t, uint64_t now_us)
{
    if (t->state != THROTTLE_BRAKES) {
        t->halvings = t->answers = 0;
        t->counted_us = now_us;
    }
    t->state = THROTTLE_BRAKES;
    t->halvings++;
    t->braked_us = now_us;
}

void throttle_refused(struct throttle *t, uint64_t now_us)
{
    if (t->state == THROTTLE_BRAKES && now_us - t->braked_us < BRAKES_APART_US)
        return;
    /* A rate that is not used up says nothing of what the service takes. */
    if (t->state != THROTTLE_PACED || !holds_back(t, now_us)) {
        brake(t, now_us);
    } else if (now_us - t->set_us >= BRAKES_APART_US) {
        raise_rate(t, now_us);
        lower_rate(t, now_us);
    }
}
