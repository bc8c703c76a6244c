/* The limit on requests a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/limits/rate.h"

/* How many go out in so many seconds, looking every 10 ms. */
static unsigned sent_in(struct rate *r, unsigned seconds)
{
    uint64_t now = 1000, end = now + (uint64_t)seconds * 1000000;
    unsigned sent = 0;

    for (; now < end; now += 10000)
        while (rate_allows(r, now)) {
            rate_take(r);
            sent++;
        }
    return sent;
}

static void test_rate(void **state)
{
    static const unsigned rates[] = {1, 3, 10, 99, 1000, 5000};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct rate r;
        unsigned sent;

        rate_init(&r, rates[i], 1000);
        sent = sent_in(&r, 20);
        assert_in_range(sent, 20 * rates[i] - rates[i] / 10 - 2, 20 * rates[i] + 2);
    }
}

static void test_no_limit(void **state)
{
    struct rate r;
    int i;

    (void)state;
    rate_init(&r, 0, 5);
    for (i = 0; i < 100000; i++) {
        assert_true(rate_allows(&r, 5));
        rate_take(&r);
    }
}

/* A pause is not saved up for a burst. */
static void test_pause(void **state)
{
    struct rate r;
    unsigned burst = 0;

    (void)state;
    rate_init(&r, 100, 0);
    while (rate_allows(&r, 3600000000u)) {
        rate_take(&r);
        burst++;
    }
    assert_int_equal(burst, 10);
    assert_false(rate_allows(&r, 3600000000u + 5000));
    assert_true(rate_allows(&r, 3600000000u + 10001));
}

/* A limit that changes; and how long a request must wait. */
static void test_changes(void **state)
{
    struct rate r;

    (void)state;
    rate_init(&r, 10, 1000);
    assert_int_equal(rate_wait_us(&r, 1000), 0);
    rate_take(&r);
    assert_in_range(rate_wait_us(&r, 1000), 100000, 100001);
    assert_in_range(rate_wait_us(&r, 51000), 50000, 50001);
    rate_set(&r, 100, 51000); /* half a request has come until now, at the rate before */
    assert_true(rate_per_second(&r) > 99.9 && rate_per_second(&r) < 100.1);
    assert_in_range(rate_wait_us(&r, 51000), 5000, 5001);
    assert_false(rate_allows(&r, 55000));
    assert_true(rate_allows(&r, 56002));
    rate_init(&r, 0, 1000);
    assert_int_equal(rate_wait_us(&r, 1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_changes),
            cmocka_unit_test(test_rate),
            cmocka_unit_test(test_no_limit),
            cmocka_unit_test(test_pause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
