/* The questions to Step Functions, and what is made of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../aws/sfn_server.h"
#include "cmd/aws/execution.h"

#define ARN     "arn:aws:states:eu-west-1:1:execution:copyout:r-1"
#define MAP_ARN "arn:aws:states:eu-west-1:1:mapRun:copyout/Copy:m-1"

#define RUNS                                                                                    \
    FOR("DescribeExecution", 200,                                                               \
            "{\"executionArn\":\"" ARN                                                          \
            "\",\"name\":\"r-1\",\"status\":\"RUNNING\",\"startDate\":1700000000.25,\"input\":" \
            "\"{}\"}")
#define HISTORY(events) FOR("GetExecutionHistory", 200, "{\"events\":[" events "]}")
/* A page that is given once, with more to come. */
#define PAGE(events, next)                                              \
    {                                                                   \
        .operation = "GetExecutionHistory", .status = 200,              \
        .body = "{\"events\":[" events "],\"nextToken\":\"" next "\"}", \
    }
#define NO_MAP FOR("ListMapRuns", 200, "{\"mapRuns\":[]}")
#define MAP    FOR("ListMapRuns", 200, "{\"mapRuns\":[{\"mapRunArn\":\"" MAP_ARN "\"}]}")
#define COUNTS                                                                                   \
    FOR("DescribeMapRun", 200,                                                                   \
            "{\"status\":\"RUNNING\",\"itemCounts\":{\"total\":100,\"succeeded\":40,\"failed\":" \
            "3,\"timedOut\":2,\"aborted\":1,\"running\":50,\"pending\":4,\"resultsWritten\":0}}")

#define ENTERED(kind, name) \
    "{\"type\":\"" kind "StateEntered\",\"stateEnteredEventDetails\":{\"name\":\"" name "\"}}"
#define DONE(output) \
    "{\"type\":\"TaskSucceeded\",\"taskSucceededEventDetails\":{\"output\":\"" output "\"}}"
#define PREPARED DONE("{\\\"items\\\":9,\\\"shards\\\":3}")
#define FAILED(error, cause)                                                  \
    "{\"type\":\"TaskFailed\",\"taskFailedEventDetails\":{\"error\":\"" error \
    "\",\"cause\":\"" cause "\"}}"

static struct execution x;

static enum err_code load(const struct canned *canned, size_t count)
{
    enum err_code code;

    steps_will_answer(canned, count);
    memset(&x, 0xA5, sizeof x); /* whatever was in it */
    code = execution_load(&x, sfn, ARN, &err);
    if (code != ERR_OK)
        no_secrets(&err);
    return code;
}

#define LOAD(canned) load(canned, sizeof canned / sizeof canned[0])

static void same_text(const char *a, const char *b)
{
    if (!a || !b)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

static void expect_request(unsigned n, const char *operation, const char *text)
{
    json_t *request = steps_request(n, operation), *expected = json_loads(text, 0, NULL);

    assert_non_null(expected);
    if (!json_equal(request, expected))
        fail_msg("%s: %s", operation, steps.server->seen[n].body);
    json_decref(request);
    json_decref(expected);
}

/* --- executions --- */

static void test_copying(void **state)
{
    static const struct canned canned[] = {RUNS,
            PAGE(ENTERED("Map", "Copy") "," ENTERED("Choice", "AnyItems"), "page-2"),
            PAGE("{\"type\":\"TaskSubmitted\"}", "page-3"),
            PAGE(PREPARED "," FAILED("AccessDeniedError", "then") "," ENTERED("Task", "Prepare"),
                    "page-4"),
            MAP, COUNTS};

    (void)state;
    steps_begin();
    assert_int_equal(LOAD(canned), ERR_OK);
    assert_string_equal(x.status, "RUNNING");
    assert_true(execution_is_running(&x));
    assert_string_equal(x.name, "r-1");
    assert_string_equal(x.state, "Copy");
    assert_null(x.error); /* it was overcome */
    assert_null(x.cause);
    assert_null(x.output);
    assert_int_equal(json_integer_value(json_object_get(x.prepared, "items")), 9);
    assert_true(x.started_s == 1700000000.25);
    assert_true(x.stopped_s == 0);
    assert_true(x.has_map);
    assert_int_equal(x.shards, 100);
    assert_int_equal(x.shards_done, 40);
    assert_int_equal(x.shards_failed, 6);
    assert_int_equal(x.shards_running, 50);
    execution_free(&x);
    assert_int_equal(steps_seen(), 6); /* the fourth page is not needed */
    expect_request(0, "DescribeExecution", "{\"executionArn\":\"" ARN "\"}");
    expect_request(1, "GetExecutionHistory",
            "{\"executionArn\":\"" ARN "\",\"reverseOrder\":true,\"maxResults\":100}");
    expect_request(2, "GetExecutionHistory",
            "{\"executionArn\":\"" ARN
            "\",\"reverseOrder\":true,\"maxResults\":100,\"nextToken\":\"page-2\"}");
    expect_request(3, "GetExecutionHistory",
            "{\"executionArn\":\"" ARN
            "\",\"reverseOrder\":true,\"maxResults\":100,\"nextToken\":\"page-3\"}");
    expect_request(4, "ListMapRuns", "{\"executionArn\":\"" ARN "\"}");
    expect_request(5, "DescribeMapRun", "{\"mapRunArn\":\"" MAP_ARN "\"}");
}

/* Rows with the state it is in, what is known of a failure, and whether Prepare has been done. */
static void test_running(void **state)
{
    static const struct {
        struct canned history;
        const char *state, *error, *cause;
        bool prepared;
    } rows[] = {
            {HISTORY(""), NULL, NULL, NULL, false},
            {HISTORY(ENTERED("Task", "Prepare") ",{\"type\":\"ExecutionStarted\"}"), "Prepare",
                    NULL, NULL, false},
            {HISTORY(ENTERED("Wait", "WaitLater") "," ENTERED("Choice", "Waited") "," FAILED(
                     "AccessDeniedError", "latest") "," FAILED("SpotInterrupted", "earlier")),
                    "WaitLater", "AccessDeniedError", "latest", false},
            {HISTORY(ENTERED("Task", "Prepare") "," FAILED("CopyoutError", "again")), "Prepare",
                    "CopyoutError", "again", false},
            {HISTORY(ENTERED("Task", "Report") "," DONE(
                     "{\\\"complete\\\":true,\\\"items\\\":9}") "," PREPARED),
                    "Report", NULL, NULL, true},
            {HISTORY(DONE("no JSON") "," DONE("[]") "," DONE("7") "," DONE("")), NULL, NULL, NULL,
                    false},
            {HISTORY("7,null,\"x\",{},{\"type\":7},{\"type\":\"TaskSucceeded\"},{\"type\":"
                     "\"TaskFailed\"},{\"type\":\"StateEntered\"},{\"type\":\"\"}"),
                    NULL, NULL, NULL, false},
            {FOR("GetExecutionHistory", 200, "{}"), NULL, NULL, NULL, false},
            {FOR("GetExecutionHistory", 200, "{\"events\":7,\"nextToken\":7}"), NULL, NULL, NULL,
                    false},
    };
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct canned canned[] = {RUNS, NO_MAP, rows[i].history};

        assert_int_equal(LOAD(canned), ERR_OK);
        same_text(x.state, rows[i].state);
        same_text(x.error, rows[i].error);
        same_text(x.cause, rows[i].cause);
        assert_int_equal(x.prepared != NULL, rows[i].prepared);
        assert_false(x.has_map);
        execution_free(&x);
    }
}

/* The last answer of Thaw counts; a failure before it was overcome, one after it was not. */
static void test_thawing(void **state)
{
    static const struct canned rows[] = {
            HISTORY(ENTERED("Wait", "WaitForRestores") "," DONE(
                    "{\\\"restoring\\\":3,\\\"waitSeconds\\\":60}") "," FAILED("SpotInterrupted",
                    "before") "," DONE("{\\\"restoring\\\":9,\\\"waitSeconds\\\":60}") "," PREPARED),
            HISTORY(FAILED("SpotInterrupted", "after") "," ENTERED("Task", "Thaw") "," DONE(
                    "{\\\"restoring\\\":3,\\\"waitSeconds\\\":60}") "," PREPARED),
    };
    static const char *const causes[] = {NULL, "after"};
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct canned canned[] = {RUNS, NO_MAP, rows[i]};

        assert_int_equal(LOAD(canned), ERR_OK);
        assert_int_equal(json_integer_value(json_object_get(x.thawed, "restoring")), 3);
        assert_non_null(x.prepared);
        same_text(x.cause, causes[i]);
        execution_free(&x);
    }
}

#define ENDED(status, more)                                                                     \
    FOR("DescribeExecution", 200,                                                               \
            "{\"name\":\"r-1\",\"status\":\"" status "\",\"startDate\":100,\"stopDate\":250.5," \
            "" more "}")

static void test_succeeded(void **state)
{
    static const struct canned canned[] = {
            ENDED("SUCCEEDED", "\"output\":\"{\\\"complete\\\":true,\\\"items\\\":9}\""),
            HISTORY("{\"type\":\"ExecutionSucceeded\"}," ENTERED("Succeed", "Done")), MAP, COUNTS};

    (void)state;
    steps_begin();
    assert_int_equal(LOAD(canned), ERR_OK);
    assert_string_equal(x.status, "SUCCEEDED");
    assert_int_equal(json_integer_value(json_object_get(x.output, "items")), 9);
    assert_true(x.stopped_s == 250.5);
    assert_int_equal(execution_exit_code(&x), 0);
    execution_free(&x);
}

static void test_failed(void **state)
{
    static const struct canned canned[] = {
            ENDED("FAILED", "\"error\":\"CopyIncomplete\",\"cause\":\"1 of 9\""),
            HISTORY("{\"type\":\"ExecutionFailed\"}," ENTERED("Fail", "CopyIncomplete") "," FAILED(
                    "SpotInterrupted", "not this") "," PREPARED),
            MAP, COUNTS};

    (void)state;
    steps_begin();
    assert_int_equal(LOAD(canned), ERR_OK);
    assert_string_equal(x.error, "CopyIncomplete");
    assert_string_equal(x.cause, "1 of 9");
    assert_string_equal(x.state, "CopyIncomplete");
    assert_null(x.output);
    assert_non_null(x.prepared);
    assert_int_equal(execution_exit_code(&x), 1);
    execution_free(&x);
}

/* Why it ended is said by the execution alone. */
static void test_ended_without_a_word(void **state)
{
    static const struct canned canned[] = {ENDED("ABORTED", "\"x\":0"),
            HISTORY(ENTERED("Task", "Prepare") "," FAILED("SpotInterrupted", "not this")), NO_MAP};

    (void)state;
    steps_begin();
    assert_int_equal(LOAD(canned), ERR_OK);
    assert_null(x.error);
    assert_null(x.cause);
    assert_int_equal(execution_exit_code(&x), 4);
    execution_free(&x);
}

static void test_odd_descriptions(void **state)
{
    static const struct {
        const char *body, *status;
    } rows[] = {
            {"{}", "?"},
            {"{\"status\":7,\"name\":7,\"startDate\":\"x\",\"output\":7}", "?"},
            {"{\"status\":\"a\\u001b\\n\"}", "a? "},
            {"{\"status\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
            {"{\"status\":\"SUCCEEDED\",\"output\":\"{\"}", "SUCCEEDED"},
            {"{\"status\":\"SUCCEEDED\",\"output\":\"[[\"}", "SUCCEEDED"},
    };
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct canned canned[] = {
                FOR("DescribeExecution", 200, rows[i].body), HISTORY(""), NO_MAP};
        json_t *json;

        assert_int_equal(LOAD(canned), ERR_OK);
        assert_string_equal(x.status, rows[i].status);
        assert_null(x.output);
        json = execution_json(&x);
        assert_non_null(json);
        json_decref(json);
        execution_free(&x);
    }
}

/* --- the way --- */

/* Pages without an end, and nothing in them. */
static void test_endless_history(void **state)
{
    static const struct canned canned[] = {RUNS,
            FOR("GetExecutionHistory", 200,
                    "{\"events\":[" ENTERED("Task", "Prepare") "],\"nextToken\":\"more\"}"),
            NO_MAP};

    (void)state;
    steps_begin();
    assert_int_equal(LOAD(canned), ERR_OK);
    assert_string_equal(x.state, "Prepare");
    execution_free(&x);
    assert_in_range(steps_seen(), 5, 60);
}

static void test_map_without_counts(void **state)
{
    static const struct canned rows[][4] = {
            {RUNS, HISTORY(""), MAP, FOR("DescribeMapRun", 200, "{}")},
            {RUNS, HISTORY(""), MAP,
                    FOR("DescribeMapRun", 200, "{\"itemCounts\":{\"total\":\"x\"}}")},
    };
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < 2; i++) {
        assert_int_equal(load(rows[i], 4), ERR_OK);
        assert_int_equal(x.shards, 0);
        assert_int_equal(x.shards_failed, 0);
        execution_free(&x);
    }
}

static void test_errors(void **state)
{
    static const char *const operations[] = {
            "DescribeExecution", "GetExecutionHistory", "ListMapRuns", "DescribeMapRun"};
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        const struct canned canned[] = {
                FOR(operations[i], 400, "{\"__type\":\"ExecutionDoesNotExist\"}"), RUNS,
                HISTORY(ENTERED("Task", "Prepare") "," FAILED("E", "c")), MAP, COUNTS};
        const struct execution zeroed = {0};

        assert_int_equal(LOAD(canned), ERR_SERVICE);
        assert_string_equal(err.service_code, "ExecutionDoesNotExist");
        assert_non_null(strstr(err.message, operations[i]));
        assert_memory_equal(&x, &zeroed, sizeof x);
    }
}

/* The second page fails: what the first gave is freed. */
static void test_error_on_the_way(void **state)
{
    static const struct canned canned[] = {RUNS, PAGE(PREPARED, "page-2"),
            FOR("GetExecutionHistory", 400, "{\"__type\":\"InvalidToken\"}")};

    (void)state;
    steps_begin();
    assert_int_equal(LOAD(canned), ERR_SERVICE);
    assert_null(x.prepared);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            STEPS_TEST(test_copying),
            STEPS_TEST(test_running),
            STEPS_TEST(test_thawing),
            STEPS_TEST(test_succeeded),
            STEPS_TEST(test_failed),
            STEPS_TEST(test_ended_without_a_word),
            STEPS_TEST(test_odd_descriptions),
            STEPS_TEST(test_endless_history),
            STEPS_TEST(test_map_without_counts),
            STEPS_TEST(test_errors),
            STEPS_TEST(test_error_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
