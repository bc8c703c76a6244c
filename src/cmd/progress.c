#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

enum { PERSON_MS = 200, LOG_MS = 10000 };

struct progress {
    uv_timer_t timer;
    const struct s3_client *s3;
    const struct sched_counts *counts;
    uint64_t total;
    uint64_t started_ms;
    bool person; /* standard error is a terminal */
    bool shown;  /* a line is on the terminal */
};

static void wipe(void *ctx)
{
    struct progress *p = ctx;

    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

static void describe(const struct progress *p, char *line, size_t size)
{
    const struct sched_counts *c = p->counts;
    uint64_t done = c->taken - c->active;
    double seconds = (double)(clock_mono_ms() - p->started_ms) / 1000;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    uint64_t failed = c->by_status[RESULT_FAILED];
    char bytes[32], eta[32] = "", bad[48] = "";

    if (rate > 0 && done < p->total)
        snprintf(eta, sizeof eta, ", %.0f s to go", (double)(p->total - done) / rate);
    if (failed > 0)
        snprintf(bad, sizeof bad, ", %llu FAILED", (unsigned long long)failed);
    snprintf(line, size,
            "%llu of %llu objects (%.0f%%), %s copied, %.0f objects/s, %u requests%s%s",
            (unsigned long long)done, (unsigned long long)p->total,
            p->total ? 100.0 * (double)done / (double)p->total : 100.0,
            str_bytes(bytes, sizeof bytes, c->bytes_copied), rate, s3_client_in_flight(p->s3), bad,
            eta);
}

static void on_tick(uv_timer_t *timer)
{
    struct progress *p = timer->data;
    char line[256];

    describe(p, line, sizeof line);
    if (!p->person) {
        log_info("%s", line);
        return;
    }
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
    p->shown = true;
}

enum err_code progress_start(struct progress **out, struct net *net, const struct s3_client *s3,
        const struct sched_counts *counts, uint64_t total, struct err *e)
{
    struct progress *p = calloc(1, sizeof *p);
    uint64_t every;

    if (!p)
        return err_nomem(e);
    p->s3 = s3;
    p->counts = counts;
    p->total = total;
    p->started_ms = clock_mono_ms();
    p->person = isatty(STDERR_FILENO) == 1;
    every = p->person ? PERSON_MS : LOG_MS;
    uv_timer_init(net_loop(net), &p->timer);
    p->timer.data = p;
    uv_timer_start(&p->timer, on_tick, every, every);
    uv_unref((uv_handle_t *)&p->timer);
    log_set_hook(wipe, p);
    *out = p;
    return ERR_OK;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void progress_stop(struct progress *p)
{
    if (!p)
        return;
    wipe(p);
    log_set_hook(NULL, NULL);
    uv_timer_stop(&p->timer);
    uv_close((uv_handle_t *)&p->timer, on_closed);
}
