/* libcopyout's face, on a small S3 in the same process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "copyout/copyout.h"
#include "surroundings.h"

static copyout *job;
static struct copyout_config config;
static unsigned results, progresses, lines, failures;
static int stop_at_progress; /* 1: copyout_stop(job, 0); 2: copyout_stop(job, 1) */

#define INPUT "{\"destinationBucket\":\"dst\",\"destinationFolderKey\":\"out/\"}"

static void on_log(void *ctx, enum copyout_log_level level, const char *line)
{
    assert_ptr_equal(ctx, &results);
    assert_true(level >= config.log_level && level < COPYOUT_LOG_NONE);
    assert_true(line[0] != '\0');
    assert_null(strstr(line, "hushhush"));
    lines++;
}

static void on_result(void *ctx, const struct copyout_result *r)
{
    assert_ptr_equal(ctx, &results);
    assert_string_equal(r->source_bucket, "src");
    assert_memory_equal(r->destination_key, "out/", 4);
    assert_string_equal(r->destination_key + 4, r->source_key);
    assert_int_equal(strcmp(r->status, "FAILED") == 0, r->error_code != NULL);
    assert_int_equal(r->error_code != NULL, r->error_text != NULL);
    failures += r->error_code != NULL;
    results++;
}

static void on_progress(void *ctx, const struct copyout_progress *p)
{
    assert_ptr_equal(ctx, &results);
    assert_true(p->done <= p->items);
    progresses++;
    if (stop_at_progress && p->requests_in_flight > 0) {
        copyout_stop(job, stop_at_progress == 2);
        if (stop_at_progress == 1)
            fake_open_gate();
    }
}

static int setup(void **state)
{
    (void)state;
    surroundings_begin();
    results = progresses = lines = failures = 0;
    stop_at_progress = 0;
    copyout_config_init(&config);
    config.get_env = env_get;
    config.work = "work";
    config.on_log = on_log;
    config.on_result = on_result;
    config.on_progress = on_progress;
    config.progress_ms = 5;
    config.ctx = &results;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    copyout_close(job);
    job = NULL;
    surroundings_end();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void open_job(void)
{
    if (copyout_open(&job, &config) != COPYOUT_OK)
        fail_msg("%s", copyout_error_text(job));
}

static void test_config(void **state)
{
    struct copyout_config c;
    size_t part = offsetof(struct copyout_config, on_log);

    (void)state;
    memset(&c, 0xAA, sizeof c);
    copyout_config_init(&c);
    assert_int_equal(c.size, sizeof c);
    assert_int_equal(c.log_level, COPYOUT_LOG_INFO);
    assert_int_equal(c.progress_ms, 1000);
    assert_null(c.get_env);
    assert_null(c.work);
    /* An older caller's struct ends earlier: what lies behind it is not touched. */
    memset(&c, 0xAA, sizeof c);
    copyout_config_init_size(&c, part);
    assert_int_equal(c.size, part);
    assert_null(c.work);
    assert_int_equal(((unsigned char *)&c)[part], 0xAA);
    assert_string_equal(copyout_version(), "0.1.0");
}

static void test_run(void **state)
{
    struct copyout_counts n;
    size_t part = offsetof(struct copyout_counts, bytes);

    (void)state;
    make_list(3);
    open_job();
    assert_null(copyout_work_place(job));
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_OK);
    assert_string_equal(copyout_error_name(job), "");
    assert_string_equal(copyout_error_text(job), "");
    assert_int_equal(results, 3);
    assert_int_equal(copyout_get_counts(job, &n), 1);
    assert_int_equal(n.items, 3);
    assert_int_equal(n.copied, 3);
    assert_int_equal(n.verified_etag, 3);
    assert_int_equal(n.bytes, 30);
    assert_int_equal(n.missing + n.failed + n.same + n.kept + n.pending, 0);
    memset(&n, 0xAA, sizeof n);
    assert_int_equal(copyout_get_counts_size(job, &n, part), 1);
    assert_int_equal(n.copied, 3);
    assert_int_equal(((unsigned char *)&n)[part], 0xAA);
    assert_string_equal(copyout_report_place(job), "s3://dst/out/ENDED_COPY.csv");
    assert_string_equal(copyout_work_place(job), "work");
    assert_non_null(strstr(copyout_report_json(job), "\"copied\": 3"));
    assert_int_equal(copyout_problem_count(job), 0);
    assert_null(copyout_problem(job, 0, NULL));
    /* A handle is run once. */
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_INPUT);
    assert_string_equal(copyout_error_name(job), "UsageError");
    assert_int_equal(copyout_get_counts(job, &n), 1);
}

static void test_incomplete(void **state)
{
    struct copyout_counts n;

    (void)state;
    make_list(1);
    home_write("list.csv", "src,k0\nsrc,none\n");
    open_job();
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_INCOMPLETE);
    assert_string_equal(copyout_error_name(job), "CopyIncomplete");
    assert_string_equal(copyout_error_text(job), "1 of 2 objects was not copied");
    assert_int_equal(failures, 1);
    assert_int_equal(copyout_get_counts(job, &n), 1);
    assert_int_equal(n.failed, 1);
}

static void test_bad_list(void **state)
{
    struct copyout_counts n;
    uint64_t line = 0;

    (void)state;
    home_write("list.csv", "src,k0\nno row\n");
    open_job();
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_INPUT);
    assert_string_equal(copyout_error_name(job), "ManifestError");
    assert_int_equal(copyout_problem_count(job), 1);
    assert_non_null(copyout_problem(job, 0, &line));
    assert_int_equal(line, 2);
    assert_int_equal(copyout_get_counts(job, &n), 0);
    assert_null(copyout_report_json(job));
    assert_null(copyout_report_place(job));
}

static void test_bad_input(void **state)
{
    static const struct {
        const char *input, *list, *said;
    } rows[] = {
            {"", "list.csv", "JSON"},
            {"{\"destinationBuckt\":\"x\"}", "list.csv", "did you mean"},
            {"{}", "list.csv", "destinationBucket"},
            {INPUT, NULL, "sourceFilesCsv"},
            {INPUT, "s3://B/k", "manifest"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_job();
        assert_int_equal(copyout_run(job, rows[i].input, rows[i].list), COPYOUT_INPUT);
        assert_string_equal(copyout_error_name(job), "InvalidInputError");
        if (!strstr(copyout_error_text(job), rows[i].said))
            fail_msg("%zu: %s", i, copyout_error_text(job));
        copyout_close(job);
        job = NULL;
    }
}

/* The error of opening can be asked for, and nothing can be run. */
static void test_open_fails(void **state)
{
    (void)state;
    config.endpoint_url = "ftp://x";
    assert_int_not_equal(copyout_open(&job, &config), COPYOUT_OK);
    assert_non_null(job);
    assert_non_null(strstr(copyout_error_text(job), "ftp"));
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_INPUT);
    copyout_stop(job, 1);
    copyout_close(job);
    config.endpoint_url = NULL;
    config.region = "no region";
    assert_int_equal(copyout_open(&job, &config), COPYOUT_INPUT);
    assert_string_equal(copyout_error_name(NULL), "OutOfMemoryError");
    assert_string_equal(copyout_error_text(NULL), "out of memory");
}

static void test_destination(void **state)
{
    (void)state;
    make_list(1);
    fake_rule("PUT /dst/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    open_job();
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_DESTINATION);
    assert_string_equal(copyout_error_name(job), "AccessDeniedError");
}

/* A folder that others use is no work store. */
static void test_bad_work(void **state)
{
    (void)state;
    make_list(1);
    config.work = "list.csv";
    open_job();
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_ERROR);
    assert_string_equal(copyout_error_name(job), "IOError");
}

static void test_stopped_before(void **state)
{
    (void)state;
    make_list(1);
    open_job();
    copyout_stop(job, 0);
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_STOPPED);
    assert_int_equal(fake.copies, 0);
}

static void stop_while_copying(int how)
{
    struct copyout_counts n;

    make_list(12); /* so few that they are not listed: the stop finds some of them begun */
    config.max_in_flight = 4;
    fake_rule("*COPY", 0, NULL, -1);
    fake.rules[0].hold = true;
    stop_at_progress = how;
    open_job();
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_STOPPED);
    fake_open_gate();
    assert_true(progresses > 0);
    assert_string_equal(copyout_error_text(job), "stopped; what was done is recorded");
    assert_int_equal(copyout_get_counts(job, &n), 1);
    assert_true(n.missing > 0);
    assert_int_equal(n.failed, 0);
    assert_int_equal(n.copied > 0, how == 1);
}

static void test_stop(void **state)
{
    (void)state;
    stop_while_copying(1);
}

static void test_stop_now(void **state)
{
    (void)state;
    stop_while_copying(2);
}

/* Log lines go to the job that was opened last, and nowhere when it is closed. */
static void test_log(void **state)
{
    copyout *other;
    unsigned before;

    (void)state;
    make_list(1);
    config.log_level = COPYOUT_LOG_TRACE;
    open_job();
    assert_int_equal(copyout_run(job, INPUT, "list.csv"), COPYOUT_OK);
    assert_true(lines > 0);
    assert_int_equal(copyout_open(&other, &config), COPYOUT_OK);
    copyout_close(job);
    job = NULL;
    before = lines;
    assert_int_equal(copyout_run(other, INPUT, "list.csv"), COPYOUT_OK);
    assert_true(lines > before);
    copyout_close(other);
    copyout_close(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_config),
            TEST(test_run),
            TEST(test_incomplete),
            TEST(test_bad_list),
            TEST(test_bad_input),
            TEST(test_open_fails),
            TEST(test_destination),
            TEST(test_bad_work),
            TEST(test_stopped_before),
            TEST(test_stop),
            TEST(test_stop_now),
            TEST(test_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
