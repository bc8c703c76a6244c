#include "cmd/connect.h"

#include <string.h>
#include <sys/resource.h>

/* Fargate Spot gives 120 s, of which some go by before the program hears of it. */
enum { STOP_S = 90 };

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

/* Until the engine listens, and for the commands that have none. */
static void on_stop(void *ctx)
{
    struct connect *c = ctx;

    if (c->stop.level == STOP_NOW)
        s3_client_cancel_all(c->session.s3);
}

enum err_code connect_open(struct connect *c, const struct cmd_io *io,
        const struct connect_options *o, void (*on_signal)(void *ctx, unsigned count), void *ctx,
        struct err *e)
{
    const struct session_config config = {
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
    raise_open_files();
    code = io_env_seconds(io, "COPYOUT_STOP_SECONDS", STOP_S, &signals.stop_ms, e);
    if (code == ERR_OK)
        code = session_open(&c->session, &config, e);
    if (code != ERR_OK)
        return code;
    stop_listen(&c->stop, on_stop, c);
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
