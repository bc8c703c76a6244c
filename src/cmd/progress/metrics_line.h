/* Metrics for Amazon CloudWatch, as a line of a log from which CloudWatch Logs takes them: the
 * embedded metric format (Amazon CloudWatch User Guide, "Specification: Embedded metric format").
 * Pure. */
#ifndef COPYOUT_CMD_PROGRESS_METRICS_LINE_H
#define COPYOUT_CMD_PROGRESS_METRICS_LINE_H

#include <stdint.h>

#include "base/buf.h"

/* The metrics, by their names in CloudWatch: X(member, name, unit). docs/metrics.md. */
#define METRICS_TABLE(X)                                                               \
    X(objects, "Objects", "Count")              /* that have a result */               \
    X(bytes, "Bytes", "Bytes")                  /* of those that were copied */        \
    X(objects_failed, "ObjectsFailed", "Count") /* of those, with the status FAILED */ \
    X(throttles, "Throttles", "Count")          /* answers of S3 that say: slow down */

struct metrics_counts {
#define METRICS_MEMBER(member, name, unit) uint64_t member;
    METRICS_TABLE(METRICS_MEMBER)
#undef METRICS_MEMBER
};

/* Appends the line, without '\n': one JSON object. stack: the value of the dimension Stack; now_ms:
 * milliseconds since 1970; counts: what is new since the line before. Nothing is appended when
 * memory is short. */
void metrics_line(
        struct buf *out, const char *stack, int64_t now_ms, const struct metrics_counts *counts);

/* The counts of now that are not in told yet; told becomes now. Counts never fall. */
struct metrics_counts metrics_new(struct metrics_counts *told, const struct metrics_counts *now);

#endif
