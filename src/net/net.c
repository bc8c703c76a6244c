#include "net/net.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "net/http1/conn.h"
#include "net/http1/pool.h"
#include "net/http_int.h"
#include "net/work.h"

enum {
    CONNECT_TIMEOUT_MS = 10000,
    STALL_TICK_MS = 500, /* how exactly stalls are seen */
};

/* One socket that libcurl wants watched. The poll handle may be freed only in its close callback.
 */
struct net_socket {
    struct list link;
    uv_poll_t poll;
    curl_socket_t fd;
    struct net *net;
};

struct net_timer {
    struct list link;
    uv_timer_t timer;
    void (*cb)(void *ctx);
    void *ctx;
    bool frees_itself; /* when it fires */
};

static void on_socket_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void socket_free(struct net_socket *s)
{
    list_remove(&s->link);
    uv_poll_stop(&s->poll);
    uv_close((uv_handle_t *)&s->poll, on_socket_closed);
}

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
    struct net_socket *s = poll->data;
    struct net *net = s->net;
    int flags = 0, running;

    if (net->reading > 0) /* the loop turns within a callback; the socket stays ready */
        return;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(net->multi, s->fd, flags, &running);
    conn_drain(net);
}

static struct net_socket *socket_new(struct net *net, curl_socket_t fd)
{
    struct net_socket *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    if (uv_poll_init_socket(&net->loop, &s->poll, fd) != 0) {
        free(s);
        return NULL;
    }
    s->poll.data = s;
    s->fd = fd;
    s->net = net;
    list_push(&net->sockets, &s->link);
    curl_multi_assign(net->multi, fd, s);
    return s;
}

/* Lets the connection fail, from the loop. Returning -1 to libcurl would end all of them, and
 * without a message (CURLMOPT_SOCKETFUNCTION(3): "returned by the callback makes the multi handle
 * dead"). */
static int cannot_watch(CURL *easy)
{
    conn_set_unwatched(easy);
    return 0;
}

/* libcurl names the events of a socket that it wants to hear of. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct net *net = ctx;
    struct net_socket *s = socket_ctx;
    int events = 0;

    if (what == CURL_POLL_REMOVE) {
        if (s) {
            curl_multi_assign(net->multi, fd, NULL);
            socket_free(s);
        }
        return 0;
    }
    if (!s && !(s = socket_new(net, fd)))
        return cannot_watch(easy);
    if (what != CURL_POLL_IN)
        events |= UV_WRITABLE;
    if (what != CURL_POLL_OUT)
        events |= UV_READABLE;
    if (uv_poll_start(&s->poll, events, on_socket_ready) != 0)
        return cannot_watch(easy);
    return 0;
}

static void on_curl_timeout(uv_timer_t *timer)
{
    struct net *net = timer->data;
    int running;

    if (net->reading > 0) {
        uv_timer_start(timer, on_curl_timeout, 1, 0);
        return;
    }
    curl_multi_socket_action(net->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    conn_drain(net);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct net *net = ctx;

    (void)multi;
    if (timeout_ms < 0)
        return uv_timer_stop(&net->curl_timer);
    return uv_timer_start(&net->curl_timer, on_curl_timeout, (uint64_t)timeout_ms, 0);
}

static void on_stall_tick(uv_timer_t *timer)
{
    struct net *net = timer->data;

    if (net->reading > 0) /* the loop turns within a callback */
        return;
    http_check_stalls(net);
    pool_check(net);
    conn_begin_waiting(net);
}

static void on_hosts_changed(void *ctx)
{
    struct net *net = ctx;

    if (net->reading == 0) /* otherwise the tick does it */
        conn_begin_waiting(net);
}

static enum err_code hosts_start(struct net *net, struct err *e)
{
    const struct hosts_config config = {.loop = &net->loop,
            .lookup = net->config.lookup,
            .changed = on_hosts_changed,
            .ctx = net};

    return hosts_new(&net->hosts, &config, e);
}

static enum err_code curl_start(struct net *net, struct err *e)
{
    net->multi = curl_multi_init();
    net->share = curl_share_init();
    if (!net->multi || !net->share)
        return err_nomem(e);
    curl_share_setopt(net->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(net->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(net->multi, CURLMOPT_SOCKETDATA, net);
    curl_multi_setopt(net->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(net->multi, CURLMOPT_TIMERDATA, net);
    curl_multi_setopt(net->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return ERR_OK;
}

static void on_later(uv_timer_t *timer)
{
    struct net *net = timer->data;

    if (net->reading > 0) {
        net_later(net);
        return;
    }
    conn_end_unwatched(net);
    http_end_failed(net);
}

static void lists_init(struct net *net)
{
    struct list *const lists[] = {&net->exchanges, &net->queued, &net->failed, &net->spare,
            &net->origins, &net->waiting, &net->connecting, &net->unwatched, &net->idle,
            &net->sockets, &net->timers};
    size_t i;

    for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
        list_init(lists[i]);
}

enum err_code net_new(struct net **out, const struct net_config *config, struct err *e)
{
    struct net *net = calloc(1, sizeof *net);
    enum err_code code;
    int rc;

    if (!net)
        return err_nomem(e);
    net->config = *config;
    if (net->config.connect_timeout_ms == 0)
        net->config.connect_timeout_ms = CONNECT_TIMEOUT_MS;
    lists_init(net);
    rc = uv_loop_init(&net->loop);
    if (rc != 0) {
        free(net);
        return err_set(e, ERR_IO, "cannot start the event loop: %s", uv_strerror(rc));
    }
    uv_timer_init(&net->loop, &net->curl_timer);
    uv_timer_init(&net->loop, &net->stall_timer);
    uv_timer_init(&net->loop, &net->later_timer);
    net->curl_timer.data = net;
    net->later_timer.data = net;
    net->on_later = on_later;
    net->stall_timer.data = net;
    uv_timer_start(&net->stall_timer, on_stall_tick, STALL_TICK_MS, STALL_TICK_MS);
    /* An idle loop may end although the tick goes on. */
    uv_unref((uv_handle_t *)&net->stall_timer);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        net_free(net);
        return err_nomem(e);
    }
    code = curl_start(net, e);
    if (code == ERR_OK)
        code = hosts_start(net, e);
    if (code != ERR_OK) {
        net_free(net);
        return code;
    }
    *out = net;
    return ERR_OK;
}

uv_loop_t *net_loop(struct net *net)
{
    return &net->loop;
}

void net_run_until(struct net *net, const bool *done)
{
    while (!*done)
        if (uv_run(&net->loop, UV_RUN_ONCE) == 0 && !*done)
            break;
}

void net_turn(struct net *net)
{
    /* A loop in which no handle counts as alive does not poll at all. */
    uv_ref((uv_handle_t *)&net->stall_timer);
    uv_run(&net->loop, UV_RUN_NOWAIT);
    uv_unref((uv_handle_t *)&net->stall_timer);
}

int net_free(struct net *net)
{
    struct list *link, *tmp;
    int rc;

    if (!net)
        return 0;
    net_work_end(net);
    http_end_all(net);
    pool_end(net);
    hosts_free(net->hosts);
    if (net->multi)
        curl_multi_cleanup(net->multi);
    if (net->share)
        curl_share_cleanup(net->share);
    LIST_FOR_EACH(link, tmp, &net->sockets)
    socket_free(LIST_ENTRY(link, struct net_socket, link));
    LIST_FOR_EACH(link, tmp, &net->timers)
    net_timer_stop(LIST_ENTRY(link, struct net_timer, link));
    uv_close((uv_handle_t *)&net->curl_timer, NULL);
    uv_close((uv_handle_t *)&net->stall_timer, NULL);
    uv_close((uv_handle_t *)&net->later_timer, NULL);
    uv_run(&net->loop, UV_RUN_NOWAIT); /* the close callbacks */
    uv_run(&net->loop, UV_RUN_NOWAIT);
    rc = uv_loop_close(&net->loop);
    curl_global_cleanup();
    if (rc == 0) /* as long as a handle is open libuv may look into the loop */
        free(net);
    return rc;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_timer(uv_timer_t *timer)
{
    struct net_timer *t = timer->data;
    void (*cb)(void *ctx) = t->cb;
    void *ctx = t->ctx;

    if (t->frees_itself)
        net_timer_stop(t);
    cb(ctx);
}

struct net_timer *net_timer_new(struct net *net, void (*cb)(void *ctx), void *ctx)
{
    struct net_timer *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->cb = cb;
    t->ctx = ctx;
    uv_timer_init(&net->loop, &t->timer);
    t->timer.data = t;
    list_push(&net->timers, &t->link);
    return t;
}

void net_timer_set(struct net_timer *t, uint64_t ms)
{
    /* libuv's timers count from the start of the loop's turn, which may be a while ago. */
    uv_update_time(t->timer.loop);
    uv_timer_start(&t->timer, on_timer, ms, 0);
}

enum err_code net_timer_start(struct net *net, uint64_t ms, void (*cb)(void *ctx), void *ctx,
        struct net_timer **out, struct err *e)
{
    struct net_timer *t = net_timer_new(net, cb, ctx);

    if (!t)
        return err_nomem(e);
    t->frees_itself = true;
    net_timer_set(t, ms);
    if (out)
        *out = t;
    return ERR_OK;
}

void net_timer_stop(struct net_timer *t)
{
    if (!t)
        return;
    list_remove(&t->link);
    uv_timer_stop(&t->timer);
    uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}
