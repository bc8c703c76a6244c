/* The requests, and the meaning of answers, against a server of our own. test_json_api_ways.c has
 * what happens on the way: attempts, credentials, cancelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "sfn_server.h"

static enum err_code ask(json_t **answer)
{
    json_t *request = json_pack("{s:s, s:i}", "taskToken", TASK_TOKEN, "n", 7);
    enum err_code code = json_api_run(sfn, "GetThings", request, answer, &err);

    if (code != ERR_OK) {
        assert_int_equal(err.code, code);
        assert_memory_equal(err.message, "Step Functions: GetThings: ", 27);
        no_secrets(&err);
    }
    return code;
}

/* --- what goes out --- */

/* The value of a header that is there once. */
static const char *header(const struct seen *seen, const char *name)
{
    static char value[2048];
    char field[100];
    const char *at;

    snprintf(field, sizeof field, "\r\n%s:", name);
    at = strcasestr(seen->head, field);
    if (!at)
        fail_msg("there is no %s", name);
    assert_null(strcasestr(at + 1, field));
    at += strlen(field);
    at += strspn(at, " ");
    snprintf(value, sizeof value, "%.*s", (int)strcspn(at, "\r"), at);
    return value;
}

/* "20261231T235959Z" */
static int64_t seconds_of(const char *basic)
{
    char iso[64];
    int64_t s;

    snprintf(iso, sizeof iso, "%.4s-%.2s-%.5s:%.2s:%.3s", basic, basic + 4, basic + 6, basic + 11,
            basic + 13);
    if (!clock_parse_iso(iso, &s))
        fail_msg("%s: no date", basic);
    return s;
}

/* Of what was sent the signature is the one that we come to. */
static void check_signature(const struct seen *seen, const char *path, const char *region)
{
    char host[64], token[] = "session-hushhush";
    const struct sigv4_request r = {
            .method = "POST",
            .host = host,
            .path = path,
            .query = "",
            .body = seen->body,
            .body_len = seen->body_len,
            .region = region,
            .service = "states",
            .double_encode_path = true,
    };
    struct creds creds = {.access_key = "AKENV", .secret = "secret-hushhush", .token = token};
    struct sigv4_key_cache cache = {0};
    struct headers headers;

    snprintf(host, sizeof host, "%s", header(seen, "host"));
    headers_init(&headers);
    headers_add(&headers, "content-type", "application/x-amz-json-1.0");
    headers_add(&headers, "x-amz-target", "AWSStepFunctions.GetThings");
    assert_int_equal(
            sigv4_sign(&r, &creds, seconds_of(header(seen, "x-amz-date")), &cache, &headers, &err),
            ERR_OK);
    assert_string_equal(header(seen, "authorization"), headers_get(&headers, "authorization"));
    sigv4_key_cache_clear(&cache);
    headers_free(&headers);
}

static void check_authorization(const struct seen *seen, const char *path, const char *region)
{
    const char *value = header(seen, "authorization");
    char scope[100];

    assert_memory_equal(value, "AWS4-HMAC-SHA256 Credential=AKENV/", 34);
    snprintf(scope, sizeof scope, "/%s/states/aws4_request,", region);
    assert_non_null(strstr(value, scope));
    assert_non_null(strstr(value,
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,"));
    check_signature(seen, path, region);
}

static void test_request(void **state)
{
    static const struct canned canned[] = {{.operation = "GetThings",
            .status = 200,
            .headers = NULL,
            .body = "{\"a\":{\"b\":[1,\"\xC3\xA9\"]}}",
            .again = false}};
    const struct seen *seen;
    json_t *answer, *request;
    char host[64];

    (void)state;
    steps_begin();
    steps_will_answer(canned, 1);
    assert_int_equal(ask(&answer), ERR_OK);
    assert_int_equal(json_array_size(json_object_get(json_object_get(answer, "a"), "b")), 2);
    json_decref(answer);
    request = steps_request(0, "GetThings");
    assert_int_equal(json_object_size(request), 2);
    assert_string_equal(json_string_value(json_object_get(request, "taskToken")), TASK_TOKEN);
    assert_int_equal(json_integer_value(json_object_get(request, "n")), 7);
    json_decref(request);
    seen = &steps.server->seen[0];
    assert_memory_equal(seen->head, "POST / HTTP/1.1\r\n", 17);
    snprintf(host, sizeof host, "127.0.0.1:%u", steps.server->port);
    assert_string_equal(header(seen, "host"), host);
    assert_string_equal(header(seen, "content-type"), "application/x-amz-json-1.0");
    assert_string_equal(header(seen, "x-amz-target"), "AWSStepFunctions.GetThings");
    assert_string_equal(header(seen, "x-amz-security-token"), "session-hushhush");
    check_authorization(seen, "/", "eu-west-1");
    assert_int_equal(steps_seen(), 1);
}

static void test_region_of_the_caller(void **state)
{
    static const struct canned canned[] = {ALWAYS(200, NULL, "{}")};
    char region[] = "ap-south-2";

    (void)state;
    provider_begin(NULL);
    assert_int_equal(sfn_new(&sfn, net, provider, config, region, &err), ERR_OK);
    memset(region, '!', sizeof region - 1); /* it need not live on */
    steps_will_answer(canned, 1);
    assert_int_equal(ask(NULL), ERR_OK);
    check_authorization(&steps.server->seen[0], "/", "ap-south-2");
}

static void test_paths(void **state)
{
    static const char *const rows[][2] = {
            {"/", "/"}, {"/a/b", "/a/b"}, {"/a/", "/a/"}, {"/%7Ea%20b", "/%7Ea%20b"}};
    static const struct canned canned[] = {ALWAYS(200, NULL, "{}")};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[64];

        env_set("AWS_ENDPOINT_URL_SFN", steps_url(rows[i][0]));
        steps_begin();
        steps_will_answer(canned, 1);
        assert_int_equal(ask(NULL), ERR_OK);
        snprintf(line, sizeof line, "POST %s HTTP/1.1\r\n", rows[i][1]);
        assert_memory_equal(steps.server->seen[i].head, line, strlen(line));
        check_authorization(&steps.server->seen[i], rows[i][0], "eu-west-1");
        json_api_free(sfn);
        sfn = NULL;
        provider_end();
    }
}

static void test_new_fails(void **state)
{
    static const struct {
        const char *region, *env_region, *endpoint;
        enum err_code code;
        const char *message; /* a part of it */
    } rows[] = {
            {NULL, "", NULL, ERR_INPUT, "Step Functions: no region is set"},
            {NULL, "", "http://127.0.0.1:1", ERR_INPUT, "Step Functions: no region is set"},
            {"", "eu-west-1", NULL, ERR_INPUT, "is not the name of an AWS region"},
            {"EU WEST", "eu-west-1", NULL, ERR_INPUT, "is not the name of an AWS region"},
            {"evil.example.com/", "eu-west-1", NULL, ERR_INPUT, "is not the name of an AWS region"},
            {NULL, "eu_west", NULL, ERR_INPUT, "is not the name of an AWS region"},
            {NULL, "eu-west-1", "nonsense", ERR_INPUT, "the endpoint of Step Functions: "},
            {NULL, "eu-west-1", "http://127.0.0.1/?a=b", ERR_INPUT,
                    "the endpoint of Step Functions: "},
            {NULL, "eu-west-1", "http://user@127.0.0.1/", ERR_INPUT,
                    "the endpoint of Step Functions: "},
            {NULL, "eu-west-1", "http://", ERR_INPUT, "the endpoint of Step Functions: "},
            {NULL, "eu-west-1", "HTTPS://127.0.0.1:1/a/b", ERR_OK, NULL},
            {NULL, "eu-west-1", "http://[::1]:1", ERR_OK, NULL},
            {"us-gov-west-1", "", NULL, ERR_OK, NULL}, /* AWS's own */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        env_set("AWS_REGION", rows[i].env_region);
        env_set("AWS_ENDPOINT_URL_SFN", rows[i].endpoint ? rows[i].endpoint : "");
        provider_begin(NULL);
        sfn = NULL;
        err_clear(&err);
        if (sfn_new(&sfn, net, provider, config, rows[i].region, &err) != rows[i].code)
            fail_msg("row %zu: %s", i, err.message);
        assert_int_equal(err.code, rows[i].code);
        if (rows[i].message && !strstr(err.message, rows[i].message))
            fail_msg("row %zu: %s", i, err.message);
        json_api_free(sfn);
        provider_end();
    }
    sfn = NULL;
    json_api_free(NULL);
}

/* --- what comes back --- */

static void test_errors(void **state)
{
    static const struct {
        struct canned canned;
        enum err_code code;
        const char *service_code, *request_id, *message; /* after the operation's name */
    } rows[] = {
            {ONCE(400, NULL, "{\"__type\":\"TaskTimedOut\",\"message\":\"too late\"}"), ERR_SERVICE,
                    "TaskTimedOut", "", "TaskTimedOut: too late"},
            {ONCE(400, "x-amzn-RequestId: req-7\r\n",
                     "{\"__type\":\"com.amazonaws.swf.service.v2.model#TaskTimedOut\","
                     "\"Message\":\"too late\"}"),
                    ERR_SERVICE, "TaskTimedOut", "req-7", "TaskTimedOut: too late (request req-7)"},
            {ONCE(400, NULL, "{\"__type\":\"a.b#InvalidName:http://x.example/#y\"}"), ERR_SERVICE,
                    "InvalidName", "", "InvalidName"},
            {ONCE(404, "X-Amzn-ErrorType: NotHere:http://internal.example/coral/\r\n", "{}"),
                    ERR_SERVICE, "NotHere", "", "NotHere"},
            {ONCE(400, "x-amzn-errortype: FromHeader\r\n",
                     "{\"__type\":\"FromBody\",\"message\":\"m\",\"Message\":\"M\"}"),
                    ERR_SERVICE, "FromBody", "", "FromBody: m"},
            {ONCE(400, "x-amzn-errortype: FromHeader\r\n", "not JSON"), ERR_SERVICE, "FromHeader",
                    "", "FromHeader"},
            {ONCE(403, "x-amzn-requestid: r\r\n", "{\"__type\":\"AccessDeniedException\"}"),
                    ERR_SERVICE, "AccessDeniedException", "r", "AccessDeniedException (request r)"},
            {ONCE(400, NULL, "{\"__type\":\"Odd\",\"message\":\"a\\nb\\u001b[31mc\"}"), ERR_SERVICE,
                    "Odd", "", "Odd: a b?[31mc"},
            {ONCE(403, NULL, "<html>no</html>"), ERR_SERVICE, "", "", "HTTP status 403"},
            {ONCE(400, NULL, ""), ERR_SERVICE, "", "", "HTTP status 400"},
            {ONCE(400, NULL, "[]"), ERR_SERVICE, "", "", "HTTP status 400"},
            {ONCE(400, NULL, "{\"__type\":7,\"message\":[]}"), ERR_SERVICE, "", "",
                    "HTTP status 400"},
            {ONCE(302, "Location: http://127.0.0.1:1/\r\n", "{}"), ERR_SERVICE, "", "",
                    "HTTP status 302"},
    };
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        steps_will_answer(&rows[i].canned, 1);
        assert_int_equal(ask(NULL), rows[i].code);
        assert_string_equal(err.service_code, rows[i].service_code);
        assert_string_equal(err.request_id, rows[i].request_id);
        assert_int_equal(err.http_status, rows[i].canned.status);
        assert_int_equal(err.cls, ERR_CLASS_PERMANENT);
        assert_string_equal(err.message + strlen("Step Functions: GetThings: "), rows[i].message);
    }
    assert_int_equal(steps_seen(), i); /* none of them was asked for again */
}

/* However long, it is cut and nothing worse. */
static void test_long_errors(void **state)
{
    struct canned canned = {.status = 400};
    char body[20000], name[6000], headers[600];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(body, sizeof body, "{\"__type\":\"%s\",\"message\":\"%s\xE2\x82\xAC%s\"}", name, name,
            name);
    snprintf(headers, sizeof headers, "x-amzn-requestid: %.500s\r\n", name);
    canned.body = body;
    canned.headers = headers;
    steps_begin();
    steps_will_answer(&canned, 1);
    assert_int_equal(ask(NULL), ERR_SERVICE);
    assert_int_equal(strlen(err.service_code), ERR_SERVICE_CODE_MAX - 1);
    assert_int_equal(strlen(err.request_id), ERR_REQUEST_ID_MAX - 1);
    assert_true(strlen(err.message) < ERR_MESSAGE_MAX);
}

static void test_successes(void **state)
{
    static const struct {
        const char *body;
        enum err_code code;
    } rows[] = {
            {"{}", ERR_OK},
            {" {\"a\": null}\n", ERR_OK},
            {"", ERR_PROTOCOL},
            {"[]", ERR_PROTOCOL},
            {"null", ERR_PROTOCOL},
            {"7", ERR_PROTOCOL},
            {"\"{}\"", ERR_PROTOCOL},
            {"{", ERR_PROTOCOL},
            {"{}}", ERR_PROTOCOL},
            {"{\"a\":\"\xFF\"}", ERR_PROTOCOL},
            {"<html/>", ERR_PROTOCOL},
    };
    size_t i;

    (void)state;
    steps_begin();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct canned canned = ALWAYS(200, NULL, rows[i].body);
        json_t *answer = NULL;

        steps_will_answer(&canned, 1);
        if (ask(&answer) != rows[i].code)
            fail_msg("%s: %s", rows[i].body, err.message);
        assert_int_equal(answer != NULL, rows[i].code == ERR_OK);
        json_decref(answer);
    }
    assert_int_equal(steps_seen(), i);
}

/* Thousands of brackets end in an error. */
static void test_deep_answer(void **state)
{
    static char body[200001];
    const struct canned canned = ONCE(200, NULL, body);

    (void)state;
    memset(body, '[', sizeof body - 1);
    memcpy(body, "{\"a\":", 5);
    steps_begin();
    steps_will_answer(&canned, 1);
    assert_int_equal(ask(NULL), ERR_PROTOCOL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            STEPS_TEST(test_request),
            STEPS_TEST(test_region_of_the_caller),
            STEPS_TEST(test_paths),
            STEPS_TEST(test_new_fails),
            STEPS_TEST(test_errors),
            STEPS_TEST(test_long_errors),
            STEPS_TEST(test_successes),
            STEPS_TEST(test_deep_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
