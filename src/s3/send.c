/* A call's way: signed, sent, answered, sent again, done. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "s3/build.h"
#include "s3/client_int.h"
#include "s3/errors.h"

enum {
    REDIRECTS_MOST = 2,         /* of one call: to the bucket's region, and once more if it moved */
    STOPPING_FAILURES_MOST = 3, /* attempts, once we are being stopped */
    WARN_AFTER_FAILURES = 3,
    WARN_APART_US = 10000000,
    RENEWALS_MOST = 3, /* credentials fetched anew, clocks set */
    /* A request that was told to slow down keeps its place for so long at most: what is slow may be
     * one source's prefix, and others are not to wait for it. */
    HOLD_MOST_MS = 250,
};

static const char *state_name(enum call_state state)
{
    static const char *const names[] = {
            "BUILT", "READY", "WANT_CREDS", "SENT", "RETRY_WAIT", "FAILING", "DONE"};

    return names[state];
}

static struct list *list_of(struct s3_call *call, enum call_state state)
{
    struct s3_client *c = call->client;

    switch (state) {
    case CALL_READY:
        return &call->queue->ready;
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

static void release_slot(struct s3_call *call)
{
    if (call->holds_slot)
        limiter_release(&call->queue->limiter);
    call->holds_slot = false;
}

/* The one place where a call changes its state. */
void s3_send_set_state(struct s3_call *call, enum call_state state)
{
    struct list *list = list_of(call, state);

    release_slot(call);
    log_trace("%s %s/%s: %s -> %s", s3_op_name(call->op), call->bucket, call->key ? call->key : "",
            state_name(call->state), state_name(state));
    call->state = state;
    list_remove(&call->link);
    if (list)
        list_push(list, &call->link);
}

static void finish(struct s3_call *call)
{
    s3_send_set_state(call, CALL_DONE);
    call->reply.attempts = call->attempts;
    call->done(call->ctx, &call->reply);
    s3_call_free(call);
}

static void on_deferred(uv_timer_t *timer)
{
    struct s3_client *c = timer->data;
    struct list *link;

    while ((link = list_pop(&c->failing)))
        finish(LIST_ENTRY(link, struct s3_call, link));
    s3_send_pump(c);
}

/* Ends a call that could not be sent: later, since its owner may be the one who is calling us. */
void s3_send_fail_later(struct s3_call *call, const struct err *e)
{
    call->reply.err = *e;
    s3_send_set_state(call, CALL_FAILING);
    uv_timer_start(call->client->deferred, on_deferred, 0, 0);
}

/* --- sending --- */

static enum err_code sign(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    struct sigv4_request r;

    headers_clear(&c->signed_headers);
    headers_add_all(&c->signed_headers, &call->headers);
    memset(&r, 0, sizeof r);
    r.method = s3_op_method(call->op);
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

/* Whether the network layer may send the operation again without asking. CreateMultipartUpload sent
 * twice makes two uploads, and the second answer to a copy may hide that the first one worked: the
 * caller has to learn from reply.attempts and reply.err that there was a first. */
static bool may_be_done_twice(enum s3_op op)
{
    return op != S3_COPY_OBJECT && op != S3_CREATE_MULTIPART_UPLOAD && op != S3_UPLOAD_PART_COPY &&
           op != S3_COMPLETE_MULTIPART_UPLOAD;
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err);

static enum err_code send_now(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    struct http_request r;
    enum err_code code;

    snprintf(call->signed_region, sizeof call->signed_region, "%s",
            s3_client_region(c, call->bucket));
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
    r.method = s3_op_method(call->op);
    r.url = buf_str(&c->url);
    r.headers = &c->signed_headers;
    r.body = call->borrowed_body ? call->borrowed_body : call->body.data;
    r.body_len = call->borrowed_body ? call->borrowed_len : call->body.len;
    r.stall_ms = call->stall_ms;
    r.on_body = call->on_body;
    r.on_body_ctx = call->on_body_ctx;
    r.resend = may_be_done_twice(call->op);
    return http_send(c->config.net, &r, on_answer, call, &call->exchange, e);
}

void s3_send_more(struct s3_client *c)
{
    s3_send_pump(c);
    if (c->on_free_slots && s3_client_free_slots(c) > 0)
        c->on_free_slots(c->on_free_slots_ctx);
}

static void on_retry_time(void *ctx)
{
    struct s3_call *call = ctx;
    uint64_t left = call->wait_left_ms;
    struct err e;

    call->timer = NULL;
    call->wait_left_ms = 0;
    release_slot(call);
    /* Without memory for another timer it is sent early. */
    if (left == 0 || net_timer_start(call->client->config.net, left, on_retry_time, call,
                             &call->timer, &e) != ERR_OK)
        s3_send_set_state(call, CALL_READY);
    s3_send_more(call->client);
}

/* Starts the timer; a request that was told to slow down keeps its place meanwhile. */
static enum err_code wait_for_retry(struct s3_call *call, uint64_t wait_ms, bool throttled)
{
    uint64_t first = throttled && wait_ms > HOLD_MOST_MS ? HOLD_MOST_MS : wait_ms;
    struct err e;

    if (net_timer_start(call->client->config.net, first, on_retry_time, call, &call->timer, &e) !=
            ERR_OK)
        return e.code;
    s3_send_set_state(call, CALL_RETRY_WAIT);
    call->wait_left_ms = wait_ms - first;
    call->holds_slot = throttled;
    if (throttled)
        limiter_hold(&call->queue->limiter);
    return ERR_OK;
}

/* Who waits should know for what: once in a while, when a request has failed on the way for some
 * time. */
static void warn_if_unreachable(
        struct s3_client *c, const struct s3_call *call, const struct err *e)
{
    uint64_t now = clock_mono_us();

    if ((e->code != ERR_NETWORK && e->code != ERR_TIMEOUT) || call->failures < WARN_AFTER_FAILURES)
        return;
    if (c->warned_us != 0 && now - c->warned_us < WARN_APART_US)
        return;
    c->warned_us = now;
    log_warn("%s of bucket %s has failed %u times (%s); trying again", s3_op_name(call->op),
            call->bucket, call->failures, e->message);
}

/* false: it will not be tried again. response: NULL when there was none. */
static bool retry_later(struct s3_client *c, struct s3_call *call,
        const struct http_response *response, const struct err *e)
{
    uint64_t wait_ms;

    /* A download that has come further is not failing. */
    call->failures = call->streamed > call->streamed_at_failure ? 1 : call->failures + 1;
    call->streamed_at_failure = call->streamed;
    if (c->stopping && call->failures >= STOPPING_FAILURES_MOST)
        return false;
    if (!retry_decide(&c->budget, &c->rng, e, call->failures, clock_mono_us(), &wait_ms))
        return false;
    if (wait_for_retry(call, wait_ms, e->cls == ERR_CLASS_THROTTLE) != ERR_OK)
        return false;
    log_debug("%s %s/%s: %s (%s), attempt %u; again in %llu ms", s3_op_name(call->op), call->bucket,
            call->key ? call->key : "", err_report_code(e), e->message, call->attempts,
            (unsigned long long)wait_ms);
    warn_if_unreachable(c, call, e);
    if (call->before_retry && response)
        call->before_retry(call, response);
    return true;
}

static void on_creds(void *ctx, const struct creds *creds, const struct err *err)
{
    struct s3_client *c = ctx;
    struct list *link;

    c->waiting_creds = false;
    while ((link = list_pop(&c->want_creds))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);

        if (creds)
            s3_send_set_state(call, CALL_READY);
        else if (!retry_later(c, call, NULL, err))
            s3_send_fail_later(call, err);
    }
    s3_send_pump(c);
}

static void want_creds(struct s3_client *c, struct s3_call *call)
{
    struct err e;

    s3_send_set_state(call, CALL_WANT_CREDS);
    if (c->waiting_creds)
        return;
    if (creds_wait(c->config.creds, on_creds, c, &e) != ERR_OK)
        s3_send_fail_later(call, &e);
    else
        c->waiting_creds = true;
}

/* Sends what is ready while there is room. */
void s3_send_pump(struct s3_client *c)
{
    struct list *link;

    if (c->pumping)
        return;
    c->pumping = true;
    while (rate_allows(&c->rate, clock_mono_us()) && (link = s3_queues_pop(&c->queues))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);
        const struct creds *creds = creds_peek(c->config.creds);
        struct err e;

        if (!creds) {
            want_creds(c, call);
            continue;
        }
        if (send_now(c, call, creds, &e) != ERR_OK) {
            s3_send_fail_later(call, &e);
            continue;
        }
        call->attempts++;
        c->requests[call->op]++;
        rate_take(&c->rate);
        s3_queue_take(&c->queues, call->queue);
        s3_send_set_state(call, CALL_SENT);
    }
    c->pumping = false;
}

/* --- answers --- */

/* How far the server's clock is ahead of ours, by an answer's Date. */
static bool see_clock(const struct http_response *response, int64_t *ahead_s)
{
    const char *date = headers_get(&response->headers, "date");
    int64_t theirs;

    if (!date || !clock_parse_http(date, &theirs))
        return false;
    *ahead_s = theirs - clock_wall_s();
    return true;
}

/* Our clock is off (RequestTimeTooSkewed). */
static bool set_clock(struct s3_client *c, const struct http_response *response)
{
    int64_t theirs;

    if (!see_clock(response, &theirs))
        return false;
    if (theirs > c->clock_skew_s + 1 || theirs < c->clock_skew_s - 1)
        log_warn("this machine's clock is %lld s off the server's; signing with the server's time",
                (long long)theirs);
    c->clock_skew_s = theirs;
    return true;
}

/* The bucket is in another region than the request was signed for. true: send it again, there. */
static bool redirect(struct s3_client *c, struct s3_call *call, const char *region, struct err *e)
{
    char used[sizeof call->signed_region];

    if (!region[0])
        return false;
    if (strcmp(region, call->signed_region) == 0) {
        char text[2 * ERR_MESSAGE_MAX];

        snprintf(text, sizeof text, "bucket %s, region %s: %s", call->bucket, region, e->message);
        err_copy_text(e->message, sizeof e->message, text, strlen(text));
        return false;
    }
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

static enum limiter_outcome outcome_of(const struct err *e)
{
    if (e->code == ERR_OK || e->cls == ERR_CLASS_PERMANENT)
        return LIMITER_GOOD;
    return e->cls == ERR_CLASS_THROTTLE ? LIMITER_THROTTLED : LIMITER_FAILED;
}

/* What the answer is, into e; the body of a success is parsed. */
static void read_answer(
        struct s3_call *call, const struct http_response *response, struct err *e, char *region)
{
    struct s3_answer answer = {
            response->status, &response->headers, buf_str(&response->body), response->body.len};

    s3_classify(&answer, e, region);
    if (e->code == ERR_OK && call->parse && call->parse(call, response, e) != ERR_OK) {
        const char *id = headers_get(&response->headers, "x-amz-request-id");

        /* The upload was made, and we do not know its id: another try would make another. */
        if (call->op == S3_CREATE_MULTIPART_UPLOAD)
            e->cls = ERR_CLASS_PERMANENT;
        e->http_status = response->status;
        if (id)
            err_copy_text(e->request_id, sizeof e->request_id, id, strlen(id));
    }
}

/* The first send was counted when it went out (s3_send_pump). */
static void count_resends(struct s3_call *call, unsigned sends)
{
    for (; sends > 1; sends--) {
        call->attempts++;
        call->client->requests[call->op]++;
        rate_take(&call->client->rate);
    }
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct s3_call *call = ctx;
    struct s3_client *c = call->client;
    char region[S3_REGION_MAX] = "";
    struct err e = *err;

    call->exchange = NULL;
    count_resends(call, response->sends);
    if (e.code == ERR_OK) {
        const struct creds *creds = creds_peek(c->config.creds);

        (void)see_clock(response, &c->server_ahead_s);
        read_answer(call, response, &e, region);
        err_hide(&e, creds ? creds->token : NULL);
        err_hide(&e, "Signature=");
    }
    s3_queue_give(&c->queues, call->queue, outcome_of(&e), clock_mono_us());
    if (call->op == S3_HEAD_BUCKET)
        snprintf(call->reply.u.region, sizeof call->reply.u.region, "%s", region);
    if (e.code != ERR_OK && mended(c, call, response, region, &e)) {
        s3_send_set_state(call, CALL_READY);
    } else if (e.code == ERR_OK || !retry_later(c, call, response, &e)) {
        if (e.code == ERR_OK)
            retry_budget_success(&c->budget);
        call->reply.err = e;
        call->reply.headers = response->status ? &response->headers : NULL;
        finish(call);
    }
    s3_send_more(c);
}

enum err_code s3_start(
        struct s3_client *c, const struct s3_request *r, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, r->op, &r->where, done, ctx);
    enum err_code code;

    if (!call)
        return err_nomem(e);
    s3_build(call, r);
    code = buf_check(&call->query, "the request's query", e);
    if (code == ERR_OK)
        code = buf_check(&call->headers.text, "the request's header", e);
    if (code == ERR_OK)
        code = buf_check(&call->body, "the request's body", e);
    if (code != ERR_OK) {
        s3_call_free(call);
        return code;
    }
    call->queue = s3_queues_of(&c->queues, call->bucket, clock_mono_us());
    s3_send_set_state(call, CALL_READY);
    s3_send_pump(c);
    return ERR_OK;
}
