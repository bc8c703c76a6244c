/* The rows of shards, and their order: of results that came in any order, in one file or several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../store/fake_store.h"
#include "report/shard_rows.h"

enum { ITEMS = 5 };

static struct fake_store *fake;
static char there[] = "there";
static const struct input input = {.destination_bucket = there};
static struct report report;
static struct shard_rows *rows;
static struct shard shard; /* of all items */
static char *csv;
static size_t csv_len;
static FILE *csv_file;
static struct row_sinks sinks;
static struct err err;
static enum err_code failed_with = ERR_NETWORK; /* of the results that are made FAILED */

static void save(const char *name, const char *text)
{
    assert_int_equal(store_save(&fake->store, name, text, strlen(text), &err), ERR_OK);
}

/* Adds the item of a line. */
static void add_item(struct buf *out, uint64_t line)
{
    char key[32];
    struct item item = {.line = line,
            .bucket = (char *)(uintptr_t) "source",
            .key = key,
            .destination_key = key};

    snprintf(key, sizeof key, "k%llu", (unsigned long long)line);
    item_write(out, &item);
}

/* Adds a result of a line. */
static void add_result(struct buf *out, uint64_t line, enum result_status status)
{
    char key[32];
    struct result r = {.size = 2500000, .status = status, .attempts = 1};

    snprintf(key, sizeof key, "k%llu", (unsigned long long)line);
    r.item = (struct item){.line = line,
            .bucket = (char *)(uintptr_t) "source",
            .key = key,
            .destination_key = key};
    r.verified = status == RESULT_COPIED ? VERIFIED_ETAG : VERIFIED_NONE;
    if (status == RESULT_FAILED)
        err_set(&r.err, failed_with, "why");
    result_write(out, &r);
}

/* A file of results: line numbers, each followed by a letter for its status. */
static void save_results(const char *name, const char *lines)
{
    struct buf text;

    buf_init(&text, BUF_MAX_CONFIG);
    for (; *lines; lines += 2)
        add_result(&text, (uint64_t)(lines[0] - '0'),
                lines[1] == 'c'   ? RESULT_COPIED
                : lines[1] == 's' ? RESULT_SAME
                                  : RESULT_FAILED);
    save(name, buf_str(&text));
    buf_free(&text);
}

static int set_up(void **state)
{
    static const uint64_t order[ITEMS] = {3, 1, 5, 2, 4}; /* a shard's items may be in any */
    struct buf items;
    size_t i;

    (void)state;
    fake = fake_store_new(NULL);
    memset(&report, 0, sizeof report);
    buf_init(&items, BUF_MAX_CONFIG);
    buf_adds(&items, "of an earlier shard\n");
    shard = (struct shard){.offset = items.len, .items = ITEMS};
    for (i = 0; i < ITEMS; i++)
        add_item(&items, order[i]);
    shard.length = items.len - shard.offset;
    buf_adds(&items, "of a later shard\n");
    save(ITEMS_FILE, buf_str(&items));
    buf_free(&items);
    csv_file = open_memstream(&csv, &csv_len);
    sinks.csv = csv_file;
    assert_int_equal(shard_rows_new(&rows, &fake->store, &input, &report, &sinks, &err), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shard_rows_free(rows);
    shard_rows_free(NULL);
    fclose(csv_file);
    free(csv);
    report_free(&report);
    store_close(&fake->store);
    return 0;
}

static enum err_code write_rows(const char *const *names, unsigned files)
{
    return shard_rows_write(rows, &shard, 7, names, files, NULL, &err);
}

/* The rows so far, each as its line and the first letter of its status. */
static void expect_rows(const char *expected)
{
    char is[3 * ITEMS] = "";
    const char *at;
    size_t n = 0;

    fflush(csv_file);
    for (at = csv; at && *at; at = strchr(at, '\n') + 1) {
        is[n++] = at[2]; /* "k3",COPIED */
        is[n++] = at[5];
    }
    is[n] = '\0';
    assert_string_equal(is, expected);
}

static void expect_counts(uint64_t copied, uint64_t same, uint64_t failed, uint64_t missing)
{
    assert_int_equal(report.by_status[RESULT_COPIED], copied);
    assert_int_equal(report.by_status[RESULT_SAME], same);
    assert_int_equal(report.by_status[RESULT_FAILED], failed);
    assert_int_equal(report.missing, missing);
}

static const char *const stopped_and_failed[] = {
        "results/000007.jsonl", "results/000007-1.1.89abcdef-0.jsonl"};
static const char *const one[] = {"results/000007.jsonl"};
static const char *const three[] = {"results/a", "results/b", "results/c"};

static void test_in_order(void **state)
{
    (void)state;
    save_results(one[0], "4c2s1c5f3c");
    assert_int_equal(write_rows(one, 1), ERR_OK);
    expect_rows("1C2S3C4C5F");
    expect_counts(3, 1, 1, 0);
    assert_int_equal(report.bytes, 3 * 2500000);
    assert_int_equal(report.failures_kept, 1);
    assert_string_equal(report.failures[0].item.key, "k5");
    assert_int_equal(report.last_line, 5);
}

/* Items without a result have their rows in their places. */
static void test_not_reached(void **state)
{
    (void)state;
    save_results(one[0], "4c2s");
    assert_int_equal(write_rows(one, 1), ERR_OK);
    expect_rows("1N2S3N4C5N");
    expect_counts(1, 1, 0, 3);
}

/* The rows of a shard that failed say why, and no others do. */
static void test_shard_failed(void **state)
{
    static const char why[] = "CopyoutError: NetworkError: \"s3.test\": refused";
    struct shard next = {.items = 1};
    const char *at;
    unsigned told = 0;

    (void)state;
    save_results(one[0], "4c2s");
    assert_int_equal(shard_rows_write(rows, &shard, 7, one, 1, why, &err), ERR_OK);
    expect_rows("1N2S3N4C5N");
    expect_counts(1, 1, 0, 3);
    save_results("results/d", "9c");
    assert_int_equal(
            shard_rows_write(rows, &next, 8, (const char *const[]){"results/d"}, 1, why, &err),
            ERR_OK);
    for (at = csv;
            (at = strstr(at, "NOT REACHED,,,,\"its shard failed: CopyoutError: NetworkError: "
                             "\"\"s3.test\"\": refused; run it again\","));
            at++)
        told++;
    assert_int_equal(told, 3);
    assert_int_equal(report.failed_shards, 1); /* the second left nothing */
    assert_int_equal(report.shard_failures_kept, 1);
    assert_int_equal(report.shard_failures[0].shard, 7);
    assert_int_equal(report.shard_failures[0].missing, 3);
    assert_string_equal(report.shard_failures[0].error, why);
}

/* All are counted, and the first hundred are kept. */
static void test_many_shards_failed(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < REPORT_FAILURES_KEPT + 5; i++) {
        report.last_line = 0;
        assert_int_equal(shard_rows_write(rows, &shard, i, NULL, 0, "E", &err), ERR_OK);
    }
    assert_int_equal(report.failed_shards, REPORT_FAILURES_KEPT + 5);
    assert_int_equal(report.shard_failures_kept, REPORT_FAILURES_KEPT);
    assert_int_equal(report.shard_failures[REPORT_FAILURES_KEPT - 1].shard, 99);
}

/* A result of an older version may say no more than that its run was stopped. */
static void test_stopped(void **state)
{
    static const enum err_code codes[] = {ERR_INTERRUPTED, ERR_CANCELLED};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        failed_with = codes[i];
        save_results(one[0], "1c3f2f");
        failed_with = ERR_NETWORK;
        save_results("results/000007-1.1.89abcdef-0.jsonl", "3f");
        report.last_line = 0;
        memset(report.by_status, 0, sizeof report.by_status);
        report.missing = 0;
        rewind(csv_file);
        assert_int_equal(write_rows(stopped_and_failed, 2), ERR_OK);
        expect_rows("1C2N3F4N5N");
        expect_counts(1, 0, 1, 3);
    }
}

static void test_nothing_reached(void **state)
{
    (void)state;
    assert_int_equal(write_rows(NULL, 0), ERR_OK);
    expect_rows("1N2N3N4N5N");
    expect_counts(0, 0, 0, ITEMS);
}

/* A work store without items cannot name them. */
static void test_no_items(void **state)
{
    (void)state;
    fake_unlink(fake, ITEMS_FILE);
    save_results(one[0], "4c2s");
    assert_int_equal(write_rows(one, 1), ERR_OK);
    expect_rows("2S4C");
    expect_counts(1, 1, 0, 3);
}

/* The piece of a last line that a kill left is no result. */
static void test_torn(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_CONFIG);
    add_result(&text, 2, RESULT_COPIED);
    add_result(&text, 1, RESULT_COPIED);
    text.data[text.len - 1] = '\0';
    save(one[0], buf_str(&text));
    buf_free(&text);
    assert_int_equal(write_rows(one, 1), ERR_OK);
    expect_rows("1N2C3N4N5N");
}

/* Of several files the result counts that is settled, and then the newest. One that is not there
 * has none. */
static void test_several_files(void **state)
{
    (void)state;
    save_results("results/a", "3f1c2f");
    save_results("results/c", "5c2f3s1f4c");
    assert_int_equal(write_rows(three, 3), ERR_OK);
    expect_rows("1C2F3S4C5C"); /* a SAME without a proof settles nothing, but is newer */
    expect_counts(3, 1, 1, 0);
}

/* The next shard begins with nothing of the one before. */
static void test_next_shard(void **state)
{
    struct shard next;

    (void)state;
    save_results("results/a", "1c2c");
    save_results("results/b", "2c3c");
    save_results("results/d", "9c8c");
    save_results("results/e", "7c");
    next = (struct shard){.items = 3};
    shard.items = 3;
    assert_int_equal(write_rows(three, 2), ERR_OK);
    assert_int_equal(shard_rows_write(rows, &next, 8,
                             (const char *const[]){"results/d", "results/e"}, 2, NULL, &err),
            ERR_OK);
    expect_rows("1C2C3C7C8C9C");
    expect_counts(6, 0, 0, 0);
}

static void test_errors(void **state)
{
    static const struct {
        const char *results, *message;
    } rows_of[] = {
            {"1c2c2c", "results/000007.jsonl: line 2 has two results, or is another shard's"},
            {"1c2c3c4c5c5c", "results/000007.jsonl: a shard has more results than items"},
            {"1c9c", "results/000007.jsonl: a result is another shard's"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++) {
        save_results(one[0], rows_of[i].results);
        report.last_line = 0;
        assert_int_equal(write_rows(one, 1), ERR_IO);
        assert_string_equal(err.message, rows_of[i].message);
    }
    report.last_line = 1; /* of the shard before */
    save_results(one[0], "1c2c3c4c5c");
    assert_int_equal(write_rows(one, 1), ERR_IO);
    assert_string_equal(
            err.message, "results/000007.jsonl: line 1 has two results, or is another shard's");
    report.last_line = 0;
    save(one[0], "{\"line\":1,\"status\":\"DONE\"}\n");
    assert_int_equal(write_rows(one, 1), ERR_IO);
    assert_non_null(strstr(err.message, "results/000007.jsonl: not a result line: {\"line\":1,"));
    save(one[0], "\n");
    assert_int_equal(write_rows(one, 1), ERR_IO);
    assert_string_equal(err.message, "results/000007.jsonl: not a result line: ");
    fake->fail = (struct fake_fault){.op = "read"};
    assert_int_equal(write_rows(one, 1), ERR_IO);
    fake->fail = (struct fake_fault){.op = "read_range"};
    report.last_line = 0;
    assert_int_equal(write_rows(NULL, 0), ERR_IO);
}

/* A result that says twice of which line it is. */
static void test_two_lines(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_CONFIG);
    buf_adds(&text, "{\"line\":1,\"line\":2,\"sourceBucket\":\"b\",\"sourceKey\":\"k\","
                    "\"destinationKey\":\"d\",\"etag\":\"\",\"status\":\"SAME\",\"verified\":"
                    "\"none\"}\n");
    save(one[0], buf_str(&text));
    buf_free(&text);
    assert_int_equal(write_rows(one, 1), ERR_IO);
    assert_string_equal(err.message, "results/000007.jsonl: a result is of two lines");
}

static void test_items_end(void **state)
{
    (void)state;
    save(ITEMS_FILE, "");
    shard.offset = 0;
    assert_int_equal(write_rows(NULL, 0), ERR_IO);
    assert_non_null(strstr(err.message, ITEMS_FILE ": the items end before the plan does"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define ROWS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
            ROWS_TEST(test_in_order),
            ROWS_TEST(test_not_reached),
            ROWS_TEST(test_shard_failed),
            ROWS_TEST(test_many_shards_failed),
            ROWS_TEST(test_stopped),
            ROWS_TEST(test_nothing_reached),
            ROWS_TEST(test_no_items),
            ROWS_TEST(test_torn),
            ROWS_TEST(test_several_files),
            ROWS_TEST(test_next_shard),
            ROWS_TEST(test_errors),
            ROWS_TEST(test_two_lines),
            ROWS_TEST(test_items_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
