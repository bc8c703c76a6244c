/* The names by which copyout tells what came of something, what each means, and what to do: the
 * table catalogue.def. */
#ifndef COPYOUT_MODEL_CATALOGUE_H
#define COPYOUT_MODEL_CATALOGUE_H

#include <stddef.h>

/* Where a name stands, in the order in which they are shown. */
enum catalogue_kind {
    CATALOGUE_END,     /* "error.name" of --json: it ends a command. Also in FAILED lines */
    CATALOGUE_OBJECT,  /* a FAILED line: copyout's own */
    CATALOGUE_SERVICE, /* a FAILED line, or a message: S3's own */
    CATALOGUE_STATUS,  /* the status of a line */
    CATALOGUE_NOTE,    /* the notes of a line */
    CATALOGUE_TASK,    /* what a task of Step Functions fails with */
    CATALOGUE_KINDS
};

struct catalogue_row {
    enum catalogue_kind kind;
    const char *name, *meaning, *remedy;
};

/* The next row of a name, case ignored, after one that an earlier call gave (NULL: the first).
 * NULL: there is none. A name may be of several kinds. */
const struct catalogue_row *catalogue_find(const char *name, const struct catalogue_row *after);
/* The name that is nearest to it and near enough to be meant; NULL: none is. */
const char *catalogue_near(const char *name);
/* All rows, in order. */
const struct catalogue_row *catalogue_rows(size_t *count);

/* The words for a kind, such as "the name of an error that ends a command". */
const char *catalogue_kind_name(enum catalogue_kind kind);
/* The exit code of the program after an error of that name; -1: it ends none. */
int catalogue_exit_code(const struct catalogue_row *row);

#endif
