/* One connection to an origin. libcurl makes it (names, proxies, TLS: CURLOPT_CONNECT_ONLY), then
 * it carries bytes for its user, one exchange after another. Plain sockets are ours from then on;
 * over TLS the bytes go through curl_easy_send(3) and curl_easy_recv(3). */
#ifndef COPYOUT_NET_CONN_H
#define COPYOUT_NET_CONN_H

#include "net/http1/origin.h"
#include "net/net_int.h"
#include "net/route.h"

enum conn_state {
    CONN_CONNECTING, /* its name is looked up, libcurl makes it, or has just made it */
    CONN_IDLE,       /* it has no user. A byte that comes now, or its end, closes it */
    CONN_SENDING,    /* there is more to send than the socket took */
    CONN_WAITING,    /* all is sent, nothing has come */
    CONN_READING,    /* an answer comes */
    CONN_CLOSED,     /* it will be freed by the loop */
};

enum conn_io {
    CONN_MOVED,  /* bytes went */
    CONN_AGAIN,  /* not now: the user is called when the socket is ready */
    CONN_END,    /* the other side has ended the connection */
    CONN_FAILED, /* the connection is broken */
};

/* Told to the user from the loop. Either may close the connection. */
struct conn_calls {
    void (*opened)(void *user, const struct err *err); /* err: ERR_OK, or why there is none */
    void (*ready)(void *user, int events);             /* UV_READABLE, UV_WRITABLE */
};

struct conn {
    struct list link; /* in net->waiting, connecting or unwatched, or origin->idle; in none with a
                         user */
    struct list age;  /* in net->idle */
    struct net *net;
    struct origin *origin;
    struct route route; /* the server's address, held as long as the connection is there */
    unsigned avoid;     /* an address that it must not go to; 0: none */
    enum conn_state state;
    const struct conn_calls *calls;
    void *user;       /* NULL with CONN_IDLE */
    CURL *easy;       /* NULL: the socket is ours */
    curl_socket_t fd; /* -1: not yet */
    uv_poll_t poll;
    int watched;      /* the events that poll watches */
    uint64_t idle_us; /* since when, with CONN_IDLE */
    char curl_text[CURL_ERROR_SIZE];
};

/* Begins a connection to an origin; user is told by calls->opened(), never from within. avoid: as
 * struct http_request has it.
 * Errors: ERR_NOMEM. */
enum err_code conn_open(struct net *net, struct origin *origin, unsigned avoid,
        const struct conn_calls *calls, void *user, struct conn **out,
        struct err *e) ERR_MUST_CHECK;

/* Hands the connections that wait for a lookup of their server's name to libcurl, as far as it is
 * over or takes too long. */
void conn_begin_waiting(struct net *net);

/* Takes the verdict of an exchange on the server's address. Returns its id, as the `address` of
 * struct http_response. */
unsigned conn_judge(struct conn *c, enum route_outcome outcome);

/* Sends up to len bytes; *n: how many went. After CONN_AGAIN, the next call over TLS must have the
 * same data and at least the same len (SSL_write(3)). e is set with CONN_FAILED. */
enum conn_io conn_send(struct conn *c, const char *data, size_t len, size_t *n, struct err *e);

/* Reads up to size bytes; *n: how many came. e is set with CONN_FAILED. */
enum conn_io conn_recv(struct conn *c, char *data, size_t size, size_t *n, struct err *e);

/* Whether libcurl stands between us and the socket (TLS): it may hold bytes that came, so that
 * reading goes on until CONN_AGAIN, and bytes that were never accepted may have gone out. */
static inline bool conn_may_hold(const struct conn *c)
{
    return c->easy != NULL;
}

/* Whether all bytes that came have been read, after a conn_recv() of `size` bytes that gave n: over
 * TLS there may be more in libcurl. false also when the connection has ended. */
bool conn_is_drained(struct conn *c, size_t n, size_t size);

/* Whether an idle connection may be used: nothing came since, it has not ended, and no other to the
 * same address has failed. */
bool conn_is_quiet(struct conn *c);

/* Enters a state, and watches what it waits for. The table in conn.c says what may follow what. */
void conn_set_state(struct conn *c, enum conn_state state);

/* Closes it at once; it is freed by the loop. The user is not told. */
void conn_close(struct conn *c);

/* Reads the completions that libcurl has, and tells the users. To be called after every
 * curl_multi_socket_action(): a loop of the kind "while transfers run" would lose the last one. */
void conn_drain(struct net *net);

/* A socket of this handle cannot be watched: later_timer ends its connection. */
void conn_set_unwatched(CURL *easy);
/* Tells the users of those connections (ERR_NOMEM). */
void conn_end_unwatched(struct net *net);

#endif
