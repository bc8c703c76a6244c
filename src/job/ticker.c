#include "job/ticker.h"

#include <stdlib.h>

struct ticker {
    uv_timer_t timer;
    void (*tick)(void *ctx);
    void *ctx;
};

static void on_timer(uv_timer_t *timer)
{
    struct ticker *t = timer->data;

    t->tick(t->ctx);
}

enum err_code ticker_start(struct ticker **out, struct net *net, uint64_t every_ms,
        void (*tick)(void *ctx), void *ctx, struct err *e)
{
    struct ticker *t = calloc(1, sizeof *t);

    if (!t)
        return err_nomem(e);
    t->tick = tick;
    t->ctx = ctx;
    uv_timer_init(net_loop(net), &t->timer);
    t->timer.data = t;
    uv_timer_start(&t->timer, on_timer, every_ms, every_ms);
    uv_unref((uv_handle_t *)&t->timer);
    *out = t;
    return ERR_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void ticker_stop(struct ticker *t)
{
    if (!t)
        return;
    uv_timer_stop(&t->timer);
    uv_close((uv_handle_t *)&t->timer, on_closed);
}
