/* One row of the report's CSV (RFC 4180), for people and their spreadsheets. */
#ifndef COPYOUT_REPORT_REPORT_CSV_H
#define COPYOUT_REPORT_REPORT_CSV_H

#include "model/result.h"

#define REPORT_CSV_HEADER                                        \
    "name,status,bytes,seconds,MB/s,message,source,destination," \
    "sourceVersion,destinationVersion\r\n"

/* An item that has no result. failure: the error of its shard, "NAME: CAUSE"; NULL: the job was
 * stopped before it. */
void report_csv_not_reached(struct buf *out, const struct item *item,
        const char *destination_bucket, const char *failure);

void report_csv_row(struct buf *out, const struct result *r, const char *destination_bucket);

#endif
