/* A few lines at the bottom of a terminal that are written over again and again, and everything
 * else above them. Each change is written at once, and nothing is written when nothing changes, so
 * that it does not flicker. Lines never wrap: they are made for the width that there is. */
#ifndef COPYOUT_CLI_TERMINAL_H
#define COPYOUT_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"

enum {
    TERMINAL_LINES_MOST = 12,
    TERMINAL_LINE_SIZE = 1024, /* bytes of a line with the NUL */
};

enum terminal_kind {
    TERMINAL_NONE, /* a file or a pipe */
    TERMINAL_DUMB, /* a terminal that can only be written on: TERM is "dumb", or not set */
    TERMINAL_LIVE, /* lines can be written over */
};

enum tone { TONE_PLAIN, TONE_WARNING, TONE_BAD };

/* A line without '\n'; the bytes from..to-1 of its text are shown in that tone. */
struct terminal_line {
    char text[TERMINAL_LINE_SIZE];
    size_t from, to;
    enum tone tone;
};

struct terminal {
    FILE *file;
    enum terminal_kind kind;
    enum { TERMINAL_MONOCHROME, TERMINAL_COLORS } colors;
    /* The lines that are on the screen: as they were written, the cells of each, and those that the
     * terminal had in a line then. */
    struct buf drawn;
    unsigned widths[TERMINAL_LINES_MOST], count, columns;
};

/* file must outlive t; env: a variable's value, or NULL. NO_COLOR, if it is not empty
 * (https://no-color.org), keeps colors out. */
void terminal_init(struct terminal *t, FILE *file, char *(*env)(const char *name));
/* Takes the lines away, and frees what t holds. */
void terminal_end(struct terminal *t);

/* The size as it is now, in cells; 80 by 24 where the terminal does not say. */
void terminal_size(const struct terminal *t, unsigned *columns, unsigned *rows);

/* Shows these lines instead of those that are there, of at most TERMINAL_LINES_MOST. Only on a
 * TERMINAL_LIVE, as the next two. */
void terminal_draw(struct terminal *t, const struct terminal_line *lines, unsigned count);
/* Takes the lines away. */
void terminal_wipe(struct terminal *t);
/* Writes a text of whole lines, with their '\n', above the lines, which stay. */
void terminal_write_above(struct terminal *t, const char *text);

#endif
