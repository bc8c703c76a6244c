/* Servers that are odd or mean, proxies, and which connection a request goes over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/http.h"
#include "server.h"

static struct net *net;
static struct server *server;

/* The server's next answer (answer()); set before the request is sent. */
static struct {
    const char *answer; /* NULL: "hello" */
    enum { GOES_ON, ENDS, WAITS_THEN_SPEAKS } then;
    bool did, may; /* under server->lock: it has done so; it may */
} script;

struct got {
    bool done;
    int status;
    struct err err;
    struct buf body;
    bool reused;
    unsigned sends;
};

static bool flag(const bool *which)
{
    bool value;

    pthread_mutex_lock(&server->lock);
    value = *which;
    pthread_mutex_unlock(&server->lock);
    return value;
}

static void set_flag(bool *which)
{
    pthread_mutex_lock(&server->lock);
    *which = true;
    pthread_mutex_unlock(&server->lock);
}

static bool answer(struct server *s, int fd, const struct seen *seen)
{
    static const char hello[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    (void)s;
    if (strstr(seen->head, " /ok") || !script.answer) {
        server_text(fd, hello);
        return true;
    }
    server_text(fd, script.answer);
    if (script.then == ENDS) {
        shutdown(fd, SHUT_RDWR);
        set_flag(&script.did);
        return false;
    }
    if (script.then == WAITS_THEN_SPEAKS) {
        while (!flag(&script.may))
            usleep(1000);
        server_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        set_flag(&script.did);
    }
    return true;
}

static int set_up(void **state)
{
    static const struct net_config config = {.getenv = getenv};
    struct err e;

    (void)state;
    memset(&script, 0, sizeof script);
    server = server_start_with(answer);
    return net_new(&net, &config, &e) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    int left = net_free(net);

    (void)state;
    server_stop(server);
    return left;
}

static void on_done(void *ctx, const struct http_response *response, const struct err *err)
{
    struct got *g = ctx;

    g->status = response->status;
    g->err = *err;
    g->reused = response->reused;
    g->sends = response->sends;
    buf_add(&g->body, buf_str(&response->body), response->body.len);
    g->done = true;
}

static void exchange(struct http_request *request, const char *path, struct got *g)
{
    char url[128];
    struct err e;

    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", server->port, path);
    if (!request->url)
        request->url = url;
    memset(g, 0, sizeof *g);
    buf_init(&g->body, BUF_MAX_ANSWER);
    assert_int_equal(http_send(net, request, on_done, g, NULL, &e), ERR_OK);
    net_run_until(net, &g->done);
}

/* A GET, and what its answer must be. */
static void get(const char *path, enum err_code code, const char *body, bool reused)
{
    struct http_request request = {.method = "GET"};
    struct got g;

    exchange(&request, path, &g);
    if (g.err.code != code)
        fail_msg("%s: %s (%s)", path, err_name(g.err.code), g.err.message);
    assert_string_equal(buf_str(&g.body), body);
    assert_int_equal(g.reused, reused);
    assert_int_equal(g.sends, 1);
    buf_free(&g.body);
}

/* --- which connection may be used again --- */

static void test_kept_or_not(void **state)
{
    static const struct {
        const char *answer;
        enum err_code code;
        const char *body;
        bool kept;
    } rows[] = {
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ERR_OK, "ok", true},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", ERR_OK,
                    "ok", true},
            {"HTTP/1.1 204 No Content\r\n\r\n", ERR_OK, "", true},
            {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ERR_OK, "", true},
            {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno", ERR_OK,
                    "no", true},
            {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", ERR_OK, "ok",
                    false},
            {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", ERR_OK, "ok", false},
            {"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", ERR_OK, "", false},
            /* an answer to a question that was not asked */
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
             "Content-Length: 4\r\n\r\nevil",
                    ERR_OK, "ok", false},
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n", ERR_OK, "ok", false},
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", ERR_PROTOCOL,
                    "", false},
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
             "0\r\n\r\n",
                    ERR_PROTOCOL, "", false},
    };
    unsigned connections = 1;
    size_t i;

    (void)state;
    get("/ok", ERR_OK, "hello", false);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script.answer = rows[i].answer;
        get("/odd", rows[i].code, rows[i].body, true);
        get("/ok", ERR_OK, "hello", rows[i].kept);
        connections += !rows[i].kept;
        assert_int_equal(server->connections, connections);
    }
}

/* A kept connection that has ended is seen before anything is sent over it. */
static void test_ended_while_idle(void **state)
{
    (void)state;
    script.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    script.then = ENDS;
    get("/odd", ERR_OK, "ok", false);
    while (!flag(&script.did))
        usleep(1000);
    get("/ok", ERR_OK, "hello", false);
    assert_int_equal(server->connections, 2);
}

/* A kept connection is closed, too, over which something came that nobody asked for. */
static void test_spoke_while_idle(void **state)
{
    (void)state;
    script.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    script.then = WAITS_THEN_SPEAKS;
    get("/odd", ERR_OK, "ok", false);
    set_flag(&script.may);
    while (!flag(&script.did))
        usleep(1000);
    get("/ok", ERR_OK, "hello", false);
    assert_int_equal(server->connections, 2);
}

/* The loop itself closes it, without a request that would look. */
static void test_closed_by_the_loop(void **state)
{
    uint64_t until = clock_mono_ms() + 60000;

    (void)state;
    script.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    script.then = WAITS_THEN_SPEAKS;
    get("/odd", ERR_OK, "ok", false);
    set_flag(&script.may);
    for (;;) { /* the server's thread ends when it sees the end of the connection */
        int fd;

        net_turn(net);
        pthread_mutex_lock(&server->lock);
        fd = server->fds[0];
        pthread_mutex_unlock(&server->lock);
        if (fd < 0)
            break;
        assert_true(clock_mono_ms() < until);
        usleep(1000);
    }
}

static enum err_code no_more(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    (void)ctx, (void)status, (void)data, (void)len;
    return err_set(e, ERR_MANIFEST, "enough");
}

/* A body that was not read to its end is not taken for the next answer. */
static void test_unread_body(void **state)
{
    struct http_request request = {.method = "GET", .on_body = no_more};
    struct got g;

    (void)state;
    exchange(&request, "/ok", &g);
    assert_int_equal(g.err.code, ERR_MANIFEST);
    buf_free(&g.body);
    get("/ok", ERR_OK, "hello", false);
}

/* Within the callback that takes a body the loop may turn: no other exchange ends by that, and no
 * socket is read into the block that the callback has before it. */
static enum err_code turns(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    const struct got *other = ctx;
    bool before = other->done;
    unsigned i;

    (void)status, (void)e;
    for (i = 0; i < 50; i++) {
        net_turn(net);
        usleep(1000);
    }
    assert_int_equal(other->done, before);
    assert_int_equal(len, 5);
    assert_memory_equal(data, "hello", 5);
    return ERR_OK;
}

static void test_loop_turns_within_body(void **state)
{
    struct got g[3] = {0};
    struct http_request request = {.method = "GET", .on_body = turns, .on_body_ctx = &g[1]};
    char url[128];
    struct err e;
    unsigned i;

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/ok", server->port);
    request.url = url;
    for (i = 0; i < 3; i++) {
        buf_init(&g[i].body, 1000);
        assert_int_equal(http_send(net, &request, on_done, &g[i], NULL, &e), ERR_OK);
        request.on_body = NULL;
        if (i == 1)
            request.url = "gopher://no/"; /* ends at the loop's next turn */
    }
    for (i = 0; i < 3; i++) {
        net_run_until(net, &g[i].done);
        assert_int_equal(g[i].err.code, i < 2 ? ERR_OK : ERR_PROTOCOL);
        assert_string_equal(buf_str(&g[i].body), i == 1 ? "hello" : "");
        buf_free(&g[i].body);
    }
}

/* --- requests --- */

static void test_refused(void **state)
{
    static const char *const fields[][2] = {{"x-a", "1\r\nx-evil: 1"}, {"x-a\r\nx-evil", "1"},
            {"x-a", "1\n"}, {"Content-Length", "7"}, {"Host", "other"}, {"x a", "1"}};
    struct http_request request = {.method = "GET"};
    struct headers headers;
    char url[128];
    struct err e;
    size_t i;

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/ok", server->port);
    request.url = url;
    request.headers = &headers;
    headers_init(&headers);
    for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        headers_clear(&headers);
        headers_add(&headers, fields[i][0], fields[i][1]);
        assert_int_equal(http_send(net, &request, on_done, NULL, NULL, &e), ERR_PROTOCOL);
    }
    headers_free(&headers);
    assert_int_equal(http_in_flight(net), 0);
    assert_int_equal(server->connections, 0);
}

/* The URLs that are none fail from the loop, and nothing is sent. */
static void test_bad_urls(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:1\r\nx/", "http://a b/",
            "http://127.0.0.1/a\nb", "http://u@127.0.0.1/"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct http_request request = {.method = "GET", .url = urls[i]};
        struct got g;

        exchange(&request, "", &g);
        assert_int_equal(g.err.code, ERR_PROTOCOL);
        assert_int_equal(g.err.cls, ERR_CLASS_PERMANENT);
        assert_int_equal(g.sends, 0);
        buf_free(&g.body);
    }
}

/* One that could not be begun can be cancelled like any other. */
static void test_cancel_bad_url(void **state)
{
    struct http_request request = {.method = "GET", .url = "gopher://h/"};
    struct http_exchange *x;
    struct got g = {0};
    struct err e;

    (void)state;
    buf_init(&g.body, 100);
    assert_int_equal(http_send(net, &request, on_done, &g, &x, &e), ERR_OK);
    assert_int_equal(http_in_flight(net), 1);
    http_cancel(x);
    assert_int_equal(g.err.code, ERR_CANCELLED);
    assert_int_equal(http_in_flight(net), 0);
    net_turn(net);
    buf_free(&g.body);
}

/* --- an answer before the request has been read --- */

struct early {
    int fd;
    unsigned port;
    pthread_t thread;
};

/* Answers when the head has come, and reads the rest when script.may says so. */
static void *early_answer(void *arg)
{
    static const char text[] = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig";
    struct early *s = arg;
    char block[4096];
    int fd = accept(s->fd, NULL, NULL);

    if (recv(fd, block, sizeof block, 0) > 0)
        server_text(fd, text);
    while (!flag(&script.may))
        usleep(1000);
    while (recv(fd, block, sizeof block, 0) > 0) {
    }
    close(fd);
    return NULL;
}

static void test_early_answer(void **state)
{
    size_t len = 64u << 20;
    struct http_request request = {.method = "PUT", .body_len = len};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct early s;
    char url[64];
    void *body = calloc(1, len);
    struct got g;

    (void)state;
    s.fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s.fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s.fd, 1), 0);
    getsockname(s.fd, (struct sockaddr *)&address, &size);
    pthread_create(&s.thread, NULL, early_answer, &s);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    request.url = url;
    request.body = body;
    exchange(&request, "", &g);
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.status, 413);
    assert_string_equal(buf_str(&g.body), "big");
    set_flag(&script.may);
    pthread_join(s.thread, NULL); /* which reads on until the connection is closed */
    close(s.fd);
    buf_free(&g.body);
    free(body);
}

/* --- proxies --- */

static bool head_has(unsigned at, const char *text)
{
    return strcasestr(server->seen[at].head, text) != NULL;
}

static void through_proxy(const char *url, const char *variable, bool no_proxy, struct got *g)
{
    struct http_request request = {.method = "GET", .url = url, .no_proxy = no_proxy};
    char proxy[64];

    snprintf(proxy, sizeof proxy, "http://us%%65r:w%%20rd@127.0.0.1:%u", server->port);
    setenv(variable, proxy, 1);
    exchange(&request, "", g);
    unsetenv(variable);
}

/* Plain HTTP: the proxy gets whole URLs and its own credentials, and no two hosts share a
 * connection. */
static void test_forward_proxy(void **state)
{
    static const char *const urls[] = {
            "http://a.invalid/x?y", "http://b.invalid:8080", "http://a.invalid/z"};
    static const char *const lines[] = {"GET http://a.invalid/x?y HTTP/1.1\r\nHost: a.invalid\r\n",
            "GET http://b.invalid:8080/ HTTP/1.1\r\nHost: b.invalid:8080\r\n",
            "GET http://a.invalid/z HTTP/1.1\r\nHost: a.invalid\r\n"};
    static const unsigned over[] = {0, 1, 0};
    unsigned i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct got g;

        through_proxy(urls[i], "http_proxy", false, &g);
        assert_int_equal(g.err.code, ERR_OK);
        assert_string_equal(buf_str(&g.body), "hello");
        assert_memory_equal(server->seen[i].head, lines[i], strlen(lines[i]));
        assert_true(head_has(i, "\r\nProxy-Authorization: Basic dXNlcjp3IHJk\r\n"));
        assert_int_equal(server->seen[i].connection, over[i]);
        buf_free(&g.body);
    }
}

/* HTTPS: the proxy is asked for a connection, and sees no more than host and port. */
static void test_tunnel(void **state)
{
    struct got g;

    (void)state;
    script.answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nevil";
    through_proxy("https://a.invalid/secret", "https_proxy", false, &g);
    assert_int_equal(g.err.code, ERR_NETWORK);
    assert_int_equal(g.status, 0);
    assert_int_equal(g.sends, 0);
    assert_string_equal(buf_str(&g.body), "");
    assert_int_equal(server->seen_count, 1);
    assert_memory_equal(server->seen[0].head, "CONNECT a.invalid:443 HTTP/1.1\r\n", 32);
    assert_true(head_has(0, "\r\nProxy-Authorization: Basic dXNlcjp3IHJk\r\n"));
    assert_false(head_has(0, "secret"));
    buf_free(&g.body);
}

/* Nothing of a proxy on the way to an address that gives credentials. */
static void test_not_through_proxy(void **state)
{
    char url[64];
    struct got g;

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/ok", server->port);
    through_proxy(url, "http_proxy", true, &g);
    assert_int_equal(g.err.code, ERR_OK);
    assert_memory_equal(server->seen[0].head, "GET /ok HTTP/1.1\r\n", 18);
    assert_false(head_has(0, "proxy-"));
    buf_free(&g.body);
    through_proxy(url, "http_proxy", false, &g); /* the same host, and another connection */
    assert_int_equal(g.err.code, ERR_OK);
    assert_false(g.reused);
    assert_int_equal(server->connections, 2);
    buf_free(&g.body);
}

/* The words of an address that cannot be used may hold a password. */
static void test_bad_proxy(void **state)
{
    static const char *const bad[] = {
            "http://user:hushhush@[bad:1", "x-y://user:hushhush@h:1", "user:hushhush@h:99999"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct http_request request = {.method = "GET"};
        struct got g;

        setenv("http_proxy", bad[i], 1);
        exchange(&request, "/ok", &g);
        unsetenv("http_proxy");
        assert_int_equal(g.err.code, ERR_NETWORK);
        assert_int_equal(g.err.cls, ERR_CLASS_PERMANENT);
        assert_null(strstr(g.err.message, "hush"));
        assert_non_null(strstr(g.err.message, "http_proxy"));
        buf_free(&g.body);
    }
}

/* --- maxima --- */

/* No more connections are kept than max_idle says, those that were used last. */
static void test_max_idle(void **state)
{
    enum { MANY = 8, KEPT = 3 };
    static const struct net_config config = {.max_idle = KEPT};
    struct http_request request = {.method = "GET"};
    struct got got[MANY];
    char url[64];
    struct err e;
    unsigned i, reused = 0;

    (void)state;
    net_free(net);
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/ok", server->port);
    request.url = url;
    for (i = 0; i < 2 * MANY; i++) {
        struct got *g = &got[i % MANY];

        memset(g, 0, sizeof *g);
        buf_init(&g->body, 1000);
        assert_int_equal(http_send(net, &request, on_done, g, NULL, &e), ERR_OK);
        if (i % MANY < MANY - 1)
            continue;
        for (g = got; g < got + MANY; g++) {
            net_run_until(net, &g->done);
            assert_int_equal(g->err.code, ERR_OK);
            reused += g->reused;
            buf_free(&g->body);
        }
    }
    assert_int_equal(reused, KEPT);
}

/* No more connections are open than most_connections says; what is beyond waits for one. */
static void test_most_connections(void **state)
{
    enum { MANY = 8, OPEN = 3, CANCELLED = 5 };
    static const struct net_config config = {.most_connections = OPEN};
    struct http_request request = {.method = "GET"};
    struct http_exchange *exchanges[MANY];
    struct got got[MANY];
    char url[64];
    struct err e;
    unsigned i;

    (void)state;
    net_free(net);
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/ok", server->port);
    request.url = url;
    for (i = 0; i < MANY; i++) {
        memset(&got[i], 0, sizeof got[i]);
        buf_init(&got[i].body, 1000);
        assert_int_equal(http_send(net, &request, on_done, &got[i], &exchanges[i], &e), ERR_OK);
    }
    assert_int_equal(http_in_flight(net), MANY);
    http_cancel(exchanges[CANCELLED]);
    for (i = 0; i < MANY; i++) {
        net_run_until(net, &got[i].done);
        assert_int_equal(got[i].err.code, i == CANCELLED ? ERR_CANCELLED : ERR_OK);
        assert_int_equal(got[i].reused, i >= OPEN && i != CANCELLED);
        buf_free(&got[i].body);
    }
    assert_int_equal(server->connections, OPEN);
    assert_int_equal(http_in_flight(net), 0);
}

/* A connection that is kept for one server gives way to one to another server. */
static void test_most_connections_of_two(void **state)
{
    static const struct net_config config = {.most_connections = 1};
    static const char *const names[] = {"127.0.0.1", "localhost", "127.0.0.1"};
    struct http_request request = {.method = "GET"};
    char url[64];
    struct err e;
    size_t i;

    (void)state;
    net_free(net);
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
    request.url = url;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct got got = {0};

        buf_init(&got.body, 1000);
        snprintf(url, sizeof url, "http://%s:%u/ok", names[i], server->port);
        assert_int_equal(http_send(net, &request, on_done, &got, NULL, &e), ERR_OK);
        net_run_until(net, &got.done);
        assert_int_equal(got.err.code, ERR_OK);
        assert_false(got.reused);
        buf_free(&got.body);
    }
    assert_int_equal(server->connections, 3);
}

int main(void)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
            "ALL_PROXY", "no_proxy", "NO_PROXY"};
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
            TEST(test_kept_or_not),
            TEST(test_ended_while_idle),
            TEST(test_spoke_while_idle),
            TEST(test_closed_by_the_loop),
            TEST(test_unread_body),
            TEST(test_loop_turns_within_body),
            TEST(test_refused),
            TEST(test_bad_urls),
            TEST(test_cancel_bad_url),
            TEST(test_early_answer),
            TEST(test_forward_proxy),
            TEST(test_tunnel),
            TEST(test_not_through_proxy),
            TEST(test_bad_proxy),
            TEST(test_max_idle),
            TEST(test_most_connections),
            TEST(test_most_connections_of_two),
    };
#undef TEST
    size_t i;

    for (i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
        unsetenv(proxies[i]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
