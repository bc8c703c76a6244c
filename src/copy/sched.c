#include "copy/sched.h"

#include <stdlib.h>

#include "base/log.h"
#include "copy/keys.h"

/* The lists in which copies are. */
enum place {
    RUNNABLE,  /* they may have a request to send, which is no part; the oldest first */
    SENDING,   /* they have parts to send; the oldest first */
    WAITING,   /* they wait for an answer */
    TIMED,     /* they wait for a moment, the earliest first */
    HELD_BACK, /* they wait until others hold fewer parts; the oldest first */
    PLACES,
};

/* While a copy sends its parts, each so many slots one goes to a younger copy or a new item, as
 * long as there are fewer parts to be sent than that. An object is looked at, recorded and created
 * in some eight requests one after another: were they sent only when the older objects have no more
 * parts, all slots would be free for as long as that takes. */
enum { SLOTS_A_YOUNGER = 4, TO_SEND_ENOUGH = 8192 };

struct sched {
    struct sched_config config; /* fixed after sched_new() */
    struct copy_env env;
    struct copy_spares spares;
    struct list lists[PLACES]; /* of copies; each copy is in one of them, its turn says which */
    uint64_t timer_us;         /* the moment for which the timer is set; 0: it is not */
    uint64_t to_send;          /* parts, of the copies that are SENDING */
    unsigned since_younger;    /* slots that older copies with parts had in a row */
    struct sched_counts counts;
    enum sched_source source; /* the last answer of the source of items */
    bool pumping;
    bool done;
    enum keys keys;
    unsigned asking;   /* questions about the keys whose answers are to come */
    struct err failed; /* the first error of next or result */
};

static void pump(struct sched *s);

/* --- places --- */

static struct copy_turn *turn_of(struct list *link)
{
    return LIST_ENTRY(link, struct copy_turn, link);
}

static bool nobody_in(const struct sched *s, enum place place)
{
    return list_empty(&s->lists[place]);
}

static struct copy_turn *first_in(const struct sched *s, enum place place)
{
    return turn_of(s->lists[place].next);
}

static void put(struct copy_turn *turn, enum place place, struct list *before)
{
    list_remove(&turn->link);
    list_push(before, &turn->link);
    turn->place = place;
}

static void set_to_send(struct sched *s, struct copy_turn *turn, unsigned parts)
{
    s->to_send = s->to_send - turn->to_send + parts;
    turn->to_send = parts;
}

/* By age, found from the front: it is mostly the oldest copies that have something to send. */
static void make_runnable(struct sched *s, struct copy_turn *turn)
{
    enum place place;
    struct list *list, *before;

    set_to_send(s, turn, copy_parts_to_send(copy_of_turn(turn)));
    place = turn->to_send > 0 ? SENDING : RUNNABLE;
    if (turn->place == place && !list_empty(&turn->link))
        return;
    list = &s->lists[place];
    for (before = list->next; before != list && turn_of(before)->number < turn->number;)
        before = before->next;
    put(turn, place, before);
}

static uint64_t moment_of(struct copy_turn *turn)
{
    return copy_waits_until(copy_of_turn(turn));
}

/* In order of their moments. */
static void wait_for_moment(struct sched *s, struct copy_turn *turn)
{
    struct list *list = &s->lists[TIMED], *last = list->prev;

    while (last != list && moment_of(turn_of(last)) > moment_of(turn))
        last = last->prev;
    put(turn, TIMED, last->next);
}

/* By age, found from the back: the copies that are held back are mostly the youngest. */
static void hold_back(struct sched *s, struct copy_turn *turn)
{
    struct list *list = &s->lists[HELD_BACK], *last = list->prev;

    while (last != list && turn_of(last)->number > turn->number)
        last = last->prev;
    put(turn, HELD_BACK, last->next);
}

static void make_all_runnable(struct sched *s, enum place place)
{
    while (!nobody_in(s, place))
        make_runnable(s, first_in(s, place));
}

static void on_wake(void *ctx, struct copy *copy)
{
    struct sched *s = ctx;

    make_runnable(s, copy_turn(copy));
    pump(s);
}

/* --- the parts of all copies --- */

/* The oldest of those that are held back asks once more. */
static void ask_again(struct sched *s)
{
    if (!nobody_in(s, HELD_BACK))
        make_runnable(s, first_in(s, HELD_BACK));
}

static bool on_hold(void *ctx, struct copy *copy, unsigned parts)
{
    struct sched *s = ctx;

    /* A younger copy with fewer parts would pass again and again one that has many. */
    if (!nobody_in(s, HELD_BACK) && first_in(s, HELD_BACK)->number < copy_turn(copy)->number)
        return false;
    if (s->counts.parts > 0 && s->counts.parts + parts > s->config.parts_most)
        return false;
    s->counts.parts += parts;
    ask_again(s);
    return true;
}

static void on_release(void *ctx, unsigned parts)
{
    struct sched *s = ctx;

    s->counts.parts -= parts;
    ask_again(s);
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

    s->asking--;
    if (s->keys == KEYS_ASKED) /* else another object has ended them meanwhile */
        s->keys = keys_after_answer(&e);
    if (s->keys == KEYS_END && s->failed.code == ERR_OK) {
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
    if (code == ERR_OK) {
        s->asking++;
        return;
    }
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

static void take_result(struct sched *s, const struct result *r)
{
    struct err e;

    s->counts.by_status[r->status]++;
    if (r->status == RESULT_COPIED || r->status == RESULT_PENDING)
        s->counts.bytes_copied += r->size;
    s->counts.bytes += r->size;
    if (s->config.result(s->config.ctx, r, &e) != ERR_OK)
        fail(s, &e);
    look_at_keys(s, r);
}

static void note_stopped(struct sched *s, const struct result *r)
{
    s->counts.stopped++;
    log_debug("line %llu: not finished: %s", (unsigned long long)r->item.line, r->err.message);
    if (s->config.stopped)
        s->config.stopped(s->config.ctx, r);
}

static void put_aside(struct sched *s, const struct copy_aside *aside)
{
    struct err e;

    s->counts.aside++;
    if (s->config.aside(s->config.ctx, aside, &e) != ERR_OK)
        fail(s, &e);
}

static void finish(struct sched *s, struct copy *copy)
{
    const struct result *r = copy_result(copy);
    struct copy_aside aside;

    if (copy_was_put_aside(copy, &aside))
        put_aside(s, &aside);
    else if (copy_was_stopped(copy))
        note_stopped(s, r);
    else if (r)
        take_result(s, r);
    else
        s->counts.handed_on++;
    s->counts.left_open = s->env.left_open;
    s->counts.annotations = s->env.annotations;
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
            s->counts.active >= s->config.items_most)
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
    copy_turn(copy)->number = s->counts.taken++;
    s->counts.active++;
    make_runnable(s, copy_turn(copy));
    return true;
}

/* Whether this slot goes to a copy that is younger than those that send parts, or to a new item, so
 * that there are parts to send when those of the older ones are under way. */
static bool is_for_younger(struct sched *s)
{
    if (s->to_send >= TO_SEND_ENOUGH || ++s->since_younger < SLOTS_A_YOUNGER)
        return false;
    s->since_younger = 0;
    return true;
}

/* The copy that is to send the next request; NULL: a new item is to be taken in, if there is one.
 */
static struct copy_turn *next_turn(struct sched *s)
{
    struct copy_turn *runnable = nobody_in(s, RUNNABLE) ? NULL : first_in(s, RUNNABLE),
                     *sending = nobody_in(s, SENDING) ? NULL : first_in(s, SENDING);

    if (!sending || (runnable && runnable->number < sending->number) || is_for_younger(s))
        return runnable;
    return sending;
}

/* The copy stays where it is if it may have more to send. */
static void step(struct sched *s, struct copy_turn *turn)
{
    struct copy *copy = copy_of_turn(turn);
    enum copy_next next = copy_step(copy);

    if (next == COPY_SENT) {
        make_runnable(s, turn);
        return;
    }
    set_to_send(s, turn, 0);
    switch (next) {
    case COPY_SENT:
    case COPY_MOVED:
        break;
    case COPY_WAITS:
        put(turn, WAITING, &s->lists[WAITING]);
        break;
    case COPY_AT:
        wait_for_moment(s, turn);
        break;
    case COPY_HELD:
        hold_back(s, turn);
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
    while (!nobody_in(s, TIMED) && moment_of(first_in(s, TIMED)) <= now_us)
        make_runnable(s, first_in(s, TIMED));
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

    if (nobody_in(s, TIMED)) {
        stop_timer(s);
        return;
    }
    at_us = moment_of(first_in(s, TIMED));
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

static bool source_is_waiting(const struct sched *s)
{
    return s->config.is_waiting && s->config.is_waiting(s->config.ctx);
}

static void pump(struct sched *s)
{
    if (s->pumping)
        return;
    s->pumping = true;
    /* Being stopped, what has ended is finished without waiting for a free slot. */
    while (s->config.port.free_slots(s->config.port.self) > 0 ||
            (s->env.stopping && !(nobody_in(s, RUNNABLE) && nobody_in(s, SENDING)))) {
        struct copy_turn *turn = next_turn(s);

        if (!turn && !take(s)) {
            if (nobody_in(s, SENDING))
                break;
            turn = first_in(s, SENDING);
        }
        if (turn)
            step(s, turn);
    }
    s->pumping = false;
    if (!nobody_in(s, TIMED) || s->timer_us > 0)
        set_timer(s);
    if (s->counts.active == 0 && s->asking == 0 && !source_is_waiting(s) &&
            (s->source == SOURCE_END || s->env.stopping))
        s->done = true;
}

enum err_code sched_new(struct sched **out, const struct sched_config *config, struct err *e)
{
    struct sched *s = calloc(1, sizeof *s);
    unsigned i;

    if (!s)
        return err_nomem(e);
    s->config = *config;
    s->env.port = config->copy_port;
    s->env.input = config->input;
    s->env.server = config->server;
    s->env.spares = &s->spares;
    s->env.thaw = config->thaw;
    copy_spares_init(&s->spares);

    if (s->config.items_most == 0)
        s->config.items_most = SCHED_ITEMS_MOST;
    if (s->config.parts_most == 0)
        s->config.parts_most = SCHED_PARTS_MOST;
    s->env.wake = on_wake;
    s->env.hold = on_hold;
    s->env.release = on_release;
    s->env.ctx = s;
    s->env.on_state = config->on_state ? on_state : NULL;
    s->source = SOURCE_ITEM;
    for (i = 0; i < PLACES; i++)
        list_init(&s->lists[i]);
    *out = s;
    return ERR_OK;
}

void sched_free(struct sched *s)
{
    unsigned i;

    if (!s)
        return;
    s->config.port.on_free_slots(s->config.port.self, NULL, NULL);
    stop_timer(s);
    for (i = 0; i < PLACES; i++)
        while (!nobody_in(s, (enum place)i))
            copy_free(copy_of_turn(first_in(s, (enum place)i)));
    copy_spares_free(&s->spares);
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
    if (s->config.stop)
        s->config.stop(s->config.ctx);
    s->config.port.begin_stop(s->config.port.self);
    /* A copy that waits for a part that will not be sent, for a moment or for others must be told.
     */
    make_all_runnable(s, WAITING);
    make_all_runnable(s, TIMED);
    make_all_runnable(s, HELD_BACK);
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

/* --- for a display --- */

/* Puts the copy where it belongs among the largest; copies come in any order. */
static void rank(struct sched_view *out, uint64_t numbers[SCHED_LARGEST],
        const struct copy_view *view, uint64_t number)
{
    unsigned at = out->largest_count, i;

    while (at > 0 && (out->largest[at - 1].size < view->size ||
                             (out->largest[at - 1].size == view->size && numbers[at - 1] > number)))
        at--;
    if (at == SCHED_LARGEST)
        return;
    if (out->largest_count < SCHED_LARGEST)
        out->largest_count++;
    for (i = out->largest_count - 1; i > at; i--) {
        out->largest[i] = out->largest[i - 1];
        numbers[i] = numbers[i - 1];
    }
    out->largest[at] = *view;
    numbers[at] = number;
}

void sched_look(const struct sched *s, uint64_t after_us, struct sched_view *out)
{
    const struct copy_port *port = &s->config.copy_port;
    uint64_t numbers[SCHED_LARGEST] = {0}, now_us = port->now_us(port->self);
    unsigned place;

    *out = (struct sched_view){
            .source_waits = s->source == SOURCE_NOT_YET, .source_ended = s->source == SOURCE_END};
    for (place = 0; place < PLACES; place++) {
        struct list *link;

        for (link = s->lists[place].next; link != &s->lists[place]; link = link->next) {
            struct copy_turn *turn = turn_of(link);
            struct copy_view view;

            copy_look(copy_of_turn(turn), &view);
            out->sized += view.size > 0;
            out->bytes += view.size;
            if (view.parts > 0)
                out->bytes_done += (uint64_t)((double)view.size * view.parts_done / view.parts);
            if (view.size > 0 && now_us - view.started_us >= after_us)
                rank(out, numbers, &view, turn->number);
        }
    }
}
