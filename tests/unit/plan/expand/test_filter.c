#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "plan/expand/expand.h"
#include "plan/expand/filter.h"

#define NOON "2026-06-01T12:00:00Z"

static char *text(const char *s)
{
    return (char *)(uintptr_t)s;
}

static void test_verdicts(void **state)
{
    static const struct {
        const char *include, *exclude, *after, *before, *classes;
        uint64_t min, max;
        enum filter_verdict told, untold; /* of lists that tell all, and that tell names alone */
    } rows[] = {
            {.told = FILTER_TAKES, .untold = FILTER_TAKES},
            {.include = "a/*", .told = FILTER_TAKES, .untold = FILTER_TAKES},
            {.include = "b/*", .told = FILTER_LEAVES_OUT, .untold = FILTER_LEAVES_OUT},
            {.exclude = "*.bam", .told = FILTER_LEAVES_OUT, .untold = FILTER_LEAVES_OUT},
            {.exclude = "*.bai", .min = 10, .told = FILTER_TAKES, .untold = FILTER_CANNOT_TELL},
            {.min = 11, .told = FILTER_LEAVES_OUT, .untold = FILTER_CANNOT_TELL},
            {.max = 10, .told = FILTER_TAKES, .untold = FILTER_CANNOT_TELL},
            {.max = 9, .told = FILTER_LEAVES_OUT, .untold = FILTER_CANNOT_TELL},
            {.after = NOON, .told = FILTER_LEAVES_OUT, .untold = FILTER_CANNOT_TELL},
            {.after = "2026-06-01T11:59:59Z", .told = FILTER_TAKES, .untold = FILTER_CANNOT_TELL},
            {.before = NOON, .told = FILTER_LEAVES_OUT, .untold = FILTER_CANNOT_TELL},
            {.before = "2026-06-01T12:00:01Z", .told = FILTER_TAKES, .untold = FILTER_CANNOT_TELL},
            {.classes = "STANDARD", .told = FILTER_TAKES, .untold = FILTER_CANNOT_TELL},
            {.classes = "GLACIER,STANDARD", .told = FILTER_TAKES, .untold = FILTER_CANNOT_TELL},
            {.classes = "STANDARD_IA", .told = FILTER_LEAVES_OUT, .untold = FILTER_CANNOT_TELL},
            {.include = "b/*", .min = 5, .told = FILTER_LEAVES_OUT, .untold = FILTER_LEAVES_OUT},
    };
    const struct filtered told = {.key = "a/x.bam",
            .is_told = true,
            .size = 10,
            .modified = "2026-06-01T12:00:00.000Z",
            .class = ""};
    const struct filtered untold = {.key = "a/x.bam"};
    const char *wants;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct input in = {.include = text(rows[i].include),
                .exclude = text(rows[i].exclude),
                .modified_after = text(rows[i].after),
                .modified_before = text(rows[i].before),
                .only_storage_class = text(rows[i].classes),
                .min_size = rows[i].min,
                .max_size = rows[i].max};

        if (filter_verdict_of(&in, &told, &wants) != rows[i].told)
            fail_msg("row %zu", i);
        assert_null(wants);
        if (filter_verdict_of(&in, &untold, &wants) != rows[i].untold)
            fail_msg("row %zu, untold", i);
        assert_int_equal(wants != NULL, rows[i].untold == FILTER_CANNOT_TELL);
    }
}

/* Any filter makes another text, and so another identity of a list. */
static void test_text(void **state)
{
    struct input in = {0}, other = {.include = text("a"), .wildcards = true};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    filter_text(&out, &in);
    assert_int_equal(out.len, 0);
    filter_text(&out, &other);
    assert_true(out.len > 0);
    buf_free(&out);
}

static void test_wildcards(void **state)
{
    static const struct {
        const char *key;
        bool is;
        size_t len;
    } rows[] = {{"*", true, 0}, {"a/*", true, 2}, {"a/b/*", true, 4}, {"a*", false, 0},
            {"a/*b", false, 0}, {"", false, 0}, {"a/", false, 0}, {"/*", true, 1}};
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        len = 0;
        assert_int_equal(expand_is_wildcard(rows[i].key, &len), rows[i].is);
        assert_int_equal(len, rows[i].len);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_verdicts),
            cmocka_unit_test(test_text),
            cmocka_unit_test(test_wildcards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
