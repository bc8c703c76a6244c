/* The event loop (libuv) with HTTP on it (libcurl connects), and timers. There is one in a process,
 * used from one thread. */
#ifndef COPYOUT_NET_NET_H
#define COPYOUT_NET_NET_H

#include <uv.h>

#include "base/err.h"
#include "net/resolver.h"

struct net;

struct net_config {
    const char *ca_bundle;   /* PEM file instead of the system's (AWS_CA_BUNDLE); NULL: system */
    const char *user_agent;  /* NULL: none sent */
    long connect_timeout_ms; /* 0: 10 s */
    unsigned max_idle;       /* connections kept open for the next request; 0: 1,024 */
    /* The environment, as getenv of stdlib.h, in which proxies are named (net/http1/proxy.h). NULL:
     * an empty one. */
    char *(*getenv)(const char *name);
    resolver_lookup lookup; /* how names are looked up; NULL: getaddrinfo(3) */
    /* Connections open at once, those kept open included; 0: no limit. Exchanges beyond it wait. */
    unsigned most_connections;
};

/* Makes a loop without anything to do. The strings of config must outlive it.
 * Errors: ERR_NOMEM, ERR_IO. */
enum err_code net_new(
        struct net **out, const struct net_config *config, struct err *e) ERR_MUST_CHECK;

/* The libuv loop, for timers, signals and processes of the layers above. */
uv_loop_t *net_loop(struct net *net);

/* Runs the loop until *done is true, which is looked at after every turn, or until nothing is left
 * to wait for. Not to be called from within a callback. */
void net_run_until(struct net *net, const bool *done);

/* Lets the loop turn once without waiting. Work that takes long calls it now and then, so that
 * signals are seen. */
void net_turn(struct net *net);

/* Cancels the exchanges under way, whose callbacks are called with ERR_CANCELLED, stops the timers,
 * and closes the loop. Returns what uv_loop_close() said: 0, or UV_EBUSY when a layer above left a
 * handle open, which is a bug. net: NULL is allowed. */
int net_free(struct net *net);

/* A timer of the loop. The loop goes on while one of them is set. */
struct net_timer;

/* Starts a timer that fires once, after ms milliseconds, and then frees itself before it calls
 * cb(ctx) from the loop. *out (out may be NULL) is valid until then.
 * Errors: ERR_NOMEM. */
enum err_code net_timer_start(struct net *net, uint64_t ms, void (*cb)(void *ctx), void *ctx,
        struct net_timer **out, struct err *e) ERR_MUST_CHECK;

/* Makes a timer that net_timer_set() sets as often as needed: setting it cannot fail. It is not set
 * at first, and stays until net_timer_stop(). NULL: out of memory. */
struct net_timer *net_timer_new(struct net *net, void (*cb)(void *ctx), void *ctx);
/* Lets a timer made by net_timer_new() fire once, ms milliseconds from now, instead of when it was
 * to fire before. */
void net_timer_set(struct net_timer *timer, uint64_t ms);

/* Stops a timer of either kind and frees it. A timer of net_timer_start() must not have fired. NULL
 * is allowed. */
void net_timer_stop(struct net_timer *timer);

#endif
