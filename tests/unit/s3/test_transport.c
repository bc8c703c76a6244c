/* The client over a real loop, with a server of this machine and credentials from the environment
 * (s3/transport.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../net/server.h"
#include "base/clock.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3/transport.h"

static struct server *server;
static struct net *net;
static struct aws_config *aws;
static struct creds_provider *creds;
static struct s3_client *s3;
static const char *secret; /* AWS_SECRET_ACCESS_KEY */
static struct err e;

static const char *setting(const char *name)
{
    if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
        return "AKTEST";
    if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
        return secret;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    return strcmp(name, "HOME") == 0 ? "/nonexistent" : NULL;
}

static char *get_env(const char *name)
{
    return (char *)(uintptr_t)setting(name);
}

static int set_up(void **state)
{
    static const struct net_config nothing = {0};

    (void)state;
    log_set_level(LOG_NONE);
    secret = "hushhush";
    return net_new(&net, &nothing, &e) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    s3_client_free(s3);
    s3 = NULL;
    creds_provider_free(creds);
    aws_config_free(aws);
    assert_int_equal(net_free(net), 0); /* nothing was left open */
    if (server)
        server_stop(server);
    server = NULL;
    return 0;
}

static void begin(server_answer_cb answer)
{
    static char endpoint[64];
    struct aws_config_source source = {.getenv = get_env};
    struct s3_config config = {.net = net, .endpoint = endpoint, .region = "us-east-1"};

    server = server_start_with(answer);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", server->port);
    assert_int_equal(aws_config_load(&aws, &source, &e), ERR_OK);
    assert_int_equal(creds_provider_new(&creds, net, aws, &e), ERR_OK);
    config.creds = creds;
    assert_int_equal(s3_client_new(&s3, &config, &e), ERR_OK);
}

struct got {
    bool done;
    struct err err;
    unsigned attempts;
    uint64_t size;
};

static void on_done(void *ctx, const struct s3_reply *reply)
{
    struct got *g = ctx;

    assert_false(g->done);
    g->done = true;
    g->err = reply->err;
    g->attempts = reply->attempts;
    g->size = reply->u.object.size;
}

static void head(struct got *g)
{
    struct s3_request r = {.op = S3_HEAD_OBJECT, .where = {.bucket = "b", .key = "k"}};

    assert_int_equal(s3_start(s3, &r, on_done, g, &e), ERR_OK);
    assert_false(g->done);
}

/* The first request is refused with a 500, so that a timer has its turn. */
static bool answer(struct server *s, int fd, const struct seen *seen)
{
    (void)seen;
    if (s->seen_count == 1)
        server_text(fd, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    else
        server_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
    return true;
}

static void test_request(void **state)
{
    struct got g = {0};
    int64_t now;

    (void)state;
    begin(answer);
    head(&g); /* there are no credentials yet, so that they are waited for */
    net_run_until(net, &g.done);
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.attempts, 2);
    assert_true(g.size == 12);
    assert_non_null(strstr(server->seen[1].head, "HEAD /b/k HTTP/1.1\r\n"));
    assert_non_null(strstr(server->seen[1].head, "Credential=AKTEST/"));
    now = clock_wall_s();
    assert_true(s3_client_now(s3) >= now - 5 && s3_client_now(s3) <= now + 5);
}

static bool expired(struct server *s, int fd, const struct seen *seen)
{
    static const char body[] = "<Error><Code>ExpiredToken</Code></Error>";

    (void)s, (void)seen;
    dprintf(fd, "HTTP/1.1 400 No\r\nContent-Length: %zu\r\n\r\n%s", sizeof body - 1,
            strncmp(seen->head, "HEAD", 4) == 0 ? "" : body);
    return true;
}

/* Credentials that expired and come from the environment cannot be renewed. */
static void test_expired(void **state)
{
    struct s3_request r = {.op = S3_GET_OBJECT_TAGGING, .where = {.bucket = "b", .key = "k"}};
    struct got g = {0};

    (void)state;
    begin(expired);
    s3_client_begin_stop(s3);
    assert_int_equal(s3_start(s3, &r, on_done, &g, &e), ERR_OK);
    net_run_until(net, &g.done);
    assert_int_equal(g.err.code, ERR_CREDENTIALS);
}

static bool silent(struct server *s, int fd, const struct seen *seen)
{
    (void)s, (void)seen;
    server_wait_for_end(fd);
    return false;
}

/* Whether the server has got a request yet. */
static bool has_seen(void)
{
    bool seen;

    pthread_mutex_lock(&server->lock);
    seen = server->seen_count > 0;
    pthread_mutex_unlock(&server->lock);
    return seen;
}

static void test_cancel(void **state)
{
    struct got g = {0}, h = {0};

    (void)state;
    begin(silent);
    head(&g);
    while (!has_seen())
        net_turn(net);
    s3_client_cancel_all(s3);
    assert_true(g.done);
    assert_int_equal(g.err.code, ERR_CANCELLED);
    head(&h); /* and is freed with the client, unanswered */
    s3_client_free(s3);
    s3 = NULL;
    assert_false(h.done);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_request),
            T(test_expired),
            T(test_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
