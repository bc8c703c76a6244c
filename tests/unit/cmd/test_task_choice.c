/* The tasks that a job may choose: its input against what the installation lets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <stdlib.h>

#include "cmd/task_choice.h"

/* Of installations as deploy/cdk writes them: one that lets its jobs choose nothing, one that lets
 * them choose all, and one whose own tasks are larger than Fargate's smallest. */
#define CLOSED                                                                                 \
    "{\"capacity\":\"spot-first\",\"architecture\":\"arm64\",\"cpu\":256,\"memory\":512,"      \
    "\"capacities\":[\"spot-first\"],\"mostCpu\":256,\"mostMemory\":512,\"taskDefinitions\":{" \
    "\"arm64\":\"CopyOut\"}}"
#define OPEN                                                                              \
    "{\"capacity\":\"spot-first\",\"architecture\":\"arm64\",\"cpu\":256,\"memory\":512," \
    "\"capacities\":[\"spot-first\",\"on-demand\"],\"mostCpu\":4096,\"mostMemory\":8192," \
    "\"taskDefinitions\":{\"arm64\":\"CopyOut\",\"x86_64\":\"CopyOut-x86_64\"}}"
#define LARGE                                                                                   \
    "{\"capacity\":\"on-demand\",\"architecture\":\"x86_64\",\"cpu\":1024,\"memory\":4096,"     \
    "\"capacities\":[\"on-demand\"],\"mostCpu\":8192,\"mostMemory\":16384,\"taskDefinitions\":" \
    "{\"x86_64\":\"Large\"}}"

/* The outcome of an input's fields: the task as JSON, "" where none is chosen, or the message. */
static char *choose(const char *fields, const char *choices)
{
    struct input in;
    json_t *task;
    struct err e;
    char *text;

    assert_int_equal(input_init(&in, &e), ERR_OK);
    assert_int_equal(input_parse(&in, fields, strlen(fields), &e), ERR_OK);
    if (task_choice(&in, choices, &task, &e) != ERR_OK) {
        assert_null(task);
        text = strdup(e.message);
    } else {
        text = task ? json_dumps(task, JSON_COMPACT | JSON_SORT_KEYS) : strdup("");
        json_decref(task);
    }
    input_free(&in);
    assert_non_null(text);
    return text;
}

static void expect(const char *fields, const char *choices, const char *expected)
{
    char *text = choose(fields, choices);

    assert_string_equal(text, expected);
    free(text);
}

#define TASK(capacity, cpu, memory, definition)                               \
    "{\"capacity\":\"" capacity "\",\"cpu\":\"" cpu "\",\"memory\":\"" memory \
    "\",\"taskDefinition\":\"" definition "\"}"

static void test_chosen(void **state)
{
    (void)state;
    expect("{}", CLOSED, "");
    expect("{}", NULL, "");
    expect("{\"taskCapacity\":\"on-demand\"}", OPEN, TASK("FARGATE", "256", "512", "CopyOut"));
    expect("{\"taskArchitecture\":\"x86_64\"}", OPEN,
            TASK("FARGATE_SPOT", "256", "512", "CopyOut-x86_64"));
    expect("{\"taskCpu\":1024,\"taskMemory\":4096}", OPEN,
            TASK("FARGATE_SPOT", "1024", "4096", "CopyOut"));
    /* An input may ask for what the installation does anyway. */
    expect("{\"taskCapacity\":\"spot-first\",\"taskArchitecture\":\"arm64\",\"taskCpu\":256,"
           "\"taskMemory\":512}",
            CLOSED, TASK("FARGATE_SPOT", "256", "512", "CopyOut"));
}

static void test_completed(void **state)
{
    (void)state;
    expect("{\"taskCpu\":512}", OPEN, TASK("FARGATE_SPOT", "512", "1024", "CopyOut"));
    expect("{\"taskCpu\":4096}", OPEN, TASK("FARGATE_SPOT", "4096", "8192", "CopyOut"));
    expect("{\"taskMemory\":1024}", OPEN, TASK("FARGATE_SPOT", "256", "1024", "CopyOut"));
    expect("{\"taskMemory\":3072}", OPEN, TASK("FARGATE_SPOT", "512", "3072", "CopyOut"));
    expect("{\"taskMemory\":8192}", OPEN, TASK("FARGATE_SPOT", "1024", "8192", "CopyOut"));
    expect("{\"taskCpu\":2048}", LARGE, TASK("FARGATE", "2048", "4096", "Large"));
    expect("{\"taskCpu\":256}", LARGE, TASK("FARGATE", "256", "2048", "Large"));
    expect("{\"taskMemory\":16384}", LARGE, TASK("FARGATE", "2048", "16384", "Large"));
}

static void test_refused(void **state)
{
    (void)state;
    expect("{\"taskCapacity\":\"on-demand\"}", CLOSED,
            "taskCapacity: \"on-demand\" is not for a job to choose on this installation, whose "
            "shards run \"spot-first\" (jobCapacity of the stack)");
    expect("{\"taskArchitecture\":\"x86_64\"}", CLOSED,
            "taskArchitecture: \"x86_64\" is not for a job to choose on this installation, whose "
            "shards run \"arm64\" (jobArchitecture of the stack)");
    expect("{\"taskCpu\":512}", CLOSED,
            "taskCpu: the shards of a job may have 256 CPU units at most on this installation, and "
            "not 512 (jobMostCpu of the stack)");
    expect("{\"taskMemory\":1024}", CLOSED,
            "taskMemory: the shards of a job may have 512 MiB at most on this installation, and not "
            "1024 (jobMostMemoryMiB of the stack)");
    expect("{\"taskCpu\":8192}", LARGE, TASK("FARGATE", "8192", "16384", "Large"));
    expect("{\"taskCpu\":16384}", LARGE,
            "taskCpu: the shards of a job may have 8192 CPU units at most on this installation, and "
            "not 16384 (jobMostCpu of the stack)");
    expect("{\"taskCpu\":1024}", NULL,
            "taskCapacity, taskArchitecture, taskCpu, taskMemory: this installation lets no job "
            "choose its tasks (COPYOUT_TASK_CHOICES is not set)");
}

static void test_no_such_size(void **state)
{
    (void)state;
    expect("{\"taskCpu\":300}", OPEN,
            "taskCpu: Fargate has no task of 300 CPU units; it has 256, 512, 1024, 2048, 4096, 8192 "
            "and 16384");
    expect("{\"taskCpu\":256,\"taskMemory\":4096}", OPEN,
            "taskCpu, taskMemory: Fargate has no task of 256 CPU units and 4096 MiB; with 256 there "
            "are 512 and 1024 to 2048 in steps of 1024");
    expect("{\"taskMemory\":1000}", OPEN,
            "taskMemory: Fargate has no task of 256 CPU units and 1000 MiB; with 256 there are 512 "
            "and 1024 to 2048 in steps of 1024");
    expect("{\"taskCpu\":1024,\"taskMemory\":1024}", OPEN,
            "taskCpu, taskMemory: Fargate has no task of 1024 CPU units and 1024 MiB; with 1024 "
            "there are 2048 to 8192 in steps of 1024");
}

/* A size that is completed is held against the limits as well. */
static void test_completed_too_large(void **state)
{
    static const char narrow[] =
            "{\"capacity\":\"spot-first\",\"architecture\":\"arm64\",\"cpu\":256,\"memory\":512,"
            "\"capacities\":[\"spot-first\"],\"mostCpu\":256,\"mostMemory\":8192,"
            "\"taskDefinitions\":{\"arm64\":\"CopyOut\"}}";
    static const char little[] =
            "{\"capacity\":\"spot-first\",\"architecture\":\"arm64\",\"cpu\":256,\"memory\":512,"
            "\"capacities\":[\"spot-first\"],\"mostCpu\":1024,\"mostMemory\":1024,"
            "\"taskDefinitions\":{\"arm64\":\"CopyOut\"}}";

    (void)state;
    expect("{\"taskMemory\":4096}", narrow,
            "taskMemory: so much memory needs more CPU units: the shards of a job may have 256 CPU "
            "units at most on this installation, and not 512 (jobMostCpu of the stack)");
    expect("{\"taskCpu\":1024}", little,
            "taskCpu: so many CPU units need more memory: the shards of a job may have 1024 MiB at "
            "most on this installation, and not 2048 (jobMostMemoryMiB of the stack)");
}

static void test_choices_that_are_none(void **state)
{
    (void)state;
    expect("{\"taskCpu\":256}", "{}", "COPYOUT_TASK_CHOICES is not what the stack writes there");
    expect("{\"taskCpu\":256}", "no JSON",
            "COPYOUT_TASK_CHOICES is not what the stack writes there");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_chosen),
            cmocka_unit_test(test_completed),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_no_such_size),
            cmocka_unit_test(test_completed_too_large),
            cmocka_unit_test(test_choices_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
