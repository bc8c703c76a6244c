/* The signals by which a person, or the system, ends the program: SIGINT, SIGTERM and SIGHUP
 * raise the one struct stop. SIGHUP does not where it was ignored before (nohup(1)). */
#ifndef COPYOUT_CMD_SIGNALS_H
#define COPYOUT_CMD_SIGNALS_H

#include <stdint.h>

#include "base/stop.h"
#include "net/net.h"

struct signals;

/* Pointers must outlive the signals. */
struct signals_config {
    struct net *net;
    struct stop *stop;
    uint64_t stop_ms; /* from the first signal until all is written and said */
    /* Called before the stop is raised; count: the how-manyeth signal it is. NULL: none. */
    void (*on_signal)(void *ctx, unsigned count);
    void *ctx;
};

/* The first signal raises the stop to STOP_FINISH, every later one to STOP_NOW. When only so much
 * of stop_ms is left as writing the results takes, the stop is raised to STOP_NOW as well. SIGPIPE
 * is ignored from now on, as libcurl wants it (CURLOPT_NOSIGNAL). */
enum err_code signals_watch(
        struct signals **out, const struct signals_config *config, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void signals_end(struct signals *s);

/* Of the stop_ms milliseconds that a signal leaves the program, how many copies may go on for
 * before they are ended: four fifths, but so that five seconds are left to write the results in; at
 * least half. */
uint64_t signals_work_ms(uint64_t stop_ms);

#endif
