#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "aws/creds_int.h"

static struct err err;

static enum err_code parse(struct creds *c, enum creds_json kind, const char *text)
{
    memset(&err, 0, sizeof err);
    return creds_parse_json(c, kind, text, strlen(text), "here", &err);
}

static void test_process_json(void **state)
{
    struct creds c = {0};

    (void)state;
    assert_int_equal(
            parse(&c, CREDS_JSON_PROCESS,
                    "{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"s\"}\n"),
            ERR_OK);
    assert_string_equal(c.access_key, "AK");
    assert_null(c.token);
    assert_int_equal(c.expires_s, 0);
    assert_int_equal(
            parse(&c, CREDS_JSON_PROCESS,
                    "{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"s\", "
                    "\"SessionToken\": \"t\", \"Expiration\": \"2030-01-01T00:00:00+00:00\"}"),
            ERR_OK);
    assert_string_equal(c.token, "t");
    assert_int_equal(c.expires_s, 1893456000);
    creds_clear(&c);
}

static void test_metadata_json(void **state)
{
    struct creds c = {0};

    (void)state;
    assert_int_equal(
            parse(&c, CREDS_JSON_METADATA,
                    "{\"Code\": \"Success\", \"AccessKeyId\": \"AK\", \"SecretAccessKey\": "
                    "\"s\", \"Token\": \"t\", \"Expiration\": \"2030-01-01T00:00:00Z\"}"),
            ERR_OK);
    assert_string_equal(c.token, "t");
    assert_int_equal(
            parse(&c, CREDS_JSON_METADATA,
                    "{\"Code\": \"AssumeRoleUnauthorizedAccess\", \"Message\": \"no trust\"}"),
            ERR_CREDENTIALS);
    assert_string_equal(err.message, "here: AssumeRoleUnauthorizedAccess: no trust");
    assert_string_equal(err.service_code, "AssumeRoleUnauthorizedAccess");
    assert_int_equal(c.access_key[0], 0);
}

static void refuse(enum creds_json kind, const char *text, const char *message)
{
    struct creds c = {0};

    assert_int_equal(parse(&c, kind, text), ERR_CREDENTIALS);
    assert_string_equal(err.message, message);
    assert_null(strstr(err.message, "SECRET"));
    assert_null(c.token);
}

static void test_refused(void **state)
{
    (void)state;
    refuse(CREDS_JSON_PROCESS, "", "here: what it gives is not a JSON object");
    refuse(CREDS_JSON_PROCESS, "SECRET", "here: what it gives is not a JSON object");
    refuse(CREDS_JSON_PROCESS, "[1]", "here: what it gives is not a JSON object");
    refuse(CREDS_JSON_PROCESS, "{}", "here: its output is not of Version 1");
    refuse(CREDS_JSON_PROCESS, "{\"Version\": 2}", "here: its output is not of Version 1");
    refuse(CREDS_JSON_PROCESS, "{\"Version\": \"1\"}", "here: its output is not of Version 1");
    refuse(CREDS_JSON_PROCESS, "{\"Version\": 1, \"AccessKeyId\": 7}",
            "here: the access key id is missing or malformed");
    refuse(CREDS_JSON_PROCESS, "{\"Version\": 1, \"AccessKeyId\": \"A\"}",
            "here: the secret access key is missing or malformed");
    refuse(CREDS_JSON_PROCESS,
            "{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"SECRET\\r\\nX: y\"}",
            "here: the secret access key is missing or malformed");
    refuse(CREDS_JSON_PROCESS,
            "{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"SECRET\", "
            "\"Expiration\": \"tomorrow\"}",
            "here: the expiration is not an ISO 8601 time");
}

static void test_limits(void **state)
{
    struct creds c = {0};
    char *token = malloc(CREDS_TOKEN_MAX + 1), secret[CREDS_SECRET_MAX + 1];

    (void)state;
    memset(token, 't', CREDS_TOKEN_MAX);
    token[CREDS_TOKEN_MAX] = '\0';
    assert_int_equal(creds_set(&c, "A", "s", token, "x", &err), ERR_CREDENTIALS);
    token[CREDS_TOKEN_MAX - 1] = '\0';
    assert_int_equal(creds_set(&c, "A", "s", token, "x", &err), ERR_OK);
    assert_string_equal(c.token, token);
    assert_int_equal(creds_set(&c, "A", "s", "", "x", &err), ERR_OK);
    assert_null(c.token);
    memset(secret, 's', CREDS_SECRET_MAX);
    secret[CREDS_SECRET_MAX] = '\0';
    assert_int_equal(creds_set(&c, "A", secret, NULL, "x", &err), ERR_CREDENTIALS);
    secret[CREDS_SECRET_MAX - 1] = '\0';
    assert_int_equal(creds_set(&c, "A", secret, NULL, "x", &err), ERR_OK);
    creds_clear(&c);
    free(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_process_json),
            cmocka_unit_test(test_metadata_json),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
