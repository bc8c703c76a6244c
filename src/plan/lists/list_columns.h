/* The meaning of a CSV list's columns: by themselves bucket,key[,versionId]; else as a text, a
 * header, the header of a report of copyout, or the shape of a completion report of S3 Batch
 * Operations says. Pure. */
#ifndef COPYOUT_PLAN_LIST_COLUMNS_H
#define COPYOUT_PLAN_LIST_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/manifest_csv.h"

enum list_column {
    LIST_IGNORE, /* the column is passed over */
    LIST_BUCKET,
    LIST_KEY,
    LIST_VERSION,
    LIST_DESTINATION_KEY,     /* of the copy, below the destination's folder */
    LIST_STATUS,              /* of a report: what became of the object */
    LIST_SOURCE_ADDRESS,      /* s3://bucket/key, nothing encoded */
    LIST_DESTINATION_ADDRESS, /* likewise */
    /* Of a report: the names of the columns whose fields have an apostrophe in front that is not
     * theirs, with a space between. */
    LIST_ESCAPED,
    LIST_COLUMN_KINDS
};

/* The kind of the rows, and so which of them are to be copied. */
enum list_rows {
    LIST_ROWS_OBJECTS,    /* each row is an object to copy */
    LIST_ROWS_REPORT,     /* a report of copyout: all rows, or those that are not there yet */
    LIST_ROWS_COMPLETION, /* of S3 Batch Operations: the tasks that failed */
};

struct list_columns {
    enum list_rows rows;
    unsigned count; /* 0: the usual columns, of which the third may be absent */
    unsigned char kind[CSV_COLUMNS_KEPT]; /* enum list_column */
};

/* A text such as "bucket,key,destinationKey" or "bucket,ignore,key": names with commas between.
 * Returns what is wrong with it (it follows the text in quotes), or NULL. */
const char *list_columns_of_text(struct list_columns *out, const char *text, size_t len);

/* The names that S3 Batch Operations has for them ("Fields" of a manifest's Spec). false: it is
 * none of them. */
bool list_column_of_batch(const char *name, unsigned char *kind);

/* Of a first row that is a header: the columns by their names. false: it names nothing more than
 * the usual ones, and is passed over. */
bool list_columns_of_header(struct list_columns *out, const struct csv_row *row);

/* Whether a first row is the header of a report of copyout (report.csv, ENDED_COPY.csv). */
bool list_columns_of_report(struct list_columns *out, const struct csv_row *row);

/* Whether a first row is one of a completion report of S3 Batch Operations, which has no header
 * (Amazon S3 User Guide, "Examples: S3 Batch Operations completion reports"): bucket, key, version
 * id, "succeeded" or "failed", and three columns more. */
bool list_columns_of_completion(struct list_columns *out, const struct csv_row *row);

/* The field of a row that is of that kind; its length is 0 where there is none. */
struct list_field {
    const char *data; /* NUL-terminated */
    size_t len;
};
struct list_field list_field(
        const struct list_columns *columns, const struct csv_row *row, enum list_column kind);

/* Whether a row is to be copied. only_failed: of a report, those rows alone whose object is not
 * there: FAILED and NOT REACHED. */
bool list_columns_take(
        const struct list_columns *columns, const struct csv_row *row, bool only_failed);

#endif
