/* copyout copy: the second step of a job, of one shard or of all, as a task of its own. */
#include "base/str.h"
#include "cmd/progress/metrics.h"
#include "cmd/step.h"

/* Adds what only some copies have to the answer. 0: it is there. */
static int add_rest(const struct step *s, const struct engine_progress *p)
{
    json_int_t pending = (json_int_t)p->by_status[RESULT_PENDING];

    if (engine_input(s->engine)->dry_run &&
            json_object_set_new(s->answer, "pending", json_integer(pending)) != 0)
        return -1;
    if (p->handed_on > 0)
        return json_object_set_new(s->answer, "handedOn", json_integer((json_int_t)p->handed_on));
    if (p->restoring > 0)
        return json_object_set_new(s->answer, "restoring", json_integer((json_int_t)p->restoring));
    return 0;
}

static enum err_code answer(struct step *s, struct err *e)
{
    struct engine_progress p;
    const uint64_t *n = p.by_status;
    uint64_t left;

    engine_progress(s->engine, &p);
    left = engine_not_reached(&p);
    if (left > 0)
        return err_set(e, ERR_INTERRUPTED, "stopped with %llu of %llu object%s done",
                (unsigned long long)(p.items - left - p.restoring), (unsigned long long)p.items,
                str_plural(p.items));
    s->answer = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "items", (json_int_t)p.items, "copied",
            (json_int_t)n[RESULT_COPIED], "same", (json_int_t)n[RESULT_SAME], "kept",
            (json_int_t)n[RESULT_KEPT], "failed", (json_int_t)n[RESULT_FAILED], "bytes",
            (json_int_t)p.bytes_copied);
    if (!s->answer || add_rest(s, &p) != 0)
        return err_nomem(e);
    buf_addf(&s->said, "%llu object%s: %llu copied, %llu the same already, %llu kept, %llu failed",
            (unsigned long long)p.items, str_plural(p.items), (unsigned long long)n[RESULT_COPIED],
            (unsigned long long)n[RESULT_SAME], (unsigned long long)n[RESULT_KEPT],
            (unsigned long long)n[RESULT_FAILED]);
    if (n[RESULT_PENDING] > 0)
        buf_addf(&s->said, ", %llu would be copied", (unsigned long long)n[RESULT_PENDING]);
    if (p.handed_on > 0)
        buf_adds(&s->said, "; this slice of it is copied, and who copies the last one finishes it");
    if (p.restoring > 0)
        buf_addf(&s->said, ", %llu being restored, which copyout thaw copies",
                (unsigned long long)p.restoring);
    if (n[RESULT_FAILED] > 0 || p.restoring > 0)
        s->exit_code = err_exit_code(ERR_INCOMPLETE);
    return ERR_OK;
}

/* Copies, and writes metrics as it goes: to standard output, as the rest of a task's log, or to
 * standard error when a program reads the output. */
static enum err_code copy(struct step *s, struct err *e)
{
    const struct cmd_io *io = s->line->io;
    bool is_read = s->options->output.json || s->options->progress.json;
    struct metrics metrics = {0};
    enum err_code code = metrics_start(
            &metrics, io, is_read ? io->err : io->out, s->engine, s->connect.session.net, e);

    if (code == ERR_OK)
        code = engine_copy(s->engine, e);
    metrics_end(&metrics);
    return code;
}

static enum err_code work(struct step *s, struct err *e)
{
    const char *text = io_env(s->line->io, "COPYOUT_SHARD"), *asked = s->options->shard;
    enum err_code code;

    if (asked && asked[0] == '{') /* the option takes a number only */
        return err_set(e, ERR_USAGE, "shard \"%.100s\": must be a number", asked);
    code = engine_load(s->engine, asked ? asked : text, e);
    if (code == ERR_OK)
        code = copy(s, e);
    return code == ERR_OK ? answer(s, e) : code;
}

static int run(const struct command_line *line, const void *options)
{
    return step_main(line, options, work);
}

static const struct option options[] = {
        STEP_OPTIONS,
        SSE_C_OPTIONS(struct step_options, connect),
        PROGRESS_OPTIONS(struct step_options, progress),
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
                "for copyout report. Of archived sources it asks for their restoring, if the input has "
                "thawParams, and leaves them to copyout thaw.\n"
                "As a task of Step Functions it takes the work store from COPYOUT_JOB, the shard from "
                "COPYOUT_SHARD, and answers for COPYOUT_TASK_TOKEN; with COPYOUT_METRICS_STACK it writes "
                "metrics for CloudWatch into its log (docs/metrics.md). After SIGTERM it begins nothing new, "
                "finishes and records what it can within COPYOUT_STOP_SECONDS (90), and says "
                "SpotInterrupted.",
        .examples = "copyout copy --job s3://work/jobs/release-1/ --shard 17\tone of many\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct step_options),
        .run = run,
};
