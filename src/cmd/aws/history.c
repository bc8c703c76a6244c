#include "cmd/aws/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* A want of memory leaves it out. */
static char *copy_of(const char *text)
{
    return text ? str_dup_n(text, strlen(text)) : NULL;
}

void history_task_free(struct history_task *t)
{
    free(t->arn);
    free(t->cluster);
    free(t->definition);
    memset(t, 0, sizeof *t);
}

bool history_read_task(const json_t *event, struct history_task *out)
{
    const char *type = text_of(event, "type");
    const char *text = text_of(json_object_get(event, "taskSubmittedEventDetails"), "output");
    json_t *output, *task;
    bool has = false;

    if (!type || strcmp(type, "TaskSubmitted") != 0 || !text)
        return false;
    output = json_loads(text, 0, NULL);
    task = json_array_get(json_object_get(output, "Tasks"), 0);
    if (text_of(task, "TaskArn") && text_of(task, "ClusterArn")) {
        out->arn = copy_of(text_of(task, "TaskArn"));
        out->cluster = copy_of(text_of(task, "ClusterArn"));
        out->definition = copy_of(text_of(task, "TaskDefinitionArn"));
        has = out->arn && out->cluster;
        if (!has)
            history_task_free(out);
    }
    json_decref(output);
    return has;
}

const json_t *history_failure(const json_t *event)
{
    static const char *const types[][2] = {
            {"TaskFailed", "taskFailedEventDetails"},
            {"TaskTimedOut", "taskTimedOutEventDetails"},
            {"TaskSubmitFailed", "taskSubmitFailedEventDetails"},
            {"TaskStartFailed", "taskStartFailedEventDetails"},
    };
    const char *type = text_of(event, "type");
    size_t i;

    for (i = 0; type && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i][0]) == 0)
            return json_object_get(event, types[i][1]);
    return NULL;
}

void history_look_at(struct history *h, const json_t *event)
{
    const char *type = text_of(event, "type");
    const json_t *failure = history_failure(event);

    if (!type)
        return;
    h->timed_out += strcmp(type, "TaskTimedOut") == 0;
    if (h->is_closed)
        return;
    if (strcmp(type, "TaskSucceeded") == 0 || strcmp(type, "TaskStateEntered") == 0 ||
            strcmp(type, "MapStateEntered") == 0) {
        h->is_closed = true;
    } else if (failure && !h->error) {
        h->error = copy_of(text_of(failure, "error"));
        h->cause = copy_of(text_of(failure, "cause"));
    } else if (h->task_count < HISTORY_TASKS_MOST &&
               history_read_task(event, &h->tasks[h->task_count])) {
        h->task_count++;
    }
}

void history_free(struct history *h)
{
    unsigned i;

    for (i = 0; i < h->task_count; i++)
        history_task_free(&h->tasks[i]);
    free(h->error);
    free(h->cause);
    memset(h, 0, sizeof *h);
}
