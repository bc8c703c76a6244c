/* The slots of the limiter, and what its limit does at single answers. How it does over time with a
 * service: test_limiter_growth.c, test_limiter_fleet.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/limits/limiter.h"

enum { LEAST = 8 }; /* requests at once, however slow we are told to go */

static void test_start(void **state)
{
    static const struct {
        unsigned start, most, limit, kept_most;
    } rows[] = {
            {0, 0, LIMITER_START, LIMITER_MOST},
            {10, 0, 10, LIMITER_MOST},
            {0, 10, 10, 10},
            {0, 1, 1, 1},
            {1, 0, LEAST, LIMITER_MOST},
            {2000, 0, LIMITER_MOST, LIMITER_MOST},
    };
    struct limiter p;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        limiter_init(&p, rows[i].start, rows[i].most, 1);
        assert_int_equal(limiter_free_slots(&p, 1), rows[i].limit);
        assert_int_equal(p.most, rows[i].kept_most);
    }
}

static void test_free_slots(void **state)
{
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 2, 1);
    assert_int_equal(limiter_free_slots(&p, 1), 2);
    (void)limiter_take(&p, LIMITER_COPY, 1);
    assert_int_equal(limiter_free_slots(&p, 1), 1);
    (void)limiter_take(&p, LIMITER_OTHER, 1);
    assert_int_equal(limiter_free_slots(&p, 1), 0);
    (void)limiter_take(&p, LIMITER_COPY, 1); /* a retry may go over it */
    assert_int_equal(limiter_free_slots(&p, 1), 0);
    limiter_give(&p, 0, LIMITER_FAILED, 2);
    assert_int_equal(limiter_free_slots(&p, 2), 0);
    limiter_give(&p, 0, LIMITER_FAILED, 3);
    assert_int_equal(limiter_free_slots(&p, 3), 1);
    assert_int_equal(limiter_wait_us(&p, 3), 0);
}

/* A request that was told to slow down keeps its slot while it waits. */
static void test_held(void **state)
{
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 16, 1);
    (void)limiter_take(&p, LIMITER_COPY, 1);
    (void)limiter_take(&p, LIMITER_COPY, 1);
    limiter_give(&p, 0, LIMITER_THROTTLED, 2); /* 8 are allowed now */
    limiter_hold(&p);
    assert_int_equal(limiter_free_slots(&p, 2), 6);
    limiter_give(&p, 0, LIMITER_GOOD, 3);
    assert_int_equal(limiter_free_slots(&p, 3), 7);
    limiter_release(&p);
    assert_int_equal(limiter_free_slots(&p, 3), 8);
    while (limiter_free_slots(&p, 3) > 0)
        limiter_hold(&p);
    (void)limiter_take(&p, LIMITER_COPY, 3); /* a retry whose time has come goes over it */
    assert_int_equal(limiter_free_slots(&p, 3), 0);
    limiter_release(&p);
    assert_int_equal(limiter_free_slots(&p, 3), 0);
    limiter_release(&p);
    assert_int_equal(limiter_free_slots(&p, 3), 1);
}

/* SlowDown halves the requests at once, until it is known what the service takes. */
static void test_halves(void **state)
{
    struct limiter p;
    unsigned i;

    (void)state;
    limiter_init(&p, 64, 0, 1);
    for (i = 0; i < 64; i++)
        (void)limiter_take(&p, LIMITER_COPY, 1);
    for (i = 0; i < 40; i++) /* all but the first were sent before, and are no news */
        limiter_give(&p, 0, LIMITER_THROTTLED, 1000000 + i);
    assert_int_equal(p.in_use, 24);
    assert_int_equal(limiter_free_slots(&p, 1000000), 8);
    limiter_give(&p, 0, LIMITER_THROTTLED, 1500000);
    assert_int_equal(limiter_free_slots(&p, 1500000), 0);
    for (i = 0; i < 20; i++)
        limiter_give(&p, 0, LIMITER_THROTTLED, (i + 2) * 1000000);
    assert_int_equal(p.in_use, 3);
    assert_int_equal(limiter_free_slots(&p, 30000000), LEAST - 3);
}

/* Once it is known, the rate is the limit, and the slots are there again. */
static void test_rate_after_slow_down(void **state)
{
    uint64_t now = 1000000;
    struct limiter p;
    unsigned i;

    (void)state;
    limiter_init(&p, 64, 0, 1);
    for (i = 0; i < 64; i++)
        (void)limiter_take(&p, LIMITER_COPY, 1);
    limiter_give(&p, 0, LIMITER_THROTTLED, now);
    for (i = 0; i < 50; i++)
        limiter_give(&p, 0, LIMITER_GOOD, now += 10000); /* 100 a second */
    assert_in_range((unsigned)rate_per_second(&p.throttle.rate), 100, 115);
    assert_int_equal(limiter_free_slots(&p, now), 10); /* a tenth of a second's worth */
    for (i = 0; i < 10; i++)
        (void)limiter_take(&p, LIMITER_COPY, now);
    assert_int_equal(limiter_free_slots(&p, now), 0);
    assert_in_range(limiter_wait_us(&p, now), 1, 10000);
    now += limiter_wait_us(&p, now);
    assert_int_equal(limiter_free_slots(&p, now), 1);
    while (p.in_use < 64)
        (void)limiter_take(&p, LIMITER_COPY, now);
    assert_int_equal(limiter_wait_us(&p, now), 0); /* it is for a slot that a request must wait */
}

/* A few failures on the way say nothing of the server's strength. If a third of all fail, it does.
 */
static void test_failures(void **state)
{
    uint64_t now = 1000000;
    struct limiter p;
    int i;

    (void)state;
    limiter_init(&p, 64, 0, now);
    for (i = 0; i < 1000; i++) {
        uint32_t ticket = limiter_take(&p, LIMITER_COPY, now);

        limiter_give(&p, ticket, i % 4 ? LIMITER_GOOD : LIMITER_FAILED, now += 1000);
    }
    assert_int_equal(p.limit, 64);
    for (i = 0; i < 200; i++) {
        (void)limiter_take(&p, LIMITER_COPY, now);
        limiter_give(&p, 0, LIMITER_FAILED, now += 1000);
    }
    assert_int_equal(p.limit, 32);
    for (i = 0; i < 2000; i++) {
        (void)limiter_take(&p, LIMITER_COPY, now);
        limiter_give(&p, 0, LIMITER_FAILED, now += 10000);
    }
    assert_int_equal(p.limit, LEAST);
    assert_int_equal(p.in_use, 0);
}

/* Requests of that kind as many at once as are allowed, each answered after so long, for a time. */
static void turns(struct limiter *p, enum limiter_kind kind, uint64_t took_us, unsigned count,
        uint64_t *now_us)
{
    while (count-- > 0) {
        uint32_t tickets[LIMITER_MOST];
        unsigned sent = 0, i;

        while (limiter_free_slots(p, *now_us) > 0)
            tickets[sent++] = limiter_take(p, kind, *now_us);
        *now_us += took_us;
        for (i = 0; i < sent; i++)
            limiter_give(p, tickets[i], LIMITER_GOOD, *now_us);
    }
}

/* The others are judged where there are hardly any copies, and not compared with copies. */
static void test_kinds(void **state)
{
    uint64_t now = 1;
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 256, now);
    turns(&p, LIMITER_OTHER, 160000, 2, &now); /* there are no copies so far */
    assert_int_equal(p.judged, LIMITER_OTHER);
    assert_in_range(p.limit, 128, 256);
    turns(&p, LIMITER_COPY, 3000000, 1, &now); /* far slower, and no objection */
    assert_int_equal(p.judged, LIMITER_COPY);
    turns(&p, LIMITER_COPY, 3000000, 6, &now);
    assert_int_equal(p.limit, 256);
    assert_int_equal(p.failed_trials, 0);
    turns(&p, LIMITER_OTHER, 1000, 3, &now);
    assert_int_equal(p.judged, LIMITER_COPY);
    turns(&p, LIMITER_OTHER, 20000, 60, &now);
    assert_int_equal(p.judged, LIMITER_OTHER);
    assert_int_equal(p.limit, 256);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_start),
            cmocka_unit_test(test_free_slots),
            cmocka_unit_test(test_held),
            cmocka_unit_test(test_halves),
            cmocka_unit_test(test_rate_after_slow_down),
            cmocka_unit_test(test_failures),
            cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
