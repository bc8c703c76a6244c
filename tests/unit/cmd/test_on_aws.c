/* start and status: executions of the state machine, begun and watched from here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command_line.h"

#define MACHINE   "arn:aws:states:us-east-1:111122223333:stateMachine:copyout"
#define EXECUTION "arn:aws:states:us-east-1:1:execution:copyout:e"

static const char running[] = "{\"status\":\"RUNNING\",\"name\":\"e\",\"startDate\":1795000000}";
static const char succeeded[] =
        "{\"status\":\"SUCCEEDED\",\"name\":\"e\",\"startDate\":1795000000,\"stopDate\":1795000060,"
        "\"output\":\"{\\\"items\\\":3,\\\"copied\\\":3,\\\"report\\\":\\\"s3://dst/ENDED_COPY.csv\\\"}\"}";
static const char failed[] =
        "{\"status\":\"FAILED\",\"name\":\"e\",\"startDate\":1795000000,\"stopDate\":1795000060,"
        "\"error\":\"ManifestError\",\"cause\":\"line 2: no row\"}";

static json_t *started(void)
{
    json_t *told = json_loads(fake_told("StartExecution"), 0, NULL);
    json_t *input = json_loads(json_string_value(json_object_get(told, "input")), 0, NULL);

    assert_string_equal(json_string_value(json_object_get(told, "stateMachineArn")), MACHINE);
    json_object_set(input, "name", json_object_get(told, "name"));
    json_decref(told);
    return input;
}

static const char *text(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void test_start(void **state)
{
    json_t *input;

    (void)state;
    exits(0, "start -m s3://lists/files.csv -t s3://dst/out/ --state-machine " MACHINE);
    assert_string_equal(out_text, EXECUTION "\n");
    assert_string_equal(err_text, "copyout status " EXECUTION " --follow\n");
    input = started();
    assert_string_equal(text(input, "sourceFilesCsvBucket"), "lists");
    assert_string_equal(text(input, "destinationFolderKey"), "out/");
    assert_memory_equal(text(input, "name"), "copyout-20", 10);
    json_decref(input);
    env_set("COPYOUT_STATE_MACHINE", MACHINE);
    exits(0, "start -m s3://lists/files.csv -t s3://dst/ --name release-1 --json");
    assert_string_equal(
            out_text, "{\"executionArn\": \"" EXECUTION "\", \"name\": \"release-1\"}\n");
    input = started();
    assert_string_equal(text(input, "name"), "release-1");
    json_decref(input);
}

/* A list that is not in S3 is put into the stack's work folder. */
static void test_start_with_a_list_here(void **state)
{
    static const struct {
        const char *words, *in;
    } rows[] = {{"start -m list.csv -t s3://dst/ --name n -w s3://store/work", ""},
            {"start -m - -t s3://dst/ --name n", "src,k9\n"}};
    size_t i;

    (void)state;
    env_set("COPYOUT_STATE_MACHINE", MACHINE);
    env_set("COPYOUT_WORK", "s3://store/work/");
    home_write("list.csv", "src,k0\n");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[256];
        json_t *input;

        in_text = rows[i].in;
        exits(0, rows[i].words);
        input = started();
        assert_string_equal(text(input, "sourceFilesCsvBucket"), "store");
        assert_memory_equal(text(input, "sourceFilesCsvKey"), "work/manifests/n-", 17);
        snprintf(name, sizeof name, "store/%s", text(input, "sourceFilesCsvKey"));
        assert_string_equal(fake_find(name)->body, i ? "src,k9\n" : "src,k0\n");
        json_decref(input);
    }
}

static void test_start_mistakes(void **state)
{
    static const struct {
        const char *words;
        int exit_code;
        const char *said;
    } rows[] = {
            {"start -m s3://l/f -t s3://dst/", 2, "which state machine?"},
            {"start -m s3://l/f -t s3://dst/ --state-machine x", 2, "which state machine?"},
            {"start --state-machine " MACHINE, 2, "what is to be copied?"},
            {"start -m s3://l/f -t s3://dst/ --name a.b --state-machine " MACHINE, 2, "--name: "},
            {"start -m list.csv -t s3://dst/ --state-machine " MACHINE, 2,
                    "the manifest is not in S3 yet"},
            {"start -m list.csv -t s3://dst/ -w s3://B/ --state-machine " MACHINE, 2,
                    "work folder \"s3://B/\": the bucket's name"},
            {"start -m none.csv -t s3://dst/ -w s3://store/ --state-machine " MACHINE, 2,
                    "manifest none.csv: No such file or directory"},
            {"start -m . -t s3://dst/ -w s3://store/ --state-machine " MACHINE, 2,
                    "manifest .: it is a folder"},
            {"start -m list.csv -t s3://dst/ -w s3://full/ --state-machine " MACHINE, 3,
                    "cannot put the manifest at s3://full/manifests/copyout-20"},
    };
    size_t i;

    (void)state;
    home_write("list.csv", "src,k0\n");
    fake_rule("PUT /full/", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        exits(rows[i].exit_code, rows[i].words);
        says_err(rows[i].said);
        assert_string_equal(out_text, "");
    }
    assert_null(fake_told("StartExecution"));
}

static void test_start_and_follow(void **state)
{
    (void)state;
    fake.executions = succeeded;
    env_set("COPYOUT_STATE_MACHINE", MACHINE);
    exits(0, "start -m s3://lists/files.csv -t s3://dst/ --follow");
    says_out(EXECUTION "\ne: SUCCEEDED after 1 min 0 s: 3 objects, 3 copied. Report: "
                       "s3://dst/ENDED_COPY.csv\n");
}

static void test_status(void **state)
{
    (void)state;
    fake.executions = succeeded;
    exits(0, "status " EXECUTION);
    assert_string_equal(out_text, "e: SUCCEEDED after 1 min 0 s: 3 objects, 3 copied. Report: "
                                  "s3://dst/ENDED_COPY.csv\n");
    exits(0, "status " EXECUTION " --follow --json");
    says_out("{\"status\": \"SUCCEEDED\", ");
    says_out("\"output\": {\"items\": 3, ");
    fake.executions = failed;
    exits(2, "status " EXECUTION " --follow");
    says_out("e: FAILED after 1 min 0 s: ManifestError: line 2: no row\n");
    fake.executions = running;
    exits(0, "status " EXECUTION);
    says_out("e: RUNNING for ");
    says_out(": preparing\n");
}

static void test_status_mistakes(void **state)
{
    (void)state;
    exits(2, "status");
    says_err("which execution? Give its ARN");
    exits(2, "status " EXECUTION " --endpoint-url ftp://x");
    exits(4, "status " EXECUTION); /* the answer is none: "{}" */
    env_set("AWS_ACCESS_KEY_ID", "");
    exits(4, "status " EXECUTION);
    says_err("copyout: error: ");
}

/* A signal ends the watching, not the execution. */
static void test_status_interrupted(void **state)
{
    (void)state;
    fake.executions = running;
    fake_rule("POST /", 0, NULL, 1);
    fake.rules[0].signal = SIGINT;
    exits(130, "status " EXECUTION " --follow --every 1h");
    says_err("copyout: error: not following any longer; the execution goes on\n");
}

/* Nothing is started when the signal comes before it. */
static void test_start_interrupted(void **state)
{
    (void)state;
    home_write("list.csv", "src,k0\n");
    fake_rule("PUT /store/", 0, NULL, 1);
    fake.rules[0].signal = SIGTERM;
    exits(130, "start -m list.csv -t s3://dst/ -w s3://store/ --state-machine " MACHINE);
    says_err("copyout: error: interrupted; nothing was started\n");
    assert_null(fake_told("StartExecution"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_start),
            TEST(test_start_with_a_list_here),
            TEST(test_start_mistakes),
            TEST(test_start_and_follow),
            TEST(test_status),
            TEST(test_status_mistakes),
            TEST(test_status_interrupted),
            TEST(test_start_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
