/* The engine from its input to its report, on a small S3 in the same process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "job/engine.h"
#include "job_session.h"
#include "store/uploads.h"

static struct stop stop;
static struct engine *engine;
static struct input input;
static struct problems problems;
static struct report report;
static struct engine_config config;

/* The events that the callbacks saw. */
static unsigned results, ticks;
static enum stop_level stop_at_tick; /* the level to raise when copies are under way */

static void on_result(void *ctx, const struct result *r)
{
    assert_ptr_equal(ctx, &results);
    assert_true(r->status < RESULT_STATUS_COUNT);
    assert_non_null(r->item.destination_key);
    results++;
}

static void on_progress(void *ctx, const struct engine_progress *p)
{
    assert_ptr_equal(ctx, &results);
    assert_true(p->done <= p->begun && p->begun <= p->items);
    assert_true(p->sized <= p->items && p->bytes_done <= p->bytes_known);
    assert_true(p->seconds >= 0);
    ticks++;
    if (stop_at_tick == STOP_RUNNING || p->requests_in_flight == 0 || stop_asked(&stop) ||
            p->begun < 4)
        return;
    assert_true(engine_is_copying(engine));
    stop_raise(&stop, stop_at_tick, STOP_CAUSE_CALLER, 0);
    if (stop_at_tick == STOP_FINISH)
        fake_open_gate();
}

static int setup(void **state)
{
    (void)state;
    surroundings_begin();
    open_session(0);
    stop = (struct stop){0};
    results = ticks = 0;
    stop_at_tick = STOP_RUNNING;
    memset(&report, 0, sizeof report);
    problems_init(&problems);
    if (input_init(&input, &err) != ERR_OK)
        return -1;
    config = (struct engine_config){
            .session = &session,
            .stop = &stop,
            .tmp = home,
            .on_result = on_result,
            .on_progress = on_progress,
            .progress_ms = 5,
            .ctx = &results,
    };
    return 0;
}

static void close_engine(void)
{
    engine_close(engine);
    engine = NULL;
}

static int teardown(void **state)
{
    (void)state;
    close_engine();
    assert_null(stop.listener);
    assert_true(session_close(&session));
    report_free(&report);
    problems_free(&problems);
    input_free(&input);
    surroundings_end();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void open_engine(const char *work)
{
    config.work = work;
    if (engine_open(&engine, &config, &err) != ERR_OK)
        fail_msg("%s", err.message);
}

static void is_ok(enum err_code code)
{
    if (code != ERR_OK)
        fail_msg("%s: %s", err_name(code), err.message);
}

static void set_input(const char *list, const char *to)
{
    is_ok(input_set_manifest(&input, list, &err));
    is_ok(input_set_destination(&input, to, &err));
    is_ok(input_check(&input, &err));
}

/* --- all steps --- */

static void check_copies(unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        char from[32], to[32];

        snprintf(from, sizeof from, "src/k%u", i);
        snprintf(to, sizeof to, "dst/out/k%u", i);
        assert_non_null(fake_find(to));
        assert_string_equal(fake_find(to)->etag, fake_find(from)->etag);
    }
}

/* One run, and one that finds the files of the first. */
static void run_twice_to_the_same_names(void)
{
    unsigned i;

    for (i = 0; i < 2; i++) {
        close_engine();
        report_free(&report);
        open_engine(in_home("work"));
        is_ok(engine_run(engine, &input, &problems, &report, &err));
    }
}

static void test_run(void **state)
{
    struct engine_progress p;
    struct buf text;
    char *json;

    (void)state;
    make_rising_list(3, 1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    engine_progress(engine, &p);
    assert_int_equal(p.items + p.begun + p.done, 0);
    assert_false(engine_is_copying(engine));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    check_copies(3);
    assert_true(report.made && report_is_complete(&report));
    assert_int_equal(report.items, 3);
    assert_int_equal(report.by_status[RESULT_COPIED], 3);
    assert_int_equal(report.verified[VERIFIED_ETAG], 3);
    assert_int_equal(report.bytes, 10 + 11 + 12);
    assert_int_equal(results, 3);
    engine_progress(engine, &p);
    assert_int_equal(p.items, 3);
    assert_int_equal(p.begun, 3);
    assert_int_equal(p.done, 3);
    assert_int_equal(p.by_status[RESULT_COPIED], 3);
    assert_int_equal(p.bytes_copied, 33);
    assert_int_equal(p.bytes_done, 33);
    assert_int_equal(p.bytes_known, 33);
    assert_int_equal(p.sized, 3);
    assert_true(p.list_ended && !p.list_waits && !p.stopping);
    assert_int_equal(p.largest_count, 0);
    assert_int_equal(p.pressure.in_flight, 0);
    assert_int_equal(p.pressure.slow_downs, 0);
    assert_true(p.pressure.limit > 0);
    assert_int_equal(engine_plan(engine)->items, 3);
    assert_ptr_equal(engine_input(engine), &input);
    assert_non_null(fake_find("dst/out/STARTED_COPY.txt"));
    assert_non_null(fake_find("dst/out/ENDED_COPY.csv"));
    assert_non_null(strstr(home_read("work/results/000000.jsonl"), "\"COPIED\""));
    assert_non_null(strstr(home_read("work/report.json"), "\"copied\": 3"));
    buf_init(&text, BUF_MAX_SMALL);
    engine_show(engine, "", &text);
    assert_string_equal(buf_str(&text), in_home("work"));
    buf_clear(&text);
    engine_show_shards(engine, &text);
    assert_string_equal(buf_str(&text), in_home("work/shards.json"));
    buf_clear(&text);
    engine_show_report(engine, &text);
    assert_string_equal(buf_str(&text), "s3://dst/out/ENDED_COPY.csv");
    buf_free(&text);
    json = engine_report_json(engine, &report);
    assert_non_null(strstr(json, "\"CopyObject\": 3"));
    assert_non_null(strstr(json, "\"report\": \"s3://dst/out/ENDED_COPY.csv\""));
    assert_null(strchr(json, '\n'));
    free(json);
}

/* Files of somebody else under our names are left, or replaced, as the input says; ours are
 * replaced.
 */
static void test_foreign_files(void **state)
{
    struct buf text;

    (void)state;
    make_rising_list(1, 1);
    fake_text("dst/out/STARTED_COPY.txt", "theirs");
    fake_text("dst/out/ENDED_COPY.csv", "theirs");
    set_input("list.csv", "s3://dst/out/");
    input.on_foreign_file = ON_FOREIGN_FILE_NUMBER;
    run_twice_to_the_same_names();
    assert_string_equal(fake_find("dst/out/STARTED_COPY.txt")->body, "theirs");
    assert_string_equal(fake_find("dst/out/ENDED_COPY.csv")->body, "theirs");
    assert_non_null(strstr(fake_find("dst/out/STARTED_COPY-2.txt")->body, "copyout started at"));
    assert_non_null(strstr(fake_find("dst/out/ENDED_COPY-2.csv")->body, "s3://dst/out/k0"));
    assert_null(fake_find("dst/out/STARTED_COPY-3.txt"));
    assert_null(fake_find("dst/out/ENDED_COPY-3.csv"));
    buf_init(&text, BUF_MAX_SMALL);
    engine_show_report(engine, &text);
    assert_string_equal(buf_str(&text), "s3://dst/out/ENDED_COPY-2.csv");
    buf_free(&text);
    assert_non_null(strstr(home_read("work/report.json"), "s3://dst/out/ENDED_COPY-2.csv"));

    input.on_foreign_file = ON_FOREIGN_FILE_OVERWRITE;
    run_twice_to_the_same_names();
    assert_non_null(strstr(fake_find("dst/out/STARTED_COPY.txt")->body, "copyout started at"));
    assert_non_null(strstr(fake_find("dst/out/ENDED_COPY.csv")->body, "s3://dst/out/k0"));
}

/* Without marker and report nothing but the copies is written. */
static void test_no_files_of_ours(void **state)
{
    (void)state;
    make_rising_list(1, 1);
    set_input("list.csv", "s3://dst/out/");
    input.include_marker = input.include_report = false;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    check_copies(1);
    assert_null(fake_find("dst/out/STARTED_COPY.txt"));
    assert_null(fake_find("dst/out/ENDED_COPY.csv"));
    assert_int_equal(fake.uploads_aborted, 1); /* by which it was seen that we may write */
}

/* Copies the list to dst/out/, in the work store "work". */
static void run_first(void)
{
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    close_engine();
    report_free(&report);
}

/* The second run finds all there, and counts what it did itself. */
static void test_run_again(void **state)
{
    (void)state;
    make_rising_list(5, 1);
    run_first();
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(report.by_status[RESULT_SAME], 5);
    assert_int_equal(fake.copies, 5);
}

static void test_run_with_failures(void **state)
{
    (void)state;
    make_rising_list(2, 1);
    home_write("list.csv", "src,k0\nsrc,none\nsrc,k1\n");
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_false(report_is_complete(&report));
    assert_int_equal(report.by_status[RESULT_COPIED], 2);
    assert_int_equal(report.by_status[RESULT_FAILED], 1);
    assert_int_equal(report.failures_kept, 1);
    assert_int_equal(report.failures[0].item.line, 2);
    assert_string_equal(report.failures[0].err.service_code, "NoSuchKey");
}

static void test_dry_run(void **state)
{
    struct buf text;

    (void)state;
    make_rising_list(2, 1);
    set_input("list.csv", "s3://dst/out/");
    input.dry_run = true;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(report.by_status[RESULT_PENDING], 2);
    assert_int_equal(fake.copies, 0);
    assert_null(fake_find("dst/out/ENDED_COPY.csv"));
    buf_init(&text, BUF_MAX_SMALL);
    engine_show_report(engine, &text);
    assert_string_equal(buf_str(&text), in_home("work/report.csv"));
    buf_free(&text);
}

/* A dry run tells what the copy would take: the looks again, the copies, marker and report. */
static void test_dry_run_estimates(void **state)
{
    const struct cost_counts *c = &report.estimate.most;

    (void)state;
    make_rising_list(3, 1);
    set_input("list.csv", "s3://dst/out/");
    input.dry_run = true;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_true(report.estimate.looked);
    assert_int_equal(report.estimate.items, 3);
    assert_int_equal(c->requests[COST_COPY_OBJECT], 3);
    assert_int_equal(c->requests[COST_PUT_OBJECT], 2);
    assert_int_equal(c->requests[COST_CREATE_MULTIPART_UPLOAD], 0);
    assert_int_equal(c->bytes, report.bytes);
}

/* Without permission to write there is no plan to go on with, but the list is known. */
static void test_estimate_of_a_list(void **state)
{
    struct cost_estimate estimate;

    (void)state;
    make_rising_list(2, 1);
    set_input("list.csv", "s3://dst/out/");
    input.dry_run = true;
    fake_rule("POST /dst/out/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    open_engine(in_home("work"));
    assert_int_equal(engine_prepare(engine, &input, &problems, &err), ERR_ACCESS_DENIED);
    engine_estimate(engine, &estimate);
    assert_false(estimate.looked);
    assert_int_equal(estimate.items, 2);
    assert_int_equal(estimate.least.requests[COST_COPY_OBJECT], 2);
    assert_true(cost_requests(&estimate.most) > cost_requests(&estimate.least));
}

/* All objects are looked at before the first copy, and nothing is written when that is too dear. */
static void test_max_cost(void **state)
{
    uint64_t needed;

    (void)state;
    make_rising_list(3, 1);
    set_input("list.csv", "s3://dst/out/");
    input.max_cost_micro = 20; /* three copies alone cost 15 millionths, two objects of ours 10 */
    open_engine(in_home("work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "more than the $0.00002 that maxCost (--max-cost) allows"));
    assert_int_equal(fake.copies, 0);
    assert_null(fake_find("dst/out/STARTED_COPY.txt"));
    assert_false(report.made);
    needed = engine_cost_micro(engine);
    engine_close(engine);
    engine = NULL;

    input.max_cost_micro = needed; /* as much as it costs may be spent */
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(report.by_status[RESULT_COPIED], 3);
    assert_int_equal(fake.copies, 3);
    assert_non_null(fake_find("dst/out/STARTED_COPY.txt"));
    assert_int_equal(report.estimate.most.requests[COST_COPY_OBJECT], 3);
}

/* A job that is prepared for others does not look, and stops only at what is too dear for certain.
 */
static void test_max_cost_of_prepare(void **state)
{
    (void)state;
    make_rising_list(3, 1);
    set_input("list.csv", "s3://dst/out/");
    input.max_cost_micro = 14;
    open_engine(in_home("work"));
    assert_int_equal(engine_prepare(engine, &input, &problems, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "3 objects would cost at least $0.0000"));
    assert_non_null(strstr(err.message, "more than the $0.000014 that maxCost allows"));
    assert_null(fake_find("dst/out/STARTED_COPY.txt"));
    input.max_cost_micro = 1000;
    is_ok(engine_prepare(engine, &input, &problems, &err));
    assert_non_null(fake_find("dst/out/STARTED_COPY.txt"));
}

static void test_problems(void **state)
{
    (void)state;
    home_write("list.csv", "src,a\nonly one\nsrc,b\nno,,row,at,all\n");
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_MANIFEST);
    assert_int_equal(problems.total, 2);
    assert_int_equal(problems.kept[0].line, 2);
    assert_false(report.made);
    assert_int_equal(fake.object_count, 0); /* nothing was written there */
}

static void test_not_allowed(void **state)
{
    (void)state;
    make_rising_list(1, 1);
    fake_rule("PUT /dst/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_ACCESS_DENIED);
    assert_non_null(strstr(err.message, "may not write to s3://dst/out/"));
    assert_int_equal(fake.copies, 0);
}

/* Permission that comes while it waits. */
static void test_wait(void **state)
{
    (void)state;
    make_rising_list(1, 1);
    fake_rule("PUT /dst/", 403, "<Error><Code>AccessDenied</Code></Error>", 1);
    set_input("list.csv", "s3://dst/out/");
    config.wait_ms = 3600000;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    check_copies(1);
}

static void test_wrong_region(void **state)
{
    (void)state;
    make_rising_list(1, 1);
    fake.region = "eu-west-1";
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_WRONG_REGION);
    assert_non_null(strstr(err.message, "eu-west-1"));
}

/* --- the work store's name --- */

static void test_own_work(void **state)
{
    struct buf text;

    (void)state;
    make_rising_list(1, 1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(NULL);
    buf_init(&text, BUF_MAX_SMALL);
    engine_show(engine, "", &text);
    assert_memory_equal(buf_str(&text), "copyout-work/20", 15);
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    close_engine();
    assert_true(home_has(buf_str(&text)));
    buf_free(&text);
}

/* The name that the engine gives the work store of that list and destination. */
static void own_work_of(const char *list, const char *to, struct buf *text)
{
    set_input(list, to);
    config.input = &input;
    open_engine(NULL);
    buf_clear(text);
    engine_show(engine, "", text);
    close_engine();
    input_free(&input);
    is_ok(input_init(&input, &err));
}

/* The same list and destination have the same folder, wherever the list lies; others another. */
static void test_own_work_is_found_again(void **state)
{
    struct buf first, other;

    (void)state;
    make_rising_list(2, 1);
    home_write("moved.csv", home_read("list.csv"));
    home_write("another.csv", "src,k0\n");
    fake_text("lists/list.csv", "src,k0\n");
    buf_init(&first, BUF_MAX_SMALL);
    buf_init(&other, BUF_MAX_SMALL);
    own_work_of("list.csv", "s3://dst/out/", &first);
    assert_memory_equal(buf_str(&first), "copyout-work/dst-", 17);
    assert_int_equal(first.len, 17 + 16);
    own_work_of("moved.csv", "s3://dst/out/", &other);
    assert_string_equal(buf_str(&first), buf_str(&other));
    own_work_of("another.csv", "s3://dst/out/", &other);
    assert_string_not_equal(buf_str(&first), buf_str(&other));
    own_work_of("list.csv", "s3://dst/elsewhere/", &other);
    assert_string_not_equal(buf_str(&first), buf_str(&other));
    own_work_of("s3://lists/list.csv", "s3://dst/out/", &first);
    assert_memory_equal(buf_str(&first), "copyout-work/dst-", 17);
    own_work_of("s3://lists/list.csv", "s3://dst/out/", &other);
    assert_string_equal(buf_str(&first), buf_str(&other));
    fake_put("lists/list.csv", "00000000000000000000000000000def", 7, "src,k1\n");
    own_work_of("s3://lists/list.csv", "s3://dst/out/", &other);
    assert_string_not_equal(buf_str(&first), buf_str(&other));
    own_work_of("-", "s3://dst/out/", &other);
    assert_memory_equal(buf_str(&other), "copyout-work/dst-", 17); /* standard input is empty */
    own_work_of("-", "s3://dst/out/", &first);
    assert_string_equal(buf_str(&first), buf_str(&other));
    buf_free(&first);
    buf_free(&other);
}

/* A list in S3 that is not there is told of before there is a folder. */
static void test_own_work_of_no_list(void **state)
{
    (void)state;
    set_input("s3://lists/none.csv", "s3://dst/out/");
    config.input = &input;
    assert_int_not_equal(engine_open(&engine, &config, &err), ERR_OK);
    engine = NULL;
    assert_string_equal(err.message, "manifest s3://lists/none.csv: NoSuchKey: it is not there");
    assert_false(home_has("copyout-work"));
}

/* A folder that the engine named goes again when nothing came of the job, and so does
 * another one that it made; one that was there stays as it was. */
static void test_own_work_is_removed(void **state)
{
    (void)state;
    set_input("none.csv", "s3://dst/out/");
    open_engine(NULL);
    assert_true(home_has("copyout-work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_MANIFEST);
    close_engine();
    assert_false(home_has("copyout-work"));
    open_engine(in_home("mine"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_MANIFEST);
    close_engine();
    assert_false(home_has("mine"));
    assert_int_equal(mkdir(in_home("mine"), 0700), 0);
    open_engine(in_home("mine"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_MANIFEST);
    close_engine();
    assert_true(home_has("mine"));
    assert_false(home_has("mine/results") || home_has("mine/job.json"));
}

static void test_open_fails(void **state)
{
    static const char *const rows[] = {"s3://", "s3://B", "/dev/null/x"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        config.work = rows[i];
        assert_int_not_equal(engine_open(&engine, &config, &err), ERR_OK);
        assert_null(engine);
        assert_null(stop.listener);
    }
}

/* The results of another job are given up only when that is asked for. */
static void test_replace_job(void **state)
{
    (void)state;
    make_rising_list(2, 1);
    run_first();
    home_write("list.csv", "src,k1\n");
    open_engine(in_home("work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_INPUT);
    close_engine();
    config.replace_job = true;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(report.items, 1);
}

/* --- steps of their own --- */

static void test_steps(void **state)
{
    char object[192], hex[2 * SHARD_DIGEST_SIZE + 1];
    const char *const shards[] = {"0", object};
    const struct shard *second;
    struct engine_progress p;
    unsigned i;

    (void)state;
    make_rising_list(4, 1);
    set_input("list.csv", "s3://dst/out/");
    input.items_per_shard = 2;
    open_engine("s3://store/job");
    is_ok(engine_prepare(engine, &input, &problems, &err));
    assert_int_equal(engine_plan(engine)->shard_count, 2);
    second = &engine_plan(engine)->shards[1];
    assert_true(second->has_digest);
    str_hex(hex, second->digest, sizeof second->digest);
    snprintf(object, sizeof object,
            "{\"shard\":1,\"items\":2,\"offset\":%llu,\"length\":%llu,\"digest\":\"%s\"}",
            (unsigned long long)second->offset, (unsigned long long)second->length, hex);
    assert_non_null(strstr(fake_find("store/job/shards.json")->body, object));
    close_engine();
    assert_non_null(fake_find("store/job/job.json"));
    for (i = 0; i < 2; i++) {
        open_engine("s3://store/job");
        is_ok(engine_load(engine, shards[i], &err));
        assert_string_equal(engine_input(engine)->destination_bucket, "dst");
        is_ok(engine_copy(engine, &err));
        engine_progress(engine, &p);
        assert_int_equal(p.items, 2);
        assert_int_equal(p.by_status[RESULT_COPIED], 2);
        close_engine();
        assert_non_null(
                fake_find_begin(i ? "store/job/results/000001-" : "store/job/results/000000-"));
    }
    check_copies(4);
    open_engine("s3://store/job");
    is_ok(engine_load(engine, NULL, &err));
    is_ok(engine_report(engine, &report, &err));
    assert_int_equal(report.by_status[RESULT_COPIED], 4);
    assert_true(report.seconds >= 0);
    /* The copies were sent by others: their results tell. */
    assert_int_equal(report.estimate.most.requests[COST_COPY_OBJECT], 4);
    assert_true(report.estimate.most.requests[COST_HEAD_OBJECT] >= 4);
    assert_non_null(fake_find("dst/out/ENDED_COPY.csv"));
    assert_non_null(fake_find("store/job/report.json"));
}

static void test_load_fails(void **state)
{
    static const struct {
        const char *shard;
        enum err_code code;
        const char *said;
    } rows[] = {
            {"one", ERR_USAGE, "must be a number"},
            {"-1", ERR_USAGE, "must be a number"},
            {"", ERR_USAGE, "must be a number"},
            {"1", ERR_INPUT, "shard"},
            {"{}", ERR_INPUT, "must be an object of shards.json"},
            {"{\"shard\":7,\"items\":1,\"offset\":0,\"length\":1}", ERR_INPUT, "must be an object"},
    };
    size_t i;

    (void)state;
    open_engine(in_home("work"));
    assert_int_equal(engine_load(engine, NULL, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "there is no job"));
    close_engine();
    make_rising_list(1, 1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    is_ok(engine_prepare(engine, &input, &problems, &err));
    close_engine();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        open_engine(in_home("work"));
        assert_int_equal(engine_load(engine, rows[i].shard, &err), rows[i].code);
        if (!strstr(err.message, rows[i].said))
            fail_msg("%s: %s", rows[i].shard, err.message);
        close_engine();
    }
}

static void test_copy_without_items(void **state)
{
    (void)state;
    make_rising_list(1, 1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    is_ok(engine_prepare(engine, &input, &problems, &err));
    assert_int_equal(unlink(in_home("work/items.jsonl")), 0);
    assert_int_equal(engine_copy(engine, &err), ERR_IO);
    assert_non_null(strstr(err.message, "items.jsonl"));
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

/* A worker whose task another one has does not write over that one's results. */
static void test_may_not_publish(void **state)
{
    (void)state;
    make_rising_list(2, 1);
    set_input("list.csv", "s3://dst/out/");
    config.may_publish = never;
    open_engine("s3://store/job");
    is_ok(engine_prepare(engine, &input, &problems, &err));
    is_ok(engine_copy(engine, &err));
    check_copies(2);
    assert_null(fake_find_begin("store/job/results/"));
}

/* A failure to publish is the error, unless there was one before. */
static void test_publishing_fails(void **state)
{
    (void)state;
    make_rising_list(2, 1);
    fake_rule("PUT /store/job/results/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    set_input("list.csv", "s3://dst/out/");
    open_engine("s3://store/job");
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_IO);
    assert_non_null(strstr(err.message, "AccessDenied"));
    assert_true(report.made); /* all the same */
    assert_int_equal(report.by_status[RESULT_COPIED], 2);
}

static void test_report_cannot_be_put(void **state)
{
    (void)state;
    make_rising_list(1, 1);
    fake_rule("PUT /dst/out/ENDED", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    assert_int_not_equal(engine_run(engine, &input, &problems, &report, &err), ERR_OK);
    assert_non_null(strstr(err.message, "cannot write the report"));
    assert_true(report.made);
}

/* --- stopping --- */

static void test_stopped_before(void **state)
{
    (void)state;
    make_rising_list(3, 1);
    set_input("list.csv", "s3://dst/out/");
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_CALLER, 0);
    open_engine(in_home("work"));
    assert_int_equal(engine_run(engine, &input, &problems, &report, &err), ERR_INTERRUPTED);
    assert_int_equal(fake.copies, 0);
    assert_false(report.made);
}

static void stop_while_copying(enum stop_level level)
{
    make_rising_list(40, 1);
    set_input("list.csv", "s3://dst/out/");
    session_close(&session);
    open_session(4);
    fake_rule("*COPY", 0, NULL, -1);
    fake.rules[0].hold = true;
    stop_at_tick = level;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    fake_open_gate();
    assert_int_equal(stop.level, level);
    assert_true(ticks > 0);
    assert_true(report.made);
    assert_int_equal(report.items, 40);
    assert_true(report.missing > 0);
}

static void test_stop_finish(void **state)
{
    (void)state;
    stop_while_copying(STOP_FINISH);
    assert_true(report.by_status[RESULT_COPIED] >= 4);
    assert_int_equal(report.by_status[RESULT_FAILED], 0);
    assert_int_equal(report.by_status[RESULT_COPIED] + report.missing, 40);
}

static void test_stop_now(void **state)
{
    (void)state;
    stop_while_copying(STOP_NOW);
    assert_int_equal(report.by_status[RESULT_COPIED], 0);
    assert_int_equal(report.by_status[RESULT_FAILED], 0);
    assert_int_equal(report.missing, 40);
    assert_non_null(fake_find("dst/out/ENDED_COPY.csv"));
}

/* An object that a stopped run has done is not asked about again by the one that goes on, and the
 * report counts both; a run after that looks at all. */
static void test_goes_on(void **state)
{
    uint64_t before, copies;

    (void)state;
    stop_while_copying(STOP_FINISH);
    before = report.by_status[RESULT_COPIED];
    copies = fake.copies;
    report_free(&report);
    close_engine();
    stop = (struct stop){0};
    stop_at_tick = STOP_RUNNING;
    results = 0;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(results, 40 - before);
    assert_int_equal(fake.copies, copies + 40 - before);
    assert_int_equal(report.by_status[RESULT_COPIED], 40);
    assert_int_equal(report.earlier.copied, before);
    assert_int_equal(report.earlier.same, 0);
    assert_true(report.earlier.bytes > 0 && report.earlier.bytes < report.bytes);
    assert_int_equal(report.missing, 0);
    report_free(&report);
    close_engine();
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(report.by_status[RESULT_SAME], 40);
    assert_int_equal(report.earlier.copied + report.earlier.same, 0);
}

/* --recheck: also what an interrupted run has settled is looked at. */
static void test_recheck(void **state)
{
    uint64_t before;

    (void)state;
    stop_while_copying(STOP_FINISH);
    before = report.by_status[RESULT_COPIED];
    report_free(&report);
    close_engine();
    stop = (struct stop){0};
    stop_at_tick = STOP_RUNNING;
    results = 0;
    config.recheck = true;
    open_engine(in_home("work"));
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(results, 40);
    assert_int_equal(report.by_status[RESULT_SAME], before);
    assert_int_equal(report.by_status[RESULT_COPIED], 40 - before);
    assert_int_equal(report.earlier.copied, 0);
}

/* One question whether results may be published; the loop brings the answer. */
static struct {
    unsigned count;
    void (*answer)(void *ctx, bool may);
    void *ctx;
} asked;

static void answer_now(void *ctx)
{
    (void)ctx;
    asked.answer(asked.ctx, true);
}

static void ask(void *ctx, void (*answer)(void *ctx, bool may), void *answer_ctx)
{
    assert_ptr_equal(ctx, &results);
    asked.count++;
    asked.answer = answer;
    asked.ctx = answer_ctx;
    is_ok(net_timer_start(session.net, 0, answer_now, NULL, NULL, &err));
}

static void cancel_nothing(void *ctx)
{
    (void)ctx;
}

/* How many results lie in the work store of S3. */
static unsigned published(void)
{
    unsigned lines = 0, i;
    const char *at;

    for (i = 0; i < fake.object_count; i++)
        if (str_starts(fake.objects[i].name, "store/job/results/"))
            for (at = fake.objects[i].body; at && *at; at++)
                lines += *at == '\n';
    return lines;
}

static void stop_when_published(void *ctx, const struct engine_progress *p)
{
    (void)ctx;
    if (p->done == 11 && !stop_asked(&stop) && published() == 11)
        stop_raise(&stop, STOP_NOW, STOP_CAUSE_CALLER, 0);
}

/* In S3 pieces are published while the copying goes on: what a worker had done that was lost is not
 * done again by the next. */
static void test_published_as_they_come(void **state)
{
    (void)state;
    make_rising_list(12, 1);
    set_input("list.csv", "s3://dst/out/");
    fake_rule("PUT /dst/out/k11", 0, NULL, -1);
    fake.rules[0].hold = true;
    config.publish_ms = 1;
    config.ask_publish = ask;
    config.cancel_ask = cancel_nothing;
    config.on_progress = stop_when_published;
    config.may_publish = never; /* what is not published by now never is */
    open_engine("s3://store/job");
    memset(&asked, 0, sizeof asked);
    is_ok(engine_prepare(engine, &input, &problems, &err));
    is_ok(engine_copy(engine, &err));
    close_engine();
    assert_true(asked.count > 0);
    assert_int_equal(published(), 11);
    fake_open_gate();
    stop = (struct stop){0};
    config.on_progress = on_progress;
    config.may_publish = NULL;
    results = 0;
    open_engine("s3://store/job");
    is_ok(engine_run(engine, &input, &problems, &report, &err));
    assert_int_equal(results, 1);
    assert_int_equal(report.by_status[RESULT_COPIED] + report.by_status[RESULT_SAME], 12);
    assert_int_equal(report.earlier.copied, 11);
}

/* Adds a line to a piece of another worker at shard 0. */
static void add_piece_line(
        struct buf *text, unsigned line, enum result_status status, enum verified verified)
{
    char key[16], destination[16];
    struct result r = {.status = status, .verified = verified, .size = 9 + line};

    snprintf(key, sizeof key, "k%u", line - 1);
    snprintf(destination, sizeof destination, "out/k%u", line - 1);
    r.item.line = line;
    r.item.bucket = (char *)(uintptr_t) "src";
    r.item.key = key;
    r.item.destination_key = destination;
    strcpy(r.etag, fake_find("src/k0")->etag);
    if (status == RESULT_FAILED)
        err_set(&r.err, ERR_TIMEOUT, "slow");
    result_write(text, &r);
}

/* Two workers interleaved at one shard: each object is told of once, by the line that is proven. */
static void test_two_workers(void **state)
{
    struct buf first, second;
    unsigned round;

    (void)state;
    make_rising_list(4, 1);
    set_input("list.csv", "s3://dst/out/");
    input.items_per_shard = 4;
    open_engine("s3://store/job");
    is_ok(engine_prepare(engine, &input, &problems, &err));
    close_engine();
    buf_init(&first, BUF_MAX_SMALL);
    buf_init(&second, BUF_MAX_SMALL);
    add_piece_line(&first, 1, RESULT_COPIED, VERIFIED_ETAG);
    add_piece_line(&first, 3, RESULT_FAILED, VERIFIED_NONE);
    add_piece_line(&first, 2, RESULT_FAILED, VERIFIED_NONE);
    add_piece_line(&second, 2, RESULT_COPIED, VERIFIED_ETAG);
    add_piece_line(&second, 1, RESULT_SAME, VERIFIED_ETAG);
    for (round = 0; round < 2; round++) { /* whichever is the newer one */
        fake_text(round ? "store/job/results/000000-0.1.0000000a-0.jsonl"
                        : "store/job/results/000000-0.2.0000000a-0.jsonl",
                buf_str(&first));
        fake_text("store/job/results/000000-0.1.0000000b-0.jsonl", buf_str(&second));
        open_engine("s3://store/job");
        is_ok(engine_load(engine, NULL, &err));
        is_ok(engine_report(engine, &report, &err));
        assert_int_equal(report.by_status[RESULT_COPIED] + report.by_status[RESULT_SAME], 2);
        assert_int_equal(report.by_status[RESULT_COPIED], 2);
        assert_int_equal(report.by_status[RESULT_FAILED], 1);
        assert_int_equal(report.missing, 1);
        assert_int_equal(report.bytes, 10 + 11);
        report_free(&report);
        close_engine();
        fake_find(round ? "store/job/results/000000-0.1.0000000a-0.jsonl"
                        : "store/job/results/000000-0.2.0000000a-0.jsonl")
                ->gone = !round;
    }
    open_engine("s3://store/job"); /* the next worker asks about what is not proven */
    is_ok(engine_load(engine, "0", &err));
    results = 0;
    is_ok(engine_copy(engine, &err));
    assert_int_equal(results, 2);
    close_engine();
    buf_free(&first);
    buf_free(&second);
}

/* A stop that came before the copying: of a step of its own, nothing is begun. */
static void test_stopped_between_steps(void **state)
{
    struct engine_progress p;

    (void)state;
    make_rising_list(3, 1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    is_ok(engine_prepare(engine, &input, &problems, &err));
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_SIGNAL, 15);
    is_ok(engine_copy(engine, &err));
    engine_progress(engine, &p);
    assert_int_equal(p.items, 3);
    assert_int_equal(p.begun, 0);
    assert_int_equal(stop.signal, 15);
}

/* --- cleaning up --- */

/* The record of an upload of dst/key in the work store; its name is left in path. */
static void record(const char *key, const char *id, char path[128])
{
    char name[UPLOADS_NAME_SIZE], text[512];

    is_ok(uploads_name(name, "dst", key, UPLOAD_FIRST, &err));
    snprintf(path, 128, "work/%s", name);
    snprintf(text, sizeof text,
            "{\"format\":1,\"bucket\":\"dst\",\"key\":\"%s\",\"uploadId\":\"%s\",\"sourceBucket\":"
            "\"src\",\"sourceKey\":\"k\",\"etag\":\"e-2\",\"tags\":\"none\",\"at\":1795000000,"
            "\"until\":1795000010,\"size\":16777216,\"parts\":2,\"layoutFrom\":1,\"partSize\":8388608}\n",
            key, id);
    home_write(path, text);
}

static void prepare_store(void)
{
    make_rising_list(1, 1);
    set_input("list.csv", "s3://dst/out/");
    open_engine(in_home("work"));
    is_ok(engine_prepare(engine, &input, &problems, &err));
    close_engine();
}

static void test_clean_up(void **state)
{
    struct engine_cleanup counts;
    char path[128];

    (void)state;
    prepare_store();
    record("a", "U1", path);
    record("b", "U2", path);
    open_engine(in_home("work"));
    is_ok(engine_clean_up(engine, &counts, &err));
    assert_int_equal(counts.records, 2);
    assert_int_equal(counts.removed, 2);
    assert_int_equal(counts.failed, 0);
    assert_int_equal(fake.uploads_aborted, 2);
    is_ok(engine_clean_up(engine, &counts, &err));
    assert_int_equal(counts.records, 0);
}

static void test_clean_up_fails(void **state)
{
    struct engine_cleanup counts;
    char path[128];

    (void)state;
    prepare_store();
    record("a", "U1", path);
    record("b", "U2", path);
    record("c", "U3", path);
    home_write(path, "no record");
    fake_rule("DELETE /dst/a", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    open_engine(in_home("work"));
    is_ok(engine_clean_up(engine, &counts, &err));
    assert_int_equal(counts.records, 3);
    assert_int_equal(counts.removed, 1);
    assert_int_equal(counts.failed, 2);
    assert_true(home_has(path)); /* it stays */
}

static void test_clean_up_stopped(void **state)
{
    struct engine_cleanup counts;
    char path[128];

    (void)state;
    prepare_store();
    record("a", "U1", path);
    open_engine(in_home("work"));
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_CALLER, 0);
    assert_int_equal(engine_clean_up(engine, &counts, &err), ERR_INTERRUPTED);
    assert_int_equal(counts.records, 1);
    assert_int_equal(counts.removed, 0);
}

static void test_clean_up_nothing(void **state)
{
    struct engine_cleanup counts;

    (void)state;
    open_engine(in_home("work"));
    assert_int_equal(engine_clean_up(engine, &counts, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "there is no job"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_run),
            TEST(test_foreign_files),
            TEST(test_no_files_of_ours),
            TEST(test_run_again),
            TEST(test_run_with_failures),
            TEST(test_dry_run),
            TEST(test_dry_run_estimates),
            TEST(test_estimate_of_a_list),
            TEST(test_max_cost),
            TEST(test_max_cost_of_prepare),
            TEST(test_problems),
            TEST(test_not_allowed),
            TEST(test_wait),
            TEST(test_wrong_region),
            TEST(test_own_work),
            TEST(test_own_work_is_found_again),
            TEST(test_own_work_of_no_list),
            TEST(test_own_work_is_removed),
            TEST(test_open_fails),
            TEST(test_replace_job),
            TEST(test_steps),
            TEST(test_load_fails),
            TEST(test_copy_without_items),
            TEST(test_may_not_publish),
            TEST(test_publishing_fails),
            TEST(test_report_cannot_be_put),
            TEST(test_stopped_before),
            TEST(test_stop_finish),
            TEST(test_stop_now),
            TEST(test_goes_on),
            TEST(test_recheck),
            TEST(test_published_as_they_come),
            TEST(test_two_workers),
            TEST(test_stopped_between_steps),
            TEST(test_clean_up),
            TEST(test_clean_up_fails),
            TEST(test_clean_up_stopped),
            TEST(test_clean_up_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
