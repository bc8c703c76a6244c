#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/http1/http1_read.h"
#include "net/http1/http1_write.h"
#include "net/http1/pool.h"
#include "net/http_int.h"

enum {
    STALL_DEFAULT_MS = 30000,
    SPARE_MOST = 1024,        /* exchanges kept; one takes some 4 KiB */
    SMALL_BODY = 16 * 1024,   /* bytes that are sent together with the head */
    SPARE_OUT_MAX = 8 * 1024, /* bytes of a head that are kept with a spare exchange */
};

struct http_exchange {
    struct list link; /* in net->exchanges, net->queued, net->failed or net->spare */
    struct net *net;
    struct origin *origin;
    struct conn *conn; /* NULL: there is none, and it is in net->queued or net->failed */
    http_done_cb done;
    void *ctx;
    http_body_cb on_body;
    void *on_body_ctx;
    struct http_response response;
    struct http1_read read;
    struct buf out;   /* the head, with a small body */
    const char *body; /* what is not in out; NULL: it is read */
    http_read_cb read_body;
    void *read_ctx;
    size_t body_len;
    size_t sent; /* bytes of out and body, over this connection */
    enum {
        HTTP_TAKES,
        HTTP_BROKE
    } sending; /* HTTP_BROKE: the connection takes no more; an answer
                  may lie in it all the same */
    unsigned avoid;
    bool resend;         /* of the request */
    struct err *failure; /* with net->failed: why; NULL: there was no memory for it either */
    uint64_t moved_ms;   /* when a byte last went either way */
    uint64_t stall_ms;
};

static void moved(struct http_exchange *x)
{
    x->moved_ms = clock_mono_ms();
}

static size_t left_to_send(const struct http_exchange *x)
{
    return x->sending == HTTP_BROKE ? 0 : x->out.len + x->body_len - x->sent;
}

/* --- life of an exchange --- */

static void exchange_free(struct http_exchange *x)
{
    origin_release(x->origin);
    headers_free(&x->response.headers);
    buf_free(&x->response.body);
    buf_free(&x->out);
    free(x->failure);
    free(x);
}

static struct http_exchange *exchange_get(struct net *net)
{
    struct list *link = list_pop(&net->spare);
    struct http_exchange *x;

    if (link) {
        net->spare_count--;
        return LIST_ENTRY(link, struct http_exchange, link);
    }
    x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    list_init(&x->link);
    x->net = net;
    headers_init(&x->response.headers);
    buf_init(&x->response.body, BUF_MAX_ANSWER);
    buf_init(&x->out, HTTP1_HEAD_MAX + SMALL_BODY);
    return x;
}

/* Keeps an exchange for the next request, without what it held of this one. */
static void exchange_put(struct http_exchange *x)
{
    struct net *net = x->net;

    if (net->spare_count >= SPARE_MOST || x->response.body.cap > BUF_MAX_SMALL ||
            x->out.cap > SPARE_OUT_MAX) {
        exchange_free(x);
        return;
    }
    origin_release(x->origin);
    x->origin = NULL;
    free(x->failure);
    x->failure = NULL;
    headers_clear(&x->response.headers);
    buf_clear(&x->response.body);
    buf_clear(&x->out);
    x->body_len = x->sent = 0;
    list_push(&net->spare, &x->link);
    net->spare_count++;
}

/* The fate of the connection. */
enum after { KEEP, CLOSE };

/* The verdict of the end of an exchange on the server's address. A kept connection may end at any
 * time and says nothing. */
static enum route_outcome outcome_of(const struct http_exchange *x, const struct err *err)
{
    switch (err->code) {
    case ERR_OK:
        return ROUTE_WORKED;
    case ERR_TIMEOUT:
        return ROUTE_FAILED;
    case ERR_NETWORK:
    case ERR_PROTOCOL:
        return x->response.reused && x->read.status == 0 ? ROUTE_OTHER : ROUTE_FAILED;
    default:
        return ROUTE_OTHER;
    }
}

static void begin_queued(struct net *net);

/* Gives the connection away, calls back, and keeps the exchange for later. The connection is there
 * for a request that the callback starts. */
static void finish(struct http_exchange *x, enum after after, const struct err *err)
{
    struct conn *c = x->conn;

    list_remove(&x->link);
    x->net->in_flight--;
    x->conn = NULL;
    x->response.address = c ? conn_judge(c, outcome_of(x, err)) : ROUTE_UNKNOWN;
    if (c && after == KEEP)
        pool_put(c);
    else if (c)
        conn_close(c);
    x->response.status = x->read.status;
    x->done(x->ctx, &x->response, err);
    begin_queued(x->net);
    exchange_put(x);
}

/* Ends it from the loop. */
static void fail_later(struct http_exchange *x, const struct err *e)
{
    if (x->conn)
        conn_close(x->conn);
    x->conn = NULL;
    x->failure = err_keep(e);
    list_remove(&x->link);
    list_push(&x->net->failed, &x->link);
    net_later(x->net);
}

/* --- what comes back --- */

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct http_exchange *x = ctx;
    bool success = status / 100 == 2;

    if (x->on_body && success)
        return x->on_body(x->on_body_ctx, status, data, len, e);
    buf_add(&x->response.body, data, len);
    return buf_check(&x->response.body, success ? "the answer" : "the error answer", e);
}

static void begin_reading(struct http_exchange *x, bool is_head)
{
    http1_read_begin(&x->read, is_head, &x->response.headers, on_body, x);
}

static const struct conn_calls calls;

/* The request goes out once more, over a connection of its own. */
static void again(struct http_exchange *x)
{
    struct conn *old = x->conn;
    struct err e;

    x->response.reused = false;
    x->sending = HTTP_TAKES;
    x->sent = 0;
    begin_reading(x, x->read.is_head_request);
    x->conn = NULL;
    conn_close(old);
    if (conn_open(x->net, x->origin, 0, &calls, x, &x->conn, &e) != ERR_OK)
        fail_later(x, &e);
}

/* The connection has ended (io), or is broken: then e says how. */
static void ended(struct http_exchange *x, enum conn_io io, struct err *e)
{
    bool nothing = x->read.at == HTTP1_NOTHING, lost = nothing && x->response.reused;

    if (lost && x->resend && x->response.sends == 1) {
        again(x);
        return;
    }
    if (io == CONN_END && http1_read_end(&x->read, e) == ERR_OK) {
        finish(x, CLOSE, e);
        return;
    }
    if (io == CONN_END && lost)
        err_set(e, ERR_NETWORK, "the connection ended before an answer came");
    else if (io == CONN_END && nothing)
        err_prefix(e, "empty reply from the server");
    e->http_status = x->read.status;
    finish(x, CLOSE, e);
}

/* All of the answer is there; `behind` it is what it is not. n of the bytes that fit were read. */
static void complete(struct http_exchange *x, size_t behind, size_t n)
{
    bool keep = x->read.may_keep && behind == 0 && x->sending == HTTP_TAKES &&
                left_to_send(x) == 0 && conn_is_drained(x->conn, n, NET_BLOCK);
    struct err none;

    err_clear(&none);
    finish(x, keep ? KEEP : CLOSE, &none);
}

static void pull_in(struct http_exchange *x)
{
    struct net *net = x->net;
    size_t n, used;
    struct err e;

    do {
        enum conn_io io = conn_recv(x->conn, net->block, NET_BLOCK, &n, &e);
        enum err_code code;

        if (io == CONN_AGAIN)
            return;
        if (io != CONN_MOVED) {
            ended(x, io, &e);
            return;
        }
        moved(x);
        if (x->conn->state == CONN_WAITING)
            conn_set_state(x->conn, CONN_READING);
        net->reading++;
        code = http1_read_feed(&x->read, net->block, n, &used, &e);
        net->reading--;
        if (code != ERR_OK) {
            finish(x, CLOSE, &e);
            return;
        }
        if (x->read.at == HTTP1_WHOLE) {
            complete(x, n - used, n);
            return;
        }
    } while (n == NET_BLOCK || conn_may_hold(x->conn));
}

/* --- what goes out --- */

/* The connection takes no more. false: another one has taken its place. */
static bool send_failed(struct http_exchange *x)
{
    /* It had ended before, and not one byte went out. Of TLS one cannot know. */
    if (x->sent == 0 && x->response.reused && !conn_may_hold(x->conn)) {
        again(x);
        return false;
    }
    if (x->sent == 0)
        x->response.sends++;
    /* The server may have answered before it ended the connection; if not, reading says why. */
    x->sending = HTTP_BROKE;
    return true;
}

/* The bytes that are to be sent next, and how many they are. NULL: the body cannot be read. */
static const char *next_piece(struct http_exchange *x, size_t *len)
{
    size_t at;

    if (x->sent < x->out.len) {
        *len = x->out.len - x->sent;
        return x->out.data + x->sent;
    }
    at = x->sent - x->out.len;
    *len = left_to_send(x);
    if (x->body)
        return x->body + at;
    if (*len > NET_PIECE)
        *len = NET_PIECE;
    return x->read_body(x->read_ctx, at, x->net->piece, *len) ? x->net->piece : NULL;
}

/* Sends what the socket takes. false: the exchange will end, or as send_failed(). */
static bool push_out(struct http_exchange *x)
{
    while (left_to_send(x) > 0) {
        size_t n, len;
        const char *data = next_piece(x, &len);
        struct err e;
        enum conn_io io;

        if (!data) {
            err_set(&e, ERR_IO, "the body of the request cannot be read");
            fail_later(x, &e);
            return false;
        }
        io = conn_send(x->conn, data, len, &n, &e);
        if (io == CONN_AGAIN) {
            if (x->conn->state != CONN_SENDING)
                conn_set_state(x->conn, CONN_SENDING);
            return true;
        }
        if (io != CONN_MOVED) {
            if (!send_failed(x))
                return false;
            continue;
        }
        if (x->sent == 0)
            x->response.sends++;
        x->sent += n;
        moved(x);
    }
    if (x->conn->state != CONN_WAITING)
        conn_set_state(x->conn, CONN_WAITING);
    return true;
}

static void opened(void *user, const struct err *err)
{
    struct http_exchange *x = user;

    if (err->code != ERR_OK) {
        finish(x, CLOSE, err);
        return;
    }
    moved(x);
    (void)push_out(x);
}

static void ready(void *user, int events)
{
    struct http_exchange *x = user;

    if ((events & UV_WRITABLE) && left_to_send(x) > 0 && !push_out(x))
        return;
    if (events & UV_READABLE)
        pull_in(x);
}

static const struct conn_calls calls = {opened, ready};

static enum err_code write_request(struct http_exchange *x, const struct http_request *r,
        const struct http_url *url, struct err *e)
{
    bool carries =
            r->body_len > 0 || strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0;
    const struct origin *o = x->origin;
    struct http1_head head = {.method = r->method,
            .before_target = o->before_target,
            .target = url->target,
            .target_len = url->target_len,
            .host = o->authority,
            .user_agent = x->net->config.user_agent,
            .proxy_authorization = o->proxy.authorization,
            .headers = r->headers,
            .body = carries ? HTTP1_BODY : HTTP1_NO_BODY,
            .body_len = r->body_len};
    enum err_code code = http1_write(&x->out, &head, e);

    if (code != ERR_OK)
        return code;
    if (!r->read && r->body_len <= SMALL_BODY) {
        buf_add(&x->out, r->body, r->body_len);
        return buf_check(&x->out, "the request", e);
    }
    x->body = r->read ? NULL : r->body;
    x->read_body = r->read;
    x->read_ctx = r->read_ctx;
    x->body_len = r->body_len;
    return ERR_OK;
}

/* Takes a connection, and sends at once over one that is open. Where no more may be opened, the
 * exchange waits until another one has ended. */
static void begin(struct http_exchange *x)
{
    struct err e;

    list_remove(&x->link);
    if (pool_is_full(x->net)) {
        list_push(&x->net->queued, &x->link);
        return;
    }
    list_push(&x->net->exchanges, &x->link);
    moved(x);
    if (pool_take(x->net, x->origin, x->avoid, &calls, x, &x->conn, &e) != ERR_OK) {
        fail_later(x, &e);
        return;
    }
    if (x->conn->state != CONN_IDLE)
        return;
    x->response.reused = true;
    (void)push_out(x);
}

/* Begins the exchanges that have waited, the oldest first. */
static void begin_queued(struct net *net)
{
    while (!list_empty(&net->queued) && !pool_is_full(net))
        begin(LIST_ENTRY(net->queued.next, struct http_exchange, link));
}

static void set_up(
        struct http_exchange *x, const struct http_request *r, http_done_cb done, void *ctx)
{
    x->done = done;
    x->ctx = ctx;
    x->on_body = r->on_body;
    x->on_body_ctx = r->on_body_ctx;
    x->resend = r->resend;
    x->avoid = r->avoid;
    x->stall_ms = r->stall_ms ? r->stall_ms : STALL_DEFAULT_MS;
    x->response.status = 0;
    x->response.sends = 0;
    x->response.reused = false;
    x->sending = HTTP_TAKES;
    x->conn = NULL;
    x->body = NULL;
    x->body_len = x->sent = 0;
    begin_reading(x, strcmp(r->method, "HEAD") == 0);
}

/* Finds the server and writes the request. What is wrong with the URL or the proxy comes in
 * *later: it is told from the loop. */
static enum err_code prepare(
        struct http_exchange *x, const struct http_request *r, struct err *later, struct err *e)
{
    struct http_url url;

    err_clear(later);
    if (http_url_parse(r->url, &url, later) != ERR_OK ||
            origin_get(x->net, &url, r->no_proxy, &x->origin, later) != ERR_OK)
        return ERR_OK;
    return write_request(x, r, &url, e);
}

enum err_code http_send(struct net *net, const struct http_request *r, http_done_cb done, void *ctx,
        struct http_exchange **out, struct err *e)
{
    struct http_exchange *x;
    enum err_code code = ERR_OK;
    struct err later;

    if (r->headers)
        code = buf_check(&r->headers->text, "the request's header", e);
    if (code != ERR_OK)
        return code;
    x = exchange_get(net);
    if (!x)
        return err_nomem(e);
    set_up(x, r, done, ctx);
    code = prepare(x, r, &later, e);
    if (code != ERR_OK) {
        exchange_free(x);
        return code;
    }
    net->in_flight++;
    if (later.code == ERR_OK)
        begin(x);
    else
        fail_later(x, &later);
    if (out)
        *out = x;
    return ERR_OK;
}

/* --- ends --- */

void http_cancel(struct http_exchange *x)
{
    struct err e;

    err_set(&e, ERR_CANCELLED, "cancelled");
    finish(x, CLOSE, &e);
}

void http_end_failed(struct net *net)
{
    struct list *link;

    while ((link = list_pop(&net->failed))) {
        struct http_exchange *x = LIST_ENTRY(link, struct http_exchange, link);
        struct err e;

        err_take(&e, x->failure);
        x->failure = NULL;
        finish(x, CLOSE, &e);
    }
}

static bool is_stalled(const struct http_exchange *x)
{
    return clock_mono_ms() - x->moved_ms > x->stall_ms;
}

/* Whether something has kept the loop from turning for long. Answers may then lie in their sockets,
 * and are to be read before an exchange is called stalled. */
static bool was_kept(struct net *net)
{
    enum { LATE_MS = 2500 };
    uint64_t now = clock_mono_ms(), before = net->stalls_checked_ms;
    struct list *link, *tmp;

    net->stalls_checked_ms = now;
    if (before == 0 || now - before < LATE_MS)
        return false;
    LIST_FOR_EACH(link, tmp, &net->exchanges)
    moved(LIST_ENTRY(link, struct http_exchange, link));
    return true;
}

/* Moves the exchanges that have stalled from net's list into another one. They are gathered before
 * the first of them ends, since a callback may start and cancel exchanges and so change the list.
 */
static void gather_stalled(struct net *net, struct list *out)
{
    struct list *link, *tmp;

    list_init(out);
    LIST_FOR_EACH(link, tmp, &net->exchanges)
    {
        if (is_stalled(LIST_ENTRY(link, struct http_exchange, link))) {
            list_remove(link);
            list_push(out, link);
        }
    }
}

void http_check_stalls(struct net *net)
{
    struct list stalled, *link;

    if (was_kept(net))
        return;
    gather_stalled(net, &stalled);
    while ((link = list_pop(&stalled))) {
        struct http_exchange *x = LIST_ENTRY(link, struct http_exchange, link);
        struct err e;

        err_set(&e, ERR_TIMEOUT, "nothing came from the server for %llu s",
                (unsigned long long)(x->stall_ms / 1000));
        e.http_status = x->read.status;
        finish(x, CLOSE, &e);
    }
}

void http_end_all(struct net *net)
{
    struct list *link;

    while ((link = list_pop(&net->queued)) || (link = list_pop(&net->exchanges)) ||
            (link = list_pop(&net->failed)))
        http_cancel(LIST_ENTRY(link, struct http_exchange, link));
    while ((link = list_pop(&net->spare)))
        exchange_free(LIST_ENTRY(link, struct http_exchange, link));
    net->spare_count = 0;
}

unsigned http_in_flight(const struct net *net)
{
    return net->in_flight;
}
