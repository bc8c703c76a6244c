/* What an engine tells of its job, at any time. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "job/engine_int.h"
#include "report/summary.h"
#include "store/plan_files.h"

_Static_assert(
        (int)ENGINE_LARGEST == (int)SCHED_LARGEST, "the engine tells what the scheduler finds");

const struct plan *engine_plan(const struct engine *g)
{
    return &g->plan;
}

const struct input *engine_input(const struct engine *g)
{
    return g->input;
}

void engine_estimate(const struct engine *g, struct cost_estimate *out)
{
    const struct session *s = g->config.session;

    *out = (struct cost_estimate){
            .items = g->plan.items,
            .may_leave_region = input_may_be_anywhere(g->input),
            .prices = cost_prices_of(s->region),
            .region = s->region,
    };
    cost_of_list(&out->least, &out->most, g->plan.items, g->plan.source_bucket_count);
}

bool engine_has_plan(const struct engine *g)
{
    return g && g->plan.items > 0;
}

uint64_t engine_cost_micro(const struct engine *g)
{
    return g->cost_micro;
}

bool engine_show_list(const struct engine *g, struct buf *out)
{
    if (!g->list.name[0])
        return false;
    store_show(g->store, g->list.name, out);
    return true;
}

bool engine_is_copying(const struct engine *g)
{
    return g->phase == PHASE_COPYING;
}

/* The objects under way, and the bytes that are known. c: the counts of items with results. */
static void look_at_copies(
        const struct engine *g, const struct sched_counts *c, struct engine_progress *out)
{
    struct lookahead_sized behind;
    struct sched_view v;
    unsigned i;

    copying_look(g->copying, ENGINE_LARGEST_AFTER_S * (uint64_t)1000000, &v, &behind);
    out->bytes_carried = copying_carried(g->copying)->bytes_all;
    out->bytes_done = c->bytes + out->bytes_carried + v.bytes_done;
    out->bytes_known = out->bytes_done - v.bytes_done + v.bytes + behind.bytes;
    out->sized = out->done + v.sized + behind.items;
    out->list_waits = v.source_waits;
    out->list_ended = v.source_ended;
    out->largest_count = v.largest_count;
    for (i = 0; i < v.largest_count; i++)
        out->largest[i] = (struct engine_large){v.largest[i].item->bucket, v.largest[i].item->key,
                v.largest[i].size, v.largest[i].parts, v.largest[i].parts_done};
}

void engine_progress(const struct engine *g, struct engine_progress *out)
{
    const struct sched_counts *c = g->copying ? copying_counts(g->copying) : NULL;
    const struct results_carried *carried;
    unsigned i;

    memset(out, 0, sizeof *out);
    if (!c)
        return;
    carried = copying_carried(g->copying);
    for (i = 0; i < g->plan.shard_count; i++)
        out->items += g->plan.shards[i].items;
    out->begun = c->taken;
    out->done = c->taken - c->active - c->stopped;
    for (i = 0; i < RESULT_STATUS_COUNT; i++) {
        out->own_by_status[i] = c->by_status[i];
        out->by_status[i] = c->by_status[i] + carried->by_status[i];
        out->carried += carried->by_status[i];
    }
    out->begun += out->carried;
    out->done += out->carried;
    out->handed_on = c->handed_on;
    out->restoring = copying_waiting(g->copying);
    out->own_bytes_copied = c->bytes_copied;
    out->bytes_copied = c->bytes_copied + carried->bytes;
    out->requests_in_flight = s3_client_in_flight(g->config.session->s3);
    out->seconds = (double)(clock_mono_ms() - g->copying_ms) / 1000;
    s3_client_pressure(g->config.session->s3, &out->pressure);
    out->stopping = stop_asked(g->config.stop);
    look_at_copies(g, c, out);
}

uint64_t engine_not_reached(const struct engine_progress *p)
{
    uint64_t known = p->handed_on + p->restoring;
    int i;

    for (i = 0; i < RESULT_STATUS_COUNT; i++)
        known += p->by_status[i];
    return known < p->items ? p->items - known : 0;
}

unsigned engine_look_again_s(const struct engine *g, unsigned looks)
{
    return g->copying ? copying_look_again_s(g->copying, looks) : 0;
}

bool engine_has_copied(const struct engine *g)
{
    return g->phase == PHASE_PUBLISHING;
}

void engine_show(const struct engine *g, const char *name, struct buf *out)
{
    store_show(g->store, name, out);
}

void engine_show_shards(const struct engine *g, struct buf *out)
{
    store_show(g->store, SHARDS_FILE, out);
}

struct report_env engine_report_env(const struct engine *g)
{
    return (struct report_env){
            .sync = g->config.session->sync,
            .store = g->store,
            .input = g->input,
            .key = g->report_key,
    };
}

void engine_show_report(const struct engine *g, struct buf *out)
{
    const struct report_env env = engine_report_env(g);

    report_place(&env, out);
}

char *engine_report_json(const struct engine *g, const struct report *r)
{
    struct buf place, work;
    char *text;

    buf_init(&place, BUF_MAX_SMALL);
    buf_init(&work, BUF_MAX_SMALL);
    engine_show_report(g, &place);
    store_show(g->store, "", &work);
    text = report_json(r, g->config.session->s3, buf_str(&place), buf_str(&work), 0);
    buf_free(&place);
    buf_free(&work);
    return text;
}
