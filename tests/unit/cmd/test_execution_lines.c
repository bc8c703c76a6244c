/* The display of an execution on AWS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cells.h"
#include "cmd/progress/execution_lines.h"

static struct execution x;
static struct terminal_line lines[TERMINAL_LINES_MOST];

static int setup(void **state)
{
    (void)state;
    x = (struct execution){.status = "RUNNING",
            .name = strdup("release-1"),
            .state = strdup("Copy"),
            .prepared = json_pack("{s:i, s:i}", "items", 9950, "itemsPerShard", 100),
            .started_s = (double)clock_wall_s() - 11520,
            .has_map = true,
            .shards = 100,
            .shards_done = 12,
            .shards_running = 20};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    execution_free(&x);
    return 0;
}

static void test_copying(void **state)
{
    unsigned columns;

    (void)state;
    assert_int_equal(execution_objects_done(&x), 1200);
    assert_int_equal(execution_lines(&x, 2.5, 79, 23, lines), 3);
    assert_string_equal(lines[0].text, "job     RUNNING for 3 h 12 min: release-1");
    assert_string_equal(
            lines[1].text, "objects about 1200 of 9950 (12%), 2.5 a second, 58 min 20 s left");
    assert_string_equal(lines[2].text, "shards  12 of 100 done, 20 under way, 0 failed");
    x.shards_failed = 1;
    execution_lines(&x, -1, 39, 23, lines);
    assert_string_equal(lines[0].text, "job     RUNNING for 3 h 12 min");
    assert_string_equal(lines[1].text, "objects about 1300 of 9950 (13%)");
    assert_string_equal(lines[2].text, "shards  12 of 100, 1 FAILED");
    assert_int_equal(lines[2].tone, TONE_BAD);
    for (columns = 1; columns < 100; columns++) {
        assert_int_equal(execution_lines(&x, 2.5, columns, 2, lines), 2);
        assert_true(cells_of(lines[0].text) <= columns && cells_of(lines[1].text) <= columns);
    }
    x.shards_done = 99; /* the last shard has fewer */
    assert_int_equal(execution_objects_done(&x), 9950);
}

/* Before and after it copies it says what it does, in one line. */
static void test_else(void **state)
{
    (void)state;
    strcpy(x.state, "Wait");
    x.error = strdup("AccessDeniedError");
    assert_int_equal(execution_lines(&x, 1, 79, 23, lines), 1);
    assert_string_equal(
            lines[0].text, "release-1: RUNNING for 3 h 12 min: waiting: AccessDeniedError");
    assert_int_equal(execution_lines(&x, 1, 20, 23, lines), 1);
    assert_string_equal(lines[0].text, "release-1: RUNNING f");
    x.has_map = false;
    strcpy(x.state, "Copy");
    assert_int_equal(execution_lines(&x, 1, 79, 23, lines), 1);
    assert_non_null(strstr(lines[0].text, "preparing"));
    assert_int_equal(execution_lines(&x, 1, 79, 0, lines), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_copying, setup, teardown),
            cmocka_unit_test_setup_teardown(test_else, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
