/* The last words of a run, to a person or to a script, and its exit code. */
#ifndef COPYOUT_CMD_OUTCOME_H
#define COPYOUT_CMD_OUTCOME_H

#include "cli/io.h"
#include "cmd/progress/progress.h"
#include "model/problems.h"
#include "model/report.h"

struct outcome {
    const struct cmd_io *io;
    bool json; /* one JSON object on io->out, nothing else there */
    bool quiet;
    const struct problems *problems;
    const struct report *report; /* of the copying, if report->made */
    const char *report_json;     /* the same as an object; NULL: no memory */
    const char *report_place;    /* where the report lies */
    const char *work_place;      /* where the work store is */
    const struct err *err;       /* NULL: all steps went well */
    int stop_code;               /* a signal stopped the job: its exit code; else 0 */
    bool has_plan;               /* the list was read, and found good */
    bool costs_too_much;         /* err says that --max-cost allows less */
    const char *go_on; /* the command that goes on with the job, for a shell; NULL: there is none */
};

/* Whether there is something to go on with: objects that the run did not reach, or that failed; or
 * it ended, by a signal or an error, before it could copy, and the mistake is not one that the
 * command would make again. What a dry run finds is no such thing, if it looked at all. */
bool outcome_goes_on(const struct outcome *o);

/* Prints all that applies, and returns the exit code. The last line, on io->err, is the command
 * that goes on, if there is something to go on with. */
int outcome_print(const struct outcome *o);
/* The same; with --json-progress the object that --json prints is the last line, as a summary. */
int outcome_print_progress(const struct outcome *o, const struct progress *progress);

/* Its parts: to io->err the problems of a manifest, and the first failures. */
void outcome_print_problems(const struct cmd_io *io, const struct problems *p);
void outcome_print_failures(const struct cmd_io *io, const struct report *r);
/* Appends the text that sums a report up: a line of counts, and one for each place (report, page,
 * delivery record, work store), without the last '\n'. */
void outcome_summary(
        struct buf *out, const struct report *r, const char *report_place, const char *work_place);
/* "\nNotes: 3 tags-dropped, 1 unproven (copyout explain NAME)": how many objects have each note,
 * appended to out; nothing where none has any. */
void outcome_notes(struct buf *out, const struct report *r);
/* One JSON object that tells of an error, on io->out. problems: those of the list. work_place: NULL
 * where there is no work store. */
void outcome_print_error(const struct cmd_io *io, const struct err *e,
        const struct problems *problems, const char *work_place, int exit_code, size_t json_flags);

#endif
