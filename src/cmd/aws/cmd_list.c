/* copyout list: the executions on AWS. */
#include <stdio.h>
#include <string.h>

#include "aws/services/executions.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/cells.h"
#include "cli/console.h"
#include "cmd/aws/clients.h"
#include "cmd/aws/execution.h"
#include "cmd/aws/service_text.h"
#include "cmd/cmd.h"

struct list_options {
    const char *state_machine;
    const char *status;
    uint64_t limit;
    struct connect_options connect;
    struct output_options output;
};

#define OPTION(member) offsetof(struct list_options, member)

static const struct option options[] = {
        {"state-machine", '\0', OPTION_STRING, "ARN", OPTION(state_machine),
                "copyout's state machine (COPYOUT_STATE_MACHINE)"},
        {"status", '\0', OPTION_CHOICE,
                "RUNNING|SUCCEEDED|FAILED|TIMED_OUT|ABORTED|PENDING_REDRIVE", OPTION(status),
                "only those of this status"},
        {"limit", 'n', OPTION_NUMBER, "N", OPTION(limit),
                "the latest N of them; 20 is the default, 1000 the most"},
        JSON_OPTION(struct list_options, output),
        CONNECT_OPTIONS(struct list_options, connect),
};

enum { LIMIT = 20, LIMIT_MOST = 1000, NAME_WIDTH = 40, NAME_SIZE = 4 * 80 + 1 };

/* Names differ in their ends, so that the middle is what is left out. */
static void add_name(struct buf *line, const char *name)
{
    char text[NAME_SIZE], fitted[NAME_SIZE];
    struct buf clean;
    unsigned cells;

    buf_init(&clean, BUF_MAX_SMALL);
    service_text_add(&clean, name);
    err_copy_text(text, sizeof text, buf_str(&clean), clean.len);
    buf_free(&clean);
    cells = cells_fit(fitted, sizeof fitted, text, NAME_WIDTH);
    buf_addf(line, "%s%*s  ", fitted, (int)(NAME_WIDTH - cells), "");
}

static void say(const struct cmd_io *io, const struct execution *x)
{
    char began[CLOCK_ISO_SIZE];
    struct buf line, counts;

    buf_init(&line, BUF_MAX_SMALL);
    buf_init(&counts, BUF_MAX_SMALL);
    clock_format_iso(began, (int64_t)x->started_s);
    add_name(&line, x->name ? x->name : x->arn);
    buf_addf(&line, "%-15s  %s", x->status, began);
    execution_add_counts(x, &counts);
    if (counts.len > 0)
        buf_addf(&line, "  %s", buf_str(&counts));
    if (!execution_is_running(x))
        service_text_add_failure(&line, "  ", x->error, x->cause);
    io_line(io, buf_str(&line));
    buf_free(&line);
    buf_free(&counts);
}

/* An execution that is gone since it was listed is left out. */
static enum err_code show_one(struct clients *c, const struct cmd_io *io, const json_t *entry,
        json_t *rows, struct err *e)
{
    const char *arn = json_string_value(json_object_get(entry, "executionArn"));
    struct execution x;
    enum err_code code;

    if (!arn)
        return ERR_OK;
    code = execution_load_brief(&x, c->sfn, arn, e);
    if (code != ERR_OK)
        return strcmp(e->service_code, "ExecutionDoesNotExist") == 0 ? ERR_OK : code;
    if (rows)
        json_array_append_new(rows, execution_json(&x));
    else
        say(io, &x);
    execution_free(&x);
    return ERR_OK;
}

static enum err_code show_all(struct clients *c, const struct cmd_io *io, const json_t *list,
        bool json, bool more, struct err *e)
{
    json_t *rows = json ? json_array() : NULL;
    enum err_code code = ERR_OK;
    const json_t *entry;
    size_t i;

    json_array_foreach(list, i, entry)
    {
        if (code == ERR_OK && !stop_asked(&c->connect.stop))
            code = show_one(c, io, entry, rows, e);
    }
    if (code == ERR_OK && stop_asked(&c->connect.stop))
        code = err_set(e, ERR_INTERRUPTED, "interrupted");
    if (code == ERR_OK && json)
        io_json(io, json_pack("{s:O, s:b}", "executions", rows, "more", more), 0);
    else if (code == ERR_OK && json_array_size(list) == 0)
        fputs("there are none\n", io->err);
    else if (code == ERR_OK && more)
        fputs("there are more; --limit N shows them\n", io->err);
    json_decref(rows);
    return code;
}

static enum err_code list(struct clients *c, const struct cmd_io *io, const struct list_options *o,
        const char *machine, struct err *e)
{
    const struct executions_query query = {
            .state_machine = machine, .status = o->status, .most = o->limit ? o->limit : LIMIT};
    json_t *found = json_array();
    bool more = false;
    enum err_code code = found ? executions_list(c->sfn, &query, found, &more, e) : err_nomem(e);

    if (code == ERR_OK)
        code = show_all(c, io, found, o->output.json, more, e);
    json_decref(found);
    return code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct list_options *o = opts;
    const char *machine =
            o->state_machine ? o->state_machine : io_env(line->io, "COPYOUT_STATE_MACHINE");
    struct clients clients = {0};
    enum err_code code = ERR_OK;
    struct err e;

    if (!machine)
        code = err_set(&e, ERR_USAGE,
                "which state machine? Give its ARN with --state-machine, or set "
                "COPYOUT_STATE_MACHINE");
    else if (o->limit > LIMIT_MOST)
        code = err_set(&e, ERR_USAGE, "--limit: at most %d", LIMIT_MOST);
    if (code == ERR_OK)
        code = clients_open(&clients, line->io, &o->connect, machine, &e);
    if (code == ERR_OK)
        code = list(&clients, line->io, o, machine, &e);
    if (code != ERR_OK)
        log_error("%s", e.message);
    clients_close(&clients);
    return code == ERR_OK ? 0 : err_exit_code(code);
}

const struct command cmd_list = {
        .name = "list",
        .summary = "the executions on AWS: status, start and counts of each",
        .operands = "",
        .description =
                "Lists the executions of copyout's state machine, the latest first, with their status, "
                "their start (UTC), and the objects or shards of each as far as Step Functions knows "
                "them; it keeps an execution for 90 days.\n"
                "The exit code is 0 also when there are none, 2 when it is not said which state machine, "
                "and 4 when the service refuses.",
        .examples =
                "copyout list\tthe latest 20\n"
                "copyout list --status FAILED --limit 100\tthose that failed\n"
                "copyout list --json\t{\"executions\": […], \"more\": false}, each as copyout status "
                "--json tells it\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct list_options),
        .run = run,
};
