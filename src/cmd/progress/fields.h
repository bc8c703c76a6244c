/* A line of fields that fits a width: those that matter least are shortened, then left out. Pure.
 */
#ifndef COPYOUT_CMD_PROGRESS_FIELDS_H
#define COPYOUT_CMD_PROGRESS_FIELDS_H

#include <stdint.h>

#include "cli/terminal.h"

enum {
    FIELDS_MOST = 8,
    FIELD_SIZE = 112,
    FIELDS_LABEL = 8,      /* cells of the label and the space behind it */
    FIELDS_NAME_LEAST = 8, /* cells: a name that would get fewer is left out */
};

struct field {
    char text[FIELD_SIZE];
    char brief[FIELD_SIZE]; /* a shorter form; "": there is none */
    unsigned rank;          /* the lower, the sooner it is left out */
    unsigned brief_rank;    /* the lower, the sooner it is shortened */
    enum tone tone;
};

struct fields {
    const char *label; /* at most FIELDS_LABEL - 1 letters */
    struct field fields[FIELDS_MOST];
    unsigned count;
    const char *name; /* at the end, as much of it as there is space for; NULL: none */
};

void fields_begin(struct fields *f, const char *label);
/* The next field, with its text by printf's rules; at most FIELDS_MOST. */
struct field *fields_add(struct fields *f, unsigned rank, const char *fmt, ...) ERR_PRINTF(3, 4);
/* Its shorter form. */
void field_brief(struct field *field, unsigned rank, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Makes a line of at most `columns` cells of it. The field of the highest rank is never left out,
 * but cut, which "…" shows. */
void fields_fit(const struct fields *f, unsigned columns, struct terminal_line *out);
/* All of it, without the label, appended to out. */
void fields_text(const struct fields *f, struct buf *out);

/* "4 s", "1 min 11 s", "3 h 12 min", "2 d 4 h"; writes at most size bytes, returns out. */
const char *fields_duration(char *out, size_t size, double seconds);
/* The same in the larger unit alone: "3 h". */
const char *fields_duration_brief(char *out, size_t size, double seconds);

#endif
