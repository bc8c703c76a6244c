#include "cmd/aws/clients.h"

#include <stdlib.h>
#include <string.h>

#include "aws/services/cw_logs.h"
#include "aws/services/executions.h"
#include "aws/sfn.h"
#include "base/str.h"

enum { REGION_SIZE = 64 };

enum err_code clients_open(struct clients *c, const struct cmd_io *io,
        const struct connect_options *where, const char *arn, struct err *e)
{
    struct connect_options there = *where;
    const struct session *s = &c->connect.session;
    char region[REGION_SIZE];
    enum err_code code;

    memset(c, 0, sizeof *c);
    if (!sfn_arn_region(arn, region, sizeof region))
        return err_set(e, ERR_USAGE, "\"%s\" is no ARN of Step Functions", arn);
    there.region = region;
    code = connect_open(&c->connect, io, &there, NULL, NULL, e);
    if (code == ERR_OK)
        code = sfn_new(&c->sfn, s->net, s->creds, s->aws, region, e);
    if (code == ERR_OK)
        code = ecs_new(&c->ecs, s->net, s->creds, s->aws, region, e);
    if (code == ERR_OK)
        code = cw_logs_new(&c->logs, s->net, s->creds, s->aws, region, e);
    return code;
}

void clients_close(struct clients *c)
{
    json_api_free(c->sfn);
    json_api_free(c->ecs);
    json_api_free(c->logs);
    free(c->definition);
    ecs_log_place_free(&c->place);
    connect_close(&c->connect);
}

enum err_code clients_find_log(struct clients *c, const char *definition,
        const struct ecs_log_place **place, struct err *e)
{
    enum err_code code;

    *place = &c->place;
    if (c->definition && strcmp(c->definition, definition) == 0)
        return ERR_OK;
    free(c->definition);
    c->definition = NULL;
    ecs_log_place_free(&c->place);
    code = ecs_find_log(c->ecs, definition, &c->place, e);
    if (code != ERR_OK)
        return code;
    c->definition = str_dup_n(definition, strlen(definition));
    return c->definition ? ERR_OK : err_nomem(e);
}

/* The ARN of the execution that an operand names, into out. */
static enum err_code execution_arn(
        const struct cmd_io *io, const char *operand, struct buf *out, struct err *e)
{
    const char *machine = io_env(io, "COPYOUT_STATE_MACHINE");
    char region[REGION_SIZE];

    if (sfn_arn_region(operand, region, sizeof region)) {
        buf_adds(out, operand);
        return buf_check(out, "an ARN", e);
    }
    if (*operand && !strchr(operand, ':') && machine && executions_arn(machine, operand, out))
        return buf_check(out, "an ARN", e);
    return err_set(e, ERR_USAGE,
            "which execution? Give its ARN, arn:aws:states:REGION:ACCOUNT:execution:…, or its name "
            "and set COPYOUT_STATE_MACHINE");
}

enum err_code clients_open_execution(struct clients *c, const struct command_line *line,
        const struct connect_options *where, struct buf *arn, struct err *e)
{
    const char *operand = line->operand_count > 0 ? line->operands[0] : "";

    if (execution_arn(line->io, operand, arn, e) != ERR_OK)
        return e->code;
    return clients_open(c, line->io, where, buf_str(arn), e);
}
