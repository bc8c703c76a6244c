/* Bytes over time: nothing is lost when the bins become wider, on either side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "report/page/timeline.h"

static double sum(const double *bins)
{
    double all = 0;
    unsigned i;

    for (i = 0; i < TIMELINE_BINS; i++)
        all += bins[i];
    return all;
}

static void near_to(double is, double expected)
{
    assert_true(is > expected * 0.999999 - 0.001 && is < expected * 1.000001 + 0.001);
}

static void test_spread(void **state)
{
    struct timeline t = {0};
    unsigned first;

    (void)state;
    assert_int_equal(timeline_used(&t, &first), 0);
    timeline_add(&t, 1009, 10, 1000); /* seconds 1000 to 1009 */
    assert_int_equal(t.width, 1);
    assert_int_equal(timeline_used(&t, &first), 10);
    assert_int_equal(t.start + first, 1000);
    near_to(t.bytes[first], 100);
    near_to(t.bytes[first + 9], 100);
    near_to(t.objects[first + 9], 1);
    timeline_add(&t, 1000, 0.01, 7); /* a second at least */
    near_to(t.bytes[first], 107);
}

static void test_widens(void **state)
{
    /* Later, much later, earlier, before all, and one that takes as long as all of it. */
    static const struct {
        uint64_t ended;
        double seconds;
    } rows[] = {{100000, 1}, {100119, 1}, {100120, 1}, {5000000, 1}, {90000, 3.5}, {10, 1}, {0, 0},
            {1764171802, 1764171802}, {1764171802, 1e300}};
    struct timeline t = {0};
    unsigned first;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        timeline_add(&t, rows[i].ended, rows[i].seconds, 1000);
        near_to(sum(t.bytes), 1000.0 * (double)(i + 1));
        near_to(sum(t.objects), (double)(i + 1));
        assert_int_equal(t.start % t.width, 0);
        assert_in_range(timeline_used(&t, &first), 1, TIMELINE_BINS);
    }
    assert_true(t.width * TIMELINE_BINS > 1764171802);
}

/* A day at one rate is drawn as one rate. */
static void test_even(void **state)
{
    struct timeline t = {0};
    unsigned first, used, i;
    uint64_t s;

    (void)state;
    for (s = 0; s < 86400; s++)
        timeline_add(&t, 1764201600 + s, 1, 50);
    used = timeline_used(&t, &first);
    assert_int_equal(t.width, 1024);
    for (i = first + 1; i + 1 < first + used; i++)
        near_to(t.bytes[i], 50.0 * 1024);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_spread),
            cmocka_unit_test(test_widens),
            cmocka_unit_test(test_even),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
