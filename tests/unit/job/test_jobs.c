/* The state of a job, by what its work store tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/jobs.h"

static void test_states(void **state)
{
    static const struct {
        struct job_facts facts;
        const char *name;
    } rows[] = {
            {{0}, "empty"},
            {{.in_use = true}, "running"},
            {{.in_use = true, .has_plan = true, .has_results = true}, "running"},
            {{.has_plan = true, .missing = 7}, "prepared"},
            {{.has_plan = true, .has_results = true, .missing = 7}, "unfinished"},
            {{.has_plan = true, .has_results = true, .missing = 7, .failed = 1}, "unfinished"},
            {{.has_plan = true, .has_results = true, .missing = 7, .dry_run = true}, "unfinished"},
            {{.has_plan = true, .has_results = true, .failed = 1}, "failed"},
            {{.has_plan = true, .has_results = true, .failed = 1, .dry_run = true}, "failed"},
            {{.has_plan = true, .has_results = true}, "complete"},
            {{.has_plan = true, .has_results = true, .dry_run = true}, "looked-at"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(job_state_name(job_state_of(&rows[i].facts)), rows[i].name);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
