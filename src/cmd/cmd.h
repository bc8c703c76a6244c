/* The subcommands, and the way from the process's arguments to one of them. Each subcommand is one
 * file, cmd_NAME.c. */
#ifndef COPYOUT_CMD_CMD_H
#define COPYOUT_CMD_CMD_H

#include "cli/command.h"

extern const struct command cmd_run, cmd_prepare, cmd_copy, cmd_report, cmd_start, cmd_status,
        cmd_cleanup, cmd_man, cmd_completion;

/* Runs the command that argv[1] names and returns the exit code. Reads and writes through io only.
 */
int cmd_execute(const struct command *const *commands, size_t count, int argc, char **argv,
        const struct cmd_io *io);

/* The same with the streams and the environment of the process. */
int cmd_main(const struct command *const *commands, size_t count, int argc, char **argv);

#endif
