#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "cmd/signals.h"

/* How the time between a signal and the end is shared: copies, then results and report. */
static void test_work_ms(void **state)
{
    static const struct {
        uint64_t stop_ms, work_ms;
    } rows[] = {
            {1000, 500},
            {5000, 2500},
            {10000, 5000}, /* half, for there are no five seconds to keep beside it */
            {11000, 6000}, /* all but the five seconds */
            {24000, 19000},
            {25000, 20000}, /* four fifths, which leave five seconds */
            {26000, 20800},
            {90000, 72000},
            {86400000, 69120000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(signals_work_ms(rows[i].stop_ms), rows[i].work_ms);
}

static char last[512];

static void keep(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    assert_int_equal(level, LOG_WARN);
    snprintf(last, sizeof last, "%s", line);
}

/* What a signal does is said, and what another one will do. */
static void test_words(void **state)
{
    static const struct {
        enum signals_at at;
        unsigned count;
        int number;
        const char *words; /* "": nothing */
    } rows[] = {
            {SIGNALS_AT_BEGINNING, 1, SIGINT, "stopping: nothing was copied yet"},
            {SIGNALS_AT_BEGINNING, 2, SIGINT, ""},
            {SIGNALS_AT_LOOKING, 1, SIGINT, "stopping: no more is looked at"},
            {SIGNALS_AT_LOOKING, 2, SIGINT, ""},
            {SIGNALS_AT_COPIES, 1, SIGINT,
                    "stopping: nothing new is begun, and what is under way is finished, for at most 20 s; "
                    "Ctrl-C again ends it at once. What is done stays on record: so go on"},
            {SIGNALS_AT_COPIES, 1, SIGTERM,
                    "stopping: nothing new is begun, and what is under way is finished, for at most 20 s; "
                    "another signal ends it at once. What is done stays on record: so go on"},
            {SIGNALS_AT_COPIES, 2, SIGINT,
                    "stopping at once: requests under way are given up; what is done is on record"},
            {SIGNALS_AT_COPIES, 3, SIGINT, ""},
            {SIGNALS_AT_RESULTS, 1, SIGINT,
                    "stopping: the copying is over; its results and report are written first, and Ctrl-C "
                    "again gives that up"},
            {SIGNALS_AT_RESULTS, 2, SIGINT, ""},
    };
    size_t i;

    (void)state;
    log_set_sink(keep, NULL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        last[0] = '\0';
        signals_say(rows[i].at, rows[i].count, rows[i].number, 19500, "so go on");
        assert_string_equal(last, rows[i].words);
    }
    log_set_sink(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_work_ms),
            cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
