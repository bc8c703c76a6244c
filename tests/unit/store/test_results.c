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
    assert_int_equal(results_flush(r, &err), ERR_OK);
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
    assert_true(any); /* what they know stays until this run knows as much */
    expect_file("results/000002.jsonl", the_s3 ? "of an earlier run\n" : NULL);
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

static struct plan second_shard(void)
{
    return (struct plan){.items = 4,
            .items_per_shard = 2,
            .shard_count = 1,
            .shards = shards + 1,
            .is_part = true,
            .first_shard = 1};
}

/* One shard of a job leaves the files of the others alone. */
static void test_part(void **state)
{
    struct plan part = second_shard();
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

/* Of a shard that is not over, what was flushed is there, and what was not is there at the end. */
static void test_not_over(void **state)
{
    struct result result = result_of(2);
    struct results *r;

    (void)state;
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    add(r, 0, 1);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_free(r);
    results_free(NULL);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    shards[0].items++;
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    add(r, 0, 1);
    assert_int_equal(results_add(r, 0, &result, &err), ERR_OK);
    assert_int_equal(lines_of("results/000000.jsonl"), 1);
    results_free(r);
    shards[0].items--;
    assert_int_equal(lines_of("results/000000.jsonl"), 2);
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

/* --- what earlier runs wrote --- */

/* The item of a line, and its result: written under the ETag `written`. */
static struct result copied(uint64_t line, const char *written)
{
    struct result r = result_of(line);

    r.item.key = (char *)(uintptr_t)(line == 1 ? "k1" : line == 2 ? "k2" : "k3");
    r.status = written ? RESULT_COPIED : RESULT_FAILED;
    r.verified = written ? VERIFIED_SIZE : VERIFIED_NONE;
    r.size = 10;
    strcpy(r.etag, "source");
    if (written)
        strcpy(r.written.etag, written);
    return r;
}

static void add_copied(struct results *r, uint64_t line, const char *written)
{
    struct result result = copied(line, written);
    unsigned shard = line <= 2 ? 0 : 1;

    assert_int_equal(results_begin(r, shard, &err), ERR_OK);
    assert_int_equal(results_add(r, shard, &result, &err), ERR_OK);
}

/* The ETag on record of the item of that line; NULL: there is none. */
static void expect_written(struct results *r, uint64_t line, const char *written)
{
    struct result result = copied(line, NULL);
    struct ledger_entry entry = {0};
    unsigned shard = line <= 2 ? 0 : 1;

    assert_int_equal(results_begin(r, shard, &err), ERR_OK);
    assert_int_equal(results_find(r, shard, &result.item, &entry), written != NULL);
    assert_string_equal(entry.written.etag, written ? written : "");
    if (written) {
        assert_string_equal(entry.etag, "source");
        assert_int_equal(entry.size, 10);
        assert_int_equal(entry.verified, VERIFIED_SIZE);
    }
    ledger_free(&entry);
}

static void run_begins(struct results **r)
{
    assert_int_equal(results_new(r, store, &plan, &err), ERR_OK);
}

static void run_ends(struct results *r)
{
    assert_int_equal(results_publish(r, &err), ERR_OK);
    results_free(r);
}

static void test_ledger(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    expect_written(r, 1, NULL);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    add_copied(r, 3, "w3");
    run_ends(r);
    run_begins(&r);
    expect_written(r, 2, "w2");
    expect_written(r, 1, "w1");
    expect_written(r, 3, "w3");
    add_copied(r, 2, "w2-again");
    expect_written(r, 1, "w1");
    add_copied(r, 1, "w1-again");
    run_ends(r);
    expect_file("ledger/000000.jsonl", NULL); /* this run knows as much */
    run_begins(&r);
    expect_written(r, 1, "w1-again");
    expect_written(r, 2, "w2-again");
    expect_written(r, 3, "w3"); /* of a run that did not come to it */
    results_free(r);
}

/* An item that failed does not take what was known with it. */
static void test_ledger_outlives_failure(void **state)
{
    struct results *r;
    int i;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    run_ends(r);
    for (i = 0; i < 2; i++) {
        run_begins(&r);
        expect_written(r, 1, "w1");
        add_copied(r, 1, NULL);
        add_copied(r, 2, i == 0 ? "w2-again" : NULL);
        run_ends(r);
        assert_int_equal(lines_of("results/000000.jsonl"), 2);
    }
    run_begins(&r);
    expect_written(r, 1, "w1");
    expect_written(r, 2, "w2-again");
    results_free(r);
}

/* A run that was killed, and another one: in a folder nothing is lost of what either knew. */
static void test_ledger_outlives_kill(void **state)
{
    struct results *r;
    int i;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "w1");
    add_copied(r, 2, "w2");
    results_free(r);
    for (i = 0; i < 2; i++) { /* killed before its first result, and after it */
        run_begins(&r);
        expect_written(r, 1, "w1");
        if (i == 1)
            add_copied(r, 2, "w2-again");
        results_free(r);
    }
    run_begins(&r);
    expect_written(r, 1, "w1");
    expect_written(r, 2, "w2-again");
    results_free(r);
}

/* A line that was cut off, and one that is none, say nothing. */
static void test_ledger_of_torn_lines(void **state)
{
    struct result result = copied(1, "w1");
    struct results *r;
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_LINE);
    buf_adds(&text, "not a result\n");
    result_write(&text, &result);
    buf_adds(&text, "{\"line\":2,\"writtenEtag\":\"cut o");
    save("results/000000.jsonl", buf_str(&text));
    buf_free(&text);
    run_begins(&r);
    expect_written(r, 1, "w1");
    expect_written(r, 2, NULL);
    results_free(r);
}

/* One shard of a job finds its own. */
static void test_ledger_of_part(void **state)
{
    struct plan part = second_shard();
    struct result result = copied(3, NULL);
    struct ledger_entry entry = {0};
    struct results *r;

    (void)state;
    run_begins(&r);
    add_copied(r, 3, "w3");
    run_ends(r);
    assert_int_equal(results_new(&r, store, &part, &err), ERR_OK);
    assert_int_equal(results_begin(r, 0, &err), ERR_OK);
    assert_true(results_find(r, 0, &result.item, &entry));
    assert_string_equal(entry.written.etag, "w3");
    ledger_free(&entry);
    result.item.version_id = (char *)(uintptr_t) "another";
    assert_false(results_find(r, 0, &result.item, &entry));
    results_free(r);
}

/* Objects whose ETags prove them leave nothing to be looked up. */
static void test_ledger_of_equal_etags(void **state)
{
    struct results *r;

    (void)state;
    run_begins(&r);
    add_copied(r, 1, "source");
    add_copied(r, 2, "source");
    run_ends(r);
    run_begins(&r);
    expect_written(r, 1, NULL);
    results_free(r);
}

/* --- a work store that fails --- */

static void test_store_fails(void **state)
{
    static const char *const listing[] = {"list", "move"};
    struct results *r;
    bool any;
    size_t i;

    (void)state;
    save("results/000000.jsonl", "x");
    for (i = 0; i < 2; i++) {
        fake->fail = (struct fake_fault){.op = listing[i]};
        assert_int_equal(results_new(&r, store, &plan, &err), ERR_IO);
    }
    fake->fail = (struct fake_fault){.op = "list"};
    assert_int_equal(results_remove_all(store, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "remove"};
    assert_int_equal(results_remove_all(store, &err), ERR_IO);
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
    assert_int_equal(results_add(r, 0, &result, &err), ERR_OK);
    assert_int_equal(results_flush(r, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: No space left on device"));
    results_free(r);
    /* The last of a shard is written at once. */
    assert_int_equal(results_new(&r, store, &plan, &err), ERR_OK);
    fake->fail = (struct fake_fault){.op = "write", .name = "results/000001.jsonl"};
    assert_int_equal(results_begin(r, 1, &err), ERR_OK);
    assert_int_equal(results_add(r, 1, &result, &err), ERR_IO);
    assert_non_null(strstr(err.message, "cannot record a result: No space left on device"));
    /* What is there is published all the same, and that it is not all is said. */
    assert_int_equal(results_publish(r, &err), ERR_IO);
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
            ALL_KINDS(test_ledger),
            ALL_KINDS(test_ledger_outlives_failure),
            FOLDER_TEST(test_ledger_outlives_kill),
            FAKE_TEST(test_ledger_outlives_kill),
            ALL_KINDS(test_ledger_of_torn_lines),
            ALL_KINDS(test_ledger_of_part),
            ALL_KINDS(test_ledger_of_equal_etags),
            FAKE_TEST(test_store_fails),
            FAKE_TEST(test_full_store),
            FOLDER_TEST(test_no_torn_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
