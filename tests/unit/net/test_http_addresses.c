/* Exchanges with a host of several addresses (net/http.h): how they are dealt over them, what
 * happens when one of them is dead, and where a retry goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http.h"
#include "server.h"

enum { ADDRESSES = 8, AT_ONCE = 64, PROXY_IP = INADDR_LOOPBACK + 100 };

static struct net *net;
static struct server *server;
static char url[128];
static long connect_ms; /* how long a connection may take */

/* The name server. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked_more = PTHREAD_COND_INITIALIZER;
static unsigned asked, count; /* 127.0.0.1 and so on */

static bool look_up(const char *name, struct addresses_answer *answer)
{
    (void)name;
    pthread_mutex_lock(&lock);
    asked++;
    pthread_cond_signal(&asked_more);
    for (; answer->count < count; answer->count++)
        snprintf(answer->text[answer->count], ADDRESS_TEXT_MAX, "127.0.0.%u", answer->count + 1);
    pthread_mutex_unlock(&lock);
    return answer->count > 0;
}

/* Waits until AT_ONCE requests are here. */
static void meet(void)
{
    static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    static unsigned here, meetings;
    unsigned mine;

    pthread_mutex_lock(&lock);
    mine = meetings;
    if (++here == AT_ONCE) {
        here = 0;
        meetings++;
        pthread_cond_broadcast(&cond);
    }
    while (mine == meetings)
        pthread_cond_wait(&cond, &lock);
    pthread_mutex_unlock(&lock);
}

/* Tells to which address the request came. */
static bool answer_address(struct server *s, int fd, const struct seen *seen)
{
    struct sockaddr_in here = {0};
    socklen_t len = sizeof here;
    char text[128];

    (void)s;
    if (strstr(seen->head, " /close "))
        return false;
    if (strstr(seen->head, " /meet "))
        meet();
    getsockname(fd, (struct sockaddr *)&here, &len);
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n%3u",
            (unsigned)(ntohl(here.sin_addr.s_addr) - INADDR_LOOPBACK + 1));
    server_text(fd, text);
    return true;
}

static void start(uint32_t ip, unsigned addresses)
{
    struct net_config config = {
            .lookup = look_up, .connect_timeout_ms = connect_ms, .getenv = getenv};
    struct err e;

    asked = 0;
    count = addresses;
    server = server_start_at(answer_address, ip);
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
}

static int set_up(void **state)
{
    (void)state;
    connect_ms = 60000;
    return 0;
}

static int tear_down(void **state)
{
    int left = net_free(net);

    (void)state;
    server_stop(server);
    return left;
}

struct got {
    bool done;
    struct err err;
    unsigned at; /* the last number of 127.0.0.x; 0: no answer */
    unsigned address;
    bool reused;
};

static void on_done(void *ctx, const struct http_response *response, const struct err *err)
{
    struct got *g = ctx;

    g->err = *err;
    g->at = err->code == ERR_OK
                    ? (unsigned)strtoul(
                              buf_str(&((struct http_response *)response)->body), NULL, 10)
                    : 0;
    g->address = response->address;
    g->reused = response->reused;
    g->done = true;
}

static struct http_exchange *begin(const char *path, unsigned avoid, struct got *g)
{
    struct http_request request = {.method = "GET", .url = url, .avoid = avoid};
    struct http_exchange *exchange;
    struct err e;

    memset(g, 0, sizeof *g);
    snprintf(url, sizeof url, "http://s3.test:%u%s", server->port, path);
    assert_int_equal(http_send(net, &request, on_done, g, &exchange, &e), ERR_OK);
    assert_false(g->done);
    return exchange;
}

static void get(const char *path, unsigned avoid, struct got *g)
{
    begin(path, avoid, g);
    net_run_until(net, &g->done);
    assert_true(g->done);
}

/* Sends AT_ONCE exchanges at once, of which all succeed. at[n]: how many went to 127.0.0.n. */
static void many(const char *path, unsigned at[ADDRESSES + 1])
{
    static struct got got[AT_ONCE];
    unsigned i;

    memset(at, 0, (ADDRESSES + 1) * sizeof at[0]);
    for (i = 0; i < AT_ONCE; i++)
        begin(path, 0, &got[i]);
    for (i = 0; i < AT_ONCE; i++) {
        net_run_until(net, &got[i].done);
        assert_int_equal(got[i].err.code, ERR_OK);
        assert_in_range(got[i].at, 1, ADDRESSES);
        at[got[i].at]++;
    }
}

static void test_spread(void **state)
{
    unsigned at[ADDRESSES + 1], round, i;

    (void)state;
    start(INADDR_ANY, ADDRESSES);
    for (round = 0; round < 3; round++) {
        many("/meet", at);
        for (i = 1; i <= ADDRESSES; i++)
            assert_int_equal(at[i], AT_ONCE / ADDRESSES);
    }
    assert_int_equal(asked, 1);
    assert_int_equal(server->connections, AT_ONCE);
}

/* A retry goes to another address over a new connection, although an older one is free. */
static void test_retry(void **state)
{
    struct got first, broken, again, next;

    (void)state;
    start(INADDR_ANY, 2);
    get("/ok", 0, &first);
    assert_int_equal(first.err.code, ERR_OK);
    get("/close", first.address, &broken);
    assert_int_not_equal(broken.err.code, ERR_OK);
    assert_int_not_equal(broken.address, first.address);
    assert_int_not_equal(broken.address, 0);
    get("/ok", broken.address, &again);
    assert_int_equal(again.err.code, ERR_OK);
    assert_int_equal(again.at, first.at);
    assert_int_equal(again.address, first.address);
    assert_false(again.reused);
    get("/ok", 0, &next);
    assert_true(next.reused);
}

/* With one address the retry has a new connection at least. */
static void test_retry_of_one(void **state)
{
    struct got first, again;

    (void)state;
    start(INADDR_ANY, 1);
    get("/ok", 0, &first);
    get("/ok", first.address, &again);
    assert_int_equal(again.err.code, ERR_OK);
    assert_int_equal(again.address, first.address);
    assert_false(again.reused);
}

/* Of eight addresses one listens: no exchange fails for the others, and they are left out then. */
static void test_refusing(void **state)
{
    unsigned at[ADDRESSES + 1], round;

    (void)state;
    start(INADDR_LOOPBACK, ADDRESSES);
    for (round = 0; round < 3; round++) {
        many("/ok", at);
        assert_int_equal(at[1], AT_ONCE);
    }
}

/* A server at 127.0.0.2 whose port is free at 127.0.0.1, too, and a socket that is bound to it
 * there: connections of other programs may have any port. */
static int start_beside(struct sockaddr_in *beside)
{
    unsigned tries;
    int fd;

    for (tries = 0; tries < 100; tries++) {
        start(INADDR_LOOPBACK + 1, 2);
        *beside = (struct sockaddr_in){.sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                .sin_port = htons((uint16_t)server->port)};
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(fd, (struct sockaddr *)beside, sizeof *beside) == 0)
            return fd;
        close(fd);
        assert_int_equal(tear_down(NULL), 0);
    }
    fail_msg("no port is free at both addresses");
    return -1;
}

/* An address at which nobody answers: its queue of connections is full, so that the system drops
 * all others, as a firewall would. */
static void test_black_hole(void **state)
{
    struct sockaddr_in hole;
    struct got got[2], again;
    int fd, full[4];
    unsigned at[ADDRESSES + 1], failed = 0;
    size_t i;

    (void)state;
    connect_ms = 5000;
    fd = start_beside(&hole);
    assert_int_equal(listen(fd, 0), 0);
    for (i = 0; i < 4; i++) {
        full[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(full[i], (struct sockaddr *)&hole, sizeof hole);
    }
    begin("/ok", 0, &got[0]);
    begin("/ok", 0, &got[1]);
    for (i = 0; i < 2; i++) {
        net_run_until(net, &got[i].done);
        failed += got[i].err.code != ERR_OK;
        if (got[i].err.code != ERR_OK) {
            assert_int_equal(got[i].err.code, ERR_TIMEOUT);
            get("/ok", got[i].address, &again);
            assert_int_equal(again.at, 2);
        }
    }
    assert_int_equal(failed, 1);
    many("/ok", at);
    assert_int_equal(at[2], AT_ONCE);
    for (i = 0; i < 4; i++)
        close(full[i]);
    close(fd);
}

/* Exchanges that wait for the lookup can be cancelled, and end with the loop. */
static void test_waiting(void **state)
{
    struct got g[2];

    (void)state;
    start(INADDR_ANY, ADDRESSES);
    http_cancel(begin("/ok", 0, &g[0]));
    assert_int_equal(g[0].err.code, ERR_CANCELLED);
    assert_int_equal(http_in_flight(net), 0);
    get("/ok", 0, &g[0]);
    assert_int_equal(g[0].err.code, ERR_OK);
}

/* The thread that looks the name up outlives the loop; its question is awaited here, since it
 * would be counted in the next test otherwise. */
static void test_free_while_waiting(void **state)
{
    struct net_config config = {.lookup = look_up};
    struct net *other = net;
    struct got g;
    struct err e;

    (void)state;
    start(INADDR_ANY, ADDRESSES);
    other = net;
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
    begin("/ok", 0, &g);
    assert_int_equal(net_free(net), 0);
    assert_int_equal(g.err.code, ERR_CANCELLED);
    net = other;
    pthread_mutex_lock(&lock);
    while (asked == 0)
        pthread_cond_wait(&asked_more, &lock);
    pthread_mutex_unlock(&lock);
}

/* The proxy looks the name up: this machine need not know it. */
static void test_proxy(void **state)
{
    char proxy[64];
    struct got g;

    (void)state;
    start(PROXY_IP, ADDRESSES);
    snprintf(proxy, sizeof proxy, "http://127.0.0.101:%u", server->port);
    setenv("http_proxy", proxy, 1);
    get("/ok", 0, &g);
    unsetenv("http_proxy");
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.at, 101);
    assert_int_equal(asked, 0);
    assert_int_not_equal(g.address, 0);
}

int main(void)
{
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
            "ALL_PROXY", "no_proxy", "NO_PROXY"};
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
            TEST(test_spread),
            TEST(test_retry),
            TEST(test_retry_of_one),
            TEST(test_refusing),
            TEST(test_black_hole),
            TEST(test_waiting),
            TEST(test_free_while_waiting),
            TEST(test_proxy),
    };
#undef TEST
    size_t i;

    for (i = 0; i < sizeof proxies / sizeof proxies[0]; i++)
        unsetenv(proxies[i]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
