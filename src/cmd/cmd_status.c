/* copyout status: how an execution on AWS is doing. */
#include <stdio.h>

#include "aws/sfn.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/follow.h"

struct status_options {
    const char *endpoint_url;
    const char *profile;
    uint64_t every_ms;
    bool follow;
    bool json;
};

#define OPTION(member) offsetof(struct status_options, member)

static const struct option options[] = {
        {"follow", 'f', OPTION_FLAG, NULL, OPTION(follow), "go on until it has ended"},
        {"every", '\0', OPTION_DURATION, "TIME", OPTION(every_ms),
                "with --follow: ask again after so long; 5s is the default"},
        {"json", '\0', OPTION_FLAG, NULL, OPTION(json),
                "print one JSON object, with --follow at the end"},
        {"endpoint-url", '\0', OPTION_STRING, "URL", OPTION(endpoint_url),
                "a Step Functions other than AWS's"},
        {"profile", '\0', OPTION_STRING, "NAME", OPTION(profile),
                "the profile of the AWS configuration to use"},
};

enum { EVERY_MS = 5000 };

static enum err_code follow(struct session *s, const struct status_options *o, const char *arn,
        const char *region, int *exit_code, struct err *e)
{
    struct follow_options f = {
            .arn = arn,
            .follow = o->follow,
            .json = o->json,
            .every_ms = o->every_ms ? o->every_ms : EVERY_MS,
    };
    struct json_api *sfn;
    enum err_code code = sfn_new(&sfn, s->net, s->creds, s->aws, region, e);

    if (code != ERR_OK)
        return code;
    code = follow_execution(s, sfn, &f, exit_code, e);
    json_api_free(sfn);
    return code;
}

static int run(const struct command_line *line, const void *opts)
{
    const struct status_options *o = opts;
    const char *arn = line->operand_count > 0 ? line->operands[0] : "";
    struct session_config config = {.profile = o->profile, .endpoint_url = o->endpoint_url};
    struct session session = {0};
    enum err_code code;
    char region[64];
    int exit_code = 0;
    struct err e;

    if (!sfn_arn_region(arn, region, sizeof region)) {
        log_error("which execution? Give its ARN, arn:aws:states:REGION:ACCOUNT:execution:…");
        return err_exit_code(ERR_USAGE);
    }
    config.region = region;
    code = session_open(&session, &config, &e);
    if (code == ERR_OK)
        code = follow(&session, o, arn, region, &exit_code, &e);
    if (code != ERR_OK) {
        log_error("%s", e.message);
        exit_code = err_exit_code(code);
    }
    session_close(&session);
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
