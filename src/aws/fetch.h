/* One small request and its few retries, for the sources of credentials: copies what it is given,
 * limits each attempt's whole time, and wipes the answer. */
#ifndef COPYOUT_AWS_FETCH_H
#define COPYOUT_AWS_FETCH_H

#include "net/http.h"

struct fetch;

struct fetch_request {
    const char *method; /* a literal */
    const char *url;
    const struct headers *headers; /* may be NULL */
    const char *body;              /* may be NULL */
    size_t body_len;
    unsigned attempts;   /* at most; 0: 3 */
    bool no_proxy;       /* straight to the host, whatever http_proxy says */
    uint64_t timeout_ms; /* of one attempt; 0: 10 s */
    /* Whether an answer that is not 429 or 5xx (those are) should be asked for again. May be NULL.
     */
    bool (*again)(const struct http_response *response);
};

/* Called once, from the loop, with the last attempt's outcome as http_done_cb has it; the fetch is
 * gone when it returns, and must not be cancelled from within. */
enum err_code fetch_start(struct fetch **out, struct net *net, const struct fetch_request *request,
        http_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* Ends and frees it without calling back. NULL is fine. */
void fetch_cancel(struct fetch *f);

#endif
