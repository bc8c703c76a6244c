/* One HTTP exchange: a request out, an answer back. No retries and no signing here.
 *
 * The done callback is called exactly once for each exchange that http_send() accepted, from the
 * loop, never from within http_send(). It may start and cancel other exchanges. */
#ifndef COPYOUT_NET_HTTP_H
#define COPYOUT_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/headers.h"
#include "net/net.h"

struct http_exchange;

/* A part of a successful answer's body as it comes. A return of other than ERR_OK ends the exchange
 * with that error. It runs inside libcurl: it must not start, cancel or end any exchange. */
typedef enum err_code (*http_body_cb)(
        void *ctx, int status, const char *data, size_t len, struct err *e);

struct http_request {
    const char *method;            /* "GET", "HEAD", "PUT", "POST", "DELETE" */
    const char *url;               /* absolute, already encoded; sent as it is */
    const struct headers *headers; /* sent as they are; no Content-Length needed */
    const void *body;              /* must stay until done is called; may be NULL */
    size_t body_len;
    /* The exchange fails with ERR_TIMEOUT when no byte has moved for so long; 0: 30 s. A total
     * limit does not exist: a server-side copy of 5 GiB may take minutes. */
    uint64_t stall_ms;
    /* Of a success (2xx). NULL, and of all other answers: collected, up to BUF_MAX_ANSWER. */
    http_body_cb on_body;
    void *on_body_ctx;
    bool no_proxy; /* straight to the host, whatever http_proxy says (metadata endpoints) */
    /* A kept connection may end before the first byte of the answer, and the server may have done
     * the request by then. true: the request may be done twice, and is sent again at once over
     * another connection. false: it is sent once, and the exchange fails (ERR_NETWORK, retry). */
    bool resend;
};

struct http_response {
    int status; /* 0: no answer came */
    struct headers headers;
    struct buf body;
    bool reused;    /* went over a connection that was open already */
    unsigned sends; /* how often it was sent; more than once only with `resend`; 0: no connection */
};

/* err is ERR_OK for every complete answer, whatever its status; otherwise what went wrong on the
 * way (ERR_NETWORK, ERR_TIMEOUT, ERR_PROTOCOL, ERR_LIMIT, ERR_CANCELLED, or on_body's own).
 * response is valid until the callback returns. */
typedef void (*http_done_cb)(
        void *ctx, const struct http_response *response, const struct err *err);

/* url, method and headers are copied (or done with) when it returns. *out (may be NULL) is valid
 * until done is called. */
enum err_code http_send(struct net *net, const struct http_request *request, http_done_cb done,
        void *ctx, struct http_exchange **out, struct err *e) ERR_MUST_CHECK;

/* Ends it without an answer: done is called with ERR_CANCELLED before this returns. */
void http_cancel(struct http_exchange *exchange);

/* Exchanges under way. */
unsigned http_in_flight(const struct net *net);

#endif
