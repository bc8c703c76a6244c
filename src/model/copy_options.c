#include "model/copy_options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/field_value.h"
#include "model/input.h"
#include "model/input_fields.h"

static const void *value_at(const struct copy_options *options, const struct field *field)
{
    return field_option_at((struct copy_options *)(uintptr_t)options, field);
}

/* The next field that the line has, from *i on; NULL: there is none. */
static const struct field *next_given(const struct copy_overrides *o, unsigned *i)
{
    for (; *i < input_fields.count; (*i)++)
        if (field_set_has(&o->given, *i))
            return &input_fields.fields[(*i)++];
    return NULL;
}

/* The bytes that a field's value has in memory. */
static size_t value_size(const struct field *field)
{
    switch (field->type) {
    case FIELD_ENUM:
        return sizeof(int);
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_COUNT:
    case FIELD_LIMIT:
    case FIELD_MONEY:
        return sizeof(uint64_t);
    case FIELD_STRING:
    case FIELD_THAW:
        break;
    }
    return sizeof(char *);
}

static bool is_text(const struct field *field)
{
    return field->type == FIELD_STRING || field->type == FIELD_THAW;
}

void copy_overrides_free(struct copy_overrides *o)
{
    size_t i;

    for (i = 0; i < input_fields.count; i++) {
        const struct field *field = &input_fields.fields[i];

        if (field->per_line && is_text(field))
            free(*(char **)field_option_at(&o->values, field));
    }
    memset(o, 0, sizeof *o);
}

enum copy_overrides_taken copy_overrides_take(
        struct copy_overrides *o, const char *name, struct json_t *value, struct faults *faults)
{
    struct field_reading reading = {.table = &input_fields, .overrides = o, .faults = faults};
    const struct field *field = field_find(&input_fields, name);
    unsigned before = faults->count;

    if (!field || !field->per_line)
        return COPY_OVERRIDES_UNKNOWN;
    field_take(&reading, field, value);
    if (reading.nomem)
        return COPY_OVERRIDES_NOMEM;
    if (faults->count == before)
        field_set_add(&o->given, input_field_number(field));
    return COPY_OVERRIDES_TAKEN;
}

const char *copy_overrides_near(const char *name)
{
    const struct field *near = field_near(&input_fields, name);

    return near && near->per_line ? near->name : NULL;
}

/* They are written in the order of the table, so that equal ones are equal texts. */
void copy_overrides_write(struct buf *out, const struct copy_overrides *o)
{
    json_t *root = json_object(), *value;
    const struct field *field;
    bool good = root != NULL;
    char *text = NULL;
    unsigned i = 0;

    while (good && (field = next_given(o, &i)))
        good = field_value(field, value_at(&o->values, field), FIELD_VALUE_ALWAYS, &value) &&
               json_object_set_new(root, field->name, value) == 0;
    if (good)
        text = json_dumps(root, JSON_COMPACT);
    if (text)
        buf_adds(out, text);
    else
        out->failed = ERR_NOMEM;
    free(text);
    json_decref(root);
}

bool copy_overrides_same(const struct copy_overrides *a, const struct copy_overrides *b)
{
    const struct field *field;
    unsigned i = 0;

    if (!a || !b)
        return (!a || field_set_is_empty(&a->given)) && (!b || field_set_is_empty(&b->given));
    if (memcmp(&a->given, &b->given, sizeof a->given) != 0)
        return false;
    while ((field = next_given(a, &i))) {
        const void *x = value_at(&a->values, field);
        const void *y = value_at(&b->values, field);

        if (is_text(field) ? strcmp(*(char *const *)x, *(char *const *)y) != 0
                           : memcmp(x, y, value_size(field)) != 0)
            return false;
    }
    return true;
}

struct copy_options copy_options_of(const struct input *in, const struct copy_overrides *overrides)
{
    struct copy_options options = in->options;
    const struct field *field;
    unsigned i = 0;

    while (overrides && (field = next_given(overrides, &i)))
        memcpy(field_option_at(&options, field), value_at(&overrides->values, field),
                value_size(field));
    return options;
}

const char *copy_options_tags_name(enum tags_mode mode)
{
    static const char *const names[] = {
            [TAGS_BEST_EFFORT] = "best-effort", [TAGS_REQUIRE] = "require", [TAGS_NONE] = "none"};

    return names[mode];
}
