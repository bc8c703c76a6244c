/* The tables of commands and options as a page of the documents. */
#ifndef COPYOUT_CMD_REFERENCE_WRITE_H
#define COPYOUT_CMD_REFERENCE_WRITE_H

#include <stdio.h>

#include "cli/command.h"

/* All `count` commands with their options, the environment and the exit codes, as
 * docs/reference.md, in Markdown (GitHub Flavored Markdown Spec: tables, backslash escapes). */
void reference_write(FILE *out, const struct command *const *commands, size_t count);

#endif
