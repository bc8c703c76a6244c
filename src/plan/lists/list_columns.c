#include "plan/lists/list_columns.h"

#include <ctype.h>
#include <string.h>

enum { WORD_SIZE = 32 };

/* Names of columns, as letters and digits in lower case. */
static const struct {
    const char *word;
    enum list_column kind;
} names[] = {
        {"bucket", LIST_BUCKET},
        {"bucketname", LIST_BUCKET},
        {"sourcebucket", LIST_BUCKET},
        {"key", LIST_KEY},
        {"objectkey", LIST_KEY},
        {"sourcekey", LIST_KEY},
        {"versionid", LIST_VERSION},
        {"version", LIST_VERSION},
        {"sourceversionid", LIST_VERSION},
        {"sourceversion", LIST_VERSION},
        {"destinationkey", LIST_DESTINATION_KEY},
        {"destkey", LIST_DESTINATION_KEY},
        {"targetkey", LIST_DESTINATION_KEY},
        {"newkey", LIST_DESTINATION_KEY},
        {"ignore", LIST_IGNORE},
};

/* Letters and digits alone, so that "Destination Key", "destination_key" and "destinationKey" are
 * one word. "": it is longer than any name, or has other characters. */
static void make_word(char out[WORD_SIZE], const char *s, size_t len)
{
    size_t i, n = 0;

    for (i = 0; i < len && n + 1 < WORD_SIZE; i++) {
        if (isalnum((unsigned char)s[i]))
            out[n++] = (char)tolower((unsigned char)s[i]);
        else if (!strchr(" _-", s[i]) || !s[i])
            break;
    }
    out[i < len ? 0 : n] = '\0';
}

static bool kind_of(const char *s, size_t len, unsigned char *kind)
{
    char word[WORD_SIZE];
    size_t i;

    make_word(word, s, len);
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].word, word) != 0)
            continue;
        *kind = (unsigned char)names[i].kind;
        return true;
    }
    return false;
}

static bool has(const struct list_columns *c, enum list_column kind)
{
    return memchr(c->kind, (int)kind, c->count) != NULL;
}

const char *list_columns_of_text(struct list_columns *out, const char *text, size_t len)
{
    struct list_columns c = {0};
    const char *at = text, *end = text + len;

    while (at <= end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;
        unsigned char kind = LIST_IGNORE;

        if (c.count == CSV_COLUMNS_KEPT)
            return "has too many columns";
        if (!kind_of(at, (size_t)(stop - at), &kind))
            return "names a column that is none of bucket, key, versionId, destinationKey and "
                   "ignore";
        if (kind != LIST_IGNORE && has(&c, (enum list_column)kind))
            return "names a column twice";
        c.kind[c.count++] = kind;
        at = stop + 1;
    }
    if (!has(&c, LIST_BUCKET) || !has(&c, LIST_KEY))
        return "must name the columns bucket and key";
    *out = c;
    return NULL;
}

bool list_column_of_batch(const char *name, unsigned char *kind)
{
    static const struct {
        const char *name;
        enum list_column kind;
    } batch[] = {{"Bucket", LIST_BUCKET}, {"Key", LIST_KEY}, {"VersionId", LIST_VERSION},
            {"Ignore", LIST_IGNORE}};
    size_t i;

    for (i = 0; i < sizeof batch / sizeof batch[0]; i++) {
        if (strcmp(batch[i].name, name) != 0)
            continue;
        *kind = (unsigned char)batch[i].kind;
        return true;
    }
    return false;
}

/* A header whose third column has no name that says something else is that of the usual columns:
 * whatever it is called, it holds version ids. */
bool list_columns_of_header(struct list_columns *out, const struct csv_row *row)
{
    struct list_columns c = {0};
    unsigned i;

    for (i = 0; i < row->columns && i < CSV_COLUMNS_KEPT; i++) {
        unsigned char kind = LIST_IGNORE;

        (void)kind_of(row->field[i].data, row->field[i].len, &kind);
        if (kind != LIST_IGNORE && has(&c, (enum list_column)kind))
            return false;
        c.kind[c.count++] = kind;
    }
    if (!has(&c, LIST_BUCKET) || !has(&c, LIST_KEY) || !has(&c, LIST_DESTINATION_KEY))
        return false;
    *out = c;
    return true;
}

static bool field_is(const struct csv_row *row, unsigned column, const char *text)
{
    return row->field[column].len == strlen(text) &&
           memcmp(row->field[column].data, text, row->field[column].len) == 0;
}

bool list_columns_of_report(struct list_columns *out, const struct csv_row *row)
{
    enum { FORMER_COLUMNS = 8 }; /* reports before there were columns for versions */
    static const struct {
        const char *name;
        enum list_column kind;
    } report[] = {{"name", LIST_IGNORE}, {"status", LIST_STATUS}, {"bytes", LIST_IGNORE},
            {"seconds", LIST_IGNORE}, {"MB/s", LIST_IGNORE}, {"message", LIST_IGNORE},
            {"source", LIST_SOURCE_ADDRESS}, {"destination", LIST_DESTINATION_ADDRESS},
            {"sourceVersion", LIST_VERSION}, {"destinationVersion", LIST_IGNORE},
            {"escaped", LIST_ESCAPED}};
    enum { COLUMNS = sizeof report / sizeof report[0] };
    struct list_columns c = {.rows = LIST_ROWS_REPORT, .count = row->columns};
    unsigned i;

    if (row->columns != COLUMNS && row->columns != COLUMNS - 1 && row->columns != FORMER_COLUMNS)
        return false;
    for (i = 0; i < row->columns; i++) {
        if (!field_is(row, i, report[i].name))
            return false;
        c.kind[i] = (unsigned char)report[i].kind;
    }
    *out = c;
    return true;
}

bool list_columns_of_completion(struct list_columns *out, const struct csv_row *row)
{
    enum { COLUMNS = 7, STATUS = 3 };

    if (row->columns != COLUMNS ||
            (!field_is(row, STATUS, "failed") && !field_is(row, STATUS, "succeeded")))
        return false;
    *out = (struct list_columns){.rows = LIST_ROWS_COMPLETION,
            .count = COLUMNS,
            .kind = {LIST_BUCKET, LIST_KEY, LIST_VERSION, LIST_STATUS}};
    return true;
}

struct list_field list_field(
        const struct list_columns *columns, const struct csv_row *row, enum list_column kind)
{
    static const unsigned char usual[] = {LIST_BUCKET, LIST_KEY, LIST_VERSION};
    const unsigned char *kinds = columns->count > 0 ? columns->kind : usual;
    size_t count = columns->count > 0 ? columns->count : sizeof usual;
    const unsigned char *at = memchr(kinds, (int)kind, count);
    size_t i = at ? (size_t)(at - kinds) : CSV_COLUMNS_KEPT;

    if (i >= CSV_COLUMNS_KEPT || i >= row->columns)
        return (struct list_field){"", 0};
    return (struct list_field){row->field[i].data, row->field[i].len};
}

static bool is_text(struct list_field field, const char *text)
{
    return field.len == strlen(text) && memcmp(field.data, text, field.len) == 0;
}

bool list_columns_take(
        const struct list_columns *columns, const struct csv_row *row, bool only_failed)
{
    struct list_field status;

    if (columns->rows == LIST_ROWS_OBJECTS)
        return true;
    status = list_field(columns, row, LIST_STATUS);
    if (columns->rows == LIST_ROWS_COMPLETION)
        return is_text(status, "failed");
    return !only_failed || is_text(status, "FAILED") || is_text(status, "NOT REACHED");
}
