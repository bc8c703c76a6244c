/* A loop, a config and a provider, and waiting for what the provider gives. */
#ifndef COPYOUT_TEST_PROVIDER_H
#define COPYOUT_TEST_PROVIDER_H

#include "aws/creds_int.h"
#include "base/clock.h"
#include "base/log.h"
#include "files.h"

static struct net *net;
static struct aws_config *config;
static struct creds_provider *provider;
static struct err err;
static int64_t clock_shift_s;

static inline int64_t shifted_clock(void)
{
    return clock_wall_s() + clock_shift_s;
}

static inline int provider_setup(void **state)
{
    (void)state;
    log_set_level(LOG_NONE);
    files_begin();
    env_reset();
    clock_shift_s = 0;
    return 0;
}

static inline void provider_begin(const char *flag)
{
    struct aws_config_source source = {.getenv = env_get, .profile = flag};
    struct net_config plain = {.getenv = getenv};

    assert_int_equal(aws_config_load(&config, &source, &err), ERR_OK);
    assert_int_equal(net_new(&net, &plain, &err), ERR_OK);
    assert_int_equal(creds_provider_new(&provider, net, config, &err), ERR_OK);
    creds_provider_set_clock(provider, shifted_clock);
}

/* Nothing may be left open in the loop. */
static inline void provider_end(void)
{
    creds_provider_free(provider);
    provider = NULL;
    assert_int_equal(net_free(net), 0);
    net = NULL;
    aws_config_free(config);
    config = NULL;
}

static inline int provider_teardown(void **state)
{
    (void)state;
    if (net)
        provider_end();
    files_end();
    return 0;
}

struct outcome {
    bool done;
    unsigned calls;
    char access_key[CREDS_ACCESS_KEY_MAX];
    char secret[CREDS_SECRET_MAX];
    char token[2048];
    int64_t expires_s;
    struct err err;
};

static inline void on_outcome(void *ctx, const struct creds *creds, const struct err *e)
{
    struct outcome *o = ctx;

    o->done = true;
    o->calls++;
    o->err = *e;
    assert_true((creds != NULL) == (e->code == ERR_OK));
    if (!creds)
        return;
    snprintf(o->access_key, sizeof o->access_key, "%s", creds->access_key);
    snprintf(o->secret, sizeof o->secret, "%s", creds->secret);
    snprintf(o->token, sizeof o->token, "%s", creds->token ? creds->token : "");
    o->expires_s = creds->expires_s;
}

static inline struct outcome get(void)
{
    struct outcome o = {0};

    assert_int_equal(creds_wait(provider, on_outcome, &o, &err), ERR_OK);
    assert_false(o.done);
    net_run_until(net, &o.done);
    assert_true(o.done);
    assert_null(strstr(o.err.message, "hushhush"));
    return o;
}

static inline void get_fails(const char *part)
{
    struct outcome o = get();

    assert_int_not_equal(o.err.code, ERR_OK);
    if (!strstr(o.err.message, part))
        print_message("\"%s\" is not in \"%s\"\n", part, o.err.message);
    assert_non_null(strstr(o.err.message, part));
    err = o.err;
}

#endif
