#include "copy/machine.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "copy/machine_int.h"

static const struct {
    const char *name;
    enum copy_next (*step)(struct copy *c);
} states[COPY_STATE_COUNT] = {
        [COPY_STATE_RECALL] = {"RECALL", copy_step_recall},
        [COPY_STATE_LOOKUP] = {"LOOKUP", copy_step_lookup},
        [COPY_STATE_EXPLAIN] = {"EXPLAIN", copy_step_explain},
        [COPY_STATE_SINGLE] = {"SINGLE", copy_step_single},
        [COPY_STATE_BEGIN] = {"BEGIN", copy_step_begin},
        [COPY_STATE_RESUME] = {"RESUME", copy_step_resume},
        [COPY_STATE_LAYOUT] = {"LAYOUT", copy_step_layout},
        [COPY_STATE_TAGGING] = {"TAGGING", copy_step_tagging},
        [COPY_STATE_RECORD] = {"RECORD", copy_step_record},
        [COPY_STATE_CREATE] = {"CREATE", copy_step_create},
        [COPY_STATE_PARTS] = {"PARTS", copy_step_parts},
        [COPY_STATE_COMPLETE] = {"COMPLETE", copy_step_complete},
        [COPY_STATE_VERIFY] = {"VERIFY", copy_step_verify},
        [COPY_STATE_RETAG] = {"RETAG", copy_step_retag},
        [COPY_STATE_ABORT] = {"ABORT", copy_step_abort},
        [COPY_STATE_ABORTED] = {"ABORTED", copy_step_aborted},
        [COPY_STATE_SWEEP] = {"SWEEP", copy_step_sweep},
        [COPY_STATE_FORGET] = {"FORGET", copy_step_forget},
        [COPY_STATE_DONE] = {"DONE", NULL},
};

enum err_code copy_new(
        struct copy **out, struct copy_env *env, struct item *item, void *owner, struct err *e)
{
    struct copy *c = calloc(1, sizeof *c);

    if (!c)
        return err_nomem(e);
    list_init(&c->link);
    c->env = env;
    c->owner = owner;
    c->result.item = *item;
    memset(item, 0, sizeof *item);
    headers_init(&c->keep);
    c->started_us = clock_mono_us();
    c->after_sweep = COPY_STATE_DONE;
    c->state = COPY_STATE_LOOKUP;
    if (env->uploads && uploads_has(env->uploads, env->input->destination_bucket,
                                c->result.item.destination_key))
        c->state = COPY_STATE_RECALL;
    *out = c;
    return ERR_OK;
}

/* Frees what belongs to one try. */
static void forget_try(struct copy *c)
{
    headers_clear(&c->keep);
    layout_free(&c->layout);
    free(c->lengths);
    free(c->etags);
    free(c->upload_id);
    free(c->tagging);
    c->lengths = NULL;
    c->etags = NULL;
    c->upload_id = NULL;
    c->tagging = NULL;
}

void copy_free(struct copy *c)
{
    if (!c)
        return;
    forget_try(c);
    headers_free(&c->keep);
    upload_free(&c->recalled);
    copy_free_orphans(c);
    result_free(&c->result);
    list_remove(&c->link);
    free(c);
}

void copy_set_state(struct copy *c, enum copy_state state)
{
    log_trace("line %llu: %s -> %s", (unsigned long long)c->result.item.line, states[c->state].name,
            states[state].name);
    c->state = state;
    c->ask = ASK_NOT;
}

/* What is to be put away before the end: the state is then no longer DONE. */
static bool has_left_something(struct copy *c)
{
    if (c->keep_record)
        return false;
    c->after_sweep = COPY_STATE_DONE;
    if (c->create_to_s > 0)
        copy_set_state(c, COPY_STATE_SWEEP);
    else if (c->recorded)
        copy_set_state(c, COPY_STATE_FORGET);
    return c->state != COPY_STATE_DONE;
}

static enum copy_next end(struct copy *c)
{
    if (c->in_flight > 0) /* an answer that no longer matters, but will come */
        return COPY_WAITS;
    if (has_left_something(c))
        return COPY_WAITS;
    c->result.attempts++; /* the first; the others were counted as they came */
    c->result.seconds = (double)(clock_mono_us() - c->started_us) / 1e6;
    return COPY_ENDED;
}

enum copy_next copy_step(struct copy *c)
{
    enum copy_state state;
    enum copy_next next;

    /* A state that has nothing to send may move on to one that has. */
    do {
        state = c->state;
        next = state == COPY_STATE_DONE ? end(c) : states[state].step(c);
    } while (next == COPY_WAITS && c->state != state);
    return next;
}

void copy_count(struct copy *c, const struct s3_reply *reply)
{
    c->in_flight--;
    c->result.requests += reply->attempts;
    if (reply->attempts > 1)
        c->result.attempts += reply->attempts - 1;
}

void copy_wake(struct copy *c)
{
    c->env->wake(c->env->ctx, c);
}

/* The parts that are there are of use to the next run: what failed is that there was no time for
 * more tries, or that we may not do anything any more, also not abort. */
static bool may_go_on_later(const struct copy *c, const struct err *err)
{
    if (err->code == ERR_CREDENTIALS)
        return true;
    return c->env->stopping && (err->code == ERR_CANCELLED || err->code == ERR_INTERRUPTED ||
                                       err->cls != ERR_CLASS_PERMANENT);
}

void copy_fail(struct copy *c, const struct err *err)
{
    if (c->result.err.code == ERR_OK)
        c->result.err = *err;
    c->result.status = RESULT_FAILED;
    c->result.verified = VERIFIED_NONE;
    if (c->upload_id && c->recorded && may_go_on_later(c, err)) {
        copy_leave_open(c);
        return;
    }
    if (c->upload_id) {
        c->after_abort = COPY_STATE_DONE;
        if (c->state != COPY_STATE_ABORT && c->state != COPY_STATE_ABORTED)
            copy_set_state(c, COPY_STATE_ABORT);
        return;
    }
    copy_set_state(c, COPY_STATE_DONE);
}

void copy_leave_open(struct copy *c)
{
    free(c->upload_id);
    c->upload_id = NULL;
    c->keep_record = true;
    c->env->left_open++;
    copy_set_state(c, COPY_STATE_DONE);
}

enum copy_next copy_fail_now(struct copy *c, const struct err *err)
{
    copy_fail(c, err);
    return COPY_WAITS;
}

void copy_succeed(struct copy *c, enum result_status status, enum verified verified)
{
    c->result.status = status;
    c->result.verified = verified;
    c->after_abort = COPY_STATE_DONE;
    copy_set_state(c, c->upload_id ? COPY_STATE_ABORT : COPY_STATE_DONE);
}

void copy_restart(struct copy *c, const struct err *err)
{
    if (c->restarts >= COPY_RESTARTS_MOST || c->env->stopping) {
        copy_fail(c, err);
        return;
    }
    log_debug("line %llu: %s: starting this object over", (unsigned long long)c->result.item.line,
            err->message);
    c->restarts++;
    c->result.attempts++;
    if (c->upload_id) { /* comes back here, with this error, when it is gone */
        c->result.err = *err;
        c->after_abort = COPY_STATE_LOOKUP;
        copy_set_state(c, COPY_STATE_ABORT);
        return;
    }
    forget_try(c);
    err_clear(&c->result.err);
    c->result.notes = 0;
    c->opaque_parts = false;
    c->answer_lost = false;
    c->destination_needs_key = false;
    c->explained = false;
    memset(&c->said, 0, sizeof c->said);
    c->recheck = ASK_NOT;
    c->source_ask = ASK_NOT;
    c->destination_ask = ASK_NOT;
    copy_set_state(c, COPY_STATE_LOOKUP);
}

struct s3_where copy_source(const struct copy *c)
{
    struct s3_where where = {c->result.item.bucket, c->result.item.key, c->result.item.version_id};

    return where;
}

struct s3_where copy_destination(const struct copy *c)
{
    struct s3_where where = {
            c->env->input->destination_bucket, c->result.item.destination_key, NULL};

    return where;
}

enum copy_next copy_asked(struct copy *c, enum copy_ask *ask)
{
    *ask = ASK_SENT;
    c->in_flight++;
    return COPY_STARTED;
}

struct result *copy_result(struct copy *c)
{
    return &c->result;
}

void *copy_owner(const struct copy *c)
{
    return c->owner;
}

struct list *copy_link(struct copy *c)
{
    return &c->link;
}

struct copy *copy_of_link(struct list *link)
{
    return LIST_ENTRY(link, struct copy, link);
}
