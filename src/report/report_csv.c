#include "report/report_csv.h"

#include <string.h>

#include "base/str.h"
#include "report/row_text.h"

/* A part of a quoted field. */
static void add_text(struct buf *out, const char *text, size_t len)
{
    const char *quote;

    for (; (quote = memchr(text, '"', len)); text = quote + 1) {
        buf_add(out, text, (size_t)(quote - text + 1));
        buf_addc(out, '"');
        len -= (size_t)(quote - text + 1);
    }
    buf_add(out, text, len);
}

bool report_csv_is_formula(const char *text)
{
    /* The same characters in their full width, which some spreadsheets take for them. */
    static const char *const wide[] = {
            "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    size_t i;

    if (text[0] != '\0' && strchr("=+-@\t\r\n", text[0]))
        return true;
    for (i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (str_starts(text, wide[i]))
            return true;
    return false;
}

/* The fields that begin with a text that is not ours: a bit of `escaped` for each, by the place of
 * its name here. */
enum { FIELD_NAME, FIELD_MESSAGE, FIELD_SOURCE_VERSION, FIELD_DESTINATION_VERSION, FIELDS };
static const char *const field_names[FIELDS] = {
        "name", "message", "sourceVersion", "destinationVersion"};

/* A row that is being written. */
struct csv_row_out {
    struct buf *out;
    enum report_formulas formulas;
    unsigned escaped; /* fields that were */
};

/* Begins a field with a text that is not ours. */
static void begin_field(struct csv_row_out *row, int field, const char *text)
{
    bool escape = row->formulas == REPORT_FORMULAS_ESCAPED && report_csv_is_formula(text);

    buf_adds(row->out, escape ? "\"'" : "\"");
    if (escape)
        row->escaped |= 1U << field;
}

static void add_field(struct csv_row_out *row, int field, const char *text)
{
    begin_field(row, field, text);
    add_text(row->out, text, strlen(text));
    buf_addc(row->out, '"');
}

static void add_object(struct buf *out, const char *bucket, const char *key)
{
    buf_adds(out, "\"s3://");
    add_text(out, bucket, strlen(bucket));
    buf_addc(out, '/');
    add_text(out, key, strlen(key));
    buf_addc(out, '"');
}

/* A key that ends with '/' has no shorter name than itself. */
static const char *name_of(const struct item *item)
{
    const char *slash = strrchr(item->destination_key, '/');

    return slash && slash[1] ? slash + 1 : item->destination_key;
}

/* An id that is none is an empty field. */
static void add_version(struct csv_row_out *row, int field, const char *version)
{
    buf_addc(row->out, ',');
    if (version)
        add_field(row, field, version);
}

/* Ends a row: source and destination, and which fields were escaped. version: of the copy; NULL:
 * none, or there is no copy. */
static void end_row(struct csv_row_out *row, const struct item *item,
        const char *destination_bucket, const char *version)
{
    const char *join = ",";
    int i;

    buf_addc(row->out, ',');
    add_object(row->out, item->bucket, item->key);
    buf_addc(row->out, ',');
    add_object(row->out, destination_bucket, item->destination_key);
    add_version(row, FIELD_SOURCE_VERSION, item->version_id);
    add_version(row, FIELD_DESTINATION_VERSION, version);
    if (row->formulas == REPORT_FORMULAS_ESCAPED && row->escaped == 0)
        buf_adds(row->out, join);
    for (i = 0; i < FIELDS; i++) {
        if (!(row->escaped >> i & 1))
            continue;
        buf_adds(row->out, join);
        buf_adds(row->out, field_names[i]);
        join = " ";
    }
    buf_adds(row->out, "\r\n");
}

const char *report_csv_header(enum report_formulas formulas)
{
    return formulas == REPORT_FORMULAS_ESCAPED ? REPORT_CSV_COLUMNS ",escaped\r\n"
                                               : REPORT_CSV_COLUMNS "\r\n";
}

void report_csv_not_reached(struct buf *out, const struct item *item,
        const char *destination_bucket, const char *failure, enum report_formulas formulas)
{
    struct csv_row_out row = {out, formulas, 0};

    add_field(&row, FIELD_NAME, name_of(item));
    buf_adds(out, "," ROW_NOT_REACHED ",,,,\"");
    row_message_not_reached(out, failure, add_text);
    buf_addc(out, '"');
    end_row(&row, item, destination_bucket, NULL);
}

void report_csv_row(struct buf *out, const struct result *r, const char *destination_bucket,
        enum report_formulas formulas)
{
    struct csv_row_out row = {out, formulas, 0};

    add_field(&row, FIELD_NAME, name_of(&r->item));
    buf_addc(out, ',');
    buf_adds(out, result_status_name(r->status));
    buf_addc(out, ',');
    buf_addu(out, r->size);
    buf_addc(out, ',');
    buf_add_fixed(out, r->seconds, 3);
    buf_addc(out, ',');
    if (r->status == RESULT_COPIED && r->seconds > 0)
        buf_add_fixed(out, (double)r->size / 1e6 / r->seconds, 2);
    buf_addc(out, ',');
    /* A message begins with the server's name of the error, or with words of copyout's own. */
    begin_field(&row, FIELD_MESSAGE, r->status == RESULT_FAILED ? err_report_code(&r->err) : "");
    row_message(out, r, add_text);
    buf_addc(out, '"');
    end_row(&row, &r->item, destination_bucket, r->written.version_id);
}
