/* Patterns of keys. '*' is any number of bytes, '/' too, '?' one character, [abc], [a-z] and [!abc]
 * one byte of those, and {a,b} one or the other pattern; '\' takes its special meaning from the
 * byte behind it. A pattern is for the whole text. */
#ifndef COPYOUT_MODEL_LIST_GLOB_H
#define COPYOUT_MODEL_LIST_GLOB_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GLOB_ALTERNATIVES_MOST = 8,  /* pairs of braces in one pattern */
    GLOB_PATTERN_MOST = 1024,    /* bytes of a pattern */
    GLOB_LINES_MOST = 16 * 1024, /* bytes of patterns that stand in one text */
};

/* Says what is wrong with a pattern (it follows the pattern in quotes), or NULL. */
const char *glob_problem_of(const char *pattern);

/* Whether text is one that pattern, with which nothing is wrong, stands for. */
bool glob_matches(const char *pattern, const char *text);

/* The same of several patterns, one a line: what is wrong with one of them, or with the text
 * itself, which may hold any bytes; and whether one of them matches. */
const char *glob_lines_problem(const char *lines, size_t len);
bool glob_lines_match(const char *lines, const char *text);

#endif
