#include "s3/transport.h"

#include "base/clock.h"
#include "s3/client.h"

static enum err_code send_request(void *ctx, const struct http_request *request, http_done_cb done,
        void *done_ctx, struct http_exchange **out, struct err *e)
{
    const struct s3_config *config = ctx;

    return http_send(config->net, request, done, done_ctx, out, e);
}

static void cancel(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    http_cancel(exchange);
}

static struct net_timer *timer_new(void *ctx, void (*cb)(void *cb_ctx), void *cb_ctx)
{
    const struct s3_config *config = ctx;

    return net_timer_new(config->net, cb, cb_ctx);
}

static void timer_set(void *ctx, struct net_timer *timer, uint64_t ms)
{
    (void)ctx;
    net_timer_set(timer, ms);
}

static void timer_free(void *ctx, struct net_timer *timer)
{
    (void)ctx;
    net_timer_stop(timer);
}

static uint64_t mono_us(void *ctx)
{
    (void)ctx;
    return clock_mono_us();
}

static int64_t wall_s(void *ctx)
{
    (void)ctx;
    return clock_wall_s();
}

static const struct creds *peek(void *ctx)
{
    const struct s3_config *config = ctx;

    return creds_peek(config->creds);
}

static enum err_code wait(void *ctx, creds_cb cb, void *cb_ctx, struct err *e)
{
    const struct s3_config *config = ctx;

    return creds_wait(config->creds, cb, cb_ctx, e);
}

static void wait_cancel(void *ctx, const void *cb_ctx)
{
    const struct s3_config *config = ctx;

    creds_wait_cancel(config->creds, cb_ctx);
}

static void expired(void *ctx, const char *used_access_key)
{
    const struct s3_config *config = ctx;

    creds_expired(config->creds, used_access_key);
}

struct s3_transport s3_transport_over_net(struct s3_config *config)
{
    struct s3_transport t = {
            .ctx = config,
            .send = send_request,
            .cancel = cancel,
            .timer_new = timer_new,
            .timer_set = timer_set,
            .timer_free = timer_free,
            .mono_us = mono_us,
            .wall_s = wall_s,
            .creds_peek = peek,
            .creds_wait = wait,
            .creds_wait_cancel = wait_cancel,
            .creds_expired = expired,
    };

    return t;
}
