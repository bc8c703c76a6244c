#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_work_ms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
