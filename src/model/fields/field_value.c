#include "model/fields/field_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/input.h"
#include "model/options/object_options_json.h"

/* Enums are stored and read through the table as ints. */
_Static_assert(sizeof(enum dest_keys) == sizeof(int), "enums must have the size of int");

void *field_option_at(struct copy_options *options, const struct field *field)
{
    return (char *)options + (field->offset - offsetof(struct input, options));
}

static void *member_of(struct field_reading *r, const struct field *field)
{
    if (r->overrides)
        return field_option_at(&r->overrides->values, field);
    return (char *)r->in + field->offset;
}

static void keep_string(struct field_reading *r, const struct field *field, char *s)
{
    char **to = member_of(r, field);

    if (!s) {
        r->nomem = true;
        return;
    }
    free(*to);
    *to = s;
}

const char *field_show_value(struct buf *out, const json_t *value)
{
    enum { MOST = 60 };
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    buf_clear(out);
    if (!text)
        return "";
    if (strlen(text) > MOST && json_is_object(value))
        buf_adds(out, "an object");
    else if (strlen(text) > MOST && json_is_array(value))
        buf_adds(out, "a list");
    else
        str_show(out, text, strlen(text));
    free(text);
    return buf_str(out);
}

static void wrong(struct field_reading *r, const struct field *field, const char *expected,
        const json_t *value)
{
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    faults_add(r->faults, "%s%s: must be %s, not %s", r->table->prefix, field->name, expected,
            field_show_value(&show, value));
    buf_free(&show);
}

static void take_string(struct field_reading *r, const struct field *field, const json_t *value)
{
    const char *s = json_string_value(value);
    size_t len = json_string_length(value);

    if (!s)
        wrong(r, field, "a string", value);
    else if (field->problem && field->problem(s, len))
        field_check_string(field, r->table->prefix, s, len, r->faults);
    else
        keep_string(r, field, str_dup_n(s, len));
}

static void take_enum(struct field_reading *r, const struct field *field, const json_t *value)
{
    const char *s = json_is_string(value) ? json_string_value(value) : "";
    size_t len = json_string_length(value);
    struct buf expected;
    int i;

    for (i = 0; field->values[i]; i++) {
        if (strcmp(field->values[i], s) != 0 || strlen(s) != len)
            continue;
        if (field->offset != FIELD_NOWHERE)
            memcpy(member_of(r, field), &i, sizeof i);
        return;
    }
    buf_init(&expected, BUF_MAX_SMALL);
    for (i = 0; field->values[i]; i++)
        buf_addf(&expected, "%s\"%s\"",
                i == 0                 ? ""
                : field->values[i + 1] ? ", "
                                       : " or ",
                field->values[i]);
    wrong(r, field, buf_str(&expected), value);
    buf_free(&expected);
}

static void take_count(struct field_reading *r, const struct field *field, const json_t *value)
{
    json_int_t v = json_integer_value(value);
    char expected[64];

    if (json_is_integer(value) && v >= 1 && (uint64_t)v <= field->most) {
        if (field->offset != FIELD_NOWHERE)
            *(uint64_t *)member_of(r, field) = (uint64_t)v;
        return;
    }
    snprintf(expected, sizeof expected, "a whole number from 1 to %llu",
            (unsigned long long)field->most);
    wrong(r, field, expected, value);
}

static void take_limit(struct field_reading *r, const struct field *field, const json_t *value)
{
    json_int_t v = json_integer_value(value);
    char expected[64];

    if (json_is_integer(value) && v >= 0 && (uint64_t)v <= field->most) {
        *(uint64_t *)member_of(r, field) = v > 0 ? (uint64_t)v : UINT64_MAX;
        return;
    }
    snprintf(expected, sizeof expected, "a whole number from 0 to %llu",
            (unsigned long long)field->most);
    wrong(r, field, expected, value);
}

static void take_money(struct field_reading *r, const struct field *field, const json_t *value)
{
    double micro = json_is_number(value) ? json_number_value(value) * 1e6 + 0.5 : 0;

    if (micro >= 1 && micro < (double)field->most + 1)
        *(uint64_t *)member_of(r, field) = (uint64_t)micro;
    else
        wrong(r, field, "a number of US dollars above 0", value);
}

static void take_thaw(struct field_reading *r, const struct field *field, json_t *value)
{
    struct field_reading thaw = {.table = &input_thaw_fields, .in = r->in, .faults = r->faults};

    if (!json_is_object(value)) {
        wrong(r, field, "an object", value);
        return;
    }
    field_read_object(&thaw, value);
    r->nomem |= thaw.nomem;
    free(r->in->thaw_params);
    r->in->thaw_params = NULL;
    r->in->thaw_asked = json_object_size(value) > 0;
    if (r->in->thaw_asked)
        keep_string(r, field, json_dumps(value, JSON_COMPACT));
}

static void take_option(struct field_reading *r, const struct field *field, const json_t *value)
{
    char *text = NULL;
    struct buf fault;

    buf_init(&fault, BUF_MAX_SMALL);
    if (!object_option_take(field->object, value, &text, &fault))
        r->nomem = true;
    else if (text)
        keep_string(r, field, text);
    else
        faults_add(r->faults, "%s%s: %s", r->table->prefix, field->name, buf_str(&fault));
    buf_free(&fault);
}

void field_take(struct field_reading *r, const struct field *field, json_t *value)
{
    switch (field->type) {
    case FIELD_STRING:
        take_string(r, field, value);
        break;
    case FIELD_ENUM:
        take_enum(r, field, value);
        break;
    case FIELD_COUNT:
        take_count(r, field, value);
        break;
    case FIELD_LIMIT:
        take_limit(r, field, value);
        break;
    case FIELD_BOOL:
        if (json_is_boolean(value))
            *(bool *)member_of(r, field) = json_is_true(value);
        else
            wrong(r, field, "true or false", value);
        break;
    case FIELD_MONEY:
        take_money(r, field, value);
        break;
    case FIELD_THAW:
        take_thaw(r, field, value);
        break;
    case FIELD_OBJECT:
        take_option(r, field, value);
        break;
    case FIELD_UNSUPPORTED:
        faults_add(r->faults, "%s%s: %s", r->table->prefix, field->name, field->instead);
        break;
    }
}

static void unknown(struct field_reading *r, const char *name)
{
    const struct field *near = field_near(r->table, name);
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    str_show(&show, name, strlen(name));
    if (near)
        faults_add(r->faults, "%s%s: unknown field; did you mean \"%s\"?", r->table->prefix,
                buf_str(&show), near->name);
    else
        faults_add(r->faults, "%s%s: unknown field", r->table->prefix,
                show.len > 0 ? buf_str(&show) : "\"\"");
    buf_free(&show);
}

/* A field by a former name: its value is that of the new fields, and is told of by the old name. */
static void take_former(struct field_reading *r, const struct former_field *former,
        const json_t *object, json_t *value)
{
    enum { MOST = sizeof former->now / sizeof former->now[0] };
    unsigned faults = r->faults->count;
    size_t i;

    for (i = 0; i < MOST && former->now[i]; i++) {
        if (!json_object_get(object, former->now[i]))
            continue;
        faults_add(r->faults, "%s: it is the former name of %s, and %s is given too; give only one",
                former->name, former->names, former->now[i]);
        return;
    }
    for (i = 0; i < MOST && former->now[i] && r->faults->count == faults; i++) {
        struct field as = *field_find(&input_fields, former->now[i]);

        as.name = former->name;
        if (former->problem)
            as.problem = former->problem;
        field_take(r, &as, value);
    }
    if (r->faults->count == faults)
        r->in->former |= former_bit(former);
}

void field_read_object(struct field_reading *r, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        const struct field *field = field_find(r->table, name);
        const struct former_field *former = r->table == &input_fields ? former_find(name) : NULL;
        unsigned faults = r->faults->count;

        if (field)
            field_take(r, field, value);
        else if (former)
            take_former(r, former, object, value);
        else
            unknown(r, name);
        if (field && r->table == &input_fields && r->faults->count > faults)
            field_set_add(&r->in->wrong, input_field_number(field));
    }
}

bool field_value(
        const struct field *field, const void *at, enum field_value_when when, json_t **value)
{
    bool unless_default = when == FIELD_VALUE_UNLESS_DEFAULT && field->left_out_by_default;
    int i;

    *value = NULL;
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_THAW:
        if (!*(char *const *)at)
            return true;
        *value = field->type == FIELD_THAW ? json_loads(*(char *const *)at, 0, NULL)
                                           : json_string(*(char *const *)at);
        break;
    case FIELD_ENUM:
        memcpy(&i, at, sizeof i);
        if (unless_default && i == 0)
            return true;
        *value = json_string(field->values[i]);
        break;
    case FIELD_COUNT:
        if (*(const uint64_t *)at == 0)
            return true;
        *value = json_integer((json_int_t) * (const uint64_t *)at);
        break;
    case FIELD_LIMIT:
        if (*(const uint64_t *)at == 0)
            return true;
        *value = json_integer(
                *(const uint64_t *)at == UINT64_MAX ? 0 : (json_int_t) * (const uint64_t *)at);
        break;
    case FIELD_MONEY:
        if (*(const uint64_t *)at == 0)
            return true;
        *value = json_real((double)*(const uint64_t *)at / 1e6);
        break;
    case FIELD_BOOL:
        if (unless_default && !*(const bool *)at)
            return true;
        *value = json_boolean(*(const bool *)at);
        break;
    case FIELD_OBJECT:
        if (!*(char *const *)at)
            return true;
        *value = object_option_json(field->object, *(char *const *)at);
        break;
    case FIELD_UNSUPPORTED:
        return true;
    }
    return *value != NULL;
}
