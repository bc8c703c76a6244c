#include "s3/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "s3/build.h"
#include "s3/client_int.h"
#include "s3/parse/parse.h"
#include "s3/terms/s3_terms.h"

static const struct {
    void (*build)(struct s3_message *m, const struct s3_request *r);
    enum err_code (*parse)(const struct s3_call *call, const struct http_response *response,
            struct s3_reply *reply, struct err *e);
    void (*free_parsed)(struct s3_reply *reply);
} ops[S3_OP_COUNT] = {
#define S3_OP_FUNCTIONS(op, name, method, resend, build, parse, free_parsed) \
    [op] = {build, parse, free_parsed},
        S3_OP_TABLE(S3_OP_FUNCTIONS)
#undef S3_OP_FUNCTIONS
};

#define TO(state) (1u << S3_CALL_##state)

/* The states, and for each the ones that may follow it. */
static const struct {
    const char *name;
    unsigned next; /* bits */
} states[S3_CALL_STATES] = {
        [S3_CALL_BUILT] = {"BUILT", TO(READY)},
        [S3_CALL_READY] = {"READY", TO(SENT) | TO(WANT_CREDS) | TO(FAILING)},
        [S3_CALL_WANT_CREDS] = {"WANT_CREDS", TO(READY) | TO(RETRY_WAIT) | TO(FAILING)},
        [S3_CALL_SENT] = {"SENT", TO(READY) | TO(RETRY_WAIT) | TO(DONE)},
        [S3_CALL_RETRY_WAIT] = {"RETRY_WAIT", TO(READY) | TO(FAILING)},
        [S3_CALL_FAILING] = {"FAILING", TO(DONE)},
        [S3_CALL_DONE] = {"DONE", 0},
};

/* --- life --- */

/* A listing of uploads is asked of the bucket; the key of `where` is the one whose uploads count.
 */
static enum err_code set_where(struct s3_call *call, const struct s3_where *where, struct err *e)
{
    bool listing = call->op == S3_LIST_MULTIPART_UPLOADS;

    if (listing && !(call->wanted_key = strdup(where->key)))
        return err_nomem(e);
    return s3_message_set_object(&call->message, where->bucket, listing ? NULL : where->key, e);
}

/* Adds the terms of its buckets; a request that brings none has those of the client. */
static void add_terms(struct s3_call *call, const struct s3_request *r)
{
    const struct s3_client *c = call->client;
    struct s3_request with = *r;

    if (!r->where.terms && c->terms_bucket && strcmp(c->terms_bucket, r->where.bucket) == 0) {
        with.where.terms = c->terms;
        if (r->op == S3_PUT_OBJECT || r->op == S3_CREATE_MULTIPART_UPLOAD)
            headers_add_all(&call->message.headers, c->of_files);
    }
    s3_terms_add(&call->message.headers, &with);
    call->signing = s3_terms_unsigned(&with) ? S3_UNSIGNED : S3_SIGNED;
}

static enum err_code build(struct s3_call *call, const struct s3_request *r, struct err *e)
{
    if (ops[r->op].build)
        ops[r->op].build(&call->message, r);
    add_terms(call, r);
    if (r->where.version_id)
        s3_message_query(&call->message, "versionId", r->where.version_id);
    if (r->op == S3_GET_OBJECT && r->u.get.on_body) {
        call->download = s3_download_new(&r->u.get);
        if (!call->download)
            return err_nomem(e);
    }
    return s3_message_check(&call->message, e);
}

/* An empty call: a spare one, if there is one. NULL: out of memory. */
static struct s3_call *empty_call(struct s3_call_spares *spares)
{
    struct s3_call *call = spares->first;
    struct s3_message message;

    if (!call) {
        call = calloc(1, sizeof *call);
        if (call)
            s3_message_init(&call->message);
        return call;
    }
    spares->first = call->next_spare;
    spares->count--;
    message = call->message;
    memset(call, 0, sizeof *call);
    call->message = message;
    return call;
}

/* Keeps the memory of a call that has ended. */
static void keep(struct s3_call_spares *spares, struct s3_call *call)
{
    enum { SPARES_MOST = 64 };

    if (spares->count == SPARES_MOST) {
        s3_message_free(&call->message);
        free(call);
        return;
    }
    s3_message_clear(&call->message);
    call->next_spare = spares->first;
    spares->first = call;
    spares->count++;
}

void s3_call_spares_free(struct s3_call_spares *spares)
{
    struct s3_call *call;

    while ((call = spares->first)) {
        spares->first = call->next_spare;
        s3_message_free(&call->message);
        free(call);
    }
    spares->count = 0;
}

enum err_code s3_call_new(struct s3_call **out, struct s3_client *c, const struct s3_request *r,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = empty_call(&c->spares);
    enum err_code code;

    if (!call)
        return err_nomem(e);
    list_init(&call->link);
    call->client = c;
    call->op = r->op;
    call->done = done;
    call->ctx = ctx;
    code = set_where(call, &r->where, e);
    if (code == ERR_OK)
        code = build(call, r, e);
    if (code == ERR_OK)
        *out = call;
    else
        s3_call_free(call);
    return code;
}

void s3_call_free(struct s3_call *call)
{
    const struct s3_transport *t = &call->client->transport;

    assert(!call->exchange);
    s3_call_release_slot(call);
    if (call->tries.timer)
        t->timer_free(t->ctx, call->tries.timer);
    list_remove(&call->link);
    free(call->wanted_key);
    free(call->failure);
    free(call->download);
    keep(&call->client->spares, call);
}

/* --- states --- */

void s3_call_hold_slot(struct s3_call *call)
{
    assert(call->state == S3_CALL_RETRY_WAIT && !call->tries.holds_slot);
    call->tries.holds_slot = true;
    limiter_hold(&call->queue->limiter);
}

void s3_call_release_slot(struct s3_call *call)
{
    if (call->tries.holds_slot)
        limiter_release(&call->queue->limiter);
    call->tries.holds_slot = false;
}

/* The list of the calls in that state. NULL: they are in none. */
static struct list *list_of(struct s3_call *call, enum s3_call_state state)
{
    if (state == S3_CALL_BUILT || state == S3_CALL_DONE)
        return NULL;
    return state == S3_CALL_READY ? &call->queue->ready : &call->client->calls[state];
}

void s3_call_set_state(struct s3_call *call, enum s3_call_state state)
{
    struct list *to = list_of(call, state);

    assert(states[call->state].next & (1u << state));
    assert(list_empty(&call->link) == (list_of(call, call->state) == NULL));
    log_trace("%s %s/%s: %s -> %s", s3_op_name(call->op), call->message.bucket,
            call->message.key ? call->message.key : "", states[call->state].name,
            states[state].name);
    s3_call_release_slot(call);
    call->state = state;
    list_remove(&call->link);
    if (to)
        list_push(to, &call->link);
}

/* --- answers --- */

bool s3_call_ask_for_size(struct s3_call *call, const struct s3_reply *reply, const struct err *e)
{
    struct headers *headers = &call->message.headers;
    bool sums = headers_get(headers, "x-amz-checksum-mode") != NULL;

    if (call->op == S3_HEAD_OBJECT && e->code == ERR_OK && reply->u.object.size == S3_SIZE_UNTOLD)
        call->size_by = S3_SIZE_BY_BYTE;
    else if (call->size_by == S3_SIZE_BY_BYTE && e->http_status == 416)
        call->size_by = S3_SIZE_BY_WHOLE;
    else
        return false;
    call->op = S3_GET_OBJECT;
    s3_build_range(&call->message, 0, call->size_by == S3_SIZE_BY_BYTE ? 0 : UINT64_MAX, NULL);
    if (sums)
        headers_add(headers, "x-amz-checksum-mode", "ENABLED");
    return true;
}

void s3_call_read(const struct s3_call *call, const struct http_response *response, int64_t now_s,
        struct s3_reply *reply, struct err *e, char *region)
{
    struct s3_answer answer = {.status = response->status,
            .headers = &response->headers,
            .body = buf_str(&response->body),
            .body_len = response->body.len,
            .now_s = now_s};

    /* The text of an annotation may be any XML, also that of an error. */
    if (call->op == S3_GET_OBJECT_ANNOTATION && response->status / 100 == 2)
        answer.body_len = 0;
    s3_classify(&answer, e, region);
    if (e->code != ERR_OK || !ops[call->op].parse ||
            ops[call->op].parse(call, response, reply, e) == ERR_OK)
        return;
    e->http_status = response->status;
    s3_classify_unread(call->op, true, &response->headers, e);
}

void s3_call_free_parsed(const struct s3_call *call, struct s3_reply *reply)
{
    if (ops[call->op].free_parsed)
        ops[call->op].free_parsed(reply);
}
