#include "job/copying.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "job/copy_port.h"
#include "job/each_turn.h"
#include "job/thaw/waiting.h"
#include "store/plan_lines.h"

/* Settled items that are passed over between two turns of the loop. */
enum { CARRIED_A_TURN = 1000 };

enum { PUBLISH_MS = 30000 }; /* a worker that is lost costs no more than that of one shard */

struct copying {
    struct copying_config config;
    struct results *results;
    struct publisher *publisher; /* NULL: there is nothing to publish */
    struct net_timer *turn;      /* set while the loop turns between settled items */
    struct uploads *uploads;     /* NULL in a dry run, which makes none and touches none */
    struct copy_world world;
    struct copy_ledger ledger;
    struct copy_looks looks;
    struct lookahead *lookahead;             /* between items and sched; NULL: copying is over */
    struct sched *sched;                     /* of the present round */
    enum { FROM_PLAN, FROM_WAITING } source; /* of its items */
    off_t origin;               /* where the first byte of items.jsonl is, or would be, in items */
    struct waiting *waiting;    /* items whose sources are being restored; NULL: none may be */
    bool stopped;               /* no other round is to begin */
    bool waited;                /* the wait for the next round is over */
    struct net_timer *wait;     /* set during such a wait */
    struct sched_counts before; /* of the rounds before this one, recorded */
    struct sched_counts recorded; /* with the present one's, when all its results were recorded */
    struct err unrecorded;        /* why results could not be recorded, for the first time */
    FILE *items;
    char *line;
    size_t line_cap;
    uint64_t taken; /* items read so far: the index of the next */
    uint64_t *ends; /* of each shard, the index behind its last item */
};

/* The shard of the item with that index: the first that ends behind it. */
static unsigned shard_of(const struct copying *c, uint64_t index)
{
    unsigned low = 0, high = c->config.plan->shard_count;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (c->ends[middle] <= index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void more_items(void *ctx)
{
    struct copying *c = ctx;

    sched_more_items(c->sched);
}

static void on_turn_over(void *ctx)
{
    struct copying *c = ctx;

    c->turn = NULL;
    more_items(c);
}

/* Reads the next item of that shard. *carried: it is settled, and nothing is left to be done. */
static enum err_code read_line(
        struct copying *c, unsigned shard, struct item *item, bool *carried, struct err *e)
{
    const struct plan *p = c->config.plan;
    enum err_code code;

    *carried = false;
    if (c->taken + p->shards[shard].items == c->ends[shard] &&
            plan_go_to_shard(p, shard, c->items, c->origin, e) != ERR_OK)
        return e->code;
    code = item_read_next(item, c->items, &c->line, &c->line_cap, e);
    if (code == ERR_OK)
        code = results_carry(c->results, shard, item, carried, e);
    if (code != ERR_OK || *carried)
        item_free(item);
    if (code != ERR_OK)
        return code;
    item->index = c->taken++;
    /* A worker that has all shards copies each object as a whole. */
    if (p->is_part) {
        item->slice = p->shards[shard].slice;
        item->slices = p->shards[shard].slices;
    }
    return ERR_OK;
}

/* An item that was put aside. */
static enum err_code read_waiting(
        struct copying *c, struct item *item, enum sched_source *source, struct err *e)
{
    bool any;
    enum err_code code = waiting_next(c->waiting, item, &any, e);

    *source = code == ERR_OK && any ? SOURCE_ITEM : SOURCE_END;
    if (*source == SOURCE_ITEM)
        results_take_up(c->results, shard_of(c, item->index));
    return code;
}

/* Restored objects can be read for some days only: they are not kept waiting until all others are
 * copied. */
static bool is_time_to_look(const struct copying *c)
{
    return c->waiting && c->config.thaw_then == THAW_WAITS && waiting_count(c->waiting) > 0 &&
           waiting_ms(c->waiting, clock_mono_ms()) == 0;
}

/* Items in the order of the plan, but for those that are settled. When many of these have been
 * passed over, the loop turns before more of them are. */
static enum err_code read_item(
        void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    struct copying *c = ctx;
    enum err_code code = ERR_OK;
    bool carried = true;
    unsigned i;

    *source = SOURCE_NOT_YET;
    if (c->turn)
        return ERR_OK;
    if (c->source == FROM_WAITING)
        return read_waiting(c, item, source, e);
    if (is_time_to_look(c)) {
        *source = SOURCE_END;
        return ERR_OK;
    }
    for (i = 0; code == ERR_OK && carried; i++) {
        unsigned shard = shard_of(c, c->taken);

        if (shard == c->config.plan->shard_count) {
            *source = SOURCE_END;
            return ERR_OK;
        }
        if (i == CARRIED_A_TURN)
            return net_timer_start(c->config.session->net, 0, on_turn_over, c, &c->turn, e);
        code = read_line(c, shard, item, &carried, e);
    }
    *source = SOURCE_ITEM;
    return code;
}

/* Items may change their order within a few shards, or some more where shards are tiny: the results
 * of each shard that has begun are a file that is open. */
static uint64_t group_of(void *ctx, uint64_t index)
{
    enum { SHARDS_AT_ONCE = 8, ITEMS_AT_ONCE = 64 };
    const struct copying *c = ctx;
    uint64_t shards = ITEMS_AT_ONCE / (c->ends[0] > 0 ? c->ends[0] : 1);

    return shard_of(c, index) / (shards > SHARDS_AT_ONCE ? shards : SHARDS_AT_ONCE);
}

/* The same items in the order in which they are copied. */
static enum err_code next_item(
        void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    struct copying *c = ctx;
    enum err_code code = lookahead_next(c->lookahead, item, source, e);

    if (code == ERR_OK && *source == SOURCE_ITEM) {
        code = results_begin(c->results, shard_of(c, item->index), e);
        if (code != ERR_OK)
            item_free(item);
    }
    return code;
}

static bool is_waiting(void *ctx)
{
    struct copying *c = ctx;

    return c->turn || (c->lookahead && lookahead_is_waiting(c->lookahead));
}

static void stop_looking(void *ctx)
{
    struct copying *c = ctx;

    if (c->lookahead)
        lookahead_stop(c->lookahead);
}

/* All items are handed on: their memory is wanted for the report. */
static void end_looking(struct copying *c)
{
    if (lookahead_is_waiting(c->lookahead)) /* the run failed in between */
        return;
    lookahead_free(c->lookahead);
    c->lookahead = NULL;
}

/* Keeps the error for which results could not be recorded. From then on nothing is counted. */
static enum err_code not_recorded(struct copying *c, const struct err *e)
{
    if (c->unrecorded.code == ERR_OK)
        c->unrecorded = *e;
    return e->code;
}

/* The counts of two rounds as if they were one: an item that was put aside has not begun. */
static struct sched_counts add_counts(const struct sched_counts *a, const struct sched_counts *b)
{
    struct sched_counts sum = *b;
    int i;

    sum.taken += a->taken - b->aside;
    for (i = 0; i < RESULT_STATUS_COUNT; i++)
        sum.by_status[i] += a->by_status[i];
    sum.stopped += a->stopped;
    sum.aside = 0;
    sum.handed_on += a->handed_on;
    sum.bytes_copied += a->bytes_copied;
    sum.bytes += a->bytes;
    sum.left_open += a->left_open;
    return sum;
}

/* Records the results that came, and only then counts them. */
static enum err_code record(struct copying *c, struct err *e)
{
    if (results_flush(c->results, e) != ERR_OK)
        return not_recorded(c, e);
    if (c->unrecorded.code == ERR_OK)
        c->recorded = add_counts(&c->before, sched_counts(c->sched));
    return ERR_OK;
}

/* Results that cannot be recorded end the job, as one that could not even be added does. */
static void on_turn(void *ctx)
{
    struct copying *c = ctx;
    struct err e;

    if (record(c, &e) != ERR_OK)
        sched_stop(c->sched);
}

static enum err_code on_result(void *ctx, const struct result *result, struct err *e)
{
    struct copying *c = ctx;
    enum err_code code = results_add(c->results, shard_of(c, result->item.index), result, e);

    if (code != ERR_OK)
        return not_recorded(c, e);
    if (!c->config.on_result)
        return ERR_OK;
    code = record(c, e);
    if (code == ERR_OK)
        c->config.on_result(c->config.ctx, result);
    return code;
}

static enum err_code on_aside(void *ctx, const struct copy_aside *aside, struct err *e)
{
    struct copying *c = ctx;
    enum err_code code = waiting_add(c->waiting, aside->item, aside->kind, e);

    return code == ERR_OK ? results_put_aside(c->results, shard_of(c, aside->item->index), e)
                          : code;
}

static bool find_written(void *self, const struct item *item, struct ledger_entry *entry)
{
    struct copying *c = self;

    return results_find(c->results, shard_of(c, item->index), item, entry);
}

static enum err_code find_ends(struct copying *c, struct err *e)
{
    const struct plan *p = c->config.plan;
    uint64_t items = 0;
    unsigned i;

    c->ends = calloc(p->shard_count + 1, sizeof *c->ends);
    if (!c->ends)
        return err_nomem(e);
    for (i = 0; i < p->shard_count; i++) {
        items += p->shards[i].items;
        c->ends[i] = items;
    }
    return ERR_OK;
}

static enum err_code open_results(struct copying *c, struct err *e)
{
    const struct copying_config *config = &c->config;
    struct publisher_config publisher = {
            .net = config->session->net,
            .every_ms = config->publish_ms ? config->publish_ms : PUBLISH_MS,
            .ask = config->ask_publish,
            .cancel = config->cancel_ask,
            .ctx = config->publish_ctx,
    };
    const struct results_config results = {
            .store = config->store,
            .plan = config->plan,
            .ledgers = config->ledgers,
            .dry_run = config->input->dry_run,
            .retry = config->retry,
    };
    enum err_code code = results_new(&c->results, &results, e);

    publisher.results = c->results;
    if (code == ERR_OK && !store_is_exclusive(config->store))
        code = publisher_start(&c->publisher, &publisher, e);
    return code;
}

/* The scheduler's half of copying_new(). */
static enum err_code open_sched(struct copying *c, struct err *e)
{
    struct sched_config config = {
            .input = c->config.input,
            .server = c->config.server,
            .items_most = c->config.session->most_objects,
            .next = next_item,
            .is_waiting = is_waiting,
            .stop = stop_looking,
            .result = on_result,
            .thaw = c->waiting ? c->config.thaw : NULL,
            .aside = on_aside,
            .ctx = c,
    };
    struct lookahead_config look = {.input = c->config.input,
            .next = read_item,
            .group = c->source == FROM_PLAN ? group_of : NULL,
            .more = more_items,
            .ctx = c};

    copy_world_init(&c->world, c->config.session->net, c->config.session->s3, c->uploads);
    config.copy_port = copy_world_copy_port(&c->world);
    c->ledger = (struct copy_ledger){c, find_written};
    config.copy_port.ledger = &c->ledger;
    look.port = config.copy_port;
    if (lookahead_new(&c->lookahead, &look, e) != ERR_OK)
        return e->code;
    c->looks = lookahead_looks(c->lookahead);
    config.copy_port.looks = &c->looks;
    config.port = copy_world_sched_port(&c->world);
    return sched_new(&c->sched, &config, e);
}

static enum err_code check_items(struct copying *c, struct err *e)
{
    const struct copying_config *config = &c->config;
    enum err_code code = plan_check_items(config->plan, c->items, config->session->net, e);
    struct err mismatch;

    if (code != ERR_VERIFY)
        return code;
    mismatch = *e;
    return err_set(e, code,
            "%s. The file was changed after the list was planned, so it is not known which objects are "
            "meant, and none is copied. Prepare the job again: with --replace-job if it has results",
            mismatch.message);
}

enum err_code copying_new(struct copying **out, const struct copying_config *config, struct err *e)
{
    struct copying *c = calloc(1, sizeof *c);
    enum err_code code;

    if (!c)
        return err_nomem(e);
    c->config = *config;
    s3_client_set_main_bucket(config->session->s3, config->input->destination_bucket);
    code = find_ends(c, e);
    if (code == ERR_OK)
        code = plan_open_lines(config->plan, config->store, &c->items, &c->origin, e);
    if (code == ERR_OK)
        code = check_items(c, e);
    if (code == ERR_OK)
        code = open_results(c, e);
    if (code == ERR_OK && !config->input->dry_run)
        code = uploads_open(&c->uploads, config->store, e);
    if (code == ERR_OK && config->thaw)
        code = waiting_new(
                &c->waiting, store_temp_dir(config->store), config->thaw, config->thaw_every_s, e);
    if (code == ERR_OK)
        code = open_sched(c, e);
    if (code != ERR_OK) {
        copying_free(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

void copying_free(struct copying *c)
{
    struct err ignored;

    if (!c)
        return;
    s3_client_set_main_bucket(c->config.session->s3, NULL);
    net_timer_stop(c->turn);
    (void)!publisher_stop(c->publisher, &ignored);
    net_timer_stop(c->wait);
    sched_free(c->sched);
    lookahead_free(c->lookahead);
    waiting_free(c->waiting);
    results_free(c->results);
    uploads_free(c->uploads);
    if (c->items)
        fclose(c->items);
    free(c->line);
    free(c->ends);
    free(c);
}

/* Runs the scheduler, with what it found recorded in each turn of the loop, and at the end. */
static enum err_code run_recorded(struct copying *c, struct err *e)
{
    struct each_turn *turns;
    enum err_code code = each_turn_start(&turns, c->config.session->net, on_turn, c, e);

    if (code != ERR_OK)
        return code;
    code = sched_run(c->sched, e);
    each_turn_stop(turns);
    on_turn(c);
    end_looking(c);
    if (code != ERR_OK || c->unrecorded.code == ERR_OK)
        return code;
    *e = c->unrecorded;
    return e->code;
}

/* --- rounds: while sources are being restored --- */

static void on_waited(void *ctx)
{
    struct copying *c = ctx;

    c->wait = NULL;
    c->waited = true;
}

static bool has_more_of_plan(const struct copying *c)
{
    unsigned shards = c->config.plan->shard_count;

    return shards > 0 && c->taken < c->ends[shards - 1];
}

static void say_waiting(const struct copying *c, uint64_t ms)
{
    uint64_t count = waiting_count(c->waiting), s = (ms + 999) / 1000;

    log_info("%llu object%s being restored from %s archive; looked at again in %llu second%s",
            (unsigned long long)count, count == 1 ? " is" : "s are", count == 1 ? "its" : "their",
            (unsigned long long)s, str_plural(s));
}

/* Nothing is under way, and nothing but the timer is in memory of what is waited for. */
static enum err_code wait_for_restores(struct copying *c, struct err *e)
{
    uint64_t ms = waiting_ms(c->waiting, clock_mono_ms());
    enum err_code code;

    if (ms == 0)
        return ERR_OK;
    say_waiting(c, ms);
    c->waited = false;
    code = net_timer_start(c->config.session->net, ms, on_waited, c, &c->wait, e);
    if (code == ERR_OK)
        net_run_until(c->config.session->net, &c->waited);
    net_timer_stop(c->wait);
    c->wait = NULL;
    return code;
}

/* The rest of the plan comes first, unless it is time to look at what waits. */
static enum err_code begin_round(struct copying *c, struct err *e)
{
    enum err_code code = ERR_OK;

    c->source = has_more_of_plan(c) && !is_time_to_look(c) ? FROM_PLAN : FROM_WAITING;
    if (c->source == FROM_WAITING)
        code = wait_for_restores(c, e);
    if (code != ERR_OK || c->stopped)
        return code;
    if (c->source == FROM_WAITING)
        code = waiting_begin(c->waiting, e);
    c->before = c->recorded;
    sched_free(c->sched);
    c->sched = NULL;
    lookahead_free(c->lookahead);
    c->lookahead = NULL;
    return code == ERR_OK ? open_sched(c, e) : code;
}

static enum err_code run_rounds(struct copying *c, struct err *e)
{
    enum err_code code = run_recorded(c, e);

    while (code == ERR_OK && !c->stopped && c->waiting && c->config.thaw_then == THAW_WAITS &&
            (has_more_of_plan(c) || waiting_count(c->waiting) > 0)) {
        code = begin_round(c, e);
        if (code == ERR_OK && !c->stopped)
            code = run_recorded(c, e);
        if (c->source == FROM_WAITING)
            waiting_end(c->waiting);
    }
    return code;
}

enum err_code copying_run(struct copying *c, struct err *e)
{
    enum err_code code = run_rounds(c, e);
    uint64_t open = c->recorded.left_open;

    publisher_halt(c->publisher);
    if (open > 0)
        log_warn(
                "%llu unfinished uploads stay open, and on record: who runs the job again goes on with "
                "them; copyout cleanup removes them",
                (unsigned long long)open);
    return code;
}

enum err_code copying_publish(struct copying *c, struct err *e)
{
    enum err_code code = publisher_stop(c->publisher, e);

    c->publisher = NULL;
    return code == ERR_OK ? results_publish(c->results, e) : code;
}

void copying_stop(struct copying *c, enum stop_level level)
{
    c->stopped = true;
    c->waited = true;
    if (level == STOP_NOW)
        publisher_halt(c->publisher);
    if (!c->sched)
        return;
    if (level == STOP_NOW)
        sched_stop_now(c->sched);
    else if (level == STOP_FINISH)
        sched_stop(c->sched);
}

const struct sched_counts *copying_counts(const struct copying *c)
{
    return &c->recorded;
}

void copying_look(const struct copying *c, uint64_t after_us, struct sched_view *under_way,
        struct lookahead_sized *behind)
{
    *under_way = (struct sched_view){0};
    if (c->sched)
        sched_look(c->sched, after_us, under_way);
    *behind = c->lookahead ? lookahead_sized(c->lookahead) : (struct lookahead_sized){0};
}

uint64_t copying_waiting(const struct copying *c)
{
    return c->waiting ? waiting_count(c->waiting) : 0;
}

unsigned copying_look_again_s(const struct copying *c, unsigned looks)
{
    return c->waiting ? waiting_task_again_s(c->waiting, looks) : 0;
}

const struct results_carried *copying_carried(const struct copying *c)
{
    return results_carried(c->results);
}

const struct results *copying_results(const struct copying *c)
{
    return c->results;
}
