#include "cmd/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/env.h"
#include "net/limiter.h"
#include "s3/address.h"

enum {
    STOP_S = 90,        /* Fargate Spot gives 120 s, of which some go by before we hear of it */
    STOP_FOR_WORK = 80, /* percent of it that copies may go on for; then results are written */
    STOP_FOR_RESULTS_MS =
            5000, /* for which there is as much at least, if that is not half of all */
};

static void stop(struct session *s)
{
    s->stop = true;
    s->signals++;
    if (s->config.on_stop)
        s->config.on_stop(s->config.ctx, s->signals);
    else if (s->signals > 1)
        s3_client_cancel_all(s->s3);
}

static uint64_t work_ms(uint64_t stop_ms)
{
    uint64_t share = stop_ms * STOP_FOR_WORK / 100, half = stop_ms / 2;

    if (stop_ms - share >= STOP_FOR_RESULTS_MS)
        return share;
    return stop_ms > STOP_FOR_RESULTS_MS + half ? stop_ms - STOP_FOR_RESULTS_MS : half;
}

static void on_deadline(void *ctx)
{
    struct session *s = ctx;

    s->deadline = NULL;
    log_warn("the time to stop in is nearly over: ending what is still under way");
    stop(s);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct session *s = handle->data;
    struct err e;

    if (s->signal == 0) {
        s->signal = number;
        if (net_timer_start(s->net, work_ms(s->stop_ms), on_deadline, s, &s->deadline, &e) !=
                ERR_OK)
            log_warn("%s", e.message);
    }
    stop(s);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static enum err_code watch_signals(struct session *s, struct err *e)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    size_t i;

    signal(SIGPIPE, SIG_IGN);
    for (i = 0; i < 2; i++) {
        uv_signal_t *handle = calloc(1, sizeof *handle);

        if (!handle)
            return err_nomem(e);
        if (uv_signal_init(net_loop(s->net), handle) != 0) {
            free(handle);
            return err_set(e, ERR_IO, "cannot watch for signals");
        }
        handle->data = s;
        s->handles[i] = handle;
        if (uv_signal_start(handle, on_signal, numbers[i]) != 0)
            return err_set(e, ERR_IO, "cannot watch for signals");
        uv_unref((uv_handle_t *)handle); /* waiting for a signal is no reason to go on */
    }
    return ERR_OK;
}

/* A connection each for a thousand requests, and a file for each shard under way: more than the
 * 1,024 that most systems begin with. */
static void raise_open_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Servers other than AWS have names of their own ("RegionOne"), but none that would end the scope
 * of a signature. */
static enum err_code check_region(const char *region, struct err *e)
{
    static const char allowed[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (strspn(region, allowed) != strlen(region))
        return err_set(e, ERR_INPUT, "\"%s\" is not the name of a region", region);
    return ERR_OK;
}

/* The names of these endpoints we do not know, and to use others without a word would not be what
 * was asked for (AWS SDKs and Tools Reference Guide: "Dual-stack and FIPS endpoints"). */
static enum err_code check_endpoints(const struct aws_config *c, struct err *e)
{
    static const struct {
        const char *variable, *setting;
    } asked[] = {{"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"},
            {"AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"}};
    size_t i;

    for (i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const char *value = aws_config_env(c, asked[i].variable);

        if (!value)
            value = aws_config_get(c, aws_config_profile(c), asked[i].setting);
        if (value && strcasecmp(value, "true") == 0 && !aws_config_endpoint(c, "s3"))
            return err_set(e, ERR_INPUT,
                    "%s: such endpoints are not found by themselves; name them with "
                    "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL_SFN",
                    asked[i].variable);
    }
    return ERR_OK;
}

static enum err_code open_aws(struct session *s, struct err *e)
{
    struct aws_config_source source = {
            .profile = s->config.profile,
            .region = s->config.region,
            .endpoint_url = s->config.endpoint_url,
    };
    const char *endpoint;
    enum err_code code = aws_config_load(&s->aws, &source, e);

    if (code != ERR_OK)
        return code;
    s->region = aws_config_region(s->aws);
    if (s->region && check_region(s->region, e) != ERR_OK)
        return e->code;
    if (check_endpoints(s->aws, e) != ERR_OK)
        return e->code;
    endpoint = aws_config_endpoint(s->aws, "s3");
    return endpoint ? s3_endpoint_check(endpoint, e) : ERR_OK;
}

static enum err_code open_net(struct session *s, struct err *e)
{
    struct net_config net = {.user_agent = "copyout/" COPYOUT_VERSION};

    net.ca_bundle = aws_config_env(s->aws, "AWS_CA_BUNDLE");
    if (!net.ca_bundle)
        net.ca_bundle = aws_config_get(s->aws, aws_config_profile(s->aws), "ca_bundle");
    return net_new(&s->net, &net, e);
}

enum err_code session_open(struct session *s, const struct session_config *config, struct err *e)
{
    struct s3_config s3 = {.most_in_flight = config->most_in_flight < LIMITER_MOST
                                                     ? (unsigned)config->most_in_flight
                                                     : LIMITER_MOST};
    enum err_code code;

    memset(s, 0, sizeof *s);
    s->config = *config;
    raise_open_files();
    code = env_seconds("COPYOUT_STOP_SECONDS", STOP_S, &s->stop_ms, e);
    if (code == ERR_OK)
        code = open_aws(s, e);
    if (code == ERR_OK)
        code = open_net(s, e);
    if (code == ERR_OK)
        code = watch_signals(s, e);
    if (code == ERR_OK)
        code = creds_provider_new(&s->creds, s->net, s->aws, e);
    if (code == ERR_OK) {
        s3.net = s->net;
        s3.creds = s->creds;
        s3.endpoint = aws_config_endpoint(s->aws, "s3");
        s3.region = s->region ? s->region : "us-east-1"; /* where AWS's own tools begin to ask */
        s3.follow_region = true;
        s3.most_per_second = s->config.most_per_second;
        code = s3_client_new(&s->s3, &s3, e);
    }
    if (code != ERR_OK)
        session_close(s);
    return code;
}

bool session_close(struct session *s)
{
    int left, i;

    net_timer_stop(s->deadline);
    s3_client_free(s->s3);
    creds_provider_free(s->creds);
    for (i = 0; i < 2; i++)
        if (s->handles[i])
            uv_close((uv_handle_t *)s->handles[i], on_closed);
    left = net_free(s->net);
    aws_config_free(s->aws);
    memset(s, 0, sizeof *s);
    if (left != 0)
        log_error("internal: the event loop was not empty at the end (%s)", uv_strerror(left));
    return left == 0;
}

int session_stop_code(const struct session *s)
{
    return 128 + s->signal;
}
