/* The width of texts on a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/cells.h"

static void test_of(void **state)
{
    (void)state;
    assert_int_equal(cells_of(""), 0);
    assert_int_equal(cells_of("abc"), 3);
    assert_int_equal(cells_of("äöü…"), 4);
    assert_int_equal(cells_of("日本語"), 6);
    assert_int_equal(cells_of("a\xF0\x9F\x98\x80"), 3); /* an emoji */
    assert_int_equal(cells_of("e\xCC\x81"), 2);         /* never too few: e and an accent */
    assert_int_equal(cells_of("\xFF\x80"), 2);          /* no UTF-8 */
}

static void fits(const char *text, unsigned most, const char *expected)
{
    char out[64];
    unsigned cells = cells_fit(out, sizeof out, text, most);

    assert_string_equal(out, expected);
    assert_int_equal(cells, cells_of(out));
    assert_true(cells <= most);
}

static void test_fit(void **state)
{
    unsigned most;

    (void)state;
    fits("0123456789", 10, "0123456789");
    fits("0123456789", 9, "01…456789");
    fits("0123456789", 4, "0…89");
    fits("0123456789", 2, "…9");
    fits("0123456789", 1, "…");
    fits("0123456789", 0, "");
    fits("日本語日本語", 12, "日本語日本語");
    fits("日本語日本語", 8, "日…本語"); /* a wide one that would be cut in two is left out */
    for (most = 0; most < 14; most++) {
        char out[64];

        assert_true(cells_fit(out, sizeof out, "日本語日本語", most) <= most);
    }
}

static void test_cut(void **state)
{
    char text[] = "ä日b";

    (void)state;
    assert_int_equal(cells_cut(text, 9), 4);
    assert_int_equal(cells_cut(text, 3), 3);
    assert_string_equal(text, "ä日");
    assert_int_equal(cells_cut(text, 2), 1);
    assert_string_equal(text, "ä");
    assert_int_equal(cells_cut(text, 0), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_of),
            cmocka_unit_test(test_fit),
            cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
