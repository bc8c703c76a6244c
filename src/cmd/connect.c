#include "cmd/connect.h"

#include <string.h>

#include "aws/endpoint.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/host.h"
#include "net/limits/limiter.h"

/* Fargate Spot gives 120 s, of which some go by before the program hears of it. */
enum {
    STOP_S = 90,
    CONNECTIONS_BESIDE = 2, /* those of S3: credentials, Step Functions */
};

/* Requests and objects at once, as far as this host carries them. */
static void limit_to_host(struct session_config *config)
{
    uint64_t by_files, by_memory, most = LIMITER_MOST;
    struct host host;

    host_read(&host, "");
    by_files = host_requests_by_files(&host);
    by_memory = host_requests_by_memory(&host);
    if (config->most_in_flight > 0 && config->most_in_flight < most)
        most = config->most_in_flight;
    if (by_memory < most) {
        log_info("%llu MiB of memory are enough for %llu request%s at once",
                (unsigned long long)(host.memory >> 20), (unsigned long long)by_memory,
                str_plural(by_memory));
        most = by_memory;
    }
    if (by_files < most) {
        log_warn("this process may have %llu files open (ulimit -n), which is enough for %llu "
                 "request%s at once",
                (unsigned long long)host.open_files, (unsigned long long)by_files,
                str_plural(by_files));
        most = by_files;
        config->most_objects = 2 * (unsigned)by_files; /* cli/host.h */
        config->most_connections = (unsigned)by_files + CONNECTIONS_BESIDE;
    }
    config->most_in_flight = most;
}

/* Until the engine listens, and for the commands that have none. */
static void on_stop(void *ctx)
{
    struct connect *c = ctx;

    if (c->stop.level == STOP_NOW)
        s3_client_cancel_all(c->session.s3);
}

static enum err_code read_keys(
        struct sse_c_keys *keys, const struct connect_options *o, struct err *e)
{
    enum err_code code = ERR_OK;

    if (o->sse_c_key)
        code = sse_c_key_read(&keys->destination, o->sse_c_key, e);
    if (code == ERR_OK && o->source_sse_c_key)
        code = sse_c_key_read(&keys->source, o->source_sse_c_key, e);
    return code;
}

/* S3 refuses a request with such a key over plain HTTP, and has the key taken for compromised then
 * (Amazon S3 User Guide, "Using server-side encryption with customer-provided keys"). */
static void warn_of_plain_http(const struct connect *c)
{
    struct aws_url url;
    struct buf endpoint;
    struct err ignored;

    if (!sse_c_key_of(&c->session.keys.source) && !sse_c_key_of(&c->session.keys.destination))
        return;
    buf_init(&endpoint, BUF_MAX_SMALL);
    s3_client_show_endpoint(c->session.s3, "", &endpoint);
    if (str_starts(buf_str(&endpoint), "http://") &&
            aws_url_parse(buf_str(&endpoint), &url, &ignored) == ERR_OK &&
            !aws_url_is_loopback(&url))
        log_warn("keys of SSE-C go to %s over plain HTTP, where others may read them; Amazon S3 "
                 "refuses such requests",
                buf_str(&endpoint));
    buf_free(&endpoint);
}

enum err_code connect_open(struct connect *c, const struct cmd_io *io,
        const struct connect_options *o, signals_cb on_signal, void *ctx, struct err *e)
{
    struct session_config config = {
            .getenv = io->getenv,
            .profile = o->profile,
            .region = o->region,
            .endpoint_url = o->endpoint_url,
            .most_in_flight = o->most_in_flight,
            .most_per_second = o->most_per_second,
    };
    struct signals_config signals = {.stop = &c->stop, .on_signal = on_signal, .ctx = ctx};
    enum err_code code;

    memset(c, 0, sizeof *c);
    limit_to_host(&config);
    code = io_env_seconds(io, "COPYOUT_STOP_SECONDS", STOP_S, &signals.stop_ms, e);
    if (code == ERR_OK)
        code = session_open(&c->session, &config, e);
    if (code != ERR_OK)
        return code;
    if (read_keys(&c->session.keys, o, e) != ERR_OK) {
        session_close(&c->session);
        return e->code;
    }
    warn_of_plain_http(c);
    stop_listen(&c->stop, on_stop, c);
    c->work_ms = signals_work_ms(signals.stop_ms);
    signals.net = c->session.net;
    code = signals_watch(&c->signals, &signals, e);
    if (code != ERR_OK)
        connect_close(c);
    return code;
}

bool connect_close(struct connect *c)
{
    signals_end(c->signals);
    c->signals = NULL;
    stop_listen(&c->stop, NULL, NULL);
    return session_close(&c->session);
}

int connect_stop_code(const struct connect *c)
{
    return c->stop.signal ? 128 + c->stop.signal : 0;
}
