#include "aws/fetch.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"

enum {
    ATTEMPTS = 3,
    TIMEOUT_MS = 10000,
    WAIT_MS = 200, /* at most before the second attempt; twice that before the next, up to: */
    WAIT_MOST_MS = 12800,
};

struct fetch {
    struct net *net;
    const char *method;
    char *url;
    struct headers headers;
    char *body;
    size_t body_len;
    unsigned attempts, tried;
    uint64_t timeout_ms;
    bool no_proxy;
    bool (*again)(const struct http_response *response);
    http_done_cb done;
    void *ctx;
    struct rng rng;
    struct http_exchange *exchange; /* while an attempt is under way */
    struct net_timer *timer;        /* its limit, or the wait before the next */
    bool timed_out;                 /* the limit ended this attempt */
    bool cancelled;
};

static void attempt(void *ctx);

static void fetch_free(struct fetch *f)
{
    net_timer_stop(f->timer);
    if (f->headers.text.data)
        OPENSSL_cleanse(f->headers.text.data, f->headers.text.cap);
    headers_free(&f->headers);
    if (f->body)
        OPENSSL_cleanse(f->body, f->body_len);
    free(f->body);
    free(f->url);
    free(f);
}

static bool retryable(
        const struct fetch *f, const struct http_response *response, const struct err *err)
{
    if (f->tried >= f->attempts)
        return false;
    if (err->code != ERR_OK)
        return err->cls != ERR_CLASS_PERMANENT;
    return response->status == 429 || response->status >= 500 || (f->again && f->again(response));
}

/* Full jitter (AWS Architecture Blog: "Exponential Backoff And Jitter"). */
static bool retry_later(struct fetch *f)
{
    uint64_t most = WAIT_MS;
    struct err e;
    unsigned i;

    for (i = 1; i < f->tried && most < WAIT_MOST_MS; i++)
        most *= 2;

    return net_timer_start(f->net, rng_below(&f->rng, most + 1), attempt, f, &f->timer, &e) ==
           ERR_OK;
}

static void on_done(void *ctx, const struct http_response *response, const struct err *err)
{
    struct fetch *f = ctx;
    struct err e = *err;

    f->exchange = NULL;
    if (f->cancelled)
        return;
    if (!f->timed_out)
        net_timer_stop(f->timer);
    f->timer = NULL;
    if (f->timed_out)
        err_set(&e, ERR_TIMEOUT, "no answer within %llu ms", (unsigned long long)f->timeout_ms);
    if (retryable(f, response, &e) && retry_later(f))
        return;
    f->done(f->ctx, response, &e);
    if (response->body.data) /* it may hold a secret, and its memory will be used again */
        OPENSSL_cleanse(response->body.data, response->body.cap);
    fetch_free(f);
}

static void on_limit(void *ctx)
{
    struct fetch *f = ctx;

    f->timer = NULL;
    f->timed_out = true;
    http_cancel(f->exchange); /* calls on_done */
}

static enum err_code try_once(struct fetch *f, struct err *e)
{
    struct http_request r = {.method = f->method,
            .url = f->url,
            .headers = &f->headers,
            .body = f->body,
            .body_len = f->body_len,
            .no_proxy = f->no_proxy,
            /* A POST that is sent again is a further attempt, and waits as others do. */
            .resend = strcmp(f->method, "POST") != 0};
    enum err_code code;

    f->tried++;
    f->timed_out = false;
    code = net_timer_start(f->net, f->timeout_ms, on_limit, f, &f->timer, e);
    if (code != ERR_OK)
        return code;
    return http_send(f->net, &r, on_done, f, &f->exchange, e);
}

/* A further attempt. */
static void attempt(void *ctx)
{
    struct fetch *f = ctx;
    struct http_response none;
    struct err e;

    f->timer = NULL;
    if (try_once(f, &e) == ERR_OK)
        return;
    memset(&none, 0, sizeof none);
    f->done(f->ctx, &none, &e);
    fetch_free(f);
}

enum err_code fetch_start(struct fetch **out, struct net *net, const struct fetch_request *r,
        http_done_cb done, void *ctx, struct err *e)
{
    struct fetch *f = calloc(1, sizeof *f);
    enum err_code code;

    if (!f)
        return err_nomem(e);
    f->net = net;
    f->method = r->method;
    f->attempts = r->attempts ? r->attempts : ATTEMPTS;
    f->timeout_ms = r->timeout_ms ? r->timeout_ms : TIMEOUT_MS;
    f->no_proxy = r->no_proxy;
    f->again = r->again;
    f->done = done;
    f->ctx = ctx;
    rng_init(&f->rng);
    headers_init(&f->headers);
    headers_add_all(&f->headers, r->headers);
    f->url = strdup(r->url);
    if (r->body_len > 0) {
        f->body = str_dup_n(r->body, r->body_len);
        f->body_len = r->body_len;
    }
    if (!f->url || (r->body_len > 0 && !f->body)) {
        f->body_len = f->body ? f->body_len : 0;
        code = err_nomem(e);
    } else {
        code = try_once(f, e);
    }
    if (code != ERR_OK) {
        fetch_free(f);
        return code;
    }
    *out = f;
    return ERR_OK;
}

void fetch_cancel(struct fetch *f)
{
    if (!f)
        return;
    f->cancelled = true;
    if (f->exchange)
        http_cancel(f->exchange);
    fetch_free(f);
}
