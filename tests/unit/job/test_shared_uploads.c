/* The records of uploads that workers shared, when the report is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/shared_uploads.h"
#include "model/result.h"
#include "model/upload.h"
#include "work_store.h"

static struct stop stop;

static int begin(void **state)
{
    (void)state;
    memset(&stop, 0, sizeof stop);
    return begin_store();
}

static int end(void **state)
{
    (void)state;
    end_store();
    return 0;
}

/* The record of an upload of dst/key; returns its name below home. */
static const char *record(const char *key, unsigned which)
{
    char name[UPLOADS_NAME_SIZE], place[128];
    struct upload u = {.bucket = (char *)"dst",
            .key = (char *)(uintptr_t)key,
            .id = (char *)"U1",
            .source_bucket = (char *)"src",
            .source_key = (char *)"k",
            .tags = (char *)"none",
            .etag = "e-2",
            .shared = which == UPLOAD_FIRST};
    struct buf text;

    layout_set_uniform(&u.layout, 16777216, 2, 8388608);
    buf_init(&text, BUF_MAX_CONFIG);
    upload_write(&text, &u);
    assert_int_equal(uploads_name(name, "dst", key, which, &err), ERR_OK);
    snprintf(place, sizeof place, "work/%s", name);
    home_write(place, buf_str(&text));
    buf_free(&text);
    return in_home(place) + strlen(home) + 1;
}

/* A line of results of that shard. */
static void result_line(const char *file, const char *key, enum result_status status)
{
    struct result r = {.item = {.line = 7,
                               .bucket = (char *)"src",
                               .key = (char *)(uintptr_t)key,
                               .destination_key = (char *)(uintptr_t)key},
            .size = 16777216,
            .etag = "e-2",
            .status = status,
            .verified = status == RESULT_COPIED ? VERIFIED_SIZE : VERIFIED_NONE,
            .attempts = 1};
    struct buf text;

    if (status == RESULT_FAILED)
        err_set(&r.err, ERR_ACCESS_DENIED, "no");
    buf_init(&text, BUF_MAX_RESULT);
    result_write(&text, &r);
    home_write(file, buf_str(&text));
    buf_free(&text);
}

/* Three objects in two slices each: one copied, one failed, one that was not reached. */
static void put_away(bool is_cut)
{
    static struct shard shards[6];
    struct plan plan = {.items = 3, .shard_count = 6, .shards = shards};
    struct result_files files;
    unsigned i;

    for (i = 0; i < 6; i++)
        shards[i] = (struct shard){
                .items = i % 2 ? 0 : 1, .slice = is_cut ? 1 + i % 2 : 0, .slices = is_cut ? 2 : 0};
    assert_int_equal(result_files_find(&files, store, &plan, &err), ERR_OK);
    shared_uploads_put_away(&plan, store, &session.sync, &files, &stop);
    result_files_free(&files);
}

static void results(void)
{
    result_line("work/results/000000.jsonl", "a", RESULT_COPIED);
    result_line("work/results/000002.jsonl", "b", RESULT_FAILED);
}

static void test_put_away(void **state)
{
    char a[128], again[128], announced[128], b[128], c[128];

    (void)state;
    results();
    snprintf(a, sizeof a, "%s", record("a", UPLOAD_FIRST));
    snprintf(again, sizeof again, "%s", record("a", 1));
    snprintf(announced, sizeof announced, "%s", record("b", UPLOAD_ANNOUNCED + 77));
    snprintf(b, sizeof b, "%s", record("b", UPLOAD_FIRST));
    snprintf(c, sizeof c, "%s", record("c", UPLOAD_FIRST));
    put_away(true);
    assert_false(home_has(a));
    assert_false(home_has(again));
    assert_false(home_has(b));
    assert_false(home_has(announced));
    assert_true(home_has(c)); /* for the next run */
    assert_int_equal(fake.uploads_aborted, 4);
}

/* A plan without slices has records of workers that may be at it. */
static void test_not_cut(void **state)
{
    char a[128];

    (void)state;
    results();
    snprintf(a, sizeof a, "%s", record("a", UPLOAD_FIRST));
    put_away(false);
    assert_true(home_has(a));
    assert_int_equal(fake.uploads_aborted, 0);
}

/* An upload that cannot be removed stays on record; so does a record that cannot be read. */
static void test_stays(void **state)
{
    char a[128], b[128];

    (void)state;
    results();
    snprintf(a, sizeof a, "%s", record("a", UPLOAD_FIRST));
    snprintf(b, sizeof b, "%s", record("b", UPLOAD_FIRST));
    home_write(b, "{");
    fake_rule("DELETE /dst/a", 403, "<Error><Code>AccessDenied</Code></Error>", 99);
    put_away(true);
    assert_true(home_has(a));
    assert_true(home_has(b));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
            TEST(test_put_away),
            TEST(test_not_cut),
            TEST(test_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
