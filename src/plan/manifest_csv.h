/* Bytes of CSV into rows: where a row begins and ends, which line that is, and what may not be in
 * one. What the columns mean is for manifest.c, whose helper this is. */
#ifndef COPYOUT_PLAN_MANIFEST_CSV_H
#define COPYOUT_PLAN_MANIFEST_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { CSV_COLUMNS_KEPT = 24 };

/* What the problem of a row begins with that has quotes elsewhere than around a field. */
#define CSV_OPEN_QUOTE "a quote in the middle of a field"

struct csv_row {
    uint64_t line;    /* on which it begins */
    unsigned columns; /* all of them */
    struct {
        const char *data; /* NUL-terminated; valid until the callback returns */
        size_t len;
    } field[CSV_COLUMNS_KEPT]; /* "" where there is no such column */
};

struct csv_rows_cb {
    void *ctx;
    enum err_code (*row)(void *ctx, const struct csv_row *row, struct err *e);
    /* A row that is none; the parser goes on with the line after it. */
    void (*bad)(void *ctx, uint64_t line, const char *problem);
};

struct csv_rows;

enum err_code csv_rows_new(
        struct csv_rows **out, const struct csv_rows_cb *cb, struct err *e) ERR_MUST_CHECK;
void csv_rows_free(struct csv_rows *c);

/* Errors: out of memory, and what the row callback said; nothing may be fed after one. */
enum err_code csv_rows_feed(
        struct csv_rows *c, const char *data, size_t len, struct err *e) ERR_MUST_CHECK;
enum err_code csv_rows_finish(struct csv_rows *c, struct err *e) ERR_MUST_CHECK;

/* The line that the next byte stands on. */
uint64_t csv_rows_line(const struct csv_rows *c);

#endif
