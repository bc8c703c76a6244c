/* One row of the report's CSV (RFC 4180), for people and their spreadsheets. */
#ifndef COPYOUT_REPORT_REPORT_CSV_H
#define COPYOUT_REPORT_REPORT_CSV_H

#include "model/input.h"
#include "model/result.h"

#define REPORT_CSV_COLUMNS                                       \
    "name,status,bytes,seconds,MB/s,message,source,destination," \
    "sourceVersion,destinationVersion"

/* The header, a whole line. REPORT_FORMULAS_ESCAPED has one column more, `escaped`: the names of
 * the columns whose fields have an apostrophe in front that is not theirs, with a space between. */
const char *report_csv_header(enum report_formulas formulas);

/* Whether a spreadsheet may take a field for a formula (OWASP, "CSV Injection"): it begins with =,
 * +, -, @, a tab, a carriage return, a newline, or one of the first four in its full width. */
bool report_csv_is_formula(const char *text);

/* An item that has no result. failure: the error of its shard, "NAME: CAUSE"; NULL: the job was
 * stopped before it. */
void report_csv_not_reached(struct buf *out, const struct item *item,
        const char *destination_bucket, const char *failure, enum report_formulas formulas);

void report_csv_row(struct buf *out, const struct result *r, const char *destination_bucket,
        enum report_formulas formulas);

#endif
