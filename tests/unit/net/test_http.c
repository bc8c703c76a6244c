#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http.h"
#include "server.h"

struct fixture {
    struct server *server;
    struct net *net;
    char url[256];
};

/* The outcome of one exchange. */
struct got {
    unsigned calls;
    bool done;
    int status;
    struct err err;
    struct headers headers;
    struct buf body;
    bool reused;
    unsigned sends;
    /* Its callback does these things besides. */
    struct http_exchange *cancel;
    struct net *net;
    const struct http_request *next;
    struct got *next_got;
    unsigned in_flight; /* seen by the callback */
};

static void got_init(struct got *g)
{
    memset(g, 0, sizeof *g);
    headers_init(&g->headers);
    buf_init(&g->body, BUF_MAX_ANSWER);
}

static void got_free(struct got *g)
{
    headers_free(&g->headers);
    buf_free(&g->body);
}

static void on_done(void *ctx, const struct http_response *response, const struct err *err)
{
    struct got *g = ctx;
    const char *name, *value;
    size_t at = 0;
    struct err e;

    g->calls++;
    g->status = response->status;
    g->err = *err;
    g->reused = response->reused;
    g->sends = response->sends;
    while (headers_next(&response->headers, &at, &name, &value))
        headers_add(&g->headers, name, value);
    buf_add(&g->body, buf_str(&response->body), response->body.len);
    if (g->net)
        g->in_flight = http_in_flight(g->net);
    if (g->cancel)
        http_cancel(g->cancel);
    if (g->next)
        assert_int_equal(http_send(g->net, g->next, on_done, g->next_got, NULL, &e), ERR_OK);
    g->done = true;
}

static int set_up(void **state)
{
    static const struct net_config config = {.user_agent = "unit", .getenv = getenv};
    struct fixture *f = calloc(1, sizeof *f);
    struct err e;

    f->server = server_start();
    if (net_new(&f->net, &config, &e) != ERR_OK)
        return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    int left = net_free(f->net);

    server_stop(f->server);
    free(f);
    return left;
}

static const char *url(struct fixture *f, const char *path)
{
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u%s", f->server->port, path);
    return f->url;
}

static void exchange(struct fixture *f, const struct http_request *request, struct got *g)
{
    struct err e;

    got_init(g);
    assert_int_equal(http_send(f->net, request, on_done, g, NULL, &e), ERR_OK);
    assert_false(g->done);
    net_run_until(f->net, &g->done);
    assert_int_equal(g->calls, 1);
    assert_int_equal(http_in_flight(f->net), 0);
}

static void get(struct fixture *f, const char *path, struct got *g)
{
    struct http_request request = {.method = "GET", .url = url(f, path)};

    exchange(f, &request, g);
}

/* --- what goes out --- */

static const struct kind {
    const char *method;
    const char *body; /* NULL: none */
    const char *type;
} kinds[] = {
        {"GET", NULL, NULL},
        {"HEAD", NULL, NULL},
        {"PUT", "", NULL},
        {"PUT", "some bytes", NULL},
        {"POST", NULL, NULL},
        {"POST", "<xml/>", "application/xml"},
        {"DELETE", NULL, NULL},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool sent(const struct seen *seen, const char *line)
{
    char field[256];

    snprintf(field, sizeof field, "\r\n%s", line);
    return strcasestr(seen->head, field) != NULL;
}

static void check_seen(const struct seen *seen, const struct kind *kind)
{
    bool carries = strcmp(kind->method, "PUT") == 0 || strcmp(kind->method, "POST") == 0;
    const char *body = kind->body ? kind->body : "";
    char line[256];

    snprintf(line, sizeof line, "%s /ok?a=b HTTP/1.1\r\n", kind->method);
    assert_memory_equal(seen->head, line, strlen(line));
    assert_string_equal(seen->body, body);
    snprintf(line, sizeof line, "content-length: %zu", strlen(body));
    assert_int_equal(sent(seen, line), carries);
    assert_int_equal(sent(seen, "content-length:"), carries);
    assert_int_equal(sent(seen, "content-type:"), kind->type != NULL);
    assert_true(sent(seen, "x-amz-date: 20261231T235959Z\r\n"));
    assert_true(sent(seen, "x-empty:\r\n"));
    assert_true(sent(seen, "user-agent: unit"));
    assert_true(sent(seen, "host: 127.0.0.1:"));
    assert_false(sent(seen, "expect:"));
    assert_false(sent(seen, "accept:"));
    assert_false(sent(seen, "accept-encoding:"));
    assert_false(sent(seen, "transfer-encoding:"));
    assert_false(sent(seen, "authorization:"));
}

static void send_kind(struct fixture *f, const struct kind *kind, bool reused)
{
    struct http_request request = {.method = kind->method, .url = url(f, "/ok?a=b")};
    struct headers headers;
    struct got g;

    headers_init(&headers);
    headers_add(&headers, "x-amz-date", "20261231T235959Z");
    headers_add(&headers, "x-empty", "");
    if (kind->type)
        headers_add(&headers, "content-type", kind->type);
    request.headers = &headers;
    request.body = kind->body;
    request.body_len = kind->body ? strlen(kind->body) : 0;
    exchange(f, &request, &g);
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.status, 200);
    assert_string_equal(buf_str(&g.body), strcmp(kind->method, "HEAD") == 0 ? "" : "hello");
    assert_int_equal(g.reused, reused);
    assert_int_equal(g.sends, 1);
    got_free(&g);
    headers_free(&headers);
}

/* Every kind of request after every other, over one handle and one connection: nothing of the one
 * is left in the next. */
static void test_sequences(void **state)
{
    struct fixture *f = *state;
    size_t i, j, n = 0;

    for (i = 0; i < KINDS; i++) {
        for (j = 0; j < KINDS; j++) {
            send_kind(f, &kinds[i], n > 0);
            send_kind(f, &kinds[j], true);
            n += 2;
        }
    }
    assert_int_equal(f->server->seen_count, n);
    assert_int_equal(f->server->connections, 1);
    for (i = 0; i < KINDS; i++) {
        for (j = 0; j < KINDS; j++) {
            check_seen(&f->server->seen[2 * (i * KINDS + j)], &kinds[i]);
            check_seen(&f->server->seen[2 * (i * KINDS + j) + 1], &kinds[j]);
        }
    }
}

static void test_path_as_it_is(void **state)
{
    static const char *const paths[] = {
            "/a/../b", "/./x", "//y//", "/%2e%2e/z", "/a%2Fb?c=%20&d", "/..", "/.../%E2%82%AC"};
    struct fixture *f = *state;
    size_t i;

    for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char line[64];
        struct got g;

        get(f, paths[i], &g);
        assert_int_equal(g.status, 200);
        got_free(&g);
        snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", paths[i]);
        assert_memory_equal(f->server->seen[i].head, line, strlen(line));
    }
}

static void test_large_upload(void **state)
{
    struct fixture *f = *state;
    size_t len = 3000000, i;
    unsigned char *body = malloc(len);
    struct http_request request = {
            .method = "PUT", .url = url(f, "/ok"), .body = body, .body_len = len};
    struct got g;

    for (i = 0; i < len; i++)
        body[i] = (unsigned char)(i * 7 + i / 256);
    exchange(f, &request, &g);
    assert_int_equal(g.status, 200);
    assert_int_equal(f->server->seen[0].body_len, len);
    assert_memory_equal(f->server->seen[0].body, body, len);
    got_free(&g);
    free(body);
}

/* A body that is not in memory. */
struct readable {
    const unsigned char *body;
    size_t most;    /* bytes that were asked for at once */
    size_t ends_at; /* nothing can be read from here on */
};

static bool read_piece(void *ctx, size_t at, void *out, size_t len)
{
    struct readable *r = ctx;

    if (len > r->most)
        r->most = len;
    if (at + len > r->ends_at)
        return false;
    memcpy(out, r->body + at, len);
    return true;
}

static void test_read_body(void **state)
{
    struct fixture *f = *state;
    size_t len = 3000001, i;
    unsigned char *body = malloc(len);
    struct readable r = {body, 0, len};
    struct http_request request = {.method = "PUT",
            .url = url(f, "/ok"),
            .body_len = len,
            .read = read_piece,
            .read_ctx = &r};
    struct got g;

    for (i = 0; i < len; i++)
        body[i] = (unsigned char)(i * 7 + i / 256);
    for (i = 0; i < 2; i++) { /* over a new connection, and over one that is open */
        exchange(f, &request, &g);
        assert_int_equal(g.status, 200);
        assert_int_equal(f->server->seen[i].body_len, len);
        assert_memory_equal(f->server->seen[i].body, body, len);
        got_free(&g);
    }
    assert_in_range(r.most, 1, 65536);
    for (i = 0; i < 2; i++) { /* at its beginning, and in its middle */
        r.ends_at = i * len / 2;
        exchange(f, &request, &g);
        assert_int_equal(g.err.code, ERR_IO);
        got_free(&g);
    }
    r.ends_at = len; /* the loop goes on */
    request.body_len = 10;
    exchange(f, &request, &g);
    assert_int_equal(g.status, 200);
    got_free(&g);
    free(body);
}

/* A request that must not go out is refused before anything is sent, and never called back. */
static void test_refused(void **state)
{
    static const char *const values[] = {"a\r\nx-evil: 1", "a\nb", "a\rb"};
    struct fixture *f = *state;
    struct headers headers;
    struct got g;
    struct err e;
    size_t i;

    got_init(&g);
    headers_init(&headers);
    for (i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct http_request request = {.method = "GET", .url = url(f, "/ok"), .headers = &headers};

        headers_clear(&headers);
        headers_add(&headers, "x-a", values[i]);
        assert_int_equal(http_send(f->net, &request, on_done, &g, NULL, &e), ERR_PROTOCOL);
        headers.text.failed = ERR_LIMIT;
        assert_int_equal(http_send(f->net, &request, on_done, &g, NULL, &e), ERR_LIMIT);
    }
    assert_int_equal(http_in_flight(f->net), 0);
    assert_int_equal(g.calls, 0);
    assert_int_equal(f->server->seen_count, 0);
    headers_free(&headers);
    got_free(&g);
}

/* --- what comes back --- */

static void test_answers(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *body;
    } rows[] = {
            {"/ok", 200, "hello"}, {"/missing", 404, "missing"}, {"/empty", 204, ""},
            {"/continue", 200, "ok"}, {"/chunked", 200, "abcdefg"}, {"/two-spaces", 200, ""},
            {"/elsewhere", 301, ""}, /* not followed: the signature is for this place only */
    };
    struct fixture *f = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct got g;

        get(f, rows[i].path, &g);
        assert_int_equal(g.err.code, ERR_OK);
        assert_int_equal(g.status, rows[i].status);
        assert_string_equal(buf_str(&g.body), rows[i].body);
        assert_null(headers_get(&g.headers, "x-early"));
        got_free(&g);
    }
    assert_int_equal(f->server->seen_count, i);
    assert_int_equal(f->server->connections, 1);
}

static void test_answer_headers(void **state)
{
    struct fixture *f = *state;
    struct got g;

    get(f, "/headers", &g);
    assert_int_equal(g.status, 200); /* a field called HTTP-… is no status line */
    assert_string_equal(headers_get(&g.headers, "etag"), "\"a b\"");
    assert_string_equal(headers_get(&g.headers, "x-spaces"), "v");
    assert_string_equal(headers_get(&g.headers, "x-none"), "");
    assert_string_equal(headers_get(&g.headers, "x-colon"), "a:b");
    got_free(&g);
}

static void test_broken(void **state)
{
    static const struct {
        const char *path;
        enum err_code code, or_else;
        enum err_class cls;
        int status;       /* of the answer that broke off or is too long; 0: none came */
        const char *says; /* in the message */
    } rows[] = {
            {"/close", ERR_PROTOCOL, ERR_NETWORK, ERR_CLASS_RETRY, 0, ""},
            {"/reset", ERR_NETWORK, ERR_NETWORK, ERR_CLASS_RETRY, 0, ""},
            {"/cut-body", ERR_PROTOCOL, ERR_NETWORK, ERR_CLASS_RETRY, 200, ""},
            {"/cut-chunk", ERR_PROTOCOL, ERR_NETWORK, ERR_CLASS_RETRY, 200, ""},
            {"/nonsense", ERR_PROTOCOL, ERR_PROTOCOL, ERR_CLASS_PERMANENT, 0, ""}, /* no HTTP */
            {"/nul", ERR_PROTOCOL, ERR_NETWORK, ERR_CLASS_RETRY, 200, ""},
            {"/large-head", ERR_LIMIT, ERR_LIMIT, ERR_CLASS_PERMANENT, 200,
                    "the answer's header is"},
            {"/large-body", ERR_LIMIT, ERR_LIMIT, ERR_CLASS_PERMANENT, 200, "the answer is longer"},
            {"/large-error", ERR_LIMIT, ERR_LIMIT, ERR_CLASS_PERMANENT, 500,
                    "the error answer is longer"},
    };
    struct fixture *f = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct got g;

        get(f, rows[i].path, &g);
        if (g.err.code != rows[i].code && g.err.code != rows[i].or_else)
            fail_msg("%s: %s (%s)", rows[i].path, err_name(g.err.code), g.err.message);
        assert_int_equal(g.err.cls, rows[i].cls);
        assert_true(g.err.message[0] != '\0');
        assert_non_null(strstr(g.err.message, rows[i].says));
        assert_int_equal(g.err.http_status, rows[i].status);
        got_free(&g);
        get(f, "/ok", &g); /* the next is not touched by it */
        assert_int_equal(g.err.code, ERR_OK);
        assert_string_equal(buf_str(&g.body), "hello");
        got_free(&g);
    }
}

static void test_no_server(void **state)
{
    static const struct {
        const char *url; /* NULL: a port on which nobody listens */
        enum err_code code;
        enum err_class cls;
    } rows[] = {
            {NULL, ERR_NETWORK, ERR_CLASS_RETRY},
            {"gopher://127.0.0.1/", ERR_PROTOCOL, ERR_CLASS_PERMANENT},
            {"file:///etc/hostname", ERR_PROTOCOL, ERR_CLASS_PERMANENT},
    };
    struct fixture *f = *state;
    char closed[64];
    size_t i;
    int fd;

    snprintf(closed, sizeof closed, "http://127.0.0.1:%u/", server_refusing_port(&fd));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_request request = {.method = "GET", .url = rows[i].url ? rows[i].url : closed};
        struct got g;

        exchange(f, &request, &g);
        assert_int_equal(g.err.code, rows[i].code);
        assert_int_equal(g.err.cls, rows[i].cls);
        assert_int_equal(g.status, 0);
        assert_int_equal(g.sends, 0);
        got_free(&g);
    }
    close(fd);
}

/* --- a kept connection that ends instead of an answer --- */

/* Leaves `count` connections open, each of which has carried one request. */
static void open_connections(struct fixture *f, unsigned count)
{
    struct http_request request = {.method = "GET", .url = url(f, "/ok")};
    struct got got[2];
    struct err e;
    unsigned i;

    for (i = 0; i < count; i++) {
        got_init(&got[i]);
        assert_int_equal(http_send(f->net, &request, on_done, &got[i], NULL, &e), ERR_OK);
    }
    for (i = 0; i < count; i++) {
        net_run_until(f->net, &got[i].done);
        assert_int_equal(got[i].err.code, ERR_OK);
        got_free(&got[i]);
    }
    assert_int_equal(f->server->connections, count);
    assert_int_equal(f->server->seen_count, count);
}

static const struct lost {
    const char *method, *path, *body;
} lost[] = {
        {"POST", "/close", ""}, {"POST", "/close", "<xml/>"}, {"POST", "/reset", "<xml/>"},
        {"PUT", "/close", ""}, {"PUT", "/reset", ""}, {"GET", "/close", NULL},
        {"HEAD", "/reset", NULL}, {"DELETE", "/close", NULL},
        {"POST", "/first-only", "<xml/>"}, /* another connection would have brought an answer */
};
enum { LOST = sizeof lost / sizeof lost[0] };

static void send_lost(struct fixture *f, const struct lost *row)
{
    struct http_request request = {.method = row->method,
            .url = url(f, row->path),
            .body = row->body,
            .body_len = row->body ? strlen(row->body) : 0};
    unsigned before = f->server->seen_count;
    struct got g;

    exchange(f, &request, &g);
    assert_int_equal(f->server->seen_count, before + 1);
    assert_int_equal(g.sends, 1);
    assert_int_equal(g.status, 0);
    assert_int_equal(g.err.code, ERR_NETWORK);
    assert_int_equal(g.err.cls, ERR_CLASS_RETRY);
    if (strcmp(row->path, "/reset") != 0) /* of a reset, the kernel's word may come first */
        assert_string_equal(g.err.message, "the connection ended before an answer came");
    got_free(&g);
    get(f, "/ok", &g); /* its handle is used again, and nothing of the failure is left in it */
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.sends, 1);
    assert_string_equal(buf_str(&g.body), "hello");
    got_free(&g);
}

/* The server sees a request of any method once. */
static void test_sent_once(void **state)
{
    struct fixture *f = *state;
    size_t i;

    open_connections(f, 1);
    for (i = 0; i < LOST; i++)
        send_lost(f, &lost[i]);
}

/* A second open connection changes nothing: the request is not sent over it. */
static void test_sent_once_of_two(void **state)
{
    struct fixture *f = *state;

    open_connections(f, 2);
    send_lost(f, &lost[0]);
}

/* A request that may be done twice goes out once more, over a new connection, and is counted. */
static void test_resend(void **state)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE"};
    struct fixture *f = *state;
    size_t i;

    open_connections(f, 1);
    for (i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct http_request request = {
                .method = methods[i], .url = url(f, "/first-only"), .resend = true};
        unsigned before = f->server->seen_count;
        struct got g;

        exchange(f, &request, &g);
        assert_int_equal(g.err.code, ERR_OK);
        assert_int_equal(g.status, 200);
        assert_int_equal(g.sends, 2);
        assert_false(g.reused);
        assert_int_equal(f->server->seen_count, before + 2);
        assert_int_equal(f->server->seen[before + 1].connection, i + 1);
        got_free(&g);
    }
}

/* A server that never answers is not asked for ever. */
static void test_resend_ends(void **state)
{
    struct fixture *f = *state;
    struct http_request request = {.method = "GET", .resend = true};
    struct got g;

    open_connections(f, 1);
    request.url = url(f, "/close");
    exchange(f, &request, &g);
    assert_int_equal(g.err.cls, ERR_CLASS_RETRY);
    assert_int_equal(g.sends, 2);
    assert_int_equal(f->server->seen_count, 3);
    got_free(&g);
}

/* --- a body as it comes --- */

struct sink {
    struct buf body;
    unsigned calls;
    size_t most; /* bytes after which it wants no more */
};

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct sink *s = ctx;

    assert_int_equal(status, 200);
    s->calls++;
    buf_add(&s->body, data, len);
    if (s->body.len > s->most)
        return err_set(e, ERR_MANIFEST, "enough");
    return ERR_OK;
}

static void test_on_body(void **state)
{
    static const struct {
        const char *path;
        size_t most;
        enum err_code code;
        const char *streamed, *collected;
    } rows[] = {
            {"/ok", 100, ERR_OK, "hello", ""},
            {"/chunked", 100, ERR_OK, "abcdefg", ""},
            {"/missing", 100, ERR_OK, "", "missing"}, /* the words of an error are not the object */
            {"/ok", 4, ERR_MANIFEST, "hello", ""},
            {"/cut-body", 100, ERR_PROTOCOL, "hello", ""},
    };
    struct fixture *f = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sink sink = {.most = rows[i].most};
        struct http_request request = {.method = "GET",
                .url = url(f, rows[i].path),
                .on_body = on_body,
                .on_body_ctx = &sink};
        struct got g;

        buf_init(&sink.body, 1000);
        exchange(f, &request, &g);
        if (g.err.code != rows[i].code)
            fail_msg("%s: %s (%s)", rows[i].path, err_name(g.err.code), g.err.message);
        if (rows[i].code == ERR_MANIFEST)
            assert_string_equal(g.err.message, "enough");
        assert_string_equal(buf_str(&sink.body), rows[i].streamed);
        assert_string_equal(buf_str(&g.body), rows[i].collected);
        buf_free(&sink.body);
        got_free(&g);
    }
}

/* A body of any size goes through. */
static void test_on_large_body(void **state)
{
    struct fixture *f = *state;
    struct sink sink = {.most = SIZE_MAX};
    struct http_request request = {.method = "GET",
            .url = url(f, "/large-body"),
            .on_body = on_body,
            .on_body_ctx = &sink};
    struct got g;

    buf_init(&sink.body, 10000000);
    exchange(f, &request, &g);
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(sink.body.len, 5242880);
    assert_true(sink.calls > 10);
    buf_free(&sink.body);
    got_free(&g);
}

/* --- time and ends --- */

static void test_stalls(void **state)
{
    static const struct {
        const char *path;
        int status;
    } rows[] = {{"/stall", 0}, {"/stall-body", 200}};
    struct fixture *f = *state;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_request request = {
                .method = "GET", .url = url(f, rows[i].path), .stall_ms = 50};
        struct got g;
        int status;

        /* On a busy machine the status may come later than 50 ms. */
        do {
            exchange(f, &request, &g);
            assert_int_equal(g.err.code, ERR_TIMEOUT);
            assert_int_equal(g.err.cls, ERR_CLASS_RETRY);
            status = g.status;
            got_free(&g);
            request.stall_ms *= 2;
        } while (status != rows[i].status && request.stall_ms < 60000);
        assert_int_equal(status, rows[i].status);
    }
}

/* One stalls, and its callback cancels another that has stalled as well, and starts a third. */
static void test_stall_cancels_stalled(void **state)
{
    struct fixture *f = *state;
    char stall[256], ok[256];
    struct http_request request = {.method = "GET", .url = stall, .stall_ms = 50};
    struct http_request next = {.method = "GET", .url = ok};
    struct http_exchange *second;
    struct got a, b, c;
    struct err e;

    snprintf(stall, sizeof stall, "%s", url(f, "/stall"));
    snprintf(ok, sizeof ok, "%s", url(f, "/ok"));
    got_init(&a);
    got_init(&b);
    got_init(&c);
    assert_int_equal(http_send(f->net, &request, on_done, &a, NULL, &e), ERR_OK);
    assert_int_equal(http_send(f->net, &request, on_done, &b, &second, &e), ERR_OK);
    a.net = f->net;
    a.cancel = second;
    a.next = &next;
    a.next_got = &c;
    net_run_until(f->net, &c.done);
    assert_int_equal(a.err.code, ERR_TIMEOUT);
    assert_int_equal(a.calls, 1);
    assert_int_equal(b.err.code, ERR_CANCELLED);
    assert_int_equal(b.calls, 1);
    assert_int_equal(c.err.code, ERR_OK);
    assert_string_equal(buf_str(&c.body), "hello");
    assert_int_equal(http_in_flight(f->net), 0);
    got_free(&a);
    got_free(&b);
    got_free(&c);
}

static void test_cancel(void **state)
{
    struct fixture *f = *state;
    struct http_request request = {.method = "GET", .url = url(f, "/stall")};
    struct http_exchange *handle;
    struct got g;
    struct err e;

    got_init(&g);
    assert_int_equal(http_send(f->net, &request, on_done, &g, &handle, &e), ERR_OK);
    assert_int_equal(http_in_flight(f->net), 1);
    http_cancel(handle); /* before the loop has turned */
    assert_int_equal(g.calls, 1);
    assert_int_equal(g.err.code, ERR_CANCELLED);
    assert_int_equal(g.err.cls, ERR_CLASS_PERMANENT);
    assert_int_equal(http_in_flight(f->net), 0);
    got_free(&g);
}

static void test_cancel_within_callback(void **state)
{
    struct fixture *f = *state;
    char stall[256];
    struct http_request victim = {.method = "GET", .url = stall};
    struct http_request request = {.method = "GET"};
    struct http_exchange *other;
    struct got a, b;
    struct err e;

    snprintf(stall, sizeof stall, "%s", url(f, "/stall"));
    request.url = url(f, "/ok");
    got_init(&a);
    got_init(&b);
    assert_int_equal(http_send(f->net, &victim, on_done, &b, &other, &e), ERR_OK);
    assert_int_equal(http_send(f->net, &request, on_done, &a, NULL, &e), ERR_OK);
    a.cancel = other;
    a.net = f->net;
    net_run_until(f->net, &a.done);
    assert_int_equal(a.err.code, ERR_OK);
    assert_int_equal(a.in_flight, 1);
    assert_int_equal(b.calls, 1);
    assert_int_equal(b.err.code, ERR_CANCELLED);
    assert_int_equal(http_in_flight(f->net), 0);
    got_free(&a);
    got_free(&b);
}

/* Many at once, each with its own answer. */
static void test_many(void **state)
{
    enum { MANY = 100 };
    static struct got got[MANY];
    struct fixture *f = *state;
    struct err e;
    size_t i;

    for (i = 0; i < MANY; i++) {
        struct http_request request = {.method = "GET", .url = url(f, i % 2 ? "/ok" : "/missing")};

        got_init(&got[i]);
        assert_int_equal(http_send(f->net, &request, on_done, &got[i], NULL, &e), ERR_OK);
    }
    assert_int_equal(http_in_flight(f->net), MANY);
    for (i = 0; i < MANY; i++) {
        net_run_until(f->net, &got[i].done);
        assert_int_equal(got[i].calls, 1);
        assert_int_equal(got[i].status, i % 2 ? 200 : 404);
        assert_string_equal(buf_str(&got[i].body), i % 2 ? "hello" : "missing");
        got_free(&got[i]);
    }
    assert_int_equal(http_in_flight(f->net), 0);
}

/* A proxy of the environment is used, unless the request must not go through one. */
static void test_no_proxy(void **state)
{
    struct fixture *f = *state;
    struct http_request request = {.method = "GET", .url = url(f, "/ok")};
    char proxy[64];
    struct got g;
    int fd;

    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", server_refusing_port(&fd));
    setenv("http_proxy", proxy, 1);
    exchange(f, &request, &g);
    assert_int_equal(g.err.code, ERR_NETWORK);
    got_free(&g);
    request.no_proxy = true;
    exchange(f, &request, &g);
    assert_int_equal(g.err.code, ERR_OK);
    got_free(&g);
    request.no_proxy = false; /* and not for ever */
    exchange(f, &request, &g);
    assert_int_equal(g.err.code, ERR_NETWORK);
    got_free(&g);
    unsetenv("http_proxy");
    close(fd);
}

/* --- the loop --- */

static void on_timer(void *ctx)
{
    ++*(unsigned *)ctx;
}

static void test_timers(void **state)
{
    struct fixture *f = *state;
    unsigned fired = 0, stopped = 0;
    struct net_timer *timer;
    bool never = false;
    struct err e;

    assert_int_equal(net_timer_start(f->net, 1, on_timer, &fired, NULL, &e), ERR_OK);
    assert_int_equal(net_timer_start(f->net, 2, on_timer, &fired, NULL, &e), ERR_OK);
    assert_int_equal(net_timer_start(f->net, 1, on_timer, &stopped, &timer, &e), ERR_OK);
    net_timer_stop(timer);
    net_timer_stop(NULL);
    net_run_until(f->net, &never); /* comes back: nothing is left to wait for */
    assert_int_equal(fired, 2);
    assert_int_equal(stopped, 0);
}

/* The end, with everything under way: all is called back once, and nothing is left in the loop
 * (tear_down() looks). */
static void test_free_under_way(void **state)
{
    struct fixture *f = *state;
    struct http_request request = {.method = "GET"};
    unsigned fired = 0;
    struct got g[3], ok;
    struct err e;
    char there[256];
    int i;

    snprintf(there, sizeof there, "%s", url(f, "/ok"));
    request.url = there;
    get(f, "/ok", &ok); /* an idle connection is open, too */
    got_free(&ok);
    for (i = 0; i < 3; i++) {
        struct http_request stalls = {
                .method = "GET", .url = url(f, i == 2 ? "/stall-body" : "/stall")};

        got_init(&g[i]);
        assert_int_equal(http_send(f->net, &stalls, on_done, &g[i], NULL, &e), ERR_OK);
    }
    assert_int_equal(net_timer_start(f->net, 100000, on_timer, &fired, NULL, &e), ERR_OK);
    got_init(&ok); /* by when the others are on their way */
    assert_int_equal(http_send(f->net, &request, on_done, &ok, NULL, &e), ERR_OK);
    net_run_until(f->net, &ok.done);
    assert_int_equal(ok.err.code, ERR_OK);
    got_free(&ok);
    assert_int_equal(net_free(f->net), 0);
    f->net = NULL;
    for (i = 0; i < 3; i++) {
        assert_int_equal(g[i].calls, 1);
        assert_int_equal(g[i].err.code, ERR_CANCELLED);
        got_free(&g[i]);
    }
    assert_int_equal(fired, 0);
}

int main(void)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
            "ALL_PROXY", "no_proxy", "NO_PROXY"};
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
            TEST(test_sequences),
            TEST(test_path_as_it_is),
            TEST(test_large_upload),
            TEST(test_read_body),
            TEST(test_refused),
            TEST(test_answers),
            TEST(test_answer_headers),
            TEST(test_broken),
            TEST(test_no_server),
            TEST(test_sent_once),
            TEST(test_sent_once_of_two),
            TEST(test_resend),
            TEST(test_resend_ends),
            TEST(test_on_body),
            TEST(test_on_large_body),
            TEST(test_stalls),
            TEST(test_stall_cancels_stalled),
            TEST(test_cancel),
            TEST(test_cancel_within_callback),
            TEST(test_many),
            TEST(test_no_proxy),
            TEST(test_timers),
            TEST(test_free_under_way),
    };
#undef TEST
    size_t i;

    for (i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
        unsetenv(proxies[i]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
