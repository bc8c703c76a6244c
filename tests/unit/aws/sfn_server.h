/* A Step Functions, or another service that speaks JSON, that gives the answers it was told to, and
 * a client of it. */
#ifndef COPYOUT_TEST_SFN_SERVER_H
#define COPYOUT_TEST_SFN_SERVER_H

#include <jansson.h>

#include "../net/server.h"
#include "aws/sfn.h"
#include "base/rng.h"
#include "base/str.h"
#include "provider.h"

#define TASK_TOKEN "task-token-hushhush"

/* One answer; each is given once, to the first request it fits. */
struct canned {
    const char *operation; /* NULL: any */
    int status;            /* 0: the connection is closed without a word; -1: nothing comes */
    const char *headers;   /* whole lines; NULL: none */
    const char *body;
    bool again;      /* it is given as often as it fits */
    const char *key; /* only to what was signed with that access key; NULL: any */
};

#define ONCE(code, lines, text)                              \
    {                                                        \
        .status = (code), .headers = (lines), .body = (text) \
    }
#define ALWAYS(code, lines, text)                                           \
    {                                                                       \
        .status = (code), .headers = (lines), .body = (text), .again = true \
    }
#define FOR(name, code, text)                                                \
    {                                                                        \
        .operation = (name), .status = (code), .body = (text), .again = true \
    }

enum { CANNED_MOST = 32 };

static struct {
    struct server *server;
    const struct canned *canned;
    size_t count;
    bool given[CANNED_MOST];
    const char *credentials; /* what the first GET is answered with; the others wait for ever */
} steps;
static struct json_api *sfn;

/* These functions stand in for base/rng.c: nothing is waited for between two attempts, and the
 * longest that could have been is added up. */
static uint64_t most_waited_ms;

void rng_init(struct rng *r)
{
    r->state = 0;
}

void rng_seed(struct rng *r, uint64_t seed)
{
    r->state = seed;
}

uint64_t rng_next(struct rng *r)
{
    return r->state++;
}

uint64_t rng_below(struct rng *r, uint64_t most)
{
    (void)r;
    most_waited_ms += most - 1;
    return 0;
}

/* --- the server --- */

static inline void steps_operation(const struct seen *seen, char operation[64])
{
    const char *target = strcasestr(seen->head, "\r\nx-amz-target: ");

    operation[0] = '\0';
    if (target)
        (void)sscanf(strchr(target, '.') + 1, "%63[A-Za-z]", operation);
}

static inline const struct canned *steps_choose(struct server *s, const struct seen *seen)
{
    static const struct canned none = ALWAYS(400, NULL, "{\"__type\":\"NothingIsCanned\"}");
    const struct canned *found = NULL;
    char operation[64], credential[80];
    size_t i;

    steps_operation(seen, operation);
    pthread_mutex_lock(&s->lock);
    for (i = 0; i < steps.count && !found; i++) {
        const struct canned *c = &steps.canned[i];

        snprintf(credential, sizeof credential, "Credential=%s/", c->key ? c->key : "");
        if (steps.given[i] || (c->operation && strcmp(c->operation, operation) != 0) ||
                (c->key && !strstr(seen->head, credential)))
            continue;
        steps.given[i] = !c->again;
        found = c;
    }
    pthread_mutex_unlock(&s->lock);
    return found ? found : &none;
}

static inline const struct canned *steps_credentials(struct server *s)
{
    static struct canned given = ONCE(200, NULL, NULL), none = {.status = -1};

    pthread_mutex_lock(&s->lock);
    given.body = steps.credentials;
    steps.credentials = NULL;
    pthread_mutex_unlock(&s->lock);
    return given.body ? &given : &none;
}

static inline bool steps_answer(struct server *s, int fd, const struct seen *seen)
{
    const struct canned *c =
            str_starts(seen->head, "GET ") ? steps_credentials(s) : steps_choose(s, seen);
    char *text = NULL;

    if (c->status < 0)
        server_wait_for_end(fd);
    if (c->status <= 0)
        return false;
    /* In one piece: what follows a first piece waits for the client's word that it came. */
    if (asprintf(&text,
                "HTTP/1.1 %d X\r\nContent-Type: application/x-amz-json-1.0\r\n%sContent-Length: "
                "%zu\r\n\r\n%s",
                c->status, c->headers ? c->headers : "", strlen(c->body), c->body) < 0)
        abort();
    server_text(fd, text);
    free(text);
    return true;
}

static inline const char *steps_url(const char *path)
{
    static char url[2][100];
    static unsigned turn;
    char *p = url[turn++ % 2];

    snprintf(p, sizeof url[0], "http://127.0.0.1:%u%s", steps.server->port, path);
    return p;
}

static inline void steps_will_answer(const struct canned *canned, size_t count)
{
    assert_true(count <= CANNED_MOST);
    pthread_mutex_lock(&steps.server->lock);
    steps.canned = canned;
    steps.count = count;
    memset(steps.given, 0, sizeof steps.given);
    pthread_mutex_unlock(&steps.server->lock);
}

/* --- the client --- */

/* The server and the environment; what else is to be set up is set before steps_begin(). */
static inline int steps_setup(void **state)
{
    provider_setup(state);
    memset(&steps, 0, sizeof steps);
    most_waited_ms = 0;
    steps.server = server_start_with(steps_answer);
    env_set("AWS_ENDPOINT_URL_SFN", steps_url(""));
    env_set("AWS_REGION", "eu-west-1");
    env_set("AWS_ACCESS_KEY_ID", "AKENV");
    env_set("AWS_SECRET_ACCESS_KEY", "secret-hushhush");
    env_set("AWS_SESSION_TOKEN", "session-hushhush");
    return 0;
}

static inline void steps_begin(void)
{
    provider_begin(NULL);
    assert_int_equal(sfn_new(&sfn, net, provider, config, NULL, &err), ERR_OK);
}

static inline int steps_teardown(void **state)
{
    json_api_free(sfn);
    sfn = NULL;
    provider_teardown(state); /* closes the connections first */
    server_stop(steps.server);
    return 0;
}

static inline unsigned steps_seen(void)
{
    unsigned n;

    pthread_mutex_lock(&steps.server->lock);
    n = steps.server->seen_count;
    pthread_mutex_unlock(&steps.server->lock);
    return n;
}

/* The n-th request (from 0) was that operation; its body, to be freed with json_decref(). */
static inline json_t *steps_request(unsigned n, const char *operation)
{
    char seen_operation[64];
    json_t *body;

    assert_true(n < steps_seen());
    steps_operation(&steps.server->seen[n], seen_operation);
    assert_string_equal(seen_operation, operation);
    body = json_loads(steps.server->seen[n].body, 0, NULL);
    assert_non_null(body);
    return body;
}

static inline void no_secrets(const struct err *e)
{
    if (strstr(e->message, "hushhush"))
        fail_msg("a secret is in \"%s\"", e->message);
}

#define STEPS_TEST(name) cmocka_unit_test_setup_teardown(name, steps_setup, steps_teardown)

#endif
