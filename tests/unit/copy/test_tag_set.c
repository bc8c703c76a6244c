/* Sets of tags in the form of a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "copy/tag_set.h"

static void test_count(void **state)
{
    (void)state;
    assert_int_equal(tag_set_count(NULL), 0);
    assert_int_equal(tag_set_count(""), 0);
    assert_int_equal(tag_set_count("a="), 1);
    assert_int_equal(tag_set_count("a=b&c=d&e="), 3);
}

static void test_holds(void **state)
{
    static const struct {
        const char *has, *wanted;
        bool holds;
    } rows[] = {
            {NULL, NULL, true},
            {"", "", true},
            {"a=b", "", true},
            {"a=b", NULL, true},
            {NULL, "a=b", false},
            {"", "a=b", false},
            {"a=b", "a=b", true},
            {"a=b&c=d", "c=d&a=b", true}, /* in any order */
            {"x=y&c=d&a=b", "a=b&c=d", true},
            {"a=b", "a=b&c=d", false},
            {"a=bc", "a=b", false},
            {"a=b", "a=bc", false},
            {"a=", "a=b", false},
            {"ba=b", "a=b", false},
            {"a=b&", "a=b", true},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(tag_set_holds(rows[i].has, rows[i].wanted), rows[i].holds);
}

static void test_fits_header(void **state)
{
    char text[TAG_SET_HEADER_MOST + 2];

    (void)state;
    assert_true(tag_set_fits_header(NULL));
    assert_true(tag_set_fits_header(""));
    memset(text, 'a', sizeof text);
    text[TAG_SET_HEADER_MOST + 1] = '\0';
    assert_false(tag_set_fits_header(text));
    text[TAG_SET_HEADER_MOST] = '\0';
    assert_true(tag_set_fits_header(text));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_count),
            cmocka_unit_test(test_holds),
            cmocka_unit_test(test_fits_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
