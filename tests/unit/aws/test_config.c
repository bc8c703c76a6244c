#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "aws/config.h"
#include "files.h"

static struct err err;

static int setup(void **state)
{
    (void)state;
    files_begin();
    env_reset();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    files_end();
    return 0;
}

static struct aws_config *load(void)
{
    struct aws_config_source source = {.getenv = env_get};
    struct aws_config *c = NULL;

    err_clear(&err);
    if (aws_config_load(&c, &source, &err) != ERR_OK)
        print_message("%s\n", err.message);
    assert_non_null(c);
    return c;
}

static void load_fails(enum err_code code, const char *part)
{
    struct aws_config_source source = {.getenv = env_get};
    struct aws_config *c = NULL;

    assert_int_equal(aws_config_load(&c, &source, &err), code);
    assert_null(c);
    if (!strstr(err.message, part))
        print_message("\"%s\" is not in \"%s\"\n", part, err.message);
    assert_non_null(strstr(err.message, part));
}

static void expect(
        const struct aws_config *c, const char *profile, const char *name, const char *value)
{
    const char *v = aws_config_get(c, profile, name);

    if (!value) {
        assert_null(v);
        return;
    }
    assert_non_null(v);
    assert_string_equal(v, value);
}

static void test_nothing(void **state)
{
    struct aws_config *c = load();

    (void)state;
    assert_string_equal(aws_config_profile(c), "default");
    assert_null(aws_config_region(c));
    assert_null(aws_config_endpoint(c, "s3"));
    assert_false(aws_config_has_profile(c, "default"));
    expect(c, "default", "region", NULL);
    aws_config_free(c);
    aws_config_free(NULL);
}

static void test_format(void **state)
{
    struct aws_config *c;

    (void)state;
    files_write("config", "\xEF\xBB\xBF# a comment\r\n"
                          "; another\r\n"
                          "[default]\r\n"
                          "region = eu-west-1\r\n"
                          "\r\n"
                          "[profile lab]\n"
                          "  # an indented comment\n"
                          "  region=ap-southeast-2\n"
                          "  Output   =  json\n" /* indented alike: a property of its own */
                          "  credential_process = tool --a 'b ; c' # d\n"
                          "empty =\n"
                          "[ profile \"with space\" ]\n"
                          "region = us-east-1\n"
                          "[profile\ttab]\n"
                          "region: us-east-2\n"
                          "[sso-session x]\n"
                          "region = wrong\n"
                          "[unknown]\n"
                          "region = wrong\n"
                          "[profile bare]\n"
                          "[profile last]\n"
                          "region = first\n"
                          "region = second");
    c = load();
    expect(c, "default", "region", "eu-west-1");
    expect(c, "lab", "region", "ap-southeast-2");
    expect(c, "lab", "output", "json");
    expect(c, "lab", "credential_process", "tool --a 'b ; c' # d");
    expect(c, "lab", "empty", NULL);
    expect(c, "with space", "region", "us-east-1");
    expect(c, "tab", "region", "us-east-2");
    expect(c, "last", "region", "second");
    assert_true(aws_config_has_profile(c, "bare"));
    assert_false(aws_config_has_profile(c, "unknown"));
    assert_false(aws_config_has_profile(c, "x"));
    assert_string_equal(aws_config_region(c), "eu-west-1");
    aws_config_free(c);
}

static void test_two_files(void **state)
{
    struct aws_config *c;

    (void)state;
    files_write("config", "[default]\nregion = plain\noutput = text\n"
                          "[profile default]\nregion = prefixed\n"
                          "[profile a]\naws_access_key_id = AKCONFIG\n"
                          "aws_secret_access_key = sconfig\naws_session_token = tconfig\n"
                          "region = r\n");
    files_write("credentials", "[a]\naws_access_key_id = AKCREDS\naws_secret_access_key = screds\n"
                               "[b]\naws_access_key_id = AKB\n[b]\nregion = again\n");
    c = load();
    expect(c, "default", "region", "prefixed");
    expect(c, "default", "output", "text");
    expect(c, "a", "aws_access_key_id", "AKCREDS");
    expect(c, "a", "aws_secret_access_key", "screds");
    expect(c, "a", "aws_session_token", NULL); /* that one belongs to other keys */
    expect(c, "a", "region", "r");
    expect(c, "b", "aws_access_key_id", "AKB");
    expect(c, "b", "region", "again");
    assert_true(aws_config_has_profile(c, "b"));
    aws_config_free(c);
}

/* inih's own limits are 200 bytes a line and 49 a section name. */
static void test_long(void **state)
{
    char text[20000],
            name[] = "AdministratorAccess-with-a-long-name-from-single-sign-on-123456789012";
    struct aws_config *c;
    int n;

    (void)state;
    n = snprintf(text, sizeof text, "[%sX]\nregion = x\n[%s]\naws_session_token = ", name, name);
    memset(text + n, 'T', 16000);
    strcpy(text + n + 16000, "\nregion = y\n");
    files_write("credentials", text);
    c = load();
    assert_int_equal(strlen(aws_config_get(c, name, "aws_session_token")), 16000);
    expect(c, name, "region", "y");
    aws_config_free(c);
}

static void test_nested(void **state)
{
    struct aws_config *c;

    (void)state;
    env_set("AWS_PROFILE", "lab");
    files_write("config", "[profile lab]\n"
                          "services = lab-services\n"
                          "endpoint_url = http://profile\n"
                          "s3 =\n"
                          "    max_concurrent_requests = 20\n"
                          "\n"
                          "    # comment\n"
                          "    region = not-the-profiles\n"
                          "region = eu-west-1\n"
                          "[services lab-services]\n"
                          "s3 = \n"
                          "  endpoint_url = http://services-s3:1\n"
                          "  other=1\n"
                          "sfn =\n"
                          "\tendpoint_url=http://services-sfn\n"
                          "[services other]\n"
                          "sts =\n"
                          "  endpoint_url = http://wrong\n");
    c = load();
    expect(c, "lab", "region", "eu-west-1");
    expect(c, "lab", "max_concurrent_requests", NULL);
    assert_string_equal(aws_config_endpoint(c, "s3"), "http://services-s3:1");
    assert_string_equal(aws_config_endpoint(c, "sfn"), "http://services-sfn");
    assert_string_equal(aws_config_endpoint(c, "sts"), "http://profile");
    env_set("AWS_ENDPOINT_URL", "http://all");
    assert_string_equal(aws_config_endpoint(c, "s3"), "http://all");
    env_set("AWS_ENDPOINT_URL_S3", "http://env-s3");
    assert_string_equal(aws_config_endpoint(c, "s3"), "http://env-s3");
    assert_string_equal(aws_config_endpoint(c, "sfn"), "http://all");
    env_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_null(aws_config_endpoint(c, "s3"));
    aws_config_free(c);
}

static void test_ignored_by_profile(void **state)
{
    struct aws_config *c;

    (void)state;
    files_write("config", "[default]\nendpoint_url = http://x\n"
                          "ignore_configured_endpoint_urls = TRUE\n");
    c = load();
    assert_null(aws_config_endpoint(c, "s3"));
    aws_config_free(c);
}

static void test_flags(void **state)
{
    struct aws_config_source source = {
            .getenv = env_get, .profile = "p", .region = "flag", .endpoint_url = "http://flag"};
    struct aws_config *c;

    (void)state;
    files_write("config", "[profile p]\nregion = file\n[profile q]\n");
    env_set("AWS_PROFILE", "q");
    env_set("AWS_REGION", "env");
    env_set("AWS_ENDPOINT_URL_S3", "http://env");
    assert_int_equal(aws_config_load(&c, &source, &err), ERR_OK);
    assert_string_equal(aws_config_profile(c), "p");
    assert_true(aws_config_profile_is_explicit(c));
    assert_string_equal(aws_config_region(c), "flag");
    assert_string_equal(aws_config_endpoint(c, "s3"), "http://flag");
    assert_null(aws_config_endpoint(c, "sts"));
    aws_config_free(c);
    c = load();
    assert_string_equal(aws_config_profile(c), "q");
    assert_false(aws_config_profile_is_explicit(c));
    assert_string_equal(aws_config_region(c), "env");
    aws_config_free(c);
    env_set("AWS_REGION", "");
    env_set("AWS_DEFAULT_REGION", "older");
    env_set("AWS_PROFILE", "p");
    c = load();
    assert_string_equal(aws_config_region(c), "older");
    env_set("AWS_DEFAULT_REGION", "");
    assert_string_equal(aws_config_region(c), "file");
    aws_config_free(c);
}

static void test_more_lines(void **state)
{
    struct aws_config *c;

    (void)state;
    files_write("config", "[default]\nnote = one\n  two = 2\n  three\nregion = r\n");
    c = load();
    expect(c, "default", "note", "one\ntwo = 2\nthree");
    expect(c, "default", "region", "r");
    aws_config_free(c);
}

static void test_errors(void **state)
{
    char long_line[70000];

    (void)state;
    files_write("config", "[default]\nregion = x\nnonsense SECRET\n");
    load_fails(ERR_INPUT, "/config:3: neither a [section] nor name = value");
    assert_null(strstr(err.message, "SECRET"));
    files_write("config", "\n[default\nregion = x\n");
    load_fails(ERR_INPUT, "/config:2: ");
    files_write("config", "region = x\n");
    load_fails(ERR_INPUT, "/config:1: it stands before the first [section]");
    files_write("config", "[default]\n= x\n");
    load_fails(ERR_INPUT, "/config:2: no name");
    files_write("config", "[default]\ns3 =\n  nonsense\n");
    load_fails(ERR_INPUT, "/config:3: an indented line");
    files_write_n("config", "[default]\na = b\0c\n", 18);
    load_fails(ERR_INPUT, "/config:2: a NUL byte");
    memset(long_line, 'x', sizeof long_line);
    memcpy(long_line, "[default]\na = ", 14);
    files_write_n("config", long_line, sizeof long_line);
    load_fails(ERR_INPUT, "/config:2: the line is too long");
    files_write("config", "");
    files_write("credentials", "[a]\nx\n");
    load_fails(ERR_INPUT, "/credentials:2: ");
}

static void test_profile_missing(void **state)
{
    struct aws_config *c;

    (void)state;
    files_write("config", "[profile lab]\n");
    env_set("AWS_PROFILE", "lap");
    load_fails(ERR_INPUT, "AWS_PROFILE: there is no profile \"lap\" in ");
    env_set("AWS_PROFILE", "default");
    c = load();
    aws_config_free(c);
    env_set("AWS_PROFILE", "");
    env_set("AWS_DEFAULT_PROFILE", "lab");
    c = load();
    assert_string_equal(aws_config_profile(c), "lab");
    aws_config_free(c);
}

static void test_paths(void **state)
{
    struct aws_config *c;

    (void)state;
    files_write("other", "[default]\nregion = home\n");
    env_set("HOME", files_dir);
    env_set("AWS_CONFIG_FILE", "~/other");
    c = load();
    expect(c, "default", "region", "home");
    aws_config_free(c);
    env_set("AWS_CONFIG_FILE", "/dev/null");
    c = load();
    aws_config_free(c);
    env_set("AWS_CONFIG_FILE", files_dir); /* a folder is not a file */
    load_fails(ERR_IO, files_dir);
    env_set("AWS_CONFIG_FILE", "");
    env_set("HOME", "/nonexistent");
    c = load();
    assert_string_equal(aws_config_path(c), "/nonexistent/.aws/config");
    aws_config_free(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_nothing),
            TEST(test_format),
            TEST(test_two_files),
            TEST(test_long),
            TEST(test_nested),
            TEST(test_ignored_by_profile),
            TEST(test_flags),
            TEST(test_more_lines),
            TEST(test_errors),
            TEST(test_profile_missing),
            TEST(test_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
