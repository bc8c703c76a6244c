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

/* echo -n bucket/a/key | sha256sum. Records of earlier programs are found under the same name. */
static void test_uploads_name(void **state)
{
    char name[UPLOADS_NAME_SIZE], other[UPLOADS_NAME_SIZE];

    (void)state;
    assert_int_equal(uploads_name(name, "bucket", "a/key", &err), ERR_OK);
    assert_string_equal(name, "uploads/ade4eaaafdf8de378887384732cb487d.json");
    assert_true(uploads_is_name(name));
    assert_int_equal(uploads_name(other, "bucket", "a/key2", &err), ERR_OK);
    assert_string_not_equal(name, other);
}

static void test_uploads_name_fails(void **state)
{
    static char key[BUF_MAX_SMALL + 1];
    char name[UPLOADS_NAME_SIZE];

    (void)state;
    memset(key, 'k', sizeof key - 1);
    assert_int_equal(uploads_name(name, "bucket", key, &err), ERR_LIMIT);
}

static void test_before(void **state)
{
    char name[LEDGER_NAME_SIZE];

    (void)state;
    ledger_name(name, 12);
    assert_string_equal(name, "ledger/000012.jsonl");
    assert_true(ledger_is_name(name));
    assert_false(results_is_name(name));
    assert_int_equal(results_shard_of(name), 12);
    assert_int_equal(results_shard_of("results/4294967295.jsonl"), 4294967295u);
    ledger_name(name, 4294967295u);
    assert_true(ledger_is_name(name));
    assert_false(ledger_is_name("results/000012.jsonl"));
    assert_false(ledger_is_name("ledger/000012.jsonl.part"));
    assert_false(ledger_is_name("ledger/00012.jsonl"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_results_name),
            cmocka_unit_test(test_uploads_name),
            cmocka_unit_test(test_uploads_name_fails),
            cmocka_unit_test(test_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
