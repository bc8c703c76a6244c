/* A job in words and as JSON, and what the commands about jobs share. */
#ifndef COPYOUT_CMD_JOB_WORDS_H
#define COPYOUT_CMD_JOB_WORDS_H

#include "cli/console.h"
#include "cmd/connect.h"
#include "job/jobs.h"

struct jobs_options {
    const char *status;
    bool yes;
    struct connect_options connect;
    struct output_options output;
};

#define JOBS_OPTION(member) offsetof(struct jobs_options, member)
/* The options that all of them have; the last of their tables. */
/* clang-format off */
#define JOBS_OPTIONS \
    CONNECT_OPTIONS(struct jobs_options, connect), \
    REGION_OPTION(struct jobs_options, connect), \
    JSON_OPTION(struct jobs_options, output), \
    LOG_OPTIONS(struct jobs_options, output)
/* clang-format on */

/* Appends "PLACE: unfinished; 40 objects: 30 copied, 10 not reached; to s3://…". */
void job_describe(struct buf *out, const char *place, const struct job *j);
/* The same as an object; NULL: out of memory. */
json_t *job_json(const char *place, const struct job *j);

/* Tells of the error, as JSON too where that was asked for, and returns the exit code. */
int jobs_tell_error(
        const struct cmd_io *io, const struct jobs_options *o, int stop_code, const struct err *e);

#endif
