/* copyout logs: what the tasks of an execution on AWS wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/services/cw_logs.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/console.h"
#include "cmd/aws/clients.h"
#include "cmd/aws/execution.h"
#include "cmd/aws/log_tasks.h"
#include "cmd/aws/service_text.h"
#include "cmd/cmd.h"

struct logs_options {
    bool follow;
    struct connect_options connect;
    struct output_options output;
};

#define OPTION(member) offsetof(struct logs_options, member)

static const struct option options[] = {
        {"follow", 'f', OPTION_FLAG, NULL, OPTION(follow), "go on until it has ended"},
        JSON_OPTION(struct logs_options, output),
        CONNECT_OPTIONS(struct logs_options, connect),
};

enum {
    EVERY_MS = 5000,
    LINES_MOST = 1000000, /* that --json keeps until the end */
};

struct viewer {
    const struct logs_options *options;
    const struct cmd_io *io;
    struct clients clients;
    struct buf arn;   /* of the execution whose tasks are shown: a shard's child, or the whole */
    const char *step; /* NULL: all of its tasks */
    struct log_tasks tasks;
    struct log_task *now; /* whose lines come */
    json_t *lines;        /* with --json: what is printed at the end; NULL: without */
    const char *shown;    /* the ARN of the task that the last line was of; NULL: there was none */
};

/* --- a line --- */

/* Before the lines of another task than the last. */
static void say_heading(struct viewer *v)
{
    struct buf line;

    if (v->shown == v->now->task.arn)
        return;
    v->shown = v->now->task.arn;
    buf_init(&line, BUF_MAX_SMALL);
    buf_addf(&line, "--- %s, task ", v->now->step);
    service_text_add(&line, v->now->task.arn);
    io_line(v->io, buf_str(&line));
    buf_free(&line);
}

static void on_line(void *ctx, int64_t time_ms, const char *message)
{
    struct viewer *v = ctx;
    char time[CLOCK_ISO_SIZE];
    struct buf line;

    clock_format_iso(time, time_ms / 1000);
    if (v->lines) {
        json_array_append_new(
                v->lines, json_pack("{s:s, s:s, s:s, s:s}", "time", time, "step", v->now->step,
                                  "task", v->now->task.arn, "message", message));
        return;
    }
    say_heading(v);
    buf_init(&line, BUF_MAX_ANSWER);
    buf_addf(&line, "%s ", time);
    service_text_add(&line, message);
    io_line(v->io, buf_str(&line));
    buf_free(&line);
}

/* --- a task --- */

/* A task that never started, or whose log has expired, has written nothing that can be read. */
static void say_missing(struct log_task *task, const char *stream)
{
    if (task->missing_is_told)
        return;
    task->missing_is_told = true;
    log_warn(
            "%s, task %s: there is no log (stream %s): the task has not started, never did, or its "
            "log has expired; copyout status tells why a task did not start",
            task->step, task->task.arn, stream);
}

static enum err_code read_stream(
        struct viewer *v, const char *group, const char *stream, struct err *e)
{
    enum err_code code;
    bool more;

    do {
        code = cw_logs_read(v->clients.logs, group, stream, CW_LOGS_EVENTS_MOST, &v->now->token,
                &more, on_line, v, e);
    } while (code == ERR_OK && more && !stop_asked(&v->clients.connect.stop) &&
             json_array_size(v->lines) <= LINES_MOST);
    if (code != ERR_OK && cw_logs_is_missing(e)) {
        say_missing(v->now, stream);
        code = ERR_OK;
    }
    return code;
}

static enum err_code read_task(struct viewer *v, struct log_task *task, struct err *e)
{
    const char *id = ecs_task_id(task->task.arn);
    const struct ecs_log_place *place;
    enum err_code code;
    struct buf stream;

    v->now = task;
    if (!id || !task->task.definition)
        return ERR_OK;
    code = clients_find_log(&v->clients, task->task.definition, &place, e);
    if (code != ERR_OK)
        return code;
    if (!place->group)
        return err_set(e, ERR_INPUT, "the tasks of %s log nowhere that is known (awslogs)",
                task->task.definition);
    buf_init(&stream, BUF_MAX_SMALL);
    buf_addf(&stream, "%s%s", place->prefix, id);
    code = read_stream(v, place->group, buf_str(&stream), e);
    buf_free(&stream);
    return code;
}

/* --- all of them --- */

static enum err_code read_all(struct viewer *v, struct err *e)
{
    enum err_code code = log_tasks_load(&v->tasks, v->clients.sfn, buf_str(&v->arn), v->step, e);
    size_t i;

    for (i = 0; code == ERR_OK && i < v->tasks.count; i++)
        if (json_array_size(v->lines) > LINES_MOST)
            code = err_set(e, ERR_LIMIT, "--json: more than %d lines", LINES_MOST);
        else if (!stop_asked(&v->clients.connect.stop))
            code = read_task(v, &v->tasks.tasks[i], e);
    fflush(v->io->out);
    return code;
}

static enum err_code is_running(struct viewer *v, bool *running, struct err *e)
{
    const char *status;
    json_t *answer;
    enum err_code code = json_api_run(v->clients.sfn, "DescribeExecution",
            json_pack("{s:s}", "executionArn", buf_str(&v->arn)), &answer, e);

    if (code != ERR_OK)
        return code;
    status = json_string_value(json_object_get(answer, "status"));
    *running = status && (strcmp(status, "RUNNING") == 0 || strcmp(status, "PENDING_REDRIVE") == 0);
    json_decref(answer);
    return ERR_OK;
}

/* The command asks whether the execution has ended before its last look at the log, so that it
 * misses nothing. */
static enum err_code follow(struct viewer *v, struct err *e)
{
    const struct connect *c = &v->clients.connect;
    bool running = false;
    enum err_code code;

    do {
        code = v->options->follow ? is_running(v, &running, e) : ERR_OK;
        if (code == ERR_OK)
            code = read_all(v, e);
        if (code == ERR_OK && running)
            code = sync_sleep(&c->session.sync, EVERY_MS, &c->stop, e);
    } while (code == ERR_OK && running && !stop_asked(&c->stop));
    if (stop_asked(&c->stop))
        return err_set(e, ERR_INTERRUPTED, "not following any longer; the execution goes on");
    if (code == ERR_OK && v->tasks.count == 0)
        log_warn("no task has begun yet");
    return code;
}

/* The state that begins the tasks of a step; NULL: it is the name of none. */
static const char *state_of(const char *step)
{
    static const char *const states[][2] = {
            {"prepare", "Prepare"}, {"thaw", "Thaw"}, {"report", "Report"}};
    size_t i;

    for (i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(step, states[i][0]) == 0)
            return states[i][1];
    return NULL;
}

/* Which tasks: SHARD is a number, prepare, thaw or report. The ARN of a child execution stands for
 * its shard. */
static enum err_code choose(
        struct viewer *v, const struct command_line *line, const char *execution, struct err *e)
{
    const char *shard = line->operand_count > 1 ? line->operands[1] : NULL;
    uint64_t number;

    v->step = shard ? state_of(shard) : NULL;
    if (!shard || v->step) {
        buf_adds(&v->arn, execution);
        return buf_check(&v->arn, "an ARN", e);
    }
    if (!str_parse_u64(shard, strlen(shard), &number) || number > INT32_MAX)
        return err_set(e, ERR_USAGE,
                "which shard? \"%s\" is neither its number nor prepare, thaw or report", shard);
    return log_tasks_find_shard(v->clients.sfn, execution, (int64_t)number, &v->arn, e);
}

static int run(const struct command_line *line, const void *opts)
{
    struct viewer v = {.options = opts, .io = line->io};
    struct buf arn;
    enum err_code code;
    struct err e;

    buf_init(&arn, BUF_MAX_SMALL);
    buf_init(&v.arn, BUF_MAX_SMALL);
    if (v.options->output.json)
        v.lines = json_array();
    code = clients_open_execution(&v.clients, line, &v.options->connect, &arn, &e);
    if (code == ERR_OK)
        code = choose(&v, line, buf_str(&arn), &e);
    if (code == ERR_OK)
        code = follow(&v, &e);
    if (code == ERR_OK && v.lines)
        io_json(line->io,
                json_pack("{s:s, s:O}", "executionArn", buf_str(&v.arn), "lines", v.lines), 0);
    if (code != ERR_OK)
        log_error("%s", e.message);
    json_decref(v.lines);
    log_tasks_free(&v.tasks);
    clients_close(&v.clients);
    buf_free(&v.arn);
    buf_free(&arn);
    return code == ERR_OK ? 0 : err_exit_code(code);
}

const struct command cmd_logs = {
        .name = "logs",
        .summary = "what the tasks of an execution on AWS wrote",
        .operands = "EXECUTION [SHARD | prepare | thaw | report]",
        .operands_most = 2,
        .description =
                "Prints the log of each task of Prepare, Thaw and Report, or of the one shard whose number is "
                "given, in the order in which they were begun; a shard may have had several. EXECUTION "
                "is an ARN, or a name where COPYOUT_STATE_MACHINE is set; the ARN of a shard's own "
                "execution, as copyout status --json tells it, stands for that shard.\n"
                "The exit code is 0 also where nothing was written, 2 when it is not said which "
                "execution or there is no such shard, and 4 when a service refuses.",
        .examples =
                "copyout logs release-1\tof Prepare and Report\n"
                "copyout logs release-1 17 --follow\tof shard 17, until it has ended\n"
                "copyout logs release-1 report --json\t{\"executionArn\": …, \"lines\": [{\"time\": …, "
                "\"step\": …, \"task\": …, \"message\": …}]}\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct logs_options),
        .run = run,
};
