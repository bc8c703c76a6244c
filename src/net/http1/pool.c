#include "net/http1/pool.h"

#include "base/clock.h"

enum { MOST_IDLE = 1024 };

static struct conn *oldest(struct net *net)
{
    return list_empty(&net->idle) ? NULL : LIST_ENTRY(net->idle.next, struct conn, age);
}

static bool has_most(const struct net *net)
{
    unsigned most = net->config.most_connections;

    return most > 0 && net->conn_count >= most;
}

bool pool_is_full(const struct net *net)
{
    return has_most(net) && net->idle_count == 0;
}

enum err_code pool_take(struct net *net, struct origin *origin, unsigned avoid,
        const struct conn_calls *calls, void *user, struct conn **out, struct err *e)
{
    while (avoid == 0 && !list_empty(&origin->idle)) {
        struct conn *c = LIST_ENTRY(origin->idle.prev, struct conn, link);

        if (!conn_is_quiet(c)) {
            conn_close(c);
            continue;
        }
        list_remove(&c->link);
        list_remove(&c->age);
        net->idle_count--;
        c->calls = calls;
        c->user = user;
        *out = c;
        return ERR_OK;
    }
    if (has_most(net) && oldest(net))
        conn_close(oldest(net));
    return conn_open(net, origin, avoid, calls, user, out, e);
}

void pool_put(struct conn *c)
{
    struct net *net = c->net;
    unsigned most = net->config.max_idle ? net->config.max_idle : MOST_IDLE;

    c->user = NULL;
    conn_set_state(c, CONN_IDLE);
    c->idle_us = clock_mono_us();
    list_push(&c->origin->idle, &c->link);
    list_push(&net->idle, &c->age);
    net->idle_count++;
    if (net->idle_count > most)
        conn_close(oldest(net));
}

void pool_check(struct net *net)
{
    uint64_t now = clock_mono_us();
    struct conn *c;

    while ((c = oldest(net)) && now - c->idle_us > POOL_IDLE_MOST_S * UINT64_C(1000000))
        conn_close(c);
}

void pool_end(struct net *net)
{
    struct conn *c;

    while ((c = oldest(net)))
        conn_close(c);
}
