/* The results of a run: in a folder, and where the work store fails. */
#include "kinds.h"

#include <signal.h>
#include <sys/resource.h>

#include "store/results.h"

static struct shard shards[] = {{.length = 20, .items = 2},
        {.offset = 20, .length = 10, .items = 1}, {.offset = 30, .length = 10, .items = 1}};
static struct plan plan = {.items = 4, .items_per_shard = 2, .shard_count = 3, .shards = shards};

static struct result result_of(uint64_t line)
{
    struct result r = {.status = RESULT_SAME, .verified = VERIFIED_ETAG};

    r.item.line = line;
    r.item.bucket = (char *)"b";
    r.item.key = (char *)"k";
    r.item.destination_key = (char *)"d";
    return r;
}

static void add(struct results *r, unsigned shard, uint64_t line)
{
    struct result result = result_of(line);

    assert_int_equal(results_begin(r, shard, &err), ERR_OK);
    assert_int_equal(results_add(r, shard, &result, &err), ERR_OK);
}

/* The lines of a file of results; each must be a result. */
static unsigned lines_of(const char *name)
{
    struct buf text;
    unsigned count = 0;
    const char *at;
    bool found;

    buf_init(&text, BUF_MAX_CONFIG);
    assert_int_equal(store_load(store, name, &text, &found, &err), ERR_OK);
    for (at = buf_str(&text); found && *at; count++) {
        size_t len = strcspn(at, "\n");
        struct result r;

        assert_int_equal(at[len], '\n');
        assert_int_equal(result_read(&r, at, len, &err), ERR_OK);
        result_free(&r);
        at += len + 1;
    }
    buf_free(&text);
    return count;
}

static void test_write(void **state)
{
    struct results *r;
    bool any;

    (void)state;
    save("results/000002.jsonl", "of an earlier run\n");
    save("results/000009.jsonl", "of an earlier run\n");
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    assert_int_equal(results_any(store, &any, &err), ERR_OK);
    assert_int_equal(any, the_s3 != NULL); /* in S3 they stay until they are replaced */
    add(r, 0, 1);
    add(r, 1, 3);
    add(r, 0, 2);
    assert_true(results_has(r, 0) && results_has(r, 1));
    assert_false(results_has(r, 2));
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
    assert_int_equal(lines_of("results/000000.jsonl"), 2);
    assert_int_equal(lines_of("results/000001.jsonl"), 1);
    assert_int_equal(results_any(store, &any, &err), ERR_OK);
    assert_true(any);
    assert_int_equal(results_remove_all(store, &err), ERR_OK);
    assert_int_equal(results_any(store, &any, &err), ERR_OK);
    assert_false(any);
}

/* One shard of a job leaves the files of the others alone. */
static void test_part(void **state)
{
    struct plan part = {.items = 4,
            .items_per_shard = 2,
            .shard_count = 1,
            .shards = shards + 1,
            .is_part = true,
            .first_shard = 1};
    struct results *r;

    (void)state;
    save("results/000000.jsonl", "another's\n");
    assert_int_equal(results_new(&r, store, &part, &err), ERR_OK);
    add(r, 0, 3);
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
    assert_int_equal(lines_of("results/000001.jsonl"), 1);
    expect_file("results/000000.jsonl", "another's\n");
}

/* Of a shard that is not over, what came so far is there. */
static void test_not_over(void **state)
{
    struct results *r;

    (void)state;
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    add(r, 0, 1);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_free(r);
    results_free(NULL);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
}

static void test_no_shards(void **state)
{
    struct plan none = {.items_per_shard = 1};
    struct results *r;

    (void)state;
    assert_int_equal(results_new(&r, store, &none, &err), ERR_OK);
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
}

/* --- a work store that fails --- */

static void test_store_fails(void **state)
{
    static const char *const listing[] = {"list", "remove"};
    struct results *r;
    bool any;
    size_t i;

    (void)state;
    save("results/000000.jsonl", "x");
    for (i = 0; i < 2; i++) {
        fake->fail = (struct fake_fault){.op = listing[i]};
        assert_int_equal(results_new(&r, store, &plan, &err), ERR_IO);
        assert_int_equal(results_remove_all(store, &err), ERR_IO);
    }
    fake->fail = (struct fake_fault){.op = "list"};
    assert_int_equal(results_any(store, &any, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "has_bytes"};
    assert_int_equal(results_any(store, &any, &err), ERR_IO);
    assert_false(any);
    fake->fail = (struct fake_fault){.op = "append", .name = "results/000001.jsonl"};
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_int_equal(results_begin(r, 1, &err), ERR_IO);
    assert_false(results_has(r, 1));
    fake->fail = (struct fake_fault){.op = "publish", .code = ERR_NETWORK};
    assert_int_equal(results_publish(r, &err), ERR_NETWORK);
    fake->fail = (struct fake_fault){.op = "publish_start", .code = ERR_NETWORK};
    assert_int_equal(results_publish(r, &err), ERR_NETWORK);
    results_free(r);
}

static void test_full_store(void **state)
{
    struct result result = result_of(1);
    struct results *r;

    (void)state;
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    fake->fail = (struct fake_fault){.op = "write", .name = "results/000000.jsonl"};
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_int_equal(results_add(r, 0, &result, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: No space left on device"));
    results_free(r);
}

/* Of a line that does not fit nothing stays: half a line would be read as a result, or as none. */
static void test_no_torn_line(void **state)
{
    struct result result = result_of(2);
    struct rlimit limit;
    struct results *r;
    enum err_code code;

    (void)state;
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    add(r, 0, 1);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 200; /* bytes: a line has more than half of it */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    code = results_add(r, 0, &result, &err);
    limit.rlim_cur = RLIM_INFINITY;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(code, ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: "));
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_free(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            ALL_KINDS(test_write),
            ALL_KINDS(test_part),
            FOLDER_TEST(test_not_over),
            ALL_KINDS(test_no_shards),
            FAKE_TEST(test_store_fails),
            FAKE_TEST(test_full_store),
            FOLDER_TEST(test_no_torn_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
