#include "copy/sched.h"

#include <stdlib.h>

#include "copy/keys.h"

enum { ACTIVE_MOST = 2048 }; /* items under way: what memory the job takes is this many copies */

struct sched {
    struct sched_config config; /* fixed after sched_new() */
    struct copy_env env;
    struct list runnable; /* copies that may have a request to send */
    struct list waiting;  /* copies that wait for an answer */
    struct list timed;    /* copies that wait for a moment, the earliest first */
    uint64_t timer_us;    /* the moment for which the timer is set; 0: it is not */
    struct sched_counts counts;
    enum sched_source source; /* the last answer of the source of items */
    bool pumping;
    bool done;
    enum keys keys;
    struct err failed; /* the first error of next or result */
};

static void pump(struct sched *s);

static void on_wake(void *ctx, struct copy *copy)
{
    struct sched *s = ctx;

    list_remove(copy_link(copy));
    list_push(&s->runnable, copy_link(copy));
    pump(s);
}

static void on_state(void *ctx, const struct item *item, const char *from, const char *to)
{
    struct sched *s = ctx;

    s->config.on_state(s->config.ctx, item, from, to);
}

static void on_free_slots(void *ctx)
{
    pump(ctx);
}

static void fail(struct sched *s, const struct err *e)
{
    if (s->failed.code == ERR_OK)
        s->failed = *e;
    sched_stop(s);
}

/* --- the keys --- */

static void on_keys(void *ctx, const struct s3_reply *reply)
{
    struct err e = reply->err;
    struct sched *s = ctx;

    s->keys = keys_after_answer(&e);
    if (s->keys == KEYS_END) {
        err_prefix(&e, "the credentials are refused (%s)", err_report_code(&e));
        fail(s, &e);
    }
    pump(s);
}

static void ask_for_keys(struct sched *s)
{
    const struct copy_port *port = &s->config.copy_port;
    struct s3_request get = {.op = S3_GET_OBJECT,
            .where = {.bucket = s->config.input->destination_bucket},
            .u.get = {.first = 0, .last = 0}};
    enum err_code code;
    struct buf key;
    struct err e;

    buf_init(&key, BUF_MAX_SMALL);
    input_marker_key(&key, s->config.input);
    get.where.key = buf_str(&key);
    code = buf_check(&key, "the start marker's key", &e);
    if (code == ERR_OK)
        code = port->start(port->self, &get, on_keys, s, &e);
    buf_free(&key);
    if (code == ERR_OK)
        return;
    s->keys = KEYS_END;
    fail(s, &e);
}

static void look_at_keys(struct sched *s, const struct result *r)
{
    enum keys before = s->keys;

    s->keys = keys_after_object(before, r);
    if (s->keys == before)
        return;
    if (s->keys == KEYS_ASKED)
        ask_for_keys(s);
    else
        fail(s, &r->err);
}

/* --- items --- */

static void finish(struct sched *s, struct copy *copy)
{
    const struct result *r = copy_result(copy);
    struct err e;

    s->counts.by_status[r->status]++;
    if (r->status == RESULT_COPIED || r->status == RESULT_PENDING)
        s->counts.bytes_copied += r->size;
    if (s->config.result(s->config.ctx, r, &e) != ERR_OK)
        fail(s, &e);
    look_at_keys(s, r);
    s->counts.left_open = s->env.left_open;
    copy_free(copy);
    s->counts.active--;
}

/* Takes the next item in. false: there is none now, or there are enough under way. */
static bool take(struct sched *s)
{
    struct item item = {0};
    struct copy *copy;
    struct err e;

    if (s->source != SOURCE_ITEM || s->env.stopping || s->keys == KEYS_ASKED ||
            s->counts.active == ACTIVE_MOST)
        return false;
    if (s->config.next(s->config.ctx, &item, &s->source, &e) != ERR_OK) {
        s->source = SOURCE_END;
        fail(s, &e);
        return false;
    }
    if (s->source != SOURCE_ITEM)
        return false;
    if (copy_new(&copy, &s->env, &item, &e) != ERR_OK) {
        item_free(&item);
        fail(s, &e);
        return false;
    }
    s->counts.taken++;
    s->counts.active++;
    list_push(&s->runnable, copy_link(copy));
    return true;
}

/* In order of their moments. */
static void wait_for_moment(struct sched *s, struct copy *copy)
{
    struct list *before = s->timed.prev;

    while (before != &s->timed && copy_waits_until(copy_of_link(before)) > copy_waits_until(copy))
        before = before->prev;
    list_push(before->next, copy_link(copy));
}

static void step(struct sched *s, struct copy *copy)
{
    struct list *link = copy_link(copy);

    list_remove(link);
    switch (copy_step(copy)) {
    case COPY_SENT:
    case COPY_MOVED:
        list_push(&s->runnable, link);
        break;
    case COPY_WAITS:
        list_push(&s->waiting, link);
        break;
    case COPY_AT:
        wait_for_moment(s, copy);
        break;
    case COPY_ENDED:
        finish(s, copy);
        break;
    }
}

/* --- the timer --- */

static void on_timer(void *ctx)
{
    const struct copy_port *port;
    struct sched *s = ctx;
    uint64_t now_us;

    port = &s->config.copy_port;
    now_us = port->now_us(port->self);
    s->timer_us = 0;
    while (!list_empty(&s->timed) && copy_waits_until(copy_of_link(s->timed.next)) <= now_us)
        list_push(&s->runnable, list_pop(&s->timed));
    pump(s);
}

static void stop_timer(struct sched *s)
{
    if (s->timer_us > 0)
        s->config.port.timer_stop(s->config.port.self);
    s->timer_us = 0;
}

/* Sets the timer for the first of the copies that wait for a moment. */
static void set_timer(struct sched *s)
{
    const struct copy_port *port = &s->config.copy_port;
    uint64_t at_us, now_us = port->now_us(port->self);
    struct err e;

    if (list_empty(&s->timed)) {
        stop_timer(s);
        return;
    }
    at_us = copy_waits_until(copy_of_link(s->timed.next));
    if (at_us == s->timer_us)
        return;
    stop_timer(s);
    if (s->config.port.timer_start(s->config.port.self, at_us > now_us ? at_us - now_us : 0,
                on_timer, s, &e) == ERR_OK)
        s->timer_us = at_us;
    else
        fail(s, &e); /* being stopped, a copy waits for no moment */
}

/* --- the loop --- */

static void pump(struct sched *s)
{
    if (s->pumping)
        return;
    s->pumping = true;
    /* Being stopped, what has ended is finished without waiting for a free slot. */
    while (s->config.port.free_slots(s->config.port.self) > 0 ||
            (s->env.stopping && !list_empty(&s->runnable))) {
        if (!list_empty(&s->runnable))
            step(s, copy_of_link(s->runnable.next));
        else if (!take(s))
            break;
    }
    s->pumping = false;
    if (!list_empty(&s->timed) || s->timer_us > 0)
        set_timer(s);
    if (s->counts.active == 0 && s->keys != KEYS_ASKED &&
            (s->source == SOURCE_END || s->env.stopping))
        s->done = true;
}

enum err_code sched_new(struct sched **out, const struct sched_config *config, struct err *e)
{
    struct sched *s = calloc(1, sizeof *s);

    if (!s)
        return err_nomem(e);
    s->config = *config;
    s->env.port = config->copy_port;
    s->env.input = config->input;
    s->env.server = config->server;
    s->env.wake = on_wake;
    s->env.ctx = s;
    s->env.on_state = config->on_state ? on_state : NULL;
    s->source = SOURCE_ITEM;
    list_init(&s->runnable);
    list_init(&s->waiting);
    list_init(&s->timed);
    *out = s;
    return ERR_OK;
}

static void free_all(struct list *list)
{
    while (!list_empty(list))
        copy_free(copy_of_link(list->next));
}

void sched_free(struct sched *s)
{
    if (!s)
        return;
    s->config.port.on_free_slots(s->config.port.self, NULL, NULL);
    stop_timer(s);
    free_all(&s->runnable);
    free_all(&s->waiting);
    free_all(&s->timed);
    free(s);
}

enum err_code sched_run(struct sched *s, struct err *e)
{
    const struct sched_port *port = &s->config.port;

    port->on_free_slots(port->self, on_free_slots, s);
    pump(s);
    port->run_until(port->self, &s->done);
    port->on_free_slots(port->self, NULL, NULL);
    if (s->failed.code != ERR_OK) {
        *e = s->failed;
        return e->code;
    }
    if (!s->done)
        return err_set(e, ERR_INTERNAL, "%u objects are under way and nothing is left to wait for",
                s->counts.active);
    return ERR_OK;
}

void sched_more_items(struct sched *s)
{
    if (s->source == SOURCE_NOT_YET)
        s->source = SOURCE_ITEM;
    pump(s);
}

void sched_stop(struct sched *s)
{
    s->env.stopping = true;
    s->config.port.begin_stop(s->config.port.self);
    /* A copy that waits for a part that will not be sent, or for a moment, must be told. */
    while (!list_empty(&s->waiting))
        list_push(&s->runnable, list_pop(&s->waiting));
    while (!list_empty(&s->timed))
        list_push(&s->runnable, list_pop(&s->timed));
    pump(s);
}

void sched_stop_now(struct sched *s)
{
    s->env.stopping = true; /* before answers free slots */
    s->config.port.cancel_all(s->config.port.self);
    sched_stop(s);
}

const struct sched_counts *sched_counts(const struct sched *s)
{
    return &s->counts;
}
