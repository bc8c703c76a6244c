/* What a run says at its end, to a person or to a script, and its exit code. */
#ifndef COPYOUT_CMD_OUTCOME_H
#define COPYOUT_CMD_OUTCOME_H

#include "model/problems.h"
#include "report/summary.h"

struct outcome {
    bool json; /* one JSON object on standard output, nothing else there */
    bool quiet;
    bool reported; /* report holds what came of the copying */
    const struct job *job;
    const struct plan *plan;
    const struct problems *problems;
    const struct report *report;
    const struct err *err; /* NULL: all steps went well */
    int stop_code;         /* a signal stopped us: its exit code; else 0 */
};

/* Prints all that applies, and returns the exit code. */
int outcome_print(const struct outcome *o);

/* Its parts: to standard error the problems of a manifest, and the first failures; the one line
 * that sums a report up, appended to out. */
void outcome_print_problems(const struct problems *p);
void outcome_print_failures(const struct report *r);
void outcome_summary(struct buf *out, const struct job *job, const struct report *r);

#endif
