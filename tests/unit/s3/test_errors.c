#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "s3/answer.h"

#define XML           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define BODY(code)    XML "<Error><Code>" code "</Code><Message>Why</Message></Error>"
#define PERMANENT     ERR_CLASS_PERMANENT
#define RETRY         ERR_CLASS_RETRY
#define THROTTLE      ERR_CLASS_THROTTLE
#define NOW_S         784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */
#define REGION_HEADER "x-amz-bucket-region: eu-west-1"

static void classify(int status, const char *header, const char *body, struct err *e, char *region)
{
    const char *colon = header ? strstr(header, ": ") : NULL;
    struct headers headers;
    struct s3_answer answer = {.status = status,
            .headers = &headers,
            .body = body,
            .body_len = strlen(body),
            .now_s = NOW_S};

    headers_init(&headers);
    if (colon)
        headers_add_n(&headers, header, (size_t)(colon - header), colon + 2, strlen(colon + 2));
    s3_classify(&answer, e, region);
    headers_free(&headers);
}

static void test_table(void **state)
{
    static const struct {
        int status;
        const char *header, *body;
        enum err_code code;
        enum err_class cls;
        const char *service_code, *region;
    } rows[] = {
            /* successes */
            {200, NULL, "", ERR_OK, PERMANENT, "", ""},
            {204, NULL, "", ERR_OK, PERMANENT, "", ""},
            {206, NULL, "bytes of an object", ERR_OK, PERMANENT, "", ""},
            {200, NULL, XML "<CopyObjectResult><ETag>x</ETag></CopyObjectResult>", ERR_OK,
                    PERMANENT, "", ""},
            {200, REGION_HEADER, "", ERR_OK, PERMANENT, "", "eu-west-1"},
            {200, NULL, "<a><Error><Code>InternalError</Code></Error></a>", ERR_OK, PERMANENT, "",
                    ""}, /* not the root */
            /* a 200 that is an error */
            {200, NULL, BODY("InternalError"), ERR_SERVICE, RETRY, "InternalError", ""},
            {200, NULL, BODY("SlowDown"), ERR_SERVICE, THROTTLE, "SlowDown", ""},
            {200, NULL, BODY("AccessDenied"), ERR_ACCESS_DENIED, PERMANENT, "AccessDenied", ""},
            {200, NULL, BODY("PreconditionFailed"), ERR_PRECONDITION, PERMANENT,
                    "PreconditionFailed", ""},
            {200, NULL, BODY("NeverHeardOf"), ERR_SERVICE, RETRY, "NeverHeardOf", ""},
            {200, NULL, "<Error/>", ERR_SERVICE, RETRY, "", ""},
            {200, NULL, "\n\n  <Error><Code>InternalError</Code></Error>", ERR_SERVICE, RETRY,
                    "InternalError", ""}, /* spaces that kept the connection alive */
            {200, NULL, "<Error><Code>InternalError</Code>", ERR_SERVICE, RETRY, "InternalError",
                    ""}, /* cut */
            /* the code goes before the status */
            {503, NULL, BODY("SlowDown"), ERR_SERVICE, THROTTLE, "SlowDown", ""},
            {503, NULL, BODY("ServiceUnavailable"), ERR_SERVICE, THROTTLE, "ServiceUnavailable",
                    ""},
            {500, NULL, BODY("InternalError"), ERR_SERVICE, RETRY, "InternalError", ""},
            {400, NULL, BODY("RequestTimeout"), ERR_SERVICE, RETRY, "RequestTimeout", ""},
            {409, NULL, BODY("OperationAborted"), ERR_SERVICE, RETRY, "OperationAborted", ""},
            {409, NULL, BODY("ConditionalRequestConflict"), ERR_SERVICE, PERMANENT,
                    "ConditionalRequestConflict", ""},
            {200, NULL, BODY("InvalidPart"), ERR_SERVICE, PERMANENT, "InvalidPart", ""},
            {400, NULL, BODY("ExpiredToken"), ERR_CREDENTIALS, RETRY, "ExpiredToken", ""},
            {403, NULL, BODY("RequestTimeTooSkewed"), ERR_SERVICE, RETRY, "RequestTimeTooSkewed",
                    ""},
            {403, NULL, BODY("AccessDenied"), ERR_ACCESS_DENIED, PERMANENT, "AccessDenied", ""},
            {403, NULL, BODY("InvalidAccessKeyId"), ERR_CREDENTIALS, PERMANENT,
                    "InvalidAccessKeyId", ""},
            {403, NULL, BODY("SignatureDoesNotMatch"), ERR_CREDENTIALS, PERMANENT,
                    "SignatureDoesNotMatch", ""},
            {403, NULL, BODY("InvalidObjectState"), ERR_SERVICE, PERMANENT, "InvalidObjectState",
                    ""},
            {404, NULL, BODY("NoSuchKey"), ERR_NOT_FOUND, PERMANENT, "NoSuchKey", ""},
            {404, NULL, BODY("NoSuchBucket"), ERR_NOT_FOUND, PERMANENT, "NoSuchBucket", ""},
            {404, NULL, BODY("NoSuchUpload"), ERR_NOT_FOUND, PERMANENT, "NoSuchUpload", ""},
            {412, NULL, BODY("PreconditionFailed"), ERR_PRECONDITION, PERMANENT,
                    "PreconditionFailed", ""},
            {400, NULL, BODY("EntityTooSmall"), ERR_SERVICE, PERMANENT, "EntityTooSmall", ""},
            /* by the status alone */
            {400, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            {401, NULL, "", ERR_ACCESS_DENIED, PERMANENT, "", ""},
            {403, NULL, "", ERR_ACCESS_DENIED, PERMANENT, "", ""},
            {404, NULL, "", ERR_NOT_FOUND, PERMANENT, "", ""},
            {404, NULL, "no XML at all", ERR_NOT_FOUND, PERMANENT, "", ""},
            {404, NULL, "{\"Code\":\"NoSuchKey\"}", ERR_NOT_FOUND, PERMANENT, "", ""},
            {405, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            {408, NULL, "", ERR_SERVICE, RETRY, "", ""},
            {412, NULL, "", ERR_PRECONDITION, PERMANENT, "", ""},
            {416, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            {429, NULL, "", ERR_SERVICE, THROTTLE, "", ""},
            {500, NULL, "", ERR_SERVICE, RETRY, "", ""},
            {501, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            {502, NULL, "<html>Bad Gateway</html>", ERR_SERVICE, RETRY, "", ""},
            {503, NULL, "", ERR_SERVICE, THROTTLE, "", ""},
            {504, NULL, "", ERR_SERVICE, RETRY, "", ""},
            {505, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            {302, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            {0, NULL, "", ERR_SERVICE, PERMANENT, "", ""},
            /* regions */
            {301, REGION_HEADER, "", ERR_WRONG_REGION, PERMANENT, "", "eu-west-1"},
            {307, REGION_HEADER, BODY("TemporaryRedirect"), ERR_WRONG_REGION, PERMANENT,
                    "TemporaryRedirect", "eu-west-1"},
            {301, NULL, BODY("PermanentRedirect"), ERR_WRONG_REGION, PERMANENT, "PermanentRedirect",
                    ""},
            {400, REGION_HEADER, "", ERR_SERVICE, PERMANENT, "", "eu-west-1"},
            {403, REGION_HEADER, "", ERR_ACCESS_DENIED, PERMANENT, "", "eu-west-1"},
            {400, NULL,
                    "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region>"
                    "</Error>",
                    ERR_WRONG_REGION, PERMANENT, "AuthorizationHeaderMalformed", "us-west-2"},
            {400, REGION_HEADER,
                    "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region>"
                    "</Error>",
                    ERR_WRONG_REGION, PERMANENT, "AuthorizationHeaderMalformed", "eu-west-1"},
            {400, NULL, BODY("AuthorizationHeaderMalformed"), ERR_SERVICE, PERMANENT,
                    "AuthorizationHeaderMalformed", ""}, /* no region: our header is wrong */
            {400, NULL, BODY("IllegalLocationConstraintException"), ERR_WRONG_REGION, PERMANENT,
                    "IllegalLocationConstraintException", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char region[S3_REGION_MAX] = "before";
        struct err e;

        memset(&e, 'x', sizeof e);
        classify(rows[i].status, rows[i].header, rows[i].body, &e, region);
        if (e.code != rows[i].code || e.cls != rows[i].cls ||
                strcmp(e.service_code, rows[i].service_code) != 0 ||
                strcmp(region, rows[i].region) != 0)
            fail_msg("row %zu (%d %s): %s class %d code \"%s\" region \"%s\"", i, rows[i].status,
                    rows[i].body, err_name(e.code), (int)e.cls, e.service_code, region);
        assert_int_equal(e.http_status, e.code == ERR_OK ? 0 : rows[i].status);
    }
}

/* The id of the host, which S3's support asks for, is in a header and in the body. */
static void test_host_id(void **state)
{
    char region[S3_REGION_MAX];
    struct err e;

    (void)state;
    classify(403, "x-amz-id-2: H1", BODY("AccessDenied"), &e, region);
    assert_string_equal(e.host_id, "H1");
    classify(403, "x-amz-id-2: H1", "<Error><Code>C</Code><HostId>B1</HostId></Error>", &e, region);
    assert_string_equal(e.host_id, "B1");
    classify(403, NULL, BODY("AccessDenied"), &e, region);
    assert_string_equal(e.host_id, "");
}

static void test_words(void **state)
{
    static const struct {
        const char *header, *body, *message, *request_id;
    } rows[] = {
            {NULL, BODY("AccessDenied"), "Why", ""},
            {"x-amz-request-id: H1", BODY("AccessDenied"), "Why", "H1"},
            {"x-amz-request-id: H1",
                    "<Error><Code>C</Code><Message>M</Message><RequestId>B1</RequestId></Error>",
                    "M", "B1"},
            {NULL, "<Error><Code>AccessDenied</Code><Message></Message></Error>", "access denied",
                    ""},
            {NULL, "<Error><Code>SignatureDoesNotMatch</Code></Error>",
                    "the signature does not match: the secret access key is wrong, or the server "
                    "reads a header of the request in another way",
                    ""},
            {NULL, "<Error><Code>NeverHeardOf</Code></Error>", "NeverHeardOf", ""},
            {NULL, "", "HTTP 403", ""},
            {"content-type: text/html", "<html/>",
                    "HTTP 403 with a web page for an answer: is this address an S3 server?", ""},
            {NULL, "<Error><Message>a&#10;b&lt;c</Message></Error>", "a b<c", ""},
            {NULL, "<Error><Message>bell \x07 &#x7;</Message></Error>", "bell ? ?", ""},
            {NULL, "<Error><Code>C</Code><Message>M</Message><Key>\xEF\xBF\xBF</Key></Error>", "M",
                    ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char region[S3_REGION_MAX];
        struct err e;

        classify(403, rows[i].header, rows[i].body, &e, region);
        assert_string_equal(e.message, rows[i].message);
        assert_string_equal(e.request_id, rows[i].request_id);
    }
}

/* However long the server's texts are, ours hold their beginning only. */
static void test_long(void **state)
{
    char region[S3_REGION_MAX], *text = malloc(60001);
    struct err e;
    struct buf body;

    (void)state;
    memset(text, 'a', 60000);
    text[60000] = '\0';
    buf_init(&body, 1000000);
    buf_addf(&body,
            "<Error><Code>%s</Code><Message>%s</Message><Region>%s</Region><RequestId>%s"
            "</RequestId></Error>",
            text, text, text, text);
    classify(500, NULL, buf_str(&body), &e, region);
    assert_int_equal(e.code, ERR_SERVICE);
    assert_int_equal(e.cls, RETRY);
    assert_int_equal(strlen(e.service_code), ERR_SERVICE_CODE_MAX - 1);
    assert_int_equal(strlen(e.message), ERR_MESSAGE_MAX - 1);
    assert_int_equal(strlen(e.request_id), ERR_REQUEST_ID_MAX - 1);
    assert_int_equal(strlen(region), S3_REGION_MAX - 1);
    buf_free(&body);
    free(text);
}

/* A redirect that S3 does not make. Of its target only scheme and host are told. */
static void test_redirects(void **state)
{
    static const struct {
        int status;
        const char *header;
        enum err_code code;
        const char *message;
    } rows[] = {
#define SENT_ON(code, to)                                                                          \
    "HTTP " code ": the server sends every request on to " to ", and copyout does not follow: is " \
    "that the address to use (--endpoint-url)?"
            {301, "location: https://s3.example.org:9000/b/k?x=secret", ERR_SERVICE,
                    SENT_ON("301", "https://s3.example.org:9000")},
            {302, "location: https://login.example.org", ERR_SERVICE,
                    SENT_ON("302", "https://login.example.org")},
            {308, "location: https://h/", ERR_SERVICE, SENT_ON("308", "https://h")},
            {308, "location: https://user:word@h/", ERR_SERVICE, "HTTP 308"},
            {307, "location: https://b.s3.eu-west-1.amazonaws.com/k", ERR_WRONG_REGION, "HTTP 307"},
            {301, "location: /elsewhere", ERR_WRONG_REGION, "HTTP 301"},
            {301, REGION_HEADER, ERR_WRONG_REGION, "HTTP 301"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char region[S3_REGION_MAX];
        struct err e;

        classify(rows[i].status, rows[i].header, "", &e, region);
        assert_int_equal(e.code, rows[i].code);
        assert_int_equal(e.cls, PERMANENT);
        assert_string_equal(e.message, rows[i].message);
    }
}

static void test_retry_after(void **state)
{
    static const struct {
        const char *header;
        long ms;
    } rows[] = {
            {"retry-after: 0", 0},
            {"retry-after: 7", 7000},
            {"Retry-After: 3599", 3599000},
            {"retry-after: 3600", 3600000},
            {"retry-after: 99999999999", 3600000},
            {"retry-after: 18446744073709551616", 0},
            {"retry-after: -5", 0},
            {"retry-after: soon", 0},
            {"retry-after: Sun, 06 Nov 1994 08:49:37 GMT", 0},
            {"retry-after: Sun, 06 Nov 1994 08:49:36 GMT", 0},
            {"retry-after: Sun, 06 Nov 1994 08:49:39 GMT", 2000},
            {"retry-after: Sun, 06 Nov 1994 09:49:36 GMT", 3599000},
            {"retry-after: Sun, 06 Nov 1994 09:49:37 GMT", 3600000},
            {"retry-after: Fri, 31 Dec 9999 23:59:59 GMT", 3600000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char region[S3_REGION_MAX];
        struct err e;

        classify(503, rows[i].header, "", &e, region);
        assert_int_equal(e.retry_after_ms, rows[i].ms);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *body;
        bool expired, skewed;
    } rows[] = {
            {BODY("ExpiredToken"), true, false},
            {BODY("TokenRefreshRequired"), true, false},
            {BODY("RequestTimeTooSkewed"), false, true},
            {BODY("AccessDenied"), false, false},
            {BODY("InvalidAccessKeyId"), false, false}, /* getting the same again is no help */
            {BODY("SignatureDoesNotMatch"), false, false},
            {"", false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char region[S3_REGION_MAX];
        struct err e;

        classify(403, NULL, rows[i].body, &e, region);
        assert_int_equal(s3_error_is_expired(&e), rows[i].expired);
        assert_int_equal(s3_error_is_skewed(&e), rows[i].skewed);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_table),
            cmocka_unit_test(test_host_id),
            cmocka_unit_test(test_words),
            cmocka_unit_test(test_long),
            cmocka_unit_test(test_redirects),
            cmocka_unit_test(test_retry_after),
            cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
