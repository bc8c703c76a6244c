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

/* Begins a field with a text that is not ours. Returns whether it was escaped. */
static bool begin_field(struct buf *out, const char *text, enum report_formulas formulas)
{
    bool escape = formulas == REPORT_FORMULAS_ESCAPED && report_csv_is_formula(text);

    buf_adds(out, escape ? "\"'" : "\"");
    return escape;
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

/* Adds the name of an item. Returns whether it was escaped. */
static bool add_name(struct buf *out, const struct item *item, enum report_formulas formulas)
{
    const char *name = name_of(item);
    bool escaped = begin_field(out, name, formulas);

    add_text(out, name, strlen(name));
    buf_addc(out, '"');
    return escaped;
}

/* Ends a row: source and destination, and which fields were escaped. */
static void end_row(struct buf *out, const struct item *item, const char *destination_bucket,
        enum report_formulas formulas, bool name_escaped, bool message_escaped)
{
    buf_addc(out, ',');
    add_object(out, item->bucket, item->key);
    buf_addc(out, ',');
    add_object(out, destination_bucket, item->destination_key);
    if (formulas == REPORT_FORMULAS_ESCAPED) {
        buf_addc(out, ',');
        buf_adds(out, name_escaped ? "name" : "");
        buf_adds(out, name_escaped && message_escaped ? " " : "");
        buf_adds(out, message_escaped ? "message" : "");
    }
    buf_adds(out, "\r\n");
}

const char *report_csv_header(enum report_formulas formulas)
{
    return formulas == REPORT_FORMULAS_ESCAPED ? REPORT_CSV_COLUMNS ",escaped\r\n"
                                               : REPORT_CSV_COLUMNS "\r\n";
}

void report_csv_not_reached(struct buf *out, const struct item *item,
        const char *destination_bucket, const char *failure, enum report_formulas formulas)
{
    bool name_escaped = add_name(out, item, formulas);

    buf_adds(out, "," ROW_NOT_REACHED ",,,,\"");
    row_message_not_reached(out, failure, add_text);
    buf_addc(out, '"');
    end_row(out, item, destination_bucket, formulas, name_escaped, false);
}

void report_csv_row(struct buf *out, const struct result *r, const char *destination_bucket,
        enum report_formulas formulas)
{
    bool name_escaped = add_name(out, &r->item, formulas), message_escaped;

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
    message_escaped =
            begin_field(out, r->status == RESULT_FAILED ? err_report_code(&r->err) : "", formulas);
    row_message(out, r, add_text);
    buf_addc(out, '"');
    end_row(out, &r->item, destination_bucket, formulas, name_escaped, message_escaped);
}
