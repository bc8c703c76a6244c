/* The display of copyout verify: from facts and a width to lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/cells.h"
#include "cmd/progress/verify_lines.h"

static struct verify_facts facts;
static struct terminal_line lines[TERMINAL_LINES_MOST];

static int setup(void **state)
{
    (void)state;
    facts = (struct verify_facts){.now = {.objects = 10000,
                                          .looked_at = 1234,
                                          .findings = 2,
                                          .listings = 12,
                                          .heads = 17,
                                          .taggings = 40},
            .objects_per_s = 203.4};
    return 0;
}

static void test_widths(void **state)
{
    unsigned columns;

    (void)state;
    assert_int_equal(verify_lines(&facts, 79, 23, lines), 2);
    assert_string_equal(
            lines[0].text, "objects 1234 of 10000 (12%), 2 findings, 203 a second, 43 s left");
    assert_int_equal(lines[0].tone, TONE_BAD);
    assert_string_equal(lines[1].text, "sent    12 listings, 17 HEADs, 40 for tags");
    verify_lines(&facts, 39, 23, lines);
    assert_string_equal(lines[0].text, "objects 1234 of 10000, 2 findings");
    assert_string_equal(lines[1].text, "sent    12 listings, 17 HEADs");
    for (columns = 1; columns < 100; columns++) {
        assert_int_equal(verify_lines(&facts, columns, 1, lines), 1);
        assert_true(cells_of(lines[0].text) <= columns);
    }
    assert_int_equal(verify_lines(&facts, 79, 0, lines), 0);
    verify_lines(&facts, 20, 23, lines); /* a number that is cut shows it */
    assert_string_equal(lines[0].text, "objects 1234 of 100…");
}

static void test_text(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    verify_text(&facts, &out);
    assert_string_equal(buf_str(&out),
            "objects 1234 of 10000 (12%), 2 findings, 203 a second, 43 s "
            "left; sent 12 listings, 17 HEADs, 40 for tags");
    buf_clear(&out);
    facts = (struct verify_facts){
            .now = {.objects = 1, .looked_at = 1, .findings = 1, .listings = 1, .heads = 1},
            .objects_per_s = 0.5};
    verify_text(&facts, &out);
    assert_string_equal(buf_str(&out),
            "objects 1 of 1 (100%), 1 finding, 0.5 a second; sent 1 listing, 1 HEAD");
    buf_clear(&out);
    facts = (struct verify_facts){.objects_per_s = -1}; /* a delivery of nothing */
    verify_text(&facts, &out);
    assert_string_equal(buf_str(&out), "objects 0 of 0 (0%), 0 findings; sent 0 listings, 0 HEADs");
    buf_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_widths, setup, NULL),
            cmocka_unit_test_setup_teardown(test_text, setup, NULL),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
