/* The text about an execution that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/aws/execution.h"
#include "model/plan.h"

/* An execution in short; texts are copied, JSON is parsed. started and stopped are seconds after
 * START, or, of one that runs, before now. */
enum { START = 1700000000 };

struct sketch {
    const char *status, *name, *state, *error, *cause, *output, *prepared, *thawed;
    double lasted;
    bool has_map;
    int64_t shards, done, failed, running;
};

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static struct execution make(const struct sketch *s)
{
    struct execution x = {
            .name = copy(s->name),
            .state = copy(s->state),
            .error = copy(s->error),
            .cause = copy(s->cause),
            .output = s->output ? json_loads(s->output, 0, NULL) : NULL,
            .prepared = s->prepared ? json_loads(s->prepared, 0, NULL) : NULL,
            .thawed = s->thawed ? json_loads(s->thawed, 0, NULL) : NULL,
            .has_map = s->has_map,
            .shards = s->shards,
            .shards_done = s->done,
            .shards_failed = s->failed,
            .shards_running = s->running,
    };

    snprintf(x.status, sizeof x.status, "%s", s->status);
    x.started_s = START;
    x.stopped_s = START + s->lasted;
    if (execution_is_running(&x)) {
        x.started_s = (double)clock_wall_s() - s->lasted;
        x.stopped_s = 0;
    }
    return x;
}

/* --- running or not --- */

static void test_statuses(void **state)
{
    static const struct {
        const char *status, *error;
        bool running;
        int exit_code;
    } rows[] = {
            {"RUNNING", NULL, true, 0},
            {"RUNNING", "AccessDeniedError", true, 0}, /* it waits for that */
            {"PENDING_REDRIVE", NULL, true, 0},
            {"SUCCEEDED", NULL, false, 0},
            {"FAILED", "CopyIncomplete", false, 1},
            {"FAILED", "InvalidInputError", false, 2},
            {"FAILED", "ManifestError", false, 2},
            {"FAILED", "AccessDeniedError", false, 3},
            {"FAILED", "WrongRegionError", false, 3},
            {"FAILED", "CopyoutError", false, 4},
            {"FAILED", "States.Runtime", false, 4},
            {"FAILED", "States.TaskFailed", false, 4},
            {"FAILED", "AccessDenied", false, 4}, /* a service's, not ours */
            {"FAILED", "OK", false, 4},
            {"FAILED", "", false, 4},
            {"FAILED", NULL, false, 4},
            {"TIMED_OUT", NULL, false, 4},
            {"TIMED_OUT", "States.Timeout", false, 4},
            {"ABORTED", NULL, false, 4},
            {"ABORTED", "by hand", false, 4},
            {"?", NULL, false, 4},
            {"", NULL, false, 4},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sketch s = {.status = rows[i].status, .error = rows[i].error};
        struct execution x = make(&s);

        if (execution_is_running(&x) != rows[i].running ||
                execution_exit_code(&x) != rows[i].exit_code)
            fail_msg("%s %s", rows[i].status, rows[i].error ? rows[i].error : "-");
        execution_free(&x);
    }
}

/* --- for a person --- */

#define PREPARED "{\"items\":2500,\"itemsPerShard\":1000,\"shards\":3}"

static const struct {
    struct sketch x;
    const char *line;
} described[] = {
        {{.status = "SUCCEEDED", .name = "r-1", .lasted = 59.9}, "r-1: SUCCEEDED after 59 s"},
        {{.status = "SUCCEEDED", .lasted = 60}, "the execution: SUCCEEDED after 1 min 0 s"},
        {{.status = "SUCCEEDED", .name = "r", .lasted = 3599}, "r: SUCCEEDED after 59 min 59 s"},
        {{.status = "SUCCEEDED", .name = "r", .lasted = 86399}, "r: SUCCEEDED after 23 h 59 min"},
        {{.status = "SUCCEEDED", .name = "r", .lasted = 30 * 86400 + 3600},
                "r: SUCCEEDED after 30 d 1 h"},
        {{.status = "SUCCEEDED", .name = "r", .lasted = -5}, "r: SUCCEEDED after 0 s"},
        {{.status = "SUCCEEDED",
                 .name = "r",
                 .output = "{\"items\":7,\"copied\":4,\"same\":1,\"kept\":0,\"failed\":0,"
                           "\"missing\":2,\"report\":\"s3://b/k.csv\"}"},
                "r: SUCCEEDED after 0 s: 7 objects, 4 copied, 1 the same already, 2 not reached. "
                "Report: s3://b/k.csv"},
        {{.status = "SUCCEEDED", .name = "r", .output = "{\"items\":0}"},
                "r: SUCCEEDED after 0 s: 0 objects"},
        {{.status = "SUCCEEDED", .name = "r", .output = "[1]"}, "r: SUCCEEDED after 0 s"},
        {{.status = "SUCCEEDED", .name = "r", .output = "{\"items\":\"x\",\"report\":\"a\\nb\"}"},
                "r: SUCCEEDED after 0 s: 0 objects. Report: a b"},
        {{.status = "FAILED", .name = "r", .error = "CopyIncomplete", .cause = "1 of 2"},
                "r: FAILED after 0 s: CopyIncomplete: 1 of 2"},
        {{.status = "FAILED", .name = "r", .error = "States.Timeout"},
                "r: FAILED after 0 s: States.Timeout"},
        {{.status = "FAILED", .name = "r", .cause = "no name"}, "r: FAILED after 0 s: no name"},
        {{.status = "FAILED", .name = "r", .error = "E", .cause = ""}, "r: FAILED after 0 s: E"},
        {{.status = "FAILED", .name = "r", .error = "E\x1B[31m", .cause = "a\nb\r\n\tc\x7F"},
                "r: FAILED after 0 s: E [31m: a b   c "},
        {{.status = "FAILED", .name = "r", .error = "100%s%n", .cause = "%s\xC3\xA9"},
                "r: FAILED after 0 s: 100%s%n: %s\xC3\xA9"},
        {{.status = "ABORTED", .name = "r"}, "r: ABORTED after 0 s"},
        {{.status = "RUNNING", .name = "r", .lasted = 3725}, "r: RUNNING for 1 h 2 min: preparing"},
        {{.status = "RUNNING", .name = "r", .lasted = 3725, .error = "SpotInterrupted"},
                "r: RUNNING for 1 h 2 min: preparing; so far: SpotInterrupted"},
        {{.status = "RUNNING",
                 .name = "r",
                 .lasted = 3725,
                 .state = "WaitFirst",
                 .error = "AccessDeniedError",
                 .cause = "they must\nlet us"},
                "r: RUNNING for 1 h 2 min: waiting: AccessDeniedError: they must let us"},
        {{.status = "RUNNING", .name = "r", .lasted = 3725, .state = "WaitLast"},
                "r: RUNNING for 1 h 2 min: waiting"},
        {{.status = "RUNNING", .name = "r", .lasted = 3725, .state = "Report", .has_map = true},
                "r: RUNNING for 1 h 2 min: all shards are done; making the report"},
        {{.status = "RUNNING",
                 .name = "r",
                 .lasted = 3725,
                 .state = "WaitForRestores",
                 .has_map = true,
                 .thawed = "{\"restoring\":3,\"waitSeconds\":3600}"},
                "r: RUNNING for 1 h 2 min: all shards are done; 3 objects are being restored from "
                "their archive, and looked at every 3600 seconds"},
        {{.status = "RUNNING",
                 .name = "r",
                 .lasted = 3725,
                 .state = "Thaw",
                 .error = "SpotInterrupted",
                 .thawed = "{\"restoring\":1,\"waitSeconds\":300}"},
                "r: RUNNING for 1 h 2 min: all shards are done; 1 object is being restored from its "
                "archive, and looked at now; so far: SpotInterrupted"},
        {{.status = "RUNNING", .name = "r", .lasted = 3725, .state = "Thaw", .has_map = true},
                "r: RUNNING for 1 h 2 min: all shards are done; looking at the objects that are "
                "being restored"},
        {{.status = "ABORTED",
                 .name = "r",
                 .state = "WaitForRestores",
                 .thawed = "{\"restoring\":1,\"waitSeconds\":300}"},
                "r: ABORTED after 0 s"},
        {{.status = "RUNNING",
                 .name = "r",
                 .lasted = 3725,
                 .state = "Copy",
                 .has_map = true,
                 .prepared = PREPARED,
                 .shards = 3,
                 .done = 1,
                 .running = 2},
                "r: RUNNING for 1 h 2 min: copying; 1 of 3 shards done (about 1000 of 2500 "
                "objects), 2 under way"},
        {{.status = "RUNNING",
                 .name = "r",
                 .lasted = 3725,
                 .state = "Copy",
                 .has_map = true,
                 .prepared = PREPARED,
                 .shards = 3,
                 .done = 2,
                 .failed = 1},
                "r: RUNNING for 1 h 2 min: copying; 2 of 3 shards done (about 2500 of 2500 "
                "objects), 0 under way, 1 failed"},
        {{.status = "RUNNING",
                 .name = "r",
                 .lasted = 3725,
                 .state = "Copy",
                 .has_map = true,
                 .shards = 3},
                "r: RUNNING for 1 h 2 min: copying; 0 of 3 shards done, 0 under way"},
        {{.status = "PENDING_REDRIVE", .name = "r", .lasted = 3725},
                "r: PENDING_REDRIVE for 1 h 2 min: preparing"},
};
enum { DESCRIBED = sizeof described / sizeof described[0] };

static void test_describe(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < DESCRIBED; i++) {
        struct execution x = make(&described[i].x);
        struct buf line;

        buf_init(&line, BUF_MAX_SMALL);
        buf_adds(&line, "> ");
        execution_describe(&x, &line);
        assert_memory_equal(buf_str(&line), "> ", 2);
        assert_string_equal(buf_str(&line) + 2, described[i].line);
        buf_free(&line);
        execution_free(&x);
    }
}

/* The longest cause there is, which is cut if need be; the loop of who follows goes on. */
static void test_describe_much(void **state)
{
    struct sketch s = {.status = "FAILED", .error = "E"};
    char *cause = malloc(40001);
    struct execution x;
    struct buf line;

    (void)state;
    memset(cause, 'c', 40000);
    cause[40000] = '\0';
    s.cause = cause;
    x = make(&s);
    buf_init(&line, BUF_MAX_SMALL);
    execution_describe(&x, &line);
    assert_memory_equal(buf_str(&line), "the execution: FAILED after 0 s: E: ccc", 39);
    buf_free(&line);
    execution_free(&x);
    free(cause);
}

/* --- for a program --- */

static void expect(const struct sketch *s, const char *text)
{
    struct execution x = make(s);
    json_t *json = execution_json(&x), *expected = json_loads(text, 0, NULL);

    assert_non_null(json);
    assert_non_null(expected);
    json_object_del(json, "started");
    json_object_del(json, "stopped");
    if (!json_equal(json, expected))
        fail_msg("%s", text);
    json_decref(json);
    json_decref(expected);
    execution_free(&x);
}

static void test_json(void **state)
{
    const struct sketch least = {.status = "RUNNING"};
    const struct sketch most = {.status = "SUCCEEDED",
            .name = "r",
            .state = "Done",
            .error = "E",
            .cause = "a\n\"b\"",
            .output = "{\"items\":7}",
            .prepared = PREPARED,
            .has_map = true,
            .shards = 3,
            .done = 1,
            .failed = 2};
    const struct sketch bytes = {.status = "FAILED", .error = "\xFF", .cause = "c"};

    (void)state;
    expect(&least, "{\"status\":\"RUNNING\",\"exitCode\":0,\"timedOutTasks\":0}");
    expect(&most, "{\"status\":\"SUCCEEDED\",\"name\":\"r\",\"state\":\"Done\",\"error\":\"E\","
                  "\"cause\":\"a\\n\\\"b\\\"\",\"output\":{\"items\":7},\"prepared\":" PREPARED
                  ",\"shards\":{\"total\":3,\"done\":1,\"failed\":2,\"running\":0,\"aborted\":0,"
                  "\"pending\":0},\"exitCode\":0,\"timedOutTasks\":0}");
    expect(&(struct sketch){.status = "RUNNING",
                   .state = "Thawed",
                   .thawed = "{\"restoring\":3,\"waitSeconds\":1}"},
            "{\"status\":\"RUNNING\",\"state\":\"Thawed\",\"restoring\":3,\"exitCode\":0,"
            "\"timedOutTasks\":0}");
    expect(&(struct sketch){.status = "RUNNING",
                   .state = "Report", /* what was not restored by then is not waited for */
                   .thawed = "{\"restoring\":3,\"waitSeconds\":1}"},
            "{\"status\":\"RUNNING\",\"state\":\"Report\",\"exitCode\":0,\"timedOutTasks\":0}");
    expect(&bytes, "{\"status\":\"FAILED\",\"cause\":\"c\",\"exitCode\":4,"
                   "\"timedOutTasks\":0}"); /* no JSON can say it */
}

/* The status names the side that has to let us in, as Prepare's cause has it, and only while the
 * job waits for it. */
static void test_denied_by(void **state)
{
    static const struct {
        struct sketch x;
        const char *by;
    } rows[] = {
            {{.status = "RUNNING"}, NULL},
            {{.status = "RUNNING", .error = "CopyoutError", .cause = PLAN_DENIED_BY_KMS}, NULL},
            {{.status = "FAILED", .error = "AccessDeniedError", .cause = PLAN_DENIED_BY_KMS}, NULL},
            {{.status = "RUNNING", .error = "AccessDeniedError"}, "s3"},
            {{.status = "RUNNING", .error = "AccessDeniedError", .cause = "Access Denied"}, "s3"},
            {{.status = "RUNNING",
                     .error = "AccessDeniedError",
                     .cause = "may not write: " PLAN_DENIED_BY_KMS " refuses"},
                    "kms"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct execution x = make(&rows[i].x);
        const char *by = execution_denied_by(&x);

        if (!rows[i].by)
            assert_null(by);
        else
            assert_string_equal(by, rows[i].by);
        execution_free(&x);
    }
}

static void test_json_times(void **state)
{
    const struct sketch s = {.status = "FAILED", .lasted = 1.5};
    struct execution x = make(&s);
    json_t *json = execution_json(&x);

    (void)state;
    assert_true(json_real_value(json_object_get(json, "started")) == START);
    assert_true(json_real_value(json_object_get(json, "stopped")) == START + 1.5);
    json_decref(json);
    execution_free(&x);
    assert_null(x.name);
    execution_free(&x); /* zeroed: nothing to do */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_statuses),
            cmocka_unit_test(test_describe),
            cmocka_unit_test(test_describe_much),
            cmocka_unit_test(test_json),
            cmocka_unit_test(test_denied_by),
            cmocka_unit_test(test_json_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
