#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "plan/expand/key_split.h"

static struct buf out;

static const char *split(const char *after, const char *until, size_t least)
{
    return key_split(&out, after, until, least) ? buf_str(&out) : NULL;
}

static void test_places(void **state)
{
    static const struct {
        const char *after, *until;
        size_t least;
        const char *place;
    } rows[] = {
            {"a/sample-1", NULL, 2, "a/w"},
            {"a/sample-1", "a/w", 2, "a/u"},
            {"a/sample-1", "a/t", 2, "a/sn"}, /* the keys that share the 's' */
            {"a/sample-1", "a/sample-2", 2, "a/sample-1O"},
            {"a/sample-19", "a/sample-2", 2, "a/sample-1:"}, /* behind the digits */
            {"0012", NULL, 0, "5"},
            {"0012", "0013", 0, "0012O"},
            {"9", NULL, 0, ":"},
            {"", NULL, 0, "O"},
            {"\xc3\xa4"
             "b",
                    NULL, 0, "\xc3\xa4n"}, /* bytes that are no ASCII are kept whole */
            {"k\x01", "k!", 0, "k\x01O"},
            {"~~", NULL, 0, "~~O"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *place = split(rows[i].after, rows[i].until, rows[i].least);

        assert_non_null(place);
        assert_string_equal(place, rows[i].place);
    }
}

/* Splitting the left half again and again comes to an end, and every place lies in its range. */
static void test_halves(void **state)
{
    static const char after[] = "p/sample-0000000/reads-000000999.cram";
    char until[64] = "";
    const char *place;
    unsigned steps = 0;

    (void)state;
    while ((place = split(after, until[0] ? until : NULL, 2)) != NULL) {
        assert_true(strcmp(place, after) > 0);
        assert_true(!until[0] || strcmp(place, until) < 0);
        assert_true(strncmp(place, after, 2) == 0);
        assert_true(strlen(place) < sizeof until);
        memcpy(until, place, strlen(place) + 1);
        assert_true(++steps < 1000);
    }
    assert_true(steps > 20);
}

static void test_nowhere(void **state)
{
    (void)state;
    assert_null(split("a", "a!", 0));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_places),
            cmocka_unit_test(test_halves),
            cmocka_unit_test(test_nowhere),
    };
    int failed;

    buf_init(&out, BUF_MAX_SMALL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&out);
    return failed;
}
