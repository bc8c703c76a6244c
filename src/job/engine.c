#include "job/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/str.h"
#include "copy/copy_headers.h"
#include "job/engine_int.h"
#include "job/large_items.h"
#include "job/recorded_uploads.h"
#include "job/shared_uploads.h"
#include "job/thaw/waiting_marks.h"
#include "job/ticker.h"
#include "model/names.h"
#include "plan/access.h"
#include "plan/list_copy.h"
#include "plan/prepare.h"
#include "plan/work_name.h"
#include "report/summary.h"
#include "store/claim.h"
#include "store/earlier.h"
#include "store/plan_files.h"
#include "store/runs.h"

static void cancel_all(const struct engine *g)
{
    s3_client_cancel_all(g->config.session->s3);
}

static void on_stop(void *ctx)
{
    struct engine *g = ctx;
    enum stop_level level = g->config.stop->level;

    switch (g->phase) {
    case PHASE_PREPARING:
        cancel_all(g);
        return;
    case PHASE_COPYING:
        copying_stop(g->copying, level);
        return;
    case PHASE_PUBLISHING:
        if (level == STOP_NOW)
            cancel_all(g);
        return;
    }
}

/* --- opening and closing --- */

static enum err_code find_large(
        void *ctx, FILE *items, uint64_t count, struct large_items *found, struct err *e)
{
    const struct engine *g = ctx;

    return large_items_find(g->config.session, g->input, g->config.stop, items, count, found, e);
}

/* In a folder there is one worker at a time. */
static bool finds_large(const struct engine *g)
{
    return g->config.many_workers && g->store && !store_is_exclusive(g->store) && g->input &&
           !g->input->dry_run && input_split_above(g->input) > 0;
}

static struct plan_env plan_env_of(struct engine *g)
{
    return (struct plan_env){
            .sync = g->config.session->sync,
            .store = g->store,
            .input = g->input,
            .copy = &g->list,
            .tmp = g->config.tmp,
            .region = g->config.session->region,
            .wait_ms = g->config.wait_ms,
            .source_buckets = g->config.source_buckets,
            .given_rights = g->config.given_rights,
            .writes_to = g->config.writes_to,
            .try_only = g->look == LOOK_FIRST,
            .list_only = g->config.list_only,
            .replace = g->config.replace_job,
            .server = &g->server,
            .on_list_file = g->config.on_list_file,
            .on_list_file_ctx = g->config.ctx,
            .find_large = finds_large(g) ? find_large : NULL,
            .find_large_ctx = g,
            .stop = g->config.stop,
    };
}

/* Of a list that cannot be known again: copyout-work/20261124T065000Z-1a2b3c4d */
static void name_new_work(struct buf *out)
{
    char now[CLOCK_BASIC_SIZE];
    struct rng rng;

    rng_init(&rng);
    clock_format_basic(now, clock_wall_s());
    buf_addf(out, "copyout-work/%s-%08x", now, (unsigned)(rng_next(&rng) & 0xFFFFFFFF));
}

/* copyout-work/BUCKET-0123456789abcdef */
static enum err_code name_work(struct engine *g, struct buf *out, struct err *e)
{
    struct plan_env env;
    enum err_code code = ERR_OK;
    bool known = false;

    g->input = g->config.input;
    env = plan_env_of(g);
    buf_adds(out, "copyout-work/");
    if (g->input)
        code = list_copy_read(&g->list, &env, ".", g->config.tmp, e);
    if (code == ERR_OK && g->input)
        code = work_name(&env, out, &known, e);
    if (!known) {
        buf_clear(out);
        name_new_work(out);
    }
    return code;
}

static enum err_code open_store(struct engine *g, struct err *e)
{
    const struct session *s = g->config.session;
    enum err_code code = ERR_OK;
    struct buf work;

    buf_init(&work, BUF_MAX_SMALL);
    if (g->config.work)
        buf_adds(&work, g->config.work);
    else
        code = name_work(g, &work, e);
    if (code == ERR_OK)
        code = buf_check(&work, "the work store's name", e);
    if (code == ERR_OK)
        code = store_open(&g->store, buf_str(&work), g->config.tmp, s->net, s->s3, e);
    buf_free(&work);
    return code;
}

enum err_code engine_open(struct engine **out, const struct engine_config *config, struct err *e)
{
    struct engine *g = calloc(1, sizeof *g);
    enum err_code code;

    if (!g)
        return err_nomem(e);
    g->config = *config;
    list_copy_init(&g->list);
    headers_init(&g->of_files);
    g->opened_ms = clock_mono_ms();
    spent_add_client(&g->before, config->session->s3, NULL);
    g->input = &g->loaded;
    stop_listen(config->stop, on_stop, g);
    code = input_init(&g->loaded, e);
    if (code == ERR_OK)
        code = open_store(g, e);
    g->input = &g->loaded;
    if (code != ERR_OK) {
        engine_close(g);
        return code;
    }
    *out = g;
    return ERR_OK;
}

void engine_close(struct engine *g)
{
    if (!g)
        return;
    if (g->config.stop->ctx == g)
        stop_listen(g->config.stop, NULL, NULL);
    copying_free(g->copying);
    s3_client_set_terms(g->config.session->s3, NULL, NULL, NULL);
    headers_free(&g->of_files);
    plan_free(&g->plan);
    store_close(g->ledgers);
    store_close(g->store);
    list_copy_end(&g->list);
    input_free(&g->loaded);
    free(g->report_key);
    free(g);
}

/* Every request to the destination has its terms from now on, and copyout's own files there are
 * written as the recipient wants all objects to be. They are for people to read: SSE-C is for the
 * objects alone. */
static enum err_code use_options(struct engine *g, struct err *e)
{
    const struct input *in = g->input;
    const char *problem;

    g->options = copy_options_of(in, NULL);
    problem = copy_options_problem(&g->options);
    if (problem)
        return err_set(e, ERR_INPUT, "%s", problem);
    g->options.destination.key = NULL;
    headers_clear(&g->of_files);
    copy_headers_file(&g->of_files, &g->options);
    s3_client_set_terms(
            g->config.session->s3, in->destination_bucket, &g->options.destination, &g->of_files);
    return buf_check(&g->of_files.text, "the headers of the input's options", e);
}

/* --- step 1 --- */

/* Of a job that was refused before anything of it was there, nothing stays. */
static void give_up_store(struct engine *g)
{
    claim_drop(g->store);
    if (!g->config.work)
        store_remove_if_empty(g->store);
}

enum err_code engine_prepare(
        struct engine *g, const struct input *input, struct problems *problems, struct err *e)
{
    struct plan_env env;

    g->input = input;
    env = plan_env_of(g);
    if (use_options(g, e) != ERR_OK || prepare(&env, &g->plan, problems, e) != ERR_OK) {
        give_up_store(g);
        return e->code;
    }
    return g->config.recheck ? earlier_forsake(g->store, &g->plan, e) : ERR_OK;
}

static enum err_code use_loaded(struct engine *g, struct err *e)
{
    g->loaded.keys = &g->config.session->keys;
    return use_options(g, e);
}

enum err_code engine_load(struct engine *g, const char *shard, struct err *e)
{
    enum err_code code;
    uint64_t number = 0;

    if (shard && shard[0] == '{') {
        code = plan_open_shard(&g->plan, g->store, &g->loaded, shard, e);
        g->server = g->plan.server;
        return code == ERR_OK ? use_loaded(g, e) : code;
    }
    if (shard && !str_parse_u64(shard, strlen(shard), &number))
        return err_set(e, ERR_USAGE, "shard \"%.100s\": must be a number", shard);
    code = plan_open(&g->plan, g->store, &g->loaded, e);
    g->server = g->plan.server;
    if (code == ERR_OK)
        code = use_loaded(g, e);
    return code == ERR_OK && shard ? plan_keep_shard(&g->plan, number, e) : code;
}

enum err_code engine_load_waiting(struct engine *g, bool *any, struct err *e)
{
    enum err_code code = engine_load(g, NULL, e);

    return code == ERR_OK ? waiting_marks_keep(&g->plan, g->store, any, e) : code;
}

/* --- step 2 --- */

static void on_tick(void *ctx)
{
    const struct engine *g = ctx;
    struct engine_progress progress;

    engine_progress(g, &progress);
    g->config.on_progress(g->config.ctx, &progress);
}

/* The ledgers of this list and destination, if such are kept. */
static enum err_code open_ledgers(struct engine *g, struct err *e)
{
    const struct session *s = g->config.session;
    enum err_code code;
    struct buf place;

    if (g->ledgers || !g->config.ledgers || !g->plan.digest)
        return ERR_OK;
    if (!names_is_s3_uri(g->config.ledgers))
        return err_set(e, ERR_USAGE, "the place of ledgers \"%s\": not an s3://bucket/prefix",
                g->config.ledgers);
    buf_init(&place, BUF_MAX_SMALL);
    buf_adds(&place, g->config.ledgers);
    if (!str_ends(g->config.ledgers, "/"))
        buf_addc(&place, '/');
    code = work_name_of_ledgers(&g->plan, g->input, &place, e);
    if (code == ERR_OK)
        code = buf_check(&place, "the place of ledgers", e);
    if (code == ERR_OK)
        code = store_open(&g->ledgers, buf_str(&place), g->config.tmp, s->net, s->s3, e);
    buf_free(&place);
    return code;
}

/* input: the job's, or a variation of it that must outlive the copying. */
static enum err_code begin_copying(struct engine *g, const struct input *input,
        void (*on_result)(void *ctx, const struct result *result), void *ctx, struct err *e)
{
    struct copying_config config = {
            .session = g->config.session,
            .store = g->store,
            .input = input,
            .plan = &g->plan,
            .server = &g->server,
            .on_result = on_result,
            .ctx = ctx,
            .thaw_every_s = g->config.thaw_every_s,
            .thaw_then = g->config.thaw == ENGINE_THAW_LEAVES ? THAW_LEAVES : THAW_WAITS,
            .retry = g->config.retry,
            .publish_ms = g->config.publish_ms,
            .ask_publish = g->config.ask_publish,
            .cancel_ask = g->config.cancel_ask,
            .publish_ctx = g->config.ctx,
    };
    const struct plan_env env = plan_env_of(g);
    enum err_code code = open_ledgers(g, e);

    config.ledgers = g->ledgers;
    if (code == ERR_OK && g->config.thaw != ENGINE_THAW_NEVER && input->thaw_asked) {
        code = thaw_read(&g->thaw, input->thaw_params, e);
        config.thaw = &g->thaw;
    }
    if (code == ERR_OK)
        code = access_set_regions(&env, e);
    if (code == ERR_OK)
        code = copying_new(&g->copying, &config, e);
    return code;
}

static enum err_code copy_objects(struct engine *g, struct err *e)
{
    struct ticker *ticker = NULL;
    enum err_code code = ERR_OK;

    g->copying_ms = clock_mono_ms();
    g->phase = PHASE_COPYING;
    if (stop_asked(g->config.stop)) /* between two requests of ours: it ended none */
        copying_stop(g->copying, g->config.stop->level);
    if (g->config.on_progress && g->config.progress_ms > 0)
        code = ticker_start(&ticker, g->config.session->net, g->config.progress_ms, on_tick, g, e);
    if (code == ERR_OK)
        code = copying_run(g->copying, e);
    ticker_stop(ticker);
    heap_trim();
    return code;
}

/* Whether shards are marked, or marks taken away: all that is to be known of them is known. */
static bool knows_what_waits(const struct engine *g)
{
    struct engine_progress progress;

    if (g->config.thaw == ENGINE_THAW_NEVER || !g->input->thaw_asked || g->input->dry_run)
        return false;
    engine_progress(g, &progress);
    return engine_not_reached(&progress) == 0;
}

enum err_code engine_copy(struct engine *g, struct err *e)
{
    enum err_code code = begin_copying(g, g->input, g->config.on_result, g->config.ctx, e);
    struct err publish_err;
    bool may_publish;

    if (code != ERR_OK)
        return code;
    code = copy_objects(g, e);
    g->phase = PHASE_PUBLISHING;
    /* Results are wanted most when something went wrong. */
    may_publish = !g->config.may_publish || g->config.may_publish(g->config.ctx);
    if (may_publish && copying_publish(g->copying, &publish_err) != ERR_OK && code == ERR_OK) {
        *e = publish_err;
        code = e->code;
    }
    /* The marks are those of the worker that has the shard now, with its results. */
    if (code == ERR_OK && may_publish && knows_what_waits(g))
        code = waiting_marks_update(g->store, &g->plan, copying_results(g->copying), e);
    return code;
}

/* --- step 3 --- */

/* A job all of whose items were reached looks at all of them again when it is run again. */
static enum err_code finish_run(
        struct engine *g, const struct report *r, const struct result_files *files, struct err *e)
{
    if (!r->made || r->missing > 0)
        return ERR_OK;
    return runs_finish(g->store, result_files_last_run(files), e);
}

static void add_copying(const struct engine *g, struct report_facts *facts)
{
    const struct results_carried *carried = copying_carried(g->copying);

    facts->seconds = (double)(clock_mono_ms() - g->opened_ms) / 1000;
    facts->earlier = (struct report_earlier){
            carried->by_status[RESULT_COPIED], carried->by_status[RESULT_SAME], carried->bytes};
}

/* The shards that failed in a distributed map. What is missing after this process has copied was
 * stopped here. That nothing can be learnt of them is no error: the report is wanted all the same.
 */
static struct map_results *find_failed_shards(struct engine *g)
{
    struct map_results *map = NULL;
    struct err e;

    if (!g->copying && map_results_read(&map, g->store, &g->plan, &e) != ERR_OK)
        log_warn("the report cannot tell why shards failed: %s", e.message);
    return map;
}

enum err_code engine_report(struct engine *g, struct report *r, struct err *e)
{
    const struct report_env env = engine_report_env(g);
    struct report_facts facts = {
            .seconds = (double)(clock_wall_s() - g->plan.created_s),
            .spent = {.copied_here = g->copying != NULL,
                    .before = g->before,
                    .region = g->config.session->region},
    };
    struct map_results *map = NULL;
    struct result_files files = {0};
    struct err finish_err;
    enum err_code code = result_files_find(&files, g->store, &g->plan, e);

    memset(r, 0, sizeof *r);
    if (g->copying)
        add_copying(g, &facts);
    if (code == ERR_OK && g->copying)
        code = results_add_files(copying_results(g->copying), &files, e);
    if (code == ERR_OK)
        map = find_failed_shards(g);
    facts.files = &files;
    facts.map = map;
    if (code == ERR_OK)
        code = report_make(&env, &g->plan, &facts, r, e);
    if (r->key && !(g->report_key = strdup(r->key)) && code == ERR_OK)
        code = err_nomem(e);
    if (r->made)
        shared_uploads_put_away(
                &g->plan, g->store, &g->config.session->sync, &files, g->config.stop);
    if (finish_run(g, r, &files, &finish_err) != ERR_OK && code == ERR_OK) {
        *e = finish_err;
        code = e->code;
    }
    map_results_free(map);
    result_files_free(&files);
    return code;
}

/* --- a limit on the cost --- */

static void on_looked(void *ctx, const struct result *result)
{
    struct engine *g = ctx;

    if (result->status == RESULT_PENDING)
        spent_count_pending(&g->to_do, result, g->input);
}

/* All requests: those that were made, and those that the copying will make. */
static enum err_code check_cost(struct engine *g, struct err *e)
{
    const struct cost_prices *prices = cost_prices_of(g->config.session->region);
    struct cost_counts made = {0}, more;
    struct cost_excess excess;

    spent_add_client(&made, g->config.session->s3, &g->before);
    more = made;
    spent_forecast(&more, &g->to_do, spent_server_of(g->config.session->s3));
    cost_add(&made, &more);
    if (!cost_exceeds(&excess, &made, prices, g->input->max_cost_micro))
        return ERR_OK;
    g->cost_micro = excess.micro;
    return err_set(e, ERR_INPUT,
            "S3's requests for this copy would cost %s, more than the %s that maxCost (--max-cost) "
            "allows; nothing was copied",
            excess.usd, excess.most);
}

/* A dry run in the same work store; the copying that follows makes results of its own. */
static enum err_code look_first(struct engine *g, struct err *e)
{
    struct input dry = *g->input;
    struct plan_env env;
    enum err_code code;

    dry.dry_run = true;
    code = begin_copying(g, &dry, on_looked, g, e);
    if (code == ERR_OK)
        code = copy_objects(g, e);
    copying_free(g->copying);
    g->copying = NULL;
    g->phase = PHASE_PREPARING;
    if (stop_asked(g->config.stop))
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    if (code == ERR_OK)
        code = check_cost(g, e);
    g->look = LOOK_NEVER;
    env = plan_env_of(g);
    return code == ERR_OK ? access_check(&env, &g->plan, e) : code;
}

/* --- all steps --- */

enum err_code engine_run(struct engine *g, const struct input *input, struct problems *problems,
        struct report *r, struct err *e)
{
    enum err_code code;
    struct err report_err;

    if (input->max_cost_micro > 0 && !input->dry_run)
        g->look = LOOK_FIRST;
    code = engine_prepare(g, input, problems, e);
    if (stop_asked(g->config.stop))
        code = err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    if (code == ERR_OK && g->look == LOOK_FIRST)
        code = look_first(g, e);
    if (code != ERR_OK)
        return code;
    code = engine_copy(g, e);
    if (g->copying && engine_report(g, r, &report_err) != ERR_OK && code == ERR_OK) {
        *e = report_err;
        code = e->code;
    }
    return code;
}

enum err_code engine_clean_up(struct engine *g, struct engine_cleanup *counts, struct err *e)
{
    struct store_names records = {0};
    enum err_code code = recorded_uploads_find(&records, g->store, e);

    if (code == ERR_CANCELLED && stop_asked(g->config.stop))
        code = err_set(e, ERR_INTERRUPTED, "stopped; run it again");
    g->phase = PHASE_PUBLISHING;
    if (code == ERR_OK)
        code = recorded_uploads_remove(
                g->store, &records, &g->config.session->sync, g->config.stop, counts, e);
    store_names_free(&records);
    return code;
}
