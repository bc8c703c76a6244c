/* copyout jobs retry: takes up what failed, or was not reached, and nothing else. */
#include <stdlib.h>

#include "cli/replay.h"
#include "cmd/cmd.h"
#include "cmd/jobs/job_words.h"
#include "cmd/outcome.h"
#include "cmd/progress/progress.h"
#include "job/engine.h"

struct retry_options {
    struct connect_options connect;
    struct output_options output;
    struct progress_options progress;
};

#define OPTION(member) offsetof(struct retry_options, member)

/* One retry, from the command line to the exit code. */
struct retry {
    const struct retry_options *options;
    const struct command_line *line;
    struct connect connect;
    struct progress progress;
    struct engine *engine;
    struct report report;
};

static void on_signal(void *ctx, unsigned count, int number)
{
    const struct retry *r = ctx;

    signals_say(signals_at_of(r->engine), count, number, r->connect.work_ms,
            "the last line will be the command that goes on");
}

static enum err_code copy(struct retry *r, struct err *e)
{
    enum err_code code = engine_load(r->engine, NULL, e);
    struct err report_err;

    if (stop_asked(&r->connect.stop))
        code = err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    if (code != ERR_OK)
        return code;
    code = engine_copy(r->engine, e);
    if (engine_report(r->engine, &r->report, &report_err) != ERR_OK && code == ERR_OK) {
        *e = report_err;
        code = e->code;
    }
    return code;
}

static enum err_code work(struct retry *r, struct err *e)
{
    const struct cmd_io *io = r->line->io;
    struct progress *progress = &r->progress;
    struct engine_config config = {
            .session = &r->connect.session,
            .stop = &r->connect.stop,
            .tmp = io_env(io, "TMPDIR"),
            .retry = true,
            .thaw = ENGINE_THAW_WAITS,
            .progress_ms = progress_every_ms(progress),
            .on_progress = progress_show,
            .on_result = progress_wants_results(progress) ? progress_on_result : NULL,
            .ctx = progress,
    };
    enum err_code code;

    code = jobs_need_one(r->line, e);
    if (code != ERR_OK)
        return code;
    config.work = r->line->operands[0];
    code = connect_open(&r->connect, io, &r->options->connect, on_signal, r, e);
    if (code != ERR_OK)
        return code;
    code = progress_watch(progress, r->connect.session.net, e);
    if (code == ERR_OK)
        code = engine_open(&r->engine, &config, e);
    return code == ERR_OK ? copy(r, e) : code;
}

static int tell(const struct retry *r, const struct err *err)
{
    const struct command_line *line = r->line;
    struct buf report_place, go_on;
    struct problems none;
    struct outcome outcome = {
            .io = line->io,
            .json = r->options->output.json,
            .quiet = r->options->output.quiet,
            .problems = &none,
            .report = &r->report,
            .err = err,
            .stop_code = connect_stop_code(&r->connect),
            .has_plan = engine_has_plan(r->engine),
            .work_place = line->operand_count > 0 ? line->operands[0] : "",
    };
    char *json = NULL;
    int exit_code;

    problems_init(&none);
    buf_init(&report_place, BUF_MAX_SMALL);
    buf_init(&go_on, BUF_MAX_CONFIG);
    replay_add(
            &go_on, line->program, line->command, r->options, line->operands, line->operand_count);
    if (r->report.made) {
        engine_show_report(r->engine, &report_place);
        json = engine_report_json(r->engine, &r->report);
    }
    outcome.report_json = json;
    outcome.report_place = buf_str(&report_place);
    outcome.go_on = buf_ok(&go_on) ? buf_str(&go_on) : NULL;
    exit_code = outcome_print_progress(&outcome, &r->progress);
    free(json);
    buf_free(&report_place);
    buf_free(&go_on);
    problems_free(&none);
    return exit_code;
}

static int run(const struct command_line *line, const void *options)
{
    struct retry r = {.options = options, .line = line};
    enum err_code code;
    int exit_code;
    struct err e;

    console_set_level(&r.options->output);
    err_clear(&e);
    progress_init(&r.progress, line->io, &r.options->progress, r.options->output.quiet);
    code = work(&r, &e);
    progress_end(&r.progress);
    exit_code = tell(&r, code == ERR_OK ? NULL : &e);
    engine_close(r.engine);
    report_free(&r.report);
    if (!connect_close(&r.connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    return exit_code;
}

static const struct option options[] = {
        CONNECT_OPTIONS(struct retry_options, connect),
        REGION_OPTION(struct retry_options, connect),
        LIMIT_OPTIONS(struct retry_options, connect),
        JSON_OPTION(struct retry_options, output),
        LOG_OPTIONS(struct retry_options, output),
        PROGRESS_OPTIONS(struct retry_options, progress),
};

const struct command cmd_jobs_retry = {
        .name = "jobs retry",
        .summary = "copy what failed in a job, or was not reached, and nothing else",
        .operands = "JOB",
        .operands_most = 1,
        .description =
                "Goes on with the last run of the job in a work store: objects that failed or were not "
                "reached are taken up, all others are not asked about, not even once. (copyout run with "
                "the same list looks at all objects of a job that was finished.) The list is not needed. "
                "The report counts over all that was done.",
        .examples = "copyout jobs retry copyout-work/their-bucket-0123456789abcdef\twhat failed\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct retry_options),
        .run = run,
};
