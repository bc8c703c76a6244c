#include "cmd/signals.h"

#include <signal.h>
#include <stdlib.h>

#include "base/log.h"

enum {
    STOP_FOR_WORK = 80, /* percent of it that copies may go on for; then results are written */
    STOP_FOR_RESULTS_MS =
            5000,        /* for which there is as much at least, if that is not half of all */
    END_AGAIN_MS = 1000, /* after all of the time is over */
};

struct signals {
    struct signals_config config;
    unsigned count;
    struct net_timer *deadline;
    uv_signal_t *handles[3];
};

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

_Static_assert(sizeof((struct signals *)0)->handles / sizeof(uv_signal_t *) == NUMBERS,
        "one handle for each signal");

uint64_t signals_work_ms(uint64_t stop_ms)
{
    uint64_t share = stop_ms * STOP_FOR_WORK / 100, half = stop_ms / 2;

    if (stop_ms - share >= STOP_FOR_RESULTS_MS)
        return share;
    return stop_ms > STOP_FOR_RESULTS_MS + half ? stop_ms - STOP_FOR_RESULTS_MS : half;
}

static void start_timer(struct signals *s, uint64_t ms, void (*cb)(void *ctx))
{
    struct err e;

    if (net_timer_start(s->config.net, ms, cb, s, &s->deadline, &e) != ERR_OK)
        log_warn("%s", e.message);
}

/* Also what is written last may meet a server that says nothing. What an ended request leads to,
 * such as the abort of an upload, is ended the next time. */
static void on_end(void *ctx)
{
    struct signals *s = ctx;

    s->deadline = NULL;
    start_timer(s, END_AGAIN_MS, on_end);
    stop_raise(s->config.stop, STOP_NOW, STOP_CAUSE_DEADLINE, 0);
}

static void on_deadline(void *ctx)
{
    struct signals *s = ctx;
    uint64_t stop_ms = s->config.stop_ms;

    s->deadline = NULL;
    s->count++;
    log_warn("the time to stop in is nearly over: ending what is still under way");
    start_timer(s, stop_ms - signals_work_ms(stop_ms), on_end);
    stop_raise(s->config.stop, STOP_NOW, STOP_CAUSE_DEADLINE, 0);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct signals *s = handle->data;

    if (s->config.stop->signal == 0)
        start_timer(s, signals_work_ms(s->config.stop_ms), on_deadline);
    s->count++;
    if (s->config.on_signal)
        s->config.on_signal(s->config.ctx, s->count, number);
    stop_raise(s->config.stop, s->count > 1 ? STOP_NOW : STOP_FINISH, STOP_CAUSE_SIGNAL, number);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* nohup(1) has SIGHUP ignored, so that the program goes on without its terminal. */
static bool is_unwanted(int number)
{
    struct sigaction now;

    return number == SIGHUP && sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static enum err_code watch(struct signals *s, int i, int number, struct err *e)
{
    uv_signal_t *handle = calloc(1, sizeof *handle);

    if (!handle)
        return err_nomem(e);
    if (uv_signal_init(net_loop(s->config.net), handle) != 0) {
        free(handle);
        return err_set(e, ERR_IO, "cannot watch for signals");
    }
    handle->data = s;
    s->handles[i] = handle;
    if (uv_signal_start(handle, on_signal, number) != 0)
        return err_set(e, ERR_IO, "cannot watch for signals");
    uv_unref((uv_handle_t *)handle); /* waiting for a signal is no reason to go on */
    return ERR_OK;
}

enum err_code signals_watch(
        struct signals **out, const struct signals_config *config, struct err *e)
{
    struct signals *s = calloc(1, sizeof *s);
    enum err_code code = ERR_OK;
    int i;

    if (!s)
        return err_nomem(e);
    s->config = *config;
    signal(SIGPIPE, SIG_IGN);
    for (i = 0; code == ERR_OK && i < NUMBERS; i++)
        if (!is_unwanted(numbers[i]))
            code = watch(s, i, numbers[i], e);
    if (code == ERR_OK)
        *out = s;
    else
        signals_end(s);
    return code;
}

void signals_end(struct signals *s)
{
    int i;

    if (!s)
        return;
    net_timer_stop(s->deadline);
    for (i = 0; i < NUMBERS; i++)
        if (s->handles[i])
            uv_close((uv_handle_t *)s->handles[i], on_closed);
    free(s);
}

/* --- what is said --- */

enum signals_at signals_at_of(const struct engine *engine)
{
    if (engine && engine_is_copying(engine))
        return SIGNALS_AT_COPIES;
    return engine && engine_has_copied(engine) ? SIGNALS_AT_RESULTS : SIGNALS_AT_BEGINNING;
}

static void say_of_copies(unsigned count, const char *again, uint64_t work_ms, const char *go_on)
{
    if (count == 1)
        log_warn(
                "stopping: nothing new is begun, and what is under way is finished, for at most %llu "
                "s; %s ends it at once. What is done stays on record: %s",
                (unsigned long long)((work_ms + 999) / 1000), again, go_on);
    else if (count == 2)
        log_warn("stopping at once: requests under way are given up; what is done is on record");
}

void signals_say(
        enum signals_at at, unsigned count, int number, uint64_t work_ms, const char *go_on)
{
    const char *again = number == SIGINT ? "Ctrl-C again" : "another signal";

    switch (at) {
    case SIGNALS_AT_BEGINNING:
        if (count == 1)
            log_warn("stopping: nothing was copied yet");
        return;
    case SIGNALS_AT_LOOKING:
        if (count == 1)
            log_warn("stopping: no more is looked at");
        return;
    case SIGNALS_AT_COPIES:
        say_of_copies(count, again, work_ms, go_on);
        return;
    case SIGNALS_AT_RESULTS:
        if (count == 1)
            log_warn("stopping: the copying is over; its results and report are written first, and "
                     "%s gives that up",
                    again);
        return;
    }
}

/* --- the size of the terminal --- */

struct resize_watch {
    uv_signal_t handle;
    void (*cb)(void *ctx);
    void *ctx;
};

static void on_resize(uv_signal_t *handle, int number)
{
    struct resize_watch *w = handle->data;

    (void)number;
    w->cb(w->ctx);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

enum err_code resize_watch_start(
        struct resize_watch **out, struct net *net, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    struct resize_watch *w = calloc(1, sizeof *w);

    if (!w)
        return err_nomem(e);
    w->cb = cb;
    w->ctx = ctx;
    if (uv_signal_init(net_loop(net), &w->handle) != 0) {
        free(w);
        return err_set(e, ERR_IO, "cannot watch for signals");
    }
    w->handle.data = w;
    uv_unref((uv_handle_t *)&w->handle);
    if (uv_signal_start(&w->handle, on_resize, SIGWINCH) != 0) {
        resize_watch_end(w);
        return err_set(e, ERR_IO, "cannot watch for signals");
    }
    *out = w;
    return ERR_OK;
}

void resize_watch_end(struct resize_watch *w)
{
    if (!w)
        return;
    uv_signal_stop(&w->handle);
    uv_close((uv_handle_t *)&w->handle, on_watch_closed);
}
