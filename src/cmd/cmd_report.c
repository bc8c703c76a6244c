/* copyout report: the third step of a job, as a task of its own. */
#include <string.h>

#include "base/str.h"
#include "cmd/outcome.h"
#include "cmd/read_input.h"
#include "cmd/step.h"

/* "1 of 3000 objects was not copied. Report: …. First: line 17 …" */
static void add_cause(struct buf *out, const struct report *r, const char *place)
{
    uint64_t lost = r->by_status[RESULT_FAILED] + r->missing;
    const struct result *f = r->failures;
    struct buf key;

    buf_addf(out, "%llu of %llu object%s %s not copied; the report names them: %s",
            (unsigned long long)lost, (unsigned long long)r->items, str_plural(r->items),
            lost == 1 ? "was" : "were", place);
    if (r->failures_kept > 0) {
        buf_init(&key, BUF_MAX_SMALL);
        buf_addf(out, "; the first: line %llu s3://%s/%s: %s: %s", (unsigned long long)f->item.line,
                f->item.bucket, str_show(&key, f->item.key, strlen(f->item.key)),
                err_report_code(&f->err), f->err.message);
        buf_free(&key);
    }
    if (r->missing == 0)
        return;
    buf_addf(out, "; %llu were not reached", (unsigned long long)r->missing);
    if (r->shard_failures_kept > 0)
        buf_addf(out, ", since %llu shard%s failed, the first (%u) with %s",
                (unsigned long long)r->failed_shards, str_plural(r->failed_shards),
                r->shard_failures[0].shard, r->shard_failures[0].error);
    buf_adds(out, ": run it again");
}

static enum err_code answer(
        struct step *s, const struct report *r, const char *place, struct err *e)
{
    const uint64_t *n = r->by_status;
    struct buf cause;

    buf_init(&cause, BUF_MAX_SMALL);
    if (!report_is_complete(r))
        add_cause(&cause, r, place);
    s->answer = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "complete",
            report_is_complete(r), "items", (json_int_t)r->items, "copied",
            (json_int_t)n[RESULT_COPIED], "same", (json_int_t)n[RESULT_SAME], "kept",
            (json_int_t)n[RESULT_KEPT], "failed", (json_int_t)n[RESULT_FAILED], "missing",
            (json_int_t)r->missing, "bytes", (json_int_t)r->bytes, "tagsDropped",
            (json_int_t)r->tags_dropped, "report", place, "cause", buf_str(&cause));
    buf_free(&cause);
    if (s->answer && r->failed_shards > 0)
        json_object_set_new(s->answer, "failedShards", json_integer((json_int_t)r->failed_shards));
    return s->answer ? ERR_OK : err_nomem(e);
}

static enum err_code tell(struct step *s, const struct report *r, struct err *e)
{
    struct buf report_place, work_place;
    enum err_code code;

    buf_init(&report_place, BUF_MAX_SMALL);
    buf_init(&work_place, BUF_MAX_SMALL);
    engine_show_report(s->engine, &report_place);
    engine_show(s->engine, "", &work_place);
    code = answer(s, r, buf_str(&report_place), e);
    if (code == ERR_OK) {
        outcome_print_failures(s->line->io, r);
        outcome_summary(&s->said, r, buf_str(&report_place), buf_str(&work_place));
        outcome_notes(&s->said, r);
        s->exit_code = report_is_complete(r) ? 0 : err_exit_code(ERR_INCOMPLETE);
        s->first = &cmd_copy;
    }
    buf_free(&report_place);
    buf_free(&work_place);
    return code;
}

static enum err_code work(struct step *s, struct err *e)
{
    struct report report = {0};
    enum err_code code = engine_load(s->engine, NULL, e);

    if (code == ERR_OK)
        code = engine_report(s->engine, &report, e);
    if (code == ERR_OK)
        code = tell(s, &report, e);
    report_free(&report);
    return code;
}

static int run(const struct command_line *line, const void *options)
{
    return step_main(line, options, work);
}

static const struct option options[] = {
        STEP_OPTIONS,
        {"sign-key", '\0', OPTION_STRING, "FILE", STEP_OPTION(sign_key), HELP_SIGN_KEY},
};

const struct command cmd_report = {
        .name = "report",
        .summary = "step 3 of a job: merge the results, write the report",
        .operands = "",
        .description =
                "Merges the results of all shards into report.json and report.csv in the job's work store, "
                "and the CSV into the destination. Also, and most of all, when something is missing.\n"
                "As a task of Step Functions it takes the work store from COPYOUT_JOB, answers for "
                "COPYOUT_TASK_TOKEN, and says in its answer whether the copy is complete.",
        .examples = "copyout report --job s3://work/jobs/release-1/\tthe report, written again\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct step_options),
        .run = run,
};
