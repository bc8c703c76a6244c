#include "aws/json_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "aws/fetch.h"
#include "aws/json_error.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

enum {
    ATTEMPTS = 8,            /* with waits of up to 0.2, 0.4, … 12.8 s between them */
    ATTEMPTS_INSISTENT = 16, /* ... and of up to 12.8 s: two minutes at most; signed for five */
    SKEW_LEAST_S = 240,      /* of five minutes that a signature may be off */
};

struct json_api {
    const struct json_service *service;
    struct net *net;
    struct creds_provider *creds;
    const struct aws_config *config;
    char *region;
    char *url;  /* with its final "/" */
    char *host; /* as it is signed */
    unsigned attempts;
    int64_t clock_skew_s; /* the service's clock is ahead of ours by it */
    struct sigv4_key_cache keys;
};

struct json_api_call {
    struct json_api *api;
    char *operation;
    char *body;
    bool renewed;                          /* credentials, for this call */
    bool clock_set;                        /* likewise */
    char access_key[CREDS_ACCESS_KEY_MAX]; /* that it was signed with */
    bool waiting;                          /* for credentials */
    struct fetch *fetch;
    json_api_cb cb;
    void *ctx;
};

/* --- the service --- */

static enum err_code find_endpoint(struct json_api *a, struct err *e)
{
    const char *set = aws_config_endpoint(a->config, a->service->endpoint_id);
    struct aws_url parts;
    enum err_code code;
    struct buf url;

    buf_init(&url, BUF_MAX_SMALL);
    if (set) {
        buf_adds(&url, set);
        code = ERR_OK;
    } else {
        buf_adds(&url, "https://");
        code = aws_endpoint_host(&url, a->service->signing_name, a->region, e);
    }
    if (code == ERR_OK)
        code = buf_check(&url, "an endpoint", e);
    if (code == ERR_OK)
        code = aws_url_parse(buf_str(&url), &parts, e);
    if (code == ERR_OK) {
        a->host = str_dup_n(parts.host, parts.signed_host_len);
        if (parts.path_len == 0)
            buf_addc(&url, '/'); /* parts point into what may have moved now */
        a->url = buf_take(&url);
        if (!a->host || !a->url)
            code = err_nomem(e);
    } else {
        err_prefix(e, "the endpoint of %s", a->service->title);
    }
    buf_free(&url);
    return code;
}

enum err_code json_api_new(struct json_api **out, const struct json_service *service,
        struct net *net, struct creds_provider *creds, const struct aws_config *config,
        const char *region, struct err *e)
{
    struct json_api *a;
    enum err_code code;

    if (!region)
        region = aws_config_region(config);
    if (!region)
        return err_set(e, ERR_INPUT, "%s: no region is set; set AWS_REGION or give --region",
                service->title);
    code = aws_region_check(region, e);
    if (code != ERR_OK)
        return code;
    a = calloc(1, sizeof *a);
    if (!a)
        return err_nomem(e);
    a->service = service;
    a->net = net;
    a->creds = creds;
    a->config = config;
    a->attempts = ATTEMPTS;
    a->region = strdup(region);
    code = a->region ? find_endpoint(a, e) : err_nomem(e);
    if (code != ERR_OK) {
        json_api_free(a);
        return code;
    }
    *out = a;
    return ERR_OK;
}

void json_api_insist(struct json_api *a)
{
    a->attempts = ATTEMPTS_INSISTENT;
}

void json_api_free(struct json_api *a)
{
    if (!a)
        return;
    sigv4_key_cache_clear(&a->keys);
    free(a->region);
    free(a->url);
    free(a->host);
    free(a);
}

/* --- answers --- */

static bool ask_again(const struct http_response *response)
{
    struct err e;

    if (response->status == 200)
        return false;
    json_error_read(&e, response);
    return e.cls == ERR_CLASS_THROTTLE;
}

/* --- a call --- */

static enum err_code wait_for_creds(struct json_api_call *c, struct err *e) ERR_MUST_CHECK;

static void call_free(struct json_api_call *c)
{
    if (c->waiting)
        creds_wait_cancel(c->api->creds, c);
    fetch_cancel(c->fetch);
    free(c->operation);
    free(c->body);
    free(c);
}

void json_api_cancel(struct json_api_call *c)
{
    if (c)
        call_free(c);
}

static void finish(struct json_api_call *c, const json_t *answer, struct err *e)
{
    if (e->code != ERR_OK)
        err_prefix(e, "%s: %s", c->api->service->title, c->operation);
    c->cb(c->ctx, e->code == ERR_OK ? answer : NULL, e);
    call_free(c);
}

/* A wrong signature is our clock's fault when the service's is far from what was signed with. */
static bool set_clock(struct json_api *a, const struct http_response *response)
{
    const char *date = headers_get(&response->headers, "date");
    int64_t theirs, skew;

    if (!date || !clock_parse_http(date, &theirs))
        return false;
    skew = theirs - clock_wall_s();
    if (skew - a->clock_skew_s < SKEW_LEAST_S && a->clock_skew_s - skew < SKEW_LEAST_S)
        return false;
    log_warn("this machine's clock is %lld s off that of %s; signing with its time",
            (long long)skew, a->service->title);
    a->clock_skew_s = skew;
    return true;
}

/* Whether the request may do better if it is signed anew. */
static bool is_mended(
        struct json_api_call *c, const struct http_response *response, const struct err *e)
{
    if (json_error_is_skewed(e) && !c->clock_set) {
        c->clock_set = set_clock(c->api, response);
        return c->clock_set;
    }
    /* Not for a wrong signature: the provider would take the credentials from all others, too. */
    if (!json_error_is_expired(e) || c->renewed)
        return false;
    creds_expired(c->api->creds, c->access_key);
    c->renewed = true;
    return true;
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct json_api_call *c = ctx;
    json_t *answer = NULL;
    struct err e = *err, other;

    c->fetch = NULL;
    if (e.code == ERR_OK && response->status != 200) {
        const struct creds *creds = creds_peek(c->api->creds);

        json_error_read(&e, response);
        err_hide(&e, creds ? creds->token : NULL);
        err_hide(&e, "Signature=");
        if (is_mended(c, response, &e) && wait_for_creds(c, &other) == ERR_OK)
            return;
    } else if (e.code == ERR_OK) {
        answer = json_loadb(buf_str(&response->body), response->body.len, 0, NULL);
        if (!json_is_object(answer))
            err_set(&e, ERR_PROTOCOL, "the answer is not a JSON object");
    }
    finish(c, answer, &e);
    json_decref(answer);
}

static enum err_code send_call(struct json_api_call *c, const struct creds *creds, struct err *e)
{
    struct json_api *a = c->api;
    struct sigv4_request sign = {
            .method = "POST",
            .host = a->host,
            .path = strchr(strstr(a->url, "://") + 3, '/'),
            .query = "",
            .body = c->body,
            .body_len = strlen(c->body),
            .region = a->region,
            .service = a->service->signing_name,
            .double_encode_path = true,
    };
    struct fetch_request r = {
            .method = "POST",
            .url = a->url,
            .body = c->body,
            .body_len = strlen(c->body),
            .attempts = a->attempts,
            .again = ask_again,
    };
    struct headers headers;
    enum err_code code;

    headers_init(&headers);
    headers_addf(&headers, "content-type", "application/x-amz-json-%s",
            a->service->version ? a->service->version : "1.0");
    headers_addf(&headers, "x-amz-target", "%s.%s", a->service->target, c->operation);
    snprintf(c->access_key, sizeof c->access_key, "%s", creds->access_key);
    code = sigv4_sign(&sign, creds, clock_wall_s() + a->clock_skew_s, &a->keys, &headers, e);
    r.headers = &headers;
    if (code == ERR_OK)
        code = fetch_start(&c->fetch, a->net, &r, on_answer, c, e);
    headers_free(&headers);
    return code;
}

static void on_creds(void *ctx, const struct creds *creds, const struct err *err)
{
    struct json_api_call *c = ctx;
    struct err e = *err;

    c->waiting = false;
    if (e.code != ERR_OK || send_call(c, creds, &e) != ERR_OK)
        finish(c, NULL, &e);
}

static enum err_code wait_for_creds(struct json_api_call *c, struct err *e)
{
    enum err_code code = creds_wait(c->api->creds, on_creds, c, e);

    c->waiting = code == ERR_OK;
    return code;
}

enum err_code json_api_start(struct json_api_call **out, struct json_api *a, const char *operation,
        json_t *request, json_api_cb cb, void *ctx, struct err *e)
{
    struct json_api_call *c = calloc(1, sizeof *c);
    enum err_code code = ERR_OK;

    if (c) {
        c->api = a;
        c->cb = cb;
        c->ctx = ctx;
        c->operation = strdup(operation);
        c->body = request ? json_dumps(request, JSON_COMPACT) : NULL;
    }
    json_decref(request);
    if (!c || !c->operation || !c->body)
        code = err_nomem(e);
    if (code == ERR_OK)
        code = wait_for_creds(c, e);
    if (code != ERR_OK) {
        if (c)
            call_free(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

/* --- waiting for it --- */

struct run {
    bool done;
    json_t **answer;
    struct err err;
};

static void on_run(void *ctx, const json_t *answer, const struct err *err)
{
    struct run *r = ctx;

    r->err = *err;
    if (err->code == ERR_OK && r->answer) {
        *r->answer = json_deep_copy(answer);
        if (!*r->answer)
            err_nomem(&r->err);
    }
    r->done = true;
}

enum err_code json_api_run(
        struct json_api *a, const char *operation, json_t *request, json_t **answer, struct err *e)
{
    struct run run = {.answer = answer};
    struct json_api_call *call;
    enum err_code code = json_api_start(&call, a, operation, request, on_run, &run, e);

    if (code != ERR_OK)
        return code;
    net_run_until(a->net, &run.done);
    if (!run.done) {
        json_api_cancel(call);
        return err_set(e, ERR_INTERNAL, "%s: %s: nothing is left to wait for", a->service->title,
                operation);
    }
    if (run.err.code != ERR_OK)
        *e = run.err;
    return run.err.code;
}
