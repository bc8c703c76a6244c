#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "job/thaw/waiting.h"

static struct thaw thaw;
static struct waiting *waiting;
static struct err err;

static int setup(void **state)
{
    (void)state;
    return thaw_read(&thaw, "{}", &err) == ERR_OK &&
                           waiting_new(&waiting, "/tmp", &thaw, 0, &err) == ERR_OK
                   ? 0
                   : -1;
}

static int teardown(void **state)
{
    (void)state;
    waiting_free(waiting);
    return 0;
}

static void add(uint64_t index)
{
    char key[32];
    struct item item = {.index = index,
            .line = index + 1,
            .bucket = (char *)(uintptr_t) "b",
            .key = key,
            .destination_key = key};

    snprintf(key, sizeof key, "k\n%llu", (unsigned long long)index);
    assert_int_equal(waiting_add(waiting, &item, ARCHIVE_KIND_DEEP, &err), ERR_OK);
}

/* The next item is that one. */
static void expect(uint64_t index)
{
    struct item item = {0};
    char key[32];
    bool any;

    snprintf(key, sizeof key, "k\n%llu", (unsigned long long)index);
    assert_int_equal(waiting_next(waiting, &item, &any, &err), ERR_OK);
    assert_true(any);
    assert_int_equal(item.index, index);
    assert_int_equal(item.line, index + 1);
    assert_string_equal(item.key, key);
    assert_string_equal(item.destination_key, key);
    assert_null(item.version_id);
    item_free(&item);
}

static void expect_none(void)
{
    struct item item = {0};
    bool any;

    assert_int_equal(waiting_next(waiting, &item, &any, &err), ERR_OK);
    assert_false(any);
}

/* Rounds: some of each must wait on, and lines of a longer round before are no items of the next.
 */
static void test_rounds(void **state)
{
    uint64_t i;

    (void)state;
    assert_int_equal(waiting_count(waiting), 0);
    for (i = 0; i < 1000; i++)
        add(i * 7);
    assert_int_equal(waiting_count(waiting), 1000);
    assert_int_equal(waiting_begin(waiting, &err), ERR_OK);
    for (i = 0; i < 1000; i++) {
        expect(i * 7);
        if (i % 100 == 0)
            add(i * 7);
    }
    expect_none();
    assert_int_equal(waiting_count(waiting), 10);
    assert_int_equal(waiting_begin(waiting, &err), ERR_OK);
    for (i = 0; i < 10; i++)
        expect(i * 700);
    add(5);
    expect_none();
    assert_int_equal(waiting_begin(waiting, &err), ERR_OK);
    expect(5);
    expect_none();
    assert_int_equal(waiting_count(waiting), 0);
}

/* Nothing is to be waited for where nothing waits; and the waits grow from round to round. */
static void test_time(void **state)
{
    uint64_t now = clock_mono_ms(), first;

    (void)state;
    assert_int_equal(waiting_ms(waiting, now), 0);
    add(1);
    first = waiting_ms(waiting, now);
    assert_true(first >= 60000 && first < 70000);
    assert_int_equal(waiting_ms(waiting, now + 80000), 0);
    assert_int_equal(waiting_begin(waiting, &err), ERR_OK);
    expect(1);
    add(1);
    waiting_end(waiting);
    assert_true(waiting_ms(waiting, now) >= 120000);
}

/* For a task it is the soonest of what waits, too; the seconds that a person gives are for all. */
static void test_time_of_a_task(void **state)
{
    struct waiting *other;
    struct item item = {.bucket = (char *)(uintptr_t) "b",
            .key = (char *)(uintptr_t) "k",
            .destination_key = (char *)(uintptr_t) "k"};

    (void)state;
    assert_int_equal(waiting_task_again_s(waiting, 0), 0);
    add(1);
    assert_int_equal(waiting_task_again_s(waiting, 0), 4 * 3600);
    assert_int_equal(waiting_add(waiting, &item, ARCHIVE_KIND_GLACIER, &err), ERR_OK);
    assert_int_equal(waiting_task_again_s(waiting, 0), 3600);
    assert_int_equal(waiting_task_again_s(waiting, 8), 2 * 3600);
    assert_int_equal(waiting_new(&other, "/tmp", &thaw, 5, &err), ERR_OK);
    assert_int_equal(waiting_task_again_s(other, 0), 0);
    assert_int_equal(waiting_add(other, &item, ARCHIVE_KIND_GLACIER, &err), ERR_OK);
    assert_int_equal(waiting_task_again_s(other, 0), 5);
    waiting_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_rounds),
            TEST(test_time),
            TEST(test_time_of_a_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
