#include "job/copy_job.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"

struct copy_job {
    const struct job *job;
    const struct plan *plan;
    struct results *results;
    struct uploads *uploads; /* NULL in a dry run, which makes none and touches none */
    struct sched *sched;
    FILE *items;
    char *line;
    size_t line_cap;
    unsigned shard;    /* of the next item */
    uint64_t in_shard; /* items of it taken so far */
};

static enum err_code next_item(void *ctx, struct item *item, void **owner, bool *end, struct err *e)
{
    struct copy_job *c = ctx;
    enum err_code code;

    while (c->shard < c->plan->shard_count && c->in_shard == c->plan->shards[c->shard].items) {
        c->shard++;
        c->in_shard = 0;
    }
    if (c->shard == c->plan->shard_count) {
        *end = true;
        return ERR_OK;
    }
    code = item_read_next(item, c->items, &c->line, &c->line_cap, e);
    if (code == ERR_OK)
        code = results_begin(c->results, c->shard, e);
    if (code != ERR_OK) {
        item_free(item);
        return code;
    }
    c->in_shard++;
    *owner = (void *)(uintptr_t)c->shard;
    return ERR_OK;
}

static enum err_code on_result(void *ctx, const struct result *result, void *owner, struct err *e)
{
    struct copy_job *c = ctx;

    return results_add(c->results, (unsigned)(uintptr_t)owner, result, e);
}

/* The lines of the plan's shards, which follow one another. */
static enum err_code open_items(struct copy_job *c, struct err *e)
{
    const struct plan *p = c->plan;
    const struct shard *last = p->shards + p->shard_count - 1;

    if (!p->is_part)
        return store_read(c->job->store, ITEMS_FILE, &c->items, e);
    return store_read_range(c->job->store, ITEMS_FILE, p->shards[0].offset,
            last->offset + last->length - p->shards[0].offset, &c->items, e);
}

enum err_code copy_job_new(
        struct copy_job **out, const struct job *job, const struct plan *plan, struct err *e)
{
    struct sched_config config = {
            .net = job->sync.net,
            .s3 = job->sync.s3,
            .input = job->input,
            .next = next_item,
            .result = on_result,
    };
    struct copy_job *c = calloc(1, sizeof *c);
    enum err_code code;

    if (!c)
        return err_nomem(e);
    c->job = job;
    c->plan = plan;
    config.ctx = c;
    s3_client_set_main_bucket(job->sync.s3, job->input->destination_bucket);
    code = open_items(c, e);
    if (code == ERR_OK && !c->items)
        code = err_set(e, ERR_IO, "the work store has no " ITEMS_FILE);
    if (code == ERR_OK)
        code = results_new(&c->results, job->store, plan, e);
    if (code == ERR_OK && !job->input->dry_run)
        code = uploads_open(&c->uploads, job->store, e);
    config.uploads = c->uploads;
    if (code == ERR_OK)
        code = sched_new(&c->sched, &config, e);
    if (code != ERR_OK) {
        copy_job_free(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

void copy_job_free(struct copy_job *c)
{
    if (!c)
        return;
    s3_client_set_main_bucket(c->job->sync.s3, NULL);
    sched_free(c->sched);
    results_free(c->results);
    uploads_free(c->uploads);
    if (c->items)
        fclose(c->items);
    free(c->line);
    free(c);
}

enum err_code copy_job_run(struct copy_job *c, struct err *e)
{
    enum err_code code = sched_run(c->sched, e);
    uint64_t open = sched_counts(c->sched)->left_open;

    if (open > 0)
        log_warn(
                "%llu unfinished uploads stay open, and on record: who runs the job again goes on with "
                "them; copyout cleanup removes them",
                (unsigned long long)open);
    return code;
}

enum err_code copy_job_publish(struct copy_job *c, struct err *e)
{
    return results_publish(c->results, e);
}

void copy_job_stop(struct copy_job *c, bool now)
{
    if (now)
        sched_stop_now(c->sched);
    else
        sched_stop(c->sched);
}

const struct sched_counts *copy_job_counts(const struct copy_job *c)
{
    return sched_counts(c->sched);
}

const struct results *copy_job_results(const struct copy_job *c)
{
    return c->results;
}
