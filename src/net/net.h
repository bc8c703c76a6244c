/* The event loop (libuv) with HTTP on it (libcurl). One per process, one thread. */
#ifndef COPYOUT_NET_NET_H
#define COPYOUT_NET_NET_H

#include <uv.h>

#include "base/err.h"

struct net;

struct net_config {
    const char *ca_bundle;   /* PEM file instead of the system's (AWS_CA_BUNDLE); NULL: system */
    const char *user_agent;  /* NULL: none sent */
    long connect_timeout_ms; /* 0: 10 s */
    unsigned max_idle;       /* connections kept open for the next request; 0: 1,024 */
};

/* The strings of config must outlive the net. */
enum err_code net_new(
        struct net **out, const struct net_config *config, struct err *e) ERR_MUST_CHECK;

/* The libuv loop, for timers, signals and processes of the layers above. */
uv_loop_t *net_loop(struct net *net);

/* Runs the loop until *done is true (checked after every turn) or nothing is left to wait for.
 * Not from within a callback. */
void net_run_until(struct net *net, const bool *done);

/* One turn of the loop without waiting, for work that takes long without it: signals are then seen.
 */
void net_turn(struct net *net);

/* Cancels what is under way (its callbacks are called with ERR_CANCELLED), closes all handles of
 * its own and the loop. Returns what uv_loop_close() said: 0, or UV_EBUSY when a layer above left a
 * handle open, which is a bug. net may be NULL. */
int net_free(struct net *net);

/* A one-shot timer that frees itself; cb is called once, unless it was stopped before. */
struct net_timer;
enum err_code net_timer_start(struct net *net, uint64_t ms, void (*cb)(void *ctx), void *ctx,
        struct net_timer **out, struct err *e) ERR_MUST_CHECK;
/* Stops and frees it; only before cb was called. NULL is fine. */
void net_timer_stop(struct net_timer *timer);

#endif
