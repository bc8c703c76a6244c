#include "cmd/aws/trouble.h"

#include <stdlib.h>
#include <string.h>

#include "aws/services/executions.h"
#include "base/str.h"

enum {
    CHILD_EVENTS = 100,        /* the latest of a child's, of which one page is read */
    RUNNING_LISTED_MOST = 1000 /* running children, of which those that began first are asked */
};

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* A want of memory leaves it out. */
static char *copy_of(const char *text)
{
    return text ? str_dup_n(text, strlen(text)) : NULL;
}

/* --- memory --- */

static void task_free(struct task_story *t)
{
    free(t->arn);
    free(t->status);
    free(t->code);
    free(t->reason);
    free(t->group);
    free(t->stream);
    memset(t, 0, sizeof *t);
}

static void shard_free(struct shard_story *s)
{
    free(s->execution);
    free(s->error);
    free(s->cause);
    history_free(&s->history);
    task_free(&s->task);
    memset(s, 0, sizeof *s);
}

void trouble_free(struct trouble *t)
{
    unsigned i;

    task_free(&t->task);
    for (i = 0; i < t->shard_count; i++)
        shard_free(&t->shards[i]);
    free(t->not_known);
    memset(t, 0, sizeof *t);
}

/* --- what is not known --- */

struct asking {
    struct trouble *t;
    struct clients *clients;
    const struct execution *x;
    struct trouble *before; /* its whole stories are taken out of it */
    bool given_up;          /* nobody answers: each further question would be tried for long */
};

/* The first thing that could not be asked; the others have the same reason, most of the time. */
static void note(struct asking *a, const struct err *e)
{
    if (!a->t->not_known)
        a->t->not_known = copy_of(e->message);
    a->given_up = a->given_up || !e->http_status;
}

/* Asks, and notes what cannot be asked. NULL: there is no answer. Takes the reference. */
static json_t *ask(struct asking *a, const char *operation, json_t *request)
{
    json_t *answer = NULL;
    struct err e;

    if (a->given_up) {
        json_decref(request);
        return NULL;
    }
    if (json_api_run(a->clients->sfn, operation, request, &answer, &e) == ERR_OK)
        return answer;
    note(a, &e);
    return NULL;
}

/* --- children --- */

int64_t trouble_shard_number(const char *input)
{
    json_t *json = input ? json_loads(input, 0, NULL) : NULL;
    const json_t *number = json_object_get(json_object_get(json, "shard"), "shard");
    int64_t n = json_is_integer(number) ? json_integer_value(number) : -1;

    json_decref(json);
    return n;
}

/* Its error, and which shard it is. */
static bool describe_child(struct asking *a, struct shard_story *s)
{
    json_t *answer = ask(a, "DescribeExecution", json_pack("{s:s}", "executionArn", s->execution));

    if (!answer)
        return false;
    s->shard = trouble_shard_number(text_of(answer, "input"));
    s->error = copy_of(text_of(answer, "error"));
    s->cause = copy_of(text_of(answer, "cause"));
    json_decref(answer);
    return true;
}

static bool read_child(struct asking *a, struct shard_story *s)
{
    json_t *answer = ask(a, "GetExecutionHistory",
            json_pack("{s:s, s:b, s:i}", "executionArn", s->execution, "reverseOrder", 1,
                    "maxResults", CHILD_EVENTS));
    const json_t *event;
    size_t i;

    if (!answer)
        return false;
    json_array_foreach(json_object_get(answer, "events"), i, event)
            history_look_at(&s->history, event);
    json_decref(answer);
    return true;
}

/* Takes over what was told of a failed child before; false: nothing was. */
static bool take_over(struct asking *a, struct shard_story *s, const char *arn)
{
    unsigned i;

    for (i = 0; i < a->before->shard_count; i++) {
        struct shard_story *old = &a->before->shards[i];

        if (old->is_whole && old->execution && strcmp(old->execution, arn) == 0) {
            *s = *old;
            memset(old, 0, sizeof *old);
            return true;
        }
    }
    return false;
}

/* A child may be in two lists, which were asked for one after the other. */
static bool is_told(const struct trouble *t, const char *arn)
{
    unsigned i;

    for (i = 0; i < t->shard_count; i++)
        if (strcmp(t->shards[i].execution, arn) == 0)
            return true;
    return false;
}

static void add_child(struct asking *a, const json_t *entry)
{
    const char *arn = text_of(entry, "executionArn"), *status = text_of(entry, "status");
    struct shard_story *s = &a->t->shards[a->t->shard_count];
    bool running;

    if (!arn || !status || a->t->shard_count == SHARDS_TOLD_MOST || is_told(a->t, arn))
        return;
    if (take_over(a, s, arn)) {
        a->t->shard_count++;
        return;
    }
    running = strcmp(status, "RUNNING") == 0;
    memset(s, 0, sizeof *s);
    s->shard = -1;
    s->execution = copy_of(arn);
    if (!s->execution)
        return;
    err_copy_text(s->status, sizeof s->status, status, strlen(status));
    a->t->shard_count++;
    s->is_whole = describe_child(a, s);
    s->is_whole = read_child(a, s) && s->is_whole && !running;
}

/* The children with a status, at most so many; those that began first if there are more. */
static void add_children(
        struct asking *a, const char *map_run, const char *status, uint64_t listed, size_t most)
{
    const struct executions_query query = {.map_run = map_run, .status = status, .most = listed};
    json_t *list = a->given_up ? NULL : json_array();
    size_t count, i;
    struct err e;

    if (!list)
        return;
    if (executions_list(a->clients->sfn, &query, list, NULL, &e) != ERR_OK)
        note(a, &e);
    count = json_array_size(list);
    for (i = count > most ? count - most : 0; i < count; i++)
        add_child(a, json_array_get(list, i));
    json_decref(list);
}

/* Children that were stopped with their execution have no error of their own, and are not failed.
 */
static void load_shards(struct asking *a)
{
    const struct execution *x = a->x;
    int64_t all = x->shards_failed - x->shards_aborted;
    unsigned failed;

    if (!x->map_run)
        return;
    if (all > 0)
        add_children(a, x->map_run, "FAILED", FAILED_SHARDS_SHOWN, FAILED_SHARDS_SHOWN);
    failed = a->t->shard_count;
    if (all > failed && failed < FAILED_SHARDS_SHOWN)
        add_children(a, x->map_run, "TIMED_OUT", FAILED_SHARDS_SHOWN - failed,
                FAILED_SHARDS_SHOWN - failed);
    failed = a->t->shard_count;
    a->t->failed_rest = all > failed ? all - failed : 0;
    if (x->shards_running > 0 && execution_is_running(x))
        add_children(a, x->map_run, "RUNNING", RUNNING_LISTED_MOST, RUNNING_SHARDS_ASKED);
}

/* --- tasks --- */

/* Sorts all tasks of all stories into one question; they are of one cluster. */
static void gather(json_t *arns, const char **cluster, const struct history *h)
{
    unsigned i;

    for (i = 0; i < h->task_count && json_array_size(arns) < ECS_TASKS_MOST; i++) {
        if (!*cluster)
            *cluster = h->tasks[i].cluster;
        if (strcmp(*cluster, h->tasks[i].cluster) == 0)
            json_array_append_new(arns, json_string(h->tasks[i].arn));
    }
}

/* ECS's answer about all of them; NULL: there is none. */
static json_t *ask_tasks(struct asking *a)
{
    json_t *arns = json_array(), *answer = NULL;
    const char *cluster = NULL;
    struct err e;
    unsigned i;

    gather(arns, &cluster, &a->x->history);
    for (i = 0; i < a->t->shard_count; i++)
        if (!a->t->shards[i].task.arn)
            gather(arns, &cluster, &a->t->shards[i].history);
    if (!cluster || a->given_up) {
        json_decref(arns);
        return NULL;
    }
    if (ecs_describe_tasks(a->clients->ecs, cluster, arns, &answer, &e) != ERR_OK) {
        note(a, &e);
        return NULL;
    }
    return answer;
}

/* The task to tell of: the latest that ECS has something to say of, else the latest. */
static const struct history_task *choose(const struct history *h, const json_t *answer)
{
    unsigned i;

    for (i = 0; i < h->task_count; i++)
        if (text_of(ecs_find_task(answer, h->tasks[i].arn), "stoppedReason"))
            return &h->tasks[i];
    return h->task_count > 0 ? &h->tasks[0] : NULL;
}

static void add_log(struct asking *a, struct task_story *t, const struct history_task *task)
{
    const char *id = ecs_task_id(task->arn);
    const struct ecs_log_place *place;
    struct buf stream;
    struct err e;

    if (!id || !task->definition || a->given_up)
        return;
    if (clients_find_log(a->clients, task->definition, &place, &e) != ERR_OK) {
        note(a, &e);
        return;
    }
    if (!place->group)
        return;
    buf_init(&stream, BUF_MAX_SMALL);
    buf_addf(&stream, "%s%s", place->prefix, id);
    t->group = copy_of(place->group);
    t->stream = buf_take(&stream);
    buf_free(&stream);
}

static void tell_task(
        struct asking *a, struct task_story *t, const struct history *h, const json_t *answer)
{
    const struct history_task *task = choose(h, answer);
    const json_t *found;
    struct buf reason;

    if (!task || t->arn)
        return;
    found = ecs_find_task(answer, task->arn);
    t->arn = copy_of(task->arn);
    t->knowledge = !answer ? TASK_NOT_ASKED : found ? TASK_KNOWN : TASK_FORGOTTEN;
    t->status = copy_of(text_of(found, "lastStatus"));
    t->code = copy_of(text_of(found, "stopCode"));
    buf_init(&reason, BUF_MAX_SMALL);
    ecs_show_reason(found, &reason);
    t->reason = reason.len > 0 ? buf_take(&reason) : NULL;
    buf_free(&reason);
    /* A container that was never there has written nothing. */
    if (!t->code || strcmp(t->code, "TaskFailedToStart") != 0)
        add_log(a, t, task);
}

/* A shard that runs is told of when something is wrong with it; Spot's taking a task back is not.
 */
static bool is_in_trouble(const struct shard_story *s)
{
    const char *error = s->history.error;

    return strcmp(s->status, "RUNNING") != 0 || s->history.timed_out > 0 || s->task.reason ||
           (error && strcmp(error, "SpotInterrupted") != 0);
}

static void drop_healthy(struct trouble *t)
{
    unsigned kept = 0, i;

    for (i = 0; i < t->shard_count; i++) {
        if (!is_in_trouble(&t->shards[i])) {
            shard_free(&t->shards[i]);
            continue;
        }
        if (kept != i)
            t->shards[kept] = t->shards[i];
        kept++;
    }
    t->shard_count = kept;
}

static void load_tasks(struct asking *a)
{
    json_t *answer = ask_tasks(a);
    unsigned i;

    tell_task(a, &a->t->task, &a->x->history, answer);
    for (i = 0; i < a->t->shard_count; i++)
        tell_task(a, &a->t->shards[i].task, &a->t->shards[i].history, answer);
    json_decref(answer);
    drop_healthy(a->t);
}

void trouble_load(struct trouble *t, struct clients *c, const struct execution *x)
{
    struct trouble before = *t;
    struct asking a = {.t = t, .clients = c, .x = x, .before = &before};

    memset(t, 0, sizeof *t);
    load_shards(&a);
    load_tasks(&a);
    trouble_free(&before);
}
