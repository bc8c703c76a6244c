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

/* Prints "PLACE: unfinished; 40 objects: 30 copied, 10 not reached; to s3://…". */
void job_say(const struct cmd_io *io, const char *place, const struct job *j);
/* The same as an object; NULL: out of memory. */
json_t *job_json(const char *place, const struct job *j);

/* One command about jobs, with its operands. */
typedef enum err_code (*jobs_work)(const struct connect *c, const struct command_line *line,
        const struct jobs_options *o, struct err *e);
/* least: how many operands it needs, 0 or 1. Connects, does the work, tells of its error, as JSON
 * too where that was asked for, and returns the exit code. */
int jobs_run(const struct command_line *line, const struct jobs_options *o, unsigned least,
        jobs_work work);
/* ERR_USAGE: no job is named. */
enum err_code jobs_need_one(const struct command_line *line, struct err *e) ERR_MUST_CHECK;

#endif
