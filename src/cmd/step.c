#include "cmd/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/replay.h"
#include "cmd/outcome.h"
#include "cmd/thaw/thaw_every.h"
#include "model/options/given_rights.h"

enum { PUBLISH_S = 30 };

static void on_signal(void *ctx, unsigned count, int number)
{
    const struct step *s = ctx;

    signals_say(signals_at_of(s->engine), count, number, s->connect.work_ms,
            "the same command goes on");
}

/* Another worker does this work now: whatever is under way may be dropped. */
static void on_gone(void *ctx)
{
    struct step *s = ctx;

    stop_raise(&s->connect.stop, STOP_NOW, STOP_CAUSE_TASK_GONE, 0);
}

static void on_progress(void *ctx, const struct engine_progress *now)
{
    struct step *s = ctx;

    progress_show(&s->progress, now);
}

static void on_result(void *ctx, const struct result *result)
{
    struct step *s = ctx;

    progress_on_result(&s->progress, result);
}

/* Also what a shard that was stopped, or failed, has done so far is published: but not over what
 * another worker has done since. */
static bool may_publish(void *ctx)
{
    struct step *s = ctx;

    return task_confirm(s->task);
}

static void ask_publish(void *ctx, void (*answer)(void *ctx, bool may), void *answer_ctx)
{
    struct step *s = ctx;

    task_ask(s->task, answer, answer_ctx);
}

static void cancel_ask(void *ctx)
{
    struct step *s = ctx;

    task_ask_cancel(s->task);
}

static enum err_code open_step(struct step *s, struct err *e)
{
    const struct step_options *o = s->options;
    const struct cmd_io *io = s->line->io;
    struct engine_config config = {
            .session = &s->connect.session,
            .stop = &s->connect.stop,
            .work = o->job ? o->job : io_env(io, "COPYOUT_JOB"),
            .tmp = io_env(io, "TMPDIR"),
            .many_workers = true,
            .source_buckets = io_env(io, "COPYOUT_SOURCE_BUCKETS"),
            .given_rights = io_env(io, "COPYOUT_EXTRA_RIGHTS"),
            .writes_to = io_env(io, "COPYOUT_WRITES_TO"),
            .replace_job = o->replace_job,
            .recheck = o->recheck,
            .ledgers = io_env(io, "COPYOUT_LEDGERS"),
            .thaw = given_rights_restore(io_env(io, "COPYOUT_EXTRA_RIGHTS")) ? ENGINE_THAW_LEAVES
                                                                             : ENGINE_THAW_NEVER,
            .progress_ms = progress_every_ms(&s->progress),
            .on_progress = on_progress,
            .on_result = progress_wants_results(&s->progress) ? on_result : NULL,
            .may_publish = may_publish,
            .ctx = s,
    };
    bool has_key = o->connect.sse_c_key || o->connect.source_sse_c_key;
    enum err_code code =
            io_env_seconds(io, "COPYOUT_PUBLISH_SECONDS", PUBLISH_S, &config.publish_ms, e);

    if (code == ERR_OK)
        code = thaw_every_read(io, &config.thaw_every_s, e);
    if (code == ERR_OK && has_key && io_env(io, "COPYOUT_TASK_TOKEN"))
        code = err_set(e, ERR_USAGE,
                "keys of SSE-C are not taken on AWS, where the command of a task can be read by others");
    if (code == ERR_OK)
        code = connect_open(&s->connect, io, &o->connect, on_signal, s, e);
    if (code == ERR_OK)
        code = progress_watch(&s->progress, s->connect.session.net, e);
    if (code == ERR_OK)
        code = task_open(
                &s->task, io, &s->connect.session, io_env(io, "COPYOUT_TASK_TOKEN"), on_gone, s, e);
    if (s->task) {
        config.ask_publish = ask_publish;
        config.cancel_ask = cancel_ask;
    }
    if (code == ERR_OK && !config.work)
        code = err_set(e, ERR_USAGE, "which job? Give --job, or set COPYOUT_JOB");
    if (code == ERR_OK)
        code = engine_open(&s->engine, &config, e);
    return code;
}

/* Tells Step Functions; what cannot be told is an error of its own. */
static enum err_code tell(struct step *s, enum err_code code, struct err *e)
{
    struct err telling;
    enum err_code told;
    char *output;

    if (code == ERR_OK) {
        output = json_dumps(s->answer, JSON_COMPACT);
        code = output ? task_succeed(s->task, output, e) : err_nomem(e);
        free(output);
        return code;
    }
    told = task_fail(s->task, e, &s->problems, &telling);
    if (told != ERR_OK)
        log_error("cannot tell of it: %s", telling.message);
    return code;
}

/* Whether the step may do better another time: the mistakes of an input stay what they are. */
static bool goes_on(const struct step *s, enum err_code code)
{
    switch (code) {
    case ERR_OK:
        return s->exit_code != 0;
    case ERR_USAGE:
    case ERR_INPUT:
    case ERR_MANIFEST:
    case ERR_WRONG_REGION:
        return false;
    default:
        return true;
    }
}

/* The command that goes on: the same, after s->first. An input that came from
 * standard input is written out. */
static void add_go_on(const struct step *s, struct buf *out)
{
    const struct command_line *line = s->line;
    char *json = NULL, *operand = line->operand_count > 0 ? line->operands[0] : NULL;

    if (operand && strcmp(operand, "-") == 0)
        operand = json = input_to_json(&s->input);
    if (s->first) {
        struct step_options first = *s->options;

        first.output.json = false; /* one JSON object is what comes of both */
        replay_add(out, line->program, s->first, &first, NULL, 0);
        buf_adds(out, " && ");
    }
    replay_add(out, line->program, line->command, s->options, &operand, operand ? 1 : 0);
    free(json);
}

/* A task's step is done again by Step Functions, and no person reads on. */
static void print_go_on(const struct step *s, enum err_code code)
{
    struct buf command;

    if (s->task || !goes_on(s, code))
        return;
    buf_init(&command, BUF_MAX_CONFIG);
    add_go_on(s, &command);
    if (buf_ok(&command)) {
        fflush(s->line->io->out);
        fprintf(s->line->io->err, "To go on, run:\n  %s\n", buf_str(&command));
    }
    buf_free(&command);
}

/* Says how it went, and returns the exit code. */
static int say(const struct step *s, const struct cmd_io *io, bool json, enum err_code code,
        const struct err *e)
{
    int exit_code = code == ERR_OK ? s->exit_code : err_exit_code(code);
    int stop_code = connect_stop_code(&s->connect);

    if (task_is_gone(s->task))
        return 0;
    if (code != ERR_OK) {
        outcome_print_problems(io, &s->problems);
        log_error("%s", e->message);
        if (json)
            outcome_print_error(io, e, &s->problems, NULL, exit_code, JSON_COMPACT);
        return stop_code ? stop_code : exit_code;
    }
    if (json)
        io_json(io, json_incref(s->answer), JSON_COMPACT);
    else if (!s->options->output.quiet && s->said.len > 0)
        io_line(io, buf_str(&s->said));
    return exit_code;
}

/* With --json-progress the object that --json prints is the last line, as a summary. */
static int say_all(struct step *s, enum err_code code, const struct err *e)
{
    struct progress_summary summary;
    struct cmd_io io = *s->line->io;
    FILE *file = progress_summary_open(&summary, &s->progress);
    int exit_code;

    if (file)
        io.out = file;
    exit_code = say(s, &io, s->options->output.json || file, code, e);
    progress_summary_close(&summary, &s->progress, exit_code);
    print_go_on(s, code);
    return exit_code;
}

static void close_step(struct step *s)
{
    json_decref(s->answer);
    buf_free(&s->said);
    task_close(s->task);
    problems_free(&s->problems);
    engine_close(s->engine);
    input_free(&s->input);
}

int step_main(const struct command_line *line, const struct step_options *options,
        enum err_code (*work)(struct step *s, struct err *e))
{
    struct step s = {.options = options, .line = line};
    enum err_code code;
    int exit_code;
    struct err e;

    console_set_level(&options->output);
    err_clear(&e);
    problems_init(&s.problems);
    buf_init(&s.said, BUF_MAX_SMALL);
    progress_init(&s.progress, line->io, &options->progress, options->output.quiet);
    code = input_init(&s.input, &e);
    if (code == ERR_OK)
        code = open_step(&s, &e);
    if (code == ERR_OK)
        code = work(&s, &e);
    progress_end(&s.progress);
    if (s.connect.stop.signal && code != ERR_OK)
        code = err_set(&e, ERR_INTERRUPTED, "stopped by a signal; what was done is recorded");
    code = tell(&s, code, &e);
    exit_code = say_all(&s, code, &e);
    close_step(&s);
    if (!connect_close(&s.connect) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    return exit_code;
}
