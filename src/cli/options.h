/* Reading a command line by a command's table. */
#ifndef COPYOUT_CLI_OPTIONS_H
#define COPYOUT_CLI_OPTIONS_H

#include "cli/command.h"

/* argv: what follows the command's name. Options may stand anywhere before "--"; what is none
 * becomes an operand ("-" alone is one). --help sets *help and ends the reading. */
enum err_code options_parse(const struct command *command, int argc, char **argv, void *options,
        char **operands, unsigned *operand_count, bool *help, struct err *e) ERR_MUST_CHECK;

/* The command whose name is nearly `name`; NULL: none is. */
const char *options_nearest_command(
        const struct command *const *commands, size_t count, const char *name);

#endif
