/* Why an execution does not get on, or has failed: tasks that never started or were given up, and
 * shards that failed, each with its own error. Nothing here ends a command: what the caller has no
 * right to ask is told in words, and the rest is told all the same. */
#ifndef COPYOUT_CMD_AWS_TROUBLE_H
#define COPYOUT_CMD_AWS_TROUBLE_H

#include "cmd/aws/clients.h"
#include "cmd/aws/execution.h"

enum {
    FAILED_SHARDS_SHOWN = 5,  /* the rest is counted */
    RUNNING_SHARDS_ASKED = 5, /* those that run the longest */
    SHARDS_TOLD_MOST = FAILED_SHARDS_SHOWN + RUNNING_SHARDS_ASKED,
};

enum task_knowledge {
    TASK_NOT_ASKED, /* ECS did not answer */
    TASK_KNOWN,
    TASK_FORGOTTEN, /* by ECS, which keeps a task for about an hour after its end */
};

/* A task of ECS. All texts are the holder's; NULL: not known, or none. */
struct task_story {
    char *arn;
    enum task_knowledge knowledge;
    char *status; /* ECS's lastStatus */
    char *code;   /* stopCode, such as TaskFailedToStart */
    char *reason; /* why it stopped */
    char *group;  /* of its log */
    char *stream; /* likewise */
};

/* A shard that failed, or that runs and does not get on. */
struct shard_story {
    char *execution; /* ARN of the child execution */
    char status[32]; /* FAILED, TIMED_OUT, RUNNING */
    int64_t shard;   /* its number; -1: not known */
    char *error, *cause;
    struct history history;
    struct task_story task;
    bool is_whole; /* everything was asked, and nothing of it will change */
};

struct trouble {
    struct task_story task; /* of Prepare or Report, while it has not succeeded */
    unsigned shard_count;
    struct shard_story shards[SHARDS_TOLD_MOST]; /* the failed ones first */
    int64_t failed_rest;                         /* failed shards that are not among them */
    char *not_known; /* what could not be asked, and why; NULL: nothing */
};

/* Asks why, by ListExecutions of the map run, DescribeExecution and GetExecutionHistory of
 * children, DescribeTasks and DescribeTaskDefinition. t holds what was known before, or is zeroed:
 * failed shards are asked about once. x: as execution_load() left it. */
void trouble_load(struct trouble *t, struct clients *c, const struct execution *x);
void trouble_free(struct trouble *t); /* leaves it zeroed */

/* Lines for a person, each with "\n  " before it; nothing when there is nothing to tell. */
void trouble_describe(const struct trouble *t, const struct execution *x, struct buf *out);
/* Adds task, failedShards, failedShardsNotShown, slowShards and notKnown to the
 * object of execution_json(). */
void trouble_add_json(const struct trouble *t, json_t *json);

/* The number of the shard that a child execution copies, by its input; -1: it says none. */
int64_t trouble_shard_number(const char *input);

#endif
