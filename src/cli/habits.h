/* Words of other tools that people type from habit, and what copyout has instead: the table
 * habits.def. */
#ifndef COPYOUT_CLI_HABITS_H
#define COPYOUT_CLI_HABITS_H

#include <stddef.h>

/* Each returns the advice to give, as a clause without a final stop; NULL: the word is no such
 * habit. name is an option's, without "--", of len bytes. */
const char *habit_of_command(const char *word);
const char *habit_of_option(const char *name, size_t len);
const char *habit_of_letter(char letter);

#endif
