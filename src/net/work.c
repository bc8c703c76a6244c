#include "net/work.h"

#include <stdlib.h>

#include "net/net_int.h"

struct work {
    uv_work_t request;
    struct net *net;
    void (*run)(void *ctx);
    net_work_done_cb done;
    void *ctx;
};

static void on_thread(uv_work_t *request)
{
    struct work *w = request->data;

    w->run(w->ctx);
}

static void on_done(uv_work_t *request, int status)
{
    struct work *w = request->data;
    struct net *net = w->net;

    (void)status; /* nothing is cancelled */
    net->working--;
    w->done(w->ctx, !net->is_ending);
    free(w);
}

enum err_code net_work_start(
        struct net *net, void (*work)(void *ctx), net_work_done_cb done, void *ctx, struct err *e)
{
    struct work *w = calloc(1, sizeof *w);

    if (!w)
        return err_nomem(e);
    *w = (struct work){.request.data = w, .net = net, .run = work, .done = done, .ctx = ctx};
    uv_queue_work(&net->loop, &w->request, on_thread, on_done); /* fails without on_thread only */
    net->working++;
    return ERR_OK;
}

void net_work_end(struct net *net)
{
    net->is_ending = true;
    while (net->working > 0)
        uv_run(&net->loop, UV_RUN_ONCE);
}
