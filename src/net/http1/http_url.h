/* The parts of the URL of a request. Pure. */
#ifndef COPYOUT_NET_HTTP_URL_H
#define COPYOUT_NET_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* All texts point into the URL. */
struct http_url {
    bool https;
    const char *host;   /* as it stands there; an IPv6 address with its brackets */
    size_t host_len;    /* bytes */
    unsigned port;      /* the scheme's own where the URL has none */
    const char *target; /* from the '/' or '?' after the host to the end, or to a '#'; perhaps "" */
    size_t target_len;  /* bytes */
};

/* Takes an absolute http or https URL apart, which must be encoded already.
 * Errors: ERR_PROTOCOL, permanent: another scheme, a user name, no host, a port that is none, a
 * space or a control character. */
enum err_code http_url_parse(const char *url, struct http_url *out, struct err *e) ERR_MUST_CHECK;

/* The port that the scheme has where the URL names none. */
static inline unsigned http_url_default_port(bool https)
{
    return https ? 443 : 80;
}

#endif
