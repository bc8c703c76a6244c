/* A client on the transport without a network, and a real loop that lets it answer: for operations
 * that are waited for (s3/sync.h). */
#ifndef COPYOUT_TEST_KICKED_H
#define COPYOUT_TEST_KICKED_H

#include "fake.h"
#include "net/net.h"
#include "s3/sync.h"

static struct fake *f;
static struct net *net;
static struct net_timer *kick; /* answers one request, or lets time pass to the next timer */
static struct sync s;
static struct err e;

static inline void on_kick(void *ctx)
{
    (void)ctx;
    if (fake_step(f))
        net_timer_set(kick, 0);
}

static inline enum err_code kicking_send(void *ctx, const struct http_request *r, http_done_cb done,
        void *done_ctx, struct http_exchange **out, struct err *err)
{
    net_timer_set(kick, 0);
    return fake_send(ctx, r, done, done_ctx, out, err);
}

static inline void kicking_timer_set(void *ctx, struct net_timer *t, uint64_t ms)
{
    net_timer_set(kick, 0);
    fake_timer_set(ctx, t, ms);
}

static inline int set_up(void **state)
{
    static const struct net_config nothing = {0};
    struct s3_config config = {.region = "us-east-1"};
    struct s3_transport t;

    (void)state;
    f = fake_new(&config);
    s3_client_free(f->s3);
    t = f->transport;
    t.send = kicking_send;
    t.timer_set = kicking_timer_set;
    config.transport = &t;
    assert_int_equal(net_new(&net, &nothing, &e), ERR_OK);
    kick = net_timer_new(net, on_kick, NULL);
    assert_int_equal(s3_client_new(&f->s3, &config, &e), ERR_OK);
    s = (struct sync){.net = net, .s3 = f->s3};
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    fake_free(f);
    net_timer_stop(kick);
    return net_free(net);
}

static inline void set_script(const struct answer *script, size_t count)
{
    f->script = script;
    f->script_count = count;
    f->script_at = 0;
}

#define SCRIPT(...)                                                 \
    do {                                                            \
        static const struct answer answers_[] = {__VA_ARGS__};      \
        set_script(answers_, sizeof answers_ / sizeof answers_[0]); \
    } while (0)

/* The operations that were sent, by method and URL behind the host, and that the script is over. */
static inline void check_sent(size_t from, const char *const *lines, size_t count)
{
    size_t i;

    assert_int_equal(f->sent_count, from + count);
    assert_int_equal(f->script_at, f->script_count);
    for (i = 0; i < count; i++) {
        char line[256];

        snprintf(line, sizeof line, "%s %s", f->sent[from + i].method,
                strstr(f->sent[from + i].url, ".com/") + 4);
        assert_string_equal(line, lines[i]);
    }
}

#define CHECK_SENT(...)                                                                        \
    do {                                                                                       \
        static const char *const lines_[] = {__VA_ARGS__};                                     \
        check_sent(f->sent_count - f->script_count, lines_, sizeof lines_ / sizeof lines_[0]); \
    } while (0)

#endif
