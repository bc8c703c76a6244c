/* The beginning of results: which run this is, what earlier workers left of it, and a name for this
 * worker. */
#include "base/log.h"
#include "base/rng.h"
#include "store/earlier.h"
#include "store/results/results_int.h"
#include "store/runs.h"

/* Whether a file is of this run. A plain one may be, if this version wrote it: it does so in a
 * folder, in the first run. Of an older copyout it is not known whether its run was finished. */
static bool is_of_this_run(
        const struct results *r, const struct runs *runs, const struct results_name *name)
{
    if (name->is_plain && !(runs->is_known && store_is_exclusive(r->store)))
        return false;
    return result_file_run(name) == r->worker.run;
}

/* Sets aside what a shard has of earlier runs; those files come first. *count: all files of it. */
static enum err_code set_shard_aside(struct results *r, const struct runs *runs,
        const struct results_name *files, size_t count, struct err *e)
{
    struct shard_state *shard = &r->shards[files->shard - r->plan->first_shard];
    size_t earlier = 0;
    enum err_code code;

    while (earlier < count && !is_of_this_run(r, runs, &files[earlier]))
        earlier++;
    code = earlier_set_aside(
            r->store, files, earlier, &r->has_ledger[files->shard - r->plan->first_shard], e);
    shard->others = earlier < count ? OTHERS_THERE : OTHERS_NONE;
    return code;
}

/* Leaves of r->files those of this run. */
static void keep_own_run(struct results *r, const struct runs *runs)
{
    size_t i, kept = 0;

    for (i = 0; i < r->files.count; i++)
        if (is_of_this_run(r, runs, &r->files.all[i]))
            r->files.all[kept++] = r->files.all[i];
    r->files.count = kept;
}

static enum err_code set_all_aside(struct results *r, const struct runs *runs, struct err *e)
{
    enum err_code code = ERR_OK;
    size_t i = 0, count;

    while (code == ERR_OK && i < r->files.count) {
        (void)result_files_of(&r->files, r->files.all[i].shard, &count);
        code = set_shard_aside(r, runs, &r->files.all[i], count, e);
        i += count;
    }
    if (code == ERR_OK)
        keep_own_run(r, runs);
    return code;
}

bool results_is_left_out(const struct results *r, unsigned shard)
{
    return r->plan->has_gaps && r->plan->shards[shard].items == 0;
}

static enum err_code fetch_all(struct results *r, struct err *e)
{
    char name[RESULTS_NAME_SIZE], ledger[LEDGER_NAME_SIZE];
    enum err_code code = ERR_OK;
    unsigned shard;
    size_t i;

    for (i = 0; code == ERR_OK && i < r->files.count; i++) {
        if (results_is_left_out(r, r->files.all[i].shard - r->plan->first_shard))
            continue;
        result_file_name(name, &r->files.all[i]);
        code = result_files_fetch(r->store, name, e);
    }
    for (shard = 0; code == ERR_OK && shard < r->plan->shard_count; shard++) {
        ledger_name(ledger, r->plan->first_shard + shard);
        if (r->has_ledger[shard] && !results_is_left_out(r, shard))
            code = result_files_fetch(r->store, ledger, e);
    }
    return code;
}

/* after: the seq of a worker that is known of besides those of the files. */
static void name_worker(struct results *r, unsigned after)
{
    struct rng rng;
    size_t i;

    rng_init(&rng);
    r->worker.random = (uint32_t)rng_next(&rng);
    r->worker.seq = after + 1;
    for (i = 0; i < r->files.count; i++)
        if (r->files.all[i].worker.seq >= r->worker.seq)
            r->worker.seq = r->files.all[i].worker.seq + 1;
}

enum err_code results_begin_run(
        struct results *r, const struct results_config *config, struct err *e)
{
    enum err_code code = result_files_find(&r->files, r->store, r->plan, e);
    struct runs runs = {0};
    unsigned last = 0;
    bool save;
    struct err hint;

    if (code == ERR_OK)
        code = runs_load(&runs, r->store, e);
    if (code == ERR_OK)
        code = earlier_find_ledgers(r->store, r->plan, r->has_ledger, e);
    if (code != ERR_OK)
        return code;
    if (config->retry && runs.dry_run == config->dry_run)
        save = runs_take_last(&runs, &r->files);
    else
        save = runs_begin(&runs, &r->files, config->dry_run, store_is_exclusive(r->store));
    r->worker.run = runs.finished;
    code = set_all_aside(r, &runs, e);
    if (code == ERR_OK && save)
        code = runs_save(&runs, r->store, e);
    /* The ledger of other jobs is a hint: without it nothing is lost but time. */
    if (code == ERR_OK && config->ledgers &&
            earlier_borrow(r->store, config->ledgers, r->plan, r->has_ledger, &hint) != ERR_OK)
        log_warn("what earlier jobs wrote cannot be read: %s", hint.message);
    if (code == ERR_OK && !store_is_exclusive(r->store))
        code = fetch_all(r, e);
    if (code == ERR_OK && r->plan->has_gaps)
        code = mark_file_load_all(&r->marks, &last, r->store, r->plan, r->worker.run, e);
    name_worker(r, last);
    return code;
}
