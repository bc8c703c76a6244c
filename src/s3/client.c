#include "s3/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/pace.h"
#include "net/retry.h"
#include "s3/address.h"
#include "s3/call.h"
#include "s3/errors.h"
#include "s3/regions.h"

enum {
    REDIRECTS_MOST = 2, /* of one call: to the bucket's region, and once more if it moved */
    RENEWALS_MOST = 3,  /* credentials fetched anew, clocks set */
};

struct s3_client {
    struct s3_config config; /* fixed after init */
    struct pace pace;
    struct retry_budget budget;
    struct rng rng;
    struct sigv4_key_cache keys;
    struct s3_regions *regions;
    struct s3_address address; /* scratch: of the request being built */
    struct headers signed_headers;
    struct buf url;
    struct list ready, want_creds, sent, retry_wait, failing; /* calls, by state */
    uv_timer_t *kick; /* calls back the failing ones, from the loop */
    bool waiting_creds;
    bool pumping;
    int64_t clock_skew_s; /* what the server's clock is ahead of ours */
    void (*on_room)(void *ctx);
    void *on_room_ctx;
    uint64_t requests[S3_OP_COUNT];
    uint64_t retries;
};

static void pump(struct s3_client *c);

static const char *state_name(enum call_state state)
{
    static const char *const names[] = {
            "BUILT", "READY", "WANT_CREDS", "SENT", "RETRY_WAIT", "FAILING", "DONE"};

    return names[state];
}

static struct list *list_of(struct s3_client *c, enum call_state state)
{
    switch (state) {
    case CALL_READY:
        return &c->ready;
    case CALL_WANT_CREDS:
        return &c->want_creds;
    case CALL_SENT:
        return &c->sent;
    case CALL_RETRY_WAIT:
        return &c->retry_wait;
    case CALL_FAILING:
        return &c->failing;
    case CALL_BUILT:
    case CALL_DONE:
        break;
    }
    return NULL;
}

/* The one place where a call changes its state. */
static void set_state(struct s3_call *call, enum call_state state)
{
    struct list *list = list_of(call->client, state);

    log_trace("%s %s/%s: %s -> %s", s3_op_name(call->op), call->bucket, call->key ? call->key : "",
            state_name(call->state), state_name(state));
    call->state = state;
    list_remove(&call->link);
    if (list)
        list_push(list, &call->link);
}

static void done(struct s3_call *call)
{
    set_state(call, CALL_DONE);
    call->reply.attempts = call->attempts;
    call->done(call->ctx, &call->reply);
    s3_call_free(call);
}

static void on_kick(uv_timer_t *timer)
{
    struct s3_client *c = timer->data;
    struct list *link;

    while ((link = list_pop(&c->failing)))
        done(LIST_ENTRY(link, struct s3_call, link));
    pump(c);
}

/* Ends a call that could not be sent: later, since its owner may be the one who is calling us. */
static void fail_later(struct s3_call *call, const struct err *e)
{
    call->reply.err = *e;
    set_state(call, CALL_FAILING);
    uv_timer_start(call->client->kick, on_kick, 0, 0);
}

/* --- sending --- */

static const char *region_of(const struct s3_client *c, const char *bucket)
{
    const char *region = s3_regions_get(c->regions, bucket);

    return region ? region : c->config.region;
}

static enum err_code sign(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    const char *name, *value;
    struct sigv4_request r;
    size_t at = 0;

    headers_clear(&c->signed_headers);
    while (headers_next(&call->headers, &at, &name, &value))
        headers_add(&c->signed_headers, name, value);
    memset(&r, 0, sizeof r);
    r.method = call->method;
    r.host = buf_str(&c->address.host);
    r.path = buf_str(&c->address.path);
    r.query = buf_str(&call->query);
    r.body = call->borrowed_body ? call->borrowed_body : call->body.data;
    r.body_len = call->borrowed_body ? call->borrowed_len : call->body.len;
    r.region = call->signed_region;
    r.service = "s3";
    snprintf(call->signed_with, sizeof call->signed_with, "%s", creds->access_key);
    return sigv4_sign(&r, creds, clock_wall_s() + c->clock_skew_s, &c->keys, &c->signed_headers, e);
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err);

static enum err_code send_now(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    struct http_request r;
    enum err_code code;

    snprintf(call->signed_region, sizeof call->signed_region, "%s", region_of(c, call->bucket));
    code = s3_address_make(
            &c->address, c->config.endpoint, call->signed_region, call->bucket, call->key, e);
    if (code == ERR_OK)
        code = sign(c, call, creds, e);
    if (code != ERR_OK)
        return code;
    buf_clear(&c->url);
    buf_adds(&c->url, buf_str(&c->address.scheme_host));
    buf_adds(&c->url, buf_str(&c->address.path));
    if (call->query.len > 0) {
        buf_addc(&c->url, '?');
        buf_adds(&c->url, buf_str(&call->query));
    }
    code = buf_check(&c->url, "the request's URL", e);
    if (code != ERR_OK)
        return code;
    memset(&r, 0, sizeof r);
    r.method = call->method;
    r.url = buf_str(&c->url);
    r.headers = &c->signed_headers;
    r.body = call->borrowed_body ? call->borrowed_body : call->body.data;
    r.body_len = call->borrowed_body ? call->borrowed_len : call->body.len;
    r.stall_ms = call->stall_ms;
    r.on_body = call->on_body;
    r.on_body_ctx = call->on_body_ctx;
    return http_send(c->config.net, &r, on_answer, call, &call->exchange, e);
}

static void on_creds(void *ctx, const struct creds *creds, const struct err *err)
{
    struct s3_client *c = ctx;
    struct list *link;

    c->waiting_creds = false;
    while ((link = list_pop(&c->want_creds))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);

        if (creds)
            set_state(call, CALL_READY);
        else
            fail_later(call, err);
    }
    pump(c);
}

static void want_creds(struct s3_client *c, struct s3_call *call)
{
    struct err e;

    set_state(call, CALL_WANT_CREDS);
    if (c->waiting_creds)
        return;
    if (creds_wait(c->config.creds, on_creds, c, &e) != ERR_OK)
        fail_later(call, &e);
    else
        c->waiting_creds = true;
}

/* Sends what is ready while there is room. */
static void pump(struct s3_client *c)
{
    struct list *link;

    if (c->pumping)
        return;
    c->pumping = true;
    while (pace_room(&c->pace) > 0 && (link = list_pop(&c->ready))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);
        const struct creds *creds = creds_peek(c->config.creds);
        struct err e;

        if (!creds) {
            want_creds(c, call);
            continue;
        }
        if (send_now(c, call, creds, &e) != ERR_OK) {
            fail_later(call, &e);
            continue;
        }
        call->attempts++;
        c->requests[call->op]++;
        pace_take(&c->pace);
        set_state(call, CALL_SENT);
    }
    c->pumping = false;
}

/* --- answers --- */

/* The server's Date tells how far our clock is off (RequestTimeTooSkewed). */
static bool set_clock(struct s3_client *c, const struct http_response *response)
{
    const char *date = headers_get(&response->headers, "date");
    int64_t theirs;

    if (!date || !clock_parse_http(date, &theirs))
        return false;
    c->clock_skew_s = theirs - clock_wall_s();
    log_warn("this machine's clock is %lld s off the server's; signing with the server's time",
            (long long)c->clock_skew_s);
    return true;
}

/* The bucket is in another region than the request was signed for. true: send it again, there. */
static bool redirect(struct s3_client *c, struct s3_call *call, const char *region, struct err *e)
{
    char used[sizeof call->signed_region];

    if (!region[0] || strcmp(region, call->signed_region) == 0)
        return false;
    memcpy(used, call->signed_region, sizeof used);
    if (c->config.follow_region && call->op != S3_HEAD_BUCKET && call->redirects < REDIRECTS_MOST) {
        call->redirects++;
        s3_regions_set(c->regions, call->bucket, region);
        return true;
    }
    e->code = ERR_WRONG_REGION;
    e->cls = ERR_CLASS_PERMANENT;
    snprintf(e->message, sizeof e->message, "bucket %s is in region %s, not in %s", call->bucket,
            region, used);
    return false;
}

/* Failures that are mended at once and say nothing against the request. true: send it again. */
static bool mended(struct s3_client *c, struct s3_call *call, const struct http_response *response,
        const char *region, struct err *e)
{
    if (e->code == ERR_WRONG_REGION)
        return redirect(c, call, region, e);
    /* A HEAD of a bucket elsewhere has no body to say so; its 301 or 400 does in a header. */
    if (call->op != S3_HEAD_BUCKET && (e->http_status == 400 || e->http_status == 301) &&
            !e->service_code[0] && region[0])
        return redirect(c, call, region, e);
    if (call->renewals >= RENEWALS_MOST)
        return false;
    if (s3_error_is_expired(e)) {
        call->renewals++;
        creds_expired(c->config.creds, call->signed_with);
        return true;
    }
    if (s3_error_is_skewed(e)) {
        call->renewals++;
        return set_clock(c, response);
    }
    return false;
}

static enum pace_outcome outcome_of(const struct err *e)
{
    if (e->code == ERR_OK || e->cls == ERR_CLASS_PERMANENT)
        return PACE_GOOD;
    return e->cls == ERR_CLASS_THROTTLE ? PACE_THROTTLED : PACE_FAILED;
}

static void on_retry_time(void *ctx)
{
    struct s3_call *call = ctx;

    call->timer = NULL;
    set_state(call, CALL_READY);
    pump(call->client);
}

/* false: it will not be tried again. */
static bool retry_later(struct s3_client *c, struct s3_call *call,
        const struct http_response *response, const struct err *e)
{
    struct err timer_err;
    uint64_t wait_ms;

    if (!retry_decide(&c->budget, &c->rng, e, call->attempts, clock_mono_us(), &wait_ms))
        return false;
    if (net_timer_start(c->config.net, wait_ms, on_retry_time, call, &call->timer, &timer_err) !=
            ERR_OK)
        return false;
    log_debug("%s %s/%s: %s (%s), attempt %u; again in %llu ms", s3_op_name(call->op), call->bucket,
            call->key ? call->key : "", err_report_code(e), e->message, call->attempts,
            (unsigned long long)wait_ms);
    if (call->before_retry)
        call->before_retry(call, response);
    c->retries++;
    set_state(call, CALL_RETRY_WAIT);
    return true;
}

/* What the answer is, into e; the body of a success is parsed. */
static void judge(
        struct s3_call *call, const struct http_response *response, struct err *e, char *region)
{
    struct s3_answer answer = {
            response->status, &response->headers, buf_str(&response->body), response->body.len};

    s3_classify(&answer, e, region);
    if (e->code == ERR_OK && call->parse && call->parse(call, response, e) != ERR_OK) {
        const char *id = headers_get(&response->headers, "x-amz-request-id");

        e->http_status = response->status;
        if (id)
            err_copy_text(e->request_id, sizeof e->request_id, id, strlen(id));
    }
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct s3_call *call = ctx;
    struct s3_client *c = call->client;
    char region[S3_REGION_MAX] = "";
    struct err e = *err;

    call->exchange = NULL;
    if (e.code == ERR_OK)
        judge(call, response, &e, region);
    pace_give(&c->pace, outcome_of(&e), clock_mono_us());
    if (call->op == S3_HEAD_BUCKET)
        snprintf(call->reply.u.region, sizeof call->reply.u.region, "%s", region);
    if (e.code != ERR_OK && mended(c, call, response, region, &e)) {
        set_state(call, CALL_READY);
    } else if (e.code == ERR_OK || !retry_later(c, call, response, &e)) {
        if (e.code == ERR_OK)
            retry_budget_success(&c->budget);
        call->reply.err = e;
        call->reply.headers = response->status ? &response->headers : NULL;
        done(call);
    }
    pump(c);
    if (c->on_room && s3_client_room(c) > 0)
        c->on_room(c->on_room_ctx);
}

/* --- the rest of the contract --- */

enum err_code s3_call_start(struct s3_call *call, struct err *e)
{
    struct s3_client *c = call->client;
    enum err_code code = buf_check(&call->query, "the request's query", e);

    if (code == ERR_OK)
        code = buf_check(&call->headers.text, "the request's header", e);
    if (code == ERR_OK)
        code = buf_check(&call->body, "the request's body", e);
    if (code != ERR_OK) {
        s3_call_free(call);
        return code;
    }
    set_state(call, CALL_READY);
    pump(c);
    return ERR_OK;
}

static void on_kick_closed(uv_handle_t *handle)
{
    free(handle);
}

enum err_code s3_client_new(struct s3_client **out, const struct s3_config *config, struct err *e)
{
    struct s3_client *c = calloc(1, sizeof *c);

    if (!c)
        return err_nomem(e);
    c->config = *config;
    c->kick = calloc(1, sizeof *c->kick);
    c->regions = s3_regions_new();
    if (!c->kick || !c->regions) {
        free(c->kick);
        s3_regions_free(c->regions);
        free(c);
        return err_nomem(e);
    }
    uv_timer_init(net_loop(config->net), c->kick);
    c->kick->data = c;
    pace_init(&c->pace, 0, config->most_in_flight, clock_mono_us());
    retry_budget_init(&c->budget, clock_mono_us());
    rng_init(&c->rng);
    s3_address_init(&c->address);
    headers_init(&c->signed_headers);
    buf_init(&c->url, BUF_MAX_SMALL);
    list_init(&c->ready);
    list_init(&c->want_creds);
    list_init(&c->sent);
    list_init(&c->retry_wait);
    list_init(&c->failing);
    *out = c;
    return ERR_OK;
}

static void drop_all(struct list *list)
{
    struct list *link;

    while ((link = list_pop(list))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);

        net_timer_stop(call->timer);
        s3_call_free(call);
    }
}

/* The answers of what is sent go nowhere. */
static void on_dropped(void *ctx, const struct s3_reply *reply)
{
    (void)ctx;
    (void)reply;
}

void s3_client_free(struct s3_client *c)
{
    struct list *link, *tmp;

    if (!c)
        return;
    c->on_room = NULL;
    c->pumping = true; /* nothing new goes out */
    LIST_FOR_EACH(link, tmp, &c->sent)
    LIST_ENTRY(link, struct s3_call, link)->done = on_dropped;
    while (!list_empty(&c->sent))
        http_cancel(LIST_ENTRY(c->sent.next, struct s3_call, link)->exchange);
    drop_all(&c->ready);
    drop_all(&c->want_creds);
    drop_all(&c->retry_wait);
    drop_all(&c->failing);
    uv_timer_stop(c->kick);
    uv_close((uv_handle_t *)c->kick, on_kick_closed);
    s3_regions_free(c->regions);
    s3_address_free(&c->address);
    headers_free(&c->signed_headers);
    buf_free(&c->url);
    free(c);
}

static void cancel_list(struct s3_client *c, struct list *list)
{
    struct list calls, *link;
    struct err e;

    (void)c;
    err_set(&e, ERR_CANCELLED, "cancelled");
    list_init(&calls);
    while ((link = list_pop(list)))
        list_push(&calls, link);
    while ((link = list_pop(&calls))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);

        net_timer_stop(call->timer);
        call->timer = NULL;
        fail_later(call, &e);
    }
}

void s3_client_cancel_all(struct s3_client *c)
{
    cancel_list(c, &c->ready);
    cancel_list(c, &c->want_creds);
    cancel_list(c, &c->retry_wait);
    while (!list_empty(&c->sent))
        http_cancel(LIST_ENTRY(c->sent.next, struct s3_call, link)->exchange);
}

unsigned s3_client_room(const struct s3_client *c)
{
    unsigned room = pace_room(&c->pace);
    const struct list *link;

    /* Retries that are ready come first. There are seldom any: a ready call waits only for room. */
    for (link = c->ready.next; link != &c->ready && room > 0; link = link->next)
        room--;
    return c->waiting_creds ? 0 : room;
}

void s3_client_on_room(struct s3_client *c, void (*on_room)(void *ctx), void *ctx)
{
    c->on_room = on_room;
    c->on_room_ctx = ctx;
}

void s3_client_set_region(struct s3_client *c, const char *bucket, const char *region)
{
    s3_regions_set(c->regions, bucket, region);
}

const char *s3_client_region(const struct s3_client *c, const char *bucket)
{
    return region_of(c, bucket);
}

uint64_t s3_client_requests(const struct s3_client *c, enum s3_op op)
{
    return c->requests[op];
}

uint64_t s3_client_retries(const struct s3_client *c)
{
    return c->retries;
}

unsigned s3_client_in_flight(const struct s3_client *c)
{
    return c->pace.in_use;
}

unsigned s3_client_limit(const struct s3_client *c)
{
    return (unsigned)c->pace.limit;
}
