/* copyout estimate: what a copy would take, before it is run. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/console.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "cmd/outcome.h"
#include "cmd/progress/progress.h"
#include "cmd/read_input.h"
#include "cmd/scratch.h"
#include "job/engine.h"

struct estimate_options {
    struct input_options input;
    bool exact;
    bool on_aws;
    struct connect_options connect;
    struct output_options output;
};

#define OPTION(member) offsetof(struct estimate_options, member)

static const struct option options[] = {
        LIST_OPTIONS(struct estimate_options, input),
        {"exact", '\0', OPTION_FLAG, NULL, OPTION(exact),
                "look at every object, at both ends: costs requests, and tells how many the copy takes"},
        {"on-aws", '\0', OPTION_FLAG, NULL, OPTION(on_aws),
                "for an execution of copyout start: Fargate, Step Functions and more besides"},
        CONNECT_OPTIONS(struct estimate_options, connect),
        REGION_OPTION(struct estimate_options, connect),
        LIMIT_OPTIONS(struct estimate_options, connect),
        SSE_C_OPTIONS(struct estimate_options, connect),
        JSON_OPTION(struct estimate_options, output),
        LOG_OPTIONS(struct estimate_options, output),
};

/* One estimate, from the command line to the exit code. */
struct estimating {
    const struct estimate_options *options;
    const struct cmd_io *io;
    char *work; /* a temporary folder; NULL: not made */
    struct input input;
    struct connect connect;
    struct progress progress;
    struct engine *engine;
    struct problems problems;
    struct report report; /* of the looking */
    struct cost_estimate estimate;
};

static void on_signal(void *ctx, unsigned count, int number)
{
    struct estimating *s = ctx;

    signals_say(SIGNALS_AT_BEGINNING, count, number, s->connect.work_ms, "");
}

/* --- the estimate --- */

static enum err_code open_engine(struct estimating *s, struct err *e)
{
    const struct engine_config config = {
            .session = &s->connect.session,
            .stop = &s->connect.stop,
            .work = s->work,
            .tmp = io_env(s->io, "TMPDIR"),
            .thaw = ENGINE_THAW_WAITS, /* a dry run restores nothing, and tells what would be */
            .progress_ms = progress_every_ms(&s->progress),
            .on_progress = progress_show,
            .ctx = &s->progress,
    };

    return engine_open(&s->engine, &config, e);
}

/* The list is known also where the destination does not let us write yet. */
static enum err_code by_list(struct estimating *s, struct err *e)
{
    enum err_code code = engine_prepare(s->engine, &s->input, &s->problems, e);

    if ((code == ERR_ACCESS_DENIED || code == ERR_WRONG_REGION) &&
            engine_plan(s->engine)->items > 0) {
        log_warn("%s", e->message);
        code = ERR_OK;
    }
    if (code == ERR_OK)
        engine_estimate(s->engine, &s->estimate);
    return code;
}

static enum err_code by_looking(struct estimating *s, struct err *e)
{
    enum err_code code = engine_run(s->engine, &s->input, &s->problems, &s->report, e);

    s->estimate = s->report.estimate;
    return code;
}

static enum err_code work(struct estimating *s, const char *input_path, struct err *e)
{
    const struct estimate_options *o = s->options;
    enum err_code code = input_init(&s->input, e);

    if (code == ERR_OK)
        code = read_input(&s->input, s->io, input_path, &o->input, e);
    if (code == ERR_OK)
        code = input_place_instructions(&s->input, NULL, e);
    if (code == ERR_OK)
        code = scratch_make(&s->work, s->io, e);
    if (code == ERR_OK)
        code = connect_open(&s->connect, s->io, &o->connect, on_signal, s, e);
    s->input.keys = &s->connect.session.keys;
    if (code != ERR_OK)
        return code;
    s->input.dry_run = true;
    code = progress_watch(&s->progress, s->connect.session.net, e);
    if (code == ERR_OK)
        code = open_engine(s, e);
    if (code == ERR_OK)
        code = o->exact ? by_looking(s, e) : by_list(s, e);
    if (code == ERR_OK && o->on_aws) {
        s->estimate.shards = engine_plan(s->engine)->shard_count;
        s->estimate.workers = s->input.copy_concurrency;
    }
    return code;
}

/* --- the answer --- */

static void print(const struct estimating *s)
{
    struct buf text;

    if (s->options->output.json) {
        io_json(s->io, cost_estimate_json(&s->estimate), JSON_REAL_PRECISION(12));
        return;
    }
    buf_init(&text, BUF_MAX_SMALL);
    cost_estimate_text(&text, &s->estimate);
    fputs(buf_str(&text), s->io->out);
    buf_free(&text);
}

static int tell(const struct estimating *s, const struct err *e)
{
    int exit_code = connect_stop_code(&s->connect);

    if (exit_code == 0 && e)
        exit_code = err_exit_code(e->code);
    outcome_print_problems(s->io, &s->problems);
    if (s->report.made)
        outcome_print_failures(s->io, &s->report);
    if (e)
        log_error("%s", e->message);
    if (e && s->options->output.json)
        outcome_print_error(s->io, e, &s->problems, NULL, exit_code, 0);
    if (!e)
        print(s);
    if (exit_code == 0 && s->report.made && !report_is_complete(&s->report))
        exit_code = err_exit_code(ERR_INCOMPLETE);
    return exit_code;
}

static int run(const struct command_line *line, const void *opts)
{
    struct estimating s = {.options = opts, .io = line->io};
    enum err_code code;
    struct err e;
    int exit_code;

    console_set_level(&s.options->output);
    err_clear(&e);
    problems_init(&s.problems);
    progress_init(&s.progress, s.io, NULL, s.options->output.quiet);
    code = work(&s, line->operand_count > 0 ? line->operands[0] : NULL, &e);
    progress_end(&s.progress);
    exit_code = tell(&s, code == ERR_OK ? NULL : &e);
    engine_close(s.engine);
    report_free(&s.report);
    problems_free(&s.problems);
    if (!connect_close(&s.connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    input_free(&s.input);
    scratch_remove(s.work);
    return exit_code;
}

const struct command cmd_estimate = {
        .name = "estimate",
        .summary = "say what a copy takes before it is run: requests, bytes, time, money",
        .operands = "[INPUT.json | - | S3-FOLDER]",
        .operands_most = 1,
        .description =
                "Reads the list that copyout run would copy and prints how many requests of each kind "
                "that takes, how long, and what S3 charges for it; nothing is copied. Without --exact "
                "the objects are not asked about, and the figures are a range: the least and the most, "
                "if nothing is at the destination yet.\n"
                "Prices are those of a table in the program, which names their date. A dry run "
                "(copyout run --dry-run) ends with the same figures as --exact.",
        .examples =
                "copyout estimate --manifest files.csv --to s3://their-bucket/release-1/\ta range, at "
                "once\n"
                "copyout estimate --manifest files.csv --to s3://their-bucket --exact --json\tas it is, "
                "for a script\n"
                "copyout estimate input.json --on-aws\tas an execution\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct estimate_options),
        .run = run,
};
