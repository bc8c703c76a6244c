/* One HTTP exchange: a request out, an answer back. Retries and signatures are the business of the
 * layers above.
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

/* Takes a piece of the body of a successful answer as it comes: len bytes at data. An error that it
 * returns ends the exchange with that error. The callback runs while an answer is being read: it
 * must not start, cancel or end any exchange. */
typedef enum err_code (*http_body_cb)(
        void *ctx, int status, const char *data, size_t len, struct err *e);

/* Reads a piece of the body of a request: len bytes from `at` on, both counted in bytes, to out. It
 * gives the same bytes each time, and starts, cancels and ends no exchange. false: it cannot. */
typedef bool (*http_read_cb)(void *ctx, size_t at, void *out, size_t len);

struct http_request {
    const char *method;            /* "GET", "HEAD", "PUT", "POST", "DELETE" */
    const char *url;               /* absolute, already encoded; sent as it is */
    const struct headers *headers; /* sent as they are; no Content-Length needed */
    const void *body;              /* must stay until done is called; may be NULL */
    size_t body_len;               /* bytes */
    /* Reads the body while it is sent, instead of `body`, so that it need not be in memory. The
     * exchange fails with ERR_IO when it cannot. NULL: `body` has it. */
    http_read_cb read;
    void *read_ctx;
    /* The exchange fails with ERR_TIMEOUT when no byte has moved for so many milliseconds; 0:
     * 30 s. There is no limit on the whole exchange: a server-side copy of 5 GiB takes minutes. */
    uint64_t stall_ms;
    /* Takes the body of a success (2xx). The bodies of all other answers, and of a success with
     * NULL here, are collected in the response, up to BUF_MAX_ANSWER bytes. */
    http_body_cb on_body;
    void *on_body_ctx;
    /* After a time-out or a connection that broke: the `address` of that response. The request goes
     * over a new connection, to another address of the host if one is known. 0: any connection. */
    unsigned avoid;
    bool no_proxy; /* true: straight to the host, whatever http_proxy says (metadata endpoints) */
    /* A kept connection may end before the first byte of the answer, and the server may have done
     * the request by then. true: the request may be done twice, and is sent again at once over
     * another connection. false: it is sent once, and the exchange fails (ERR_NETWORK, retry). */
    bool resend;
};

struct http_response {
    int status; /* 0: no answer came */
    struct headers headers;
    struct buf body;  /* the part that on_body did not take */
    bool reused;      /* it came over a connection that was open already */
    unsigned sends;   /* how often the request was sent: more than once only with `resend`; 0: there
                         was no connection */
    unsigned address; /* names the server's address that it went to, for `avoid`; never 0 */
};

/* Called when the exchange is over. err is ERR_OK for every complete answer, whatever its status;
 * otherwise it says why there is none (ERR_NETWORK, ERR_TIMEOUT, ERR_PROTOCOL, ERR_LIMIT,
 * ERR_NOMEM, ERR_CANCELLED, or on_body's own error), with the status of an answer that broke off or
 * was too long in its http_status. response is valid until the callback returns. */
typedef void (*http_done_cb)(
        void *ctx, const struct http_response *response, const struct err *err);

/* Starts an exchange. The url, the method and the headers are not needed any more when it returns.
 * *out (out may be NULL) is valid until done is called.
 * Errors: ERR_NOMEM, ERR_LIMIT (a header that is too long), ERR_PROTOCOL (a header with a line
 * break); done is then not called. */
enum err_code http_send(struct net *net, const struct http_request *request, http_done_cb done,
        void *ctx, struct http_exchange **out, struct err *e) ERR_MUST_CHECK;

/* Ends an exchange without an answer: done is called with ERR_CANCELLED before this returns. */
void http_cancel(struct http_exchange *exchange);

/* Exchanges under way. */
unsigned http_in_flight(const struct net *net);

#endif
