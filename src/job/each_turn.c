#include "job/each_turn.h"

#include <stdlib.h>

struct each_turn {
    uv_prepare_t prepare; /* libuv calls it right before it polls, after all timers that are due */
    void (*cb)(void *ctx);
    void *ctx;
};

static void on_prepare(uv_prepare_t *prepare)
{
    struct each_turn *t = prepare->data;

    t->cb(t->ctx);
}

enum err_code each_turn_start(
        struct each_turn **out, struct net *net, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    struct each_turn *t = calloc(1, sizeof *t);

    if (!t)
        return err_nomem(e);
    t->cb = cb;
    t->ctx = ctx;
    uv_prepare_init(net_loop(net), &t->prepare);
    t->prepare.data = t;
    uv_prepare_start(&t->prepare, on_prepare);
    uv_unref((uv_handle_t *)&t->prepare);
    *out = t;
    return ERR_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void each_turn_stop(struct each_turn *t)
{
    if (!t)
        return;
    uv_prepare_stop(&t->prepare);
    uv_close((uv_handle_t *)&t->prepare, on_closed);
}
