/* Which proxy a request goes through, by the variables that curl and others have made customary:
 * http_proxy (in lower case only: CGI makes HTTP_PROXY of a header), https_proxy, HTTPS_PROXY,
 * all_proxy, ALL_PROXY, no_proxy, NO_PROXY. Pure. */
#ifndef COPYOUT_NET_PROXY_H
#define COPYOUT_NET_PROXY_H

#include "net/http1/http_url.h"

enum proxy_kind {
    PROXY_NONE,    /* straight to the server */
    PROXY_FORWARD, /* the proxy is asked in our words, with whole URLs: plain HTTP */
    PROXY_TUNNEL,  /* libcurl asks it for a connection (CONNECT or SOCKS), and what goes through is
                      as  to the server itself */
};

struct proxy {
    enum proxy_kind kind;
    char *address; /* PROXY_TUNNEL: for CURLOPT_PROXY. PROXY_FORWARD: "http://host:port", where
                      to connect. Else NULL */
    char *authorization; /* PROXY_FORWARD: the value of Proxy-Authorization; NULL: none is known */
};

/* The address of the proxy for a URL as env says, or NULL: none. env: as getenv of stdlib.h; NULL
 * knows no variable. A variable that is empty is as one that is not set.
 * no_proxy is "*", or a list, by commas or blanks, of names (which stand for all below them, too,
 * with or without a dot in front), and addresses or networks ("10.0.0.0/8", "fd00::/8"). */
const char *proxy_choose(char *(*env)(const char *name), const struct http_url *url);

/* Takes the address of a proxy apart, for requests to a server of https or http. *out is to be
 * freed by proxy_free(), also after an error. address: NULL makes PROXY_NONE. Errors: ERR_NETWORK,
 * permanent: it is no address of a proxy; the message does not quote it, since it may hold a
 * password. ERR_NOMEM. */
enum err_code proxy_open(
        struct proxy *out, const char *address, bool https, struct err *e) ERR_MUST_CHECK;

/* *p may be zeroed. */
void proxy_free(struct proxy *p);

#endif
