#include "cmd/aws/log_tasks.h"

#include <stdlib.h>
#include <string.h>

#include "aws/services/executions.h"
#include "base/str.h"
#include "cmd/aws/trouble.h"

enum {
    PAGES_MOST = 250,       /* a history has at most 25,000 events */
    CHILDREN_MOST = 100000, /* a job has at most 80,000 shards */
    ASKED_MOST = 500,       /* of these */
};

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* --- tasks --- */

void log_tasks_free(struct log_tasks *t)
{
    size_t i;

    for (i = 0; i < t->count; i++) {
        free(t->tasks[i].step);
        free(t->tasks[i].token);
        history_task_free(&t->tasks[i].task);
    }
    free(t->tasks);
    memset(t, 0, sizeof *t);
}

static bool has(const struct log_tasks *t, const char *arn)
{
    size_t i;

    for (i = 0; i < t->count; i++)
        if (strcmp(t->tasks[i].task.arn, arn) == 0)
            return true;
    return false;
}

static enum err_code add(
        struct log_tasks *t, const char *step, struct history_task *task, struct err *e)
{
    struct log_task *grown;

    if (has(t, task->arn)) {
        history_task_free(task);
        return ERR_OK;
    }
    grown = t->count < LOG_TASKS_MOST ? realloc(t->tasks, (t->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        history_task_free(task);
        return t->count < LOG_TASKS_MOST
                       ? err_nomem(e)
                       : err_set(e, ERR_LIMIT, "more than %d tasks", LOG_TASKS_MOST);
    }
    t->tasks = grown;
    memset(&grown[t->count], 0, sizeof *grown);
    grown[t->count].step = str_dup_n(step, strlen(step));
    grown[t->count].task = *task;
    t->count++;
    return grown[t->count - 1].step ? ERR_OK : err_nomem(e);
}

/* The state in which later events are, and the tasks that it began. */
struct reading {
    struct log_tasks *tasks;
    const char *wanted; /* NULL: all states */
    char step[81];      /* a state's name has at most 80 characters (Amazon States Language) */
};

static enum err_code look_at(struct reading *r, const json_t *event, struct err *e)
{
    const char *type = text_of(event, "type");
    const char *name = text_of(json_object_get(event, "stateEnteredEventDetails"), "name");
    struct history_task task;

    if (type && name && str_ends(type, "StateEntered"))
        err_copy_text(r->step, sizeof r->step, name, strlen(name));
    if ((!r->wanted || strcmp(r->wanted, r->step) == 0) && history_read_task(event, &task))
        return add(r->tasks, r->step, &task, e);
    return ERR_OK;
}

enum err_code log_tasks_load(struct log_tasks *t, struct json_api *sfn, const char *execution,
        const char *step, struct err *e)
{
    struct reading reading = {.tasks = t, .wanted = step};
    enum err_code code = ERR_OK;
    json_t *answer = NULL;
    const json_t *event;
    bool more = true;
    unsigned page;
    size_t i;

    for (page = 0; code == ERR_OK && page < PAGES_MOST; page++) {
        code = executions_history(sfn, execution, EXECUTIONS_OLDEST_FIRST, &answer, &more, e);
        if (code != ERR_OK || !more)
            break;
        json_array_foreach(json_object_get(answer, "events"), i, event)
        {
            if (code == ERR_OK)
                code = look_at(&reading, event, e);
        }
    }
    json_decref(answer);
    return code;
}

/* --- a shard's child --- */

static enum err_code find_map(
        struct json_api *sfn, const char *execution, struct buf *out, struct err *e)
{
    const char *arn;
    json_t *runs;
    enum err_code code = json_api_run(
            sfn, "ListMapRuns", json_pack("{s:s}", "executionArn", execution), &runs, e);

    if (code != ERR_OK)
        return code;
    arn = text_of(json_array_get(json_object_get(runs, "mapRuns"), 0), "mapRunArn");
    if (arn)
        buf_adds(out, arn);
    json_decref(runs);
    return arn ? buf_check(out, "an ARN", e)
               : err_set(e, ERR_INPUT, "no shard has begun: the execution has no map run yet");
}

static enum err_code ask_number(
        struct json_api *sfn, const char *arn, int64_t *number, struct err *e)
{
    json_t *answer;
    enum err_code code = json_api_run(
            sfn, "DescribeExecution", json_pack("{s:s}", "executionArn", arn), &answer, e);

    if (code != ERR_OK)
        return code;
    *number = trouble_shard_number(text_of(answer, "input"));
    json_decref(answer);
    return ERR_OK;
}

/* The nearest to `at` of count that was not asked yet; count: all were. */
static size_t nearest(const bool *asked, size_t count, int64_t at)
{
    int64_t most = (int64_t)count, far;

    at = at < 0 ? 0 : at >= most ? most - 1 : at;
    for (far = 0; far < most; far++) {
        if (at + far < most && !asked[at + far])
            return (size_t)(at + far);
        if (at - far >= 0 && !asked[at - far])
            return (size_t)(at - far);
    }
    return count;
}

/* children: the latest first. The map begins its items in their order, about: each answer says how
 * far away the wanted one is. */
static enum err_code search(
        struct json_api *sfn, const json_t *children, int64_t shard, struct buf *out, struct err *e)
{
    size_t count = json_array_size(children), at;
    bool *asked = calloc(count + 1, sizeof *asked);
    enum err_code code = asked ? ERR_OK : err_nomem(e);
    int64_t number = -1, guess = shard;
    const char *arn = NULL;
    unsigned n;

    for (n = 0; code == ERR_OK && n < ASKED_MOST && number != shard; n++) {
        at = nearest(asked, count, guess);
        if (at == count)
            break;
        asked[at] = true;
        arn = text_of(json_array_get(children, count - 1 - at), "executionArn");
        code = arn ? ask_number(sfn, arn, &number, e) : ERR_OK;
        guess = (int64_t)at + (number >= 0 ? shard - number : 1);
    }
    free(asked);
    if (code != ERR_OK)
        return code;
    if (number != shard || !arn)
        return err_set(e, ERR_INPUT,
                "no child execution of shard %lld was found among the %zu that began; copyout status "
                "names those that failed, and their ARN can be given instead",
                (long long)shard, count);
    buf_adds(out, arn);
    return buf_check(out, "an ARN", e);
}

enum err_code log_tasks_find_shard(
        struct json_api *sfn, const char *execution, int64_t shard, struct buf *out, struct err *e)
{
    struct executions_query query = {.most = CHILDREN_MOST};
    json_t *children = json_array();
    enum err_code code;
    struct buf map;

    buf_init(&map, BUF_MAX_SMALL);
    code = children ? find_map(sfn, execution, &map, e) : err_nomem(e);
    query.map_run = buf_str(&map);
    if (code == ERR_OK)
        code = executions_list(sfn, &query, children, NULL, e);
    if (code == ERR_OK)
        code = search(sfn, children, shard, out, e);
    json_decref(children);
    buf_free(&map);
    return code;
}
