/* copyout status: how an execution on AWS is doing. */
#include "base/log.h"
#include "cli/console.h"
#include "cmd/aws/follow.h"
#include "cmd/cmd.h"

struct status_options {
    struct connect_options connect;
    struct output_options output;
    uint64_t every_ms;
    uint64_t interval_ms;
    bool follow;
};

#define OPTION(member) offsetof(struct status_options, member)

static const struct option options[] = {
        {"follow", 'f', OPTION_FLAG, NULL, OPTION(follow), "go on until it has ended"},
        {"every", '\0', OPTION_DURATION, "TIME", OPTION(every_ms),
                "with --follow: ask again after so long; 5s is the default"},
        {"progress-interval", '\0', OPTION_DURATION, "TIME", OPTION(interval_ms),
                "with --follow, where standard output is no terminal: a line so often also without news"},
        JSON_OPTION(struct status_options, output),
        CONNECT_OPTIONS(struct status_options, connect),
};

enum { EVERY_MS = 5000 };

static int run(const struct command_line *line, const void *opts)
{
    const struct status_options *o = opts;
    struct follow_options f = {
            .follow = o->follow,
            .json = o->output.json,
            .every_ms = o->every_ms ? o->every_ms : EVERY_MS,
            .interval_ms = o->interval_ms,
    };
    struct clients clients = {0};
    int exit_code = 0;
    enum err_code code;
    struct buf arn;
    struct err e;

    buf_init(&arn, BUF_MAX_SMALL);
    code = clients_open_execution(&clients, line, &o->connect, &arn, &e);
    f.arn = buf_str(&arn);
    if (code == ERR_OK)
        code = follow_execution(&clients, line->io, &f, &exit_code, &e);
    if (code != ERR_OK) {
        log_error("%s", e.message);
        exit_code = err_exit_code(code);
    }
    clients_close(&clients);
    buf_free(&arn);
    return exit_code;
}

const struct command cmd_status = {
        .name = "status",
        .summary = "how an execution on AWS is doing",
        .operands = "EXECUTION",
        .operands_most = 1,
        .description =
                "Says where an execution of copyout's state machine is: what it waits for, how many shards "
                "are done of how many, what failed, and where the report lies. A task that never started "
                "is told with ECS's reason, a failed shard with its error, its cause and its log; at most "
                "five of these, and the others are counted. EXECUTION is an ARN, or a name where "
                "COPYOUT_STATE_MACHINE is set.\n"
                "--json prints what docs/status.schema.json describes.\n"
                "When it has ended the exit code is the one that copyout run would have had: 0 all is "
                "there, 1 some objects are not, 2 wrong input, 3 no permission or wrong region, 4 anything "
                "else.",
        .examples =
                "copyout status arn:aws:states:eu-west-1:111122223333:execution:copyout:release-1 "
                "--follow\tuntil it has ended\n"
                "copyout status release-1 --json\tfor a program\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct status_options),
        .run = run,
};
