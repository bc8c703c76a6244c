/* How far it is where there is no terminal: dated lines of a log, and JSON lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/console.h"
#include "cmd/progress/progress.h"

static char *out_text, *err_text;
static struct cmd_io io;
static struct progress progress;

static const struct engine_progress now = {.items = 10,
        .done = 4,
        .carried = 1,
        .by_status = {[RESULT_COPIED] = 3, [RESULT_FAILED] = 1},
        .seconds = 2.5,
        .bytes_done = 300,
        .bytes_known = 1000,
        .sized = 10,
        .requests_in_flight = 7,
        .pressure = {.in_flight = 7,
                .limit = 64,
                .slow_downs = 2,
                .full_us = UINT64_MAX,
                .slowed_us = 5},
        .largest = {{.bucket = "b", .key = "k\x1b", .size = 500, .parts = 5, .parts_done = 2}},
        .largest_count = 1};

static char *no_env(const char *name)
{
    (void)name;
    return NULL;
}

static int setup(void **state)
{
    static size_t out_size, err_size;

    (void)state;
    io.out = open_memstream(&out_text, &out_size);
    io.err = open_memstream(&err_text, &err_size);
    io.getenv = no_env;
    console_open(&io);
    return io.out && io.err ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    console_close();
    fclose(io.out);
    fclose(io.err);
    free(out_text);
    free(err_text);
    return 0;
}

static const char *said(void)
{
    fflush(io.out);
    fflush(io.err);
    return err_text;
}

static void begin(bool json, uint64_t interval_ms, bool quiet)
{
    const struct progress_options options = {json, interval_ms};

    progress_init(&progress, &io, &options, quiet);
}

static void test_interval(void **state)
{
    static const struct {
        bool json, quiet;
        uint64_t asked_ms, every_ms;
    } rows[] = {
            {false, false, 0, 10000},
            {false, false, 250, 250},
            {true, false, 0, 1000},
            {true, true, 250, 250},
            {false, true, 250, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(rows[i].json, rows[i].asked_ms, rows[i].quiet);
        assert_int_equal(progress_every_ms(&progress), rows[i].every_ms);
        progress_end(&progress);
        console_set_listener(NULL, NULL);
    }
    progress_init(&progress, &io, NULL, false);
    assert_int_equal(progress_every_ms(&progress), 10000);
    assert_false(progress_wants_results(&progress));
    progress_end(&progress);
}

/* A dated line, and no escape sequence. */
static void test_log(void **state)
{
    struct progress_summary summary;
    const char *text;

    (void)state;
    begin(false, 0, false);
    progress_show(&progress, &now);
    assert_null(progress_summary_open(&summary, &progress));
    progress_summary_close(&summary, &progress, 0);
    progress_end(&progress);
    text = said();
    assert_memory_equal(text, "copyout: 20", 11);
    assert_string_equal(text + strlen("copyout: 2026-11-26T11:24:03Z "),
            "objects 4 of 10 (40%), 1 FAILED; bytes 300 B of 1000 B (30%); 7 requests in flight, 2 "
            "throttled, limited by S3's throttling\n");
    assert_string_equal(out_text, "");
}

static unsigned no_lines(
        const void *facts, unsigned columns, unsigned rows, struct terminal_line *lines)
{
    (void)facts;
    (void)columns;
    (void)rows;
    (void)lines;
    fail_msg("there is no terminal");
    return 0;
}

static void add_facts(const void *facts, struct buf *out)
{
    buf_adds(out, facts);
}

/* Other work than a copying has its own words in the line of a log. */
static void test_view(void **state)
{
    const struct progress_view view = {"3 of 4", no_lines, add_facts};

    (void)state;
    begin(false, 0, false);
    progress_show_view(&progress, &view);
    progress_end(&progress);
    assert_string_equal(said() + strlen("copyout: 2026-11-26T11:24:03Z "), "3 of 4\n");
}

static json_t *line_at(const char *text, unsigned number)
{
    json_t *line;

    for (; number > 0; number--)
        text = strchr(text, '\n') + 1;
    line = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(line);
    return line;
}

static const char *text_at(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static void test_json(void **state)
{
    struct result result = {.item = {.line = 3}, .size = 9, .status = RESULT_COPIED};
    struct progress_summary summary;
    char key[] = "k";
    json_t *line, *largest;
    FILE *file;

    (void)state;
    result.item.bucket = result.item.key = result.item.destination_key = key;
    begin(true, 0, true);
    progress_show(&progress, &now);
    progress_on_result(&progress, &result);
    log_info("no warning");
    log_warn("mind \"this\"");
    progress_end(&progress);
    file = progress_summary_open(&summary, &progress);
    assert_non_null(file);
    fputs("{\"items\": 10}\n", file);
    log_error("at the end");
    progress_summary_close(&summary, &progress, 1);
    log_warn("nobody is told any more");
    (void)said();

    line = line_at(out_text, 0);
    assert_string_equal(text_at(line, "type"), "status");
    assert_string_equal(text_at(line, "limitedBy"), "throttling");
    assert_true(json_is_null(json_object_get(json_object_get(line, "objects"), "perSecond")));
    assert_int_equal(
            json_integer_value(json_object_get(json_object_get(line, "bytes"), "total")), 1000);
    largest = json_array_get(json_object_get(line, "largest"), 0);
    assert_string_equal(text_at(largest, "sourceKey"), "k\x1b"); /* as it is, escaped by JSON */
    assert_int_equal(json_integer_value(json_object_get(largest, "partsDone")), 2);
    json_decref(line);
    line = line_at(out_text, 1);
    assert_string_equal(text_at(line, "type"), "object");
    assert_string_equal(text_at(line, "status"), "COPIED");
    json_decref(line);
    line = line_at(out_text, 2);
    assert_string_equal(text_at(line, "type"), "warning");
    assert_string_equal(text_at(line, "level"), "warning");
    assert_string_equal(text_at(line, "message"), "mind \"this\"");
    json_decref(line);
    line = line_at(out_text, 3);
    assert_string_equal(text_at(line, "level"), "error");
    json_decref(line);
    line = line_at(out_text, 4);
    assert_string_equal(text_at(line, "type"), "summary");
    assert_int_equal(json_integer_value(json_object_get(line, "items")), 10);
    assert_int_equal(json_integer_value(json_object_get(line, "exitCode")), 1);
    json_decref(line);
    assert_null(strstr(out_text, "nobody"));
    assert_null(strstr(out_text, "no warning"));
    assert_non_null(strstr(said(), "copyout: warning: mind \"this\"\n"));
}

/* What --json prints is none: the exit code is told all the same. */
static void test_summary_alone(void **state)
{
    struct progress_summary summary;

    (void)state;
    begin(true, 0, false);
    progress_end(&progress);
    assert_non_null(progress_summary_open(&summary, &progress));
    progress_summary_close(&summary, &progress, 4);
    (void)said();
    assert_non_null(strstr(out_text, "{\"type\":\"summary\",\"time\":\"20"));
    assert_non_null(strstr(out_text, ",\"exitCode\":4}\n"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_interval, setup, teardown),
            cmocka_unit_test_setup_teardown(test_log, setup, teardown),
            cmocka_unit_test_setup_teardown(test_view, setup, teardown),
            cmocka_unit_test_setup_teardown(test_json, setup, teardown),
            cmocka_unit_test_setup_teardown(test_summary_alone, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
