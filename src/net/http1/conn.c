#include "net/http1/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/curl_error.h"

enum {
    DNS_KEEP_S = 60,    /* what libcurl itself looks up */
    TLS_RECORD = 16384, /* the most that one record of TLS carries (RFC 8446, 5.1) */
};
static const long BUFFER_LEAST = 1024; /* bytes; CURLOPT_BUFFERSIZE(3) takes no less */

/* --- the states --- */

#define MAY(state) (1u << CONN_##state)

static const struct row {
    int events;     /* that are watched */
    bool keeps;     /* the loop goes on as long as there is such a connection */
    unsigned after; /* states that may come before */
} rows[] = {
        [CONN_CONNECTING] = {0, true, 0},
        [CONN_IDLE] = {UV_READABLE, false, MAY(WAITING) | MAY(READING)},
        [CONN_SENDING] = {UV_READABLE | UV_WRITABLE, true, MAY(CONNECTING) | MAY(IDLE)},
        [CONN_WAITING] = {UV_READABLE, true, MAY(CONNECTING) | MAY(IDLE) | MAY(SENDING)},
        [CONN_READING] = {UV_READABLE, true, MAY(WAITING)},
        [CONN_CLOSED] = {0, false, ~0u},
};

static bool is_polled(const struct conn *c)
{
    return c->poll.data != NULL;
}

/* A connection that is idle: there is nothing to be read but what TLS says to itself. */
static void idle_ready(struct conn *c)
{
    struct err ignored;
    size_t n;

    if (conn_recv(c, c->net->block, sizeof c->net->block, &n, &ignored) != CONN_AGAIN)
        conn_close(c);
}

static void watch(struct conn *c, int events);

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct conn *c = poll->data;

    if (c->net->reading > 0) /* the loop turns within a callback; the socket stays ready */
        return;
    if (status < 0) { /* libuv has stopped to watch; the next read or write says why */
        int watched = c->watched;

        c->watched = 0;
        watch(c, watched);
        events = watched;
    }
    if (c->state == CONN_IDLE)
        idle_ready(c);
    else if (c->state != CONN_CLOSED)
        c->calls->ready(c->user, events);
}

static void watch(struct conn *c, int events)
{
    if (c->watched == events)
        return;
    c->watched = events;
    uv_poll_start(&c->poll, events, on_ready);
}

void conn_set_state(struct conn *c, enum conn_state state)
{
    const struct row *row = &rows[state], *before = &rows[c->state];

    assert(row->after & (1u << c->state));
    c->state = state;
    if (state == CONN_CLOSED)
        return;
    watch(c, row->events);
    if (row->keeps && !before->keeps)
        uv_ref((uv_handle_t *)&c->poll);
    else if (!row->keeps)
        uv_unref((uv_handle_t *)&c->poll);
}

/* libcurl's reason for what failed. */
static void describe(const struct conn *c, CURLcode rc, struct err *e)
{
    curl_error(e, rc, c->curl_text);
    if (e->cls != ERR_CLASS_PERMANENT && c->origin->proxy.kind == PROXY_FORWARD)
        err_prefix(e, "the proxy of http_proxy");
}

/* --- the beginning --- */

/* libcurl closes a socket, unless it was handed over to us. */
static int on_close_socket(void *ctx, curl_socket_t fd)
{
    struct conn *c = ctx;

    return !c->easy && c->fd == fd ? 0 : close(fd);
}

/* The answer of a proxy to CONNECT: none of it is wanted. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's. */
static size_t on_unwanted(char *data, size_t size, size_t count, void *ctx)
{
    (void)data, (void)ctx;
    return size * count;
}

/* Where to connect. Neither proxy is taken from the environment: net/http1/proxy.c has chosen. */
static void set_place(struct conn *c)
{
    const struct origin *o = c->origin;

    curl_easy_setopt(c->easy, CURLOPT_URL, o->connect_url);
    curl_easy_setopt(c->easy, CURLOPT_PROXY, o->proxy.kind == PROXY_TUNNEL ? o->proxy.address : "");
    curl_easy_setopt(c->easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(c->easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_KEEP_S);
}

/* Sets which certificates are trusted: those of one file. A folder of them besides (Debian's
 * libcurl knows /etc/ssl/certs) would be trusted beside the user's bundle too, and would keep
 * libcurl from reading the file once for all connections (lib/vtls/openssl.c, the cached
 * X509_STORE). AWS_CA_BUNDLE is about servers, not about a proxy that is spoken to over TLS. */
static void set_trusted(const struct conn *c)
{
    const char *bundle = c->origin->proxy.kind == PROXY_FORWARD ? NULL : c->net->config.ca_bundle;

    if (bundle)
        curl_easy_setopt(c->easy, CURLOPT_CAINFO, bundle);
    if (bundle || curl_version_info(CURLVERSION_NOW)->cainfo)
        curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
}

static void set_options(struct conn *c)
{
    const struct net_config *config = &c->net->config;
    CURL *easy = c->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, c->net->share);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Names are looked up in a thread. Without this option a connection that is given up waits for
     * its thread, and the loop with it: half a minute where a name server drops packets. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->curl_text);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, c);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_unwanted);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_unwanted);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    /* libcurl reads into ours: its own buffer is for transfers only. */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_LEAST);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, config->connect_timeout_ms);
    set_trusted(c);
    if (config->user_agent) /* of CONNECT */
        curl_easy_setopt(easy, CURLOPT_USERAGENT, config->user_agent);
}

/* Hands it to libcurl, or lets it wait for a lookup of its server's name. Host name and certificate
 * are those of connect_url, whatever address is chosen. false: there is no memory. */
static bool start(struct conn *c)
{
    struct net *net = c->net;
    struct hosts *hosts = c->origin->proxy.kind == PROXY_NONE ? net->hosts : NULL;

    list_remove(&c->link);
    if (route_choose(&c->route, c->easy, hosts, c->origin->host, c->origin->port, c->avoid,
                clock_mono_ms()) == HOSTS_WAIT) {
        list_push(&net->waiting, &c->link);
        return true;
    }
    list_push(&net->connecting, &c->link);
    return curl_multi_add_handle(net->multi, c->easy) == CURLM_OK;
}

enum err_code conn_open(struct net *net, struct origin *origin, unsigned avoid,
        const struct conn_calls *calls, void *user, struct conn **out, struct err *e)
{
    struct conn *c = calloc(1, sizeof *c);

    if (!c)
        return err_nomem(e);
    list_init(&c->link);
    list_init(&c->age);
    c->net = net;
    c->origin = origin_hold(origin);
    c->avoid = avoid;
    c->calls = calls;
    c->user = user;
    c->fd = CURL_SOCKET_BAD;
    net->conn_count++;
    c->easy = curl_easy_init();
    if (c->easy) {
        set_options(c);
        set_place(c);
    }
    if (!c->easy || !start(c)) {
        conn_close(c);
        return err_nomem(e);
    }
    *out = c;
    return ERR_OK;
}

void conn_begin_waiting(struct net *net)
{
    struct list waiting, *link;
    struct err e;

    list_init(&waiting);
    while ((link = list_pop(&net->waiting)))
        list_push(&waiting, link);
    while ((link = list_pop(&waiting))) {
        struct conn *c = LIST_ENTRY(link, struct conn, link);

        if (start(c))
            continue;
        err_nomem(&e);
        c->calls->opened(c->user, &e);
    }
}

/* The socket of a plain connection becomes ours: libcurl keeps nothing of it. */
static void take_over(struct conn *c)
{
    CURL *easy = c->easy;

    c->easy = NULL; /* on_close_socket() looks at it */
    curl_multi_remove_handle(c->net->multi, easy);
    curl_easy_cleanup(easy);
}

/* A connection of TLS stays libcurl's. The first look attaches it to its handle for good: libcurl
 * would close one that is not as too old. Bytes that nobody has asked for are no good beginning. */
static enum err_code attach(struct conn *c, struct err *e)
{
    char byte;
    size_t n;

    switch (conn_recv(c, &byte, 1, &n, e)) {
    case CONN_AGAIN:
        return ERR_OK;
    case CONN_FAILED:
        return e->code;
    default:
        return err_set(e, ERR_NETWORK, "the server ended the connection, or spoke first");
    }
}

static enum err_code begin(struct conn *c, struct err *e)
{
    bool tls = strncmp(c->origin->connect_url, "https:", 6) == 0;

    if (curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &c->fd) != CURLE_OK ||
            c->fd == CURL_SOCKET_BAD)
        return err_set(e, ERR_NETWORK, "the connection ended as soon as it was made");
    if (!tls)
        take_over(c);
    if (uv_poll_init_socket(&c->net->loop, &c->poll, c->fd) != 0)
        return err_nomem(e);
    c->poll.data = c;
    return tls ? attach(c, e) : ERR_OK;
}

/* When the server's address refuses connections, another one is tried at once. libcurl would do so
 * by itself, but 7.88 does not notice the refusal before one of its timers fires. false: there is
 * no other. */
static bool connect_elsewhere(struct conn *c, CURLcode rc)
{
    if (rc != CURLE_COULDNT_CONNECT || !route_has_other(&c->route))
        return false;
    curl_multi_remove_handle(c->net->multi, c->easy);
    c->avoid = route_end(&c->route, ROUTE_FAILED, clock_mono_ms());
    return start(c);
}

static void connected(struct conn *c, CURLcode rc)
{
    const char *ip = NULL;
    struct err e;

    if (connect_elsewhere(c, rc))
        return;
    list_remove(&c->link);
    if (rc == CURLE_OK && curl_easy_getinfo(c->easy, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK && ip)
        route_connected(&c->route, ip, clock_mono_ms());
    err_clear(&e);
    if (rc != CURLE_OK)
        describe(c, rc, &e);
    else if (begin(c, &e) == ERR_OK)
        err_clear(&e);
    c->calls->opened(c->user, &e);
}

void conn_drain(struct net *net)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(net->multi, &left))) {
        struct conn *c = NULL;
        CURLcode rc = msg->data.result;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c);
        connected(c, rc);
    }
}

void conn_set_unwatched(CURL *easy)
{
    struct conn *c = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
    if (!c)
        return;
    list_remove(&c->link);
    list_push(&c->net->unwatched, &c->link);
    net_later(c->net);
}

void conn_end_unwatched(struct net *net)
{
    struct list *link;
    struct err e;

    while ((link = list_pop(&net->unwatched))) {
        struct conn *c = LIST_ENTRY(link, struct conn, link);

        err_nomem(&e);
        c->calls->opened(c->user, &e);
    }
}

/* --- bytes --- */

static enum conn_io failed(const char *what, struct err *e)
{
    err_set(e, ERR_NETWORK, "%s failure: %s", what, strerror(errno));
    return CONN_FAILED;
}

static enum conn_io curl_io(struct conn *c, CURLcode rc, struct err *e)
{
    if (rc == CURLE_OK)
        return CONN_MOVED;
    if (rc == CURLE_AGAIN)
        return CONN_AGAIN;
    describe(c, rc, e);
    return CONN_FAILED;
}

enum conn_io conn_send(struct conn *c, const char *data, size_t len, size_t *n, struct err *e)
{
    ssize_t sent;

    *n = 0;
    if (c->easy)
        return curl_io(c, curl_easy_send(c->easy, data, len < TLS_RECORD ? len : TLS_RECORD, n), e);
    do
        sent = send(c->fd, data, len, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? CONN_AGAIN : failed("Send", e);
    *n = (size_t)sent;
    return CONN_MOVED;
}

enum conn_io conn_recv(struct conn *c, char *data, size_t size, size_t *n, struct err *e)
{
    enum conn_io io = CONN_MOVED;
    ssize_t got;

    *n = 0;
    if (c->easy) {
        io = curl_io(c, curl_easy_recv(c->easy, data, size, n), e);
    } else {
        do
            got = recv(c->fd, data, size, 0);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? CONN_AGAIN : failed("Recv", e);
        *n = (size_t)got;
    }
    return io == CONN_MOVED && *n == 0 ? CONN_END : io;
}

bool conn_is_drained(struct conn *c, size_t n, size_t size)
{
    struct err ignored;
    char byte;

    /* A socket that gave less than it was asked for has no more. */
    if (!c->easy && n < size)
        return true;
    return conn_recv(c, &byte, 1, &n, &ignored) == CONN_AGAIN;
}

bool conn_is_quiet(struct conn *c)
{
    struct err ignored;
    size_t n;
    char byte;

    if (c->route.address && addresses_is_bad(c->route.address))
        return false;
    if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
            (errno == EAGAIN || errno == EWOULDBLOCK))
        return true;
    /* TLS may have said something to itself, such as a ticket for the next session. */
    return c->easy && conn_recv(c, &byte, 1, &n, &ignored) == CONN_AGAIN;
}

unsigned conn_judge(struct conn *c, enum route_outcome outcome)
{
    return route_judge(&c->route, outcome, clock_mono_ms());
}

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void conn_close(struct conn *c)
{
    CURL *easy = c->easy;

    if (!list_empty(&c->age))
        c->net->idle_count--;
    c->net->conn_count--;
    list_remove(&c->link);
    list_remove(&c->age);
    conn_set_state(c, CONN_CLOSED);
    if (is_polled(c))
        uv_poll_stop(&c->poll);
    if (easy) {
        curl_multi_remove_handle(c->net->multi, easy);
        curl_easy_cleanup(easy);
    } else if (c->fd != CURL_SOCKET_BAD) {
        close(c->fd);
    }
    route_end(&c->route, ROUTE_OTHER, clock_mono_ms());
    origin_release(c->origin);
    c->origin = NULL;
    if (is_polled(c))
        uv_close((uv_handle_t *)&c->poll, on_closed);
    else
        free(c);
}
