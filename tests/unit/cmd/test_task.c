/* The words of a task about itself, to a Step Functions of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../aws/sfn_server.h"
#include "cmd/task.h"
#include "net/http.h"

static const struct cmd_io io = {.getenv = env_get};
static struct session session;
static struct task *task;
static unsigned gone;

static void on_gone(void *ctx)
{
    assert_ptr_equal(ctx, &gone);
    gone++;
}

static int setup(void **state)
{
    gone = 0;
    task = NULL;
    return steps_setup(state);
}

static int teardown(void **state)
{
    task_close(task);
    return steps_teardown(state);
}

static void begin(const struct canned *canned, size_t count)
{
    steps_will_answer(canned, count);
    provider_begin(NULL);
    session = (struct session){.net = net, .creds = provider, .aws = config};
    assert_int_equal(task_open(&task, &io, &session, TASK_TOKEN, on_gone, &gone, &err), ERR_OK);
    assert_non_null(task);
    assert_false(task_is_gone(task));
}

/* Until so many requests have come, and their answers. */
static void turn_until(unsigned requests)
{
    while (steps_seen() < requests || http_in_flight(net) > 0)
        net_turn(net);
}

#define VALID   ALWAYS(200, NULL, "{}")
#define TIMEOUT "{\"__type\":\"TaskTimedOut\",\"message\":\"Task Timed Out\"}"
#define DENIED  "{\"__type\":\"AccessDeniedException\"}"

/* --- names --- */

static void test_error_names(void **state)
{
    static const char *const six[] = {"AccessDeniedError", "WrongRegionError", "InvalidInputError",
            "ManifestError", "SpotInterrupted", "CopyoutError"};
    static const struct {
        enum err_code code;
        const char *name;
    } rows[] = {
#define ROW(code, name, exit_code, cls) {code, "CopyoutError"},
            ERR_TABLE(ROW)
#undef ROW
                    {ERR_ACCESS_DENIED, "AccessDeniedError"},
            {ERR_WRONG_REGION, "WrongRegionError"},
            {ERR_INPUT, "InvalidInputError"},
            {ERR_USAGE, "InvalidInputError"},
            {ERR_MANIFEST, "ManifestError"},
            {ERR_INTERRUPTED, "SpotInterrupted"},
    };
    enum { CODES = sizeof rows / sizeof rows[0] - 6 };
    size_t i, j;

    (void)state;
    for (i = 0; i < CODES; i++) {
        const char *name = rows[i].name;

        for (j = CODES; j < CODES + 6; j++) /* the later rows know better */
            if (rows[j].code == rows[i].code)
                name = rows[j].name;
        assert_string_equal(task_error_name(rows[i].code), name);
        for (j = 0; j < 6 && strcmp(six[j], name) != 0; j++)
            ;
        assert_true(j < 6);
    }
}

/* --- opening --- */

static void test_no_task(void **state)
{
    struct problems problems;
    struct task *none = (struct task *)(uintptr_t)1;

    (void)state;
    problems_init(&problems);
    err_set(&err, ERR_INPUT, "x");
    assert_int_equal(task_open(&none, &io, NULL, NULL, NULL, NULL, &err), ERR_OK);
    assert_null(none);
    assert_false(task_is_gone(NULL));
    assert_true(task_confirm(NULL));
    assert_int_equal(task_succeed(NULL, "{}", &err), ERR_OK);
    assert_int_equal(task_fail(NULL, &err, &problems, &err), ERR_OK);
    task_close(NULL);
}

static void test_open_fails(void **state)
{
    (void)state;
    env_set("AWS_REGION", "");
    provider_begin(NULL);
    session = (struct session){.net = net, .creds = provider, .aws = config};
    assert_int_equal(task_open(&task, &io, &session, TASK_TOKEN, on_gone, &gone, &err), ERR_INPUT);
    assert_null(task);
    env_set("COPYOUT_HEARTBEAT_SECONDS", "often");
    assert_int_equal(task_open(&task, &io, &session, TASK_TOKEN, on_gone, &gone, &err), ERR_USAGE);
    assert_null(task);
    assert_non_null(strstr(err.message, "COPYOUT_HEARTBEAT_SECONDS"));
    no_secrets(&err);
}

/* --- heartbeats --- */

static void test_heartbeats(void **state)
{
    static const struct canned canned[] = {VALID};
    uint64_t from = clock_mono_ms();
    unsigned i;

    (void)state;
    env_set("COPYOUT_HEARTBEAT_SECONDS", "1");
    begin(canned, 1);
    for (i = 0; i < 3; i++) {
        json_t *request;

        turn_until(i + 1);
        request = steps_request(i, "SendTaskHeartbeat");
        assert_string_equal(json_string_value(json_object_get(request, "taskToken")), TASK_TOKEN);
        json_decref(request);
        assert_true(clock_mono_ms() - from >= 990 * i);
    }
    assert_int_equal(gone, 0);
}

/* They are no reason to go on. */
static void test_heartbeats_keep_nothing(void **state)
{
    static const struct canned canned[] = {VALID};
    bool never = false;

    (void)state;
    begin(canned, 1);
    net_run_until(net, &never);
    assert_true(steps_seen() <= 1);
}

static void test_closed_while_beating(void **state)
{
    static const struct canned canned[] = {{.status = -1}};

    (void)state;
    begin(canned, 1);
    while (steps_seen() == 0)
        net_turn(net);
}

static void test_gone_by_heartbeat(void **state)
{
    static const char *const rows[] = {"{\"__type\":\"TaskTimedOut\"}",
            "{\"__type\":\"TaskDoesNotExist\"}", "{\"__type\":\"a#InvalidToken\"}"};
    struct problems problems;
    size_t i;

    (void)state;
    problems_init(&problems);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct canned canned[] = {ALWAYS(400, NULL, rows[i])};
        unsigned seen = steps_seen();

        begin(canned, 1);
        turn_until(seen + 1);
        assert_int_equal(gone, i + 1);
        assert_true(task_is_gone(task));
        assert_false(task_confirm(task));
        assert_int_equal(task_succeed(task, "{}", &err), ERR_OK);
        err_set(&err, ERR_INPUT, "x");
        assert_int_equal(task_fail(task, &err, &problems, &err), ERR_OK);
        assert_int_equal(gone, i + 1);
        assert_int_equal(steps_seen(), seen + 1); /* nothing more is said */
        task_close(task);
        task = NULL;
        provider_end();
    }
}

/* A token that cannot be asked about counts as valid. */
static void test_heartbeat_fails(void **state)
{
    static const struct canned canned[] = {ALWAYS(400, NULL, DENIED)};

    (void)state;
    begin(canned, 1);
    turn_until(1);
    assert_false(task_is_gone(task));
    assert_true(task_confirm(task));
    assert_int_equal(gone, 0);
}

static void test_confirm(void **state)
{
    static const struct canned canned[] = {
            ONCE(200, NULL, "{}"), ONCE(200, NULL, "{}"), ALWAYS(400, NULL, TIMEOUT)};
    json_t *request;

    (void)state;
    begin(canned, 3);
    turn_until(1);
    assert_true(task_confirm(task));
    request = steps_request(1, "SendTaskHeartbeat");
    json_decref(request);
    assert_false(task_confirm(task));
    assert_true(task_is_gone(task));
    assert_int_equal(gone, 1);
    assert_false(task_confirm(task));
    assert_int_equal(gone, 1);
    assert_int_equal(steps_seen(), 3);
}

/* The answers to questions while the loop runs. */
struct answers {
    unsigned count, valid;
    bool done;
};

static void on_answer(void *ctx, bool valid)
{
    struct answers *a = ctx;

    a->count++;
    a->valid += valid;
    a->done = true;
}

static void ask_once(struct answers *a)
{
    a->done = false;
    task_ask(task, on_answer, a);
    assert_false(a->done);
    net_run_until(net, &a->done);
}

static void test_ask(void **state)
{
    static const struct canned canned[] = {ONCE(200, NULL, "{}"), ONCE(200, NULL, "{}"),
            ONCE(400, NULL, DENIED), ALWAYS(400, NULL, TIMEOUT)};
    struct answers a = {0};

    (void)state;
    begin(canned, 4);
    turn_until(1);
    ask_once(&a);
    assert_int_equal(a.valid, 1);
    ask_once(&a); /* what cannot be asked counts as valid */
    assert_int_equal(a.valid, 2);
    ask_once(&a);
    assert_int_equal(a.valid, 2);
    assert_int_equal(gone, 1);
    ask_once(&a); /* nothing needs to be asked any more */
    assert_int_equal(a.count, 4);
    assert_int_equal(a.valid, 2);
    assert_int_equal(steps_seen(), 4);
}

/* A question that is of no interest any more has no answer. */
static void test_ask_cancelled(void **state)
{
    static const struct canned canned[] = {VALID};
    struct answers a = {0};
    unsigned i;

    (void)state;
    begin(canned, 1);
    turn_until(1);
    task_ask(task, on_answer, &a);
    task_ask_cancel(task);
    task_ask_cancel(task);
    for (i = 0; i < 20; i++)
        net_turn(net);
    assert_int_equal(a.count, 0);
    task_ask(task, on_answer, &a); /* and task_close() ends another */
}

/* --- the answer --- */

static void test_succeed(void **state)
{
    static const struct canned canned[] = {VALID};
    json_t *request;
    unsigned i;

    (void)state;
    env_set("COPYOUT_HEARTBEAT_SECONDS", "1");
    begin(canned, 1);
    turn_until(1);
    assert_int_equal(task_succeed(task, "{\"a\":1}", &err), ERR_OK);
    request = steps_request(1, "SendTaskSuccess");
    assert_string_equal(json_string_value(json_object_get(request, "output")), "{\"a\":1}");
    json_decref(request);
    for (i = 0; i < 20; i++)
        net_turn(net);
    assert_int_equal(steps_seen(), 2);
    assert_false(task_is_gone(task));
}

static void test_succeed_fails(void **state)
{
    static const struct canned canned[] = {FOR("SendTaskHeartbeat", 200, "{}"),
            {.operation = "SendTaskSuccess", .status = 400, .body = DENIED},
            FOR("SendTaskSuccess", 400, TIMEOUT)};

    (void)state;
    begin(canned, 3);
    assert_int_equal(task_succeed(task, "{}", &err), ERR_SERVICE);
    assert_string_equal(err.service_code, "AccessDeniedException");
    no_secrets(&err);
    assert_int_equal(gone, 0);
    assert_int_equal(task_succeed(task, "{}", &err), ERR_OK); /* too late: no error */
    assert_int_equal(gone, 1);
    assert_true(task_is_gone(task));
}

static void test_fail(void **state)
{
    static const struct canned canned[] = {VALID};
    static const struct {
        enum err_code code;
        const char *message, *error, *cause;
    } rows[] = {
            {ERR_INPUT, "field x: no", "InvalidInputError", "field x: no"},
            {ERR_ACCESS_DENIED, "not allowed", "AccessDeniedError", "not allowed"},
            {ERR_USAGE, "what?", "InvalidInputError", "what?"},
            {ERR_INTERRUPTED, "stopped", "SpotInterrupted", "stopped"},
            {ERR_IO, "full", "CopyoutError", "IOError: full"},
            {ERR_INTERNAL, "", "CopyoutError", "InternalError: "},
            {ERR_MANIFEST, "a\nb\xE2\x82\xAC\xFF", "ManifestError", "a b????"},
    };
    struct problems problems;
    unsigned i;

    (void)state;
    problems_init(&problems);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned seen = steps_seen();
        struct err what;
        json_t *request;

        begin(canned, 1);
        turn_until(seen + 1);
        err_set(&what, rows[i].code, "%s", rows[i].message);
        assert_int_equal(task_fail(task, &what, &problems, &err), ERR_OK);
        request = steps_request(seen + 1, "SendTaskFailure");
        assert_string_equal(json_string_value(json_object_get(request, "error")), rows[i].error);
        assert_string_equal(json_string_value(json_object_get(request, "cause")), rows[i].cause);
        json_decref(request);
        task_close(task);
        task = NULL;
        provider_end();
    }
}

/* The first problems of a manifest are in the cause, and how many more there are. */
static void test_fail_with_problems(void **state)
{
    static const struct canned canned[] = {VALID};
    static const unsigned counts[] = {1, 2, 20, 21, 150};
    struct problems problems;
    unsigned i, j;

    (void)state;
    begin(canned, 1);
    turn_until(1);
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char more[64];
        const char *cause;
        json_t *request;
        struct err what;

        problems_init(&problems);
        problems_add(&problems, 0, "a header \"\xC3\xA9\"");
        for (j = 1; j < counts[i]; j++)
            problems_add(&problems, j, "row %u\x01", j);
        err_set(&what, ERR_MANIFEST, "%u problems", counts[i]);
        assert_int_equal(task_fail(task, &what, &problems, &err), ERR_OK);
        request = steps_request(1 + i, "SendTaskFailure");
        cause = json_string_value(json_object_get(request, "cause"));
        assert_non_null(strstr(cause, " problems; a header \"\xC3\xA9\""));
        assert_int_equal(strstr(cause, "line 1: row 1?") != NULL, counts[i] > 1);
        assert_int_equal(strstr(cause, "line 19: row 19?") != NULL, counts[i] > 19);
        assert_null(strstr(cause, "line 20: "));
        snprintf(more, sizeof more, "; and %u more", counts[i] - 20);
        assert_int_equal(strstr(cause, " more") != NULL, counts[i] > 20);
        assert_true(counts[i] <= 20 || str_ends(cause, more));
        json_decref(request);
        problems_free(&problems);
    }
}

static void test_fail_too_late(void **state)
{
    static const struct canned canned[] = {
            FOR("SendTaskHeartbeat", 200, "{}"), FOR("SendTaskFailure", 400, TIMEOUT)};
    struct problems problems;
    struct err what;

    (void)state;
    problems_init(&problems);
    begin(canned, 2);
    err_set(&what, ERR_IO, "x");
    assert_int_equal(task_fail(task, &what, &problems, &err), ERR_OK);
    assert_true(task_is_gone(task));
    assert_int_equal(gone, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_error_names),
            cmocka_unit_test(test_no_task),
            TEST(test_open_fails),
            TEST(test_heartbeats),
            TEST(test_heartbeats_keep_nothing),
            TEST(test_closed_while_beating),
            TEST(test_gone_by_heartbeat),
            TEST(test_heartbeat_fails),
            TEST(test_confirm),
            TEST(test_ask),
            TEST(test_ask_cancelled),
            TEST(test_succeed),
            TEST(test_succeed_fails),
            TEST(test_fail),
            TEST(test_fail_with_problems),
            TEST(test_fail_too_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
