/* Watching an execution, for copyout status and copyout start --follow. */
#ifndef COPYOUT_CMD_AWS_FOLLOW_H
#define COPYOUT_CMD_AWS_FOLLOW_H

#include "cmd/aws/clients.h"

struct follow_options {
    const char *arn;
    bool follow;
    bool json; /* one object, at the end */
    uint64_t every_ms;
    uint64_t interval_ms; /* a log gets a line so often also without news; 0: never */
};

/* Prints to io->out how the execution is doing, once or until it ends: on a terminal lines that
 * stay, else a dated line when there is news, with a line for each trouble below it; *exit_code is
 * then what it exits with. ERR_INTERRUPTED: c was stopped before that; the execution goes on. */
enum err_code follow_execution(struct clients *c, const struct cmd_io *io,
        const struct follow_options *o, int *exit_code, struct err *e) ERR_MUST_CHECK;

#endif
