#include "aws/sts.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/fetch.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/str.h"

/* STS without a region: the global endpoint, which lives in us-east-1 (AWS SDKs and Tools Reference
 * Guide: "AWS STS Regional endpoints"). */
static const char GLOBAL_URL[] = "https://sts.amazonaws.com";
static const char GLOBAL_REGION[] = "us-east-1";

enum { TOKEN_FILE_MAX = 20000 }; /* AWS STS API Reference: WebIdentityToken */

struct sts {
    struct creds_op op;
    struct fetch *fetch;
    char role_arn[256]; /* for messages */
    char token[20];     /* the first bytes of what was sent, so as not to repeat it; "": none */
    creds_op_cb cb;
    void *ctx;
};

static void sts_free(struct sts *s)
{
    OPENSSL_cleanse(s->token, sizeof s->token);
    free(s);
}

static void add_field(struct buf *form, const char *name, const char *value)
{
    buf_addf(form, "&%s=", name);
    str_uri_encode(form, value, strlen(value), false);
}

static enum err_code add_token(struct sts *s, struct buf *form, const char *path, struct err *e)
{
    struct buf token;
    enum err_code code;

    buf_init(&token, TOKEN_FILE_MAX);
    code = aws_config_read_file(path, &token, e);
    while (token.len > 0 && strchr(" \r\n", token.data[token.len - 1]))
        token.data[--token.len] = '\0';
    if (code != ERR_OK) {
        err_prefix(e, "web identity token file");
        code = e->code = ERR_CREDENTIALS;
    } else if (token.len == 0) {
        code = err_set(e, ERR_CREDENTIALS, "web identity token file %s: it is empty", path);
    } else {
        snprintf(s->token, sizeof s->token, "%s", buf_str(&token));
        buf_adds(form, "&WebIdentityToken=");
        str_uri_encode(form, buf_str(&token), token.len, false);
    }
    creds_buf_wipe(&token);
    return code;
}

static enum err_code make_form(
        struct sts *s, struct buf *form, const struct creds_role *role, struct err *e)
{
    char made_up[64], seconds[24];
    enum err_code code;

    buf_adds(form, role->token_file ? "Action=AssumeRoleWithWebIdentity" : "Action=AssumeRole");
    add_field(form, "Version", "2011-06-15");
    add_field(form, "RoleArn", role->role_arn);
    snprintf(made_up, sizeof made_up, "copyout-%lld", (long long)clock_wall_s());
    add_field(form, "RoleSessionName", role->session_name ? role->session_name : made_up);
    if (role->duration_s > 0) {
        snprintf(seconds, sizeof seconds, "%u", role->duration_s);
        add_field(form, "DurationSeconds", seconds);
    }
    if (role->token_file) {
        code = add_token(s, form, role->token_file, e);
        if (code != ERR_OK)
            return code;
    } else if (role->external_id) {
        add_field(form, "ExternalId", role->external_id);
    }
    return buf_check(form, "the request to STS", e);
}

/* Where STS is: url without path, and the region to sign for. */
static enum err_code find_sts(
        struct buf *url, const char **region, const struct aws_config *config, struct err *e)
{
    const char *endpoint = aws_config_endpoint(config, "sts");
    enum err_code code = ERR_OK;

    *region = aws_config_region(config);
    if (*region)
        code = aws_region_check(*region, e);
    if (code != ERR_OK)
        return code;
    if (endpoint) {
        buf_adds(url, endpoint);
    } else if (*region) {
        buf_adds(url, "https://");
        code = aws_endpoint_host(url, "sts", *region, e);
    } else {
        buf_adds(url, GLOBAL_URL);
    }
    if (!*region)
        *region = GLOBAL_REGION;
    return code == ERR_OK ? buf_check(url, "the endpoint of STS", e) : code;
}

/* Completes the URL and, with source, signs. */
static enum err_code sign(struct buf *url, struct headers *headers, const struct buf *form,
        const char *region, const struct creds *source, struct err *e)
{
    struct sigv4_key_cache cache = {0};
    struct sigv4_request r = {.method = "POST",
            .query = "",
            .region = region,
            .service = "sts",
            .body = buf_str(form),
            .body_len = form->len,
            .double_encode_path = true};
    struct aws_url parts;
    char *host;
    enum err_code code = aws_url_parse(buf_str(url), &parts, e);

    if (code != ERR_OK) {
        err_prefix(e, "the endpoint of STS");
        return code;
    }
    host = str_dup_n(parts.host, parts.signed_host_len);
    if (parts.path_len == 0)
        buf_addc(url, '/'); /* parts point into what may have moved now */
    if (!host || !buf_ok(url)) {
        free(host);
        return err_nomem(e);
    }
    r.host = host;
    r.path = strchr(buf_str(url) + (parts.https ? 8 : 7), '/');
    if (source)
        code = sigv4_sign(&r, source, clock_wall_s(), &cache, headers, e);
    sigv4_key_cache_clear(&cache);
    free(host);
    return code;
}

static bool ask_again(const struct http_response *response)
{
    struct err e;

    if (response->status == 200)
        return false;
    sts_parse_error(response->status, buf_str(&response->body), response->body.len, &e);
    return e.cls != ERR_CLASS_PERMANENT;
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct sts *s = ctx;
    struct creds creds = {0};
    struct err e = *err;

    if (e.code != ERR_OK) {
        err_prefix(&e, "STS");
        e.code = ERR_CREDENTIALS;
    } else if (response->status != 200) {
        sts_parse_error(response->status, buf_str(&response->body), response->body.len, &e);
        err_hide(&e, s->token);
    } else if (sts_parse_answer(&creds, buf_str(&response->body), response->body.len, &e) ==
               ERR_OK) {
        err_clear(&e);
    }
    if (e.code != ERR_OK)
        err_prefix(&e, "assuming %s", s->role_arn);
    s->cb(s->ctx, e.code == ERR_OK ? &creds : NULL, &e);
    creds_clear(&creds);
    sts_free(s);
}

static void cancel(struct creds_op *op)
{
    struct sts *s = (struct sts *)(void *)op;

    fetch_cancel(s->fetch);
    sts_free(s);
}

/* Sends the request of s. */
static enum err_code send_request(struct sts *s, struct net *net, const struct aws_config *config,
        const struct creds_role *role, const struct creds *source, struct err *e)
{
    struct fetch_request r = {.method = "POST", .again = ask_again};
    struct headers headers;
    struct buf url, form;
    const char *region;
    enum err_code code;

    headers_init(&headers);
    buf_init(&url, BUF_MAX_SMALL);
    buf_init(&form, BUF_MAX_REQUEST);
    if (source && source->token)
        snprintf(s->token, sizeof s->token, "%s", source->token);
    code = make_form(s, &form, role, e);
    if (code == ERR_OK)
        code = find_sts(&url, &region, config, e);
    if (code != ERR_OK)
        goto out;
    headers_add(&headers, "content-type", "application/x-www-form-urlencoded; charset=utf-8");
    code = sign(&url, &headers, &form, region, source, e);
    if (code != ERR_OK)
        goto out;
    r.url = buf_str(&url);
    r.headers = &headers;
    r.body = buf_str(&form);
    r.body_len = form.len;
    code = fetch_start(&s->fetch, net, &r, on_answer, s, e);
out:
    creds_buf_wipe(&headers.text);
    creds_buf_wipe(&form);
    buf_free(&url);
    return code;
}

enum err_code sts_assume_start(struct creds_op **out, struct net *net,
        const struct aws_config *config, const struct creds_role *role, const struct creds *source,
        creds_op_cb cb, void *ctx, struct err *e)
{
    struct sts *s = calloc(1, sizeof *s);
    enum err_code code;

    if (!s)
        return err_nomem(e);
    s->op.cancel = cancel;
    s->cb = cb;
    s->ctx = ctx;
    err_copy_text(s->role_arn, sizeof s->role_arn, role->role_arn, strlen(role->role_arn));
    code = send_request(s, net, config, role, source, e);
    if (code != ERR_OK) {
        err_prefix(e, "assuming %s", s->role_arn);
        sts_free(s);
        return code;
    }
    *out = &s->op;
    return ERR_OK;
}
