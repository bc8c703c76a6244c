/* The role of an EC2 instance, from the instance metadata service, version 2 (Amazon EC2 User
 * Guide: "Use the Instance Metadata Service to access instance metadata"). Version 1 is never
 * asked. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/creds_int.h"
#include "aws/endpoint.h"
#include "aws/fetch.h"
#include "base/str.h"

static const char WHAT[] = "EC2 instance metadata";
static const char ROLES[] = "/latest/meta-data/iam/security-credentials/";

enum {
    TIMEOUT_MS = 1000, /* elsewhere than on EC2 there is nobody at that address */
    ATTEMPTS = 2,
    TIMEOUT_MOST_S = 60,
    ATTEMPTS_MOST = 10,
    ROLE_MAX = 128,
};

enum imds_state { IMDS_TOKEN, IMDS_ROLE, IMDS_CREDENTIALS };

struct imds {
    struct creds_op op;
    struct net *net;
    struct fetch *fetch;
    enum imds_state state;
    struct buf base; /* the endpoint, without a slash at its end */
    struct headers headers;
    struct buf role;
    uint64_t timeout_ms;
    unsigned attempts;
    creds_op_cb cb;
    void *ctx;
};

static void on_answer(void *ctx, const struct http_response *response, const struct err *err);

bool creds_imds_is_off(const struct aws_config *config)
{
    const char *v = aws_config_env(config, "AWS_EC2_METADATA_DISABLED");

    return v && strcasecmp(v, "true") == 0;
}

static void imds_free(struct imds *s)
{
    creds_buf_wipe(&s->headers.text);
    buf_free(&s->base);
    buf_free(&s->role);
    free(s);
}

static void cancel(struct creds_op *op)
{
    struct imds *s = (struct imds *)(void *)op;

    fetch_cancel(s->fetch);
    imds_free(s);
}

/* Environment, then the profile, as all of these settings are looked up. */
static const char *setting(const struct aws_config *config, const char *variable, const char *name)
{
    const char *v = aws_config_env(config, variable);

    return v ? v : aws_config_get(config, aws_config_profile(config), name);
}

static uint64_t number(const struct aws_config *config, const char *variable, const char *name,
        uint64_t otherwise, uint64_t most)
{
    const char *v = setting(config, variable, name);
    uint64_t n;

    if (!v || !str_parse_u64(v, strlen(v), &n) || n == 0)
        return otherwise;
    return n < most ? n : most;
}

static enum err_code set_up(struct imds *s, const struct aws_config *config, struct err *e)
{
    const char *url =
            setting(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    const char *mode = setting(
            config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    struct aws_url parts;

    if (!url)
        url = mode && strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]"
                                                    : "http://169.254.169.254";
    if (aws_url_parse(url, &parts, e) != ERR_OK) {
        err_prefix(e, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
        return e->code;
    }
    buf_adds(&s->base, url);
    while (buf_ok(&s->base) && s->base.len > 0 && s->base.data[s->base.len - 1] == '/')
        s->base.data[--s->base.len] = '\0';
    s->timeout_ms = number(config, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
                            TIMEOUT_MS / 1000, TIMEOUT_MOST_S) *
                    1000;
    s->attempts = (unsigned)number(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
            "metadata_service_num_attempts", ATTEMPTS, ATTEMPTS_MOST);
    return buf_check(&s->base, "AWS_EC2_METADATA_SERVICE_ENDPOINT", e);
}

/* The next request; the only place that sets the state. */
static enum err_code ask(struct imds *s, enum imds_state state, struct err *e)
{
    struct fetch_request r = {.method = state == IMDS_TOKEN ? "PUT" : "GET",
            .headers = &s->headers,
            .timeout_ms = s->timeout_ms,
            .attempts = s->attempts,
            .no_proxy = true};
    struct buf url;
    enum err_code code;

    s->state = state;
    buf_init(&url, BUF_MAX_SMALL);
    buf_adds(&url, buf_str(&s->base));
    buf_adds(&url, state == IMDS_TOKEN ? "/latest/api/token" : ROLES);
    if (state == IMDS_CREDENTIALS)
        str_uri_encode(&url, buf_str(&s->role), s->role.len, false);
    r.url = buf_str(&url);
    code = buf_check(&url, "the metadata service's URL", e);
    if (code == ERR_OK)
        code = fetch_start(&s->fetch, s->net, &r, on_answer, s, e);
    buf_free(&url);
    return code;
}

static enum err_code take_token(struct imds *s, const struct http_response *r, struct err *e)
{
    const char *token = buf_str(&r->body);

    if (r->body.len == 0 || strlen(token) != r->body.len || strpbrk(token, " \r\n"))
        return err_set(e, ERR_CREDENTIALS, "%s: the session token is malformed", WHAT);
    headers_clear(&s->headers);
    headers_add(&s->headers, "x-aws-ec2-metadata-token", token);
    return buf_check(&s->headers.text, WHAT, e);
}

/* The first line: an instance has one role at most. */
static enum err_code take_role(struct imds *s, const struct http_response *r, struct err *e)
{
    size_t len = strcspn(buf_str(&r->body), "\r\n");

    if (len == 0 || len > ROLE_MAX)
        return err_set(e, ERR_CREDENTIALS, "%s: no role is attached to this instance", WHAT);
    buf_add(&s->role, r->body.data, len);
    return buf_check(&s->role, WHAT, e);
}

static enum err_code failed_status(enum imds_state state, int status, struct err *e)
{
    if (status == 404 && state != IMDS_TOKEN)
        err_set(e, ERR_CREDENTIALS, "%s: no role is attached to this instance", WHAT);
    else if (status == 403)
        err_set(e, ERR_CREDENTIALS, "%s: it is switched off for this instance", WHAT);
    else
        err_set(e, ERR_CREDENTIALS, "%s: HTTP status %d", WHAT, status);
    e->http_status = status;
    if (status >= 500 || status == 429)
        e->cls = ERR_CLASS_RETRY;
    return ERR_CREDENTIALS;
}

/* Takes what came and asks for the next. *complete: creds is filled. */
static enum err_code advance(struct imds *s, const struct http_response *r, struct creds *creds,
        bool *complete, struct err *e)
{
    enum err_code code;

    if (r->status != 200)
        return failed_status(s->state, r->status, e);
    switch (s->state) {
    case IMDS_TOKEN:
        code = take_token(s, r, e);
        return code == ERR_OK ? ask(s, IMDS_ROLE, e) : code;
    case IMDS_ROLE:
        code = take_role(s, r, e);
        return code == ERR_OK ? ask(s, IMDS_CREDENTIALS, e) : code;
    case IMDS_CREDENTIALS:
        *complete = true;
        return creds_parse_json(
                creds, CREDS_JSON_METADATA, buf_str(&r->body), r->body.len, WHAT, e);
    }
    return err_set(e, ERR_INTERNAL, "%s: no such state", WHAT);
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct imds *s = ctx;
    struct creds creds = {0};
    struct err e = *err;
    bool complete = false;

    s->fetch = NULL;
    if (e.code != ERR_OK) {
        err_prefix(&e, "%s: %s", WHAT, buf_str(&s->base));
        e.code = ERR_CREDENTIALS;
    } else if (advance(s, response, &creds, &complete, &e) == ERR_OK) {
        if (!complete)
            return;
        err_clear(&e);
    }
    s->cb(s->ctx, e.code == ERR_OK ? &creds : NULL, &e);
    creds_clear(&creds);
    imds_free(s);
}

enum err_code creds_imds_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, creds_op_cb cb, void *ctx, struct err *e)
{
    struct imds *s = calloc(1, sizeof *s);
    enum err_code code;

    if (!s)
        return err_nomem(e);
    s->op.cancel = cancel;
    s->net = net;
    s->cb = cb;
    s->ctx = ctx;
    buf_init(&s->base, BUF_MAX_SMALL);
    buf_init(&s->role, ROLE_MAX);
    headers_init(&s->headers);
    headers_add(&s->headers, "x-aws-ec2-metadata-token-ttl-seconds", "21600");
    code = set_up(s, config, e);
    if (code == ERR_OK)
        code = ask(s, IMDS_TOKEN, e);
    if (code != ERR_OK) {
        imds_free(s);
        return code;
    }
    *out = &s->op;
    return ERR_OK;
}
