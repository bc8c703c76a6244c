#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/log.h"

static char last[LOG_LINE_MAX + 16];
static enum log_level last_level;
static unsigned count;

static void sink(void *ctx, enum log_level level, const char *line)
{
    assert_ptr_equal(ctx, &count);
    strcpy(last, line);
    last_level = level;
    count++;
}

static int setup(void **state)
{
    (void)state;
    count = 0;
    last[0] = '\0';
    log_set_sink(sink, &count);
    log_set_level(LOG_INFO);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    return 0;
}

static void test_nowhere(void **state)
{
    (void)state;
    assert_false(log_enabled(LOG_ERROR));
    log_error("lost");
    assert_int_equal(count, 0);
}

static void test_levels(void **state)
{
    enum log_level least, level;

    (void)state;
    for (least = LOG_TRACE; least <= LOG_NONE; least++) {
        log_set_level(least);
        for (level = LOG_TRACE; level <= LOG_NONE; level++) {
            bool goes = level >= least && level != LOG_NONE;

            count = 0;
            assert_int_equal(log_enabled(level), goes);
            log_line(level, "%s", "x");
            assert_int_equal(count, goes);
            assert_true(!goes || last_level == level);
        }
    }
}

/* Text that others wrote does not reach a terminal as it is, and a long line is cut. */
static void test_clean(void **state)
{
    char longest[2 * LOG_LINE_MAX];

    (void)state;
    log_warn("a%sb\n%d", "\x1b[1m", 7);
    assert_string_equal(last, "a?[1mb 7");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    log_info("%s", longest);
    assert_int_equal(strlen(last), LOG_LINE_MAX - 1);
}

/* The arguments of a line that goes nowhere are not looked at. */
static void test_lazy(void **state)
{
    unsigned asked = 0;

    (void)state;
    log_debug("%u", ++asked);
    log_trace("%u", ++asked);
    assert_int_equal(asked, 0);
    log_set_level(LOG_TRACE);
    log_trace("%u", ++asked);
    assert_string_equal(last, "1");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_nowhere),
            cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
            cmocka_unit_test_setup_teardown(test_clean, setup, teardown),
            cmocka_unit_test_setup_teardown(test_lazy, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
