#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/sts.h"

static struct err err;

/* After the sample response of AssumeRole in the AWS STS API Reference. */
static const char answer[] =
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
        "  <AssumeRoleResult>\n"
        "  <SourceIdentity>Alice</SourceIdentity>\n"
        "    <AssumedRoleUser>\n"
        "      <Arn>arn:aws:sts::123456789012:assumed-role/demo/John</Arn>\n"
        "      <AssumedRoleId>ARO123EXAMPLE123:John</AssumedRoleId>\n"
        "    </AssumedRoleUser>\n"
        "    <Credentials>\n"
        "      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\n"
        "      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>\n"
        "      <SessionToken>AQoDYXdzEPT//////////wEXAMPLE&amp;tc764==</SessionToken>\n"
        "      <Expiration>2019-11-09T13:34:41Z</Expiration>\n"
        "    </Credentials>\n"
        "    <PackedPolicySize>6</PackedPolicySize>\n"
        "  </AssumeRoleResult>\n"
        "  <ResponseMetadata>\n"
        "    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>\n"
        "  </ResponseMetadata>\n"
        "</AssumeRoleResponse>\n";

static void test_answer(void **state)
{
    struct creds c = {0};

    (void)state;
    assert_int_equal(sts_parse_answer(&c, answer, strlen(answer), &err), ERR_OK);
    assert_string_equal(c.access_key, "ASIAIOSFODNN7EXAMPLE");
    assert_string_equal(c.secret, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY");
    assert_string_equal(c.token, "AQoDYXdzEPT//////////wEXAMPLE&tc764==");
    assert_int_equal(c.expires_s, 1573306481);
    creds_clear(&c);
    assert_int_equal(c.access_key[0], 0);
}

/* Every cut of the answer is refused, and none of it gets into the message. */
static void test_cut_answers(void **state)
{
    struct creds c = {0};

    (void)state;
    for (size_t len = 0; len + 2 < strlen(answer); len++) {
        char *copy = malloc(len + 1); /* so that a read past the end is seen */

        memcpy(copy, answer, len);
        assert_int_equal(sts_parse_answer(&c, copy, len, &err), ERR_CREDENTIALS);
        assert_null(strstr(err.message, "wJalr"));
        assert_int_equal(c.secret[0], 0);
        assert_null(c.token);
        free(copy);
    }
}

static void refuse(const char *xml, const char *part)
{
    struct creds c = {0};

    assert_int_equal(sts_parse_answer(&c, xml, strlen(xml), &err), ERR_CREDENTIALS);
    if (!strstr(err.message, part))
        print_message("%s\n", err.message);
    assert_non_null(strstr(err.message, part));
}

static void test_bad_answers(void **state)
{
    char *text = malloc(200000);
    int n;

    (void)state;
    refuse("", "not well-formed");
    refuse("<a/>", "access key id is missing");
    refuse("{\"Version\": 1}", "not well-formed");
    refuse("<!DOCTYPE a [<!ENTITY b \"ccc\">]><a>&b;</a>", "not well-formed");
    refuse("<r><Credentials><AccessKeyId>A</AccessKeyId></Credentials></r>", "secret access key");
    refuse("<r><Credentials><AccessKeyId>A\r\nB</AccessKeyId></Credentials></r>", "access key id");
    refuse("<r><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
           "</Credentials></r>",
            "session token is missing");
    refuse("<r><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
           "<SessionToken>t</SessionToken></Credentials></r>",
            "expiration is missing");
    refuse("<r><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
           "<SessionToken>t</SessionToken><Expiration>soon</Expiration></Credentials></r>",
            "not an ISO 8601 time");
    /* Keys outside of Credentials are not it. */
    refuse("<r><AccessKeyId>A</AccessKeyId></r>", "access key id is missing");
    n = sprintf(text, "<r><Credentials><SessionToken>");
    memset(text + n, 't', 100000);
    strcpy(text + n + 100000, "</SessionToken></Credentials></r>");
    refuse(text, "not well-formed");
    for (n = 0; n < 10000; n++)
        memcpy(text + 3 * n, "<a>", 3);
    text[3 * n] = '\0';
    refuse(text, "not well-formed");
    free(text);
    /* Longer than any answer may be: nothing is parsed, and nothing is left behind. */
    text = calloc(1, BUF_MAX_ANSWER + 2);
    assert_non_null(text);
    memset(text, ' ', BUF_MAX_ANSWER + 1);
    refuse(text, "not well-formed");
    free(text);
}

static void test_errors(void **state)
{
    const char *denied =
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
            "<Type>Sender</Type><Code>AccessDenied</Code><Message>User: "
            "arn:aws:iam::1:user/u is not authorized</Message></Error>"
            "<RequestId>req-1</RequestId></ErrorResponse>";
    const char *throttled = "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>";
    const char *idp =
            "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>";

    (void)state;
    sts_parse_error(403, denied, strlen(denied), &err);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    assert_int_equal(err.cls, ERR_CLASS_PERMANENT);
    assert_int_equal(err.http_status, 403);
    assert_string_equal(err.service_code, "AccessDenied");
    assert_string_equal(err.request_id, "req-1");
    assert_string_equal(
            err.message, "STS: AccessDenied: User: arn:aws:iam::1:user/u is not authorized");
    sts_parse_error(400, throttled, strlen(throttled), &err);
    assert_int_equal(err.cls, ERR_CLASS_THROTTLE);
    sts_parse_error(400, idp, strlen(idp), &err);
    assert_int_equal(err.cls, ERR_CLASS_RETRY);
    sts_parse_error(502, "<html>Bad gateway", 17, &err);
    assert_string_equal(err.message, "STS: HTTP status 502");
    assert_int_equal(err.cls, ERR_CLASS_RETRY);
    sts_parse_error(400, "", 0, &err);
    assert_int_equal(err.cls, ERR_CLASS_PERMANENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_answer),
            cmocka_unit_test(test_cut_answers),
            cmocka_unit_test(test_bad_answers),
            cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
