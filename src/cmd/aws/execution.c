#include "cmd/aws/execution.h"

#include <stdlib.h>
#include <string.h>

#include "aws/services/executions.h"
#include "base/str.h"

enum { PAGES_MOST = 20 };

void execution_free(struct execution *x)
{
    free(x->arn);
    free(x->name);
    free(x->state);
    free(x->error);
    free(x->cause);
    json_decref(x->output);
    json_decref(x->prepared);
    json_decref(x->thawed);
    free(x->map_run);
    history_free(&x->history);
    memset(x, 0, sizeof *x);
}

bool execution_is_running(const struct execution *x)
{
    return strcmp(x->status, "RUNNING") == 0 || strcmp(x->status, "PENDING_REDRIVE") == 0;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* Sets what is not set yet; a want of memory leaves it out. */
static void keep(char **to, const char *text)
{
    if (!*to && text)
        *to = strdup(text);
}

/* --- DescribeExecution --- */

static enum err_code describe(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e)
{
    const char *status, *output;
    json_t *answer;
    enum err_code code = json_api_run(
            sfn, "DescribeExecution", json_pack("{s:s}", "executionArn", arn), &answer, e);

    if (code != ERR_OK)
        return code;
    status = text_of(answer, "status");
    output = text_of(answer, "output");
    err_copy_text(x->status, sizeof x->status, status ? status : "?", status ? strlen(status) : 1);
    keep(&x->arn, arn);
    keep(&x->name, text_of(answer, "name"));
    if (!execution_is_running(x)) {
        keep(&x->error, text_of(answer, "error"));
        keep(&x->cause, text_of(answer, "cause"));
    }
    x->started_s = json_number_value(json_object_get(answer, "startDate"));
    x->stopped_s = json_number_value(json_object_get(answer, "stopDate"));
    x->output = output ? json_loads(output, 0, NULL) : NULL;
    json_decref(answer);
    return ERR_OK;
}

/* --- GetExecutionHistory --- */

/* The output of Prepare's task, {"job": …, "shards": …}, or of Thaw's, {"restoring": …}. (Other
 * tasks of ours say neither.) */
static void look_at_success(struct execution *x, const json_t *event)
{
    const char *text = text_of(json_object_get(event, "taskSucceededEventDetails"), "output");
    json_t *output = text ? json_loads(text, 0, NULL) : NULL;

    if (!x->prepared && json_object_get(output, "shards"))
        x->prepared = json_incref(output);
    if (!x->thawed && json_object_get(output, "restoring") &&
            json_object_get(output, "waitSeconds"))
        x->thawed = json_incref(output);
    json_decref(output);
}

/* Why it waits: what the last task failed for. */
static void look_at_failure(struct execution *x, const json_t *event)
{
    const json_t *details = history_failure(event);

    if (details && !x->prepared && !x->thawed && !x->error) {
        keep(&x->error, text_of(details, "error"));
        keep(&x->cause, text_of(details, "cause"));
    }
}

static void look_at(struct execution *x, const json_t *event)
{
    const char *type = text_of(event, "type");

    if (!type)
        return;
    if (str_ends(type, "StateEntered"))
        keep(&x->state, text_of(json_object_get(event, "stateEnteredEventDetails"), "name"));
    else if (strcmp(type, "TaskSucceeded") == 0)
        look_at_success(x, event);
    else if (execution_is_running(x))
        look_at_failure(x, event);
    history_look_at(&x->history, event);
}

/* While it waits there is no Prepare that went well to be found, however far one looks back. */
static bool is_known(const struct execution *x)
{
    return x->state && (x->prepared || (x->error && str_starts(x->state, "Wait")));
}

/* The latest first, until it is known where the execution is and what was prepared. */
static enum err_code read_history(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e)
{
    enum err_code code = ERR_OK;
    json_t *answer = NULL, *event;
    bool more = true;
    unsigned page;
    size_t i;

    for (page = 0; page < PAGES_MOST && !is_known(x); page++) {
        code = executions_history(sfn, arn, EXECUTIONS_LATEST_FIRST, &answer, &more, e);
        if (code != ERR_OK || !more)
            break;
        json_array_foreach(json_object_get(answer, "events"), i, event) look_at(x, event);
        if (!execution_is_running(x) && x->output)
            break; /* it says all itself */
    }
    json_decref(answer);
    return code;
}

/* --- ListMapRuns, DescribeMapRun --- */

static int64_t count_of(const json_t *counts, const char *name)
{
    return json_integer_value(json_object_get(counts, name));
}

static enum err_code read_map(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e)
{
    json_t *runs, *run;
    const json_t *counts;
    const char *map_arn;
    enum err_code code =
            json_api_run(sfn, "ListMapRuns", json_pack("{s:s}", "executionArn", arn), &runs, e);

    if (code != ERR_OK)
        return code;
    map_arn = text_of(json_array_get(json_object_get(runs, "mapRuns"), 0), "mapRunArn");
    keep(&x->map_run, map_arn);
    if (map_arn) {
        code = json_api_run(
                sfn, "DescribeMapRun", json_pack("{s:s}", "mapRunArn", map_arn), &run, e);
        if (code == ERR_OK) {
            counts = json_object_get(run, "itemCounts");
            x->has_map = true;
            x->shards = count_of(counts, "total");
            x->shards_done = count_of(counts, "succeeded");
            x->shards_failed = count_of(counts, "failed") + count_of(counts, "timedOut") +
                               count_of(counts, "aborted");
            x->shards_aborted = count_of(counts, "aborted");
            x->shards_running = count_of(counts, "running");
            x->shards_pending = count_of(counts, "pending");
            json_decref(run);
        }
    }
    json_decref(runs);
    return code;
}

static enum err_code load(struct execution *x, struct json_api *sfn, const char *arn,
        bool with_history, struct err *e)
{
    enum err_code code;

    memset(x, 0, sizeof *x);
    code = describe(x, sfn, arn, e);
    if (code == ERR_OK && with_history)
        code = read_history(x, sfn, arn, e);
    if (code == ERR_OK && (with_history || !x->output))
        code = read_map(x, sfn, arn, e);
    if (code != ERR_OK)
        execution_free(x);
    return code;
}

enum err_code execution_load(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e)
{
    return load(x, sfn, arn, true, e);
}

enum err_code execution_load_brief(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e)
{
    return load(x, sfn, arn, false, e);
}
