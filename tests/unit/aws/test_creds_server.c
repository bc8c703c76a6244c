/* The sources that speak HTTP, against integration/creds_server.py: STS, a container's credentials,
 * EC2 instance metadata. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "net/http.h"
#include "provider.h"

static const char script[] = "../../integration/creds_server.py";

static struct {
    pid_t pid;
    int in;   /* its standard input: closing it ends the server */
    int port; /* of 127.0.0.1 */
} server;

static int start_server(void **state)
{
    int in[2], out[2];
    FILE *f;

    (void)state;
    if (pipe(in) != 0 || pipe(out) != 0)
        return -1;
    server.pid = fork();
    if (server.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        execlp("python3", "python3", script, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server.in = in[1];
    f = fdopen(out[0], "r");
    if (!f || fscanf(f, "%d", &server.port) != 1)
        return -1;
    fclose(f);
    return 0;
}

static int stop_server(void **state)
{
    int status;

    (void)state;
    close(server.in);
    return waitpid(server.pid, &status, 0) == server.pid && status == 0 ? 0 : -1;
}

static const char *url(const char *path)
{
    static char text[2][200];
    static unsigned turn;
    char *p = text[turn++ % 2];

    snprintf(p, sizeof text[0], "http://127.0.0.1:%d%s", server.port, path);
    return p;
}

static int setup(void **state)
{
    provider_setup(state);
    env_set("AWS_ENDPOINT_URL_STS", url(""));
    env_set("AWS_REGION", "eu-west-1");
    files_write("credentials", "[base]\naws_access_key_id = AKBASE\n"
                               "aws_secret_access_key = hushhush-base\n"
                               "[wrong]\naws_access_key_id = AKBASE\n"
                               "aws_secret_access_key = hushhush-not\n");
    return 0;
}

/* [profile t] assumes that role of account 1 with the base profile's keys. */
static void use_role(const char *role)
{
    char text[400];

    snprintf(text, sizeof text,
            "[profile t]\nrole_arn = arn:aws:iam::1:role/%s\nsource_profile = base\n", role);
    files_write("config", text);
}

static void expect_key(const char *profile, const char *access_key)
{
    struct outcome o;

    provider_begin(profile);
    o = get();
    if (o.err.code != ERR_OK)
        print_message("%s\n", o.err.message);
    assert_int_equal(o.err.code, ERR_OK);
    assert_string_equal(o.access_key, access_key);
    provider_end();
}

static void expect_failure(const char *profile, const char *part)
{
    provider_begin(profile);
    get_fails(part);
    assert_int_equal(err.code, ERR_CREDENTIALS);
    provider_end();
}

/* --- STS --- */

static void test_assume_role(void **state)
{
    struct outcome o;

    (void)state;
    files_write("config", "[profile t]\nrole_arn = arn:aws:iam::1:role/path/ok\n"
                          "source_profile = base\nexternal_id = ext/+=&\n"
                          "role_session_name = me@here\nduration_seconds = 900\n");
    provider_begin("t");
    o = get();
    assert_int_equal(o.err.code, ERR_OK);
    assert_string_equal(o.access_key, "ASIA.ok.AKBASE");
    assert_string_equal(o.secret, "hushhush-ok");
    assert_string_equal(o.token, "token:ext/+=&;900;me@here");
    assert_string_equal(creds_source(provider), "profile t (assumed role)");
    assert_true(o.expires_s > clock_wall_s() + 3000);
}

static void test_assume_role_defaults(void **state)
{
    struct outcome o;

    (void)state;
    use_role("plain");
    provider_begin("t");
    o = get();
    assert_string_equal(o.access_key, "ASIA.plain.AKBASE");
    assert_memory_equal(o.token, "token:-;-;copyout-", 18);
}

static void test_chained_roles(void **state)
{
    (void)state;
    files_write("config", "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n"
                          "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = c\n"
                          "[profile c]\nrole_arn = arn:aws:iam::1:role/c\nsource_profile = base\n");
    expect_key("a", "ASIA.a.ASIA.b.ASIA.c.AKBASE");
}

static void test_role_over_process(void **state)
{
    (void)state;
    files_write("config",
            "[profile t]\nrole_arn = arn:aws:iam::1:role/p\nsource_profile = cmd\n"
            "[profile cmd]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": "
            "\"AKBASE\", \"SecretAccessKey\": \"hushhush-base\"}'\n");
    expect_key("t", "ASIA.p.AKBASE");
}

static void test_sts_refuses(void **state)
{
    (void)state;
    use_role("denied");
    expect_failure(
            "t", "assuming arn:aws:iam::1:role/denied: STS: AccessDenied: not authorized to");
    assert_string_equal(err.service_code, "AccessDenied");
    assert_string_equal(err.request_id, "req-7");
    assert_int_equal(err.http_status, 403);
    assert_int_equal(err.cls, ERR_CLASS_PERMANENT);
    files_write(
            "config", "[profile t]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = wrong\n");
    expect_failure("t", "SignatureDoesNotMatch: wrong signature");
    use_role("garbage");
    expect_failure("t", "STS: the answer is not well-formed XML");
}

static void test_sts_retries(void **state)
{
    (void)state;
    use_role("busy");
    expect_key("t", "ASIA.busy.AKBASE");
    use_role("throttled");
    expect_key("t", "ASIA.throttled.AKBASE");
    use_role("down");
    expect_failure("t", "STS: InternalFailure: attempt 3"); /* and not a fourth */
    assert_int_equal(err.cls, ERR_CLASS_RETRY);
    use_role("cut");
    expect_failure("t", "assuming arn:aws:iam::1:role/cut: STS: ");
}

static void test_sts_endpoint(void **state)
{
    (void)state;
    use_role("ok");
    env_set("AWS_ENDPOINT_URL_STS", "nonsense");
    provider_begin("t");
    get_fails("the endpoint of STS: not an http or https URL");
    provider_end();
    env_set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"); /* nobody there */
    expect_failure("t", "STS: ");
    env_set("AWS_REGION", "no region!");
    provider_begin("t");
    get_fails("is not the name of an AWS region");
    provider_end();
}

static void test_web_identity(void **state)
{
    struct outcome o;

    (void)state;
    env_set("AWS_WEB_IDENTITY_TOKEN_FILE", files_path("token"));
    env_set("AWS_ROLE_ARN", "arn:aws:iam::1:role/web");
    env_set("AWS_ROLE_SESSION_NAME", "pod");
    expect_failure(NULL, "web identity token file: ");
    files_write("token", "\n");
    expect_failure(NULL, "it is empty");
    files_write("token", "other");
    expect_failure(NULL, "InvalidIdentityToken");
    files_write("token", "web.token+/=\n");
    provider_begin(NULL);
    o = get();
    assert_string_equal(o.access_key, "ASIA.web.web");
    assert_string_equal(o.token, "token:-;-;pod");
    assert_string_equal(creds_source(provider), "web identity");
}

static void test_web_identity_profile(void **state)
{
    char text[400];

    (void)state;
    files_write("token", "web.token+/=");
    snprintf(text, sizeof text,
            "[profile t]\nrole_arn = arn:aws:iam::1:role/t\nsource_profile = w\n"
            "[profile w]\nrole_arn = arn:aws:iam::1:role/w\nweb_identity_token_file = %s\n",
            files_path("token"));
    files_write("config", text);
    expect_key("t", "ASIA.t.ASIA.w.web");
}

/* --- containers --- */

static void test_container(void **state)
{
    (void)state;
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/ecs-plain?x=1"));
    expect_key(NULL, "AKECS");
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/ecs-token"));
    expect_failure(NULL, "container credentials: HTTP status 403");
    env_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic secret==");
    expect_key(NULL, "AKECSTOKEN");
    env_set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "wrong");
    env_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", files_path("token"));
    provider_begin(NULL);
    get_fails("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ");
    provider_end();
    files_write("token", "Basic secret==\n");
    expect_key(NULL, "AKECSTOKEN");
    files_write("token", "Basic\r\nX-Evil: secret==\n");
    expect_failure(NULL, "has a line break");
}

static void test_container_failures(void **state)
{
    (void)state;
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/ecs-busy"));
    expect_key(NULL, "AKECSBUSY");
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/ecs-down"));
    expect_failure(NULL, "container credentials: HTTP status 500");
    assert_int_equal(err.cls, ERR_CLASS_RETRY);
}

/* The token must not be sent just anywhere. */
static void test_container_hosts(void **state)
{
    const char *bad[] = {"http://example.com/", "http://169.254.170.3/", "http://10.0.0.1/",
            "http://127.0.0.1.example.com/", "http://[fd00:ec2::24]/", "http://localhost.evil/"};
    const char *not_urls[] = {"ftp://127.0.0.1/", "http://127.0.0.1@example.com/", "x",
            "http://127.0.0.1\\@example.com/", "http://127.0.0.1/ x"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad[i]);
        expect_failure(NULL, "is http to a host that is neither this machine");
    }
    for (size_t i = 0; i < sizeof not_urls / sizeof not_urls[0]; i++) {
        env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", not_urls[i]);
        provider_begin(NULL);
        get_fails("AWS_CONTAINER_CREDENTIALS_FULL_URI: ");
        provider_end();
    }
    env_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@example.com/");
    expect_failure(NULL, "is not a path that begins with /");
}

/* --- instance metadata --- */

static void use_imds(const char *path)
{
    env_set("AWS_EC2_METADATA_DISABLED", "false");
    env_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", url(path));
    env_set("AWS_METADATA_SERVICE_TIMEOUT", "20"); /* the machine may be busy */
}

static void test_instance(void **state)
{
    (void)state;
    use_imds("/imds-ok/");
    expect_key(NULL, "AKIMDS");
    files_write("config", "[profile t]\nrole_arn = arn:aws:iam::1:role/i\n"
                          "credential_source = Ec2InstanceMetadata\n");
    expect_failure("t", "SignatureDoesNotMatch: unknown key AKIMDS");
}

/* A kept connection that ends is no failed attempt: there may be only one. */
static void test_instance_closes(void **state)
{
    (void)state;
    use_imds("/imds-closing/");
    env_set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    expect_key(NULL, "AKIMDS");
}

static void test_instance_failures(void **state)
{
    (void)state;
    use_imds("/imds-norole");
    expect_failure(NULL, "EC2 instance metadata: no role is attached to this instance");
    assert_memory_equal(err.message, "no AWS credentials found; tried environment (", 45);
    use_imds("/imds-off");
    expect_failure(NULL, "EC2 instance metadata: it is switched off for this instance");
    use_imds("/imds-untrusted");
    expect_failure(NULL, "AssumeRoleUnauthorizedAccess: no trust");
    env_set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    use_imds("/imds-slow");
    env_set("AWS_METADATA_SERVICE_TIMEOUT", "1");
    expect_failure(NULL, "no answer within 1000 ms");
    env_set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1");
    expect_failure(NULL, "EC2 instance metadata: http://127.0.0.1:1: ");
}

/* A server on this machine or its link is never asked through a proxy. */
static void test_no_proxy(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    use_imds("/imds-ok");
    expect_key(NULL, "AKIMDS");
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/ecs-plain?x=1"));
    expect_key(NULL, "AKECS");
    use_role("ok");
    expect_failure("t", "STS: "); /* STS is: it may be the only way out */
    unsetenv("http_proxy");
}

/* --- ended before the answer --- */

static void cancelled(const char *flag)
{
    struct outcome o = {0};

    provider_begin(flag);
    assert_int_equal(creds_wait(provider, on_outcome, &o, &err), ERR_OK);
    while (http_in_flight(net) == 0)
        uv_run(net_loop(net), UV_RUN_ONCE);
    provider_end();
    assert_false(o.done);
}

static void test_cancelled(void **state)
{
    (void)state;
    use_role("ok");
    cancelled("t");
    use_imds("/imds-slow");
    cancelled(NULL);
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/ecs-busy"));
    cancelled(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, provider_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_assume_role),
            TEST(test_assume_role_defaults),
            TEST(test_chained_roles),
            TEST(test_role_over_process),
            TEST(test_sts_refuses),
            TEST(test_sts_retries),
            TEST(test_sts_endpoint),
            TEST(test_web_identity),
            TEST(test_web_identity_profile),
            TEST(test_container),
            TEST(test_container_failures),
            TEST(test_container_hosts),
            TEST(test_instance),
            TEST(test_instance_closes),
            TEST(test_instance_failures),
            TEST(test_no_proxy),
            TEST(test_cancelled),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
