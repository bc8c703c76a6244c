/* copyout run: prepare, copy and report in one process, here. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/console.h"
#include "cli/replay.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"
#include "cmd/outcome.h"
#include "cmd/progress/metrics_file.h"
#include "cmd/progress/progress.h"
#include "cmd/read_input.h"
#include "cmd/thaw/thaw_every.h"
#include "job/engine.h"

struct run_options {
    struct input_options input;
    const char *work;
    uint64_t wait_ms;
    bool replace_job;
    bool recheck;
    const char *metrics;
    const char *sign_key;
    struct connect_options connect;
    struct output_options output;
    struct progress_options progress;
};

#define OPTION(member) offsetof(struct run_options, member)

static const struct option options[] = {
        INPUT_OPTIONS(struct run_options, input),
        {"wait", '\0', OPTION_DURATION, "TIME", OPTION(wait_ms),
                "without permission to write, ask again for so long (10m, 12h, 30d)"},
        {"work", 'w', OPTION_STRING, "PLACE", OPTION(work),
                "the work store: plan, results and report are kept there; a folder or s3://bucket/prefix/ "
                "that is new, empty or copyout's own; by default a folder in copyout-work/ that belongs "
                "to the list and the destination, so that the same command goes on"},
        {"replace-job", '\0', OPTION_FLAG, NULL, OPTION(replace_job), HELP_REPLACE_JOB},
        {"recheck", '\0', OPTION_FLAG, NULL, OPTION(recheck), HELP_RECHECK},
        {"metrics", '\0', OPTION_STRING, "FILE", OPTION(metrics),
                "write the counts into a file for Prometheus (node_exporter's textfile collector), "
                "replaced whole every --progress-interval and at the end (docs/metrics.md)"},
        {"sign-key", '\0', OPTION_STRING, "FILE", OPTION(sign_key), HELP_SIGN_KEY},
        CONNECT_OPTIONS(struct run_options, connect),
        REGION_OPTION(struct run_options, connect),
        LIMIT_OPTIONS(struct run_options, connect),
        SSE_C_OPTIONS(struct run_options, connect),
        JSON_OPTION(struct run_options, output),
        LOG_OPTIONS(struct run_options, output),
        PROGRESS_OPTIONS(struct run_options, progress),
};

/* One run, from the command line to the exit code. */
struct run {
    const struct run_options *options;
    const struct command_line *line;
    const struct cmd_io *io; /* the line's */
    struct input input;
    struct connect connect;
    struct progress progress;
    struct metrics_file metrics;
    struct delivery_key *sign_key; /* NULL: none */
    struct engine *engine;
    struct problems problems;
    struct report report;
};

static void on_signal(void *ctx, unsigned count, int number)
{
    const struct run *r = ctx;

    signals_say(signals_at_of(r->engine), count, number, r->connect.work_ms,
            "the last line will be the command that goes on");
}

static enum err_code open_engine(struct run *r, struct err *e)
{
    struct progress *progress = &r->progress;
    struct engine_config config = {
            .session = &r->connect.session,
            .stop = &r->connect.stop,
            .work = r->options->work,
            .input = &r->input,
            .tmp = io_env(r->io, "TMPDIR"),
            .sign_key = r->sign_key,
            .replace_job = r->options->replace_job,
            .recheck = r->options->recheck,
            .wait_ms = r->options->wait_ms,
            .thaw = ENGINE_THAW_WAITS,
            .progress_ms = progress_every_ms(progress),
            .on_progress = progress_show,
            .on_result = progress_wants_results(progress) ? progress_on_result : NULL,
            .ctx = progress,
    };
    enum err_code code = thaw_every_read(r->io, &config.thaw_every_s, e);

    if (code != ERR_OK)
        return code;
    code = engine_open(&r->engine, &config, e);
    /* Without --work the place depends on the list, and what cannot be read may be the list. */
    if (code != ERR_OK && code != ERR_INTERRUPTED && r->options->work)
        err_prefix(e, "--work");
    return code;
}

static enum err_code steps(struct run *r, const char *input_path, struct err *e)
{
    const struct run_options *o = r->options;
    enum err_code code = input_init(&r->input, e);

    if (code == ERR_OK)
        code = read_input(&r->input, r->io, input_path, &o->input, e);
    if (code == ERR_OK)
        code = input_place_instructions(&r->input, o->work, e);
    if (code == ERR_OK && o->sign_key)
        code = read_sign_key(&r->sign_key, o->sign_key, &r->input, e);
    if (code == ERR_OK)
        code = metrics_file_open(&r->metrics, o->metrics, &o->progress, &r->input, e);
    if (code == ERR_OK)
        code = connect_open(&r->connect, r->io, &o->connect, on_signal, r, e);
    r->input.keys = &r->connect.session.keys;
    if (code != ERR_OK)
        return code;
    code = progress_watch(&r->progress, r->connect.session.net, e);
    if (code == ERR_OK)
        code = open_engine(r, e);
    if (code == ERR_OK)
        code = metrics_file_start(&r->metrics, r->engine, &r->connect.session, e);
    if (code == ERR_OK)
        code = engine_run(r->engine, &r->input, &r->problems, &r->report, e);
    return code;
}

/* --- the command that goes on --- */

/* The amount with which the job would not be too dear, as --max-cost takes it: some more than what
 * was counted, since requests may have to be sent again, and round. */
static void add_cost(struct buf *out, uint64_t micro)
{
    uint64_t step = 1;

    micro += micro / 20;
    while (micro / step >= 100)
        step *= 10;
    micro = (micro + step - 1) / step * step;
    buf_addf(out, "%llu.%06llu", (unsigned long long)(micro / 1000000),
            (unsigned long long)(micro % 1000000));
    while (out->len > 1 && buf_str(out)[out->len - 1] == '0' && buf_str(out)[out->len - 2] != '.')
        buf_cut(out, out->len - 1);
}

/* The same command, but for what could be read once only, or would not go on. */
static void add_go_on(const struct run *r, struct buf *out)
{
    struct run_options o = *r->options;
    const struct command_line *line = r->line;
    char *json = NULL, *operand = line->operand_count > 0 ? line->operands[0] : NULL;
    struct buf list, cost;

    buf_init(&list, BUF_MAX_SMALL);
    buf_init(&cost, BUF_MAX_SMALL);
    o.recheck = false;
    if (r->engine && engine_show_list(r->engine, &list))
        o.input.manifest = buf_str(&list);
    if (r->engine && engine_cost_micro(r->engine) > 0) {
        add_cost(&cost, engine_cost_micro(r->engine));
        o.input.max_cost = buf_str(&cost);
    }
    if (operand && strcmp(operand, "-") == 0)
        operand = json = input_to_json(&r->input);
    replay_add(out, line->program, line->command, &o, &operand, operand ? 1 : 0);
    free(json);
    buf_free(&list);
    buf_free(&cost);
}

/* --- the end --- */

/* Says what came of it, and returns the exit code. */
static int tell(const struct run *r, const struct err *err)
{
    struct buf report_place, work_place, go_on;
    struct outcome outcome = {
            .io = r->io,
            .json = r->options->output.json,
            .quiet = r->options->output.quiet,
            .problems = &r->problems,
            .report = &r->report,
            .err = err,
            .stop_code = connect_stop_code(&r->connect),
    };
    char *json = NULL;
    int exit_code;

    buf_init(&report_place, BUF_MAX_SMALL);
    buf_init(&work_place, BUF_MAX_SMALL);
    /* A folder of its own is gone when nothing came of the run. */
    if (r->report.made || (r->engine && r->options->work))
        engine_show(r->engine, "", &work_place);
    buf_init(&go_on, BUF_MAX_CONFIG);
    add_go_on(r, &go_on);
    outcome.has_plan = engine_has_plan(r->engine);
    outcome.costs_too_much = r->engine && engine_cost_micro(r->engine) > 0;
    outcome.go_on = buf_ok(&go_on) ? buf_str(&go_on) : NULL;
    if (r->report.made) {
        engine_show_report(r->engine, &report_place);
        json = engine_report_json(r->engine, &r->report);
    }
    outcome.report_json = json;
    outcome.report_place = buf_str(&report_place);
    outcome.work_place = buf_str(&work_place);
    exit_code = outcome_print_progress(&outcome, &r->progress);
    free(json);
    buf_free(&report_place);
    buf_free(&work_place);
    buf_free(&go_on);
    return exit_code;
}

static int run(const struct command_line *line, const void *opts)
{
    struct run r = {.options = opts, .line = line, .io = line->io};
    enum err_code code;
    struct err e;
    int exit_code;

    console_set_level(&r.options->output);
    err_clear(&e);
    problems_init(&r.problems);
    progress_init(&r.progress, r.io, &r.options->progress, r.options->output.quiet);
    code = steps(&r, line->operand_count > 0 ? line->operands[0] : NULL, &e);
    progress_end(&r.progress);
    exit_code = tell(&r, code == ERR_OK ? NULL : &e);
    metrics_file_end(&r.metrics, exit_code);
    engine_close(r.engine);
    delivery_key_free(r.sign_key);
    report_free(&r.report);
    problems_free(&r.problems);
    if (!connect_close(&r.connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    input_free(&r.input);
    return exit_code;
}

const struct command cmd_run = {
        .name = "run",
        .summary = "copy all objects of a manifest, here, and prove each copy",
        .operands = "[INPUT.json | - | JSON | S3-FOLDER]",
        .operands_most = 1,
        .description =
                "Copies every object that the manifest lists into the destination, server side: no "
                "byte passes through this machine. A copy is done when the destination's ETag is the "
                "source's; what is there already and proven the same is not copied again, so a run "
                "can be repeated at any time.\n"
                "What to copy is said by an input of JSON (a file, - for standard input, or the JSON "
                "itself, which begins with {), by --manifest and --to, or by both, where the options "
                "win.\n"
                "s3://bucket/prefix/ in the place of an input copies all that lies below it (and never "
                "s3://bucket/prefix-2/), each object under what follows the prefix.\n"
                "A run that did not copy all ends with the command that goes on. A list from standard "
                "input is kept in the work store for that.",
        .examples =
                "copyout run --manifest files.csv --to s3://their-bucket/release-1/\tcopy what "
                "files.csv lists\n"
                "copyout run --manifest s3://our-bucket/files.csv.gz --to s3://their-bucket "
                "--dry-run\tcheck manifest and permission, copy nothing\n"
                "copyout run s3://our-bucket/release-1/ --to s3://their-bucket/release-1/\tcopy a "
                "folder\n"
                "copyout run input.json --wait 12h\twait until the recipient lets us write\n"
                "copyout run input.json --json | jq .failed\tfor a script\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct run_options),
        .tells_of_program = true,
        .run = run,
};
