#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void test_grows(void **state)
{
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 100000);
    assert_string_equal(buf_str(&b), "");
    for (i = 0; i < 100000; i++) {
        buf_addc(&b, (char)('a' + i % 26));
        assert_true(b.cap > b.len && b.cap <= 100001);
        assert_int_equal(b.data[b.len], '\0');
    }
    assert_true(buf_ok(&b));
    assert_int_equal(b.len, 100000);
    for (i = 0; i < 100000; i++)
        assert_int_equal(b.data[i], (char)('a' + i % 26));
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.max, 100000);
    buf_free(&b);
}

/* How each kind of append meets the maximum: what fits exactly is taken, one byte more is not. */
static void test_limit(void **state)
{
    struct err e;
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    buf_adds(&b, "12345");
    assert_true(buf_ok(&b));
    buf_addc(&b, '6');
    assert_int_equal(b.failed, ERR_LIMIT);
    assert_string_equal(buf_str(&b), "12345");
    assert_int_equal(buf_check(&b, "the answer", &e), ERR_LIMIT);
    assert_string_equal(e.message, "the answer is longer than the 5 bytes allowed");

    /* It sticks: a later append that would fit does not hide that one is missing. */
    b.len = 0;
    buf_adds(&b, "x");
    assert_int_equal(b.failed, ERR_LIMIT);
    assert_int_equal(b.len, 0);
    assert_null(buf_take(&b));
    assert_null(b.data);

    buf_addf(&b, "%d", 123456);
    assert_int_equal(b.failed, ERR_LIMIT);
    buf_clear(&b);
    buf_addf(&b, "%d", 12345);
    assert_int_equal(buf_check(&b, "it", &e), ERR_OK);
    assert_string_equal(buf_str(&b), "12345");
    buf_clear(&b);
    buf_add(&b, "123456", 6);
    assert_int_equal(b.failed, ERR_LIMIT);
    buf_free(&b);
    assert_true(buf_ok(&b));
}

static void test_no_memory(void **state)
{
    struct err e;
    struct buf b;

    (void)state;
    buf_init(&b, 10);
    b.failed = ERR_NOMEM;
    buf_adds(&b, "a");
    assert_int_equal(b.len, 0);
    assert_int_equal(buf_check(&b, "it", &e), ERR_NOMEM);
    buf_free(&b);
}

static void test_cut(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    buf_cut(&b, 0);
    assert_string_equal(buf_str(&b), "");
    buf_adds(&b, "12345");
    buf_addc(&b, '6');
    buf_cut(&b, 2);
    assert_true(buf_ok(&b));
    assert_string_equal(buf_str(&b), "12");
    buf_adds(&b, "345");
    assert_string_equal(buf_str(&b), "12345");
    buf_free(&b);
}

static void test_contents(void **state)
{
    static const char bytes[] = "a\0b";
    struct buf b;
    char *taken;

    (void)state;
    buf_init(&b, 100);
    buf_add(&b, bytes, 3);
    buf_addf(&b, "-%s-%05u", "x", 42u);
    assert_int_equal(b.len, 11);
    assert_memory_equal(b.data, "a\0b-x-00042", 12);
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_str(&b), "");
    buf_add(&b, bytes, 0);
    assert_string_equal(buf_str(&b), "");
    taken = buf_take(&b); /* of an empty one: an empty string */
    assert_string_equal(taken, "");
    assert_null(b.data);
    free(taken);
    buf_adds(&b, "again");
    taken = buf_take(&b);
    assert_string_equal(taken, "again");
    assert_int_equal(b.len, 0);
    free(taken);
}

/* The texts that printf makes of the same numbers. */
static void same_as_printf(double v, unsigned decimals)
{
    char expected[400];
    struct buf b;

    buf_init(&b, sizeof expected);
    snprintf(expected, sizeof expected, "%.*f", (int)decimals, v);
    buf_add_fixed(&b, v, decimals);
    assert_string_equal(buf_str(&b), expected);
    buf_free(&b);
}

static void test_numbers(void **state)
{
    static const uint64_t whole[] = {0, 1, 9, 10, 4294967295, INT64_MAX, UINT64_MAX};
    char expected[32];
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 100);
    for (i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        snprintf(expected, sizeof expected, "%llu", (unsigned long long)whole[i]);
        buf_clear(&b);
        buf_addu(&b, whole[i]);
        assert_string_equal(buf_str(&b), expected);
    }
    buf_free(&b);
}

/* Halves, of which printf sees the exact value; what is small, large, and no number. */
static void test_fixed(void **state)
{
    static const double odd[] = {0, 0.0005, 0.0015, 0.0025, 0.5, 1.5, 2.5, 0.125, 0.375, 0.0625,
            1.0005, 2.675, 1.005, 0.9995, 0.99949999999999994, 999.9995, 9.995, 1e-3, 1e-4, 5e-324,
            2.3e-308, 4503599627370495.5, 4503599627370496.5, 9007199254740991.0,
            9007199254740992.0, 1e15, 1e16, 1e22, 1e300, -0.0, -1.5, -0.0001, 0x1p-63, 0x1p-64,
            0x1.fffffffffffffp-11, 0x1p-11};
    uint64_t state_of_rng = 1;
    unsigned decimals;
    size_t i;

    (void)state;
    for (decimals = 0; decimals <= 3; decimals++) {
        for (i = 0; i < sizeof odd / sizeof odd[0]; i++)
            same_as_printf(odd[i], decimals);
        same_as_printf(strtod("inf", NULL), decimals);
        same_as_printf(strtod("-inf", NULL), decimals);
        same_as_printf(strtod("nan", NULL), decimals);
        for (i = 0; i < 20000; i++) {
            uint64_t bits;
            double v;

            state_of_rng = state_of_rng * UINT64_C(6364136223846793005) + 1442695040888963407;
            bits = state_of_rng >> 12 | (UINT64_C(1023 - 14) + state_of_rng % 64) << 52;
            memcpy(&v, &bits, sizeof v);
            same_as_printf(v, decimals);
            same_as_printf((double)(state_of_rng >> 40) / 1e6, decimals); /* microseconds */
            same_as_printf((double)(state_of_rng >> 44) / 16, decimals);  /* many halves */
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_grows),
            cmocka_unit_test(test_limit),
            cmocka_unit_test(test_no_memory),
            cmocka_unit_test(test_cut),
            cmocka_unit_test(test_contents),
            cmocka_unit_test(test_numbers),
            cmocka_unit_test(test_fixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
