#include "model/input.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/input_fields.h"

/* Enums are stored and read through the table as ints. */
_Static_assert(sizeof(enum dest_keys) == sizeof(int), "enums must have the size of int");

enum { CONCURRENCY_DEFAULT = 100 };

enum err_code input_init(struct input *in, struct err *e)
{
    memset(in, 0, sizeof *in);
    in->destination_folder = strdup("");
    in->start_key = strdup("STARTED_COPY.txt");
    in->end_key = strdup("ENDED_COPY.csv");
    in->copy_concurrency = CONCURRENCY_DEFAULT;
    in->include_report = in->include_marker = true;
    if (in->destination_folder && in->start_key && in->end_key)
        return ERR_OK;
    input_free(in);
    return err_nomem(e);
}

void input_free(struct input *in)
{
    free(in->csv_bucket);
    free(in->csv_key);
    free(in->csv_path);
    free(in->source_prefix);
    free(in->include);
    free(in->exclude);
    free(in->modified_after);
    free(in->modified_before);
    free(in->only_storage_class);
    free(in->destination_bucket);
    free(in->destination_folder);
    free(in->start_key);
    free(in->end_key);
    free(in->source_region);
    free(in->destination_region);
    free(in->task_capacity);
    free(in->task_architecture);
    free(in->thaw_params);
    memset(in, 0, sizeof *in);
}

/* Everything that reading one object of the input needs. */
struct reading {
    const struct field_table *table;
    struct input *in;
    struct faults *faults;
    bool nomem;
};

static void *member_of(struct reading *r, const struct field *field)
{
    return (char *)r->in + field->offset;
}

static void keep_string(struct reading *r, const struct field *field, char *s)
{
    char **to = member_of(r, field);

    if (!s) {
        r->nomem = true;
        return;
    }
    free(*to);
    *to = s;
}

/* The value as it was given, short. */
static const char *show_value(struct buf *out, const json_t *value)
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

static void wrong(
        struct reading *r, const struct field *field, const char *expected, const json_t *value)
{
    struct buf show;

    buf_init(&show, BUF_MAX_SMALL);
    faults_add(r->faults, "%s%s: must be %s, not %s", r->table->prefix, field->name, expected,
            show_value(&show, value));
    buf_free(&show);
}

static void take_string(struct reading *r, const struct field *field, const json_t *value)
{
    const char *s = json_string_value(value);
    size_t len = json_string_length(value);

    if (!s)
        wrong(r, field, "a string", value);
    else if (field->problem(s, len))
        field_check_string(field, r->table->prefix, s, len, r->faults);
    else
        keep_string(r, field, str_dup_n(s, len));
}

static void take_enum(struct reading *r, const struct field *field, const json_t *value)
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

static void take_count(struct reading *r, const struct field *field, const json_t *value)
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

static void take_limit(struct reading *r, const struct field *field, const json_t *value)
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

static void take_money(struct reading *r, const struct field *field, const json_t *value)
{
    double micro = json_is_number(value) ? json_number_value(value) * 1e6 + 0.5 : 0;

    if (micro >= 1 && micro < (double)field->most)
        *(uint64_t *)member_of(r, field) = (uint64_t)micro;
    else
        wrong(r, field, "a number of US dollars above 0", value);
}

static void take_object(struct reading *r, json_t *object);

static void take_thaw(struct reading *r, const struct field *field, json_t *value)
{
    struct reading thaw = {.table = &input_thaw_fields, .in = r->in, .faults = r->faults};

    if (!json_is_object(value)) {
        wrong(r, field, "an object", value);
        return;
    }
    take_object(&thaw, value);
    r->nomem |= thaw.nomem;
    free(r->in->thaw_params);
    r->in->thaw_params = NULL;
    r->in->thaw_asked = json_object_size(value) > 0;
    if (r->in->thaw_asked)
        keep_string(r, field, json_dumps(value, JSON_COMPACT));
}

static void take_field(struct reading *r, const struct field *field, json_t *value)
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
    case FIELD_UNSUPPORTED:
        faults_add(r->faults, "%s%s: %s", r->table->prefix, field->name, field->instead);
        break;
    }
}

static void unknown(struct reading *r, const char *name)
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
static void take_former(
        struct reading *r, const struct former_field *former, const json_t *object, json_t *value)
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
        take_field(r, &as, value);
    }
    if (r->faults->count == faults)
        r->in->former |= former_bit(former);
}

static void take_object(struct reading *r, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        const struct field *field = field_find(r->table, name);
        const struct former_field *former = r->table == &input_fields ? former_find(name) : NULL;
        unsigned faults = r->faults->count;

        if (field)
            take_field(r, field, value);
        else if (former)
            take_former(r, former, object, value);
        else
            unknown(r, name);
        if (field && r->table == &input_fields && r->faults->count > faults)
            r->in->wrong |= input_field_bit(field);
    }
}

/* A problem of the text that jansson would not put well, or not at all. NULL: there is none. */
static const char *text_problem(const char *json, size_t len)
{
    size_t i;

    if (len > BUF_MAX_CONFIG)
        return "is longer than 4 MiB";
    if (len >= 2 && (memcmp(json, "\xff\xfe", 2) == 0 || memcmp(json, "\xfe\xff", 2) == 0))
        return "is UTF-16; it must be UTF-8";
    if (len > 0 && memchr(json, '\0', len))
        return "has a NUL byte; it must be JSON text";
    for (i = 0; i < len; i++)
        if (!strchr(" \t\r\n", json[i]))
            return NULL;
    return "is empty; it must be a JSON object";
}

enum err_code input_parse(struct input *in, const char *json, size_t len, struct err *e)
{
    struct faults faults;
    struct reading reading = {.table = &input_fields, .in = in, .faults = &faults};
    const char *problem;
    json_error_t error;
    json_t *root;

    if (len >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0) {
        json += 3;
        len -= 3;
    }
    problem = text_problem(json, len);
    if (problem)
        return err_set(e, ERR_INPUT, "the input %s", problem);
    /* \u0000 is let in here and refused with the name of its field. */
    root = json_loadb(json, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* jansson has no text for most of the places where it may lack memory. */
    if (!root && (json_error_code(&error) == json_error_out_of_memory || !error.text[0]))
        return err_nomem(e);
    in->no_json = !root;
    if (!root)
        return err_set(e, ERR_INPUT, "the input is not valid JSON: line %d, column %d: %s",
                error.line, error.column, error.text);
    faults_init(&faults);
    if (json_is_object(root)) {
        take_object(&reading, root);
    } else {
        struct buf show;

        buf_init(&show, BUF_MAX_SMALL);
        faults_add(&faults, "the input must be a JSON object, not %s", show_value(&show, root));
        buf_free(&show);
    }
    json_decref(root);
    return reading.nomem ? err_nomem(e) : faults_result(&faults, e);
}

/* The field's value as JSON. false: no memory. *value stays NULL when it is not set. */
static bool value_of(const struct input *in, const struct field *field, json_t **value)
{
    const char *at = (const char *)in + field->offset;
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
        if (field->left_out_by_default && i == 0)
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
        if (field->left_out_by_default && !*(const bool *)at)
            return true;
        *value = json_boolean(*(const bool *)at);
        break;
    case FIELD_UNSUPPORTED:
        return true;
    }
    return *value != NULL;
}

char *input_to_json(const struct input *in)
{
    json_t *root = json_object();
    char *text = NULL;
    size_t i;

    if (!root)
        return NULL;
    for (i = 0; i < input_fields.count; i++) {
        const struct field *field = &input_fields.fields[i];
        json_t *value;

        if (field->offset == FIELD_NOWHERE)
            continue;
        if (!value_of(in, field, &value) ||
                (value && json_object_set_new(root, field->name, value) != 0))
            goto out;
    }
    text = json_dumps(root, JSON_COMPACT);

out:
    json_decref(root);
    return text;
}

uint64_t input_split_above(const struct input *in)
{
    if (in->split_above == UINT64_MAX)
        return 0;
    return in->split_above ? in->split_above : SPLIT_ABOVE_DEFAULT;
}
