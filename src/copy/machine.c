/* How a copy moves: the one place where its state changes, its requests, and the one way in for
 * answers. The states themselves are in states.c. */
#include "copy/machine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

void copy_spares_init(struct copy_spares *spares)
{
    list_init(&spares->copies);
    spares->count = 0;
}

static void free_memory(struct copy *c)
{
    free(c->spare);
    free(c);
}

void copy_spares_free(struct copy_spares *spares)
{
    struct list *link;

    while ((link = list_pop(&spares->copies)))
        free_memory(copy_of_turn(LIST_ENTRY(link, struct copy_turn, link)));
    spares->count = 0;
}

/* Zeroed memory for a copy, perhaps with a spare request. NULL: there is none. */
static struct copy *new_memory(struct copy_spares *spares)
{
    struct list *link = spares ? list_pop(&spares->copies) : NULL;
    struct copy_ask *spare;
    struct copy *c;

    if (!link)
        return calloc(1, sizeof *c);
    spares->count--;
    c = copy_of_turn(LIST_ENTRY(link, struct copy_turn, link));
    spare = c->spare;
    memset(c, 0, sizeof *c);
    c->spare = spare;
    return c;
}

/* Keeps the memory of a copy whose content is freed, or frees it. */
static void keep_memory(struct copy *c)
{
    enum { SPARES_MOST = 64 };
    struct copy_spares *spares = c->env->spares;

    if (!spares || spares->count == SPARES_MOST) {
        free_memory(c);
        return;
    }
    list_push(&spares->copies, &c->turn.link);
    spares->count++;
}

enum err_code copy_init(struct copy **out, const struct copy_row *rows, enum copy_state first,
        struct copy_env *env, struct item *item, struct err *e)
{
    struct copy *c = new_memory(env->spares);

    if (!c)
        return err_nomem(e);
    list_init(&c->turn.link);
    list_init(&c->asks);
    c->env = env;
    c->options = copy_options_of(env->input, item->overrides);
    c->result.item = *item;
    memset(item, 0, sizeof *item);
    copy_try_init(&c->try);
    c->started_us = env->port.now_us(env->port.self);
    c->rows = rows;
    c->state = first;
    if (first == STATE_LOOKUP)
        copy_take_seen(c);
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

void copy_free_orphans(struct copy_orphans *o)
{
    unsigned i;

    for (i = 0; i < o->count; i++)
        free(o->ids[i]);
    free(o->ids);
    free(o->listed);
    cycle_free(&o->cycle);
    memset(o, 0, sizeof *o);
}

void copy_free(struct copy *c)
{
    struct list *link;

    if (!c)
        return;
    while ((link = list_pop(&c->asks)))
        free(LIST_ENTRY(link, struct copy_ask, link));
    copy_try_free(&c->try);
    copy_free_orphans(&c->record.orphans);
    upload_free(&c->record.recalled);
    result_free(&c->result);
    list_remove(&c->turn.link);
    keep_memory(c);
}

enum copy_next copy_step(struct copy *c)
{
    enum copy_next next;

    do
        next = c->rows[c->state].next(c);
    while (next == COPY_MOVED);
    return next;
}

void copy_set_state(struct copy *c, enum copy_state state)
{
    const struct copy_row *row = &c->rows[c->state];

    log_trace("line %llu: %s -> %s", (unsigned long long)c->result.item.line, row->name,
            c->rows[state].name);
    if (c->env->on_state)
        c->env->on_state(c->env->ctx, &c->result.item, row->name, c->rows[state].name);
    assert(row->may_follow & STATE_BIT(state));
    assert(c->open == 0 || row->late);
    c->state = state;
    c->sequence++;
    c->open = 0;
    if (c->rows[state].lists == LISTS_FREED)
        copy_release_parts(c);
}

enum copy_state copy_then(const struct copy *c)
{
    return c->rows[c->state].then;
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
    const struct copy_row *row = &ask->copy->rows[ask->state];
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
    c->rows[c->state].answer(c, &a);
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

/* Starts an operation of the records that needs nothing but the destination. */
static enum copy_next ask_records(struct copy *c, unsigned which,
        enum err_code (*start)(void *self, const char *bucket, const char *key, unsigned which,
                copy_record_cb cb, void *ctx, struct err *e))
{
    struct s3_where to = copy_destination(c);
    struct copy_ask *ask = new_ask(c, 0);
    struct err e;

    if (!ask)
        err_nomem(&e);
    else if (start(c->env->port.records->self, to.bucket, to.key, which, on_record, ask, &e) ==
             ERR_OK)
        return sent(c);
    return not_sent(c, ask, 0, &e);
}

enum copy_next copy_load(struct copy *c, unsigned which)
{
    return ask_records(c, which, c->env->port.records->load);
}

enum copy_next copy_remove(struct copy *c, unsigned which)
{
    return ask_records(c, which, c->env->port.records->remove);
}

/* Starts a write of a record. */
static enum copy_next write_record(struct copy *c, const struct upload *upload,
        enum err_code (*start)(void *self, const struct upload *upload, copy_record_cb cb,
                void *ctx, struct err *e))
{
    struct copy_ask *ask = new_ask(c, 0);
    struct err e;

    if (!ask)
        err_nomem(&e);
    else if (start(c->env->port.records->self, upload, on_record, ask, &e) == ERR_OK)
        return sent(c);
    return not_sent(c, ask, 0, &e);
}

enum copy_next copy_save(struct copy *c, const struct upload *upload)
{
    return write_record(c, upload, c->env->port.records->save);
}

enum copy_next copy_publish(struct copy *c, const struct upload *upload)
{
    return write_record(c, upload, c->env->port.records->publish);
}

const struct result *copy_result(const struct copy *copy)
{
    enum copy_share share = copy->record.share;

    return share == SHARE_HANDED_ON || share == SHARE_PUT_ASIDE ? NULL : &copy->result;
}

bool copy_was_put_aside(const struct copy *copy, struct copy_aside *out)
{
    *out = (struct copy_aside){.item = &copy->result.item,
            .kind = copy->try.source.archive_kind,
            .requests = copy->result.requests};
    return copy->record.share == SHARE_PUT_ASIDE;
}

struct copy_turn *copy_turn(struct copy *copy)
{
    return &copy->turn;
}

struct copy *copy_of_turn(struct copy_turn *turn)
{
    return LIST_ENTRY(turn, struct copy, turn);
}
