/* A call's way: sent, answered, perhaps sent again, done. outgoing.c makes the request; answer.c
 * decides what an answer means; call.c has the states of a call. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "s3/answer.h"
#include "s3/client_int.h"
#include "s3/outgoing/outgoing.h"

enum {
    WARN_AFTER_FAILURES = 3,
    WARN_APART_US = 10000000,
    /* A request that was told to slow down keeps its slot for so long at most: the prefix of one
     * source may be what is slow, and others are not to wait for it. */
    HOLD_MOST_MS = 250,
};

static uint64_t mono_us(const struct s3_client *c)
{
    return c->transport.mono_us(c->transport.ctx);
}

static int64_t wall_s(const struct s3_client *c)
{
    return c->transport.wall_s(c->transport.ctx);
}

/* --- the end of a call --- */

static void finish(struct s3_call *call, struct s3_reply *reply)
{
    s3_call_set_state(call, S3_CALL_DONE);
    reply->op = call->op;
    reply->attempts = call->tries.attempts;
    call->done(call->ctx, reply);
    s3_call_free_parsed(call, reply);
    s3_call_free(call);
}

/* Calls back with why there is no answer. */
static void finish_failing(struct s3_call *call)
{
    struct s3_reply reply = {.headers = NULL};

    err_take(&reply.err, call->failure);
    call->failure = NULL;
    finish(call, &reply);
}

void s3_send_failing(struct s3_client *c)
{
    struct list *failing = &c->calls[S3_CALL_FAILING];

    while (!list_empty(failing))
        finish_failing(LIST_ENTRY(failing->next, struct s3_call, link));
    s3_send_pump(c);
}

void s3_send_fail_later(struct s3_call *call, const struct err *e)
{
    const struct s3_transport *t = &call->client->transport;

    if (call->tries.timer)
        t->timer_free(t->ctx, call->tries.timer);
    call->tries.timer = NULL;
    call->failure = err_keep(e);
    s3_call_set_state(call, S3_CALL_FAILING);
    t->timer_set(t->ctx, call->client->deferred, 0);
}

/* --- sending --- */

static void on_answer(void *ctx, const struct http_response *response, const struct err *err);

static enum err_code send_now(
        struct s3_client *c, struct s3_call *call, const struct creds *creds, struct err *e)
{
    enum err_code code = s3_outgoing_make(c, call, creds, e);
    struct http_request r;

    if (code != ERR_OK)
        return code;
    memset(&r, 0, sizeof r);
    r.method = s3_op_method(call->op);
    r.url = buf_str(&c->scratch.url);
    r.headers = &c->scratch.headers;
    r.body = s3_message_body(&call->message, &r.body_len);
    r.read = call->message.read;
    r.read_ctx = call->message.read_ctx;
    r.stall_ms = s3_patience_ms(call->message.stall_ms, call->tries.failures);
    r.resend = s3_op_resend(call->op) == S3_RESEND_SAFE;
    r.avoid = call->tries.avoid;
    if (call->download) {
        s3_download_begin_attempt(call->download);
        r.on_body = s3_download_on_body;
        r.on_body_ctx = call->download;
    }
    return c->transport.send(c->transport.ctx, &r, on_answer, call, &call->exchange, e);
}

/* Looks for free slots again as soon as the rate that a SlowDown has set lets a request start. With
 * a limit on the rate of all requests rate_tick looks for them all the time. */
static void tick_when_allowed(struct s3_client *c, uint64_t now_us)
{
    uint64_t wait_us = s3_queues_wait_us(&c->queues, now_us);

    if (wait_us == 0 || c->rate_tick_us > now_us || c->config.most_per_second > 0)
        return;
    c->rate_tick_us = now_us + wait_us;
    c->transport.timer_set(c->transport.ctx, c->rate_tick, wait_us / 1000 + 1);
}

unsigned s3_send_free_slots(struct s3_client *c)
{
    uint64_t now = mono_us(c);
    unsigned slots;

    if (c->waiting_creds || !rate_allows(&c->rate, now))
        return 0;
    slots = s3_queue_free_slots(
            &c->queues, s3_queues_of(&c->queues, c->main_bucket ? c->main_bucket : "", now), now);
    if (slots == 0)
        tick_when_allowed(c, now);
    return slots;
}

void s3_send_more(struct s3_client *c)
{
    s3_send_pump(c);
    if (c->on_free_slots && s3_send_free_slots(c) > 0)
        c->on_free_slots(c->on_free_slots_ctx);
}

/* --- waiting before another attempt --- */

static void on_retry_time(void *ctx)
{
    struct s3_call *call = ctx;
    const struct s3_transport *t = &call->client->transport;
    uint64_t left = call->tries.wait_left_ms;

    assert(call->state == S3_CALL_RETRY_WAIT);
    call->tries.wait_left_ms = 0;
    if (left > 0) {
        s3_call_release_slot(call);
        t->timer_set(t->ctx, call->tries.timer, left);
    } else {
        s3_call_set_state(call, S3_CALL_READY);
    }
    s3_send_more(call->client);
}

/* A request that was told to slow down keeps its slot while it waits. false: out of memory. */
static bool begin_wait(struct s3_call *call, uint64_t wait_ms, bool throttled)
{
    const struct s3_transport *t = &call->client->transport;
    struct s3_tries *tries = &call->tries;
    uint64_t first = throttled && wait_ms > HOLD_MOST_MS ? HOLD_MOST_MS : wait_ms;

    if (!tries->timer)
        tries->timer = t->timer_new(t->ctx, on_retry_time, call);
    if (!tries->timer)
        return false;
    s3_call_set_state(call, S3_CALL_RETRY_WAIT);
    tries->wait_left_ms = wait_ms - first;
    if (throttled)
        s3_call_hold_slot(call);
    t->timer_set(t->ctx, tries->timer, first);
    return true;
}

/* Says once in a while why the job waits, when a request has failed on the way for some time. */
static void warn_if_unreachable(
        struct s3_client *c, const struct s3_call *call, const struct err *e)
{
    uint64_t now = mono_us(c);

    if ((e->code != ERR_NETWORK && e->code != ERR_TIMEOUT) ||
            call->tries.failures < WARN_AFTER_FAILURES)
        return;
    if (c->warned_us != 0 && now - c->warned_us < WARN_APART_US)
        return;
    c->warned_us = now;
    log_warn("%s of bucket %s has failed %u times (%s); trying again", s3_op_name(call->op),
            call->message.bucket, call->tries.failures, e->message);
}

/* Lets a call that has failed wait for its next attempt. false: there will be none, for want of
 * memory. */
static bool retry_later(struct s3_client *c, struct s3_call *call, unsigned failures,
        uint64_t wait_ms, const struct err *e)
{
    call->tries.failures = failures;
    s3_download_note_failure(call->download);
    if (!begin_wait(call, wait_ms, e->cls == ERR_CLASS_THROTTLE))
        return false;
    c->retries++;
    log_debug("%s %s/%s: %s (%s), attempt %u; again in %llu ms", s3_op_name(call->op),
            call->message.bucket, call->message.key ? call->message.key : "", err_report_code(e),
            e->message, call->tries.attempts, (unsigned long long)wait_ms);
    warn_if_unreachable(c, call, e);
    return true;
}

static struct s3_situation situation_of(const struct s3_client *c, const struct s3_call *call)
{
    struct s3_situation s = {.op = call->op,
            .bucket = call->message.bucket,
            .region_used = call->signed_with.region,
            .region_said = "",
            .follow_region = c->config.follow_region,
            .stopping = c->stopping,
            .checksums = call->op == S3_HEAD_OBJECT &&
                         headers_get(&call->message.headers, "x-amz-checksum-mode"),
            .redirects = call->tries.redirects,
            .renewals = call->tries.renewals};

    if (!c->answered && c->first_sent_us > 0)
        s.unanswered_us = mono_us(c) - c->first_sent_us;
    /* A download that has come further begins to count anew. */
    s.failures = s3_download_came_further(call->download) ? 1 : call->tries.failures + 1;
    return s;
}

/* --- credentials --- */

static void on_creds(void *ctx, const struct creds *creds, const struct err *err)
{
    struct s3_client *c = ctx;
    struct list *waiting = &c->calls[S3_CALL_WANT_CREDS];

    c->waiting_creds = false;
    while (!list_empty(waiting)) {
        struct s3_call *call = LIST_ENTRY(waiting->next, struct s3_call, link);
        struct s3_situation s = situation_of(c, call);
        struct s3_decision d;

        if (creds) {
            s3_call_set_state(call, S3_CALL_READY);
            continue;
        }
        d = s3_decide_failure(&s, err, &c->budget, &c->rng, mono_us(c));
        if (d.next == S3_NEXT_DONE || !retry_later(c, call, s.failures, d.wait_ms, err))
            s3_send_fail_later(call, err);
    }
    s3_send_pump(c);
}

static void want_creds(struct s3_client *c, struct s3_call *call)
{
    struct err e;

    s3_call_set_state(call, S3_CALL_WANT_CREDS);
    if (c->waiting_creds)
        return;
    if (c->transport.creds_wait(c->transport.ctx, on_creds, c, &e) != ERR_OK)
        s3_send_fail_later(call, &e);
    else
        c->waiting_creds = true;
}

/* --- the pump --- */

/* The kind that the limiter counts the request as. */
static enum limiter_kind kind_of(const struct s3_call *call)
{
    return call->op == S3_COPY_OBJECT || call->op == S3_UPLOAD_PART_COPY ? LIMITER_COPY
                                                                         : LIMITER_OTHER;
}

void s3_send_pump(struct s3_client *c)
{
    struct list *link;
    uint64_t now;

    if (c->pumping)
        return;
    c->pumping = true;
    while (now = mono_us(c),
            rate_allows(&c->rate, now) && (link = s3_queues_next(&c->queues, now))) {
        struct s3_call *call = LIST_ENTRY(link, struct s3_call, link);
        const struct creds *creds = c->transport.creds_peek(c->transport.ctx);
        struct err e;

        if (!creds) {
            want_creds(c, call);
            continue;
        }
        if (send_now(c, call, creds, &e) != ERR_OK) {
            s3_send_fail_later(call, &e);
            continue;
        }
        call->tries.attempts++;
        call->tries.sent_us = now;
        if (c->first_sent_us == 0 && !c->answered)
            c->first_sent_us = now;
        c->requests[call->op]++;
        rate_take(&c->rate);
        call->ticket = s3_queue_take(&c->queues, call->queue, kind_of(call), now);
        s3_call_set_state(call, S3_CALL_SENT);
    }
    tick_when_allowed(c, now);
    c->pumping = false;
}

enum err_code s3_start(
        struct s3_client *c, const struct s3_request *r, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call;
    enum err_code code = s3_call_new(&call, c, r, done, ctx, e);

    if (code != ERR_OK)
        return code;
    call->queue = s3_queues_of(&c->queues, call->message.bucket, mono_us(c));
    s3_call_set_state(call, S3_CALL_READY);
    s3_send_pump(c);
    return ERR_OK;
}

/* --- answers --- */

/* How far the server's clock is ahead of ours, by the Date of an answer. false: it has none. */
static bool see_clock(
        const struct s3_client *c, const struct http_response *response, int64_t *ahead_s)
{
    const char *date = headers_get(&response->headers, "date");
    int64_t theirs;

    if (!date || !clock_parse_http(date, &theirs))
        return false;
    *ahead_s = theirs - wall_s(c);
    return true;
}

/* Notes that a server has answered, and whether it says that it is Amazon S3. */
static void see_server(struct s3_client *c, const struct http_response *response)
{
    const char *server;

    if (response->status == 0 || c->answered == ANSWERED_BY_AMAZON)
        return;
    server = headers_get(&response->headers, "server");
    c->answered = server && strcmp(server, "AmazonS3") == 0 ? ANSWERED_BY_AMAZON : ANSWERED_BY_SOME;
}

/* From now on requests are signed with the time of the server that has just answered. */
static void set_clock(struct s3_client *c)
{
    int64_t ahead = c->clocks.ahead_s, skew = c->clocks.skew_s;

    if (ahead > skew + 1 || ahead < skew - 1)
        log_warn("this machine's clock is %lld s off the server's; signing with the server's time",
                (long long)ahead);
    c->clocks.skew_s = ahead;
}

/* The outcome of a request for the limiter of its queue. An error that is the request's own fault
 * says nothing against the number of requests. */
static enum limiter_outcome outcome_of(const struct err *e)
{
    if (e->code == ERR_OK || e->cls == ERR_CLASS_PERMANENT)
        return LIMITER_GOOD;
    return e->cls == ERR_CLASS_THROTTLE ? LIMITER_THROTTLED : LIMITER_FAILED;
}

/* libcurl may have sent the request more than once (struct http_request, resend). The first time
 * was counted by s3_send_pump(). */
static void count_resends(struct s3_call *call, unsigned sends)
{
    for (; sends > 1; sends--) {
        call->tries.attempts++;
        call->client->requests[call->op]++;
        rate_take(&call->client->rate);
    }
}

/* Sends the call again at once, or later. false: the call is done. */
static bool go_on(struct s3_client *c, struct s3_call *call, const struct s3_situation *s,
        const struct s3_decision *d, const struct http_response *response, const struct err *e)
{
    switch (d->next) {
    case S3_NEXT_REDIRECT:
        call->tries.redirects++;
        s3_regions_set(c->regions, call->message.bucket, s->region_said);
        break;
    case S3_NEXT_RENEW:
        call->tries.renewals++;
        c->transport.creds_expired(c->transport.ctx, call->signed_with.access_key);
        break;
    case S3_NEXT_SET_CLOCK:
        call->tries.renewals++;
        set_clock(c);
        break;
    case S3_NEXT_WAIT:
        if (!retry_later(c, call, s->failures, d->wait_ms, e))
            return false;
        if (call->download)
            s3_download_resume(call->download, &response->headers, &call->message);
        return true;
    case S3_NEXT_DONE:
        return false;
    }
    s3_call_set_state(call, S3_CALL_READY);
    return true;
}

/* Takes out of e what a server may have repeated of the request. */
static void hide_secrets(const struct s3_client *c, struct err *e)
{
    const struct creds *creds = c->transport.creds_peek(c->transport.ctx);

    err_hide(e, creds ? creds->token : NULL);
    err_hide(e, "Signature=");
}

/* Reads a complete answer into reply, e and region. true: it tells the server's time. */
static bool read_answer(struct s3_client *c, struct s3_call *call,
        const struct http_response *response, struct s3_reply *reply, struct err *e, char *region)
{
    s3_call_read(call, response, wall_s(c), reply, e, region);
    if (e->code != ERR_OK)
        hide_secrets(c, e);
    return see_clock(c, response, &c->clocks.ahead_s);
}

/* Asks again, in another way, for the size that the answer does not tell. false: it is told. */
static bool ask_for_size(struct s3_client *c, struct s3_call *call, const struct s3_reply *reply,
        const struct err *e)
{
    if (!s3_call_ask_for_size(call, reply, e))
        return false;
    if (!c->told_of_sizes)
        log_warn("this server answers HeadObject without Content-Length; sizes are asked for with "
                 "GetObject of one byte");
    c->told_of_sizes = true;
    s3_call_set_state(call, S3_CALL_READY);
    return true;
}

/* No answer has come to any request: the address may be wrong. */
static void tell_unreached(const struct s3_client *c, struct err *e)
{
    char text[2 * ERR_MESSAGE_MAX];

    snprintf(text, sizeof text, "%s: is the address %s right, and is its server there?", e->message,
            c->config.endpoint ? "of --endpoint-url (AWS_ENDPOINT_URL)"
                               : "of the region (--region)");
    err_copy_text(e->message, sizeof e->message, text, strlen(text));
}

/* Decides what becomes of a call whose answer was read into e. */
static void take_answer(struct s3_client *c, struct s3_call *call, const struct s3_situation *s,
        const struct http_response *response, struct s3_reply *reply, struct err *e)
{
    struct s3_decision d = s3_decide(s, e, &c->budget, &c->rng, mono_us(c));

    if (go_on(c, call, s, &d, response, e))
        return;
    if (e->code == ERR_OK)
        retry_budget_success(&c->budget);
    else if (e->code == ERR_NETWORK && e->cls == ERR_CLASS_RETRY && !c->answered)
        tell_unreached(c, e);
    err_copy(&reply->err, e);
    reply->headers = response->status ? &response->headers : NULL;
    finish(call, reply);
}

/* One line for a request that has ended: "GET bucket.s3.eu-west-1.amazonaws.com/key: 200, request
 * R, 12 ms (GetObject)". The query is left out, and what a server may have repeated of a secret. */
static void trace_request(struct s3_client *c, const struct s3_call *call,
        const struct http_response *response, const struct err *e)
{
    const char *id = headers_get(&response->headers, "x-amz-request-id");
    struct s3_address *to = &c->scratch.address;
    char status[16];
    struct err shown;

    if (s3_address_make(to, c->config.endpoint, call->signed_with.region, call->message.bucket,
                call->message.key, &shown) != ERR_OK)
        return;
    err_copy(&shown, e);
    if (id)
        err_copy_text(shown.request_id, sizeof shown.request_id, id, strlen(id));
    hide_secrets(c, &shown);
    snprintf(status, sizeof status, "%d", response->status);
    log_line(LOG_TRACE, "%s %s%s: %s%s%s, %llu ms (%s)", s3_op_method(call->op), buf_str(&to->host),
            buf_str(&to->path), response->status ? status : shown.message,
            shown.request_id[0] ? ", request " : "", shown.request_id,
            (unsigned long long)((mono_us(c) - call->tries.sent_us) / 1000), s3_op_name(call->op));
}

static void on_answer(void *ctx, const struct http_response *response, const struct err *err)
{
    struct s3_call *call = ctx;
    struct s3_client *c = call->client;
    char region[S3_REGION_MAX] = "";
    struct s3_situation s;
    struct s3_reply reply;
    struct err e;

    assert(call->state == S3_CALL_SENT);
    memset(&reply.u, 0, sizeof reply.u);
    err_copy(&e, err);
    call->exchange = NULL;
    see_server(c, response);
    count_resends(call, response->sends);
    call->tries.avoid = err->code != ERR_OK ? response->address : 0;
    s = situation_of(c, call);
    s.region_said = region;
    if (e.code == ERR_OK)
        s.has_date = read_answer(c, call, response, &reply, &e, region);
    else
        s3_classify_unread(call->op, false, &response->headers, &e);
    if (log_enabled(LOG_TRACE))
        trace_request(c, call, response, &e);
    s3_queue_give(&c->queues, call->queue, call->ticket, outcome_of(&e), mono_us(c));
    if (call->op == S3_HEAD_BUCKET)
        snprintf(reply.u.region, sizeof reply.u.region, "%s", region);
    if (!ask_for_size(c, call, &reply, &e))
        take_answer(c, call, &s, response, &reply, &e);
    s3_send_more(c);
}
