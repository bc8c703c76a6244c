/* Values of the input's fields, between JSON and memory, as the table of input_fields.h says: those
 * of the input, and the options of the copy that a line of a list has of its own. */
#ifndef COPYOUT_MODEL_FIELD_VALUE_H
#define COPYOUT_MODEL_FIELD_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "model/copy_options.h"
#include "model/input_fields.h"

struct input;

/* Everything that reading one object needs. */
struct field_reading {
    const struct field_table *table;
    struct input *in;                 /* the values go here, unless overrides is set */
    struct copy_overrides *overrides; /* the values go here, of fields that are per_line alone */
    struct faults *faults;
    bool nomem; /* set where memory was lacking */
};

/* Where options keep the value of a field that is per_line. */
void *field_option_at(struct copy_options *options, const struct field *field);

/* Takes the value of one field. A wrong one is a fault that names the field. */
void field_take(struct field_reading *r, const struct field *field, json_t *value);

/* Takes each member of the object; unknown ones are faults that name the near miss. */
void field_read_object(struct field_reading *r, json_t *object);

enum field_value_when {
    FIELD_VALUE_ALWAYS,
    FIELD_VALUE_UNLESS_DEFAULT, /* fields that are left_out_by_default are NULL with that value */
};

/* The value at that address, which is of the field's type, as JSON. false: no memory. *value is
 * NULL when it is not set. */
bool field_value(
        const struct field *field, const void *at, enum field_value_when when, json_t **value);

/* The value as it was given, short, in `out`. */
const char *field_show_value(struct buf *out, const json_t *value);

#endif
