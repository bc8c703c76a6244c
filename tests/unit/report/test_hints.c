#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/hints.h"

static struct report report;
static struct input input;

static void count(const char *key, const char *version, enum result_status status, int http)
{
    struct result r = {.status = status, .err = {.http_status = http}};

    r.item.key = (char *)(uintptr_t)key;
    r.item.version_id = (char *)(uintptr_t)version;
    hints_count(&report, &r, &input);
}

/* What is said now; it lives until the next call. NULL: nothing. */
static const char *say(enum report_hint hint)
{
    struct err e;
    int i;

    for (i = 0; i < REPORT_HINT_COUNT; i++) {
        free(report.hint_texts[i]);
        report.hint_texts[i] = NULL;
    }
    assert_int_equal(hints_tell(&report, &e), ERR_OK);
    return report.hint_texts[hint];
}

static int end(void **state)
{
    (void)state;
    report_free(&report);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    report_free(&report);
    memset(&input, 0, sizeof input);
    return 0;
}

static void test_none(void **state)
{
    int i;

    (void)state;
    count("a/b", NULL, RESULT_FAILED, 404);
    count("a b", "3HL4kqtJlcpXroDTDmJ", RESULT_FAILED, 404);
    count("100% of it", "", RESULT_FAILED, 404);
    for (i = 0; i < REPORT_HINT_COUNT; i++)
        assert_null(say((enum report_hint)i));
}

/* Only when all rows of the kind were lost; other rows do not count. */
static void test_all_or_nothing(void **state)
{
    (void)state;
    count("a", "12", RESULT_FAILED, 400);
    count("b", NULL, RESULT_COPIED, 0);
    assert_non_null(say(HINT_SIZE));
    assert_non_null(strstr(say(HINT_SIZE), "the row with a number in the third column was not"));
    count("c", "13", RESULT_FAILED, 404);
    assert_non_null(strstr(say(HINT_SIZE), "none of the 2 rows with a number"));
    count("d", "14", RESULT_FAILED, 403);
    assert_null(say(HINT_SIZE)); /* it may be there */
}

static void test_kinds(void **state)
{
    (void)state;
    count("a*", NULL, RESULT_FAILED, 404);
    count("/a", NULL, RESULT_FAILED, 404);
    count("a ", NULL, RESULT_FAILED, 404);
    count("\ta", NULL, RESULT_FAILED, 404);
    count("a%2Fb", NULL, RESULT_FAILED, 404);
    assert_non_null(say(HINT_STAR));
    assert_non_null(say(HINT_SLASH));
    assert_non_null(strstr(say(HINT_BLANKS), "none of the 2 rows"));
    assert_non_null(say(HINT_PERCENT));
    count("b*", NULL, RESULT_SAME, 0);
    assert_null(say(HINT_STAR));
}

/* A list that is URL-encoded was decoded: what is left is meant. */
static void test_decoded(void **state)
{
    (void)state;
    input.manifest_encoding = KEY_ENCODING_URL;
    count("a%2Fb", NULL, RESULT_FAILED, 404);
    assert_null(say(HINT_PERCENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(test_none, begin),
            cmocka_unit_test_setup(test_all_or_nothing, begin),
            cmocka_unit_test_setup(test_kinds, begin),
            cmocka_unit_test_setup(test_decoded, begin),
    };

    return cmocka_run_group_tests(tests, NULL, end);
}
