/* An execution in words, and as JSON. */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cmd/aws/execution.h"
#include "cmd/aws/service_text.h"
#include "model/plan.h"

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int64_t count_of(const json_t *counts, const char *name)
{
    return json_integer_value(json_object_get(counts, name));
}

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

static void add_objects(struct buf *out, const char *lead, const json_t *output)
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
    size_t i;

    if (!json_object_get(output, "items"))
        return;
    buf_addf(out, "%s%lld objects", lead, (long long)count_of(output, "items"));
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (count_of(output, counts[i].name) > 0)
            buf_addf(out, ", %lld %s", (long long)count_of(output, counts[i].name), counts[i].text);
}

static void add_output(struct buf *out, const json_t *output)
{
    const char *report = text_of(output, "report");

    add_objects(out, ": ", output);
    if (json_object_get(output, "items") && report) {
        buf_adds(out, ". Report: ");
        service_text_add(out, report);
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

/* Whether it is between the map and the report, where objects are being restored. */
static bool is_thawing(const struct execution *x)
{
    static const char *const states[] = {"Thaw", "Thawed", "WaitForRestores", "CountLook"};
    size_t i;

    for (i = 0; x->state && i < sizeof states / sizeof states[0]; i++)
        if (strcmp(x->state, states[i]) == 0)
            return true;
    return false;
}

static void add_restoring(struct buf *out, const struct execution *x)
{
    int64_t restoring = count_of(x->thawed, "restoring"), wait = count_of(x->thawed, "waitSeconds");

    if (!x->thawed) {
        buf_adds(out, ": all shards are done; looking at the objects that are being restored");
        return;
    }
    buf_addf(out, ": all shards are done; %lld object%s being restored from %s archive",
            (long long)restoring, restoring == 1 ? " is" : "s are",
            restoring == 1 ? "its" : "their");
    if (strcmp(x->state, "Thaw") == 0)
        buf_adds(out, ", and looked at now");
    else
        buf_addf(out, ", and looked at every %lld seconds", (long long)wait);
}

void execution_describe(const struct execution *x, struct buf *out)
{
    bool running = execution_is_running(x);

    service_text_add(out, x->name ? x->name : "the execution");
    buf_addf(out, ": %s %s ", x->status, running ? "for" : "after");
    add_duration(out, (running ? (double)clock_wall_s() : x->stopped_s) - x->started_s);
    if (!running && (x->error || x->cause)) {
        service_text_add_failure(out, ": ", x->error, x->cause);
    } else if (!running) {
        add_output(out, x->output);
    } else if (is_thawing(x)) {
        add_restoring(out, x);
        service_text_add_failure(out, "; so far: ", x->error, x->cause);
    } else if (x->state && str_starts(x->state, "Wait")) {
        buf_adds(out, ": waiting");
        service_text_add_failure(out, ": ", x->error, x->cause);
    } else if (x->state && strcmp(x->state, "Report") == 0) {
        buf_adds(out, ": all shards are done; making the report");
        service_text_add_failure(out, "; so far: ", x->error, x->cause);
    } else if (x->has_map) {
        add_progress(out, x);
    } else {
        buf_adds(out, ": preparing");
        service_text_add_failure(out, "; so far: ", x->error, x->cause);
    }
}

void execution_add_counts(const struct execution *x, struct buf *out)
{
    if (x->output) {
        add_objects(out, "", x->output);
    } else if (x->has_map) {
        buf_addf(out, "%lld of %lld shards done", (long long)x->shards_done, (long long)x->shards);
        if (x->shards_failed > 0)
            buf_addf(out, ", %lld failed", (long long)x->shards_failed);
    }
}

const char *execution_denied_by(const struct execution *x)
{
    if (!execution_is_running(x) || !x->error || strcmp(x->error, err_name(ERR_ACCESS_DENIED)) != 0)
        return NULL;
    return x->cause && strstr(x->cause, PLAN_DENIED_BY_KMS) ? "kms" : "s3";
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
    set_text(json, "executionArn", x->arn);
    set_text(json, "name", x->name);
    set_text(json, "state", x->state);
    set_text(json, "error", x->error);
    set_text(json, "cause", x->cause);
    set_text(json, "deniedBy", execution_denied_by(x));
    json_object_set_new(json, "exitCode", json_integer(execution_exit_code(x)));
    json_object_set_new(json, "timedOutTasks", json_integer(x->history.timed_out));
    if (x->has_map)
        json_object_set_new(json, "shards",
                json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "total", (json_int_t)x->shards, "done",
                        (json_int_t)x->shards_done, "failed", (json_int_t)x->shards_failed,
                        "running", (json_int_t)x->shards_running, "aborted",
                        (json_int_t)x->shards_aborted, "pending", (json_int_t)x->shards_pending));
    if (is_thawing(x) && execution_is_running(x) && x->thawed)
        json_object_set(json, "restoring", json_object_get(x->thawed, "restoring"));
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
