/* A server as a connection knows it: scheme, host, port, and the proxy on the way, if any. A
 * connection belongs to one origin for its life, so that none is shared between hosts or proxies.
 */
#ifndef COPYOUT_NET_ORIGIN_H
#define COPYOUT_NET_ORIGIN_H

#include "net/http1/proxy.h"
#include "net/net_int.h"

struct origin {
    struct list link; /* in net->origins */
    struct list idle; /* its connections without an exchange, the one used last at the end */
    unsigned users;   /* exchanges and connections */
    bool https, no_proxy;
    unsigned port;
    char *host;      /* as it stands in the URL */
    char *authority; /* "host", or "host:port" where it is not the scheme's own: the Host header */
    char *connect_url;   /* where libcurl connects: "https://host:port/", or a proxy's */
    char *before_target; /* "http://host:port" for PROXY_FORWARD, else "" */
    struct proxy proxy;
};

/* Finds or makes the origin of a URL, and counts a user. The environment says which proxy it is
 * when the origin is made: it is not asked again as long as there are users. no_proxy: straight
 * there, whatever the environment says.
 * Errors: ERR_NOMEM; those of proxy_open(). */
enum err_code origin_get(struct net *net, const struct http_url *url, bool no_proxy,
        struct origin **out, struct err *e) ERR_MUST_CHECK;

/* One more user. */
static inline struct origin *origin_hold(struct origin *o)
{
    o->users++;
    return o;
}

/* One user less; the last one frees it. NULL is allowed. */
void origin_release(struct origin *o);

#endif
