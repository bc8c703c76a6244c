/* The tasks of an execution whose logs are shown: those of Prepare and Report, or of one shard. */
#ifndef COPYOUT_CMD_AWS_LOG_TASKS_H
#define COPYOUT_CMD_AWS_LOG_TASKS_H

#include "cmd/aws/clients.h"
#include "cmd/aws/history.h"

enum { LOG_TASKS_MOST = 2000 };

struct log_task {
    char *step; /* the state: "Prepare", "CopyShard", "Report" */
    struct history_task task;
    char *token;          /* of the next events of its log; NULL: from the start */
    bool missing_is_told; /* that there is no such log */
};

struct log_tasks {
    struct log_task *tasks; /* in the order in which they were begun */
    size_t count;
};

/* Reads the history of an execution (all of it), and adds the tasks that are not there yet: of the
 * state `step`, or of all where it is NULL. ERR_LIMIT above LOG_TASKS_MOST. */
enum err_code log_tasks_load(struct log_tasks *t, struct json_api *sfn, const char *execution,
        const char *step, struct err *e) ERR_MUST_CHECK;
void log_tasks_free(struct log_tasks *t);

/* The child execution that copies the shard with that number, its ARN into out. ERR_INPUT: the
 * execution has no map yet, or none of the children that were looked at copies it. Step Functions
 * knows children by names without a meaning: they are listed, and those that began about when the
 * shard's turn was are asked for their input. */
enum err_code log_tasks_find_shard(struct json_api *sfn, const char *execution, int64_t shard,
        struct buf *out, struct err *e) ERR_MUST_CHECK;

#endif
