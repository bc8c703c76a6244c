/* The services that commands ask about executions: Step Functions, ECS, CloudWatch Logs. */
#ifndef COPYOUT_CMD_AWS_CLIENTS_H
#define COPYOUT_CMD_AWS_CLIENTS_H

#include "aws/services/ecs.h"
#include "cli/command.h"
#include "cli/io.h"
#include "cmd/connect.h"

struct clients {
    struct json_api *sfn, *ecs, *logs;
    struct connect connect;
    /* Where the tasks of the definition that was last asked about log to. */
    char *definition;
    struct ecs_log_place place;
};

/* Opens a connection to the region of an ARN of Step Functions; after an error, too,
 * clients_close() is called. c must stay where it is. */
enum err_code clients_open(struct clients *c, const struct cmd_io *io,
        const struct connect_options *where, const char *arn, struct err *e) ERR_MUST_CHECK;
/* The same for a command whose first operand names an execution, whose ARN goes into arn. The
 * operand is the ARN itself, or the name of an execution of COPYOUT_STATE_MACHINE. ERR_USAGE. */
enum err_code clients_open_execution(struct clients *c, const struct command_line *line,
        const struct connect_options *where, struct buf *arn, struct err *e) ERR_MUST_CHECK;
void clients_close(struct clients *c); /* c may be zeroed */

/* Where tasks of a definition log to, asked for once: *place belongs to c and is valid until the
 * next call; its members are NULL where they log nowhere that is known. */
enum err_code clients_find_log(struct clients *c, const char *definition,
        const struct ecs_log_place **place, struct err *e) ERR_MUST_CHECK;

#endif
