/* status where something is wrong, list, logs and stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command_line.h"

#define MACHINE   "arn:aws:states:us-east-1:111122223333:stateMachine:copyout"
#define EXECUTION "arn:aws:states:us-east-1:111122223333:execution:copyout:e"
#define TASK      "arn:aws:ecs:us-east-1:1:task/c/0123"
#define CHILD     "arn:aws:states:us-east-1:1:execution:copyout/Copy:k"

#define RUNNING "{\"status\":\"RUNNING\",\"name\":\"e\",\"startDate\":1795000000}"
#define FAILED                                                                                \
    "{\"status\":\"FAILED\",\"name\":\"e\",\"startDate\":1795000000,\"stopDate\":1795000060," \
    "\"error\":\"CopyIncomplete\",\"cause\":\"2 of 3\",\"input\":"                            \
    "\"{\\\"shard\\\":{\\\"shard\\\":7}}\"}"
#define ENTERED(kind, name) \
    "{\"type\":\"" kind "StateEntered\",\"stateEnteredEventDetails\":{\"name\":\"" name "\"}}"
#define SUBMITTED                                                            \
    "{\"type\":\"TaskSubmitted\",\"taskSubmittedEventDetails\":{\"output\":" \
    "\"{\\\"Tasks\\\":[{\\\"TaskArn\\\":\\\"" TASK                           \
    "\\\",\\\"ClusterArn\\\":\\\"c\\\",\\\"TaskDefinitionArn\\\":\\\"d\\\"}]}\"}}"
#define LOST                                                    \
    "{\"type\":\"TaskTimedOut\",\"taskTimedOutEventDetails\":{" \
    "\"error\":\"States.HeartbeatTimeout\"}}"
#define HISTORY(events)                                       \
    {                                                         \
        "GetExecutionHistory", "{\"events\":[" events "]}", 0 \
    }
#define TASKS(members)                                                             \
    {                                                                              \
        "DescribeTasks", "{\"tasks\":[{\"taskArn\":\"" TASK "\"," members "}]}", 0 \
    }
#define DEFINITION                                                                      \
    {                                                                                   \
        "DescribeTaskDefinition",                                                       \
                "{\"taskDefinition\":{\"containerDefinitions\":[{\"name\":\"copyout\"," \
                "\"logConfiguration\":{\"logDriver\":\"awslogs\",\"options\":{"         \
                "\"awslogs-group\":\"G\",\"awslogs-stream-prefix\":\"p\"}}}]}}",        \
                0                                                                       \
    }
#define DENIED(operation)                                                                    \
    {                                                                                        \
        operation, "{\"__type\":\"AccessDeniedException\",\"message\":\"not allowed\"}", 400 \
    }
#define END           \
    {                 \
        NULL, NULL, 0 \
    }

/* --- status --- */

static void test_a_task_that_never_started(void **state)
{
    static const struct fake_json json[] = {
            HISTORY(SUBMITTED "," LOST "," SUBMITTED "," ENTERED("Task", "Prepare")),
            TASKS("\"lastStatus\":\"STOPPED\",\"stopCode\":\"TaskFailedToStart\","
                  "\"stoppedReason\":\"CannotPull\\u001b: x\""),
            END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = json;
    exits(0, "status " EXECUTION);
    says_out(": preparing; so far: States.HeartbeatTimeout\n"
             "  1 task was given up, since no heartbeat came in time\n"
             "  task " TASK " is STOPPED: TaskFailedToStart: CannotPull : x\n");
    exits(0, "status " EXECUTION " --json");
    says_out("\"timedOutTasks\": 1");
    says_out("\"stopCode\": \"TaskFailedToStart\"");
    says_out("\"forgotten\": false");
    assert_null(fake_told("DescribeTaskDefinition"));
}

/* A task that runs is no news; nor is one that is about to. */
static void test_a_task_that_runs(void **state)
{
    static const struct fake_json json[] = {HISTORY(SUBMITTED "," ENTERED("Task", "Prepare")),
            TASKS("\"lastStatus\":\"RUNNING\""), DEFINITION, END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = json;
    exits(0, "status " EXECUTION);
    says_out(": preparing\n");
    assert_null(strstr(out_text, "task"));
    exits(0, "status " EXECUTION " --json");
    says_out("\"logGroup\": \"G\", \"logStream\": \"p/copyout/0123\"");
}

static void test_a_task_that_is_forgotten(void **state)
{
    static const struct fake_json json[] = {
            HISTORY(LOST "," SUBMITTED "," ENTERED("Task", "Prepare")),
            {"DescribeTasks", "{\"tasks\":[],\"failures\":[{\"reason\":\"MISSING\"}]}", 0},
            DEFINITION, END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = json;
    exits(0, "status " EXECUTION);
    says_out("  task " TASK
             " is not known to ECS any more, which forgets a task about an hour after "
             "its end; why it ended is no longer told\n  log: G, stream p/copyout/0123\n");
}

/* The rest is told when a right is missing, and the exit code is the execution's. */
static void test_missing_rights(void **state)
{
    static const struct fake_json json[] = {
            HISTORY(LOST "," SUBMITTED "," ENTERED("Task", "Prepare")), DENIED("DescribeTasks"),
            DENIED("DescribeTaskDefinition"), END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = json;
    exits(0, "status " EXECUTION);
    says_out("1 task was given up");
    says_out("  not all could be asked: ECS: DescribeTasks: AccessDeniedException: not allowed\n");
    exits(0, "status " EXECUTION " --json");
    says_out("\"notKnown\": \"ECS: DescribeTasks: ");
    assert_null(strstr(out_text, "forgotten"));
}

#define MAP(failed, aborted, running)                                               \
    {"ListMapRuns", "{\"mapRuns\":[{\"mapRunArn\":\"m\"}]}", 0},                    \
    {                                                                               \
        "DescribeMapRun",                                                           \
                "{\"itemCounts\":{\"total\":400,\"succeeded\":0,\"failed\":" failed \
                ",\"aborted\":" aborted ",\"running\":" running "}}",               \
                0                                                                   \
    }
#define CHILDREN(status)                                                                           \
    {                                                                                              \
        "ListExecutions",                                                                          \
                "{\"executions\":[{\"executionArn\":\"" CHILD "\",\"status\":\"" status "\"},7]}", \
                0                                                                                  \
    }

static void test_failed_shards(void **state)
{
    static const struct fake_json json[] = {HISTORY(SUBMITTED), MAP("400", "3", "0"),
            CHILDREN("FAILED"),
            TASKS("\"lastStatus\":\"STOPPED\",\"stopCode\":\"EssentialContainerExited\","
                  "\"stoppedReason\":\"exited\""),
            DEFINITION, END};

    (void)state;
    fake.executions = FAILED;
    fake.json = json;
    exits(1, "status " EXECUTION);
    says_out("e: FAILED after 1 min 0 s: CopyIncomplete: 2 of 3\n");
    says_out("  shard 7 FAILED: CopyIncomplete: 2 of 3\n"
             "    task " TASK " is STOPPED: EssentialContainerExited: exited\n"
             "    log: G, stream p/copyout/0123\n  and 399 more failed shards\n");
    exits(1, "status " EXECUTION " --json");
    says_out("\"failedShards\": [{\"executionArn\": \"" CHILD "\"");
    says_out("\"failedShardsNotShown\": 399");
    says_out("\"aborted\": 3");
}

/* Of those that run only the ones that do not get on. */
static void test_slow_shards(void **state)
{
    static const struct fake_json slow[] = {HISTORY(SUBMITTED "," LOST), MAP("0", "0", "1"),
            CHILDREN("RUNNING"), TASKS("\"lastStatus\":\"PENDING\""), DEFINITION, END};
    static const struct fake_json healthy[] = {HISTORY(SUBMITTED), MAP("0", "0", "1"),
            CHILDREN("RUNNING"), TASKS("\"lastStatus\":\"RUNNING\""), DEFINITION, END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = slow;
    exits(0, "status " EXECUTION);
    says_out(" does not get on: States.HeartbeatTimeout\n"
             "    1 task was given up, since no heartbeat came in time\n"
             "    task " TASK " is PENDING\n");
    fake.json = healthy;
    exits(0, "status " EXECUTION);
    assert_null(strstr(out_text, "does not get on"));
}

/* --- list --- */

static void test_list(void **state)
{
    static const struct fake_json json[] = {
            {"ListExecutions",
                    "{\"executions\":[{\"executionArn\":\"" EXECUTION
                    "\"},{}],\"nextToken\":\"t\"}",
                    0},
            MAP("3", "0", "1"), END};

    (void)state;
    env_set("COPYOUT_STATE_MACHINE", MACHINE);
    fake.json = json;
    fake.executions = RUNNING;
    exits(0, "list --limit 2");
    assert_string_equal(out_text, "e                                         RUNNING          "
                                  "2026-11-18T11:06:40Z  0 of 400 shards done, 3 failed\n");
    assert_string_equal(err_text, "there are more; --limit N shows them\n");
    fake.executions = FAILED;
    exits(0, "list --status FAILED --limit 2");
    says_out("2026-11-18T11:06:40Z  0 of 400 shards done, 3 failed  CopyIncomplete: 2 of 3\n");
    assert_non_null(strstr(fake_told("ListExecutions"), "\"statusFilter\":\"FAILED\""));
    exits(0, "list --json --limit 1");
    says_out("{\"executions\": [{\"status\": \"FAILED\"");
    says_out("\"more\": true}\n");
}

static void test_list_mistakes(void **state)
{
    (void)state;
    exits(2, "list");
    says_err("which state machine?");
    env_set("COPYOUT_STATE_MACHINE", MACHINE);
    exits(2, "list --limit 1001");
    exits(2, "list --state-machine x");
    exits(2, "list one");
    exits(0, "list");
    assert_string_equal(out_text, "");
    says_err("there are none\n");
}

/* --- logs --- */

#define EVENTS                                                                           \
    {                                                                                    \
        "GetLogEvents",                                                                  \
                "{\"events\":[{\"timestamp\":1795000000999,\"message\":\"a\\u001bb\"}]," \
                "\"nextForwardToken\":\"f\"}",                                           \
                0                                                                        \
    }

static void test_logs(void **state)
{
    static const struct fake_json json[] = {
            HISTORY(ENTERED("Task", "Prepare") "," SUBMITTED "," SUBMITTED), DEFINITION, EVENTS,
            END};

    (void)state;
    env_set("COPYOUT_STATE_MACHINE", MACHINE);
    fake.json = json;
    fake.executions = FAILED;
    exits(0, "logs e");
    assert_string_equal(out_text, "--- Prepare, task " TASK "\n2026-11-18T11:06:40Z a b\n"
                                  "2026-11-18T11:06:40Z a b\n");
    exits(0, "logs e prepare --json --follow");
    says_out("{\"executionArn\": \"" EXECUTION "\", \"lines\": [{\"time\": "
             "\"2026-11-18T11:06:40Z\", \"step\": \"Prepare\", \"task\": \"" TASK
             "\", \"message\": \"a\\u001Bb\"}, {");
    exits(0, "logs e report");
    assert_string_equal(out_text, "");
    says_err("no task has begun yet");
}

static void test_logs_of_a_shard(void **state)
{
    static const struct fake_json json[] = {HISTORY(ENTERED("Task", "CopyShard") "," SUBMITTED),
            MAP("1", "0", "0"), CHILDREN("FAILED"), DEFINITION, EVENTS, END};

    (void)state;
    fake.json = json;
    fake.executions = FAILED;
    exits(0, "logs " EXECUTION " 7");
    says_out("--- CopyShard, task " TASK "\n");
    exits(2, "logs " EXECUTION " 8");
    says_err("no child execution of shard 8 was found among the 2 that began");
    exits(2, "logs " EXECUTION " -1");
    exits(2, "logs " EXECUTION " all");
    says_err("neither its number nor prepare, thaw or report");
}

static void test_logs_without_a_map(void **state)
{
    (void)state;
    exits(2, "logs " EXECUTION " 0");
    says_err("the execution has no map run yet");
    exits(2, "logs");
    exits(2, "logs e");
    says_err("set COPYOUT_STATE_MACHINE");
}

static void test_logs_that_are_missing(void **state)
{
    static const struct fake_json none[] = {HISTORY(ENTERED("Task", "Prepare") "," SUBMITTED),
            DEFINITION, {"GetLogEvents", "{\"__type\":\"ResourceNotFoundException\"}", 400}, END};
    static const struct fake_json denied[] = {HISTORY(ENTERED("Task", "Prepare") "," SUBMITTED),
            DEFINITION, DENIED("GetLogEvents"), END};
    static const struct fake_json nowhere[] = {
            HISTORY(ENTERED("Task", "Prepare") "," SUBMITTED), END};

    (void)state;
    fake.json = none;
    exits(0, "logs " EXECUTION);
    says_err("Prepare, task " TASK ": there is no log (stream p/copyout/0123)");
    fake.json = denied;
    exits(4, "logs " EXECUTION);
    says_err("CloudWatch Logs: GetLogEvents: AccessDeniedException");
    fake.json = nowhere;
    exits(2, "logs " EXECUTION);
    says_err("the tasks of d log nowhere that is known");
}

/* --- stop --- */

#define PREPARED                                                             \
    "{\"type\":\"TaskSucceeded\",\"taskSucceededEventDetails\":{\"output\":" \
    "\"{\\\"job\\\":\\\"s3://w/jobs/e/\\\",\\\"items\\\":3,\\\"shards\\\":3}\"}}"

static void test_stop(void **state)
{
    static const struct fake_json json[] = {HISTORY(PREPARED), END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = json;
    exits(0, "stop " EXECUTION " --cause later");
    says_out("e: stopped. Its tasks see it at their next heartbeat");
    says_out("aws stepfunctions redrive-execution --execution-arn " EXECUTION ",");
    says_out("copyout report --job s3://w/jobs/e/ makes one");
    assert_string_equal(fake_told("StopExecution"),
            "{\"executionArn\":\"" EXECUTION "\",\"error\":\"Stopped\",\"cause\":\"later\"}");
    fake.json = NULL;
    exits(0, "stop " EXECUTION " --json");
    says_out("\"stopped\": true, \"status\": \"ABORTED\"");
    exits(0, "stop " EXECUTION);
    says_out("Nothing was copied yet.");
    assert_non_null(strstr(fake_told("StopExecution"), "\"cause\":\"stopped by copyout stop\""));
}

static void test_stop_of_an_end(void **state)
{
    (void)state;
    fake.executions = FAILED;
    exits(0, "stop " EXECUTION);
    says_out("e: FAILED after 1 min 0 s: CopyIncomplete: 2 of 3\n"
             "It had ended before; nothing was stopped.\n");
    exits(0, "stop " EXECUTION " --json");
    says_out("\"stopped\": false, \"status\": \"FAILED\"");
    assert_null(fake_told("StopExecution"));
}

static void test_stop_that_is_refused(void **state)
{
    static const struct fake_json json[] = {DENIED("StopExecution"), END};

    (void)state;
    fake.executions = RUNNING;
    fake.json = json;
    exits(4, "stop " EXECUTION);
    says_err("Step Functions: StopExecution: AccessDeniedException: not allowed");
    assert_string_equal(out_text, "");
    exits(2, "stop");
    exits(2, "stop x:y");
    says_err("which execution?");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_a_task_that_never_started),
            TEST(test_a_task_that_runs),
            TEST(test_a_task_that_is_forgotten),
            TEST(test_missing_rights),
            TEST(test_failed_shards),
            TEST(test_slow_shards),
            TEST(test_list),
            TEST(test_list_mistakes),
            TEST(test_logs),
            TEST(test_logs_of_a_shard),
            TEST(test_logs_without_a_map),
            TEST(test_logs_that_are_missing),
            TEST(test_stop),
            TEST(test_stop_of_an_end),
            TEST(test_stop_that_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
