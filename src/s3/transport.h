/* The client's way to the world below it: HTTP, timers, time and credentials, as a table of
 * functions. The program's own is s3_transport_over_net(); unit tests give another one, which
 * records what is sent and answers from a script.
 *
 * Invariants that every implementation keeps: no callback is called from within send, timer_set or
 * creds_wait; `done` is called exactly once for each request that send accepted. */
#ifndef COPYOUT_S3_TRANSPORT_H
#define COPYOUT_S3_TRANSPORT_H

#include <stdint.h>

#include "aws/creds.h"
#include "net/http.h"

struct s3_transport {
    void *ctx; /* the first argument of every function below */

    /* As http_send() and http_cancel() (net/http.h) specify them. */
    enum err_code (*send)(void *ctx, const struct http_request *request, http_done_cb done,
            void *done_ctx, struct http_exchange **out, struct err *e);
    void (*cancel)(void *ctx, struct http_exchange *exchange);

    /* As net_timer_new(), net_timer_set() and net_timer_stop() (net/net.h) specify them. */
    struct net_timer *(*timer_new)(void *ctx, void (*cb)(void *cb_ctx), void *cb_ctx);
    void (*timer_set)(void *ctx, struct net_timer *timer, uint64_t ms);
    void (*timer_free)(void *ctx, struct net_timer *timer);

    uint64_t (*mono_us)(void *ctx); /* microseconds since some fixed point */
    int64_t (*wall_s)(void *ctx);   /* seconds since 1970-01-01T00:00:00Z */

    /* As the functions of the same names in aws/creds.h specify them. */
    const struct creds *(*creds_peek)(void *ctx);
    enum err_code (*creds_wait)(void *ctx, creds_cb cb, void *cb_ctx, struct err *e);
    void (*creds_wait_cancel)(void *ctx, const void *cb_ctx);
    void (*creds_expired)(void *ctx, const char *used_access_key);
};

struct s3_config;

/* HTTP over config->net with the credentials of config->creds. config must outlive the result. */
struct s3_transport s3_transport_over_net(struct s3_config *config);

#endif
