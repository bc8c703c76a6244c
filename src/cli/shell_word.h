/* A text as a word of a shell's command line, so that a command can be printed and pasted. */
#ifndef COPYOUT_CLI_SHELL_WORD_H
#define COPYOUT_CLI_SHELL_WORD_H

#include "base/buf.h"

/* Appends text as one word, in the shortest of three forms:
 * - as it is, where no shell takes a byte of it for its own;
 * - 'text' (POSIX.1-2017, Shell Command Language, 2.2.2), with "'" as '\'';
 * - $'text' with octal escapes, where a byte of it would act on the terminal or could not be seen:
 *   control characters, characters without a width, what is no UTF-8. bash, zsh, ksh and
 * POSIX.1-2024 have that form. */
void shell_word_add(struct buf *out, const char *text);

#endif
