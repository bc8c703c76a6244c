/* Credentials as the environment's keys and the profiles describe them. Pure but for the
 * environment: it makes a plan, creds_chain.c carries it out. */
#include <stdio.h>
#include <string.h>

#include "aws/creds_int.h"
#include "base/str.h"

enum {
    DURATION_LEAST_S = 900, /* AWS STS API Reference: AssumeRole, DurationSeconds */
    DURATION_MOST_S = 43200,
};

/* The names of the profiles on the way, so that a loop is seen and can be shown. */
struct path {
    const char *names[CREDS_ROLES_MAX + 1];
    size_t count;
};

void creds_plan_clear(struct creds_plan *plan)
{
    creds_clear(&plan->keys);
    buf_free(&plan->tried);
    memset(plan, 0, sizeof *plan);
    buf_init(&plan->tried, ERR_MESSAGE_MAX);
}

enum err_code creds_environment(
        const struct aws_config *config, struct creds *out, bool *found, struct err *e)
{
    const char *key = aws_config_env(config, "AWS_ACCESS_KEY_ID");
    const char *secret = aws_config_env(config, "AWS_SECRET_ACCESS_KEY");

    *found = key || secret;
    if (!*found)
        return ERR_OK;
    if (!key || !secret)
        return err_set(e, ERR_CREDENTIALS, "%s is set in the environment, but %s is not",
                key ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    return creds_set(
            out, key, secret, aws_config_env(config, "AWS_SESSION_TOKEN"), "the environment", e);
}

static enum err_code use_keys(struct creds_plan *plan, const struct aws_config *config,
        const char *profile, struct err *e)
{
    char what[CREDS_SOURCE_MAX];

    snprintf(what, sizeof what, "profile \"%s\"", profile);
    plan->base = CREDS_BASE_KEYS;
    return creds_set(&plan->keys, aws_config_get(config, profile, "aws_access_key_id"),
            aws_config_get(config, profile, "aws_secret_access_key"),
            aws_config_get(config, profile, "aws_session_token"), what, e);
}

static enum err_code use_credential_source(struct creds_plan *plan, const struct aws_config *config,
        const char *profile, const char *name, struct err *e)
{
    enum err_code code;
    bool found;

    if (strcmp(name, "Environment") == 0) {
        plan->base = CREDS_BASE_KEYS;
        code = creds_environment(config, &plan->keys, &found, e);
        if (code == ERR_OK && !found)
            code = err_set(e, ERR_CREDENTIALS,
                    "credential_source is Environment, but AWS_ACCESS_KEY_ID is not set");
    } else if (strcmp(name, "Ec2InstanceMetadata") == 0) {
        plan->base = CREDS_BASE_IMDS;
        code = ERR_OK;
    } else if (strcmp(name, "EcsContainer") == 0) {
        plan->base = CREDS_BASE_ECS;
        code = ERR_OK;
        if (!creds_ecs_is_set(config))
            code = err_set(e, ERR_CREDENTIALS,
                    "credential_source is EcsContainer, but neither "
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor _FULL_URI is set");
    } else {
        code = err_set(e, ERR_INPUT,
                "credential_source is \"%s\"; it may be Environment, Ec2InstanceMetadata or "
                "EcsContainer",
                name);
    }
    if (code != ERR_OK)
        err_prefix(e, "profile \"%s\"", profile);
    return code;
}

/* The part that is the same for all ways to assume the role of this profile. */
static enum err_code read_role(struct creds_role *role, const struct aws_config *config,
        const char *profile, struct err *e)
{
    const char *duration = aws_config_get(config, profile, "duration_seconds");
    uint64_t seconds = 0;

    memset(role, 0, sizeof *role);
    role->role_arn = aws_config_get(config, profile, "role_arn");
    role->session_name = aws_config_get(config, profile, "role_session_name");
    role->external_id = aws_config_get(config, profile, "external_id");
    if (duration && (!str_parse_u64(duration, strlen(duration), &seconds) ||
                            seconds < DURATION_LEAST_S || seconds > DURATION_MOST_S))
        return err_set(e, ERR_INPUT,
                "profile \"%s\": duration_seconds is \"%s\"; it is a number from %d to %d", profile,
                duration, DURATION_LEAST_S, DURATION_MOST_S);
    role->duration_s = (unsigned)seconds;
    if (aws_config_get(config, profile, "mfa_serial"))
        return err_set(e, ERR_CREDENTIALS,
                "profile \"%s\" wants a one-time code (mfa_serial), which cannot be asked for here: "
                "get a session first, e.g. credential_process = aws configure export-credentials "
                "--profile %s",
                profile, profile);
    return ERR_OK;
}

static bool visited(const struct path *path, const char *profile)
{
    size_t i;

    for (i = 0; i < path->count; i++)
        if (strcmp(path->names[i], profile) == 0)
            return true;
    return false;
}

/* Whether the way may go on to this source_profile. */
static enum err_code follow(
        const struct aws_config *config, const struct path *path, const char *source, struct err *e)
{
    struct buf way;
    size_t i;

    if (!aws_config_has_profile(config, source))
        return err_set(e, ERR_INPUT,
                "profile \"%s\": its source_profile \"%s\" is in neither %s nor %s",
                path->names[path->count - 1], source, aws_config_path(config),
                aws_config_credentials_path(config));
    if (!visited(path, source) && path->count < CREDS_ROLES_MAX)
        return ERR_OK;
    buf_init(&way, ERR_MESSAGE_MAX);
    for (i = 0; i < path->count; i++)
        buf_addf(&way, "%s -> ", path->names[i]);
    buf_adds(&way, source);
    err_set(e, ERR_INPUT, "profile \"%s\": source_profile %s: %s", path->names[0],
            visited(path, source) ? "goes round in a circle" : "goes too deep", buf_str(&way));
    buf_free(&way);
    return ERR_INPUT;
}

/* A profile with a role_arn. *next: the profile to look at for the credentials to assume it with;
 * NULL: the plan is complete. */
static enum err_code plan_role(struct creds_plan *plan, const struct aws_config *config,
        struct path *path, const char **next, struct err *e)
{
    const char *profile = path->names[path->count - 1];
    const char *source = aws_config_get(config, profile, "source_profile");
    const char *credential_source = aws_config_get(config, profile, "credential_source");
    const char *token_file = aws_config_get(config, profile, "web_identity_token_file");
    struct creds_role role;
    enum err_code code = read_role(&role, config, profile, e);

    if (code != ERR_OK)
        return code;
    if (token_file) {
        plan->base = CREDS_BASE_WEB_IDENTITY;
        plan->web = role;
        plan->web.token_file = token_file;
        return ERR_OK;
    }
    if (source && credential_source)
        return err_set(e, ERR_INPUT,
                "profile \"%s\" has both source_profile and credential_source; keep one", profile);
    if (!source && !credential_source)
        return err_set(e, ERR_INPUT,
                "profile \"%s\" has a role_arn, but says neither source_profile, credential_source "
                "nor web_identity_token_file",
                profile);
    plan->roles[plan->role_count++] = role;
    if (credential_source)
        return use_credential_source(plan, config, profile, credential_source, e);
    /* A profile may name itself: its own keys assume its role. */
    if (strcmp(source, profile) == 0 && aws_config_get(config, profile, "aws_access_key_id"))
        return use_keys(plan, config, profile, e);
    *next = source;
    return follow(config, path, source, e);
}

/* A profile without a role_arn, or a source_profile with keys of its own. */
static enum err_code plan_plain(struct creds_plan *plan, const struct aws_config *config,
        const char *profile, struct err *e)
{
    if (aws_config_get(config, profile, "aws_access_key_id") ||
            aws_config_get(config, profile, "aws_secret_access_key"))
        return use_keys(plan, config, profile, e);
    plan->command = aws_config_get(config, profile, "credential_process");
    if (plan->command) {
        plan->base = CREDS_BASE_PROCESS;
        return ERR_OK;
    }
    if (aws_config_get(config, profile, "web_identity_token_file"))
        return err_set(e, ERR_INPUT,
                "profile \"%s\" has a web_identity_token_file, but no role_arn", profile);
    if (aws_config_get(config, profile, "sso_session") ||
            aws_config_get(config, profile, "sso_start_url"))
        return err_set(e, ERR_CREDENTIALS,
                "profile \"%s\" signs in through IAM Identity Center, which is not supported here: "
                "use a profile with credential_process = aws configure export-credentials "
                "--profile %s",
                profile, profile);
    return ERR_OK;
}

static void describe(struct creds_plan *plan, const char *profile)
{
    static const char *const how[] = {
            [CREDS_BASE_NONE] = "nothing",
            [CREDS_BASE_KEYS] = "keys",
            [CREDS_BASE_PROCESS] = "credential_process",
            [CREDS_BASE_WEB_IDENTITY] = "web identity",
            [CREDS_BASE_ECS] = "container",
            [CREDS_BASE_IMDS] = "instance metadata",
    };

    snprintf(plan->source, sizeof plan->source, "profile %s (%s)", profile,
            plan->role_count > 0 ? "assumed role" : how[plan->base]);
}

enum err_code creds_profile_plan(struct creds_plan *plan, const struct aws_config *config,
        const char *profile, struct err *e)
{
    struct path path = {.count = 0};
    const char *next = profile;
    enum err_code code = ERR_OK;

    while (next && code == ERR_OK) {
        const char *at = next;
        bool is_source = path.count > 0;

        next = NULL;
        path.names[path.count++] = at;
        /* The first profile's role goes before its keys, a source's keys before its role, as in the
         * AWS CLI. */
        if (aws_config_get(config, at, "role_arn") &&
                !(is_source && aws_config_get(config, at, "aws_access_key_id")))
            code = plan_role(plan, config, &path, &next, e);
        else
            code = plan_plain(plan, config, at, e);
        if (code == ERR_OK && !next && is_source && plan->base == CREDS_BASE_NONE)
            code = err_set(e, ERR_CREDENTIALS,
                    "profile \"%s\": its source_profile \"%s\" has no credentials",
                    path.names[path.count - 2], at);
    }
    describe(plan, profile);
    return code;
}
