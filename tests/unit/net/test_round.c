/* The latency of a round of requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/limits/round.h"

/* A round whose requests are all started at the same moment. Returns the first ticket. */
static uint32_t started(struct round *r, uint64_t now_us)
{
    uint32_t first = round_start(r, now_us);
    unsigned i;

    for (i = 1; i < ROUND_SIZE; i++)
        assert_int_equal(round_start(r, now_us), first + i);
    assert_int_equal(round_start(r, now_us), 0); /* full */
    return first;
}

static void test_quantiles(void **state)
{
    struct round r = {0};
    struct latency l;
    uint32_t first;
    unsigned i;

    (void)state;
    round_begin(&r);
    first = started(&r, 1000);
    for (i = 0; i < ROUND_SIZE / 2; i++) {
        assert_false(round_known(&r, 2000 + i, &l));
        round_end(&r, first + i, true, 2000 + i);
    }
    assert_true(round_known(&r, 2000 + i, &l));
    assert_int_equal(l.quarter, 1000 + ROUND_SIZE / 4 - 1);
    assert_int_equal(l.half, 1000 + ROUND_SIZE / 2 - 1);
}

/* A request that was started late could still be a quick one. */
static void test_late_starts(void **state)
{
    struct round r = {0};
    struct latency l;
    uint32_t first;
    unsigned i;

    (void)state;
    round_begin(&r);
    first = round_start(&r, 1000);
    for (i = 1; i < ROUND_SIZE; i++)
        (void)round_start(&r, 1000 + i * 100);
    for (i = 0; i < 40; i++)
        round_end(&r, first + i, true, 8000);
    assert_false(round_known(&r, 8000, &l)); /* the last one is under way for 700 */
    assert_true(round_known(&r, 20000, &l));
    assert_int_equal(l.half, 8000 - 1000 - 8 * 100);
}

static void test_lost(void **state)
{
    struct round r = {0};
    struct latency l;
    uint32_t first;
    unsigned i;

    (void)state;
    round_begin(&r);
    first = started(&r, 1000);
    for (i = 0; i < 4; i++)
        round_end(&r, first + i, false, 1500);
    for (; i < 34; i++)
        round_end(&r, first + i, true, 2000 + i);
    assert_true(round_known(&r, 3000, &l)); /* half of sixty */
    assert_int_equal(l.half, 1033);
    assert_false(round_is_lost(&r));
    for (; i < ROUND_SIZE; i++)
        round_end(&r, first + i, false, 3000);
    assert_true(round_is_lost(&r));
    assert_false(round_known(&r, 3000, &l));
}

/* Tickets of earlier rounds, none, and one twice change nothing. */
static void test_other_tickets(void **state)
{
    struct round r = {0};
    uint32_t first, second;

    (void)state;
    round_begin(&r);
    first = started(&r, 1000);
    round_begin(&r);
    second = started(&r, 1000);
    assert_int_not_equal(first, 0);
    assert_true(second >= first + ROUND_SIZE);
    round_end(&r, first, true, 2000);
    round_end(&r, 0, true, 2000);
    round_end(&r, second + ROUND_SIZE, true, 2000);
    assert_int_equal(r.answered, 0);
    round_end(&r, second, true, 2000);
    round_end(&r, second, true, 2000);
    assert_int_equal(r.answered, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_quantiles),
            cmocka_unit_test(test_late_starts),
            cmocka_unit_test(test_lost),
            cmocka_unit_test(test_other_tickets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
