#include "cmd/jobs/report_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_FIELD = 1 };

unsigned report_row_cut(char *row, char *fields[REPORT_FIELDS_MOST])
{
    unsigned count = 0;
    char *to = row;

    while (count < REPORT_FIELDS_MOST) {
        bool quoted = *row == '"';

        fields[count++] = to;
        row += quoted;
        while (*row && (quoted || (*row != ',' && *row != '\r' && *row != '\n'))) {
            if (quoted && *row == '"' && *++row != '"') {
                quoted = false;
                continue;
            }
            *to++ = *row++;
        }
        if (*row != ',') {
            *to = '\0';
            break;
        }
        row++;
        *to++ = '\0';
    }
    return count;
}

/* Whether the line is a row whole; a key may have a line break in it, which is in quotes. */
static bool is_whole(const char *line)
{
    bool quoted = false;

    for (; *line; line++)
        quoted ^= *line == '"';
    return !quoted;
}

/* The next row, in *row of *cap bytes. false: there is none, or an error, which *code says. */
static bool next_row(FILE *csv, struct buf *row, enum err_code *code, struct err *e)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    buf_clear(row);
    do {
        len = getline(&line, &cap, csv);
        if (len > 0)
            buf_add(row, line, (size_t)len);
    } while (len > 0 && !is_whole(buf_str(row)));
    free(line);
    *code = ferror(csv) ? err_errno(e, errno, "cannot read the rows")
                        : buf_check(row, "a row of the report", e);
    return *code == ERR_OK && row->len > 0;
}

static bool has_status(const char *row, const char *status)
{
    char *copy = strdup(row), *fields[REPORT_FIELDS_MOST];
    bool has;

    if (strcmp(status, "NOT-REACHED") == 0)
        status = "NOT REACHED";
    has = copy && report_row_cut(copy, fields) > STATUS_FIELD &&
          strcmp(fields[STATUS_FIELD], status) == 0;
    free(copy);
    return has;
}

enum err_code report_rows_copy(FILE *out, FILE *csv, const char *status, struct err *e)
{
    bool is_header = true;
    enum err_code code;
    struct buf row;

    rewind(csv);
    buf_init(&row, BUF_MAX_RESULT);
    while (next_row(csv, &row, &code, e)) {
        if (is_header || has_status(buf_str(&row), status))
            fputs(buf_str(&row), out);
        is_header = false;
    }
    buf_free(&row);
    return code;
}

static bool add_object(json_t *all, char *row, char *const *names, unsigned count)
{
    char *fields[REPORT_FIELDS_MOST];
    unsigned n = report_row_cut(row, fields), i;
    json_t *object = json_object();
    bool added = object != NULL;

    for (i = 0; added && i < n && i < count; i++)
        added = json_object_set_new(object, names[i], json_string(fields[i])) == 0;
    return json_array_append_new(all, object) == 0 && added;
}

enum err_code report_rows_json(json_t **out, FILE *csv, const char *status, struct err *e)
{
    char *header = NULL, *names[REPORT_FIELDS_MOST];
    unsigned count = 0;
    enum err_code code;
    struct buf row;

    *out = json_array();
    rewind(csv);
    buf_init(&row, BUF_MAX_RESULT);
    while (next_row(csv, &row, &code, e)) {
        if (!header) {
            header = strdup(buf_str(&row));
            count = header ? report_row_cut(header, names) : 0;
        } else if (has_status(buf_str(&row), status) && !add_object(*out, row.data, names, count)) {
            code = err_nomem(e);
            break;
        }
    }
    free(header);
    buf_free(&row);
    if (code != ERR_OK)
        json_decref(*out);
    return code;
}
