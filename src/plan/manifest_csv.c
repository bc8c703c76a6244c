#include "plan/manifest_csv.h"

#include <csv.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* libcsv splits a row into fields and undoes its quotes. It does not count lines, ends a row at any
 * CR, and would hold a field of any size; so the bytes are looked through first:
 *
 * - In strict mode quotes stand only around a field or doubled in it, so an even number of them
 *   since the row began means that we are outside quotes. There, and only there, LF ends the row,
 *   CR is dropped in front of LF and is an error elsewhere.
 * - Bytes go to libcsv in pieces that hold an LF at most as their last byte. When a piece is
 *   refused, the first LF after what was wrong is therefore either that byte or still to come, and
 *   the result does not depend on how the bytes were cut when they were fed. */
struct csv_rows {
    struct csv_rows_cb cb;
    struct csv_parser parser;
    uint64_t line;     /* of the next byte, from 1 */
    uint64_t row_line; /* on which the row begins */
    size_t row_len;    /* bytes of the row given to libcsv */
    bool quoted;
    bool cr;   /* a CR outside quotes was held back: the next byte says what it is */
    bool skip; /* the row was refused: pass over the rest of the line */

    unsigned columns;
    struct buf text; /* the fields of the row, each with a NUL */
    struct {
        size_t at, len;
    } field[CSV_COLUMNS_KEPT];
};

/* Spaces and tabs are part of a key; libcsv would strip them. */
static int is_space(unsigned char c)
{
    (void)c;
    return 0;
}

static int is_term(unsigned char c)
{
    return c == '\n';
}

/* Ready for a new row; also after an error, which leaves libcsv in the middle of one. */
static enum err_code parser_reset(struct csv_rows *c, struct err *e)
{
    csv_free(&c->parser);
    if (csv_init(&c->parser, CSV_STRICT) != 0)
        return err_set(e, ERR_INTERNAL, "the CSV parser cannot be set up");
    csv_set_space_func(&c->parser, is_space);
    csv_set_term_func(&c->parser, is_term);
    csv_set_blk_size(&c->parser, 4096);
    return ERR_OK;
}

enum err_code csv_rows_new(struct csv_rows **out, const struct csv_rows_cb *cb, struct err *e)
{
    struct csv_rows *c = calloc(1, sizeof *c);
    enum err_code rc;

    *out = NULL;
    if (!c)
        return err_nomem(e);
    c->cb = *cb;
    c->line = 1;
    buf_init(&c->text, BUF_MAX_LINE + CSV_COLUMNS_KEPT);
    rc = parser_reset(c, e);
    if (rc != ERR_OK) {
        csv_rows_free(c);
        return rc;
    }
    *out = c;
    return ERR_OK;
}

void csv_rows_free(struct csv_rows *c)
{
    if (!c)
        return;
    csv_free(&c->parser);
    buf_free(&c->text);
    free(c);
}

uint64_t csv_rows_line(const struct csv_rows *c)
{
    return c->line;
}

static void on_field(void *data, size_t len, void *ctx)
{
    struct csv_rows *c = ctx;

    if (c->columns < CSV_COLUMNS_KEPT) {
        c->field[c->columns].at = c->text.len;
        c->field[c->columns].len = len;
        buf_add(&c->text, data, len);
        buf_addc(&c->text, '\0');
    }
    if (c->columns < UINT32_MAX)
        c->columns++;
}

static void row_reset(struct csv_rows *c)
{
    c->row_len = 0;
    c->quoted = false;
    c->columns = 0;
    buf_clear(&c->text);
}

/* Reports the row as a bad one and passes over the rest of the line. */
static enum err_code refuse(struct csv_rows *c, const char *problem, struct err *e)
{
    char text[256];
    uint64_t row_line = c->row_len > 0 ? c->row_line : c->line;

    c->skip = true;
    c->cr = false;
    if (row_line == c->line) {
        c->cb.bad(c->cb.ctx, row_line, problem);
    } else {
        snprintf(text, sizeof text,
                "%s (the row goes on to line %" PRIu64 "; a closing quote may be missing)", problem,
                c->line);
        c->cb.bad(c->cb.ctx, row_line, text);
    }
    row_reset(c);
    return parser_reset(c, e);
}

/* Gives a piece of the row to libcsv. */
static enum err_code flush(struct csv_rows *c, const char *data, size_t len, struct err *e)
{
    size_t fits = BUF_MAX_LINE - c->row_len;
    size_t n = len < fits ? len : fits;

    if (len == 0)
        return ERR_OK;
    if (c->row_len == 0)
        c->row_line = c->line;
    c->row_len += n;
    if (csv_parse(&c->parser, data, n, on_field, NULL, c) != n) {
        if (csv_error(&c->parser) != CSV_EPARSE)
            return err_nomem(e);
        return refuse(c, CSV_OPEN_QUOTE ": quote the whole field, and double the quotes in it", e);
    }
    if (n < len)
        return refuse(c, "the row is longer than 65,536 bytes", e);
    return ERR_OK;
}

/* Hands the fields over as a row. */
static enum err_code emit(struct csv_rows *c, uint64_t line, struct err *e)
{
    struct csv_row row;
    enum err_code rc;
    unsigned i;

    if (!buf_ok(&c->text))
        return err_nomem(e);
    row.line = line;
    row.columns = c->columns;
    for (i = 0; i < CSV_COLUMNS_KEPT; i++) {
        bool there = i < c->columns;

        row.field[i].data = there ? c->text.data + c->field[i].at : "";
        row.field[i].len = there ? c->field[i].len : 0;
    }
    rc = c->cb.row(c->cb.ctx, &row, e);
    row_reset(c);
    return rc;
}

/* An LF outside quotes has come. */
static enum err_code end_row(struct csv_rows *c, struct err *e)
{
    if (c->row_len == 0) /* a blank line */
        return ERR_OK;
    if (csv_parse(&c->parser, "\n", 1, on_field, NULL, c) != 1)
        return err_nomem(e);
    return emit(c, c->row_line, e);
}

/* An LF has come, and `data` before it that was not flushed yet. */
static enum err_code take_lf(struct csv_rows *c, const char *data, size_t len, struct err *e)
{
    /* Inside quotes it belongs to the field. */
    enum err_code rc = flush(c, data, c->quoted ? len + 1 : len, e);

    if (rc != ERR_OK)
        return rc;
    if (!c->skip && !c->quoted)
        rc = end_row(c, e);
    c->skip = false;
    c->line++;
    return rc;
}

/* --- rows without difficulties, which nearly all are: libcsv takes 60 instructions a byte --- */

/* The end of the field that begins at `at`; NULL: it is for libcsv. */
static const char *take_field(struct csv_rows *c, const char *at, const char *end)
{
    bool quoted = at < end && *at == '"';
    const char *from = quoted ? at + 1 : at;
    const char *stop = memchr(from, quoted ? '"' : ',', (size_t)(end - from));

    if (!quoted && !stop)
        stop = end;
    if (!stop || (!quoted && memchr(from, '"', (size_t)(stop - from))))
        return NULL;
    on_field((void *)from, (size_t)(stop - from), c);
    return quoted ? stop + 1 : stop;
}

/* Splits a row whose fields have no quotes in them, and no CR. false: it is for libcsv. */
static bool split(struct csv_rows *c, const char *row, size_t len)
{
    const char *at = row, *end = row + len;

    if (memchr(row, '\r', len))
        return false;
    for (at = take_field(c, at, end); at && at < end; at = take_field(c, at + 1, end))
        if (*at != ',')
            return false;
    return at != NULL;
}

/* Takes the row that begins and ends in data, if it is an easy one. *taken: its bytes with the LF;
 * 0: it is not. */
static enum err_code take_easy(
        struct csv_rows *c, const char *data, size_t len, size_t *taken, struct err *e)
{
    const char *newline = memchr(data, '\n', len);
    size_t row_len = newline ? (size_t)(newline - data) : 0;
    enum err_code rc = ERR_OK;

    *taken = 0;
    if (!newline || row_len > BUF_MAX_LINE)
        return ERR_OK;
    if (row_len > 0 && data[row_len - 1] == '\r')
        row_len--;
    if (row_len > 0 && !split(c, data, row_len)) {
        row_reset(c);
        return ERR_OK;
    }
    if (row_len > 0)
        rc = emit(c, c->line, e);
    c->line++;
    *taken = (size_t)(newline - data) + 1;
    return rc;
}

static bool at_row_start(const struct csv_rows *c)
{
    return c->row_len == 0 && !c->quoted && !c->cr && !c->skip;
}

/* Takes the bytes of one row, or what there is of it, by way of libcsv. *taken: how many. */
static enum err_code take_any(
        struct csv_rows *c, const char *data, size_t len, size_t *taken, struct err *e)
{
    size_t from = 0, i; /* data[from..i) is still to be flushed */
    enum err_code rc = ERR_OK;
    bool ended = false;

    for (i = 0; i < len && rc == ERR_OK && !ended; i++) {
        if (c->cr && data[i] != '\n')
            rc = refuse(c, "a carriage return outside quotes and not at the end of a line", e);
        c->cr = false;
        if (c->skip && data[i] != '\n') {
            from = i + 1;
        } else if (data[i] == '\n') {
            if (rc == ERR_OK)
                rc = take_lf(c, data + from, i - from, e);
            from = i + 1;
            ended = at_row_start(c);
        } else if (data[i] == '"') {
            c->quoted = !c->quoted;
        } else if (data[i] == '\r' && !c->quoted) {
            rc = flush(c, data + from, i - from, e);
            from = i + 1;
            c->cr = !c->skip;
        }
    }
    *taken = i;
    return rc == ERR_OK ? flush(c, data + from, i - from, e) : rc;
}

enum err_code csv_rows_feed(struct csv_rows *c, const char *data, size_t len, struct err *e)
{
    enum err_code rc = ERR_OK;
    size_t at = 0, taken;

    while (at < len && rc == ERR_OK) {
        taken = 0;
        if (at_row_start(c))
            rc = take_easy(c, data + at, len - at, &taken, e);
        if (rc == ERR_OK && taken == 0)
            rc = take_any(c, data + at, len - at, &taken, e);
        at += taken;
    }
    return rc;
}

enum err_code csv_rows_finish(struct csv_rows *c, struct err *e)
{
    /* A CR that is the last byte of all was to be a line's end. */
    c->cr = false;
    if (c->skip)
        return ERR_OK;
    if (c->quoted) {
        c->cb.bad(c->cb.ctx, c->row_line, "a closing quote is missing");
        return ERR_OK;
    }
    return end_row(c, e);
}
