/* The names of copyout's files in a work store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "store/work_names.h"

static struct err err;

static void test_results_name(void **state)
{
    static const struct {
        unsigned shard;
        const char *name;
    } rows[] = {{0, "results/000000.jsonl"}, {7, "results/000007.jsonl"},
            {999999, "results/999999.jsonl"}, {1000000, "results/1000000.jsonl"},
            {4294967295, "results/4294967295.jsonl"}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[RESULTS_NAME_SIZE];

        results_name(name, rows[i].shard);
        assert_string_equal(name, rows[i].name);
        assert_true(results_is_name(name));
    }
}

static void test_piece_name(void **state)
{
    static const struct {
        unsigned shard;
        struct results_worker worker;
        unsigned piece;
        const char *name;
    } rows[] = {{0, {0, 1, 0xa}, 0, "results/000000-0.1.0000000a-0.jsonl"},
            {17, {3, 20, 0xfedcba98}, 41, "results/000017-3.20.fedcba98-41.jsonl"},
            {4294967295, {4294967295, 4294967295, 0xffffffff}, 4294967295,
                    "results/4294967295-4294967295.4294967295.ffffffff-4294967295.jsonl"}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[RESULTS_NAME_SIZE];
        struct results_name read;

        results_piece_name(name, rows[i].shard, &rows[i].worker, rows[i].piece);
        assert_string_equal(name, rows[i].name);
        assert_true(results_name_read(name, &read));
        assert_false(read.is_plain);
        assert_int_equal(read.shard, rows[i].shard);
        assert_memory_equal(&read.worker, &rows[i].worker, sizeof read.worker);
        assert_int_equal(read.piece, rows[i].piece);
    }
}

static void test_no_piece_name(void **state)
{
    static const char *const names[] = {"results/000000-.jsonl",
            "results/000000-0.1.0000000a.jsonl", "results/000000-0.1.0000000a-.jsonl",
            "results/000000-0.1.0000000A-0.jsonl", "results/000000-0.1.000000a-0.jsonl",
            "results/000000-0.1.00000000a-0.jsonl", "results/000000-0.0000000a-0.jsonl",
            "results/000000-0.4294967296.0000000a-0.jsonl", "results/000000-0.1.0000000a-0",
            "results/000000-0.1.-0.jsonl", "results/000000-0.1.0000000a-0.jsonl.part",
            "results/00000-0.1.0000000a-0.jsonl", "results/000000-x.1.0000000a-0.jsonl",
            "results/000000-0.1.0000000a--1.jsonl", "ledger/000000-0.1.0000000a-0.jsonl"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (results_is_name(names[i]))
            fail_msg("%s", names[i]);
}

/* echo -n bucket/a/key | sha256sum. Records of earlier programs are found under the same name. */
static void test_uploads_name(void **state)
{
    char name[UPLOADS_NAME_SIZE], other[UPLOADS_NAME_SIZE];

    (void)state;
    assert_int_equal(uploads_name(name, "bucket", "a/key", 0, &err), ERR_OK);
    assert_string_equal(name, "uploads/ade4eaaafdf8de378887384732cb487d.json");
    assert_true(uploads_is_name(name));
    assert_int_equal(uploads_name(other, "bucket", "a/key2", 0, &err), ERR_OK);
    assert_string_not_equal(name, other);
}

static void test_uploads_name_fails(void **state)
{
    static char key[BUF_MAX_SMALL + 1];
    char name[UPLOADS_NAME_SIZE];

    (void)state;
    memset(key, 'k', sizeof key - 1);
    assert_int_equal(uploads_name(name, "bucket", key, 0, &err), ERR_LIMIT);
}

static void test_before(void **state)
{
    char name[LEDGER_NAME_SIZE];

    (void)state;
    ledger_name(name, 12);
    assert_string_equal(name, "ledger/000012.jsonl");
    assert_true(ledger_is_name(name));
    assert_false(results_is_name(name));
    assert_int_equal(ledger_shard_of(name), 12);
    assert_int_equal(ledger_shard_of("ledger/4294967295.jsonl"), 4294967295u);
    ledger_name(name, 4294967295u);
    assert_true(ledger_is_name(name));
    assert_false(ledger_is_name("results/000012.jsonl"));
    assert_false(ledger_is_name("ledger/000012.jsonl.part"));
    assert_false(ledger_is_name("ledger/00012.jsonl"));
}

static void test_waiting_name(void **state)
{
    char name[WAITING_NAME_SIZE];

    (void)state;
    waiting_name(name, 12);
    assert_string_equal(name, "waiting/000012.json");
    assert_true(waiting_is_name(name));
    assert_int_equal(waiting_shard_of(name), 12);
    waiting_name(name, 4294967295u);
    assert_true(waiting_is_name(name));
    assert_int_equal(waiting_shard_of(name), 4294967295u);
    assert_false(waiting_is_name("waiting/12.json"));
    assert_false(waiting_is_name("waiting/000012.jsonl"));
    assert_false(waiting_is_name("ledger/000012.json"));
}

static void test_list_name(void **state)
{
    char name[LIST_NAME_SIZE];

    (void)state;
    list_name(name, "sha256:0123456789abcdef0123456789abcdef");
    assert_string_equal(name, "list-0123456789abcdef");
    assert_true(list_is_name(name));
    assert_false(list_is_name("list-0123456789abcde"));
    assert_false(list_is_name("list-0123456789abcdef0"));
    assert_false(list_is_name("list-0123456789ABCDEF"));
    assert_false(list_is_name("list-"));
    assert_false(list_is_name("list.csv"));
}

static void test_all_names(void **state)
{
    static const char *const ours[] = {"job.json", "items.jsonl", "shards.json", "runs.json",
            "report.json", "report.csv", "COPY_REPORT.html", "results/000000.jsonl",
            "ledger/000000.jsonl", "ledger/all.jsonl",
            "uploads/0123456789abcdef0123456789abcdef.json", "list-0123456789abcdef",
            "waiting/000000.json"};
    static const char *const theirs[] = {"", "job", "job.json.old", "results", "results/",
            "results/x.vcf", "uploads/x.json", "ledger/1", "list-x", "a/job.json"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_true(work_is_name(ours[i]));
    for (i = 0; i < sizeof theirs / sizeof theirs[0]; i++)
        assert_false(work_is_name(theirs[i]));
}

/* The files of a ResultWriter, in a folder for each map run, and perhaps for each redrive. */
static void test_map_names(void **state)
{
    static const struct {
        const char *name;
        bool is_ours, is_failed;
    } rows[] = {
            {"map/25bc2fbb-6f60-4c44-876b-3cc9586fc435/manifest.json", true, false},
            {"map/a/SUCCEEDED_0.json", true, false},
            {"map/a/PENDING_12.json", true, false},
            {"map/a/FAILED_0.json", true, true},
            {"map/a/1/FAILED_1.json", true, true},
            {"map/FAILED_0.json", false, false},
            {"map/manifest.json", false, false},
            {"manifest.json", false, false},
            {"a/manifest.json", false, false},
            {"map/a/FAILED_.json", false, false},
            {"map/a/FAILED_x.json", false, false},
            {"map/a/FAILED_0.jsonl", false, false},
            {"map/a/FAILED", false, false},
            {"map/a/FAIL", false, false},
            {"map/a/OTHER_0.json", false, false},
            {"maps/a/FAILED_0.json", false, false},
            {"map/a/", false, false},
            {"map/", false, false},
            {"map", false, false},
            {"", false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(map_is_name(rows[i].name), rows[i].is_ours);
        assert_int_equal(map_is_failed(rows[i].name), rows[i].is_failed);
        assert_int_equal(work_is_name(rows[i].name), rows[i].is_ours);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_results_name),
            cmocka_unit_test(test_piece_name),
            cmocka_unit_test(test_no_piece_name),
            cmocka_unit_test(test_uploads_name),
            cmocka_unit_test(test_uploads_name_fails),
            cmocka_unit_test(test_before),
            cmocka_unit_test(test_list_name),
            cmocka_unit_test(test_waiting_name),
            cmocka_unit_test(test_all_names),
            cmocka_unit_test(test_map_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
