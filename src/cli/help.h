/* Help for people, made of the tables. */
#ifndef COPYOUT_CLI_HELP_H
#define COPYOUT_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

void help_program(FILE *out, const struct command *const *commands, size_t count);
void help_command(FILE *out, const struct command *command);

/* The rows of the exit codes, for help and man page: number, TAB, meaning, newline. */
extern const char help_exit_codes[];
/* The environment, likewise. */
extern const char help_environment[];

#endif
