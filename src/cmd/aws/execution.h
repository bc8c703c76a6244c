/* The state of an execution of our state machine, as Step Functions knows it. */
#ifndef COPYOUT_CMD_AWS_EXECUTION_H
#define COPYOUT_CMD_AWS_EXECUTION_H

#include "aws/json_api.h"
#include "base/buf.h"
#include "cmd/aws/history.h"

struct execution {
    char status[32]; /* RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE */
    char *arn;
    char *name;
    char *state; /* where it is; NULL: not known */
    char *error; /* why it failed, or what its last task failed for while it waits; NULL: nothing */
    char *cause;
    json_t *output;   /* of Report, when it succeeded; else NULL */
    json_t *prepared; /* Prepare's answer; NULL: not yet */
    json_t *thawed;   /* the last answer of Thaw, which counts what is being restored; NULL: none */
    double started_s, stopped_s; /* seconds since 1970; stopped_s is 0 while it runs */
    bool has_map;                /* the distributed map has begun: the counts are of its shards */
    int64_t shards, shards_done, shards_failed, shards_running;
    int64_t shards_aborted; /* of those that failed: stopped with the execution */
    int64_t shards_pending;
    char *map_run;          /* its ARN; NULL: there is none */
    struct history history; /* of the events that were read */
};

void execution_free(struct execution *x); /* frees its content, leaves it zeroed */

/* Asks with DescribeExecution, GetExecutionHistory, ListMapRuns and DescribeMapRun. */
enum err_code execution_load(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e) ERR_MUST_CHECK;

/* The same without the history, and without the map where the output has all counts: where it is,
 * and why it waits, is not known then. */
enum err_code execution_load_brief(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e) ERR_MUST_CHECK;

bool execution_is_running(const struct execution *x);

/* The side that denies an execution which waits for permission, by its cause: "kms", the
 * destination's key, or "s3", the bucket; NULL: it does not wait. */
const char *execution_denied_by(const struct execution *x);

/* One line for a person, without '\n', appended to out. */
void execution_describe(const struct execution *x, struct buf *out);
/* The counts of objects or shards alone, appended to out: nothing where none are known. */
void execution_add_counts(const struct execution *x, struct buf *out);
/* All that is known, as docs/status.schema.json has it; NULL: out of memory. */
json_t *execution_json(const struct execution *x);

/* 0 when it succeeded or still runs, else as copyout run would have exited. */
int execution_exit_code(const struct execution *x);

#endif
