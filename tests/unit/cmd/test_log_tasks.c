/* Which tasks have a log, and which child execution copies a shard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../aws/sfn_server.h"
#include "cmd/aws/log_tasks.h"

#define MAP FOR("ListMapRuns", 200, "{\"mapRuns\":[{\"mapRunArn\":\"m\"}]}")
/* The latest first. */
#define CHILDREN                                                                    \
    FOR("ListExecutions", 200,                                                      \
            "{\"executions\":[{\"executionArn\":\"e4\"},{\"executionArn\":\"e3\"}," \
            "{\"executionArn\":\"e2\"},{\"executionArn\":\"e1\"},{\"executionArn\":\"e0\"}]}")
/* Given once: the answer about the child that is asked about next. */
#define CHILD(number)                                                         \
    {                                                                         \
        .operation = "DescribeExecution", .status = 200,                      \
        .body = "{\"input\":\"{\\\"shard\\\":{\\\"shard\\\":" number "}}\"}", \
    }

/* The ARNs that were asked for their input, after the two lists. */
static void asked(const char *const *arns, unsigned count)
{
    unsigned i;

    assert_int_equal(steps_seen(), count + 2);
    for (i = 0; i < count; i++) {
        json_t *request = steps_request(i + 2, "DescribeExecution");

        assert_string_equal(json_string_value(json_object_get(request, "executionArn")), arns[i]);
        json_decref(request);
    }
}

/* Each answer tells how far away the wanted one is. */
static void test_search(void **state)
{
    static const struct canned canned[] = {MAP, CHILDREN, CHILD("4"), CHILD("2"), CHILD("3")};
    static const char *const arns[] = {"e3", "e2", "e4"};
    struct buf out;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 5);
    buf_init(&out, BUF_MAX_SMALL);
    assert_int_equal(log_tasks_find_shard(sfn, "x", 3, &out, &err), ERR_OK);
    assert_string_equal(buf_str(&out), "e4");
    asked(arns, 3);
    buf_free(&out);
}

/* All are asked, each once, and none is it. */
static void test_search_in_vain(void **state)
{
    static const struct canned canned[] = {MAP, CHILDREN, CHILD("0"), CHILD("1"), CHILD("2"),
            FOR("DescribeExecution", 200, "{\"input\":\"{}\"}")};
    struct buf out;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 6);
    buf_init(&out, BUF_MAX_SMALL);
    assert_int_equal(log_tasks_find_shard(sfn, "x", 70000, &out, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "shard 70000 was found among the 5 that began"));
    assert_int_equal(steps_seen(), 7);
    buf_free(&out);
}

static void test_search_fails(void **state)
{
    static const struct canned canned[] = {
            MAP, CHILDREN, FOR("DescribeExecution", 400, "{\"__type\":\"AccessDeniedException\"}")};
    struct buf out;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 3);
    buf_init(&out, BUF_MAX_SMALL);
    assert_int_equal(log_tasks_find_shard(sfn, "x", 0, &out, &err), ERR_SERVICE);
    buf_free(&out);
}

#define ENTERED(name) \
    "{\"type\":\"TaskStateEntered\",\"stateEnteredEventDetails\":{\"name\":\"" name "\"}}"
#define SUBMITTED(id)                                                        \
    "{\"type\":\"TaskSubmitted\",\"taskSubmittedEventDetails\":{\"output\":" \
    "\"{\\\"Tasks\\\":[{\\\"TaskArn\\\":\\\"" id "\\\",\\\"ClusterArn\\\":\\\"c\\\"}]}\"}}"

/* Over pages, and without those that are there already. */
static void test_load(void **state)
{
    static const struct canned canned[] = {
            {.operation = "GetExecutionHistory",
                    .status = 200,
                    .body = "{\"events\":[" ENTERED("Prepare") "," SUBMITTED("t1") "," SUBMITTED(
                            "t2") "],\"nextToken\":\"n\"}"},
            {.operation = "GetExecutionHistory",
                    .status = 200,
                    .body = "{\"events\":[" SUBMITTED("t3") "," ENTERED("Report") "," SUBMITTED(
                            "t4") "]}"},
            FOR("GetExecutionHistory", 200,
                    "{\"events\":[" ENTERED("Report") "," SUBMITTED("t4") "," SUBMITTED("t5") "]}"),
    };
    static const char *const steps_of[] = {"Prepare", "Prepare", "Prepare", "Report", "Report"};
    struct log_tasks t = {0};
    char name[24];
    size_t i;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 3);
    assert_int_equal(log_tasks_load(&t, sfn, "x", NULL, &err), ERR_OK);
    assert_int_equal(t.count, 4);
    assert_int_equal(log_tasks_load(&t, sfn, "x", "Prepare", &err), ERR_OK);
    assert_int_equal(t.count, 4);
    assert_int_equal(log_tasks_load(&t, sfn, "x", "Report", &err), ERR_OK);
    assert_int_equal(t.count, 5);
    for (i = 0; i < t.count; i++) {
        snprintf(name, sizeof name, "t%zu", i + 1);
        assert_string_equal(t.tasks[i].task.arn, name);
        assert_string_equal(t.tasks[i].step, steps_of[i]);
    }
    log_tasks_free(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            STEPS_TEST(test_search),
            STEPS_TEST(test_search_in_vain),
            STEPS_TEST(test_search_fails),
            STEPS_TEST(test_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
