/* The rows of a report's CSV (report/report_csv.h) that have a status. */
#ifndef COPYOUT_CMD_REPORT_ROWS_H
#define COPYOUT_CMD_REPORT_ROWS_H

#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"

enum { REPORT_FIELDS_MOST = 16 };

/* Cuts a row, which it changes, into its fields: what quotes enclose, doubled quotes as one.
 * Returns how many there are. */
unsigned report_row_cut(char *row, char *fields[REPORT_FIELDS_MOST]);

/* Copies the header and the rows of that status ("FAILED"; "NOT-REACHED" for NOT REACHED) from a
 * file, which is read from its beginning, to out. */
enum err_code report_rows_copy(
        FILE *out, FILE *csv, const char *status, struct err *e) ERR_MUST_CHECK;
/* The same rows as an array of objects, whose members are named by the header. */
enum err_code report_rows_json(
        json_t **out, FILE *csv, const char *status, struct err *e) ERR_MUST_CHECK;

#endif
