/* copyout status: how an execution on AWS is doing. */
#include "aws/sfn.h"
#include "base/log.h"
#include "cli/console.h"
#include "cmd/aws/follow.h"
#include "cmd/cmd.h"
#include "cmd/connect.h"

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

static enum err_code follow(const struct connect *c, const struct command_line *line,
        const struct status_options *o, const char *region, int *exit_code, struct err *e)
{
    struct follow_options f = {
            .arn = line->operands[0],
            .follow = o->follow,
            .json = o->output.json,
            .every_ms = o->every_ms ? o->every_ms : EVERY_MS,
            .interval_ms = o->interval_ms,
    };
    struct json_api *sfn;
    enum err_code code = sfn_new(&sfn, c->session.net, c->session.creds, c->session.aws, region, e);

    if (code != ERR_OK)
        return code;
    code = follow_execution(c, line->io, sfn, &f, exit_code, e);
    json_api_free(sfn);
    return code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct status_options *o = opts;
    const char *arn = line->operand_count > 0 ? line->operands[0] : "";
    struct connect_options where = o->connect;
    struct connect connect = {0};
    enum err_code code;
    char region[64];
    int exit_code = 0;
    struct err e;

    if (!sfn_arn_region(arn, region, sizeof region)) {
        log_error("which execution? Give its ARN, arn:aws:states:REGION:ACCOUNT:execution:…");
        return err_exit_code(ERR_USAGE);
    }
    where.region = region;
    code = connect_open(&connect, line->io, &where, NULL, NULL, &e);
    if (code == ERR_OK)
        code = follow(&connect, line, o, region, &exit_code, &e);
    if (code != ERR_OK) {
        log_error("%s", e.message);
        exit_code = err_exit_code(code);
    }
    connect_close(&connect);
    return exit_code;
}

const struct command cmd_status = {
        .name = "status",
        .summary = "how an execution on AWS is doing",
        .operands = "EXECUTION-ARN",
        .operands_most = 1,
        .description =
                "Says where an execution of copyout's state machine is: what it waits for, how many shards "
                "are done of how many, what failed, and where the report lies.\n"
                "When it has ended the exit code is the one that copyout run would have had: 0 all is "
                "there, 1 some objects are not, 2 wrong input, 3 no permission or wrong region, 4 anything "
                "else.",
        .examples =
                "copyout status arn:aws:states:eu-west-1:111122223333:execution:copyout:release-1 "
                "--follow\tuntil it has ended\n",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .options_size = sizeof(struct status_options),
        .run = run,
};
