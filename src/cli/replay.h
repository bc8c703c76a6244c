/* A command line made of what was read from one: for a person to give again, or to go on with. */
#ifndef COPYOUT_CLI_REPLAY_H
#define COPYOUT_CLI_REPLAY_H

#include "base/buf.h"
#include "cli/command.h"

/* Appends "program command --option value … operand …", quoted for a shell: a command line from
 * which options_parse() makes the same options and operands. Options stand in the order of the
 * command's table, with their long names; one that has the value of no option is left out. */
void replay_add(struct buf *out, const char *program, const struct command *command,
        const void *options, char *const *operands, unsigned operand_count);

#endif
