/* Options of a line, set by their names in the input, for unit tests. */
#ifndef COPYOUT_TESTS_OVERRIDING_H
#define COPYOUT_TESTS_OVERRIDING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "model/copy_options.h"
#include "model/input_fields.h"

/* value: its JSON, which is freed. */
static inline void override_json(struct copy_overrides *o, const char *name, json_t *value)
{
    struct faults faults;

    faults_init(&faults);
    assert_non_null(value);
    assert_int_equal(copy_overrides_take(o, name, value, &faults), COPY_OVERRIDES_TAKEN);
    assert_string_equal(faults.text, "");
    json_decref(value);
}

static inline void override_text(struct copy_overrides *o, const char *name, const char *value)
{
    override_json(o, name, json_string(value));
}

#endif
