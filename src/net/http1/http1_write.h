/* The head of an HTTP/1.1 request as bytes (RFC 9112). Pure. Nothing that a stranger chose, such as
 * metadata or a key, can end a line: it is refused. */
#ifndef COPYOUT_NET_HTTP1_WRITE_H
#define COPYOUT_NET_HTTP1_WRITE_H

#include "base/buf.h"
#include "net/headers.h"

enum {
    HTTP1_HEAD_MAX = 3 * BUF_MAX_SMALL, /* bytes of a head: a URL, headers, and ours */
};

/* All texts end in a NUL but for target. */
struct http1_head {
    const char *method;              /* letters */
    const char *before_target;       /* "http://host:port" for a proxy; "" for a server */
    const char *target;              /* "/path?query", "?query" or "" */
    size_t target_len;               /* bytes */
    const char *host;                /* the value of Host */
    const char *user_agent;          /* NULL: none */
    const char *proxy_authorization; /* NULL: none */
    const struct headers *headers;   /* sent as they are; NULL: none. A User-Agent goes before
                                        user_agent */
    enum { HTTP1_NO_BODY, HTTP1_BODY } body;
    size_t body_len; /* bytes, for HTTP1_BODY */
};

/* Appends request line, headers and the empty line to out.
 * Errors: ERR_PROTOCOL: a line break, a NUL or a space where none may be, a header without a name,
 * or one that would say again how long the body is or which host is meant; ERR_LIMIT, ERR_NOMEM. */
enum err_code http1_write(
        struct buf *out, const struct http1_head *head, struct err *e) ERR_MUST_CHECK;

#endif
