#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/object/layout.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define TB  ((uint64_t)1000000000000)

/* The parts follow each other without gap or overlap, and make up the whole. */
static void check_cover(const struct layout *l)
{
    uint64_t at = 0, first, last;
    unsigned n;

    for (n = 1; n <= l->count; n++) {
        layout_range(l, n, &first, &last);
        assert_true(first == at);
        assert_true(last >= first);
        at = last + 1;
    }
    assert_true(at == l->size);
}

/* The slices follow one another and have all parts, each as many as the others or one more. */
static void test_slice(void **state)
{
    unsigned parts, slices, slice, first, last, at;

    (void)state;
    for (parts = 1; parts <= 60; parts++) {
        for (slices = 2; slices <= 100; slices++) {
            for (slice = 1, at = 0; slice <= slices; slice++) {
                layout_slice(parts, slice, slices, &first, &last);
                assert_int_equal(first, at + 1);
                assert_true(last + 1 >= first);
                assert_true(last + 1 - first == parts / slices ||
                            last + 1 - first == parts / slices + 1);
                at = last;
            }
            assert_int_equal(at, parts);
        }
    }
    layout_slice(LAYOUT_PARTS_MOST, 100, 100, &first, &last);
    assert_int_equal(first, 9901);
    assert_int_equal(last, LAYOUT_PARTS_MOST);
}

static void test_fits(void **state)
{
    static const struct {
        uint64_t size;
        unsigned count;
        uint64_t part;
        bool fits;
    } rows[] = {
            {0, 1, 0, true},
            {0, 1, 5 * MIB, true},
            {0, 2, 5 * MIB, false},
            {1, 1, 1, true},
            {1, 1, 0, false},
            {10, 2, 5, true},
            {10, 2, 9, true},
            {10, 2, 4, false},
            {10, 2, 10, false},
            {11, 3, 5, true},
            {9, 2, 5, true},
            {50 * TB, 10000, 5000000000, true},
            {UINT64_MAX, 1, UINT64_MAX, true},
            {UINT64_MAX, 2, UINT64_MAX, false},
            {UINT64_MAX, 2, UINT64_MAX - 1, true},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (layout_fits(rows[i].size, rows[i].count, rows[i].part) != rows[i].fits)
            fail_msg("row %zu", i);
}

static void test_uniform(void **state)
{
    static const struct {
        uint64_t size;
        unsigned count;
        uint64_t part;
    } rows[] = {
            {1, 1, 1},
            {100, 1, 100},
            {8 * MIB, 1, 8 * MIB},
            {16 * MIB, 2, 8 * MIB},
            {16 * MIB + 1, 3, 8 * MIB},
            {24 * MIB - 1, 3, 8 * MIB},
            {5 * MIB * 10000, 10000, 5 * MIB},
            {5 * GIB * 10000 - 1, 10000, 5 * GIB},
    };
    struct layout l = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        layout_set_uniform(&l, rows[i].size, rows[i].count, rows[i].part);
        check_cover(&l);
        assert_true(layout_allowed(&l));
        assert_int_equal(layout_is_whole(&l), rows[i].count == 1);
    }
    layout_free(&l);
}

static void test_nothing(void **state)
{
    struct layout l = {0};
    uint64_t first, last;

    (void)state;
    layout_set_uniform(&l, 0, 1, 0);
    layout_range(&l, 1, &first, &last);
    assert_true(first == 0 && last == 0);
    assert_true(layout_is_whole(&l));
    assert_true(layout_allowed(&l));
    layout_plan(&l, 0);
    assert_int_equal(l.count, 1);
    layout_range(&l, 1, &first, &last);
    assert_true(first == 0 && last == 0);
    layout_free(&l);
}

static void test_lengths(void **state)
{
    static const struct {
        uint64_t size;
        unsigned count;
        uint64_t lengths[4];
        bool good, allowed;
    } rows[] = {
            {30, 3, {10, 5, 15}, true, false}, /* too small for S3 */
            {16 * MIB, 3, {6 * MIB, 5 * MIB, 5 * MIB}, true, true},
            {11 * MIB + 1, 3, {6 * MIB, 5 * MIB, 1}, true, true},
            {11 * MIB, 3, {6 * MIB, 5 * MIB - 1, 1}, true, false},
            {11 * MIB, 3, {6 * MIB, 1, 5 * MIB - 1}, true, false},
            {11 * MIB, 3, {6 * MIB, 5 * MIB, 0}, true, false}, /* no range copies an empty part */
            {11 * MIB, 3, {6 * MIB, 0, 5 * MIB}, true, false},
            {6 * MIB, 2, {6 * MIB, 0}, true, false},
            {100, 1, {100}, true, true},
            {10 * GIB, 2, {5 * GIB, 5 * GIB}, true, true},
            {10 * GIB, 2, {5 * GIB + 1, 5 * GIB - 1}, true, false},
            {10 * GIB, 2, {5 * GIB - 1, 5 * GIB + 1}, true, false},
            {30, 3, {10, 5, 14}, false, false},
            {30, 3, {10, 5, 16}, false, false},
            {30, 3, {31, 0, 0}, false, false},
            {30, 2, {UINT64_MAX, 31}, false, false}, /* the sum must not wrap to 30 */
            {30, 3, {10, UINT64_MAX - 4, 25}, false, false},
    };
    struct layout l = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool nomem,
                good = layout_set_lengths(&l, rows[i].size, rows[i].count, rows[i].lengths, &nomem);

        if (good != rows[i].good || (good && layout_allowed(&l) != rows[i].allowed))
            fail_msg("row %zu", i);
        if (rows[i].allowed)
            check_cover(&l);
    }
    layout_free(&l);
    assert_null(l.ends);
}

static void test_allowed(void **state)
{
    static const struct {
        uint64_t size;
        unsigned count;
        uint64_t part;
        bool allowed;
    } rows[] = {
            {10 * MIB, 2, 5 * MIB, true},
            {10 * MIB - 2, 2, 5 * MIB - 1, false},
            {1, 1, 1, true},
            {5 * GIB, 1, 5 * GIB, true},
            {5 * GIB + 1, 1, 5 * GIB + 1, false},
            {5 * GIB + 1, 2, 5 * GIB, true},
            {10 * GIB, 2, 5 * GIB + 1, false},
            {5 * MIB * 10000, 10000, 5 * MIB, true},
            {5 * MIB * 10000 + 1, 10001, 5 * MIB, false},
            {0, 0, 0, false},
    };
    struct layout l = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        layout_set_uniform(&l, rows[i].size, rows[i].count, rows[i].part);
        if (layout_allowed(&l) != rows[i].allowed)
            fail_msg("row %zu", i);
    }
    layout_free(&l);
}

static bool has(const uint64_t *guesses, unsigned n, uint64_t part)
{
    unsigned i;

    for (i = 0; i < n; i++)
        if (guesses[i] == part)
            return true;
    return false;
}

static void test_guesses(void **state)
{
    static const struct {
        uint64_t size, part; /* how a tool cut it */
    } rows[] = {
            {100 * MIB, 8 * MIB},
            {100 * MIB + 1, 8 * MIB},
            {100 * MIB, 5 * MIB},
            {100 * MIB, 16 * MIB},
            {1000 * MIB + 77, 64 * MIB},
            {1000 * MIB + 77, 50 * MIB},
            {100 * GIB, 128 * MIB},
            {100 * GIB, 512 * MIB},
            {100000000, 10000000},
            {1000000000, 50000000},
            {48 * GIB, 5 * GIB},
            {12 * MIB, 6 * MIB},
    };
    uint64_t guesses[LAYOUT_GUESSES_MOST];
    unsigned n, i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned count = (unsigned)((rows[i].size + rows[i].part - 1) / rows[i].part);

        n = layout_guess(rows[i].size, count, guesses);
        if (!has(guesses, n, rows[i].part))
            fail_msg("row %u", i);
    }
    n = layout_guess(100 * MIB, 13, guesses);
    assert_true(n > 0 && guesses[0] == 8 * MIB); /* the likeliest first */
    assert_int_equal(layout_guess(123, 1, guesses), 1);
    assert_true(guesses[0] == 123);
    assert_int_equal(layout_guess(100, 7, guesses), 0); /* nothing S3 would take */
    assert_int_equal(layout_guess(100, 0, guesses), 0); /* it is not made of parts */
}

/* Whatever the size and the number of parts: each guess is one that S3 takes, and no two are alike.
 */
static void test_guesses_random(void **state)
{
    uint64_t guesses[LAYOUT_GUESSES_MOST];
    struct layout l = {0};
    struct rng rng;
    int round;

    (void)state;
    rng_seed(&rng, 1);
    for (round = 0; round < 2000; round++) {
        uint64_t size = rng_next(&rng) >> (14 + rng_below(&rng, 45));
        unsigned count = 1 + (unsigned)rng_below(&rng, 1 + (rng_next(&rng) >> 50) % 10000);
        unsigned n, i;

        size = size == 0 ? 1 : size;
        n = layout_guess(size, count, guesses);
        assert_true(n <= LAYOUT_GUESSES_MOST);
        for (i = 0; i < n; i++) {
            assert_true(layout_fits(size, count, guesses[i]));
            assert_false(has(guesses, i, guesses[i]));
            layout_set_uniform(&l, size, count, guesses[i]);
            if (count > 1)
                assert_true(layout_allowed(&l));
        }
    }
    layout_free(&l);
}

static void check_plan(uint64_t size)
{
    struct layout l = {0};

    layout_plan(&l, size);
    assert_true(l.size == size);
    assert_true(layout_allowed(&l));
    if (size > 0)
        check_cover(&l);
    /* Few requests, but for what needs more: 5 GiB is as large as a part can be. */
    assert_true(l.count <= 200 || l.part == LAYOUT_COPY_MOST);
    layout_free(&l);
}

static void test_plan(void **state)
{
    static const uint64_t sizes[] = {0, 1, 5 * MIB - 1, 5 * MIB, 64 * MIB, 64 * MIB + 1,
            5 * GIB - 1, 5 * GIB, 5 * GIB + 1, 12800 * MIB, 12800 * MIB + 1, 200 * GIB,
            819200 * MIB, 1000 * GIB + 1, 10 * TB, 50 * TB - 1, 50 * TB, 10000 * 5 * GIB};
    struct rng rng;
    size_t i;
    int round;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_plan(sizes[i]);
    rng_seed(&rng, 2);
    for (round = 0; round < 3000; round++)
        check_plan(rng_below(&rng, ((uint64_t)1 << rng_below(&rng, 46)) + 1) % (50 * TB + 1));
}

static void test_has_lengths(void **state)
{
    static const uint64_t uneven[] = {5, 6, 5, 1};
    struct layout l;
    bool nomem;

    (void)state;
    memset(&l, 0, sizeof l);
    layout_set_uniform(&l, 20, 4, 5);
    assert_false(layout_has_lengths(&l, 4, uneven));
    assert_true(layout_set_lengths(&l, 17, 4, uneven, &nomem));
    assert_true(layout_has_lengths(&l, 4, uneven));
    assert_false(layout_has_lengths(&l, 3, uneven));
    layout_set_uniform(&l, 14, 3, 5);
    assert_true(layout_has_lengths(&l, 3, (const uint64_t[]){5, 5, 4}));
    layout_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_slice),
            cmocka_unit_test(test_fits),
            cmocka_unit_test(test_uniform),
            cmocka_unit_test(test_nothing),
            cmocka_unit_test(test_lengths),
            cmocka_unit_test(test_allowed),
            cmocka_unit_test(test_guesses),
            cmocka_unit_test(test_guesses_random),
            cmocka_unit_test(test_plan),
            cmocka_unit_test(test_has_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
