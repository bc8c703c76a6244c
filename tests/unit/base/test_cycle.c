#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/cycle.h"

/* How many texts are taken until the circle is noticed: `before` that do not come again, and then
 * `round` ones for ever. */
static unsigned taken(unsigned before, unsigned round)
{
    struct cycle c = {0};
    char text[16];
    struct err e;
    unsigned i;

    for (i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "%u", i < before ? i : before + (i - before) % round);
        if (cycle_next(&c, text, &e) != ERR_OK)
            break;
    }
    cycle_free(&c);
    assert_null(c.kept);
    assert_int_equal(e.code, ERR_PROTOCOL);
    assert_int_equal(e.cls, ERR_CLASS_PERMANENT);
    return i;
}

static void test_goes_round(void **state)
{
    unsigned before, round;

    (void)state;
    assert_int_equal(taken(0, 1), 1); /* at its first repetition */
    for (before = 0; before < 40; before++)
        for (round = 1; round < 40; round++)
            assert_in_range(taken(before, round), before + round,
                    2 * (before > round ? before : round) + round + 2);
}

static void test_ends(void **state)
{
    struct cycle c = {0};
    char text[16];
    struct err e;
    unsigned i;

    (void)state;
    for (i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "%u", i);
        assert_int_equal(cycle_next(&c, text, &e), ERR_OK);
    }
    cycle_free(&c);
    cycle_free(&c);
}

/* The token is the one of the page that follows, and is checked in the same way. */
static void test_take(void **state)
{
    struct cycle c = {0};
    char *token = NULL;
    struct err e;

    (void)state;
    assert_int_equal(cycle_take(&c, &token, "a", &e), ERR_OK);
    assert_string_equal(token, "a");
    assert_int_equal(cycle_take(&c, &token, "a", &e), ERR_PROTOCOL);
    cycle_free(&c);
    assert_int_equal(cycle_take(&c, &token, "b", &e), ERR_OK);
    assert_string_equal(token, "b");
    assert_int_equal(cycle_take(&c, &token, NULL, &e), ERR_OK);
    assert_null(token);
    cycle_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_goes_round),
            cmocka_unit_test(test_ends),
            cmocka_unit_test(test_take),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
