/* copyout stop: ends an execution on AWS. */
#include <stdio.h>
#include <string.h>

#include "aws/services/executions.h"
#include "base/log.h"
#include "cli/console.h"
#include "cmd/aws/clients.h"
#include "cmd/aws/execution.h"
#include "cmd/aws/service_text.h"
#include "cmd/cmd.h"

struct stop_options {
    const char *cause;
    struct connect_options connect;
    struct output_options output;
};

#define OPTION(member) offsetof(struct stop_options, member)

static const struct option options[] = {
        {"cause", '\0', OPTION_STRING, "TEXT", OPTION(cause),
                "why it is stopped, for whoever asks for its status"},
        JSON_OPTION(struct stop_options, output),
        CONNECT_OPTIONS(struct stop_options, connect),
};

#define STOP_ERROR "Stopped"
#define STOP_CAUSE "stopped by copyout stop"

enum { CAUSE_MOST = 32768 }; /* characters (API Reference: StopExecution) */

/* Where its job lies, once Prepare has answered. */
static const char *job_of(const struct execution *x)
{
    return json_string_value(json_object_get(x->prepared, "job"));
}

static void say_stopped(const struct cmd_io *io, const struct execution *x)
{
    const char *job = job_of(x);
    struct buf text;

    buf_init(&text, BUF_MAX_SMALL);
    service_text_add(&text, x->name ? x->name : x->arn);
    buf_adds(&text,
            ": stopped. Its tasks see it at their next heartbeat, within half a minute, and end; a copy "
            "that S3 has begun is finished, and multipart uploads stay open and on record.\n"
            "To go on: start it again with the same input (copyout start), which copies nothing that "
            "is there; or, within 14 days, aws stepfunctions redrive-execution --execution-arn ");
    service_text_add(&text, x->arn);
    buf_adds(&text, ", which goes on in the same job, with the shards that are not done.\n");
    if (job) {
        buf_adds(&text, "No report was made: copyout report --job ");
        service_text_add(&text, job);
        buf_adds(&text,
                " makes one; copyout cleanup --work, with the same place, removes the open uploads for good.");
    } else {
        buf_adds(&text, "Nothing was copied yet.");
    }
    io_line(io, buf_str(&text));
    buf_free(&text);
}

static void say(const struct cmd_io *io, const struct execution *x, bool json, bool was_running)
{
    struct buf line;

    if (json) {
        io_json(io,
                json_pack("{s:s, s:s?, s:b, s:s, s:s?}", "executionArn", x->arn, "name", x->name,
                        "stopped", was_running, "status", was_running ? "ABORTED" : x->status,
                        "job", job_of(x)),
                0);
    } else if (was_running) {
        say_stopped(io, x);
    } else {
        buf_init(&line, BUF_MAX_SMALL);
        execution_describe(x, &line);
        buf_adds(&line, "\nIt had ended before; nothing was stopped.");
        io_line(io, buf_str(&line));
        buf_free(&line);
    }
}

static enum err_code stop(struct clients *c, const struct cmd_io *io, const struct stop_options *o,
        const char *arn, struct err *e)
{
    const char *cause = o->cause ? o->cause : STOP_CAUSE;
    struct execution x;
    bool was_running;
    enum err_code code;

    if (strlen(cause) > CAUSE_MOST)
        return err_set(e, ERR_USAGE, "--cause: at most %d characters", CAUSE_MOST);
    code = execution_load(&x, c->sfn, arn, e);
    if (code != ERR_OK)
        return code;
    was_running = execution_is_running(&x);
    if (was_running)
        code = executions_stop(c->sfn, arn, STOP_ERROR, cause, e);
    if (code == ERR_OK)
        say(io, &x, o->output.json, was_running);
    execution_free(&x);
    return code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct stop_options *o = opts;
    struct clients clients = {0};
    enum err_code code;
    struct buf arn;
    struct err e;

    buf_init(&arn, BUF_MAX_SMALL);
    code = clients_open_execution(&clients, line, &o->connect, &arn, &e);
    if (code == ERR_OK)
        code = stop(&clients, line->io, o, buf_str(&arn), &e);
    if (code != ERR_OK)
        log_error("%s", e.message);
    clients_close(&clients);
    buf_free(&arn);
    return code == ERR_OK ? 0 : err_exit_code(code);
}

const struct command cmd_stop = {
        .name = "stop",
        .summary = "end an execution on AWS",
        .operands = "EXECUTION",
        .operands_most = 1,
        .description =
                "Stops an execution of copyout's state machine for good, and says what goes on and how "
                "to go on with it. EXECUTION is an ARN, or a name where COPYOUT_STATE_MACHINE is set.\n"
                "What is copied stays. The tasks end at their next heartbeat; no report is made.\n"
                "The exit code is 0 when it is stopped, or had ended before, 2 when it is not said "
                "which execution, and 4 when the service refuses.",
        .examples = "copyout stop release-1 --cause \"wrong list\"\tend it, and say why\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct stop_options),
        .run = run,
};
