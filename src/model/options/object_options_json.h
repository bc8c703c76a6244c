/* The options of object_options.h as JSON: members of the input, or of a line of a list. */
#ifndef COPYOUT_MODEL_OPTIONS_OBJECT_OPTIONS_JSON_H
#define COPYOUT_MODEL_OPTIONS_OBJECT_OPTIONS_JSON_H

#include <jansson.h>

#include "model/options/object_options.h"

/* Reads an option's JSON value. *text: its value, for free(); NULL: it is wrong, and fault, which
 * is empty before, says how ("must be true or false, not 1"). false: no memory. */
bool object_option_take(
        enum object_option which, const json_t *value, char **text, struct buf *fault);

/* The reverse. NULL: no memory. */
json_t *object_option_json(enum object_option which, const char *text);

#endif
