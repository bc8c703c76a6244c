/* The parts that prepare, copy and report share, the three steps of a job as commands of their own:
 * options and environment, the engine, the answer to Step Functions, the way to the end. */
#ifndef COPYOUT_CMD_STEP_H
#define COPYOUT_CMD_STEP_H

#include <jansson.h>

#include "cli/console.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "cmd/progress/progress.h"
#include "cmd/task.h"
#include "job/engine.h"

struct step_options {
    const char *job;
    const char *shard;    /* copy: a number */
    const char *sign_key; /* report: a file */
    bool replace_job;     /* prepare */
    bool recheck;         /* prepare */
    struct connect_options connect;
    struct output_options output;
    struct progress_options progress; /* copy */
};

/* The options that all three have; the first of their tables. */
#define STEP_OPTION(member) offsetof(struct step_options, member)
/* clang-format off */
#define STEP_OPTIONS \
    {"job", 'j', OPTION_STRING, "PLACE", STEP_OPTION(job), \
        "the job's work store, s3://bucket/prefix/ or a folder (COPYOUT_JOB); copyout prepare takes " \
        "one that is new, empty or copyout's own"}, \
    CONNECT_OPTIONS(struct step_options, connect), \
    REGION_OPTION(struct step_options, connect), \
    LIMIT_OPTIONS(struct step_options, connect), \
    JSON_OPTION(struct step_options, output), \
    LOG_OPTIONS(struct step_options, output)
/* clang-format on */

struct step {
    const struct step_options *options;
    const struct command_line *line;
    struct connect connect;
    struct task *task; /* NULL: nobody waits for an answer */
    struct progress progress;
    struct delivery_key *sign_key; /* NULL: none */
    struct engine *engine;
    struct input input; /* prepare: what it was given */
    struct problems problems;
    /* The work leaves these when it went well: the answer for Step Functions and --json; the
     * sentence for a person; and the exit code. */
    json_t *answer;
    struct buf said;
    int exit_code;
    const struct command *first; /* to be done before the same step is of use; NULL: nothing */
};

/* Runs work between opening and closing everything, and returns the exit code. */
int step_main(const struct command_line *line, const struct step_options *options,
        enum err_code (*work)(struct step *s, struct err *e));

#endif
