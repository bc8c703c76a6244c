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

bool object_option_take(
        enum object_option which, const json_t *value, char **text, struct buf *fault)
{
    const struct object_option_row *row = &object_option_rows[which];
    const char *problem = NULL;
    bool known = false;
    char *dumped;
    size_t len;
    const char *given = text_of(row, value, &len, &dumped);

    *text = NULL;
    if (given)
        known = object_option_read(which, given, len, text, &problem);
    if (!known && problem && row->kind != OBJECT_OPTION_WORD) {
        show(fault, value);
        buf_addf(fault, " %s", problem);
    } else if (!known && (problem || !given)) {
        must_be(fault, row, value);
    }
    free(dumped);
    return known || fault->len > 0;
}

json_t *object_option_json(enum object_option which, const char *text)
{
    switch (object_option_rows[which].kind) {
    case OBJECT_OPTION_SWITCH:
        return json_boolean(strcmp(text, "true") == 0);
    case OBJECT_OPTION_METADATA:
        return json_loads(text, 0, NULL);
    default:
        return json_string(text);
    }
}
