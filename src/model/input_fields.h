/* The fields of the input, in one table that parsing, checking and writing all go by: the input's
 * own, and those that a line of a list may have for itself. */
#ifndef COPYOUT_MODEL_INPUT_FIELDS_H
#define COPYOUT_MODEL_INPUT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum field_type {
    FIELD_STRING, /* a char * in struct input */
    FIELD_ENUM,   /* an enum of which the values are 0, 1, …: an index into `values` */
    FIELD_COUNT,  /* a uint64_t, from 1 to `most` */
    FIELD_LIMIT,  /* the same with 0, which stands for no limit, and is kept as UINT64_MAX */
    FIELD_BOOL,   /* a bool */
    FIELD_MONEY,  /* a uint64_t of millionths, from 1 to `most`; in the JSON a number of dollars */
    FIELD_THAW,   /* an object of input_thaw_fields */
};

/* The offset of a field that is checked and kept nowhere. */
#define FIELD_NOWHERE SIZE_MAX

struct field {
    const char *name;
    enum field_type type;
    size_t offset; /* in struct input */
    uint64_t most;
    const char *const *values; /* NULL at the end */
    /* Says what is wrong with a string (it follows the string in quotes), or NULL; NULL itself: any
     * string is good. */
    const char *(*problem)(const char *s, size_t len);
    /* Of FIELD_ENUM and FIELD_BOOL: versions before this one do not know the field, and job.json
     * names it only where it is not the first value, or true. */
    bool left_out_by_default;
    /* An option of the copy, which a line of a list may have for itself: its offset lies in the
     * struct copy_options of struct input. */
    bool per_line;
};

struct field_table {
    const char *prefix; /* of the names in messages */
    const struct field *fields;
    size_t count;
};

extern const struct field_table input_fields;
extern const struct field_table input_thaw_fields;

/* The number of one of input_fields in a struct field_set. */
unsigned input_field_number(const struct field *field);

/* NULL: there is none of that name. */
const struct field *field_find(const struct field_table *t, const char *name);
/* The field that was probably meant by an unknown name; NULL: none is near. */
const struct field *field_near(const struct field_table *t, const char *name);

/* A field by the name that it had in services which this program replaces. */
struct former_field {
    const char *name;
    const char *now[2]; /* the fields of input_fields that it stands for; NULL: none */
    /* Says what is wrong with a value that the new fields allow; NULL: their own rule holds. */
    const char *(*problem)(const char *s, size_t len);
    const char *names; /* of the new fields, for messages */
};

/* NULL: there is none of that name. */
const struct former_field *former_find(const char *name);
/* Its bit in input.former. */
unsigned former_bit(const struct former_field *former);

/* Collects what is wrong into one line, joined by "; ". What does not fit is counted. */
struct faults {
    char text[ERR_MESSAGE_MAX];
    size_t len;
    unsigned count, left_out;
};

void faults_init(struct faults *f);
void faults_add(struct faults *f, const char *fmt, ...) ERR_PRINTF(2, 3);
/* ERR_OK if there are none, else ERR_INPUT with all of them. */
enum err_code faults_result(struct faults *f, struct err *e) ERR_MUST_CHECK;

/* Adds what is wrong with the string, if anything is. */
void field_check_string(
        const struct field *field, const char *prefix, const char *s, size_t len, struct faults *f);

#endif
