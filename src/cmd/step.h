/* What prepare, copy and report share, the three steps of a job as commands of their own: options
 * and environment, the work store, the answer to Step Functions, the way to the end. */
#ifndef COPYOUT_CMD_STEP_H
#define COPYOUT_CMD_STEP_H

#include <jansson.h>

#include "cmd/cmd.h"
#include "cmd/session.h"
#include "cmd/task.h"
#include "model/problems.h"
#include "store/job.h"
#include "store/plan_files.h"

struct step_options {
    const char *job;
    const char *shard; /* copy: a number */
    bool replace_job;  /* prepare */
    const char *endpoint_url;
    const char *region;
    const char *profile;
    uint64_t most_in_flight;
    uint64_t most_per_second;
    bool json;
    bool quiet;
    unsigned verbose;
};

/* The options that all three have; the first of their tables. */
#define STEP_OPTION(member) offsetof(struct step_options, member)
/* clang-format off */
#define STEP_OPTIONS \
    {"job", 'j', OPTION_STRING, "PLACE", STEP_OPTION(job), \
        "the job's work store, s3://bucket/prefix/ or a folder, that is new, empty or copyout's own " \
        "(COPYOUT_JOB)"}, \
    {"endpoint-url", '\0', OPTION_STRING, "URL", STEP_OPTION(endpoint_url), \
        "servers other than AWS"}, \
    {"region", '\0', OPTION_STRING, "REGION", STEP_OPTION(region), "where we run"}, \
    {"profile", '\0', OPTION_STRING, "NAME", STEP_OPTION(profile), \
        "the profile of the AWS configuration to use"}, \
    {"max-in-flight", '\0', OPTION_NUMBER, "N", STEP_OPTION(most_in_flight), \
        "never more than N requests at once; the number below that finds itself"}, \
    {"max-requests-per-second", '\0', OPTION_NUMBER, "N", STEP_OPTION(most_per_second), \
        "never more than N requests a second; without it as many as S3 takes"}, \
    {"json", '\0', OPTION_FLAG, NULL, STEP_OPTION(json), \
        "print one JSON object at the end, on standard output"}, \
    {"quiet", 'q', OPTION_FLAG, NULL, STEP_OPTION(quiet), "print errors only"}, \
    {"verbose", 'v', OPTION_COUNT, NULL, STEP_OPTION(verbose), \
        "say more; twice: every step of every object"}
/* clang-format on */

struct step {
    const struct step_options *options;
    const struct command_line *line;
    struct session session;
    struct task *task; /* NULL: nobody waits for an answer */
    struct input input;
    struct store *store;
    struct job job;
    struct plan plan;
    struct problems problems;
    /* What to do when we are to stop (now: wait for nothing); NULL: end all requests. Set by the
     * work while it has something better to do. */
    void (*on_stop)(void *ctx, bool now);
    void *on_stop_ctx;
    /* What the work leaves when it went well: what Step Functions, and --json, are told; what a
     * person is; and the exit code. */
    json_t *answer;
    struct buf said;
    int exit_code;
};

/* Runs work between opening and closing everything, and returns the exit code. */
int step_main(const struct command_line *line, const struct step_options *options,
        enum err_code (*work)(struct step *s, struct err *e));

#endif
