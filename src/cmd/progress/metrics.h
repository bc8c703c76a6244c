/* Writes lines of metrics (metrics_line.h) while a worker copies, where the task definition asks
 * for them: COPYOUT_METRICS_STACK is the name of the stack. docs/metrics.md. */
#ifndef COPYOUT_CMD_PROGRESS_METRICS_H
#define COPYOUT_CMD_PROGRESS_METRICS_H

#include "cli/io.h"
#include "cmd/progress/metrics_line.h"
#include "job/engine.h"

/* The counts of this process so far. A dry run copies no bytes. */
struct metrics_counts metrics_of(const struct engine_progress *p, bool dry_run);

struct metrics {
    const char *stack; /* NULL: none are asked for */
    FILE *out;
    const struct engine *engine;
    struct net_timer *timer;
    uint64_t every_ms;
    struct metrics_counts told;
};

/* Writes a line to out every COPYOUT_METRICS_SECONDS (60) from now on, if metrics are asked for.
 * m: zeroed memory; the engine and the net must outlive it. ERR_USAGE: a variable is wrong. */
enum err_code metrics_start(struct metrics *m, const struct cmd_io *io, FILE *out,
        const struct engine *engine, struct net *net, struct err *e) ERR_MUST_CHECK;
/* Writes the last line, and stops; fine also when metrics_start() was not called, or failed. */
void metrics_end(struct metrics *m);

#endif
