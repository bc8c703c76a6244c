/* The counts of a job as a text for Prometheus. The format is that of "Exposition formats"
 * (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4), the names follow "Metric
 * and label naming": base units, and _total behind what only grows. There are no timestamps, which
 * node_exporter's textfile collector refuses. Pure. docs/metrics.md. */
#ifndef COPYOUT_CMD_PROGRESS_PROMETHEUS_H
#define COPYOUT_CMD_PROGRESS_PROMETHEUS_H

#include "base/buf.h"
#include "cmd/progress/metrics_line.h"
#include "job/engine.h"

enum prometheus_state {
    PROMETHEUS_PREPARING,
    PROMETHEUS_COPYING,
    PROMETHEUS_REPORTING,
    PROMETHEUS_ENDED,
    PROMETHEUS_STATES,
};

struct prometheus_facts {
    const char *work;        /* the work store, as a person knows it; "": not known yet */
    const char *destination; /* s3://bucket/folder/; "": not known */
    enum prometheus_state state;
    int64_t started_s, ended_s;   /* seconds since 1970; ended_s only of PROMETHEUS_ENDED */
    int exit_code;                /* only of PROMETHEUS_ENDED */
    struct metrics_counts counts; /* of this process */
    struct engine_progress progress;
    struct s3_pressure pressure;
    uint64_t requests[S3_OP_COUNT], retries;
};

/* Appends the text, which ends with a line feed. */
void prometheus_text(struct buf *out, const struct prometheus_facts *f);

#endif
