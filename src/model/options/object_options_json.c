#include "model/options/object_options_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { SHOWN_MOST = 60 };

/* The value as it was given, short. */
static void show(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    struct buf shown;

    buf_init(&shown, BUF_MAX_SMALL);
    if (text && strlen(text) <= SHOWN_MOST)
        buf_adds(out, str_show(&shown, text, strlen(text)));
    else
        buf_adds(out, json_is_object(value) ? "an object" : "what it is");
    buf_free(&shown);
    free(text);
}

/* "a", "b" or "c", of a|b|c */
static void add_words(struct buf *out, const char *words)
{
    const char *at = words;

    while (*at) {
        size_t n = strcspn(at, "|");
        bool last = at[n] == '\0';

        if (at != words)
            buf_adds(out, last ? " or " : ", ");
        buf_addc(out, '"');
        buf_add(out, at, n);
        buf_addc(out, '"');
        at += n + !last;
    }
}

static void must_be(struct buf *fault, const struct object_option_row *row, const json_t *value)
{
    buf_adds(fault, "must be ");
    switch (row->kind) {
    case OBJECT_OPTION_WORD:
        add_words(fault, row->words);
        break;
    case OBJECT_OPTION_TEXT:
        buf_adds(fault, "a string");
        break;
    case OBJECT_OPTION_SWITCH:
        buf_adds(fault, "true or false");
        break;
    case OBJECT_OPTION_METADATA:
        buf_adds(fault, "an object of strings");
        break;
    }
    buf_adds(fault, ", not ");
    show(fault, value);
}

/* The text form of a value of the right type, whose length goes to *len; NULL: it is of another
 * type. *dumped: memory that it lies in, or NULL. */
static const char *text_of(
        const struct object_option_row *row, const json_t *value, size_t *len, char **dumped)
{
    const char *text = json_string_value(value);

    *dumped = NULL;
    *len = json_string_length(value);
    if (row->kind == OBJECT_OPTION_WORD || row->kind == OBJECT_OPTION_TEXT)
        return text;
    text = NULL;
    if (row->kind == OBJECT_OPTION_SWITCH && json_is_boolean(value))
        text = json_is_true(value) ? "true" : "false";
    if (row->kind == OBJECT_OPTION_METADATA && json_is_object(value))
        text = *dumped = json_dumps(value, JSON_COMPACT);
    *len = text ? strlen(text) : 0;
    return text;
}

enum err_code object_options_take(struct object_options *o, enum object_option which,
        const json_t *value, struct buf *fault, struct err *e)
{
    const struct object_option_row *row = &object_option_rows[which];
    const char *problem = NULL;
    enum err_code code = ERR_OK;
    char *dumped;
    size_t len;
    const char *text = text_of(row, value, &len, &dumped);

    if (text)
        code = object_options_set(o, which, text, len, &problem, e);
    if (code == ERR_OK && problem && row->kind != OBJECT_OPTION_WORD) {
        show(fault, value);
        buf_addf(fault, " %s", problem);
    } else if (code == ERR_OK && (problem || !text)) {
        must_be(fault, row, value);
    }
    free(dumped);
    return code;
}

bool object_options_give(const struct object_options *o, json_t *object)
{
    int i;

    for (i = 0; i < OBJECT_OPTION_COUNT; i++) {
        const struct object_option_row *row = &object_option_rows[i];
        const char *text = o->text[i];
        json_t *value;

        if (!text)
            continue;
        if (row->kind == OBJECT_OPTION_SWITCH)
            value = json_boolean(strcmp(text, "true") == 0);
        else if (row->kind == OBJECT_OPTION_METADATA)
            value = json_loads(text, 0, NULL);
        else
            value = json_string(text);
        if (json_object_set_new(object, row->field, value) != 0)
            return false;
    }
    return true;
}
