/* The table of states, the one place where a copy changes its state, and the one way in for
 * answers. */
#include "copy/machine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

#define BIT(state) ((uint64_t)1 << (state))

/* Sets of states, for the rows below. */
#define FAILS         (BIT(STATE_DONE))
#define FAILS_OPEN    (BIT(STATE_DONE) | BIT(STATE_ABORT_TO_END))
#define RESTARTS      (BIT(STATE_LOOKUP) | FAILS)
#define RESTARTS_OPEN (BIT(STATE_LOOKUP) | BIT(STATE_ABORT_RESTART) | FAILS_OPEN)
#define PUTS_TAGS     (BIT(STATE_TAGS_FOR_PUT) | BIT(STATE_PUT_TAGS))
#define COPIES_IN_ONE (BIT(STATE_SINGLE) | BIT(STATE_ABORT_FOR_SINGLE))
#define LOOKS_AT_COPY (BIT(STATE_RECHECK) | BIT(STATE_VERIFY))

static const struct row {
    const char *name;
    /* Sends what is to be sent now. */
    enum copy_next (*next)(struct copy *c);
    /* Takes an answer to a request of this state. */
    void (*answer)(struct copy *c, const struct copy_answer *a);
    /* The same, when the state was left meanwhile. NULL: it is never left before its answers came,
     * which is asserted. */
    void (*late)(struct copy *c, const struct copy_answer *a);
    /* For the functions that serve several states: which follows when this one is over. */
    enum copy_state then;
    /* All that may follow, as bits; asserted. FAILS_OPEN and the like: an upload may be open. */
    uint64_t may_follow;
} rows[STATE_COUNT] = {
        [STATE_RECALL] = {"RECALL", copy_recall_next, copy_recall_answer, NULL, STATE_LOOKUP,
                BIT(STATE_SWEEP_FIRST) | BIT(STATE_LOOKUP) | FAILS},
        [STATE_SWEEP_FIRST] = {"SWEEP_FIRST", copy_sweep_next, copy_sweep_answer, NULL,
                STATE_LOOKUP, BIT(STATE_LOOKUP)},
        [STATE_LOOKUP] = {"LOOKUP", copy_lookup_next, copy_lookup_answer, copy_lookup_late,
                STATE_DONE,
                BIT(STATE_EXPLAIN_LOOKUP) | COPIES_IN_ONE | BIT(STATE_LAYOUT) | BIT(STATE_RESUME) |
                        BIT(STATE_ABORT_FOR_PARTS) | BIT(STATE_TAGS_FOR_PUT) | FAILS_OPEN},
        [STATE_EXPLAIN_LOOKUP] = {"EXPLAIN_LOOKUP", copy_explain_next, copy_explain_answer, NULL,
                STATE_LOOKUP, RESTARTS_OPEN},
        [STATE_SINGLE] = {"SINGLE", copy_single_next, copy_single_answer, NULL, STATE_DONE,
                BIT(STATE_SINGLE_UNTAGGED) | LOOKS_AT_COPY | RESTARTS},
        [STATE_SINGLE_UNTAGGED] = {"SINGLE_UNTAGGED", copy_single_next, copy_single_answer, NULL,
                STATE_DONE, LOOKS_AT_COPY | RESTARTS},
        [STATE_RESUME] = {"RESUME", copy_resume_next, copy_resume_answer, NULL, STATE_DONE,
                BIT(STATE_PARTS) | BIT(STATE_COMPLETE) | BIT(STATE_ABORT_FOR_PARTS) |
                        BIT(STATE_LOOKUP) | FAILS_OPEN},
        [STATE_LAYOUT] = {"LAYOUT", copy_layout_next, copy_layout_answer, copy_nothing_late,
                STATE_DONE,
                BIT(STATE_EXPLAIN_LAYOUT) | BIT(STATE_TAGS_FOR_CREATE) | BIT(STATE_RECORD) |
                        COPIES_IN_ONE | RESTARTS_OPEN},
        [STATE_EXPLAIN_LAYOUT] = {"EXPLAIN_LAYOUT", copy_explain_next, copy_explain_answer, NULL,
                STATE_LAYOUT, BIT(STATE_LAYOUT) | FAILS_OPEN},
        [STATE_TAGS_FOR_CREATE] = {"TAGS_FOR_CREATE", copy_tags_for_create_next,
                copy_tags_for_create_answer, NULL, STATE_ANNOUNCE, BIT(STATE_ANNOUNCE) | FAILS},
        [STATE_ANNOUNCE] = {"ANNOUNCE", copy_announce_next, copy_announce_answer, NULL,
                STATE_CREATE, BIT(STATE_CREATE) | FAILS},
        [STATE_CREATE] = {"CREATE", copy_create_next, copy_create_answer, NULL, STATE_RECORD,
                BIT(STATE_RECORD) | FAILS},
        [STATE_RECORD] = {"RECORD", copy_record_next, copy_record_answer, NULL, STATE_PARTS,
                BIT(STATE_PARTS) | FAILS_OPEN},
        [STATE_PARTS] = {"PARTS", copy_parts_next, copy_parts_answer, copy_nothing_late,
                STATE_COMPLETE,
                BIT(STATE_COMPLETE) | BIT(STATE_ABORT_RESTART) | BIT(STATE_ABORT_FOR_SINGLE) |
                        FAILS_OPEN},
        [STATE_COMPLETE] = {"COMPLETE", copy_complete_next, copy_complete_answer, NULL, STATE_DONE,
                LOOKS_AT_COPY | BIT(STATE_LAYOUT) | BIT(STATE_RECORD) |
                        BIT(STATE_ABORT_FOR_SINGLE) | RESTARTS_OPEN},
        [STATE_RECHECK] = {"RECHECK", copy_recheck_next, copy_recheck_answer, NULL, STATE_VERIFY,
                BIT(STATE_VERIFY) | BIT(STATE_EXPLAIN_RECHECK) | RESTARTS},
        [STATE_EXPLAIN_RECHECK] = {"EXPLAIN_RECHECK", copy_explain_next, copy_explain_answer, NULL,
                STATE_RECHECK, BIT(STATE_RECHECK) | FAILS},
        [STATE_VERIFY] = {"VERIFY", copy_verify_next, copy_verify_answer, NULL, STATE_DONE,
                BIT(STATE_EXPLAIN_VERIFY) | PUTS_TAGS | RESTARTS},
        [STATE_EXPLAIN_VERIFY] = {"EXPLAIN_VERIFY", copy_explain_next, copy_explain_answer, NULL,
                STATE_VERIFY, BIT(STATE_VERIFY) | FAILS},
        [STATE_TAGS_FOR_PUT] = {"TAGS_FOR_PUT", copy_tags_for_put_next, copy_tags_for_put_answer,
                NULL, STATE_PUT_TAGS, BIT(STATE_PUT_TAGS) | FAILS_OPEN},
        [STATE_PUT_TAGS] = {"PUT_TAGS", copy_put_tags_next, copy_put_tags_answer, NULL, STATE_DONE,
                FAILS_OPEN},
        [STATE_ABORT_RESTART] = {"ABORT_RESTART", copy_abort_next, copy_abort_answer, NULL,
                STATE_LOOKUP, RESTARTS},
        [STATE_ABORT_FOR_SINGLE] = {"ABORT_FOR_SINGLE", copy_abort_next, copy_abort_answer, NULL,
                STATE_SINGLE, BIT(STATE_SINGLE) | FAILS},
        [STATE_ABORT_FOR_PARTS] = {"ABORT_FOR_PARTS", copy_abort_next, copy_abort_answer, NULL,
                STATE_LAYOUT, BIT(STATE_LAYOUT) | FAILS},
        [STATE_ABORT_TO_END] = {"ABORT_TO_END", copy_abort_next, copy_abort_answer, NULL,
                STATE_DONE, BIT(STATE_DONE)},
        [STATE_SWEEP_LAST] = {"SWEEP_LAST", copy_sweep_next, copy_sweep_answer, NULL, STATE_DONE,
                BIT(STATE_DONE)},
        [STATE_FORGET] = {"FORGET", copy_forget_next, copy_forget_answer, NULL, STATE_DONE,
                BIT(STATE_DONE)},
        [STATE_DONE] = {"DONE", copy_done_next, NULL, NULL, STATE_DONE,
                BIT(STATE_SWEEP_LAST) | BIT(STATE_FORGET)},
};

_Static_assert(STATE_COUNT <= 64, "a state is a bit of 64");

enum err_code copy_new(struct copy **out, struct copy_env *env, struct item *item, struct err *e)
{
    const struct copy_records *records = env->port.records;
    struct copy *c = calloc(1, sizeof *c);

    if (!c)
        return err_nomem(e);
    list_init(&c->link);
    list_init(&c->asks);
    c->env = env;
    c->options = copy_options_of(env->input, item->overrides);
    c->result.item = *item;
    memset(item, 0, sizeof *item);
    copy_try_init(&c->try);
    c->started_us = env->port.now_us(env->port.self);
    c->state = STATE_LOOKUP;
    if (records && records->has(records->self, env->input->destination_bucket,
                           c->result.item.destination_key))
        c->state = STATE_RECALL;
    *out = c;
    return ERR_OK;
}

/* One request under way. It belongs to its copy, so that it is freed with it when no answer comes
 * any more. */
struct copy_ask {
    struct list link; /* in copy->asks */
    struct copy *copy;
    enum copy_state state; /* by which it was asked */
    unsigned sequence;     /* copy->sequence then: with another, the answer is late */
    unsigned tag;
};

void copy_free(struct copy *c)
{
    struct list *link;

    if (!c)
        return;
    while ((link = list_pop(&c->asks)))
        free(LIST_ENTRY(link, struct copy_ask, link));
    free(c->spare);
    copy_try_free(&c->try);
    copy_free_orphans(&c->record.orphans);
    upload_free(&c->record.recalled);
    result_free(&c->result);
    list_remove(&c->link);
    free(c);
}

enum copy_next copy_step(struct copy *c)
{
    enum copy_next next;

    do
        next = rows[c->state].next(c);
    while (next == COPY_MOVED);
    return next;
}

void copy_set_state(struct copy *c, enum copy_state state)
{
    const struct row *row = &rows[c->state];

    log_trace("line %llu: %s -> %s", (unsigned long long)c->result.item.line, row->name,
            rows[state].name);
    if (c->env->on_state)
        c->env->on_state(c->env->ctx, &c->result.item, row->name, rows[state].name);
    assert(row->may_follow & BIT(state));
    assert(c->open == 0 || row->late);
    c->state = state;
    c->sequence++;
    c->open = 0;
}

const char *copy_state_name(enum copy_state state)
{
    return rows[state].name;
}

bool copy_may_follow(enum copy_state state, enum copy_state next)
{
    return rows[state].may_follow & BIT(next);
}

enum copy_state copy_then(const struct copy *c)
{
    return rows[c->state].then;
}

enum copy_next copy_at(struct copy *c, uint64_t at_us)
{
    c->waits_until_us = at_us;
    return COPY_AT;
}

uint64_t copy_waits_until(const struct copy *c)
{
    return c->waits_until_us;
}

/* --- answers --- */

/* The one way in: every answer, of S3 and of the records, is counted, handed to the state that
 * asked, and wakes the copy. */
static void take_answer(struct copy_ask *ask, struct copy_answer *a)
{
    const struct row *row = &rows[ask->state];
    struct copy *c = ask->copy;
    bool late = ask->sequence != c->sequence;

    a->tag = ask->tag;
    list_remove(&ask->link);
    free(c->spare);
    c->spare = ask;
    c->in_flight--;
    c->result.requests += a->attempts;
    if (a->attempts > 1)
        c->result.attempts += a->attempts - 1;
    if (late) {
        row->late(c, a);
    } else {
        c->open--;
        row->answer(c, a);
    }
    c->env->wake(c->env->ctx, c);
}

static void on_reply(void *ctx, const struct s3_reply *reply)
{
    struct copy_answer a = {.err = &reply->err, .reply = reply, .attempts = reply->attempts};

    take_answer(ctx, &a);
}

static void on_record(void *ctx, const struct err *err, struct upload *found)
{
    struct copy_answer a = {.err = err, .found = found};

    take_answer(ctx, &a);
}

static struct copy_ask *new_ask(struct copy *c, unsigned tag)
{
    struct copy_ask *ask = c->spare ? c->spare : malloc(sizeof *ask);

    c->spare = NULL;
    if (!ask)
        return NULL;
    ask->copy = c;
    ask->state = c->state;
    ask->sequence = c->sequence;
    ask->tag = tag;
    list_init(&ask->link);
    list_push(&c->asks, &ask->link);
    return ask;
}

static enum copy_next sent(struct copy *c)
{
    c->in_flight++;
    c->open++;
    return COPY_SENT;
}

static enum copy_next not_sent(
        struct copy *c, struct copy_ask *ask, unsigned tag, const struct err *e)
{
    struct copy_answer a = {.err = e, .tag = tag};

    if (ask)
        list_remove(&ask->link);
    free(ask);
    rows[c->state].answer(c, &a);
    return COPY_MOVED;
}

enum copy_next copy_send(struct copy *c, const struct s3_request *request, unsigned tag)
{
    const struct copy_port *port = &c->env->port;
    struct copy_ask *ask = new_ask(c, tag);
    struct err e;

    if (!ask)
        err_nomem(&e);
    else if (port->start(port->self, request, on_reply, ask, &e) == ERR_OK)
        return sent(c);
    return not_sent(c, ask, tag, &e);
}

enum copy_next copy_load(struct copy *c)
{
    const struct copy_records *r = c->env->port.records;
    struct s3_where to = copy_destination(c);
    struct copy_ask *ask = new_ask(c, 0);
    struct err e;

    if (!ask)
        err_nomem(&e);
    else if (r->load(r->self, to.bucket, to.key, on_record, ask, &e) == ERR_OK)
        return sent(c);
    return not_sent(c, ask, 0, &e);
}

enum copy_next copy_save(struct copy *c, const struct upload *upload)
{
    const struct copy_records *r = c->env->port.records;
    struct copy_ask *ask = new_ask(c, 0);
    struct err e;

    if (!ask)
        err_nomem(&e);
    else if (r->save(r->self, upload, on_record, ask, &e) == ERR_OK)
        return sent(c);
    return not_sent(c, ask, 0, &e);
}

enum copy_next copy_remove(struct copy *c)
{
    const struct copy_records *r = c->env->port.records;
    struct s3_where to = copy_destination(c);
    struct copy_ask *ask = new_ask(c, 0);
    struct err e;

    if (!ask)
        err_nomem(&e);
    else if (r->remove(r->self, to.bucket, to.key, on_record, ask, &e) == ERR_OK)
        return sent(c);
    return not_sent(c, ask, 0, &e);
}

void copy_nothing_late(struct copy *c, const struct copy_answer *a)
{
    (void)c;
    (void)a;
}

const struct result *copy_result(const struct copy *copy)
{
    return &copy->result;
}

struct list *copy_link(struct copy *copy)
{
    return &copy->link;
}

struct copy *copy_of_link(struct list *link)
{
    return LIST_ENTRY(link, struct copy, link);
}
