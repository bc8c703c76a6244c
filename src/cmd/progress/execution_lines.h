/* The display of an execution on AWS that is under way: lines of a width. Pure but for the clock,
 * which tells for how long it has run. */
#ifndef COPYOUT_CMD_PROGRESS_EXECUTION_LINES_H
#define COPYOUT_CMD_PROGRESS_EXECUTION_LINES_H

#include "cli/terminal.h"
#include "cmd/aws/execution.h"

/* The objects of shards that are over, as far as they can be told: the shards are of equal size,
 * but for the last. Step Functions knows no bytes. */
int64_t execution_objects_done(const struct execution *x);

/* At most `rows` lines of at most `columns` cells: while it copies the job, its objects and its
 * shards, else one line that says what it does. objects_per_s: over the last while; negative: not
 * known. Returns how many, at most TERMINAL_LINES_MOST. */
unsigned execution_lines(const struct execution *x, double objects_per_s, unsigned columns,
        unsigned rows, struct terminal_line *lines);

#endif
