/* Which results say that an item need not be looked at, and what the mark of a shard says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "folder.h"
#include "store/settled.h"

static const struct results_worker unknown = {0}, first = {0, 1, 7}, second = {0, 2, 5},
                                   beside_second = {0, 2, 6}, third = {0, 3, 1},
                                   next_run = {1, 1, 9};

struct row {
    enum settled_which which;
    enum result_status status;
    enum verified verified;
    const struct results_worker *by, *mark; /* mark: NULL, the plan has no gaps */
    bool says;
};

static const struct row rows[] = {
        /* A worker of the shard: what is proven. */
        {SETTLED_PROVEN, RESULT_COPIED, VERIFIED_ETAG, &first, NULL, true},
        {SETTLED_PROVEN, RESULT_SAME, VERIFIED_CHECKSUM, &first, NULL, true},
        {SETTLED_PROVEN, RESULT_SAME, VERIFIED_SIZE, &first, NULL, false},
        {SETTLED_PROVEN, RESULT_KEPT, VERIFIED_NONE, &first, NULL, false},
        {SETTLED_PROVEN, RESULT_FAILED, VERIFIED_NONE, &first, NULL, false},
        /* A retry takes the one of several that counts. */
        {SETTLED_NOT_FAILED, RESULT_FAILED, VERIFIED_NONE, &first, NULL, true},
        {SETTLED_NOT_FAILED, RESULT_COPIED, VERIFIED_SIZE, &first, NULL, true},
        /* A look at a marked shard: what is proven, by any worker. */
        {SETTLED_ALL, RESULT_COPIED, VERIFIED_ETAG, &first, &second, true},
        {SETTLED_ALL, RESULT_SAME, VERIFIED_ETAG, &beside_second, &second, true},
        /* All else of an earlier attempt, since which the object was found to wait. */
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &first, &second, false},
        {SETTLED_ALL, RESULT_KEPT, VERIFIED_NONE, &first, &second, false},
        {SETTLED_ALL, RESULT_SAME, VERIFIED_SIZE, &first, &second, false},
        /* Of a worker that was given up, and was at the shard at the same time. */
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &beside_second, &second, false},
        /* Of the attempt that left the mark, and of the looks that follow. */
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &second, &second, true},
        {SETTLED_ALL, RESULT_KEPT, VERIFIED_NONE, &second, &second, true},
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &third, &second, true},
        /* A mark that stayed from a run that is over, or does not say who left it. */
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &next_run, &third, true},
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &third, &next_run, false},
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &first, &unknown, true},
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &unknown, &unknown, true},
        {SETTLED_ALL, RESULT_FAILED, VERIFIED_NONE, &unknown, &first, false},
};

static void test_table(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        const struct result result = {.status = row->status, .verified = row->verified};

        if (settled_says(row->which, &result, row->by, row->mark) != row->says)
            fail_msg("row %zu", i);
    }
}

/* Marks as workers leave them, as an older copyout did, and as nobody does. */
static void test_marks(void **state)
{
    static struct shard shards[5] = {
            {.items = 1}, {.items = 1}, {.items = 1}, {.items = 0}, {.items = 1}};
    const struct plan plan = {.shard_count = 5, .shards = shards, .has_gaps = true};
    const struct results_name names[] = {{.shard = 0, .worker = second},
            {.shard = 3, .worker = third}, {.shard = 4, .worker = next_run},
            {.shard = 1, .is_plain = true}};
    static const char old[] = "{}\n";
    struct results_worker *all;
    unsigned last;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(mark_file_save(store, &names[i], &err), ERR_OK);
    assert_int_equal(store_save(store, "waiting/000002.json", old, strlen(old), &err), ERR_OK);
    assert_int_equal(mark_file_load_all(&all, &last, store, &plan, 0, &err), ERR_OK);
    assert_memory_equal(&all[0], &second, sizeof second);
    assert_memory_equal(&all[1], &unknown, sizeof unknown);
    assert_memory_equal(&all[2], &unknown, sizeof unknown);
    assert_memory_equal(&all[3], &unknown, sizeof unknown); /* it is passed over */
    assert_memory_equal(&all[4], &next_run, sizeof next_run);
    assert_int_equal(last, 2);
    free(all);
    assert_int_equal(mark_file_remove(store, 0, &err), ERR_OK);
    assert_int_equal(mark_file_remove(store, 0, &err), ERR_OK);
    assert_int_equal(mark_file_load_all(&all, &last, store, &plan, 1, &err), ERR_OK);
    assert_memory_equal(&all[0], &unknown, sizeof unknown);
    assert_int_equal(last, 1);
    free(all);
}

/* A mark that no copyout leaves says nothing, and a look goes on: also one that is too long to be
 * read. */
static void test_damaged_marks(void **state)
{
    static struct shard shards[4] = {{.items = 1}, {.items = 1}, {.items = 1}, {.items = 1}};
    const struct plan plan = {.shard_count = 4, .shards = shards, .has_gaps = true};
    const struct results_name name = {.shard = 3, .worker = second};
    static char blanks[BUF_MAX_CONFIG + 1];
    struct results_worker *all;
    unsigned last, i;

    (void)state;
    memset(blanks, ' ', sizeof blanks);
    assert_int_equal(store_save(store, "waiting/000000.json", "", 0, &err), ERR_OK);
    assert_int_equal(
            store_save(store, "waiting/000001.json", "{\"results\": 7}", 14, &err), ERR_OK);
    assert_int_equal(store_save(store, "waiting/000002.json", blanks, sizeof blanks, &err), ERR_OK);
    assert_int_equal(mark_file_save(store, &name, &err), ERR_OK);
    assert_int_equal(mark_file_load_all(&all, &last, store, &plan, 0, &err), ERR_OK);
    for (i = 0; i < 3; i++)
        assert_memory_equal(&all[i], &unknown, sizeof unknown);
    assert_memory_equal(&all[3], &second, sizeof second);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_table),
            cmocka_unit_test_setup_teardown(test_marks, folder_begin, folder_end),
            cmocka_unit_test_setup_teardown(test_damaged_marks, folder_begin, folder_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
