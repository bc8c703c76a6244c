/* A whole exchange over a socket: a server of this target's own answers the first request with the
 * input, as fuzz_http1.c has it, and every other one as it should. The exchange ends as the reader
 * of answers says of those bytes; and whatever they were, the next exchange gets its own answer,
 * over the same connection only if nothing spoke against it. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "net/http.h"
#include "net/http1/http1_read.h"

static const char good[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

/* --- the server --- */

static struct {
    pthread_mutex_t lock;
    const char *answer; /* of the next request; NULL: a good one */
    size_t len;
    int listening;
    char url[64];
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the client has read enough */
        data += n;
        len -= (size_t)n;
    }
}

static void answer(int fd)
{
    char *copy = NULL;
    size_t len = sizeof good - 1;

    pthread_mutex_lock(&server.lock);
    if (server.answer) {
        len = server.len;
        copy = fuzz_dup(server.answer, len);
        server.answer = NULL;
    }
    pthread_mutex_unlock(&server.lock);
    send_all(fd, copy ? copy : good, len);
    free(copy);
}

/* Answers requests, which are heads in one piece, until the client ends the connection. What may be
 * an answer without an end is ended after a moment without another request. */
static void serve(int fd)
{
    enum { MOMENT_MS = 1 };
    char request[4096];

    while (recv(fd, request, sizeof request, 0) > 0) {
        struct pollfd more = {.fd = fd, .events = POLLIN};

        answer(fd);
        if (poll(&more, 1, MOMENT_MS) == 0)
            shutdown(fd, SHUT_WR);
    }
    close(fd);
}

static void *serve_all(void *ctx)
{
    (void)ctx;
    for (;;) {
        int fd = accept(server.listening, NULL, NULL);

        FUZZ_CHECK(fd >= 0);
        serve(fd);
    }
    return NULL;
}

static void start_server(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    pthread_t thread;

    server.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    FUZZ_CHECK(bind(server.listening, (struct sockaddr *)&at, sizeof at) == 0);
    FUZZ_CHECK(listen(server.listening, 16) == 0);
    FUZZ_CHECK(getsockname(server.listening, (struct sockaddr *)&at, &len) == 0);
    snprintf(server.url, sizeof server.url, "http://127.0.0.1:%u/", (unsigned)ntohs(at.sin_port));
    FUZZ_CHECK(pthread_create(&thread, NULL, serve_all, NULL) == 0);
    pthread_detach(thread);
}

/* --- what is found --- */

struct got {
    bool done, reused;
    bool may_keep; /* of read_alone(): the connection is as it was before the request */
    unsigned calls, sends;
    int status;
    struct err e;
    struct headers headers;
    struct buf body;
};

static void got_init(struct got *got)
{
    memset(got, 0, sizeof *got);
    headers_init(&got->headers);
    buf_init(&got->body, BUF_MAX_ANSWER);
}

static void got_free(struct got *got)
{
    headers_free(&got->headers);
    buf_free(&got->body);
}

static void on_done(void *ctx, const struct http_response *r, const struct err *e)
{
    struct got *got = ctx;

    got->done = true;
    got->calls++;
    got->sends = r->sends;
    got->reused = r->reused;
    got->status = r->status;
    got->e = *e;
    headers_add_all(&got->headers, &r->headers);
    buf_add(&got->body, buf_str(&r->body), r->body.len);
}

static void exchange(struct net *net, const char *method, struct got *got)
{
    struct http_request r = {.method = method, .url = server.url, .no_proxy = true, .resend = true};
    struct err e;

    got_init(got);
    FUZZ_CHECK(http_send(net, &r, on_done, got, NULL, &e) == ERR_OK);
    net_run_until(net, &got->done);
    FUZZ_CHECK(got->calls == 1);
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct got *got = ctx;

    (void)status;
    buf_add(&got->body, data, len);
    return buf_check(&got->body, "the answer", e);
}

/* The same bytes, read without a connection. */
static void read_alone(bool is_head, const char *data, size_t len, struct got *got)
{
    struct http1_read r;
    size_t used;

    got_init(got);
    http1_read_begin(&r, is_head, &got->headers, on_body, got);
    (void)!http1_read_feed(&r, data, len, &used, &got->e);
    if (r.at != HTTP1_WHOLE && got->e.code == ERR_OK)
        (void)!http1_read_end(&r, &got->e);
    got->status = r.status;
    got->may_keep = r.at == HTTP1_WHOLE && r.may_keep && used == len;
}

static void check_same(const struct got *got, const struct got *alone)
{
    FUZZ_CHECK((got->e.code == ERR_OK) == (alone->e.code == ERR_OK));
    FUZZ_CHECK(got->sends >= 1);
    if (got->e.code != ERR_OK) {
        fuzz_check_err(&got->e);
        return;
    }
    FUZZ_CHECK(got->status == alone->status);
    FUZZ_CHECK(got->headers.count == alone->headers.count);
    FUZZ_CHECK(strcmp(buf_str(&got->headers.text), buf_str(&alone->headers.text)) == 0);
    FUZZ_CHECK(got->body.len == alone->body.len);
    FUZZ_CHECK(memcmp(buf_str(&got->body), buf_str(&alone->body), got->body.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct net_config config = {.connect_timeout_ms = 0};
    struct fuzz_input in = fuzz_begin(data, size);
    char *word = fuzz_line(&in);
    bool is_head = strcmp(word, "head") == 0;
    struct got first, alone, second;
    struct net *net;
    struct err e;

    free(word);
    if (!server.url[0])
        start_server();
    if (net_new(&net, &config, &e) != ERR_OK)
        return 0;
    pthread_mutex_lock(&server.lock);
    server.answer = in.at;
    server.len = in.left;
    pthread_mutex_unlock(&server.lock);
    exchange(net, is_head ? "HEAD" : "GET", &first);
    read_alone(is_head, in.at, in.left, &alone);
    check_same(&first, &alone);
    exchange(net, "GET", &second);
    FUZZ_CHECK(second.e.code == ERR_OK && second.status == 200);
    FUZZ_CHECK(!second.reused || alone.may_keep);
    FUZZ_CHECK(second.body.len == 4 && memcmp(buf_str(&second.body), "good", 4) == 0);
    FUZZ_CHECK(net_free(net) == 0);
    got_free(&first);
    got_free(&alone);
    got_free(&second);
    return 0;
}
