/* The options of object_options.h as JSON: members of the input, or of a line of a list. */
#ifndef COPYOUT_MODEL_OPTIONS_OBJECT_OPTIONS_JSON_H
#define COPYOUT_MODEL_OPTIONS_OBJECT_OPTIONS_JSON_H

#include <jansson.h>

#include "model/options/object_options.h"

/* Sets an option by a JSON value. fault, which is empty: gets what is wrong with the value ("must
 * be true or false, not 1"), and stays empty if it is set. Errors: ERR_NOMEM. */
enum err_code object_options_take(struct object_options *o, enum object_option which,
        const json_t *value, struct buf *fault, struct err *e) ERR_MUST_CHECK;

/* Adds the options that are set to an object. false: no memory. */
bool object_options_give(const struct object_options *o, json_t *object);

#endif
