/* The table of other tools' words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/habits.h"

static void test_habits(void **state)
{
    (void)state;
    assert_non_null(strstr(habit_of_command("cp"), "copyout run --manifest"));
    assert_non_null(strstr(habit_of_command("sync"), "copyout run --manifest"));
    assert_null(habit_of_command("run"));
    assert_null(habit_of_command(""));
    assert_non_null(strstr(habit_of_option("transfers=8", 9), "--max-in-flight"));
    assert_non_null(habit_of_option("recursive", 9));
    assert_null(habit_of_option("recursive", 4));
    assert_null(habit_of_option("manifest", 8));
    assert_non_null(habit_of_letter('P'));
    assert_null(habit_of_letter('m'));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_habits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
