/* Which parts are asked for, and what their lengths say: against a source that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "copy/probe_plan.h"

static struct object_info part_of(unsigned count, uint64_t length)
{
    struct object_info o;

    memset(&o, 0, sizeof o);
    o.parts_count = count;
    o.size = length;
    return o;
}

/* Asks until the plan says something; how many parts were asked for. */
static enum probe_says ask_all(
        struct probe_plan *p, const uint64_t *lengths, unsigned count, unsigned *asked)
{
    enum probe_says says = PROBES_GO_ON;
    unsigned part;

    *asked = 0;
    while (says == PROBES_GO_ON) {
        part = probe_plan_next(p);
        if (part == 0) {
            says = probe_plan_over(p);
        } else {
            struct object_info o = part_of(count, lengths[part - 1]);

            assert_in_range(part, 1, count);
            ++*asked;
            says = probe_plan_take(p, part, &o);
        }
    }
    return says;
}

static void test_layouts(void **state)
{
    static const struct {
        uint64_t lengths[7];
        unsigned count;
        enum probe_says says;
        unsigned asked;
    } rows[] = {
            {{8, 8, 8, 8, 8, 8, 8}, 7, PROBES_UNIFORM, 3},
            {{8, 8, 8, 8, 8, 8, 1}, 7, PROBES_UNIFORM, 3}, {{8, 8, 3}, 3, PROBES_UNIFORM, 3},
            {{8, 3}, 2, PROBES_LENGTHS, 1}, {{3, 8}, 2, PROBES_LENGTHS, 1},
            {{3, 8, 8, 8}, 4, PROBES_LENGTHS, 4},    /* part 1 does not fit */
            {{8, 8, 8, 9}, 4, PROBES_LENGTHS, 4},    /* nor here */
            {{8, 7, 8, 9, 3}, 5, PROBES_UNIFORM, 3}, /* looks so */
            {{8, 9, 7, 8, 3}, 5, PROBES_LENGTHS, 5}, /* the middle one says no */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct probe_plan p = {.phase = PROBE_NOT_BEGUN};
        uint64_t size = 0;
        unsigned n, asked;

        for (n = 0; n < rows[i].count; n++)
            size += rows[i].lengths[n];
        assert_true(probe_plan_begin(&p, size, rows[i].count));
        assert_int_equal(ask_all(&p, rows[i].lengths, rows[i].count, &asked), rows[i].says);
        assert_int_equal(asked, rows[i].asked);
        if (rows[i].says == PROBES_LENGTHS)
            assert_memory_equal(p.lengths, rows[i].lengths, n * sizeof p.lengths[0]);
        else
            assert_int_equal(p.lengths[0], rows[i].lengths[0]);
        probe_plan_free(&p);
        assert_null(p.lengths);
    }
}

/* A server that knows no parts: no count, another count, or the whole object as part 1. */
static void test_untold(void **state)
{
    struct object_info answers[] = {part_of(0, 30), part_of(4, 10), part_of(3, 31)};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct probe_plan p = {.phase = PROBE_NOT_BEGUN};

        assert_true(probe_plan_begin(&p, 30, 3));
        assert_int_equal(probe_plan_next(&p), 1);
        assert_int_equal(probe_plan_next(&p), 0);
        assert_int_equal(probe_plan_take(&p, 1, &answers[i]), PROBES_UNTOLD);
        probe_plan_free(&p);
    }
}

/* Before anything was asked, and with nothing known, nothing is handed out. */
static void test_not_begun(void **state)
{
    struct probe_plan p = {.phase = PROBE_NOT_BEGUN};

    (void)state;
    assert_int_equal(probe_plan_next(&p), 0);
}

/* A length that is known is not asked for again, and a phase can be. */
static void test_all_and_again(void **state)
{
    struct probe_plan p = {.phase = PROBE_NOT_BEGUN};
    struct object_info o = part_of(4, 5);

    (void)state;
    assert_true(probe_plan_all(&p, 20, 4));
    assert_int_equal(probe_plan_next(&p), 1);
    assert_int_equal(probe_plan_next(&p), 2);
    assert_int_equal(probe_plan_take(&p, 2, &o), PROBES_GO_ON);
    probe_plan_again(&p);
    assert_int_equal(probe_plan_next(&p), 1);
    assert_int_equal(probe_plan_next(&p), 3);
    assert_int_equal(probe_plan_next(&p), 4);
    assert_int_equal(probe_plan_next(&p), 0);
    assert_true(probe_plan_all(&p, 20, 4)); /* the lengths that are known stay */
    assert_int_equal(p.lengths[1], 5);
    probe_plan_free(&p);
}

/* The lengths of a layout that looked uniform are forgotten; of the three parts that were asked for
 * they are known all the same. */
static void test_forgotten(void **state)
{
    static const uint64_t lengths[] = {8, 7, 8, 9, 3};
    struct probe_plan p = {.phase = PROBE_NOT_BEGUN};
    unsigned asked;

    (void)state;
    assert_true(probe_plan_begin(&p, 35, 5));
    assert_int_equal(ask_all(&p, lengths, 5, &asked), PROBES_UNIFORM);
    probe_plan_forget(&p);
    assert_null(p.lengths);
    assert_true(probe_plan_all(&p, 35, 5));
    assert_int_equal(probe_plan_next(&p), 2);
    assert_int_equal(probe_plan_next(&p), 4);
    assert_int_equal(probe_plan_next(&p), 0);
    assert_int_equal(p.lengths[0], 8);
    assert_int_equal(p.lengths[2], 8);
    assert_int_equal(p.lengths[4], 3);
    probe_plan_free(&p);
}

static void test_guesses(void **state)
{
    static const uint64_t mib = (uint64_t)1 << 20;
    struct layout_guesses g;
    uint64_t first, second;

    (void)state;
    layout_guesses_begin(&g, 51 * mib, 3);
    first = layout_guesses_next(&g);
    second = layout_guesses_next(&g);
    assert_true(first > 0 && second > 0 && first != second);
    layout_guesses_begin(&g, 51 * mib, 3);
    layout_guesses_skip(&g, first);
    assert_int_equal(layout_guesses_next(&g), second);
    layout_guesses_skip(&g, 12345); /* no guess of ours: all count as tried */
    assert_int_equal(layout_guesses_next(&g), 0);
}

static void test_mirrors(void **state)
{
    (void)state;
    assert_true(layout_source_mirrors(LAYOUT_FROM_PROBES));
    assert_true(layout_source_mirrors(LAYOUT_FROM_ALL));
    assert_true(layout_source_mirrors(LAYOUT_FROM_GUESS));
    assert_true(layout_source_mirrors(LAYOUT_IN_ONE));
    assert_false(layout_source_mirrors(LAYOUT_OF_OUR_OWN));
    assert_false(layout_source_mirrors(LAYOUT_GIVEN_UP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_layouts),
            cmocka_unit_test(test_untold),
            cmocka_unit_test(test_not_begun),
            cmocka_unit_test(test_all_and_again),
            cmocka_unit_test(test_forgotten),
            cmocka_unit_test(test_guesses),
            cmocka_unit_test(test_mirrors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
