/* The files of a distributed map tell of the shards that failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../store/fake_store.h"
#include "base/log.h"
#include "report/map_results.h"

#define RUN "map/25bc2fbb-6f60-4c44-876b-3cc9586fc435/"

enum { SHARDS = 6 };

static struct fake_store *fake;
static struct map_results *map;
static struct err err;
static char logged[LOG_LINE_MAX];

/* Shards 3 to 5 are the slices of one object. */
static struct shard shards[SHARDS] = {
        {.offset = 0, .length = 100, .items = 2},
        {.offset = 100, .length = 100, .items = 2},
        {.offset = 200, .length = 100, .items = 2},
        {.offset = 300, .length = 50, .items = 1, .slice = 1, .slices = 3},
        {.offset = 350, .slice = 2, .slices = 3},
        {.offset = 350, .slice = 3, .slices = 3},
};
static const struct plan plan = {.shards = shards, .shard_count = SHARDS};

static void on_log(void *ctx, enum log_level level, const char *line)
{
    (void)ctx, (void)level;
    snprintf(logged, sizeof logged, "%s", line);
}

static int set_up(void **state)
{
    (void)state;
    fake = fake_store_new(NULL);
    map = NULL;
    logged[0] = '\0';
    log_set_sink(on_log, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    map_results_free(map);
    map_results_free(NULL);
    store_close(&fake->store);
    log_set_sink(NULL, NULL);
    return 0;
}

static void save(const char *name, const char *text)
{
    assert_int_equal(store_save(&fake->store, name, text, strlen(text), &err), ERR_OK);
}

/* An entry as Step Functions writes it. rest: members behind its input, with a comma before. */
static void add_entry(struct buf *out, unsigned shard, const char *status, const char *rest)
{
    struct shard s = plan_unfold_slice(&plan, shard);

    buf_addf(out,
            "%s{\"ExecutionArn\":\"arn:aws:states:us-east-1:1:execution:M/Copy:x\",\"Input\":"
            "\"{\\\"job\\\":\\\"s3://w/jobs/j/\\\",\\\"shard\\\":{\\\"shard\\\":%u,\\\"items\\\":%llu,"
            "\\\"offset\\\":%llu,\\\"length\\\":%llu},\\\"rounds\\\":0}\",\"InputDetails\":{\"Included\":"
            "true},\"Status\":\"%s\"%s}",
            out->len > 0 ? "," : "[", shard, (unsigned long long)s.items,
            (unsigned long long)s.offset, (unsigned long long)s.length, status, rest);
}

static void save_entries(const char *name, struct buf *entries)
{
    buf_addc(entries, ']');
    save(name, buf_str(entries));
    buf_free(entries);
}

static void read_map(void)
{
    map_results_free(map);
    map = NULL;
    assert_int_equal(map_results_read(&map, &fake->store, &plan, &err), ERR_OK);
}

/* The error of a shard; NULL: it did not fail. */
static void expect_error(unsigned shard, const char *expected)
{
    char text[MAP_ERROR_MAX];
    bool failed;

    assert_int_equal(map_results_error(map, shard, &failed, text, &err), ERR_OK);
    assert_string_equal(text, expected ? expected : "");
    assert_int_equal(failed, expected != NULL);
}

static void test_nothing_told(void **state)
{
    (void)state;
    expect_error(0, NULL); /* there is no map */
    read_map();
    expect_error(0, NULL);
    save(RUN "manifest.json", "{}");
    save(RUN "SUCCEEDED_0.json", "no array");
    save(RUN "PENDING_0.json", "no array");
    save(RUN "FAILED_0.json", "[]");
    read_map();
    expect_error(0, NULL);
    assert_string_equal(logged, "");
}

static void test_errors(void **state)
{
    struct buf entries;

    (void)state;
    buf_init(&entries, BUF_MAX_CONFIG);
    add_entry(&entries, 2, "FAILED",
            ",\"Error\":\"CopyoutError\",\"Cause\":\"IOError:\\nof \\u00fc\",\"StopDate\":"
            "\"2026-11-26T14:00:00.123Z\"");
    add_entry(&entries, 0, "TIMED_OUT", "");
    add_entry(&entries, 1, "ABORTED", ",\"StopDate\":1732581399675");
    save_entries(RUN "FAILED_0.json", &entries);
    buf_init(&entries, BUF_MAX_CONFIG);
    add_entry(&entries, 4, "FAILED", ",\"Error\":\"States.HeartbeatTimeout\",\"Cause\":\"\"");
    save_entries(RUN "FAILED_1.json", &entries);
    read_map();
    expect_error(0, "an error without a name");
    expect_error(1, NULL); /* it was stopped */
    expect_error(2, "CopyoutError: IOError: of \u00fc");
    /* The object of the slices is not there, whichever of them failed. */
    expect_error(3, "States.HeartbeatTimeout: no heartbeat came from its task, which was lost or "
                    "never started");
    assert_string_equal(logged, "");
}

/* The entry that ended last counts, in whatever file and order it stands. */
static void test_last_counts(void **state)
{
    static const struct {
        const char *first, *second, *expected;
    } rows[] = {
            {",\"StopDate\":\"2026-11-26T14:00:00Z\"", ",\"StopDate\":\"2026-11-26T15:00:00Z\"",
                    "Second"},
            {",\"StopDate\":\"2026-11-26T15:00:00Z\"", ",\"StopDate\":\"2026-11-26T14:00:00Z\"",
                    "First"},
            {",\"StopDate\":1732581399675", ",\"StopDate\":1732581398000", "First"},
            {",\"StopDate\":1732581398000", ",\"StopDate\":\"2024-11-26T00:36:39.604Z\"", "Second"},
            {"", "", "Second"},
    };
    struct buf entries;
    char rest[128];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_init(&entries, BUF_MAX_CONFIG);
        snprintf(rest, sizeof rest, ",\"Error\":\"First\"%s", rows[i].first);
        add_entry(&entries, 1, "FAILED", rest);
        snprintf(rest, sizeof rest, ",\"Error\":\"Second\"%s", rows[i].second);
        add_entry(&entries, 1, "FAILED", rest);
        save_entries(RUN "FAILED_0.json", &entries);
        read_map();
        expect_error(1, rows[i].expected);
    }
    /* A redrive that was stopped: the shard did not fail in it. */
    buf_init(&entries, BUF_MAX_CONFIG);
    add_entry(&entries, 1, "ABORTED", ",\"StopDate\":\"2026-12-26T14:00:00Z\"");
    save_entries("map/another/1/FAILED_0.json", &entries);
    read_map();
    expect_error(1, NULL);
}

/* An entry of another plan, of another machine, or of a form that is not known. */
static void test_odd_entries(void **state)
{
    static const char *const odd[] = {
            "1",
            "{",
            "{}",
            "{\"Status\":\"FAILED\",\"Input\":\"{\"}",
            "{\"Status\":\"FAILED\",\"Input\":{\"shard\":{\"shard\":1,\"offset\":100,\"length\":99}}}",
            "{\"Status\":\"FAILED\",\"Input\":{\"shard\":{\"shard\":1,\"offset\":-1,\"length\":100}}}",
            "{\"Status\":\"FAILED\",\"Input\":{\"shard\":{\"shard\":-1}}}",
            "{\"Status\":\"FAILED\",\"Input\":{\"shard\":{\"shard\":6}}}",
            "{\"Status\":\"FAILED\",\"Input\":{\"shard\":{\"shard\":\"1\"}}}",
            "{\"Status\":\"FAILED\",\"Input\":null}",
    };
    struct buf entries;
    size_t i;

    (void)state;
    buf_init(&entries, BUF_MAX_CONFIG);
    add_entry(&entries, 0, "FAILED", ",\"Error\":\"E\",\"Cause\":1");
    for (i = 0; i < sizeof odd / sizeof odd[0] - 1; i++)
        if (strcmp(odd[i], "{") != 0) /* it would open a bracket that nothing closes */
            buf_addf(&entries, ",%s", odd[i]);
    /* The input may as well be an object. */
    buf_adds(&entries, ",{\"Status\":\"FAILED\",\"Error\":\"F\",\"Input\":{\"shard\":{\"shard\":1,"
                       "\"offset\":100,\"length\":100}}}");
    save_entries(RUN "FAILED_0.json", &entries);
    read_map();
    expect_error(0, "E");
    expect_error(1, "F");
    expect_error(2, NULL);
    assert_string_equal(logged, "8 results of the map below map/ are of no shard of this job, or "
                                "cannot be read");
}

/* An error is cut at its most bytes, and not within a character. */
static void test_long_errors(void **state)
{
    char cause[2 * MAP_ERROR_MAX + 32], name[MAP_ERROR_MAX + 8], text[MAP_ERROR_MAX];
    struct buf entries;
    bool failed;
    size_t i;

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cause[0] = '\0';
    for (i = 0; i < MAP_ERROR_MAX; i++)
        strcat(cause, "\u00fc");
    buf_init(&entries, BUF_MAX_CONFIG);
    buf_adds(&entries, "[");
    buf_addf(&entries,
            "{\"Status\":\"FAILED\",\"Error\":\"EE\",\"Cause\":\"%s\",\"Input\":{\"shard\":"
            "{\"shard\":0,\"offset\":0,\"length\":100}}},",
            cause);
    buf_addf(&entries,
            "{\"Status\":\"FAILED\",\"Error\":\"%s\",\"Cause\":\"c\",\"Input\":{\"shard\":"
            "{\"shard\":1,\"offset\":100,\"length\":100}}}",
            name);
    save_entries(RUN "FAILED_0.json", &entries);
    read_map();
    assert_int_equal(map_results_error(map, 0, &failed, text, &err), ERR_OK);
    assert_int_equal(
            strlen(text), MAP_ERROR_MAX - 2); /* "EE: " and whole characters of two bytes */
    assert_true(str_utf8_valid(text, strlen(text)));
    assert_int_equal(map_results_error(map, 1, &failed, text, &err), ERR_OK);
    assert_int_equal(strlen(text), MAP_ERROR_MAX - 1);
}

/* As many failed shards as a job can have. */
static void test_most_shards(void **state)
{
    static struct shard many[PLAN_SHARDS_MOST];
    const struct plan whole = {.shards = many, .shard_count = PLAN_SHARDS_MOST};
    char text[MAP_ERROR_MAX];
    bool failed;
    unsigned i;
    FILE *file;

    (void)state;
    assert_int_equal(store_create(&fake->store, RUN "FAILED_0.json", &file, &err), ERR_OK);
    for (i = 0; i < PLAN_SHARDS_MOST; i++) {
        many[i] = (struct shard){.offset = 10 * (uint64_t)i, .length = 10, .items = 1};
        fprintf(file,
                "%s{\"Status\":\"FAILED\",\"Error\":\"E\",\"Cause\":\"of %u\",\"Input\":\"{\\\"shard\\\":"
                "{\\\"shard\\\":%u,\\\"offset\\\":%u,\\\"length\\\":10}}\"}",
                i ? "," : "[", i, i, 10 * i);
    }
    fputs("]", file);
    assert_int_equal(store_commit(&fake->store, RUN "FAILED_0.json", file, &err), ERR_OK);
    assert_int_equal(map_results_read(&map, &fake->store, &whole, &err), ERR_OK);
    for (i = 0; i < PLAN_SHARDS_MOST; i += 7919) {
        char expected[32];

        snprintf(expected, sizeof expected, "E: of %u", i);
        assert_int_equal(map_results_error(map, i, &failed, text, &err), ERR_OK);
        assert_string_equal(text, expected);
    }
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    save(RUN "FAILED_0.json", "[{},");
    assert_int_equal(map_results_read(&map, &fake->store, &plan, &err), ERR_IO);
    assert_string_equal(err.message, RUN "FAILED_0.json: it is no whole JSON array");
    fake->fail = (struct fake_fault){.op = "read_range"};
    assert_int_equal(map_results_read(&map, &fake->store, &plan, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "list", .name = MAP_FOLDER};
    assert_int_equal(map_results_read(&map, &fake->store, &plan, &err), ERR_IO);
    assert_null(map);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define MAP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
            MAP_TEST(test_nothing_told),
            MAP_TEST(test_errors),
            MAP_TEST(test_last_counts),
            MAP_TEST(test_odd_entries),
            MAP_TEST(test_long_errors),
            MAP_TEST(test_most_shards),
            MAP_TEST(test_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
