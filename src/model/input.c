#include "model/input.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "model/field_value.h"
#include "model/input_fields.h"

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
    free(in->manifest_columns);
    free(in->instructions_key);
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
    struct field_reading reading = {.table = &input_fields, .in = in, .faults = &faults};
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
        field_read_object(&reading, root);
    } else {
        struct buf show;

        buf_init(&show, BUF_MAX_SMALL);
        faults_add(
                &faults, "the input must be a JSON object, not %s", field_show_value(&show, root));
        buf_free(&show);
    }
    json_decref(root);
    return reading.nomem ? err_nomem(e) : faults_result(&faults, e);
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
        if (!field_value(
                    field, (const char *)in + field->offset, FIELD_VALUE_UNLESS_DEFAULT, &value) ||
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
