#include "plan/lists/row_fields.h"

#include <string.h>

#include "base/str.h"

void row_names_init(struct row_names *n)
{
    buf_init(&n->source, BUF_MAX_LINE);
    buf_init(&n->destination, BUF_MAX_LINE);
}

void row_names_free(struct row_names *n)
{
    buf_free(&n->source);
    buf_free(&n->destination);
}

enum err_code row_names_check(const struct row_names *n, struct err *e)
{
    enum err_code code = buf_check(&n->source, "the bucket", e);

    return code == ERR_OK ? buf_check(&n->destination, "the destination's bucket", e) : code;
}

bool row_is_address(const struct list_columns *columns, const struct csv_row *row)
{
    return columns->count == 0 && row->columns == 1 && str_starts(row->field[0].data, "s3://");
}

/* Splits s3://bucket/key; the bucket is put into `name`. Anything else has no bucket. */
static void split_address(struct buf *name, struct list_field address, struct list_field *bucket,
        struct list_field *key)
{
    const size_t scheme = strlen("s3://");
    const char *at, *slash;
    size_t len;

    buf_clear(name);
    *bucket = *key = (struct list_field){"", 0};
    if (!str_starts(address.data, "s3://"))
        return;
    at = address.data + scheme;
    len = address.len - scheme;
    slash = memchr(at, '/', len);
    buf_add(name, at, slash ? (size_t)(slash - at) : len);
    *bucket = (struct list_field){buf_str(name), name->len};
    if (slash)
        *key = (struct list_field){slash + 1, len - name->len - 1};
}

/* Whether a text of words with spaces between has that word. */
static bool has_word(struct list_field text, const char *word)
{
    const char *at = text.data;
    size_t len = strlen(word);

    for (; at < text.data + text.len; at += strcspn(at, " "), at += strspn(at, " "))
        if (strncmp(at, word, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

/* The version of a report's row, without the apostrophe that the report put in front. */
static struct list_field report_version(
        const struct list_columns *columns, const struct csv_row *row)
{
    struct list_field version = list_field(columns, row, LIST_VERSION);

    if (version.len > 0 && version.data[0] == '\'' &&
            has_word(list_field(columns, row, LIST_ESCAPED), "sourceVersion"))
        return (struct list_field){version.data + 1, version.len - 1};
    return version;
}

void row_fields_take(struct row_fields *out, struct row_names *names,
        const struct list_columns *columns, const struct csv_row *row)
{
    const struct list_field none = {"", 0};

    *out = (struct row_fields){none, none, none, none, none};
    if (row_is_address(columns, row)) {
        split_address(&names->source, (struct list_field){row->field[0].data, row->field[0].len},
                &out->bucket, &out->key);
        return;
    }
    out->version = list_field(columns, row, LIST_VERSION);
    if (columns->rows == LIST_ROWS_REPORT) {
        out->version = report_version(columns, row);
        split_address(&names->source, list_field(columns, row, LIST_SOURCE_ADDRESS), &out->bucket,
                &out->key);
        split_address(&names->destination, list_field(columns, row, LIST_DESTINATION_ADDRESS),
                &out->destination_bucket, &out->destination);
        return;
    }
    out->bucket = list_field(columns, row, LIST_BUCKET);
    out->key = list_field(columns, row, LIST_KEY);
    out->destination = list_field(columns, row, LIST_DESTINATION_KEY);
}

void row_fields_keep_destination(struct row_fields *f, const char *bucket, const char *folder)
{
    size_t len = folder ? strlen(folder) : 0;

    if (!bucket || !folder || strcmp(f->destination_bucket.data, bucket) != 0 ||
            !str_starts(f->destination.data, folder))
        f->destination = (struct list_field){"", 0};
    else
        f->destination = (struct list_field){f->destination.data + len, f->destination.len - len};
}
