#include "cmd/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/env.h"
#include "cmd/outcome.h"

static void stop(struct step *s, bool now)
{
    if (s->on_stop)
        s->on_stop(s->on_stop_ctx, now);
    else
        s3_client_cancel_all(s->session.s3);
}

static void on_signal(void *ctx, unsigned count)
{
    if (count == 1)
        log_warn("stopping: finishing what is under way");
    stop(ctx, count > 1);
}

/* Someone else does this work now: whatever is under way may be dropped. */
static void on_gone(void *ctx)
{
    struct step *s = ctx;

    s->session.stop = true;
    stop(s, true);
}

static enum err_code open_step(struct step *s, struct err *e)
{
    const struct step_options *o = s->options;
    const char *place = o->job ? o->job : env_get("COPYOUT_JOB");
    struct session_config config = {
            .profile = o->profile,
            .region = o->region,
            .endpoint_url = o->endpoint_url,
            .most_in_flight = o->most_in_flight,
            .most_per_second = o->most_per_second,
            .on_stop = on_signal,
            .ctx = s,
    };
    enum err_code code = session_open(&s->session, &config, e);

    if (code == ERR_OK)
        code = task_open(&s->task, &s->session, env_get("COPYOUT_TASK_TOKEN"), on_gone, s, e);
    if (code == ERR_OK && !place)
        code = err_set(e, ERR_USAGE, "which job? Give --job, or set COPYOUT_JOB");
    if (code == ERR_OK)
        code = store_open(&s->store, place, env_get("TMPDIR"), s->session.net, s->session.s3, e);
    s->job = (struct job){
            .sync = {s->session.net, s->session.s3},
            .store = s->store,
            .input = &s->input,
            .region = s->session.region,
            .replace = o->replace_job,
            .stop = &s->session.stop,
    };
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

static void print_json(const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    if (text)
        puts(text);
    free(text);
}

static void print_error_json(enum err_code code, const struct err *e, int exit_code)
{
    json_t *json = json_pack("{s:{s:s, s:s}, s:i}", "error", "name", err_name(code), "message",
            e->message, "exitCode", exit_code);

    if (json)
        print_json(json);
    json_decref(json);
}

/* Says how it went, and returns the exit code. */
static int say(const struct step *s, enum err_code code, const struct err *e)
{
    int exit_code = code == ERR_OK ? s->exit_code : err_exit_code(code);

    if (task_is_gone(s->task))
        return 0;
    if (code != ERR_OK) {
        outcome_print_problems(&s->problems);
        log_error("%s", e->message);
        if (s->options->json)
            print_error_json(code, e, exit_code);
        return s->session.stop && s->session.signal ? session_stop_code(&s->session) : exit_code;
    }
    if (s->options->json)
        print_json(s->answer);
    else if (!s->options->quiet && s->said.len > 0)
        puts(buf_str(&s->said));
    return exit_code;
}

int step_main(const struct command_line *line, const struct step_options *options,
        enum err_code (*work)(struct step *s, struct err *e))
{
    struct step s = {.options = options, .line = line};
    enum err_code code;
    int exit_code;
    struct err e;

    log_set_level(options->quiet         ? LOG_ERROR
                  : options->verbose > 1 ? LOG_TRACE
                  : options->verbose     ? LOG_DEBUG
                                         : LOG_INFO);
    err_clear(&e);
    problems_init(&s.problems);
    buf_init(&s.said, BUF_MAX_SMALL);
    code = input_init(&s.input, &e);
    if (code == ERR_OK)
        code = open_step(&s, &e);
    if (code == ERR_OK)
        code = work(&s, &e);
    if (s.session.signal && code != ERR_OK)
        code = err_set(&e, ERR_INTERRUPTED, "stopped by a signal; what was done is recorded");
    code = tell(&s, code, &e);
    exit_code = say(&s, code, &e);
    json_decref(s.answer);
    buf_free(&s.said);
    task_close(s.task);
    problems_free(&s.problems);
    plan_free(&s.plan);
    store_close(s.store);
    input_free(&s.input);
    if (!session_close(&s.session) && exit_code == 0)
        exit_code = err_exit_code(ERR_INTERNAL);
    return exit_code;
}
