#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sfn_server.h"

/* --- ARNs --- */

#define LONGEST "eu-west-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 63 */

static void test_arn_region(void **state)
{
    static const struct {
        const char *arn, *region; /* NULL: it is none */
    } rows[] = {
            {"arn:aws:states:eu-west-1:111122223333:stateMachine:copyout", "eu-west-1"},
            {"arn:aws:states:eu-west-1:111122223333:stateMachine:copyout:3", "eu-west-1"},
            {"arn:aws:states:us-east-1:111122223333:execution:copyout:release-1", "us-east-1"},
            {"arn:aws:states:us-east-1:1:mapRun:copyout/Copy:0f-1", "us-east-1"},
            {"arn:aws:states:us-east-1:1:express:copyout:x:y", "us-east-1"},
            {"arn:aws-cn:states:cn-north-1:1:execution:c:x", "cn-north-1"},
            {"arn:aws-us-gov:states:us-gov-west-1:1:execution:c:x", "us-gov-west-1"},
            {"arn:aws-iso-b:states:us-isob-east-1:1:execution:c:x", "us-isob-east-1"},
            {"arn:aws:states:" LONGEST ":1:execution:c:x", LONGEST},
            {"arn:aws:states:" LONGEST "a:1:execution:c:x", NULL},
            {"", NULL},
            {"a", NULL},
            {"arn", NULL},
            {"arn:", NULL},
            {"arn:aws", NULL},
            {"arn:aws:", NULL},
            {"arn:aws:states", NULL},
            {"arn:aws:states:", NULL},
            {"arn:aws:states:eu-west-1", NULL},
            {"arn:aws:states::1:execution:c:x", NULL},
            {"arn:aws:s3:::bucket/key", NULL},
            {"arn:aws:s3:eu-west-1:1:states:x", NULL},
            {"arn:aws:lambda:eu-west-1:1:function:states", NULL},
            {"arn:aws:statesman:eu-west-1:1:execution:c:x", NULL},
            {"arn:aws:state:eu-west-1:1:execution:c:x", NULL},
            {"arn:aws:iam::states:eu-west-1:1", NULL},
            {"arn:states:eu-west-1:1:execution:c:x", NULL},
            {"arn:a:b:states:eu-west-1:1:x", NULL},
            {"ARN:aws:states:eu-west-1:1:execution:c:x", NULL},
            {"arn:aws:States:eu-west-1:1:execution:c:x", NULL},
            {" arn:aws:states:eu-west-1:1:execution:c:x", NULL},
            {"xarn:aws:states:eu-west-1:1:execution:c:x", NULL},
            {"arn::::", NULL},
            {":::::", NULL},
            {"https://states.eu-west-1.amazonaws.com/", NULL},
            {"release-1", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char region[65];
        bool is = sfn_arn_region(rows[i].arn, region, 64);

        region[64] = 'x';
        if (is != (rows[i].region != NULL) || (is && strcmp(region, rows[i].region) != 0))
            fail_msg("%s: %s", rows[i].arn, is ? region : "none");
    }
}

/* Of any size that it is given, and not a byte more. */
static void test_arn_region_sizes(void **state)
{
    static const char arn[] = "arn:aws:states:eu-west-1:1:execution:c:x";
    char region[16];
    size_t size;

    (void)state;
    for (size = 0; size < sizeof region; size++) {
        memset(region, '#', sizeof region);
        assert_int_equal(sfn_arn_region(arn, region, size), size > strlen("eu-west-1"));
        assert_int_equal(region[size], '#');
    }
}

/* --- errors --- */

static void test_is_gone(void **state)
{
    static const struct {
        const char *code;
        bool gone;
    } rows[] = {
            {"TaskTimedOut", true},
            {"TaskDoesNotExist", true},
            {"InvalidToken", true},
            {"", false},
            {"ThrottlingException", false},
            {"ExpiredTokenException", false}, /* that token is another */
            {"InvalidTokenException", false},
            {"TaskTimedOutX", false},
            {"tasktimedout", false},
            {"InvalidOutput", false},
            {"KmsAccessDeniedException", false},
            {"AccessDeniedException", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e;

        err_set(&e, ERR_SERVICE, "TaskTimedOut: said in the message only");
        snprintf(e.service_code, sizeof e.service_code, "%s", rows[i].code);
        if (sfn_is_gone(&e) != rows[i].gone)
            fail_msg("%s", rows[i].code);
    }
    err_clear(&err);
    assert_false(sfn_is_gone(&err));
}

/* --- what is sent --- */

static void expect_text(json_t *request, const char *name, const char *value)
{
    const char *is = json_string_value(json_object_get(request, name));

    assert_non_null(is);
    assert_string_equal(is, value);
}

static void test_answers_of_a_task(void **state)
{
    static const struct canned canned[] = {ALWAYS(200, NULL, "{}")};
    static const char output[] = "{\"objects\":3,\"place\":\"s3://b/\xC3\xA9 \\\"\\\\\"}";
    json_t *request;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 1);
    assert_int_equal(sfn_heartbeat(sfn, TASK_TOKEN, &err), ERR_OK);
    assert_int_equal(sfn_success(sfn, TASK_TOKEN, output, &err), ERR_OK);
    assert_int_equal(sfn_failure(sfn, TASK_TOKEN, "ManifestError", "line 1:\n\"x\"", &err), ERR_OK);
    request = steps_request(0, "SendTaskHeartbeat");
    expect_text(request, "taskToken", TASK_TOKEN);
    assert_int_equal(json_object_size(request), 1);
    json_decref(request);
    request = steps_request(1, "SendTaskSuccess");
    expect_text(request, "taskToken", TASK_TOKEN);
    expect_text(request, "output", output);
    assert_int_equal(json_object_size(request), 2);
    json_decref(request);
    request = steps_request(2, "SendTaskFailure");
    expect_text(request, "taskToken", TASK_TOKEN);
    expect_text(request, "error", "ManifestError");
    expect_text(request, "cause", "line 1:\n\"x\"");
    assert_int_equal(json_object_size(request), 3);
    json_decref(request);
}

static void test_gone(void **state)
{
    static const struct canned canned[] = {
            FOR("SendTaskHeartbeat", 400, "{\"__type\":\"TaskTimedOut\"}"),
            FOR("SendTaskSuccess", 400,
                    "{\"__type\":\"com.amazonaws.swf.service.v2.model#TaskDoesNotExist\","
                    "\"message\":\"it is not there\"}"),
            {.operation = "SendTaskFailure",
                    .status = 400,
                    .headers = "x-amzn-ErrorType: InvalidToken:http://x/\r\n",
                    .body = "{}",
                    .again = true},
    };

    (void)state;
    steps_begin();
    steps_will_answer(canned, 3);
    assert_int_equal(sfn_heartbeat(sfn, TASK_TOKEN, &err), ERR_SERVICE);
    assert_true(sfn_is_gone(&err));
    no_secrets(&err);
    assert_int_equal(sfn_success(sfn, TASK_TOKEN, "{}", &err), ERR_SERVICE);
    assert_true(sfn_is_gone(&err));
    assert_int_equal(sfn_failure(sfn, TASK_TOKEN, "E", "c", &err), ERR_SERVICE);
    assert_true(sfn_is_gone(&err));
    assert_int_equal(steps_seen(), 3);
}

static void test_output_limit(void **state)
{
    static const struct canned canned[] = {ALWAYS(200, NULL, "{}")};
    char *output = malloc(SFN_OUTPUT_MAX + 2);
    json_t *request;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 1);
    memset(output, ' ', SFN_OUTPUT_MAX + 1);
    output[0] = '1';
    output[SFN_OUTPUT_MAX + 1] = '\0';
    assert_int_equal(sfn_success(sfn, TASK_TOKEN, output, &err), ERR_LIMIT);
    assert_int_equal(steps_seen(), 0);
    output[SFN_OUTPUT_MAX] = '\0';
    assert_int_equal(sfn_success(sfn, TASK_TOKEN, output, &err), ERR_OK);
    request = steps_request(0, "SendTaskSuccess");
    expect_text(request, "output", output);
    json_decref(request);
    free(output);
}

/* Whole characters of at most SFN_CAUSE_MAX bytes, whatever stands at the cut. */
static void test_cause_is_cut(void **state)
{
    static const struct canned canned[] = {ALWAYS(200, NULL, "{}")};
    static const struct {
        size_t before; /* letters before the characters */
        const char *character;
        size_t sent; /* bytes */
    } rows[] = {
            {0, "x", SFN_CAUSE_MAX},
            {SFN_CAUSE_MAX, "\xC3\xA9", SFN_CAUSE_MAX},
            {SFN_CAUSE_MAX - 1, "\xC3\xA9", SFN_CAUSE_MAX - 1},
            {SFN_CAUSE_MAX - 2, "\xC3\xA9", SFN_CAUSE_MAX},
            {SFN_CAUSE_MAX - 1, "\xE2\x82\xAC", SFN_CAUSE_MAX - 1},
            {SFN_CAUSE_MAX - 2, "\xE2\x82\xAC", SFN_CAUSE_MAX - 2},
            {SFN_CAUSE_MAX - 3, "\xE2\x82\xAC", SFN_CAUSE_MAX},
            {SFN_CAUSE_MAX - 3, "\xF0\x9F\x98\x80", SFN_CAUSE_MAX - 3},
            {SFN_CAUSE_MAX - 4, "\xF0\x9F\x98\x80", SFN_CAUSE_MAX},
    };
    unsigned i;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t each = strlen(rows[i].character), len = rows[i].before;
        char *cause = malloc(SFN_CAUSE_MAX + 5000);
        json_t *request, *sent;

        memset(cause, 'a', len);
        for (; len < SFN_CAUSE_MAX + 4000; len += each)
            memcpy(cause + len, rows[i].character, each);
        cause[len] = '\0';
        assert_int_equal(sfn_failure(sfn, TASK_TOKEN, "E", cause, &err), ERR_OK);
        request = steps_request(i, "SendTaskFailure");
        sent = json_object_get(request, "cause");
        assert_int_equal(json_string_length(sent), rows[i].sent);
        assert_memory_equal(json_string_value(sent), cause, rows[i].sent);
        json_decref(request);
        free(cause);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_arn_region),
            cmocka_unit_test(test_arn_region_sizes),
            cmocka_unit_test(test_is_gone),
            STEPS_TEST(test_answers_of_a_task),
            STEPS_TEST(test_gone),
            STEPS_TEST(test_output_limit),
            STEPS_TEST(test_cause_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
