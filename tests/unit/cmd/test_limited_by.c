/* What limits the copying: the whole decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/progress/limited_by.h"

#define NEVER UINT64_MAX
#define OLD   1000000
#define NEW   999999

static void test_table(void **state)
{
    static const struct {
        struct limited_facts facts; /* stopping, list_waits, list_ended, processor, pressure */
        enum limited_by expected;
    } rows[] = {
            /* pressure: in_flight, limit, slow_downs, full_us, slowed_us, rate_used_up */
            {{false, false, false, -1, {10, 64, 0, NEVER, NEVER, false}, false},
                    LIMITED_BY_NOTHING},
            {{false, false, false, 0.5, {64, 64, 0, OLD, NEVER, false}, false}, LIMITED_BY_NOTHING},
            {{false, false, false, 0.5, {64, 64, 0, NEW, NEVER, false}, false},
                    LIMITED_BY_CONCURRENCY},
            {{false, true, false, 0.5, {64, 64, 0, NEW, NEVER, false}, false},
                    LIMITED_BY_CONCURRENCY},
            {{false, true, false, 0.5, {3, 64, 0, OLD, NEVER, false}, false}, LIMITED_BY_LIST},
            {{false, true, false, -1, {0, 64, 0, NEVER, NEVER, false}, false}, LIMITED_BY_LIST},
            {{false, false, true, 0.5, {3, 64, 0, OLD, NEVER, false}, false}, LIMITED_BY_LAST},
            {{false, false, true, 0.5, {3, 64, 0, NEW, NEVER, false}, false}, LIMITED_BY_LAST},
            {{false, false, true, 0.5, {64, 64, 0, NEW, NEVER, false}, false},
                    LIMITED_BY_CONCURRENCY},
            {{false, false, false, 0.5, {64, 64, 0, NEW, NEVER, true}, false}, LIMITED_BY_RATE},
            {{false, false, true, 0.5, {3, 64, 0, OLD, NEVER, true}, false}, LIMITED_BY_RATE},
            {{false, false, false, 0.89, {64, 64, 0, NEW, NEVER, false}, false},
                    LIMITED_BY_CONCURRENCY},
            {{false, false, false, 0.9, {64, 64, 0, NEW, NEVER, false}, false},
                    LIMITED_BY_PROCESSOR},
            {{false, true, false, 1.1, {3, 64, 0, OLD, NEVER, true}, false}, LIMITED_BY_PROCESSOR},
            {{false, false, false, 0.9, {64, 64, 5, NEW, NEW, false}, false},
                    LIMITED_BY_THROTTLING},
            {{false, false, false, 0.5, {64, 64, 5, NEW, OLD, false}, false},
                    LIMITED_BY_CONCURRENCY},
            {{false, true, true, -1, {1, 64, 5, OLD, 0, true}, false}, LIMITED_BY_THROTTLING},
            {{false, false, true, 0.5, {0, 64, 0, OLD, NEVER, false}, true}, LIMITED_BY_RESTORES},
            {{false, false, true, 0.5, {3, 64, 0, OLD, NEVER, false}, true}, LIMITED_BY_LAST},
            {{false, true, false, 0.5, {0, 64, 0, OLD, NEVER, false}, true}, LIMITED_BY_LIST},
            {{true, false, true, 0.5, {0, 64, 0, OLD, NEVER, false}, true}, LIMITED_BY_STOP},
            {{true, true, true, 1, {64, 64, 5, 0, 0, true}, false}, LIMITED_BY_STOP},
            {{true, false, false, -1, {0, 64, 0, NEVER, NEVER, false}, false}, LIMITED_BY_STOP},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (limited_by(&rows[i].facts) != rows[i].expected)
            fail_msg("row %u: %s", (unsigned)i, limited_by_name(limited_by(&rows[i].facts)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
