#include "cmd/aws/execution.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

enum { PAGES_MOST = 20, EVENTS_A_PAGE = 100 };

void execution_free(struct execution *x)
{
    free(x->name);
    free(x->state);
    free(x->error);
    free(x->cause);
    json_decref(x->output);
    json_decref(x->prepared);
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

/* The output of Prepare's task, {"job": …, "shards": …}. (Other tasks of ours say no "shards".) */
static void look_at_success(struct execution *x, const json_t *event)
{
    const char *text = text_of(json_object_get(event, "taskSucceededEventDetails"), "output");
    json_t *output = text ? json_loads(text, 0, NULL) : NULL;

    if (!x->prepared && json_object_get(output, "shards"))
        x->prepared = json_incref(output);
    json_decref(output);
}

/* Why it waits: what the last task failed for. */
static void look_at_failure(struct execution *x, const json_t *event)
{
    const json_t *details = json_object_get(event, "taskFailedEventDetails");

    if (!x->prepared && !x->error) {
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
    else if (strcmp(type, "TaskFailed") == 0 && execution_is_running(x))
        look_at_failure(x, event);
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
    json_t *answer = NULL;
    unsigned page;

    for (page = 0; page < PAGES_MOST && !is_known(x); page++) {
        const char *next = text_of(answer, "nextToken");
        json_t *request, *event;
        enum err_code code;
        size_t i;

        if (page > 0 && !next)
            break;
        request = json_pack("{s:s, s:b, s:i}", "executionArn", arn, "reverseOrder", 1, "maxResults",
                EVENTS_A_PAGE);
        if (next)
            json_object_set_new(request, "nextToken", json_string(next));
        json_decref(answer);
        answer = NULL;
        code = json_api_run(sfn, "GetExecutionHistory", request, &answer, e);
        if (code != ERR_OK)
            return code;
        json_array_foreach(json_object_get(answer, "events"), i, event) look_at(x, event);
        if (!execution_is_running(x) && x->output)
            break; /* it says all itself */
    }
    json_decref(answer);
    return ERR_OK;
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
            x->shards_running = count_of(counts, "running");
            json_decref(run);
        }
    }
    json_decref(runs);
    return code;
}

enum err_code execution_load(
        struct execution *x, struct json_api *sfn, const char *arn, struct err *e)
{
    enum err_code code;

    memset(x, 0, sizeof *x);
    code = describe(x, sfn, arn, e);
    if (code == ERR_OK)
        code = read_history(x, sfn, arn, e);
    if (code == ERR_OK)
        code = read_map(x, sfn, arn, e);
    if (code != ERR_OK)
        execution_free(x);
    return code;
}

/* --- telling --- */

static void add_duration(struct buf *out, double seconds)
{
    uint64_t s = seconds > 0 ? (uint64_t)seconds : 0;

    if (s >= 86400)
        buf_addf(out, "%llu d %llu h", (unsigned long long)s / 86400,
                (unsigned long long)s % 86400 / 3600);
    else if (s >= 3600)
        buf_addf(out, "%llu h %llu min", (unsigned long long)s / 3600,
                (unsigned long long)s % 3600 / 60);
    else if (s >= 60)
        buf_addf(out, "%llu min %llu s", (unsigned long long)s / 60, (unsigned long long)s % 60);
    else
        buf_addf(out, "%llu s", (unsigned long long)s);
}

/* Adds a text that others wrote, on one line; a terminal must not take it for orders. */
static void add_text(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_addc(out, (char)((unsigned char)*text < 0x20 || *text == 0x7F ? ' ' : *text));
}

/* ": error: cause", as far as they are known. */
static void add_failure(struct buf *out, const struct execution *x)
{
    const char *const texts[] = {x->error, x->cause};
    size_t i;

    for (i = 0; i < 2; i++) {
        if (!texts[i] || !*texts[i])
            continue;
        buf_adds(out, ": ");
        add_text(out, texts[i]);
    }
}

static void add_counts(struct buf *out, const json_t *output)
{
    static const struct {
        const char *name, *text;
    } counts[] = {
            {"copied", "copied"},
            {"same", "the same already"},
            {"kept", "kept as they were"},
            {"failed", "failed"},
            {"missing", "not reached"},
    };
    const char *report = text_of(output, "report");
    size_t i;

    if (!json_object_get(output, "items"))
        return;
    buf_addf(out, ": %lld objects", (long long)count_of(output, "items"));
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (count_of(output, counts[i].name) > 0)
            buf_addf(out, ", %lld %s", (long long)count_of(output, counts[i].name), counts[i].text);
    if (report) {
        buf_adds(out, ". Report: ");
        add_text(out, report);
    }
}

/* The shards that are done are of equal size, but for the last. */
static void add_progress(struct buf *out, const struct execution *x)
{
    int64_t items = count_of(x->prepared, "items"), each = count_of(x->prepared, "itemsPerShard");
    int64_t done = (x->shards_done + x->shards_failed) * each;

    buf_addf(out, ": copying; %lld of %lld shards done", (long long)x->shards_done,
            (long long)x->shards);
    if (items > 0)
        buf_addf(out, " (about %lld of %lld objects)", (long long)(done < items ? done : items),
                (long long)items);
    buf_addf(out, ", %lld under way", (long long)x->shards_running);
    if (x->shards_failed > 0)
        buf_addf(out, ", %lld failed", (long long)x->shards_failed);
}

void execution_describe(const struct execution *x, struct buf *out)
{
    bool running = execution_is_running(x);

    add_text(out, x->name ? x->name : "the execution");
    buf_addf(out, ": %s %s ", x->status, running ? "for" : "after");
    add_duration(out, (running ? (double)clock_wall_s() : x->stopped_s) - x->started_s);
    if (!running && (x->error || x->cause)) {
        add_failure(out, x);
    } else if (!running) {
        add_counts(out, x->output);
    } else if (x->state && str_starts(x->state, "Wait")) {
        buf_adds(out, ": waiting");
        add_failure(out, x);
    } else if (x->state && strcmp(x->state, "Report") == 0) {
        buf_adds(out, ": all shards are done; making the report");
    } else if (x->has_map) {
        add_progress(out, x);
    } else {
        buf_addf(out, ": preparing%s", x->error ? "; so far: " : "");
        add_text(out, x->error ? x->error : "");
    }
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, json_string(text));
}

json_t *execution_json(const struct execution *x)
{
    json_t *json = json_pack("{s:s, s:f, s:f}", "status", x->status, "started", x->started_s,
            "stopped", x->stopped_s);

    if (!json)
        return NULL;
    set_text(json, "name", x->name);
    set_text(json, "state", x->state);
    set_text(json, "error", x->error);
    set_text(json, "cause", x->cause);
    if (x->has_map)
        json_object_set_new(json, "shards",
                json_pack("{s:I, s:I, s:I, s:I}", "total", (json_int_t)x->shards, "done",
                        (json_int_t)x->shards_done, "failed", (json_int_t)x->shards_failed,
                        "running", (json_int_t)x->shards_running));
    if (x->prepared)
        json_object_set(json, "prepared", x->prepared);
    if (x->output)
        json_object_set(json, "output", x->output);
    return json;
}

int execution_exit_code(const struct execution *x)
{
    static const enum err_code codes[] = {
            ERR_INCOMPLETE, ERR_INPUT, ERR_MANIFEST, ERR_ACCESS_DENIED, ERR_WRONG_REGION};
    size_t i;

    if (execution_is_running(x) || strcmp(x->status, "SUCCEEDED") == 0)
        return 0;
    for (i = 0; x->error && i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(x->error, err_name(codes[i])) == 0)
            return err_exit_code(codes[i]);
    return err_exit_code(ERR_SERVICE);
}
