/* The pace of a copying. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "cmd/progress/pace.h"

static struct pace pace;

static void add(double at_s, double done, double bytes, double cpu_s)
{
    const struct pace_sample sample = {at_s, done, bytes, cpu_s};

    pace_add(&pace, &sample);
}

static void test_beginning(void **state)
{
    (void)state;
    pace_init(&pace, 30);
    assert_true(pace_done(&pace) < 0 && pace_bytes(&pace) < 0 && pace_cpu(&pace) < 0);
    add(0.2, 0, 0, 0.1);
    add(1.1, 9, 90, 0.2);
    assert_true(pace_done(&pace) < 0); /* a second is not over */
    add(1.3, 11, 110, 0.65);
    assert_true(fabs(pace_done(&pace) - 10) <= 0.001);
    assert_true(fabs(pace_bytes(&pace) - 100) <= 0.001);
    assert_true(fabs(pace_cpu(&pace) - 0.5) <= 0.001);
}

/* What was longer ago than was asked for does not count; and the processor is that of a second. */
static void test_window(void **state)
{
    unsigned i;

    (void)state;
    pace_init(&pace, 30);
    for (i = 0; i <= 500; i++) /* 100 s at 50 a second */
        add(i * 0.2, i * 10, i * 1000, i * 0.02);
    assert_true(fabs(pace_done(&pace) - 50) <= 0.001);
    assert_true(fabs(pace_cpu(&pace) - 0.1) <= 0.001);
    for (i = 1; i <= 10; i++)
        add(100 + i * 0.2, 5000, 500000, 10 + i * 0.2);
    assert_true(fabs(pace_cpu(&pace) - 1) <= 0.001);
    assert_in_range((unsigned)pace_done(&pace), 45, 48); /* nothing for 2 of 30 s */
    for (i = 11; i <= 200; i++)
        add(100 + i * 0.2, 5000, 500000, 12);
    assert_true(fabs(pace_done(&pace) - 0) <= 0.001);
    assert_true(fabs(pace_bytes(&pace) - 0) <= 0.001);
    assert_true(fabs(pace_cpu(&pace) - 0) <= 0.001);
    assert_true(pace.count <= PACE_SAMPLES);
}

/* An object that is begun again takes bytes away. */
static void test_backwards(void **state)
{
    (void)state;
    pace_init(&pace, 30);
    add(0, 5, 500, 0);
    add(2, 5, 300, 0);
    assert_true(fabs(pace_bytes(&pace) - 0) < 1e-9);
}

/* Samples may be far apart: a log's. */
static void test_far_apart(void **state)
{
    (void)state;
    pace_init(&pace, 30);
    add(10, 100, 0, 1);
    add(20, 200, 0, 2);
    add(30, 400, 0, 3);
    assert_true(fabs(pace_done(&pace) - 15) <= 0.001);
    add(90, 1000, 0, 9);
    assert_true(fabs(pace_done(&pace) - 10) <= 0.001);
    assert_true(fabs(pace_cpu(&pace) - 0.1) <= 0.001);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_beginning),
            cmocka_unit_test(test_window),
            cmocka_unit_test(test_backwards),
            cmocka_unit_test(test_far_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
