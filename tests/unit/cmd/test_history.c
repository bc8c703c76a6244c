/* Events tell of tasks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cmd/aws/history.h"

#define ENTERED(kind) "{\"type\":\"" kind "StateEntered\"}"
#define SUBMITTED(id)                                                        \
    "{\"type\":\"TaskSubmitted\",\"taskSubmittedEventDetails\":{\"output\":" \
    "\"{\\\"Tasks\\\":[{\\\"TaskArn\\\":\\\"" id                             \
    "\\\",\\\"ClusterArn\\\":\\\"c\\\",\\\"TaskDefinitionArn\\\":\\\"d\\\"}]}\"}}"
#define LOST                                                    \
    "{\"type\":\"TaskTimedOut\",\"taskTimedOutEventDetails\":{" \
    "\"error\":\"States.HeartbeatTimeout\"}}"
#define FAILED(kind, details, error) \
    "{\"type\":\"" kind "\",\"" details "EventDetails\":{\"error\":\"" error "\",\"cause\":\"c\"}}"
#define DONE "{\"type\":\"TaskSucceeded\"}"

static struct history look(const char *events)
{
    struct history h = {0};
    char text[8192];
    json_t *list, *event;
    size_t i;

    snprintf(text, sizeof text, "[%s]", events);
    list = json_loads(text, 0, NULL);
    assert_non_null(list);
    json_array_foreach(list, i, event) history_look_at(&h, event);
    json_decref(list);
    return h;
}

/* The latest event first. */
static void test_rows(void **state)
{
    static const struct {
        const char *events;
        unsigned timed_out, tasks;
        const char *latest, *error;
    } rows[] = {
            {"", 0, 0, NULL, NULL},
            {SUBMITTED("t1") "," ENTERED("Task"), 0, 1, "t1", NULL},
            {SUBMITTED("t3") "," LOST "," SUBMITTED("t2") "," LOST "," SUBMITTED("t1"), 2, 3, "t3",
                    "States.HeartbeatTimeout"},
            {DONE "," SUBMITTED("t2") "," LOST "," SUBMITTED("t1"), 1, 0, NULL, NULL},
            {ENTERED("Fail") "," LOST "," SUBMITTED("t1") "," ENTERED("Task") "," LOST
                                                                              "," SUBMITTED("t0"),
                    2, 1, "t1", "States.HeartbeatTimeout"},
            {ENTERED("Wait") "," ENTERED("Choice") "," FAILED("TaskFailed", "taskFailed",
                     "AccessDeniedError") "," SUBMITTED("t1") "," ENTERED("Task"),
                    0, 1, "t1", "AccessDeniedError"},
            {FAILED("TaskSubmitFailed", "taskSubmitFailed", "ECS.ServerException") "," FAILED(
                     "TaskStartFailed", "taskStartFailed", "earlier"),
                    0, 0, NULL, "ECS.ServerException"},
            {ENTERED("Map") "," LOST "," SUBMITTED("t1"), 1, 0, NULL, NULL},
            {"7,null,{},{\"type\":7},{\"type\":\"TaskSubmitted\"},"
             "{\"type\":\"TaskSubmitted\",\"taskSubmittedEventDetails\":{\"output\":\"{\"}},"
             "{\"type\":\"TaskSubmitted\",\"taskSubmittedEventDetails\":{\"output\":"
             "\"{\\\"Tasks\\\":[{\\\"TaskArn\\\":\\\"t\\\"}]}\"}},{\"type\":\"TaskFailed\"}",
                    0, 0, NULL, NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct history h = look(rows[i].events);

        if (h.timed_out != rows[i].timed_out || h.task_count != rows[i].tasks)
            fail_msg("row %zu: %u %u", i, h.timed_out, h.task_count);
        if (rows[i].latest)
            assert_string_equal(h.tasks[0].arn, rows[i].latest);
        assert_int_equal(h.error != NULL, rows[i].error != NULL);
        if (rows[i].error)
            assert_string_equal(h.error, rows[i].error);
        history_free(&h);
    }
}

static void test_many_tasks(void **state)
{
    struct history h = {0};
    json_t *event = json_loads(SUBMITTED("t"), 0, NULL);
    unsigned i;

    (void)state;
    for (i = 0; i < HISTORY_TASKS_MOST + 3; i++)
        history_look_at(&h, event);
    assert_int_equal(h.task_count, HISTORY_TASKS_MOST);
    assert_string_equal(h.tasks[0].cluster, "c");
    assert_string_equal(h.tasks[0].definition, "d");
    history_free(&h);
    json_decref(event);
}

/* The details of another kind of event are of no task. */
static void test_other_events(void **state)
{
    static const char *const rows[] = {
            "{\"type\":\"TaskFailed\",\"taskSubmittedEventDetails\":{\"output\":"
            "\"{\\\"Tasks\\\":[{\\\"TaskArn\\\":\\\"t\\\",\\\"ClusterArn\\\":\\\"c\\\"}]}\"}}",
            "{\"taskSubmittedEventDetails\":{\"output\":"
            "\"{\\\"Tasks\\\":[{\\\"TaskArn\\\":\\\"t\\\",\\\"ClusterArn\\\":\\\"c\\\"}]}\"}}",
            "{\"type\":\"TaskSubmitted\"}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *event = json_loads(rows[i], 0, NULL);
        struct history_task task = {0};

        assert_non_null(event);
        assert_false(history_read_task(event, &task));
        assert_null(task.arn);
        json_decref(event);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_many_tasks),
            cmocka_unit_test(test_other_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
