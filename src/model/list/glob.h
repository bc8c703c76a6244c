/* Patterns of keys. '*' is any number of bytes, '/' too, '?' one character, [abc], [a-z] and [!abc]
 * one byte of those, and {a,b} one or the other pattern; '\' takes its special meaning from the
 * byte behind it. A pattern is for the whole text. */
#ifndef COPYOUT_MODEL_LIST_GLOB_H
#define COPYOUT_MODEL_LIST_GLOB_H

#include <stdbool.h>

enum { GLOB_ALTERNATIVES_MOST = 8 }; /* pairs of braces in one pattern */

/* Says what is wrong with a pattern (it follows the pattern in quotes), or NULL. */
const char *glob_problem_of(const char *pattern);

/* Whether text is one that pattern, with which nothing is wrong, stands for. */
bool glob_matches(const char *pattern, const char *text);

#endif
