/* The signals by which a person, or the system, ends the program: SIGINT, SIGTERM and SIGHUP
 * raise the one struct stop. SIGHUP does not where it was ignored before (nohup(1)). */
#ifndef COPYOUT_CMD_SIGNALS_H
#define COPYOUT_CMD_SIGNALS_H

#include <stdint.h>

#include "base/stop.h"
#include "job/engine.h"
#include "net/net.h"

struct signals;

typedef void (*signals_cb)(void *ctx, unsigned count, int number);

/* Pointers must outlive the signals. */
struct signals_config {
    struct net *net;
    struct stop *stop;
    uint64_t stop_ms; /* from the first signal until all is written and said */
    /* Called before the stop is raised; count: the how-manyeth signal it is, number: which. NULL:
     * none. */
    signals_cb on_signal;
    void *ctx;
};

/* The first signal raises the stop to STOP_FINISH, every later one to STOP_NOW. When only so much
 * of stop_ms is left as writing the results takes, the stop is raised to STOP_NOW as well, and
 * again when all of it is over and then every second: what is then under way is ended, too. SIGPIPE
 * is ignored from now on, as libcurl wants it (CURLOPT_NOSIGNAL). */
enum err_code signals_watch(
        struct signals **out, const struct signals_config *config, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void signals_end(struct signals *s);

/* The work that a signal comes into. */
enum signals_at {
    SIGNALS_AT_BEGINNING, /* nothing was copied yet */
    SIGNALS_AT_LOOKING,   /* nothing is copied at all */
    SIGNALS_AT_COPIES,
    SIGNALS_AT_RESULTS, /* the copying is over, and its results and report are written */
};
/* The work that an engine is at. NULL: it is not open yet. */
enum signals_at signals_at_of(const struct engine *engine);
/* Says in the log what a signal does and what another one will do, as the table in job/engine.h has
 * it. work_ms: how long copies may go on for after the first one. go_on: how to go on, as the end
 * of a sentence. */
void signals_say(
        enum signals_at at, unsigned count, int number, uint64_t work_ms, const char *go_on);

/* SIGWINCH: the size of the terminal has changed. */
struct resize_watch;
/* Calls cb(ctx) from the loop each time, until resize_watch_end(). Pointers must outlive it. */
enum err_code resize_watch_start(struct resize_watch **out, struct net *net, void (*cb)(void *ctx),
        void *ctx, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void resize_watch_end(struct resize_watch *w);

/* Of the stop_ms milliseconds that a signal leaves the program, how many copies may go on for
 * before they are ended: four fifths, but so that five seconds are left to write the results in; at
 * least half. */
uint64_t signals_work_ms(uint64_t stop_ms);

#endif
