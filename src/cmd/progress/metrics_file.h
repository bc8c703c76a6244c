/* `--metrics FILE`: the counts of a run as a file for Prometheus (prometheus.h), replaced whole
 * while it copies and at its end. docs/metrics.md. */
#ifndef COPYOUT_CMD_PROGRESS_METRICS_FILE_H
#define COPYOUT_CMD_PROGRESS_METRICS_FILE_H

#include "cmd/progress/progress.h"
#include "cmd/progress/prometheus.h"

/* Zeroed memory: no file is asked for. */
struct metrics_file {
    const char *path; /* NULL: none is asked for */
    const struct input *input;
    const struct engine *engine;   /* NULL: not open yet */
    const struct session *session; /* NULL: not open yet */
    struct net_timer *timer;
    uint64_t every_ms;
    int64_t started_s;
    enum { METRICS_FILE_WORKS, METRICS_FILE_FAILED } last; /* how the last writing went */
};

/* Takes the file and how often it is written, and sees whether it can be: ERR_IO, ERR_USAGE. path:
 * NULL: no file is asked for. Pointers must outlive m. Nothing is replaced yet. */
enum err_code metrics_file_open(struct metrics_file *m, const char *path,
        const struct progress_options *options, const struct input *input,
        struct err *e) ERR_MUST_CHECK;
/* Writes the file, and again every so often from the session's loop. The engine must outlive m. */
enum err_code metrics_file_start(struct metrics_file *m, const struct engine *engine,
        const struct session *session, struct err *e) ERR_MUST_CHECK;
/* Writes the file for the last time, also where the run failed before metrics_file_start(). */
void metrics_file_end(struct metrics_file *m, int exit_code);

#endif
