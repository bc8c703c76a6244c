/* The rate that a service takes which says SlowDown. How workers share one:
 * test_limiter_fleet.c. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/limits/throttle.h"

enum { SECOND = 1000000 };

/* A throttle whose rate was set to some `rate` requests a second, at *now_us. */
static void make_paced(struct throttle *t, unsigned rate, uint64_t *now_us)
{
    unsigned i;

    throttle_init(t);
    throttle_refused(t, *now_us);
    for (i = 0; i < rate; i++)
        throttle_answered(t, *now_us += SECOND / rate);
    assert_int_equal(t->state, THROTTLE_PACED);
}

/* Requests start as soon as they may, and all are answered. Returns how many, in so long. */
static unsigned use(struct throttle *t, uint64_t us, uint64_t *now_us)
{
    uint64_t end_us = *now_us + us;
    unsigned count = 0;

    for (; *now_us < end_us; *now_us += 1000)
        for (; throttle_free(t, *now_us) > 0; count++) {
            throttle_take(t, *now_us);
            throttle_answered(t, *now_us);
        }
    return count;
}

static double rate_of(const struct throttle *t)
{
    return rate_per_second(&t->rate);
}

static void test_none(void **state)
{
    struct throttle t;

    (void)state;
    throttle_init(&t);
    throttle_take(&t, 1);
    throttle_answered(&t, 2);
    assert_int_equal(throttle_free(&t, 2), UINT_MAX);
    assert_int_equal(throttle_wait_us(&t, 2), 0);
    assert_int_equal(throttle_slots(&t, 100, 8), 100);
}

static void test_brakes(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    unsigned i;

    (void)state;
    throttle_init(&t);
    throttle_refused(&t, now);
    throttle_refused(&t, now + 499999); /* sent before */
    assert_int_equal(throttle_slots(&t, 100, 8), 50);
    throttle_refused(&t, now + 500000);
    assert_int_equal(throttle_slots(&t, 100, 8), 25);
    for (i = 2; i < 40; i++)
        throttle_refused(&t, now + i * 500000);
    assert_int_equal(throttle_slots(&t, 100, 8), 8);
    assert_int_equal(throttle_slots(&t, 4, 8), 4);
    assert_int_equal(throttle_free(&t, now), UINT_MAX);
}

/* The rate is what was answered since the first refusal, over a quarter of a second at least. */
static void test_counts(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    unsigned i;

    (void)state;
    throttle_init(&t);
    throttle_refused(&t, now);
    for (i = 0; i < 100; i++)
        throttle_answered(&t, now += 1000);
    assert_int_equal(t.state, THROTTLE_BRAKES);
    throttle_answered(&t, now += 150000);
    assert_int_equal(t.state, THROTTLE_PACED);
    assert_in_range((unsigned)(rate_of(&t) + 0.5), 404, 404);
    assert_int_equal(throttle_slots(&t, 100, 8), 100);
}

static void test_rises_and_falls(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    double before;

    (void)state;
    make_paced(&t, 1000, &now);
    assert_in_range(use(&t, SECOND, &now), 990, 1200); /* a tenth of a second's worth at once */
    assert_true(rate_of(&t) > 1000);
    (void)use(&t, 10 * SECOND, &now); /* it is no guess any more */
    before = rate_of(&t);
    throttle_refused(&t, now);
    assert_true(rate_of(&t) < before * 0.995 && rate_of(&t) > before * 0.985);
}

/* After two seconds without a refusal it rises faster and faster. */
static void test_quiet(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    double at[3];

    (void)state;
    make_paced(&t, 500, &now);
    (void)use(&t, 12 * SECOND, &now);
    throttle_refused(&t, now);
    at[0] = rate_of(&t);
    (void)use(&t, 2 * SECOND, &now);
    at[1] = rate_of(&t);
    (void)use(&t, 2 * SECOND, &now);
    at[2] = rate_of(&t);
    assert_true(at[1] > at[0]);
    assert_true(at[2] / at[1] > 1.2 && at[2] / at[1] < 2);
    assert_true(at[2] / at[1] > at[1] / at[0]);
}

/* Answers to what was sent before the rate was set do not lower it. */
static void test_sent_before(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    double before;

    (void)state;
    make_paced(&t, 100, &now);
    before = rate_of(&t);
    throttle_refused(&t, now + 100000);
    assert_true(rate_of(&t) >= before);
}

/* A rate that is not used up does not rise; and a refusal says that it is too high by far. */
static void test_unused(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    double before;

    (void)state;
    make_paced(&t, 100, &now);
    before = rate_of(&t);
    throttle_answered(&t, now += 60 * (uint64_t)SECOND);
    assert_true(rate_of(&t) <= before);
    throttle_refused(&t, now);
    assert_int_equal(t.state, THROTTLE_BRAKES);
    assert_int_equal(throttle_slots(&t, 100, 8), 50);
}

/* However often it is refused, something is sent now and then. */
static void test_least(void **state)
{
    uint64_t now = SECOND;
    struct throttle t;
    unsigned i;

    (void)state;
    make_paced(&t, 20, &now);
    for (i = 0; i < 200; i++) {
        (void)use(&t, SECOND / 2, &now);
        throttle_refused(&t, now);
    }
    assert_true(rate_of(&t) >= 2);
    assert_true(throttle_wait_us(&t, now) <= SECOND);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_none),
            cmocka_unit_test(test_brakes),
            cmocka_unit_test(test_counts),
            cmocka_unit_test(test_rises_and_falls),
            cmocka_unit_test(test_quiet),
            cmocka_unit_test(test_sent_before),
            cmocka_unit_test(test_unused),
            cmocka_unit_test(test_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
