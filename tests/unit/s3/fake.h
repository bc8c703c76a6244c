/* A client over a transport without a network (s3/transport.h): it keeps what is sent, answers from
 * a script, and its time passes only when the test says so. */
#ifndef COPYOUT_TESTS_S3_FAKE_H
#define COPYOUT_TESTS_S3_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3/transport.h"

enum { SENT_MOST = 4096, FAKE_WALL_S = 1794343714 /* 2026-11-10T20:48:34Z */ };

/* One answer of the script. */
struct answer {
    int status;          /* 0: none came */
    const char *headers; /* "name: value" lines, each ended by '\n'; NULL: none */
    const char *body;    /* NULL: none */
    enum err_code err;   /* the exchange breaks off with this error; ERR_OK: it is whole */
    unsigned sends;      /* how often libcurl sent the request; 0: once */
};

/* The fake's own kinds of the structs that are opaque to the client. */
struct http_exchange {
    char *method, *url, *headers; /* headers as in struct answer */
    char *body;
    size_t body_len;
    uint64_t stall_ms;
    bool resend, open;
    http_done_cb done;
    http_body_cb on_body;
    void *done_ctx, *on_body_ctx;
};

struct net_timer {
    struct list link;
    void (*cb)(void *ctx);
    void *ctx;
    uint64_t at_us;
    bool set;
};

struct fake {
    struct s3_client *s3;
    struct s3_transport transport;
    uint64_t now_us;
    int64_t wall_s;
    struct creds creds;
    bool no_creds; /* at hand */
    creds_cb creds_cb;
    void *creds_ctx;
    unsigned creds_waits, creds_cancels, creds_expired;
    char expired_key[CREDS_ACCESS_KEY_MAX];
    struct http_exchange sent[SENT_MOST];
    unsigned sent_count;
    const struct answer *script;
    size_t script_count, script_at;
    struct list timers;
    enum err_code send_error, creds_wait_error; /* what these functions return; ERR_OK: they work */
    unsigned timers_left;                       /* timers that there is memory for */
};

/* The outcome of one operation. */
struct got {
    unsigned calls;
    struct err err;
    unsigned attempts;
    bool has_headers;
    char etag[ETAG_SIZE];
    char text[256]; /* upload id, tagging, region, next page */
    unsigned count; /* entries of a listing */
    struct object_info object;
    /* Its callback starts another operation. */
    struct s3_client *start_with;
    const struct s3_request *start;
    struct got *start_got;
};

static inline void got_text(struct got *g, const char *text)
{
    snprintf(g->text, sizeof g->text, "%s", text ? text : "");
}

static inline void on_reply(void *ctx, const struct s3_reply *reply)
{
    struct got *g = ctx;

    g->calls++;
    g->err = reply->err;
    g->attempts = reply->attempts;
    g->has_headers = reply->headers != NULL;
    if (reply->op == S3_HEAD_BUCKET)
        got_text(g, reply->u.region);
    if (g->start) {
        struct err e;

        assert_int_equal(s3_start(g->start_with, g->start, on_reply, g->start_got, &e), ERR_OK);
        g->start = NULL;
    }
    if (reply->err.code != ERR_OK)
        return;
    switch (reply->op) {
    case S3_HEAD_OBJECT:
    case S3_GET_OBJECT:
        g->object = reply->u.object;
        break;
    case S3_PUT_OBJECT:
    case S3_COPY_OBJECT:
    case S3_UPLOAD_PART:
    case S3_UPLOAD_PART_COPY:
    case S3_COMPLETE_MULTIPART_UPLOAD:
        memcpy(g->etag, reply->u.copied.etag, sizeof g->etag);
        break;
    case S3_GET_OBJECT_TAGGING:
        got_text(g, reply->u.tagging);
        break;
    case S3_CREATE_MULTIPART_UPLOAD:
        got_text(g, reply->u.created.upload_id);
        break;
    case S3_LIST_PARTS:
        g->count = reply->u.parts.count;
        break;
    case S3_LIST_MULTIPART_UPLOADS:
        g->count = reply->u.uploads.count;
        break;
    case S3_LIST_OBJECTS:
        g->count = reply->u.keys.count;
        got_text(g, reply->u.keys.next);
        break;
    default:
        break;
    }
}

/* --- the transport --- */

static inline char *copy_headers(const struct headers *headers)
{
    const char *name, *value;
    char *text = NULL;
    size_t at = 0, len;
    FILE *out = open_memstream(&text, &len);

    while (headers_next(headers, &at, &name, &value))
        fprintf(out, "%s: %s\n", name, value);
    fclose(out);
    return text;
}

static inline enum err_code fake_send(void *ctx, const struct http_request *r, http_done_cb done,
        void *done_ctx, struct http_exchange **out, struct err *e)
{
    struct fake *f = ctx;
    struct http_exchange *x = &f->sent[f->sent_count];

    if (f->send_error != ERR_OK)
        return err_set(e, f->send_error, "the fake does not send");
    assert_true(f->sent_count < SENT_MOST);
    f->sent_count++;
    x->method = strdup(r->method);
    x->url = strdup(r->url);
    x->headers = copy_headers(r->headers);
    x->body = calloc(1, r->body_len + 1);
    x->body_len = r->body_len;
    if (r->body_len > 0 && r->read)
        assert_true(r->read(r->read_ctx, 0, x->body, r->body_len));
    else if (r->body_len > 0)
        memcpy(x->body, r->body, r->body_len);
    x->stall_ms = r->stall_ms;
    x->resend = r->resend;
    x->done = done;
    x->done_ctx = done_ctx;
    x->on_body = r->on_body;
    x->on_body_ctx = r->on_body_ctx;
    x->open = true;
    *out = x;
    return ERR_OK;
}

static inline void add_headers(struct headers *headers, const char *text)
{
    while (text && *text) {
        size_t len = strcspn(text, "\n"), name = strcspn(text, ":");

        assert_true(name + 2 <= len);
        headers_add_n(headers, text, name, text + name + 2, len - name - 2);
        text += len + (text[len] == '\n');
    }
}

/* Ends the exchange as the answer says. */
static inline void fake_answer(struct http_exchange *x, const struct answer *a)
{
    struct http_response response = {.status = a->status, .sends = a->sends ? a->sends : 1};
    size_t len = a->body ? strlen(a->body) : 0;
    struct err e;

    assert_true(x->open);
    x->open = false;
    err_clear(&e);
    headers_init(&response.headers);
    buf_init(&response.body, BUF_MAX_ANSWER);
    add_headers(&response.headers, a->headers);
    if (len > 0 && x->on_body && a->status / 100 == 2)
        (void)x->on_body(x->on_body_ctx, a->status, a->body, len, &e);
    else
        buf_add(&response.body, a->body ? a->body : "", len);
    if (e.code == ERR_OK && a->err != ERR_OK) {
        err_set(&e, a->err, "the fake broke off");
        e.http_status = a->status;
    }
    x->done(x->done_ctx, &response, &e);
    headers_free(&response.headers);
    buf_free(&response.body);
}

static inline void fake_cancel(void *ctx, struct http_exchange *x)
{
    const struct answer cancelled = {.err = ERR_CANCELLED};

    (void)ctx;
    fake_answer(x, &cancelled);
}

static inline struct net_timer *fake_timer_new(void *ctx, void (*cb)(void *cb_ctx), void *cb_ctx)
{
    struct fake *f = ctx;
    struct net_timer *t;

    if (f->timers_left == 0)
        return NULL;
    f->timers_left--;
    t = calloc(1, sizeof *t);
    t->cb = cb;
    t->ctx = cb_ctx;
    list_push(&f->timers, &t->link);
    return t;
}

static inline void fake_timer_set(void *ctx, struct net_timer *t, uint64_t ms)
{
    struct fake *f = ctx;

    t->set = true;
    t->at_us = f->now_us + ms * 1000;
}

static inline void fake_timer_free(void *ctx, struct net_timer *t)
{
    (void)ctx;
    list_remove(&t->link);
    free(t);
}

static inline uint64_t fake_mono_us(void *ctx)
{
    return ((struct fake *)ctx)->now_us;
}

static inline int64_t fake_wall_s(void *ctx)
{
    return ((struct fake *)ctx)->wall_s;
}

static inline const struct creds *fake_creds_peek(void *ctx)
{
    struct fake *f = ctx;

    return f->no_creds ? NULL : &f->creds;
}

static inline enum err_code fake_creds_wait(void *ctx, creds_cb cb, void *cb_ctx, struct err *e)
{
    struct fake *f = ctx;

    if (f->creds_wait_error != ERR_OK)
        return err_set(e, f->creds_wait_error, "the fake has no credentials");
    assert_null(f->creds_cb);
    f->creds_waits++;
    f->creds_cb = cb;
    f->creds_ctx = cb_ctx;
    return ERR_OK;
}

static inline void fake_creds_wait_cancel(void *ctx, const void *cb_ctx)
{
    struct fake *f = ctx;

    (void)cb_ctx;
    f->creds_cancels++;
    f->creds_cb = NULL;
}

static inline void fake_creds_expired(void *ctx, const char *used_access_key)
{
    struct fake *f = ctx;

    f->creds_expired++;
    f->no_creds = true;
    snprintf(f->expired_key, sizeof f->expired_key, "%s", used_access_key);
}

/* The credentials that were waited for come, under another access key; or, with an error, not. */
static inline void fake_creds_come(struct fake *f, const char *access_key, const struct err *err)
{
    creds_cb cb = f->creds_cb;
    struct err none;

    assert_non_null(cb);
    err_clear(&none);
    f->creds_cb = NULL;
    f->no_creds = err != NULL;
    if (access_key)
        snprintf(f->creds.access_key, sizeof f->creds.access_key, "%s", access_key);
    cb(f->creds_ctx, err ? NULL : &f->creds, err ? err : &none);
}

/* --- time --- */

static inline struct net_timer *next_timer(struct fake *f)
{
    struct net_timer *first = NULL;
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->timers)
    {
        struct net_timer *t = LIST_ENTRY(link, struct net_timer, link);

        if (t->set && (!first || t->at_us < first->at_us))
            first = t;
    }
    return first;
}

static inline void fire(struct fake *f, struct net_timer *t)
{
    if (f->now_us < t->at_us)
        f->now_us = t->at_us;
    t->set = false;
    t->cb(t->ctx);
}

/* Lets so much time pass, with the timers that fire in it. */
static inline void fake_pass_ms(struct fake *f, uint64_t ms)
{
    uint64_t end = f->now_us + ms * 1000;
    struct net_timer *t;

    while ((t = next_timer(f)) && t->at_us <= end)
        fire(f, t);
    f->now_us = end;
}

/* The exchange that is open for the longest time; NULL: none is. */
static inline struct http_exchange *oldest_open(struct fake *f)
{
    unsigned i;

    for (i = 0; i < f->sent_count; i++)
        if (f->sent[i].open)
            return &f->sent[i];
    return NULL;
}

static inline unsigned open_count(const struct fake *f)
{
    unsigned i, count = 0;

    for (i = 0; i < f->sent_count; i++)
        count += f->sent[i].open;
    return count;
}

/* Answers an exchange from the script, or else lets time pass to the next timer. false: nothing is
 * left to do. */
static inline bool fake_step(struct fake *f)
{
    struct http_exchange *x = oldest_open(f);
    struct net_timer *t = next_timer(f);

    if (x) {
        assert_true(f->script_at < f->script_count);
        fake_answer(x, &f->script[f->script_at++]);
    } else if (t) {
        fire(f, t);
    }
    return x || t;
}

/* Goes through the whole script: every call has called back at the end. */
static inline void fake_run(struct fake *f, const struct answer *script, size_t count)
{
    f->script = script;
    f->script_count = count;
    f->script_at = 0;
    while (fake_step(f)) {
    }
    assert_int_equal(f->script_at, count);
    assert_int_equal(s3_client_in_flight(f->s3), 0);
}

#define FAKE_RUN(f, ...)                                               \
    do {                                                               \
        static const struct answer answers_[] = {__VA_ARGS__};         \
        fake_run((f), answers_, sizeof answers_ / sizeof answers_[0]); \
    } while (0)

/* --- set-up --- */

/* config: NULL for a client of AWS in us-east-1 that follows redirects. */
static inline struct fake *fake_new(const struct s3_config *config)
{
    static const struct s3_config usual = {.region = "us-east-1", .follow_region = true};
    struct s3_config c = config ? *config : usual;
    struct fake *f = calloc(1, sizeof *f);
    struct err e;

    log_set_level(LOG_NONE);
    f->now_us = 1000000;
    f->wall_s = FAKE_WALL_S;
    f->timers_left = SENT_MOST;
    list_init(&f->timers);
    snprintf(f->creds.access_key, sizeof f->creds.access_key, "AKFIRST");
    snprintf(f->creds.secret, sizeof f->creds.secret, "hushhush");
    f->transport = (struct s3_transport){
            .ctx = f,
            .send = fake_send,
            .cancel = fake_cancel,
            .timer_new = fake_timer_new,
            .timer_set = fake_timer_set,
            .timer_free = fake_timer_free,
            .mono_us = fake_mono_us,
            .wall_s = fake_wall_s,
            .creds_peek = fake_creds_peek,
            .creds_wait = fake_creds_wait,
            .creds_wait_cancel = fake_creds_wait_cancel,
            .creds_expired = fake_creds_expired,
    };
    c.transport = &f->transport;
    assert_int_equal(s3_client_new(&f->s3, &c, &e), ERR_OK);
    return f;
}

/* Frees the client, which must have given back all that it took. */
static inline void fake_free(struct fake *f)
{
    unsigned i;

    s3_client_free(f->s3);
    assert_null(f->creds_cb);
    assert_true(list_empty(&f->timers));
    assert_int_equal(open_count(f), 0);
    for (i = 0; i < f->sent_count; i++) {
        free(f->sent[i].method);
        free(f->sent[i].url);
        free(f->sent[i].headers);
        free(f->sent[i].body);
    }
    free(f->creds.token);
    free(f);
}

static inline void start(struct fake *f, const struct s3_request *r, struct got *g)
{
    unsigned calls = g->calls;
    struct err e;

    assert_int_equal(s3_start(f->s3, r, on_reply, g, &e), ERR_OK);
    assert_int_equal(g->calls, calls); /* never from within s3_start() */
}

/* HeadObject of that bucket's key "k". */
static inline void start_head(struct fake *f, const char *bucket, struct got *g)
{
    struct s3_request r = {.op = S3_HEAD_OBJECT,
            .where = {.bucket = bucket, .key = "k"},
            .u.head.checksums = true};

    start(f, &r, g);
}

/* The value of a header of a request, in a buffer of the function's own; "": it has none. */
static inline const char *sent_header(const struct http_exchange *x, const char *name)
{
    static char value[4096];
    size_t len = strlen(name);
    const char *at;

    for (at = x->headers; *at; at += strcspn(at, "\n") + 1) {
        if (strncmp(at, name, len) == 0 && at[len] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(at + len + 2, "\n"), at + len + 2);
            return value;
        }
    }
    return "";
}

#define HEAD_OK                                                      \
    {                                                                \
        .status = 200, .headers = "content-length: 7\netag: \"e\"\n" \
    }
#define ERROR(s, code)                                                \
    {                                                                 \
        .status = (s), .body = "<Error><Code>" code "</Code></Error>" \
    }
#define BROKEN             \
    {                      \
        .err = ERR_NETWORK \
    }

#endif
