/* A small HTTP server: one thread for each connection. It keeps what it was sent. Answers are
 * scripted by the path that is asked for (test_http.c), or given by a function of the test. */
#ifndef COPYOUT_TESTS_NET_SERVER_H
#define COPYOUT_TESTS_NET_SERVER_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 256, REQUESTS_MOST = 1024, HEAD_MAX = 32768 };

struct seen {
    char *head; /* the request line and the headers, each line with its CRLF */
    char *body;
    size_t body_len;
    unsigned connection; /* from 0 */
};

struct server;

/* Sends an answer to what was seen. false: the connection is to be closed. From the connection's
 * thread. */
typedef bool (*server_answer_cb)(struct server *s, int fd, const struct seen *seen);

struct server {
    int fd;
    unsigned port;
    server_answer_cb answer;
    pthread_t acceptor;
    pthread_mutex_t lock; /* of all that follows */
    bool stopping;
    unsigned connections;
    int fds[CONNECTIONS_MOST]; /* -1: over */
    pthread_t threads[CONNECTIONS_MOST];
    unsigned seen_count;
    struct seen seen[REQUESTS_MOST];
};

struct connection {
    struct server *server;
    unsigned number;
    int fd;
};

static inline void server_send(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

static inline void server_text(int fd, const char *text)
{
    server_send(fd, text, strlen(text));
}

/* Until the client goes away. */
static inline void server_wait_for_end(int fd)
{
    char byte;

    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

static inline void server_fill(int fd, char c, size_t len)
{
    char block[4096];

    memset(block, c, sizeof block);
    for (; len > sizeof block; len -= sizeof block)
        server_send(fd, block, sizeof block);
    server_send(fd, block, len);
}

static inline bool server_answer(int fd, const char *method, const char *path)
{
    static const char *const whole[][2] = {
            {"/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nmissing"},
            {"/empty", "HTTP/1.1 204 No Content\r\n\r\n"},
            {"/continue", "HTTP/1.1 100 Continue\r\nx-early: 1\r\n\r\n"
                          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-late: 1\r\n\r\nok"},
            {"/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\n4\r\ndefg\r\n0\r\nx-trailer: t\r\n\r\n"},
            {"/headers",
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"a b\"\r\nX-Spaces: \t v \t\r\n"
                    "x-none:\r\nHTTP-evil: 500 x\r\nx-colon: a:b\r\n\r\n"},
            {"/elsewhere", "HTTP/1.1 301 Moved\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"},
    };
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    size_t i;

    for (i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(path, whole[i][0]) == 0) {
            server_text(fd, whole[i][1]);
            return true;
        }
    }
    if (strcmp(path, "/stall") == 0) {
        server_wait_for_end(fd);
        return false;
    }
    if (strcmp(path, "/stall-body") == 0) {
        server_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        server_wait_for_end(fd);
        return false;
    }
    if (strcmp(path, "/cut-body") == 0) {
        server_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        return false;
    }
    if (strcmp(path, "/cut-chunk") == 0) {
        server_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        return false;
    }
    if (strcmp(path, "/close") == 0)
        return false;
    if (strcmp(path, "/reset") == 0) {
        struct linger hard = {.l_onoff = 1, .l_linger = 0};

        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        return false;
    }
    if (strcmp(path, "/nonsense") == 0) {
        server_text(fd, "SSH-2.0-OpenSSH_9.2\r\n");
        return false;
    }
    if (strcmp(path, "/two-spaces") == 0) { /* libcurl takes it */
        server_text(fd, "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n");
        return true;
    }
    if (strcmp(path, "/nul") == 0) {
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-nul: a\0b\r\n\r\n";

        server_send(fd, head, sizeof head - 1);
        return true;
    }
    if (strcmp(path, "/large-head") == 0) {
        server_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        for (i = 0; i < 10; i++) {
            server_text(fd, "x-large: ");
            server_fill(fd, 'h', 8000);
            server_text(fd, "\r\n");
        }
        server_text(fd, "\r\n");
        return false;
    }
    if (strcmp(path, "/large-body") == 0 || strcmp(path, "/large-error") == 0) {
        server_text(fd, strcmp(path, "/large-body") == 0 ? "HTTP/1.1 200 OK\r\n"
                                                         : "HTTP/1.1 500 Broken\r\n");
        server_text(fd, "Content-Length: 5242880\r\n\r\n");
        server_fill(fd, 'b', 5242880);
        return false;
    }
    server_send(fd, ok, strcmp(method, "HEAD") == 0 ? sizeof ok - 6 : sizeof ok - 1);
    return true;
}

/* Whether one request came over this connection so far. */
static inline bool server_is_first(struct server *s, unsigned connection)
{
    unsigned i, count = 0;

    pthread_mutex_lock(&s->lock);
    for (i = 0; i < s->seen_count; i++)
        count += s->seen[i].connection == connection;
    pthread_mutex_unlock(&s->lock);
    return count == 1;
}

static inline bool server_answer_by_path(struct server *s, int fd, const struct seen *seen)
{
    char method[16] = "", target[4096] = "";

    if (sscanf(seen->head, "%15s %4095s", method, target) != 2)
        target[0] = '\0';
    target[strcspn(target, "?")] = '\0';
    if (strcmp(target, "/first-only") == 0 && !server_is_first(s, seen->connection))
        return false;
    return server_answer(fd, method, target);
}

/* Reads a head and not a byte more: what is there is looked at before it is taken. The two last
 * line ends of the head, or NULL: there is no other request. */
static inline char *server_read_head(int fd, char *head)
{
    size_t len = 0;
    char *end = NULL;

    while (!end) {
        ssize_t n = len < HEAD_MAX - 1 ? recv(fd, head + len, HEAD_MAX - 1 - len, MSG_PEEK) : 0;

        if (n <= 0)
            return NULL;
        end = memmem(head, len + (size_t)n, "\r\n\r\n", 4);
        n = recv(fd, head + len, end ? (size_t)(end + 4 - head) - len : (size_t)n, 0);
        if (n <= 0)
            return NULL;
        len += (size_t)n;
    }
    head[len] = '\0';
    return end;
}

/* Reads one request into seen. false: there is no other. */
static inline bool server_read(int fd, struct seen *seen)
{
    char *head = calloc(1, HEAD_MAX), *field, *end = server_read_head(fd, head);
    size_t len, body = 0;

    if (!end) {
        free(head);
        return false;
    }
    end[2] = '\0';
    field = strcasestr(head, "\r\ncontent-length:");
    if (field)
        body = strtoul(strchr(field, ':') + 1, NULL, 10);
    seen->head = head;
    seen->body = calloc(1, body + 1);
    seen->body_len = body;
    for (len = 0; len < body;) {
        ssize_t n = recv(fd, seen->body + len, body - len, 0);

        if (n <= 0)
            break;
        len += (size_t)n;
    }
    return true;
}

static inline void *server_connection(void *arg)
{
    struct connection *c = arg;
    struct server *s = c->server;
    bool going_on = true;
    struct seen seen;

    while (going_on && server_read(c->fd, &seen)) {
        bool kept;

        seen.connection = c->number;
        pthread_mutex_lock(&s->lock);
        kept = s->seen_count < REQUESTS_MOST;
        if (kept)
            s->seen[s->seen_count++] = seen;
        pthread_mutex_unlock(&s->lock);
        going_on = s->answer(s, c->fd, &seen);
        if (!kept) {
            free(seen.head);
            free(seen.body);
        }
    }
    pthread_mutex_lock(&s->lock);
    s->fds[c->number] = -1;
    pthread_mutex_unlock(&s->lock);
    close(c->fd);
    free(c);
    return NULL;
}

static inline void *server_accept(void *arg)
{
    struct server *s = arg;

    for (;;) {
        int fd = accept(s->fd, NULL, NULL), on = 1;
        struct connection *c;

        if (fd < 0)
            return NULL;
        /* A body that is sent after its head does not wait until the head is acknowledged. */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_mutex_lock(&s->lock);
        if (s->stopping || s->connections == CONNECTIONS_MOST) {
            pthread_mutex_unlock(&s->lock);
            close(fd);
            return NULL;
        }
        c = calloc(1, sizeof *c);
        c->server = s;
        c->fd = fd;
        c->number = s->connections++;
        s->fds[c->number] = fd;
        pthread_create(&s->threads[c->number], NULL, server_connection, c);
        pthread_mutex_unlock(&s->lock);
    }
}

/* ip: an IPv4 address of this machine, in its order of bytes. */
static inline struct server *server_start_at(server_answer_cb answer, uint32_t ip)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(ip)};
    socklen_t len = sizeof address;
    struct server *s = calloc(1, sizeof *s);

    s->answer = answer;
    pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&address, len) != 0 ||
            listen(s->fd, 128) != 0 || getsockname(s->fd, (struct sockaddr *)&address, &len) != 0) {
        perror("server");
        abort();
    }
    s->port = ntohs(address.sin_port);
    pthread_create(&s->acceptor, NULL, server_accept, s);
    return s;
}

static inline struct server *server_start_with(server_answer_cb answer)
{
    return server_start_at(answer, INADDR_LOOPBACK);
}

static inline struct server *server_start(void)
{
    return server_start_with(server_answer_by_path);
}

static inline void server_stop(struct server *s)
{
    unsigned i;

    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_mutex_unlock(&s->lock);
    shutdown(s->fd, SHUT_RDWR); /* accept() returns */
    pthread_join(s->acceptor, NULL);
    pthread_mutex_lock(&s->lock);
    for (i = 0; i < s->connections; i++)
        if (s->fds[i] >= 0)
            shutdown(s->fds[i], SHUT_RDWR);
    pthread_mutex_unlock(&s->lock);
    for (i = 0; i < s->connections; i++)
        pthread_join(s->threads[i], NULL);
    for (i = 0; i < s->seen_count; i++) {
        free(s->seen[i].head);
        free(s->seen[i].body);
    }
    close(s->fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* A port on which nobody listens, and that nobody else is given until *fd is closed. */
static inline unsigned server_refusing_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&address, len) != 0 ||
            getsockname(*fd, (struct sockaddr *)&address, &len) != 0)
        abort();
    return ntohs(address.sin_port);
}

#endif
