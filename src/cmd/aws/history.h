/* The events of an execution, read for the tasks that it began. Pure. (API Reference of Step
 * Functions: HistoryEvent.) */
#ifndef COPYOUT_CMD_AWS_HISTORY_H
#define COPYOUT_CMD_AWS_HISTORY_H

#include <jansson.h>
#include <stdbool.h>

enum { HISTORY_TASKS_MOST = 8 };

/* A task of ECS, as RunTask answered; all texts are the holder's. */
struct history_task {
    char *arn;
    char *cluster;    /* ARN */
    char *definition; /* ARN */
};

void history_task_free(struct history_task *t); /* leaves it zeroed */

/* Of an event TaskSubmitted: the task that was begun, into *out. false: it is another event, or
 * names none; *out is then as it was. */
bool history_read_task(const json_t *event, struct history_task *out);

/* The details ("error", "cause") of an event by which a task failed: TaskFailed, TaskTimedOut,
 * TaskSubmitFailed, TaskStartFailed; NULL: it is another event. */
const json_t *history_failure(const json_t *event);

/* Events that were looked at from the latest back. */
struct history {
    unsigned timed_out; /* TaskTimedOut: tasks that were given up, since no heartbeat came */
    /* Of the last step that was a task, as long as it has not succeeded: */
    char *error, *cause; /* its latest failure; NULL: none */
    unsigned task_count;
    struct history_task tasks[HISTORY_TASKS_MOST]; /* the latest first */
    bool is_closed;                                /* earlier events are of earlier steps */
};

void history_look_at(struct history *h, const json_t *event);
void history_free(struct history *h); /* leaves it zeroed */

#endif
