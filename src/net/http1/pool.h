/* Connections that are kept for the next request, those of an origin apart from those of all
 * others. The one that was used last is used first, so that those that are not needed grow old. */
#ifndef COPYOUT_NET_POOL_H
#define COPYOUT_NET_POOL_H

#include "net/http1/conn.h"

enum {
    POOL_IDLE_MOST_S = 118, /* servers close what is idle for long: CURLOPT_MAXAGE_CONN(3)'s */
};

/* A connection to the origin for a user: one that was kept and still stands (CONN_IDLE), or one
 * that conn_open() begins (CONN_CONNECTING), for which one that is kept for another origin may have
 * to go. Not while pool_is_full(). avoid: as struct http_request has
 * it; not 0: a new one.
 * Errors: ERR_NOMEM. */
enum err_code pool_take(struct net *net, struct origin *origin, unsigned avoid,
        const struct conn_calls *calls, void *user, struct conn **out,
        struct err *e) ERR_MUST_CHECK;

/* Whether pool_take() would open a connection more than net_config.most_connections allows. */
bool pool_is_full(const struct net *net);

/* Keeps a connection over which another request may go. */
void pool_put(struct conn *c);

/* Closes those that have been idle for too long. */
void pool_check(struct net *net);

/* Closes all that are kept. */
void pool_end(struct net *net);

#endif
