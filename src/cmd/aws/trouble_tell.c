/* Troubles in words, and as JSON. */
#include <string.h>

#include "base/str.h"
#include "cmd/aws/service_text.h"
#include "cmd/aws/trouble.h"

/* A task that answered for itself has said why; of one that did not, ECS tells it. A task that
 * runs, or is about to, is no news. */
static bool is_news(const struct task_story *t, const struct history *h)
{
    bool answered = h->error && !str_starts(h->error, "States.") && !str_starts(h->error, "ECS.");

    return t->arn && (h->timed_out > 0 || h->error || t->reason) && !answered;
}

static void describe_task(
        const struct task_story *t, const struct history *h, const char *indent, struct buf *out)
{
    if (h->timed_out > 0)
        buf_addf(out, "%s%u task%s given up, since no heartbeat came in time", indent, h->timed_out,
                h->timed_out == 1 ? " was" : "s were");
    if (!is_news(t, h))
        return;
    buf_addf(out, "%stask ", indent);
    service_text_add(out, t->arn);
    if (t->knowledge == TASK_FORGOTTEN) {
        buf_adds(out, " is not known to ECS any more, which forgets a task about an hour after its "
                      "end; why it ended is no longer told");
    } else if (t->knowledge == TASK_KNOWN) {
        buf_adds(out, " is ");
        service_text_add(out, t->status ? t->status : "?");
        service_text_add_failure(out, ": ", t->code, t->reason);
    }
}

static void describe_log(const struct task_story *t, const char *indent, struct buf *out)
{
    if (!t->group || !t->stream)
        return;
    buf_addf(out, "%slog: ", indent);
    service_text_add(out, t->group);
    buf_adds(out, ", stream ");
    service_text_add(out, t->stream);
}

static void describe_shard(const struct shard_story *s, struct buf *out)
{
    bool running = strcmp(s->status, "RUNNING") == 0;

    buf_adds(out, "\n  ");
    if (s->shard >= 0)
        buf_addf(out, "shard %lld", (long long)s->shard);
    else
        service_text_add(out, s->execution);
    buf_addc(out, ' ');
    service_text_add(out, running ? "does not get on" : s->status);
    service_text_add_failure(out, ": ", running ? s->history.error : s->error,
            running ? s->history.cause : s->cause);
    describe_task(&s->task, &s->history, "\n    ", out);
    describe_log(&s->task, "\n    ", out);
}

void trouble_describe(const struct trouble *t, const struct execution *x, struct buf *out)
{
    unsigned i;

    describe_task(&t->task, &x->history, "\n  ", out);
    if (is_news(&t->task, &x->history))
        describe_log(&t->task, "\n  ", out);
    for (i = 0; i < t->shard_count; i++)
        describe_shard(&t->shards[i], out);
    /* Where none could be shown, the count above says it. */
    if (t->failed_rest > 0 && t->shard_count > 0)
        buf_addf(out, "\n  and %lld more failed shard%s", (long long)t->failed_rest,
                str_plural((uint64_t)t->failed_rest));
    if (t->not_known) {
        buf_adds(out, "\n  not all could be asked: ");
        service_text_add(out, t->not_known);
    }
}

/* --- JSON --- */

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, json_string(text));
}

/* NULL: there is no task. */
static json_t *task_json(const struct task_story *t)
{
    json_t *json = t->arn ? json_object() : NULL;

    if (!json)
        return NULL;
    set_text(json, "taskArn", t->arn);
    set_text(json, "status", t->status);
    set_text(json, "stopCode", t->code);
    set_text(json, "stoppedReason", t->reason);
    if (t->knowledge != TASK_NOT_ASKED)
        json_object_set_new(json, "forgotten", json_boolean(t->knowledge == TASK_FORGOTTEN));
    set_text(json, "logGroup", t->group);
    set_text(json, "logStream", t->stream);
    return json;
}

static json_t *shard_json(const struct shard_story *s)
{
    bool running = strcmp(s->status, "RUNNING") == 0;
    json_t *json = json_pack("{s:s, s:s, s:i}", "executionArn", s->execution, "status", s->status,
            "timedOutTasks", (int)s->history.timed_out);

    if (!json)
        return NULL;
    if (s->shard >= 0)
        json_object_set_new(json, "shard", json_integer(s->shard));
    set_text(json, "error", running ? s->history.error : s->error);
    set_text(json, "cause", running ? s->history.cause : s->cause);
    if (s->task.arn)
        json_object_set_new(json, "task", task_json(&s->task));
    return json;
}

void trouble_add_json(const struct trouble *t, json_t *json)
{
    json_t *failed = json_array(), *slow = json_array();
    unsigned i;

    if (t->task.arn)
        json_object_set_new(json, "task", task_json(&t->task));
    for (i = 0; i < t->shard_count; i++)
        json_array_append_new(strcmp(t->shards[i].status, "RUNNING") == 0 ? slow : failed,
                shard_json(&t->shards[i]));
    json_object_set_new(json, "failedShards", failed);
    json_object_set_new(json, "failedShardsNotShown", json_integer(t->failed_rest));
    json_object_set_new(json, "slowShards", slow);
    set_text(json, "notKnown", t->not_known);
}
