/* Chooses where credentials come from, and goes that way: the base first, then role after role. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/creds_int.h"
#include "aws/sts.h"

/* --- choosing --- */

/* One more that was looked at in vain, in "a (why), b (why)". */
static void tried(struct creds_plan *plan, const char *text)
{
    buf_addf(&plan->tried, "%s%s", plan->tried.len > 0 ? ", " : "", text);
}

static void set_source(struct creds_plan *plan, enum creds_base base, const char *source)
{
    plan->base = base;
    snprintf(plan->source, sizeof plan->source, "%s", source);
}

static enum err_code try_environment(
        struct creds_plan *plan, const struct aws_config *config, struct err *e)
{
    enum err_code code;
    bool found;

    if (aws_config_profile_is_explicit(config)) {
        tried(plan, "environment (not looked at, since --profile was given)");
        return ERR_OK;
    }
    code = creds_environment(config, &plan->keys, &found, e);
    if (found)
        set_source(plan, CREDS_BASE_KEYS, "environment");
    else
        tried(plan, "environment (AWS_ACCESS_KEY_ID is not set)");
    return code;
}

static enum err_code try_profile(
        struct creds_plan *plan, const struct aws_config *config, struct err *e)
{
    const char *profile = aws_config_profile(config);
    enum err_code code = creds_profile_plan(plan, config, profile, e);

    if (code == ERR_OK && plan->base == CREDS_BASE_NONE) {
        bool there = aws_config_has_profile(config, profile);

        buf_addf(&plan->tried, ", profile \"%s\" (%s in %s and %s)", profile,
                there ? "without credentials" : "is not", aws_config_path(config),
                aws_config_credentials_path(config));
    }
    return code;
}

static enum err_code try_web_identity(
        struct creds_plan *plan, const struct aws_config *config, struct err *e)
{
    const char *file = aws_config_env(config, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = aws_config_env(config, "AWS_ROLE_ARN");

    if (!file) {
        tried(plan, "web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set)");
        return ERR_OK;
    }
    set_source(plan, CREDS_BASE_WEB_IDENTITY, "web identity");
    if (!role)
        return err_set(e, ERR_CREDENTIALS,
                "AWS_WEB_IDENTITY_TOKEN_FILE is set in the environment, but AWS_ROLE_ARN is not");
    plan->web.role_arn = role;
    plan->web.token_file = file;
    plan->web.session_name = aws_config_env(config, "AWS_ROLE_SESSION_NAME");
    return ERR_OK;
}

static enum err_code nothing_found(const struct creds_plan *plan, struct err *e)
{
    return err_set(e, ERR_CREDENTIALS, "no AWS credentials found; tried %s", buf_str(&plan->tried));
}

enum err_code creds_chain_plan(
        struct creds_plan *plan, const struct aws_config *config, struct err *e)
{
    enum err_code code = try_environment(plan, config, e);

    if (code == ERR_OK && plan->base == CREDS_BASE_NONE)
        code = try_profile(plan, config, e);
    if (code == ERR_OK && plan->base == CREDS_BASE_NONE)
        code = try_web_identity(plan, config, e);
    if (code != ERR_OK || plan->base != CREDS_BASE_NONE)
        return code;
    if (creds_ecs_is_set(config)) {
        set_source(plan, CREDS_BASE_ECS, "container");
        return ERR_OK;
    }
    tried(plan, "container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set)");
    if (!creds_imds_is_off(config)) {
        set_source(plan, CREDS_BASE_IMDS, "EC2 instance metadata");
        return ERR_OK;
    }
    tried(plan, "EC2 instance metadata (switched off by AWS_EC2_METADATA_DISABLED)");
    return nothing_found(plan, e);
}

/* --- going --- */

struct chain {
    struct creds_op op;
    struct net *net;
    const struct aws_config *config;
    struct creds_plan plan;
    struct creds creds; /* the next role is assumed with these */
    size_t roles_left;
    struct creds_op *current; /* the step under way */
    struct net_timer *soon;   /* or: to call back from the loop */
    creds_op_cb cb;
    void *ctx;
};

static void chain_free(struct chain *c)
{
    creds_plan_clear(&c->plan);
    buf_free(&c->plan.tried);
    creds_clear(&c->creds);
    free(c);
}

static void cancel(struct creds_op *op)
{
    struct chain *c = (struct chain *)(void *)op;

    if (c->current)
        c->current->cancel(c->current);
    net_timer_stop(c->soon);
    chain_free(c);
}

static void on_step(void *ctx, struct creds *creds, const struct err *err);

static void finish(struct chain *c, const struct err *err)
{
    struct err e = *err;

    /* Instance metadata is tried where nothing else is set up: that there is none is no news. */
    if (e.code != ERR_OK && c->plan.tried.len > 0 && c->plan.base == CREDS_BASE_IMDS) {
        enum err_class cls = e.cls;

        tried(&c->plan, err->message);
        nothing_found(&c->plan, &e);
        e.cls = cls;
        e.http_status = err->http_status;
    }
    c->cb(c->ctx, e.code == ERR_OK ? &c->creds : NULL, &e);
    chain_free(c);
}

static enum err_code next_role(struct chain *c, struct err *e)
{
    const struct creds_role *role = &c->plan.roles[--c->roles_left];

    return sts_assume_start(&c->current, c->net, c->config, role, &c->creds, on_step, c, e);
}

static void on_step(void *ctx, struct creds *creds, const struct err *err)
{
    struct chain *c = ctx;
    struct err e = *err;

    c->current = NULL;
    if (e.code == ERR_OK) {
        creds_move(&c->creds, creds);
        if (c->roles_left > 0 && next_role(c, &e) == ERR_OK)
            return;
    }
    finish(c, &e);
}

static void on_soon(void *ctx)
{
    struct chain *c = ctx;
    struct err e;

    c->soon = NULL;
    err_clear(&e);
    finish(c, &e);
}

static enum err_code start_base(struct chain *c, struct err *e)
{
    char what[CREDS_SOURCE_MAX + 32];

    switch (c->plan.base) {
    case CREDS_BASE_KEYS:
        creds_move(&c->creds, &c->plan.keys);
        if (c->roles_left > 0)
            return next_role(c, e);
        return net_timer_start(c->net, 0, on_soon, c, &c->soon, e);
    case CREDS_BASE_PROCESS:
        snprintf(what, sizeof what, "%s: credential_process", c->plan.source);
        return creds_process_start(&c->current, c->net, c->plan.command, what, on_step, c, e);
    case CREDS_BASE_WEB_IDENTITY:
        return sts_assume_start(&c->current, c->net, c->config, &c->plan.web, NULL, on_step, c, e);
    case CREDS_BASE_ECS:
        return creds_ecs_start(&c->current, c->net, c->config, on_step, c, e);
    case CREDS_BASE_IMDS:
        return creds_imds_start(&c->current, c->net, c->config, on_step, c, e);
    case CREDS_BASE_NONE:
        break;
    }
    return nothing_found(&c->plan, e);
}

enum err_code creds_chain_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, char *source, creds_op_cb cb, void *ctx, struct err *e)
{
    struct chain *c = calloc(1, sizeof *c);
    enum err_code code;

    if (!c)
        return err_nomem(e);
    c->op.cancel = cancel;
    c->net = net;
    c->config = config;
    c->cb = cb;
    c->ctx = ctx;
    creds_plan_clear(&c->plan);
    code = creds_chain_plan(&c->plan, config, e);
    if (code == ERR_OK) {
        memcpy(source, c->plan.source, CREDS_SOURCE_MAX);
        c->roles_left = c->plan.role_count;
        code = start_base(c, e);
    }
    if (code != ERR_OK) {
        chain_free(c);
        return code;
    }
    *out = &c->op;
    return ERR_OK;
}
