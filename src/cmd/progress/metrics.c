#include "cmd/progress/metrics.h"

#include <string.h>

#include "base/clock.h"

enum { EVERY_S = 60, STACK_MOST = 1024 /* of the specification: of a dimension's value */ };

struct metrics_counts metrics_of(const struct engine_progress *p, bool dry_run)
{
    struct metrics_counts now = {.objects_failed = p->own_by_status[RESULT_FAILED],
            .bytes = dry_run ? 0 : p->own_bytes_copied,
            .throttles = p->pressure.slow_downs};
    unsigned i;

    for (i = 0; i < RESULT_STATUS_COUNT; i++)
        now.objects += p->own_by_status[i];
    return now;
}

static void write_line(struct metrics *m)
{
    struct engine_progress p;
    struct metrics_counts now, new;
    struct buf line;

    engine_progress(m->engine, &p);
    now = metrics_of(&p, engine_input(m->engine)->dry_run);
    new = metrics_new(&m->told, &now);
    buf_init(&line, BUF_MAX_SMALL);
    metrics_line(&line, m->stack, clock_wall_s() * 1000, &new);
    if (line.len > 0)
        fprintf(m->out, "%s\n", buf_str(&line));
    fflush(m->out);
    buf_free(&line);
}

static void on_timer(void *ctx)
{
    struct metrics *m = ctx;

    write_line(m);
    net_timer_set(m->timer, m->every_ms);
}

enum err_code metrics_start(struct metrics *m, const struct cmd_io *io, FILE *out,
        const struct engine *engine, struct net *net, struct err *e)
{
    const char *stack = io_env(io, "COPYOUT_METRICS_STACK");

    if (!stack)
        return ERR_OK;
    if (strlen(stack) > STACK_MOST)
        return err_set(e, ERR_USAGE, "COPYOUT_METRICS_STACK is longer than 1,024 bytes");
    if (io_env_seconds(io, "COPYOUT_METRICS_SECONDS", EVERY_S, &m->every_ms, e) != ERR_OK)
        return e->code;
    m->timer = net_timer_new(net, on_timer, m);
    if (!m->timer)
        return err_nomem(e);
    m->stack = stack;
    m->out = out;
    m->engine = engine;
    net_timer_set(m->timer, m->every_ms);
    return ERR_OK;
}

void metrics_end(struct metrics *m)
{
    if (!m->timer)
        return;
    net_timer_stop(m->timer);
    m->timer = NULL;
    write_line(m);
}
