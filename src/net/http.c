#include "net/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "net/curl_error.h"
#include "net/net_int.h"
#include "net/route.h"

enum {
    STALL_DEFAULT_MS = 30000,
    LARGE_BODY = 64 * 1024, /* bytes that may take longer than a stall to send */
    SPARE_MOST = 1024,      /* easy handles kept; one takes some 5 KiB */
    RECEIVE_BUFFER = 16384, /* bytes per handle: most answers are a few hundred */
    DNS_KEEP_S = 60,        /* what libcurl itself looks up */
};

struct http_exchange {
    struct list link; /* in net->exchanges, net->waiting or net->spare */
    struct net *net;
    CURL *easy;
    struct curl_slist *headers;
    struct route route;
    http_done_cb done;
    void *ctx;
    http_body_cb on_body;
    void *on_body_ctx;
    struct http_response response;
    struct err err;    /* set by our own callbacks, or the stall check */
    uint64_t moved_ms; /* when a byte last went either way */
    uint64_t stall_ms;
    curl_off_t uploaded;
    bool head_only, resend, no_proxy; /* of the request */
    unsigned avoid;
    unsigned asked; /* how often libcurl wanted to send it */
    bool unwatched; /* its socket cannot be watched */
    char curl_text[CURL_ERROR_SIZE];
};

static void moved(struct http_exchange *x)
{
    x->moved_ms = clock_mono_ms();
}

/* --- libcurl's callbacks: they collect, and call no function of libcurl --- */

/* The status of a status line, read as libcurl reads it: more than one space may come before the
 * three digits. 0: there are no digits. */
static int status_of(const char *line, size_t len)
{
    const char *at = memchr(line, ' ', len), *end = line + len;
    uint64_t status;

    while (at && at < end && *at == ' ')
        at++;
    return at && end - at >= 3 && str_parse_u64(at, 3, &status) ? (int)status : 0;
}

/* libcurl calls it before it sends the request (CURLOPT_PREREQFUNCTION(3)), and calls it again, for
 * a POST too, when a kept connection ended before the first byte of the answer (seen with 7.88). */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's. */
static int on_send(void *ctx, char *to_ip, char *from_ip, int to_port, int from_port)
{
    struct http_exchange *x = ctx;

    (void)from_ip, (void)to_port, (void)from_port;
    route_connected(&x->route, to_ip, clock_mono_ms());
    if (++x->asked > 1 && !x->resend) {
        err_set(&x->err, ERR_NETWORK, "the connection ended before an answer came");
        return CURL_PREREQFUNC_ABORT;
    }
    x->response.sends = x->asked;
    moved(x);
    return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct http_exchange *x = ctx;
    size_t len = size * count, name_len = 0;
    const char *value, *end = data + len;

    moved(x);
    if (len >= 6 && memcmp(data, "HTTP/", 5) == 0 &&
            isdigit((unsigned char)data[5])) { /* also after "100 Continue" */
        headers_clear(&x->response.headers);
        x->response.status = status_of(data, len);
        if (x->response.status > 0)
            return len;
        err_set(&x->err, ERR_PROTOCOL, "the answer's first line has no status");
        return 0;
    }
    while (name_len < len && data[name_len] != ':')
        name_len++;
    if (name_len == len)
        return len; /* the empty line */
    value = data + name_len + 1;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    if (memchr(data, '\0', len)) {
        err_set(&x->err, ERR_PROTOCOL, "a header of the answer holds a NUL byte");
        return 0;
    }
    headers_add_n(&x->response.headers, data, name_len, value, (size_t)(end - value));
    if (buf_check(&x->response.headers.text, "the answer's header", &x->err) == ERR_OK)
        return len;
    x->err.http_status = x->response.status;
    return 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct http_exchange *x = ctx;
    size_t len = size * count;

    moved(x);
    if (x->on_body && x->response.status / 100 == 2) {
        struct err e;

        err_clear(&e);
        if (x->on_body(x->on_body_ctx, x->response.status, data, len, &e) != ERR_OK) {
            x->err = e;
            return 0;
        }
        return len;
    }
    buf_add(&x->response.body, data, len);
    if (buf_check(&x->response.body,
                x->response.status / 100 == 2 ? "the answer" : "the error answer",
                &x->err) == ERR_OK)
        return len;
    x->err.http_status = x->response.status;
    return 0;
}

/* libcurl calls it as bytes go either way; it is asked for with large uploads only. */
static int on_progress(
        void *ctx, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    struct http_exchange *x = ctx;

    (void)down_all, (void)down, (void)up_all;
    if (up != x->uploaded) {
        x->uploaded = up;
        moved(x);
    }
    return 0;
}

/* --- life of an exchange --- */

static void exchange_free(struct http_exchange *x)
{
    list_remove(&x->link);
    route_end(&x->route, ROUTE_OTHER, clock_mono_ms());
    if (x->easy)
        curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    headers_free(&x->response.headers);
    buf_free(&x->response.body);
    free(x);
}

/* Sets which certificates are trusted: those of one file. A folder of them besides (Debian's
 * libcurl knows /etc/ssl/certs) would be trusted beside the user's bundle too, and would keep
 * libcurl from reading the file once for all connections (lib/vtls/openssl.c, the cached
 * X509_STORE). */
static void set_trusted(CURL *easy, const char *bundle)
{
    if (bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
    if (bundle || curl_version_info(CURLVERSION_NOW)->cainfo)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
}

/* Sets what is the same for every request, once for the life of the handle. */
static bool easy_prepare(struct http_exchange *x)
{
    const struct net_config *config = &x->net->config;
    CURL *easy = curl_easy_init();

    if (!easy)
        return false;
    x->easy = easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(easy, CURLOPT_SHARE, x->net->share);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Names are looked up in a thread. Without this option an exchange that is given up waits for
     * its thread, and the loop with it: half a minute where a name server drops packets. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_text);
    route_prepare(&x->route, easy);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, x);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);     /* a key may be "a/../b" */
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* never with credentials */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_KEEP_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, config->connect_timeout_ms);
    set_trusted(easy, config->ca_bundle);
    if (config->user_agent)
        curl_easy_setopt(easy, CURLOPT_USERAGENT, config->user_agent);
    return true;
}

static struct http_exchange *exchange_get(struct net *net)
{
    struct list *link = list_pop(&net->spare);
    struct http_exchange *x;

    if (link) {
        net->spare_count--;
        return LIST_ENTRY(link, struct http_exchange, link);
    }
    x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    list_init(&x->link);
    x->net = net;
    headers_init(&x->response.headers);
    buf_init(&x->response.body, BUF_MAX_ANSWER);
    if (!easy_prepare(x)) {
        exchange_free(x);
        return NULL;
    }
    return x;
}

/* Keeps an exchange for the next request, without what it held of this one. A handle of which
 * libcurl sent a request again is not kept: libcurl 7.88 allows five such in the life of a handle.
 */
static void exchange_put(struct http_exchange *x)
{
    struct net *net = x->net;

    if (net->spare_count >= SPARE_MOST || x->response.body.cap > BUF_MAX_SMALL || x->asked > 1) {
        exchange_free(x);
        return;
    }
    curl_slist_free_all(x->headers);
    x->headers = NULL;
    headers_clear(&x->response.headers);
    buf_clear(&x->response.body);
    x->response.status = 0;
    x->response.sends = x->asked = 0;
    err_clear(&x->err);
    list_push(&net->spare, &x->link);
    net->spare_count++;
}

static bool add_line(struct http_exchange *x, const char *line)
{
    struct curl_slist *more = curl_slist_append(x->headers, line);

    if (!more)
        return false;
    x->headers = more;
    return true;
}

static enum err_code set_headers(
        struct http_exchange *x, const struct headers *headers, struct err *e)
{
    const char *name, *value;
    enum err_code code = ERR_OK;
    struct buf line;
    size_t at = 0;

    buf_init(&line, BUF_MAX_SMALL);
    /* libcurl adds these by itself unless told otherwise. */
    if (!add_line(x, "Expect:") || !add_line(x, "Accept:"))
        code = err_nomem(e);
    while (code == ERR_OK && headers && headers_next(headers, &at, &name, &value)) {
        buf_clear(&line);
        buf_adds(&line, name);
        /* A header without a value ends in a semicolon (CURLOPT_HTTPHEADER(3)). */
        buf_adds(&line, *value ? ": " : ";");
        buf_adds(&line, value);
        code = buf_check(&line, "a header of the request", e);
        if (code == ERR_OK && strpbrk(buf_str(&line), "\r\n"))
            code = err_set(e, ERR_PROTOCOL, "the value of header %s holds a line break", name);
        if (code == ERR_OK && !add_line(x, buf_str(&line)))
            code = err_nomem(e);
    }
    buf_free(&line);
    return code;
}

static enum err_code set_request(
        struct http_exchange *x, const struct http_request *r, struct err *e)
{
    CURL *easy = x->easy;
    bool has_body =
            r->body_len > 0 || strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0;
    enum err_code code = set_headers(x, r->headers, e);

    if (code != ERR_OK)
        return code;
    x->head_only = strcmp(r->method, "HEAD") == 0;
    /* NULL: the proxy is the one that the environment names. */
    curl_easy_setopt(easy, CURLOPT_PROXY, r->no_proxy ? "" : NULL);
    curl_easy_setopt(easy, CURLOPT_NOBODY, x->head_only ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, r->body_len > LARGE_BODY ? 0L : 1L);
    if (has_body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        /* libcurl calls the body of a POST a form unless told otherwise. */
        if ((!r->headers || !headers_get(r->headers, "content-type")) &&
                !add_line(x, "Content-Type:"))
            return err_nomem(e);
    } else if (!x->head_only) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, x->head_only ? NULL : r->method);
    if (curl_easy_setopt(easy, CURLOPT_URL, r->url) != CURLE_OK ||
            curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers) != CURLE_OK)
        return err_nomem(e);
    return ERR_OK;
}

/* Hands an exchange to libcurl, or lets it wait for a lookup of its server's name. false: there is
 * no memory. */
static bool begin(struct http_exchange *x, const char *url)
{
    struct net *net = x->net;
    struct hosts *hosts = net->config.proxied && !x->no_proxy ? NULL : net->hosts;

    list_remove(&x->link);
    if (route_choose(&x->route, x->easy, hosts, url, x->avoid, clock_mono_ms()) == HOSTS_WAIT) {
        list_push(&net->waiting, &x->link);
        return true;
    }
    moved(x);
    list_push(&net->exchanges, &x->link);
    return curl_multi_add_handle(net->multi, x->easy) == CURLM_OK;
}

enum err_code http_send(struct net *net, const struct http_request *r, http_done_cb done, void *ctx,
        struct http_exchange **out, struct err *e)
{
    struct http_exchange *x;
    enum err_code code;

    if (r->headers) {
        code = buf_check(&r->headers->text, "the request's header", e);
        if (code != ERR_OK)
            return code;
    }
    x = exchange_get(net);
    if (!x)
        return err_nomem(e);
    x->done = done;
    x->ctx = ctx;
    x->on_body = r->on_body;
    x->on_body_ctx = r->on_body_ctx;
    x->resend = r->resend;
    x->no_proxy = r->no_proxy;
    x->avoid = r->avoid;
    x->stall_ms = r->stall_ms ? r->stall_ms : STALL_DEFAULT_MS;
    x->curl_text[0] = '\0';
    x->uploaded = 0;
    x->unwatched = false;
    code = set_request(x, r, e);
    if (code == ERR_OK && !begin(x, r->url))
        code = err_nomem(e);
    if (code != ERR_OK) {
        exchange_free(x);
        return code;
    }
    net->in_flight++;
    if (out)
        *out = x;
    return ERR_OK;
}

/* What the end of an exchange says of the server's address. A kept connection may end at any time
 * and says nothing. */
static enum route_outcome route_outcome(const struct http_exchange *x, const struct err *err)
{
    switch (err->code) {
    case ERR_OK:
        return ROUTE_WORKED;
    case ERR_NETWORK:
    case ERR_TIMEOUT:
    case ERR_PROTOCOL:
        return x->asked <= 1 ? ROUTE_FAILED : ROUTE_OTHER;
    default:
        return ROUTE_OTHER;
    }
}

/* Takes an exchange out of libcurl, calls back, and keeps it for later. */
static void finish(struct http_exchange *x, const struct err *err)
{
    struct net *net = x->net;
    long connects = 0;

    curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
    x->response.reused = connects == 0;
    curl_multi_remove_handle(net->multi, x->easy);
    x->response.address = route_end(&x->route, route_outcome(x, err), clock_mono_ms());
    list_remove(&x->link);
    net->in_flight--;
    x->done(x->ctx, &x->response, err);
    exchange_put(x);
}

static void describe(const struct http_exchange *x, CURLcode rc, struct err *e)
{
    if (x->err.code != ERR_OK) { /* a callback of ours ended it */
        *e = x->err;
        return;
    }
    curl_error(e, rc, x->curl_text);
    e->http_status = x->response.status;
}

/* When the server's address refuses connections, another one is tried at once. libcurl would do so
 * by itself, but 7.88 does not notice the refusal before one of its timers fires. false: there is
 * no other. */
static bool connect_elsewhere(struct http_exchange *x, CURLcode rc)
{
    const char *url = "";

    if (rc != CURLE_COULDNT_CONNECT || x->asked > 0 || !route_has_other(&x->route))
        return false;
    curl_multi_remove_handle(x->net->multi, x->easy);
    x->avoid = route_end(&x->route, ROUTE_FAILED, clock_mono_ms());
    curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &url);
    return begin(x, url);
}

void http_drain(struct net *net)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(net->multi, &left))) {
        struct http_exchange *x = NULL;
        CURLcode rc = msg->data.result;
        struct err e;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &x);
        if (connect_elsewhere(x, rc))
            continue;
        err_clear(&e);
        if (rc != CURLE_OK)
            describe(x, rc, &e);
        finish(x, &e);
    }
}

/* Moves the exchanges of which `is` is true from net's list into another one. They are gathered
 * before the first of them ends, since a callback may start and cancel exchanges and so change the
 * list. */
static void gather(struct net *net, struct list *out, bool (*is)(const struct http_exchange *x))
{
    struct list *link, *tmp;

    list_init(out);
    LIST_FOR_EACH(link, tmp, &net->exchanges)
    {
        if (is(LIST_ENTRY(link, struct http_exchange, link))) {
            list_remove(link);
            list_push(out, link);
        }
    }
}

static bool is_stalled(const struct http_exchange *x)
{
    return clock_mono_ms() - x->moved_ms > x->stall_ms;
}

static bool is_unwatched(const struct http_exchange *x)
{
    return x->unwatched;
}

void http_begin_waiting(struct net *net)
{
    struct list waiting, *link;

    list_init(&waiting);
    while ((link = list_pop(&net->waiting)))
        list_push(&waiting, link);
    while ((link = list_pop(&waiting))) {
        struct http_exchange *x = LIST_ENTRY(link, struct http_exchange, link);
        const char *url = "";
        struct err e;

        curl_easy_getinfo(x->easy, CURLINFO_EFFECTIVE_URL, &url);
        if (!begin(x, url)) {
            err_nomem(&e);
            finish(x, &e);
        }
    }
}

void http_set_unwatched(CURL *easy)
{
    struct http_exchange *x = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &x);
    if (x)
        x->unwatched = true;
}

void http_end_unwatched(struct net *net)
{
    struct list unwatched, *link;
    struct err e;

    gather(net, &unwatched, is_unwatched);
    while ((link = list_pop(&unwatched))) {
        err_nomem(&e);
        finish(LIST_ENTRY(link, struct http_exchange, link), &e);
    }
}

/* Whether something has kept the loop from turning for long. Answers may then lie in their sockets,
 * and are to be read before an exchange is called stalled. */
static bool was_kept(struct net *net)
{
    enum { LATE_MS = 2500 };
    uint64_t now = clock_mono_ms(), before = net->stalls_checked_ms;
    struct list *link, *tmp;

    net->stalls_checked_ms = now;
    if (before == 0 || now - before < LATE_MS)
        return false;
    LIST_FOR_EACH(link, tmp, &net->exchanges)
    moved(LIST_ENTRY(link, struct http_exchange, link));
    return true;
}

void http_check_stalls(struct net *net)
{
    struct list stalled, *link;

    if (was_kept(net))
        return;
    gather(net, &stalled, is_stalled);
    while ((link = list_pop(&stalled))) {
        struct http_exchange *x = LIST_ENTRY(link, struct http_exchange, link);
        struct err e;

        err_set(&e, ERR_TIMEOUT, "nothing came from the server for %llu s",
                (unsigned long long)(x->stall_ms / 1000));
        e.http_status = x->response.status;
        finish(x, &e);
    }
}

void http_cancel(struct http_exchange *x)
{
    struct err e;

    err_set(&e, ERR_CANCELLED, "cancelled");
    finish(x, &e);
}

void http_end_all(struct net *net)
{
    struct list *link;

    while ((link = list_pop(&net->exchanges)) || (link = list_pop(&net->waiting)))
        http_cancel(LIST_ENTRY(link, struct http_exchange, link));
    while ((link = list_pop(&net->spare)))
        exchange_free(LIST_ENTRY(link, struct http_exchange, link));
    net->spare_count = 0;
}

unsigned http_in_flight(const struct net *net)
{
    return net->in_flight;
}
