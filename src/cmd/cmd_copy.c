/* copyout copy: the second step of a job, of one shard or of all, as a task of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "cmd/env.h"
#include "cmd/progress.h"
#include "cmd/step.h"
#include "job/copy_job.h"
#include "plan/access.h"
#include "store/plan_files.h"

static enum err_code open_plan(struct step *s, struct err *e)
{
    const char *asked = s->options->shard, *text = env_get("COPYOUT_SHARD");
    enum err_code code;
    uint64_t shard = 0;

    if (!asked && text && text[0] == '{')
        return plan_open_shard(&s->plan, &s->job, &s->input, text, e);
    if (!asked)
        asked = text;
    if (asked && !str_parse_u64(asked, strlen(asked), &shard))
        return err_set(e, ERR_USAGE, "shard \"%.100s\": must be a number", asked);
    code = plan_open(&s->plan, &s->job, &s->input, e);
    return code == ERR_OK && asked ? plan_keep_shard(&s->plan, shard, e) : code;
}

static void on_stop(void *ctx, bool now)
{
    copy_job_stop(ctx, now);
}

/* What was done is being published: only who insists goes without. */
static void on_stop_publishing(void *ctx, bool now)
{
    if (now)
        s3_client_cancel_all(ctx);
}

static enum err_code copy(struct step *s, struct copy_job *copying, struct err *e)
{
    struct progress *progress = NULL;
    uint64_t items = 0;
    enum err_code code = ERR_OK;
    struct err publish_err;
    unsigned i;

    for (i = 0; i < s->plan.shard_count; i++)
        items += s->plan.shards[i].items;
    code = access_set_regions(&s->job, e);
    s->on_stop_ctx = copying;
    s->on_stop = on_stop;
    if (s->session.stop) /* that came between two requests of ours, and ended none */
        copy_job_stop(copying, task_is_gone(s->task));
    if (code == ERR_OK && !s->options->quiet)
        code = progress_start(
                &progress, s->session.net, s->session.s3, copy_job_counts(copying), items, e);
    if (code == ERR_OK)
        code = copy_job_run(copying, e);
    progress_stop(progress);
    s->on_stop = on_stop_publishing;
    s->on_stop_ctx = s->session.s3;
    /* Also what a shard that was stopped, or failed, has done so far: but not over what someone
     * else has done since. */
    if (task_confirm(s->task) && copy_job_publish(copying, &publish_err) != ERR_OK &&
            code == ERR_OK) {
        *e = publish_err;
        code = e->code;
    }
    s->on_stop = NULL;
    return code;
}

static enum err_code answer(struct step *s, const struct copy_job *copying, struct err *e)
{
    const struct sched_counts *c = copy_job_counts(copying);
    const uint64_t *n = c->by_status;
    uint64_t items = 0, results = 0;
    unsigned i;

    for (i = 0; i < s->plan.shard_count; i++)
        items += s->plan.shards[i].items;
    for (i = 0; i < RESULT_STATUS_COUNT; i++)
        results += n[i];
    /* What was under way when we were stopped has failed for that alone. */
    if (results < items || (s->session.stop && n[RESULT_FAILED] > 0))
        return err_set(e, ERR_INTERRUPTED, "stopped with %llu of %llu objects done",
                (unsigned long long)results, (unsigned long long)items);
    s->answer = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "items", (json_int_t)items, "copied",
            (json_int_t)n[RESULT_COPIED], "same", (json_int_t)n[RESULT_SAME], "kept",
            (json_int_t)n[RESULT_KEPT], "failed", (json_int_t)n[RESULT_FAILED], "bytes",
            (json_int_t)c->bytes_copied);
    if (!s->answer)
        return err_nomem(e);
    buf_addf(&s->said, "%llu objects: %llu copied, %llu the same already, %llu kept, %llu failed",
            (unsigned long long)items, (unsigned long long)n[RESULT_COPIED],
            (unsigned long long)n[RESULT_SAME], (unsigned long long)n[RESULT_KEPT],
            (unsigned long long)n[RESULT_FAILED]);
    s->exit_code = n[RESULT_FAILED] > 0 ? err_exit_code(ERR_INCOMPLETE) : 0;
    return ERR_OK;
}

static enum err_code work(struct step *s, struct err *e)
{
    struct copy_job *copying;
    enum err_code code = open_plan(s, e);

    if (code == ERR_OK)
        code = copy_job_new(&copying, &s->job, &s->plan, e);
    if (code != ERR_OK)
        return code;
    code = copy(s, copying, e);
    if (code == ERR_OK)
        code = answer(s, copying, e);
    copy_job_free(copying);
    return code;
}

static int run(const struct command_line *line, const void *options)
{
    return step_main(line, options, work);
}

static const struct option options[] = {
        STEP_OPTIONS,
        {"shard", 's', OPTION_STRING, "N", STEP_OPTION(shard),
                "the number of the shard to copy (COPYOUT_SHARD, which may also be its object of "
                "shards.json); without it, all"},
};

const struct command cmd_copy = {
        .name = "copy",
        .summary = "step 2 of a job: copy the objects of a shard",
        .operands = "",
        .description =
                "Copies what copyout prepare has planned: one shard, or all. An object that cannot be "
                "copied is a result, and no failure of the step. The results lie in the job's work store, "
                "for copyout report.\n"
                "As a task of Step Functions it takes the work store from COPYOUT_JOB, the shard from "
                "COPYOUT_SHARD, and answers for COPYOUT_TASK_TOKEN. After SIGTERM it begins nothing new, "
                "finishes and records what it can within COPYOUT_STOP_SECONDS (90), and says "
                "SpotInterrupted.",
        .examples = "copyout copy --job s3://work/jobs/release-1/ --shard 17\tone of many\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct step_options),
        .run = run,
};
