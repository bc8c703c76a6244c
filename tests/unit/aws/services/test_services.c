/* ECS, CloudWatch Logs and lists of executions: requests, and the meaning of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../sfn_server.h"
#include "aws/services/cw_logs.h"
#include "aws/services/ecs.h"
#include "aws/services/executions.h"

#define CLUSTER "arn:aws:ecs:eu-west-1:1:cluster/c"
#define TASK    "arn:aws:ecs:eu-west-1:1:task/c/0123abcd"
#define MACHINE "arn:aws:states:eu-west-1:1:stateMachine:copyout"

static struct json_api *api;

enum service { SERVICE_ECS, SERVICE_LOGS };

static void begin(enum service service)
{
    env_set("AWS_ENDPOINT_URL", steps_url(""));
    steps_begin();
    if (service == SERVICE_ECS)
        assert_int_equal(ecs_new(&api, net, provider, config, NULL, &err), ERR_OK);
    else
        assert_int_equal(cw_logs_new(&api, net, provider, config, NULL, &err), ERR_OK);
}

static int end(void **state)
{
    json_api_free(api);
    api = NULL;
    return steps_teardown(state);
}

#define SERVICE_TEST(name) cmocka_unit_test_setup_teardown(name, steps_setup, end)

static void expect(unsigned n, const char *operation, const char *text)
{
    json_t *request = steps_request(n, operation), *expected = json_loads(text, 0, NULL);

    assert_non_null(expected);
    if (!json_equal(request, expected))
        fail_msg("%s: %s", operation, steps.server->seen[n].body);
    json_decref(request);
    json_decref(expected);
}

static void sent_as(const char *target, const char *service)
{
    char text[128];

    snprintf(text, sizeof text, "\r\nx-amz-target: %s\r\n", target);
    assert_non_null(strcasestr(steps.server->seen[0].head, text));
    snprintf(text, sizeof text, "/eu-west-1/%s/aws4_request", service);
    assert_non_null(strstr(steps.server->seen[0].head, text));
    assert_non_null(strcasestr(
            steps.server->seen[0].head, "\r\ncontent-type: application/x-amz-json-1.1\r\n"));
}

/* --- ECS --- */

static void test_tasks(void **state)
{
    static const struct canned canned[] = {FOR("DescribeTasks", 200,
            "{\"tasks\":[7,{\"taskArn\":7},{\"taskArn\":\"" TASK
            "\",\"lastStatus\":\"STOPPED\",\"stopCode\":\"TaskFailedToStart\"}],\"failures\":[]}")};
    json_t *answer;

    (void)state;
    begin(SERVICE_ECS);
    steps_will_answer(canned, 1);
    assert_int_equal(
            ecs_describe_tasks(api, CLUSTER, json_pack("[s]", TASK), &answer, &err), ERR_OK);
    expect(0, "DescribeTasks", "{\"cluster\":\"" CLUSTER "\",\"tasks\":[\"" TASK "\"]}");
    sent_as("AmazonEC2ContainerServiceV20141113.DescribeTasks", "ecs");
    assert_string_equal(
            json_string_value(json_object_get(ecs_find_task(answer, TASK), "lastStatus")),
            "STOPPED");
    assert_null(ecs_find_task(answer, TASK "0"));
    assert_null(ecs_find_task(NULL, TASK));
    json_decref(answer);
}

static void test_reasons(void **state)
{
    static const struct {
        const char *task, *reason;
    } rows[] = {
            {"{}", ""},
            {"{\"stoppedReason\":\"gone\"}", "gone"},
            {"{\"stoppedReason\":\"gone\",\"containers\":[{\"reason\":\"OOM\"},{},7]}",
                    "gone; OOM"},
            {"{\"stoppedReason\":\"gone: OOM\",\"containers\":[{\"reason\":\"OOM\"}]}",
                    "gone: OOM"},
            {"{\"containers\":[{\"reason\":\"OOM\"}]}", "OOM"},
            {"{\"stoppedReason\":7,\"containers\":7}", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *task = json_loads(rows[i].task, 0, NULL);
        struct buf out;

        buf_init(&out, BUF_MAX_SMALL);
        buf_adds(&out, "");
        ecs_show_reason(task, &out);
        assert_string_equal(buf_str(&out), rows[i].reason);
        buf_free(&out);
        json_decref(task);
    }
}

static void test_task_id(void **state)
{
    static const char *const rows[][2] = {{TASK, "0123abcd"},
            {"arn:aws:ecs:eu-west-1:1:task/0123", "0123"}, {CLUSTER, NULL}, {"", NULL},
            {"arn:aws:ecs:eu-west-1:1:task/", NULL}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *id = ecs_task_id(rows[i][0]);

        if (!rows[i][1])
            assert_null(id);
        else
            assert_string_equal(id, rows[i][1]);
    }
}

#define AWSLOGS(options) "{\"logDriver\":\"awslogs\",\"options\":{" options "}}"

static void test_log_place(void **state)
{
    static const struct {
        const char *containers, *group, *prefix;
    } rows[] = {
            {"[{\"name\":\"side\"},{\"name\":\"copyout\",\"logConfiguration\":" AWSLOGS(
                     "\"awslogs-group\":\"g\",\"awslogs-stream-prefix\":\"p\"") "}]",
                    "g", "p/copyout/"},
            {"[{\"name\":\"a\",\"logConfiguration\":" AWSLOGS("\"awslogs-group\":\"g\"") "}]", NULL,
                    NULL},
            {"[{\"name\":\"a\",\"logConfiguration\":{\"logDriver\":\"splunk\",\"options\":"
             "{\"awslogs-group\":\"g\",\"awslogs-stream-prefix\":\"p\"}}}]",
                    NULL, NULL},
            {"[]", NULL, NULL},
            {"7", NULL, NULL},
    };
    size_t i;

    (void)state;
    begin(SERVICE_ECS);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[512];
        const struct canned canned[] = {FOR("DescribeTaskDefinition", 200, body)};
        struct ecs_log_place place;

        snprintf(body, sizeof body, "{\"taskDefinition\":{\"containerDefinitions\":%s}}",
                rows[i].containers);
        steps_will_answer(canned, 1);
        assert_int_equal(ecs_find_log(api, "d:7", &place, &err), ERR_OK);
        expect((unsigned)i, "DescribeTaskDefinition", "{\"taskDefinition\":\"d:7\"}");
        assert_int_equal(place.group != NULL, rows[i].group != NULL);
        if (rows[i].group) {
            assert_string_equal(place.group, rows[i].group);
            assert_string_equal(place.prefix, rows[i].prefix);
        }
        ecs_log_place_free(&place);
    }
}

static void test_log_place_fails(void **state)
{
    static const struct canned canned[] = {
            FOR("DescribeTaskDefinition", 400, "{\"__type\":\"AccessDeniedException\"}")};
    struct ecs_log_place place;

    (void)state;
    begin(SERVICE_ECS);
    steps_will_answer(canned, 1);
    assert_int_equal(ecs_find_log(api, "d:7", &place, &err), ERR_SERVICE);
    assert_memory_equal(err.message, "ECS: DescribeTaskDefinition: AccessDeniedException", 50);
    assert_null(place.group);
    no_secrets(&err);
}

/* --- CloudWatch Logs --- */

static char lines[256];

static void on_event(void *ctx, int64_t time_ms, const char *message)
{
    size_t len = strlen(lines);

    assert_ptr_equal(ctx, lines);
    snprintf(lines + len, sizeof lines - len, "%lld %s\n", (long long)time_ms, message);
}

static void test_log_events(void **state)
{
    static const struct canned canned[] = {
            ONCE(200, NULL,
                    "{\"events\":[{\"timestamp\":5,\"message\":\"a\"},7,{\"timestamp\":6},"
                    "{\"timestamp\":7,\"message\":\"b\"}],\"nextForwardToken\":\"f/1\"}"),
            ONCE(200, NULL, "{\"events\":[],\"nextForwardToken\":\"f/2\"}"),
            ONCE(200, NULL,
                    "{\"events\":[{\"timestamp\":8,\"message\":\"c\"}],\"nextForwardToken\":\"f/2\"}"),
            ONCE(200, NULL, "{\"events\":7}"),
    };
    static const bool more_follow[] = {true, true, false, false};
    char *token = NULL;
    bool more;
    size_t i;

    (void)state;
    lines[0] = '\0';
    begin(SERVICE_LOGS);
    steps_will_answer(canned, 4);
    for (i = 0; i < 4; i++) {
        assert_int_equal(
                cw_logs_read(api, "g", "p/c/1", 100, &token, &more, on_event, lines, &err), ERR_OK);
        assert_int_equal(more, more_follow[i]);
    }
    assert_string_equal(lines, "5 a\n7 b\n8 c\n");
    assert_string_equal(token, "f/2");
    free(token);
    sent_as("Logs_20140328.GetLogEvents", "logs");
    expect(0, "GetLogEvents",
            "{\"logGroupName\":\"g\",\"logStreamName\":\"p/c/1\",\"startFromHead\":true,"
            "\"limit\":100}");
    expect(2, "GetLogEvents",
            "{\"logGroupName\":\"g\",\"logStreamName\":\"p/c/1\",\"startFromHead\":true,"
            "\"limit\":100,\"nextToken\":\"f/2\"}");
}

static void test_log_is_missing(void **state)
{
    static const struct canned canned[] = {
            ONCE(400, NULL, "{\"__type\":\"ResourceNotFoundException\",\"message\":\"none\"}"),
            ONCE(400, NULL, "{\"__type\":\"AccessDeniedException\"}")};
    char *token = NULL;
    bool more = true;

    (void)state;
    begin(SERVICE_LOGS);
    steps_will_answer(canned, 2);
    assert_int_equal(
            cw_logs_read(api, "g", "s", 1, &token, &more, on_event, lines, &err), ERR_SERVICE);
    assert_true(cw_logs_is_missing(&err));
    assert_false(more);
    assert_int_equal(
            cw_logs_read(api, "g", "s", 1, &token, &more, on_event, lines, &err), ERR_SERVICE);
    assert_false(cw_logs_is_missing(&err));
    assert_null(token);
}

/* --- executions --- */

static void test_lists(void **state)
{
    static const struct canned canned[] = {
            ONCE(200, NULL,
                    "{\"executions\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"nextToken\":\"t\"}"),
            ONCE(200, NULL, "{\"executions\":[],\"nextToken\":\"u\"}"),
            ONCE(200, NULL, "{\"executions\":[{\"name\":\"c\"}],\"nextToken\":\"v\"}"),
            ONCE(200, NULL, "{\"executions\":[{\"name\":\"d\"}]}"),
    };
    static const struct executions_query first = {
            .state_machine = MACHINE, .status = "FAILED", .most = 3};
    static const struct executions_query second = {.map_run = "m", .most = 5000};
    json_t *list = json_array();
    bool more;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 4);
    assert_int_equal(executions_list(sfn, &first, list, &more, &err), ERR_OK);
    assert_int_equal(json_array_size(list), 3);
    assert_true(more);
    assert_int_equal(executions_list(sfn, &second, list, &more, &err), ERR_OK);
    assert_int_equal(json_array_size(list), 4);
    assert_false(more);
    json_decref(list);
    expect(0, "ListExecutions",
            "{\"stateMachineArn\":\"" MACHINE "\",\"maxResults\":3,\"statusFilter\":\"FAILED\"}");
    expect(1, "ListExecutions",
            "{\"stateMachineArn\":\"" MACHINE
            "\",\"maxResults\":1,\"statusFilter\":\"FAILED\",\"nextToken\":\"t\"}");
    expect(3, "ListExecutions", "{\"mapRunArn\":\"m\",\"maxResults\":1000}");
}

static void test_endless_list(void **state)
{
    static const struct canned canned[] = {
            ALWAYS(200, NULL, "{\"executions\":[],\"nextToken\":\"t\"}")};
    static const struct executions_query query = {.map_run = "m", .most = 1};
    json_t *list = json_array();

    (void)state;
    steps_begin();
    steps_will_answer(canned, 1);
    assert_int_equal(executions_list(sfn, &query, list, NULL, &err), ERR_OK);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

static void test_history(void **state)
{
    static const struct canned canned[] = {
            ONCE(200, NULL, "{\"events\":[1],\"nextToken\":\"t\"}"),
            ONCE(200, NULL, "{\"events\":[2]}"),
    };
    json_t *page = NULL;
    bool more;
    int i;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 2);
    for (i = 1; i <= 2; i++) {
        assert_int_equal(
                executions_history(sfn, "x", EXECUTIONS_LATEST_FIRST, &page, &more, &err), ERR_OK);
        assert_true(more);
        assert_int_equal(json_integer_value(json_array_get(json_object_get(page, "events"), 0)), i);
    }
    assert_int_equal(
            executions_history(sfn, "x", EXECUTIONS_LATEST_FIRST, &page, &more, &err), ERR_OK);
    assert_false(more);
    json_decref(page);
    expect(0, "GetExecutionHistory",
            "{\"executionArn\":\"x\",\"reverseOrder\":true,\"maxResults\":100}");
    expect(1, "GetExecutionHistory",
            "{\"executionArn\":\"x\",\"reverseOrder\":true,\"maxResults\":100,"
            "\"nextToken\":\"t\"}");
}

static void test_stop(void **state)
{
    static const struct canned canned[] = {
            ONCE(200, NULL, "{\"stopDate\":7}"),
            ONCE(400, NULL, "{\"__type\":\"ExecutionDoesNotExist\"}"),
    };

    (void)state;
    steps_begin();
    steps_will_answer(canned, 2);
    assert_int_equal(executions_stop(sfn, "x", "Stopped", "by \"me\"", &err), ERR_OK);
    expect(0, "StopExecution",
            "{\"executionArn\":\"x\",\"error\":\"Stopped\",\"cause\":\"by \\\"me\\\"\"}");
    assert_int_equal(executions_stop(sfn, "x", "Stopped", "c", &err), ERR_SERVICE);
}

static void test_arns(void **state)
{
    static const char *const rows[][3] = {
            {MACHINE, "r-1", "arn:aws:states:eu-west-1:1:execution:copyout:r-1"},
            {MACHINE ":7", "r-1", "arn:aws:states:eu-west-1:1:execution:copyout:r-1"},
            {"arn:aws:states:eu-west-1:1:execution:copyout:r", "r-1", NULL},
            {"arn:aws:states:eu-west-1:1:stateMachine:", "r-1", NULL},
            {"copyout", "r-1", NULL},
            {"", "", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out;
        bool is;

        buf_init(&out, BUF_MAX_SMALL);
        is = executions_arn(rows[i][0], rows[i][1], &out);
        assert_int_equal(is, rows[i][2] != NULL);
        if (is)
            assert_string_equal(buf_str(&out), rows[i][2]);
        buf_free(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            SERVICE_TEST(test_tasks),
            cmocka_unit_test(test_reasons),
            cmocka_unit_test(test_task_id),
            SERVICE_TEST(test_log_place),
            SERVICE_TEST(test_log_place_fails),
            SERVICE_TEST(test_log_events),
            SERVICE_TEST(test_log_is_missing),
            SERVICE_TEST(test_lists),
            SERVICE_TEST(test_endless_list),
            SERVICE_TEST(test_history),
            SERVICE_TEST(test_stop),
            cmocka_unit_test(test_arns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
