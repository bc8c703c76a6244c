/* The way to an answer: attempts, credentials, cancelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sfn_server.h"

struct got {
    bool done;
    unsigned calls;
    struct err err;
};

static void on_got(void *ctx, const json_t *answer, const struct err *e)
{
    struct got *g = ctx;

    assert_int_equal(answer != NULL, e->code == ERR_OK);
    g->err = *e;
    g->calls++;
    g->done = true;
}

static struct json_api_call *begin(struct got *g)
{
    struct json_api_call *call;

    memset(g, 0, sizeof *g);
    assert_int_equal(
            json_api_start(&call, sfn, "GetThings", json_object(), on_got, g, &err), ERR_OK);
    assert_false(g->done);
    return call;
}

static void turn(unsigned times)
{
    while (times-- > 0)
        uv_run(net_loop(net), UV_RUN_NOWAIT);
}

static enum err_code ask(void)
{
    enum err_code code = json_api_run(sfn, "GetThings", json_object(), NULL, &err);

    if (code != ERR_OK)
        no_secrets(&err);
    return code;
}

/* The access key that the n-th request was signed with. */
static const char *signed_with(unsigned n)
{
    static char key[64];
    const char *at = strstr(steps.server->seen[n].head, "Credential=");

    key[0] = '\0';
    if (at)
        (void)sscanf(at, "Credential=%63[^/]", key);
    return key;
}

/* --- attempts --- */

#define OK_ANSWER       ALWAYS(200, NULL, "{}")
#define THROTTLED(code) ONCE(400, NULL, "{\"__type\":\"" code "\",\"message\":\"slow\"}")

static void test_attempts(void **state)
{
    static const struct {
        struct canned canned[4];
        unsigned requests;
        enum err_code code;
    } rows[] = {
            {{OK_ANSWER}, 1, ERR_OK},
            {{THROTTLED("ThrottlingException"), OK_ANSWER}, 2, ERR_OK},
            {{THROTTLED("x.y#ThrottlingException:http://z"), THROTTLED("Throttling"),
                     THROTTLED("RequestLimitExceeded"), OK_ANSWER},
                    4, ERR_OK},
            {{THROTTLED("TooManyRequestsException"), OK_ANSWER}, 2, ERR_OK},
            {{THROTTLED("ThrottlingExceptionX"), OK_ANSWER}, 1, ERR_SERVICE},
            {{ONCE(429, NULL, ""), OK_ANSWER}, 2, ERR_OK},
            {{ONCE(500, NULL, ""), ONCE(503, NULL, "<html/>"), OK_ANSWER}, 3, ERR_OK},
            {{{.status = 0}, OK_ANSWER}, 2, ERR_OK},
            {{ALWAYS(0, NULL, NULL)}, 8, ERR_PROTOCOL}, /* each send is an attempt */
            {{ONCE(400, "x-amzn-errortype: ThrottlingException\r\n", ""), OK_ANSWER}, 2, ERR_OK},
            {{ONCE(500, NULL, ""), ONCE(400, NULL, "{\"__type\":\"X\"}"), OK_ANSWER}, 2,
                    ERR_SERVICE},
            {{ONCE(200, NULL, "[]"), OK_ANSWER}, 1, ERR_PROTOCOL},
    };
    unsigned i, seen = 0;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        steps_will_answer(rows[i].canned, 4);
        if (ask() != rows[i].code || steps_seen() - seen != rows[i].requests)
            fail_msg("row %u: %u requests: %s", i, steps_seen() - seen, err.message);
        seen = steps_seen();
    }
}

/* In the end it gives up, within a minute, with the last answer's words. */
static void test_attempts_end(void **state)
{
    static const struct {
        struct canned canned;
        enum err_class cls;
        const char *message;
    } rows[] = {
            {ALWAYS(400, "x-amzn-requestid: r-1\r\n",
                     "{\"__type\":\"ThrottlingException\",\"message\":\"slow\"}"),
                    ERR_CLASS_THROTTLE, "ThrottlingException: slow (request r-1)"},
            {ALWAYS(500, NULL, "{\"__type\":\"InternalFailure\"}"), ERR_CLASS_PERMANENT,
                    "InternalFailure"},
            {ALWAYS(503, NULL, "busy"), ERR_CLASS_PERMANENT, "HTTP status 503"},
    };
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned before = steps_seen();

        most_waited_ms = 0;
        steps_will_answer(&rows[i].canned, 1);
        assert_int_equal(ask(), ERR_SERVICE);
        assert_int_equal(err.cls, rows[i].cls);
        assert_string_equal(err.message + strlen("Step Functions: GetThings: "), rows[i].message);
        assert_in_range(steps_seen() - before, 4, 12);
        assert_in_range(most_waited_ms, 20000, 60000);
    }
}

static void test_refused(void **state)
{
    char url[64];
    int fd;

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server_refusing_port(&fd));
    env_set("AWS_ENDPOINT_URL_SFN", url);
    steps_begin();
    assert_int_equal(sfn_heartbeat(sfn, TASK_TOKEN, &err), ERR_NETWORK);
    assert_memory_equal(err.message, "Step Functions: SendTaskHeartbeat: ", 35);
    assert_string_equal(err.service_code, "");
    assert_int_equal(err.http_status, 0);
    no_secrets(&err);
    assert_in_range(most_waited_ms, 20000, 60000);
    close(fd);
}

/* --- credentials --- */

static void no_keys(void)
{
    env_set("AWS_ACCESS_KEY_ID", "");
    env_set("AWS_SECRET_ACCESS_KEY", "");
    env_set("AWS_SESSION_TOKEN", "");
}

static void use_container(void)
{
    no_keys();
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", steps_url("/credentials"));
}

/* AK1, AK2, … with each run; always AK1 when told so. */
static void use_process(bool always_the_same)
{
    char text[1000];

    no_keys();
    snprintf(text, sizeof text,
            "cd %s\necho x >> runs\nn=$(grep -c x runs)\n%s"
            "echo '{\"Version\": 1, \"SecretAccessKey\": \"secret-hushhush\",'\n"
            "echo '\"SessionToken\": \"session-hushhush\", \"AccessKeyId\":' \"\\\"AK$n\\\"}\"\n",
            files_dir, always_the_same ? "n=1\n" : "");
    files_write("tool", text);
    snprintf(text, sizeof text, "[default]\ncredential_process = . %s\n", files_path("tool"));
    files_write("config", text);
}

#define REFUSED(code) ONCE(400, "x-amzn-requestid: r-2\r\n", "{\"__type\":\"" code "\"}")

static void test_renewed(void **state)
{
    static const struct canned rows[][2] = {
            {REFUSED("ExpiredTokenException"), OK_ANSWER},
            {REFUSED("com.amazon.coral.service#ExpiredTokenException"), OK_ANSWER},
            {REFUSED("UnrecognizedClientException"), OK_ANSWER},
    };
    unsigned i;

    (void)state;
    use_process(false);
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char key[16];

        steps_will_answer(rows[i], 2);
        if (ask() != ERR_OK)
            fail_msg("row %u: %s", i, err.message);
        assert_int_equal(steps_seen(), 2 * (i + 1));
        snprintf(key, sizeof key, "AK%u", i + 1);
        assert_string_equal(signed_with(2 * i), key);
        snprintf(key, sizeof key, "AK%u", i + 2);
        assert_string_equal(signed_with(2 * i + 1), key);
    }
}

static void test_renewed_once_only(void **state)
{
    static const struct canned canned[] = {REFUSED("ExpiredTokenException"),
            REFUSED("ExpiredTokenException"), REFUSED("ExpiredTokenException")};

    (void)state;
    use_process(false);
    steps_begin();
    steps_will_answer(canned, 3);
    assert_int_equal(ask(), ERR_CREDENTIALS);
    assert_int_equal(steps_seen(), 2);
    assert_string_equal(err.service_code, "ExpiredTokenException");
    assert_string_equal(err.request_id, "r-2");
}

/* Signed with the service's time from then on. */
static void test_wrong_clock(void **state)
{
#define AT "Date: Fri, 01 Jan 2100 00:10:00 GMT\r\n"
    static const struct canned canned[] = {
            ONCE(403, AT, "{\"__type\":\"InvalidSignatureException\"}"), OK_ANSWER};
    static const struct canned still[] = {
            ALWAYS(403, AT, "{\"__type\":\"InvalidSignatureException\"}")};
    static const char date[] = "x-amz-date: 21000101T001";

    (void)state;
    use_process(false);
    steps_begin();
    steps_will_answer(canned, 2);
    assert_int_equal(ask(), ERR_OK);
    assert_int_equal(steps_seen(), 2);
    assert_null(strstr(steps.server->seen[0].head, date));
    assert_non_null(strstr(steps.server->seen[1].head, date));
    assert_int_equal(ask(), ERR_OK);
    assert_non_null(strstr(steps.server->seen[2].head, date));
    steps_will_answer(still, 1); /* it is not the clock */
    assert_int_equal(ask(), ERR_CREDENTIALS);
    assert_int_equal(steps_seen(), 4);
}

static void test_nothing_new(void **state)
{
    static const struct canned canned[] = {REFUSED("ExpiredTokenException"), OK_ANSWER};

    (void)state;
    use_process(true);
    steps_begin();
    steps_will_answer(canned, 2);
    assert_int_equal(ask(), ERR_CREDENTIALS);
    assert_int_equal(steps_seen(), 1);
    assert_memory_equal(err.message, "Step Functions: GetThings: ", 27);
}

/* The clock, a proxy, a policy: new credentials would not help, and those at hand may be good for
 * all other services. */
static void test_not_renewed(void **state)
{
    static const struct {
        struct canned canned;
        enum err_code code;
        const char *service_code;
    } rows[] = {
            {ALWAYS(403, NULL,
                     "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: "
                     "20261231T235959Z is now earlier than 20270101T001000Z\"}"),
                    ERR_CREDENTIALS, "InvalidSignatureException"},
            {REFUSED("MissingAuthenticationTokenException"), ERR_CREDENTIALS,
                    "MissingAuthenticationTokenException"},
            {REFUSED("IncompleteSignature"), ERR_CREDENTIALS, "IncompleteSignature"},
            {REFUSED("AccessDeniedException"), ERR_SERVICE, "AccessDeniedException"},
            {REFUSED("InvalidToken"), ERR_SERVICE, "InvalidToken"}, /* the task's */
    };
    unsigned i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        steps_will_answer(&rows[i].canned, 1);
        assert_int_equal(ask(), rows[i].code);
        assert_string_equal(err.service_code, rows[i].service_code);
        assert_int_equal(steps_seen(), i + 1);
        assert_non_null(creds_peek(provider));
    }
}

static void test_no_credentials(void **state)
{
    (void)state;
    no_keys();
    steps_begin();
    assert_int_equal(ask(), ERR_CREDENTIALS);
    assert_non_null(strstr(err.message, "no AWS credentials found"));
    assert_int_equal(steps_seen(), 0);
}

/* --- many, and none --- */

/* All find out at once; the source is asked once. */
static void test_many_at_once(void **state)
{
    static const struct canned canned[] = {THROTTLED("ThrottlingException"),
            THROTTLED("ThrottlingException"),
            {.status = 400,
                    .body = "{\"__type\":\"ExpiredTokenException\"}",
                    .again = true,
                    .key = "AK1"},
            OK_ANSWER};
    struct got got[20];
    unsigned i;

    (void)state;
    use_process(false);
    steps_begin();
    steps_will_answer(canned, 4);
    for (i = 0; i < 20; i++)
        (void)begin(&got[i]);
    for (i = 0; i < 20; i++) {
        net_run_until(net, &got[i].done);
        assert_int_equal(got[i].err.code, ERR_OK);
    }
    turn(5);
    for (i = 0; i < 20; i++)
        assert_int_equal(got[i].calls, 1);
    assert_int_equal(steps_seen(), 2 + 2 * 20);
    for (i = 0; i < steps_seen(); i++)
        if (strcmp(signed_with(i), "AK1") != 0)
            assert_string_equal(signed_with(i), "AK2");
}

static void test_no_request(void **state)
{
    struct json_api_call *call;
    struct got g = {0};

    (void)state;
    steps_begin();
    assert_int_equal(json_api_start(&call, sfn, "GetThings", NULL, on_got, &g, &err), ERR_NOMEM);
    assert_int_equal(json_api_run(sfn, "GetThings", NULL, NULL, &err), ERR_NOMEM);
    assert_int_equal(g.calls, 0);
}

static void test_takes_the_reference(void **state)
{
    static const struct canned canned[] = {OK_ANSWER};
    json_t *request = json_pack("{s:s}", "a", "b"), *text = json_string("no object");

    (void)state;
    steps_begin();
    steps_will_answer(canned, 1);
    json_incref(request);
    assert_int_equal(json_api_run(sfn, "GetThings", request, NULL, &err), ERR_OK);
    assert_int_equal(request->refcount, 1);
    json_decref(request);
    json_incref(text); /* cannot be a request: jansson does not write it */
    assert_int_not_equal(json_api_run(sfn, "GetThings", text, NULL, &err), ERR_OK);
    assert_int_equal(text->refcount, 1);
    json_decref(text);
}

/* --- cancelling --- */

/* The test's end sees whether the loop is empty. */
static void test_cancel_at_once(void **state)
{
    struct got g;

    (void)state;
    steps_begin();
    json_api_cancel(NULL);
    json_api_cancel(begin(&g));
    turn(5);
    assert_int_equal(g.calls, 0);
    assert_int_equal(steps_seen(), 0);
}

static void test_cancel_waiting_for_credentials(void **state)
{
    struct json_api_call *first, *second;
    struct got one, two;

    (void)state;
    use_container();
    steps_begin();
    first = begin(&one);
    second = begin(&two);
    while (steps_seen() == 0)
        uv_run(net_loop(net), UV_RUN_ONCE);
    json_api_cancel(second);
    turn(5);
    json_api_cancel(first);
    turn(5);
    assert_int_equal(one.calls + two.calls, 0);
}

static void test_cancel_waiting_for_the_answer(void **state)
{
    static const struct canned canned[] = {{.status = -1}, OK_ANSWER};
    struct json_api_call *call;
    struct got g;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 2);
    call = begin(&g);
    while (steps_seen() == 0)
        uv_run(net_loop(net), UV_RUN_NOWAIT);
    json_api_cancel(call);
    turn(5);
    assert_int_equal(g.calls, 0);
    assert_int_equal(ask(), ERR_OK); /* and the next works */
}

/* After an answer that it was to be asked again for. */
static void test_cancel_between_attempts(void **state)
{
    static const struct canned canned[] = {
            THROTTLED("ThrottlingException"), {.status = -1}, OK_ANSWER};
    struct json_api_call *call;
    struct got g;

    (void)state;
    steps_begin();
    steps_will_answer(canned, 3);
    call = begin(&g);
    while (most_waited_ms == 0)
        uv_run(net_loop(net), UV_RUN_ONCE);
    json_api_cancel(call);
    turn(5);
    assert_int_equal(g.calls, 0);
}

/* While the credentials are renewed. */
static void test_cancel_renewing(void **state)
{
    static const struct canned canned[] = {REFUSED("ExpiredTokenException"), OK_ANSWER};
    struct json_api_call *call;
    struct got g;

    (void)state;
    use_container();
    steps.credentials = "{\"AccessKeyId\":\"AK1\",\"SecretAccessKey\":\"secret-hushhush\","
                        "\"Token\":\"session-hushhush\",\"Expiration\":\"2100-01-01T00:00:00Z\"}";
    steps_begin();
    steps_will_answer(canned, 2);
    call = begin(&g);
    while (steps_seen() < 3)
        uv_run(net_loop(net), UV_RUN_NOWAIT);
    json_api_cancel(call);
    turn(5);
    assert_int_equal(g.calls, 0);
    assert_int_equal(steps_seen(), 3); /* credentials, the call, credentials */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            STEPS_TEST(test_attempts),
            STEPS_TEST(test_attempts_end),
            STEPS_TEST(test_refused),
            STEPS_TEST(test_renewed),
            STEPS_TEST(test_renewed_once_only),
            STEPS_TEST(test_wrong_clock),
            STEPS_TEST(test_nothing_new),
            STEPS_TEST(test_not_renewed),
            STEPS_TEST(test_no_credentials),
            STEPS_TEST(test_many_at_once),
            STEPS_TEST(test_no_request),
            STEPS_TEST(test_takes_the_reference),
            STEPS_TEST(test_cancel_at_once),
            STEPS_TEST(test_cancel_waiting_for_credentials),
            STEPS_TEST(test_cancel_waiting_for_the_answer),
            STEPS_TEST(test_cancel_between_attempts),
            STEPS_TEST(test_cancel_renewing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
