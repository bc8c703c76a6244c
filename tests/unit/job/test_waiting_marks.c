/* The marks of shards with objects that are being restored, by the workers of slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/thaw/waiting_marks.h"
#include "work_store.h"

static int begin(void **state)
{
    (void)state;
    return begin_store();
}

static int end(void **state)
{
    (void)state;
    end_store();
    return 0;
}

/* A worker ends that has one item, which it has put aside, or has not. */
static void work(const struct plan *plan, bool aside)
{
    const struct results_config config = {.store = store, .plan = plan};
    struct results *results;

    assert_int_equal(results_new(&results, &config, &err), ERR_OK);
    if (aside)
        assert_int_equal(results_put_aside(results, 0, &err), ERR_OK);
    assert_int_equal(waiting_marks_update(store, plan, results, &err), ERR_OK);
    results_free(results);
}

/* One slice's worker has put the object aside; another one's finds it restored, and hands it on.
 * The first slice is still to be copied: the mark stays until all of the object was looked at. */
static void test_slices(void **state)
{
    static struct shard whole = {.length = 10, .items = 1, .slice = 1, .slices = 3};
    static struct shard first = {.length = 10, .items = 1, .slice = 1, .slices = 3};
    static struct shard second = {.length = 10, .items = 1, .slice = 2, .slices = 3};
    const struct plan of_all = {
            .items = 1, .items_per_shard = 1, .shard_count = 1, .shards = &whole};
    struct plan of_one = of_all;

    (void)state;
    of_one.is_part = true;
    of_one.shards = &second;
    work(&of_one, false);
    assert_false(home_has("work/waiting"));
    of_one.shards = &first;
    work(&of_one, true);
    assert_true(home_has("work/waiting/000000.json"));
    of_one.shards = &second;
    work(&of_one, false);
    assert_true(home_has("work/waiting/000000.json"));
    work(&of_all, false);
    assert_false(home_has("work/waiting"));
}

/* A shard that is no slice has one worker at a time, and that one knows all of it. */
static void test_shard(void **state)
{
    static struct shard shard = {.length = 10, .items = 1};
    const struct plan plan = {.items = 1,
            .items_per_shard = 1,
            .shard_count = 1,
            .shards = &shard,
            .is_part = true,
            .first_shard = 7};

    (void)state;
    work(&plan, true);
    assert_true(home_has("work/waiting/000007.json"));
    work(&plan, false);
    assert_false(home_has("work/waiting"));
}

/* Of all shards a look keeps those with a mark, also one of a single object. */
static void test_keep(void **state)
{
    struct shard shards[] = {{.length = 10, .items = 1}, {.length = 10, .items = 1}};
    struct shard worked = {.length = 10, .items = 1};
    struct plan plan = {.items = 2, .items_per_shard = 1, .shard_count = 2, .shards = shards};
    struct plan second = {.items = 1,
            .items_per_shard = 1,
            .shard_count = 1,
            .shards = &worked,
            .is_part = true,
            .first_shard = 1};
    bool any = false;

    (void)state;
    work(&second, true);
    assert_int_equal(waiting_marks_keep(&plan, store, &any, &err), ERR_OK);
    assert_true(any);
    assert_int_equal(plan.shards[0].items, 0);
    assert_int_equal(plan.shards[1].items, 1);
    work(&second, false);
    assert_int_equal(waiting_marks_keep(&plan, store, &any, &err), ERR_OK);
    assert_false(any);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_slices, begin, end),
            cmocka_unit_test_setup_teardown(test_shard, begin, end),
            cmocka_unit_test_setup_teardown(test_keep, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
