/* The names in a row of a CSV list, from whatever columns they stand in. Pure. */
#ifndef COPYOUT_PLAN_ROW_FIELDS_H
#define COPYOUT_PLAN_ROW_FIELDS_H

#include "base/buf.h"
#include "plan/lists/list_columns.h"

/* Their lengths are 0 where the row has none. Valid as long as the row and the names. */
struct row_fields {
    struct list_field bucket, key, version;
    struct list_field destination_bucket; /* of a report alone */
    struct list_field destination;        /* the key of the copy */
};

/* The buckets of addresses, which have no NUL of their own behind them. */
struct row_names {
    struct buf source, destination;
};

void row_names_init(struct row_names *n);
void row_names_free(struct row_names *n);
/* ERR_OK, or that there was no memory for one. */
enum err_code row_names_check(const struct row_names *n, struct err *e) ERR_MUST_CHECK;

/* Whether the row is s3://bucket/key and nothing else, of the usual columns. */
bool row_is_address(const struct list_columns *columns, const struct csv_row *row);

void row_fields_take(struct row_fields *out, struct row_names *names,
        const struct list_columns *columns, const struct csv_row *row);

/* Of a row of a report: its destination as the name below that folder of that bucket; none where it
 * lies elsewhere. */
void row_fields_keep_destination(struct row_fields *f, const char *bucket, const char *folder);

#endif
