/* Which way is chosen, without going it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "aws/creds_int.h"
#include "files.h"

static struct err err;
static struct aws_config *config;
static struct creds_plan plan;

static int setup(void **state)
{
    (void)state;
    files_begin();
    env_reset();
    return 0;
}

static void forget(void)
{
    creds_plan_clear(&plan);
    buf_free(&plan.tried);
    aws_config_free(config);
    config = NULL;
}

static int teardown(void **state)
{
    (void)state;
    forget();
    files_end();
    return 0;
}

static enum err_code choose_with(const char *flag)
{
    struct aws_config_source source = {.getenv = env_get, .profile = flag};
    enum err_code code;

    forget();
    code = aws_config_load(&config, &source, &err);
    return code == ERR_OK ? creds_chain_plan(&plan, config, &err) : code;
}

static enum err_code choose(const char *profile)
{
    env_set("AWS_PROFILE", profile);
    return choose_with(NULL);
}

static void choose_fails(const char *profile, enum err_code code, const char *part)
{
    assert_int_equal(choose(profile), code);
    if (!strstr(err.message, part))
        print_message("%s\n", err.message);
    assert_non_null(strstr(err.message, part));
    assert_null(strstr(err.message, "hushhush"));
}

static void test_environment(void **state)
{
    (void)state;
    files_write("credentials", "[p]\naws_access_key_id = AKP\naws_secret_access_key = hushhush\n");
    env_set("AWS_ACCESS_KEY_ID", "AKENV");
    choose_fails("", ERR_CREDENTIALS, "AWS_SECRET_ACCESS_KEY is not");
    env_set("AWS_SECRET_ACCESS_KEY", "hushhush");
    env_set("AWS_SESSION_TOKEN", "token");
    assert_int_equal(choose("p"), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_KEYS);
    assert_string_equal(plan.keys.access_key, "AKENV");
    assert_string_equal(plan.keys.token, "token");
    assert_string_equal(plan.source, "environment");
    /* The flag is more explicit than the environment. */
    assert_int_equal(choose_with("p"), ERR_OK);
    assert_string_equal(plan.keys.access_key, "AKP");
    assert_string_equal(plan.source, "profile p (keys)");
    env_set("AWS_ACCESS_KEY_ID", "");
    choose_fails("", ERR_CREDENTIALS, "AWS_ACCESS_KEY_ID is not");
    env_set("AWS_ACCESS_KEY_ID", "A B");
    choose_fails("", ERR_CREDENTIALS, "the environment: the access key id is");
}

static void test_keys(void **state)
{
    (void)state;
    files_write("credentials", "[half]\naws_access_key_id = AK\n"
                               "[other]\naws_secret_access_key = hushhush\n");
    choose_fails("half", ERR_CREDENTIALS, "profile \"half\": the secret access key is missing");
    choose_fails("other", ERR_CREDENTIALS, "profile \"other\": the access key id is missing");
}

static void test_roles(void **state)
{
    (void)state;
    files_write(
            "credentials", "[base]\naws_access_key_id = AK\naws_secret_access_key = hushhush\n");
    files_write("config", "[profile one]\nrole_arn = arn:1\nsource_profile = base\n"
                          "external_id = ext\nrole_session_name = me\nduration_seconds = 1800\n"
                          "[profile two]\nrole_arn = arn:2\nsource_profile = one\n"
                          "[profile self]\nrole_arn = arn:s\nsource_profile = self\n"
                          "aws_access_key_id = AKSELF\naws_secret_access_key = hushhush\n"
                          /* As a source, a profile's keys go before its role. */
                          "[profile three]\nrole_arn = arn:3\nsource_profile = self\n"
                          "[profile proc]\nrole_arn = arn:p\nsource_profile = cmd\n"
                          "[profile cmd]\ncredential_process = tool\n");
    assert_int_equal(choose("one"), ERR_OK);
    assert_int_equal(plan.role_count, 1);
    assert_string_equal(plan.roles[0].role_arn, "arn:1");
    assert_string_equal(plan.roles[0].external_id, "ext");
    assert_string_equal(plan.roles[0].session_name, "me");
    assert_int_equal(plan.roles[0].duration_s, 1800);
    assert_string_equal(plan.keys.access_key, "AK");
    assert_string_equal(plan.source, "profile one (assumed role)");
    assert_int_equal(choose("two"), ERR_OK);
    assert_int_equal(plan.role_count, 2);
    assert_string_equal(plan.roles[0].role_arn, "arn:2");
    assert_string_equal(plan.roles[1].role_arn, "arn:1");
    assert_int_equal(choose("self"), ERR_OK);
    assert_int_equal(plan.role_count, 1);
    assert_string_equal(plan.keys.access_key, "AKSELF");
    assert_int_equal(choose("three"), ERR_OK);
    assert_int_equal(plan.role_count, 1);
    assert_string_equal(plan.keys.access_key, "AKSELF");
    assert_int_equal(choose("proc"), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_PROCESS);
    assert_string_equal(plan.command, "tool");
    assert_int_equal(plan.role_count, 1);
}

static void test_role_mistakes(void **state)
{
    char deep[2000];
    int n = 0;

    (void)state;
    files_write("config", "[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
                          "[profile b]\nrole_arn = arn:b\nsource_profile = c\n"
                          "[profile c]\nrole_arn = arn:c\nsource_profile = a\n"
                          "[profile self]\nrole_arn = arn:s\nsource_profile = self\n"
                          "[profile lost]\nrole_arn = arn:l\nsource_profile = nowhere\n"
                          "[profile both]\nrole_arn = arn:b\nsource_profile = a\n"
                          "credential_source = Environment\n"
                          "[profile none]\nrole_arn = arn:n\n"
                          "[profile empty]\nregion = x\n"
                          "[profile onempty]\nrole_arn = arn:o\nsource_profile = empty\n"
                          "[profile mfa]\nrole_arn = arn:m\nsource_profile = a\nmfa_serial = x\n"
                          "[profile long]\nrole_arn = arn:m\nsource_profile = a\n"
                          "duration_seconds = 100\n"
                          "[profile src]\nrole_arn = arn:m\ncredential_source = Moon\n"
                          "[profile env]\nrole_arn = arn:m\ncredential_source = Environment\n"
                          "[profile ecs]\nrole_arn = arn:m\ncredential_source = EcsContainer\n"
                          "[profile sso]\nsso_session = x\n"
                          "[profile web]\nweb_identity_token_file = x\n");
    choose_fails("a", ERR_INPUT, "source_profile goes round in a circle: a -> b -> c -> a");
    assert_null(strstr(err.message, "c -> a -> b"));
    choose_fails("self", ERR_INPUT, "goes round in a circle: self -> self");
    choose_fails("lost", ERR_INPUT, "its source_profile \"nowhere\" is in neither");
    choose_fails("both", ERR_INPUT, "has both source_profile and credential_source");
    choose_fails("none", ERR_INPUT, "says neither source_profile, credential_source nor web");
    choose_fails("onempty", ERR_CREDENTIALS, "its source_profile \"empty\" has no credentials");
    choose_fails("mfa", ERR_CREDENTIALS, "one-time code (mfa_serial)");
    choose_fails(
            "long", ERR_INPUT, "duration_seconds is \"100\"; it is a number from 900 to 43200");
    choose_fails("src", ERR_INPUT, "credential_source is \"Moon\"; it may be Environment, ");
    choose_fails("env", ERR_CREDENTIALS, "AWS_ACCESS_KEY_ID is not set");
    choose_fails("ecs", ERR_CREDENTIALS, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor");
    choose_fails("sso", ERR_CREDENTIALS, "IAM Identity Center");
    choose_fails("web", ERR_INPUT, "has a web_identity_token_file, but no role_arn");
    for (int i = 0; i < 20; i++)
        n += sprintf(
                deep + n, "[profile p%d]\nrole_arn = arn:%d\nsource_profile = p%d\n", i, i, i + 1);
    sprintf(deep + n, "[profile p20]\naws_access_key_id = A\naws_secret_access_key = b\n");
    files_write("config", deep);
    choose_fails("p0", ERR_INPUT, "source_profile goes too deep: p0 -> p1 -> ");
    assert_int_equal(choose("p13"), ERR_OK);
    assert_int_equal(plan.role_count, 7);
}

static void test_credential_sources(void **state)
{
    (void)state;
    files_write("config", "[profile ec2]\nrole_arn = arn:m\n"
                          "credential_source = Ec2InstanceMetadata\n"
                          "[profile env]\nrole_arn = arn:m\ncredential_source = Environment\n"
                          "[profile ecs]\nrole_arn = arn:m\ncredential_source = EcsContainer\n"
                          "[profile web]\nrole_arn = arn:w\nweb_identity_token_file = /file\n");
    assert_int_equal(choose("ec2"), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_IMDS);
    assert_int_equal(plan.role_count, 1);
    env_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/");
    assert_int_equal(choose("ecs"), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_ECS);
    assert_int_equal(choose("web"), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_WEB_IDENTITY);
    assert_string_equal(plan.web.role_arn, "arn:w");
    assert_string_equal(plan.web.token_file, "/file");
    assert_int_equal(plan.role_count, 0);
    env_set("AWS_ACCESS_KEY_ID", "AKENV");
    env_set("AWS_SECRET_ACCESS_KEY", "hushhush");
    assert_int_equal(choose_with("env"), ERR_OK);
    assert_string_equal(plan.keys.access_key, "AKENV");
    assert_int_equal(plan.role_count, 1);
}

static void test_chain_order(void **state)
{
    (void)state;
    choose_fails("", ERR_CREDENTIALS,
            "no AWS credentials found; tried environment (AWS_ACCESS_KEY_ID is not set), profile "
            "\"default\" (is not in ");
    assert_non_null(strstr(err.message, "web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set), "
                                        "container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not "
                                        "set), EC2 instance metadata (switched off by "
                                        "AWS_EC2_METADATA_DISABLED)"));
    files_write("config", "[default]\nregion = x\n");
    choose_fails("", ERR_CREDENTIALS, "profile \"default\" (without credentials in ");
    env_set("AWS_EC2_METADATA_DISABLED", "false");
    assert_int_equal(choose(""), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_IMDS);
    env_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    assert_int_equal(choose(""), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_ECS);
    env_set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
    choose_fails("", ERR_CREDENTIALS, "AWS_ROLE_ARN is not");
    env_set("AWS_ROLE_ARN", "arn:env");
    assert_int_equal(choose(""), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_WEB_IDENTITY);
    assert_string_equal(plan.web.role_arn, "arn:env");
    files_write("config", "[default]\ncredential_process = x\n");
    assert_int_equal(choose(""), ERR_OK);
    assert_int_equal(plan.base, CREDS_BASE_PROCESS);
    assert_string_equal(plan.source, "profile default (credential_process)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_environment),
            TEST(test_keys),
            TEST(test_roles),
            TEST(test_role_mistakes),
            TEST(test_credential_sources),
            TEST(test_chain_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
