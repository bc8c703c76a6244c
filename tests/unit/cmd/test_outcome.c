/* The texts that a run ends with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "cli/console.h"
#include "cmd/outcome.h"

static char *out_text, *err_text;
static struct cmd_io io;
static struct report report;
static struct problems problems;

static int setup(void **state)
{
    static size_t out_size, err_size;

    (void)state;
    io.out = open_memstream(&out_text, &out_size);
    io.err = open_memstream(&err_text, &err_size);
    console_open(&io);
    memset(&report, 0, sizeof report);
    problems_init(&problems);
    return io.out && io.err ? 0 : -1;
}

/* The text that was written so far. */
static const char *text_of(FILE *file)
{
    fflush(file);
    return file == io.out ? out_text : err_text;
}

static int teardown(void **state)
{
    (void)state;
    console_close();
    fclose(io.out);
    fclose(io.err);
    free(out_text);
    free(err_text);
    problems_free(&problems);
    report_free(&report);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void add_failure(uint64_t line)
{
    struct result *f = &report.failures[report.failures_kept++];

    f->item.line = line;
    f->item.bucket = strdup("src");
    f->item.key = strdup("k\x1b[1m");
    err_set(&f->err, ERR_SERVICE, "refused");
    snprintf(f->err.service_code, sizeof f->err.service_code, "AccessDenied");
    if (line % 2 == 0)
        snprintf(f->err.request_id, sizeof f->err.request_id, "R%u", (unsigned)line);
    if (line % 4 == 0)
        snprintf(f->err.host_id, sizeof f->err.host_id, "H%u", (unsigned)line);
    report.by_status[RESULT_FAILED]++;
    report.items++;
}

static struct outcome outcome_of(const struct err *err)
{
    return (struct outcome){.io = &io,
            .problems = &problems,
            .report = &report,
            .report_json = "{\"items\": 1}",
            .report_place = "s3://dst/ENDED_COPY.csv",
            .work_place = "work",
            .err = err};
}

static void summary_is(const char *expected)
{
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    outcome_summary(&text, &report, "R", "W");
    assert_string_equal(buf_str(&text), expected);
    buf_free(&text);
}

static void test_notes(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, BUF_MAX_SMALL);
    outcome_notes(&text, &report);
    assert_string_equal(buf_str(&text), "");
    report.notes[0] = 2;
    report.notes[1] = 1;
    report.notes[REPORT_NOTES_MOST - 1] = 7; /* a bit that has no name */
    outcome_notes(&text, &report);
    assert_string_equal(buf_str(&text), "\nNotes: 2 tags-dropped, 1 layout-not-mirrored (copyout "
                                        "explain NAME says what that means)");
    buf_free(&text);
}

static void test_summary(void **state)
{
    (void)state;
    report.items = 10;
    summary_is("10 objects: nothing copied.\nReport: R\nWork store: W");
    report.page = (char *)(uintptr_t) "W/COPY_REPORT.html";
    summary_is("10 objects: nothing copied.\nReport: R\nPage: W/COPY_REPORT.html\nWork store: W");
    report.page = NULL;
    report.by_status[RESULT_COPIED] = 4;
    report.bytes = 2048;
    report.seconds = 1.25;
    report.verified[VERIFIED_ETAG] = 4;
    summary_is(
            "10 objects: 4 copied (2.00 KiB in 1.2 s); each copy proven by ETag.\nReport: R\nWork "
            "store: W");
    report.by_status[RESULT_SAME] = 3;
    report.by_status[RESULT_KEPT] = 1;
    report.by_status[RESULT_FAILED] = 1;
    report.missing = 1;
    report.verified[VERIFIED_CHECKSUM] = 1;
    report.verified[VERIFIED_SIZE] = 1;
    report.verified[VERIFIED_NONE] = 1;
    report.tags_dropped = 2;
    summary_is(
            "10 objects: 4 copied (2.00 KiB in 1.2 s), 3 the same already, 1 kept as they were, 1 "
            "failed, 1 not reached; 4 proven by ETag, 1 by checksum, 1 compared by size only, 1 not "
            "compared, 2 without their tags.\nReport: R\nWork store: W");
    memset(&report, 0, sizeof report);
    report.items = 2;
    report.dry_run = true;
    report.by_status[RESULT_PENDING] = 2;
    report.bytes = 7;
    summary_is(
            "2 objects: dry run, nothing was copied; 2 would be (7 B).\nReport: R\nWork store: W");
}

static void test_problems(void **state)
{
    unsigned i;

    (void)state;
    problems_add(&problems, 0, "no rows");
    for (i = 1; i < PROBLEMS_KEPT + 5; i++)
        problems_add(&problems, i, "row %u", i);
    outcome_print_problems(&io, &problems);
    (void)text_of(io.err);
    assert_ptr_equal(strstr(err_text, "no rows\nline 1: row 1\nline 2: row 2\n"), err_text);
    assert_non_null(strstr(err_text, "\nline 99: row 99\n… and 5 more\n"));
    assert_string_equal(text_of(io.out), "");
}

static void test_failures(void **state)
{
    unsigned i;

    (void)state;
    for (i = 1; i <= 12; i++)
        add_failure(i);
    outcome_print_failures(&io, &report);
    (void)text_of(io.err);
    assert_ptr_equal(
            strstr(err_text,
                    "FAILED line 1 s3://src/k\\x1b[1m: AccessDenied: refused\n"
                    "FAILED line 2 s3://src/k\\x1b[1m: AccessDenied: refused, request R2\n"),
            err_text);
    assert_non_null(strstr(err_text, "AccessDenied: refused, request R4, host H4\n"));
    assert_non_null(strstr(err_text, "FAILED line 10 "));
    assert_null(strstr(err_text, "FAILED line 11 "));
    assert_non_null(strstr(err_text, "\n… and 2 more; the report names them all\n"));
}

/* When the last line is the command that goes on. */
static void test_goes_on(void **state)
{
    static const struct {
        enum err_code code;
        int http_status, stop_code;
        bool made, dry_run, has_plan, costs;
        uint64_t failed, missing;
        bool goes_on;
    } rows[] = {
            {.made = true},
            {.made = true, .failed = 1, .goes_on = true},
            {.made = true, .missing = 1, .goes_on = true},
            {.made = true, .missing = 1, .stop_code = 130, .goes_on = true},
            {.made = true, .stop_code = 130}, /* all was done when the signal came */
            {.stop_code = 143, .code = ERR_INTERRUPTED, .goes_on = true},
            {.made = true, .dry_run = true, .failed = 1},
            {.made = true, .dry_run = true, .missing = 1, .goes_on = true},
            {.code = ERR_USAGE},
            {.code = ERR_INPUT, .has_plan = true},
            {.code = ERR_INPUT, .has_plan = true, .costs = true, .goes_on = true},
            {.code = ERR_MANIFEST},
            {.code = ERR_WRONG_REGION, .has_plan = true},
            {.code = ERR_ACCESS_DENIED, .has_plan = true, .goes_on = true},
            {.code = ERR_CREDENTIALS},
            {.code = ERR_CREDENTIALS, .has_plan = true, .goes_on = true},
            {.code = ERR_IO},
            {.code = ERR_IO, .has_plan = true, .goes_on = true},
            {.code = ERR_NETWORK, .goes_on = true},
            {.code = ERR_SERVICE},
            {.code = ERR_SERVICE, .http_status = 503, .goes_on = true},
            {.code = ERR_IO, .made = true, .has_plan = true, .goes_on = true},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct outcome o = outcome_of(NULL);
        struct err e;

        if (rows[i].code != ERR_OK) {
            err_set(&e, rows[i].code, "it failed");
            e.http_status = rows[i].http_status;
            o.err = &e;
        }
        report.made = rows[i].made;
        report.dry_run = rows[i].dry_run;
        report.by_status[RESULT_FAILED] = rows[i].failed;
        report.missing = rows[i].missing;
        o.stop_code = rows[i].stop_code;
        o.has_plan = rows[i].has_plan;
        o.costs_too_much = rows[i].costs;
        assert_false(outcome_goes_on(&o));
        o.go_on = "copyout run";
        if (outcome_goes_on(&o) != rows[i].goes_on)
            fail_msg("row %zu", i);
    }
    report.made = false;
}

static void test_last_line(void **state)
{
    struct outcome o = outcome_of(NULL);

    (void)state;
    report.made = true;
    report.missing = 1;
    o.go_on = "copyout run 'a b'";
    assert_int_equal(outcome_print(&o), 1);
    (void)text_of(io.err);
    assert_non_null(strstr(err_text, "To go on, run:\n  copyout run 'a b'\n"));
    assert_true(strlen(strstr(err_text, "  copyout")) == strlen("  copyout run 'a b'\n"));
}

static void test_exit_codes(void **state)
{
    struct outcome o;
    struct err e;

    (void)state;
    o = outcome_of(NULL);
    assert_int_equal(outcome_print(&o), 0); /* nothing to tell at all */
    assert_string_equal(text_of(io.out), "");
    report.made = true;
    assert_int_equal(outcome_print(&o), 0);
    assert_non_null(
            strstr(text_of(io.out), "0 objects: nothing copied.\nReport: s3://dst/ENDED_COPY.csv\n"
                                    "Work store: work\n"));
    report.missing = 1;
    assert_int_equal(outcome_print(&o), 1);
    err_set(&e, ERR_WRONG_REGION, "elsewhere");
    o.err = &e;
    assert_int_equal(outcome_print(&o), 3);
    assert_non_null(strstr(text_of(io.err), "copyout: error: elsewhere\n"));
    o.stop_code = 143;
    assert_int_equal(outcome_print(&o), 143);
}

static void test_json(void **state)
{
    struct outcome o;
    struct err e;

    (void)state;
    err_set(&e, ERR_INPUT, "field \"x\"");
    o = outcome_of(&e);
    o.json = true;
    assert_int_equal(outcome_print(&o), 2);
    assert_string_equal(text_of(io.out),
            "{\"error\": {\"name\": \"InvalidInputError\", \"message\": "
            "\"field \\\"x\\\"\"}, \"exitCode\": 2, \"workStore\": \"work\"}\n");
    report.made = true; /* then the report is what is told */
    assert_int_equal(outcome_print(&o), 2);
    assert_non_null(strstr(text_of(io.out), "\n{\"items\": 1}\n"));
    o.report_json = NULL;
    o.err = NULL;
    assert_int_equal(outcome_print(&o), 0);
}

static void test_quiet(void **state)
{
    struct outcome o = outcome_of(NULL);

    (void)state;
    report.made = true;
    o.quiet = true;
    assert_int_equal(outcome_print(&o), 0);
    assert_string_equal(text_of(io.out), "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_notes),
            TEST(test_summary),
            TEST(test_problems),
            TEST(test_failures),
            TEST(test_goes_on),
            TEST(test_last_line),
            TEST(test_exit_codes),
            TEST(test_json),
            TEST(test_quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
