/* The rows of the report in each of its forms, one shard after the other, and the counts that go
 * with them. In memory are the places of one shard's lines, and one line. */
#ifndef COPYOUT_REPORT_SHARD_ROWS_H
#define COPYOUT_REPORT_SHARD_ROWS_H

#include <stdio.h>

#include "model/input.h"
#include "model/plan.h"
#include "model/report.h"
#include "report/delivery/delivery_record.h"
#include "report/page/page.h"
#include "store/store.h"

struct shard_rows;

/* Where the rows go. Errors of the files are for the caller to see. */
struct row_sinks {
    FILE *csv;                      /* the rows as they are; NULL: nowhere */
    FILE *escaped;                  /* the same with REPORT_FORMULAS_ESCAPED; NULL: nowhere */
    struct page *page;              /* NULL: none is made */
    struct delivery_record *record; /* likewise */
    /* Takes each result that counts; NULL: nobody does. An error of it ends the rows. */
    enum err_code (*each)(void *ctx, const struct result *result, struct err *e);
    void *ctx;
};

/* Rows go to the sinks, and counts to r. input: the job's. All must outlive it. */
enum err_code shard_rows_new(struct shard_rows **out, struct store *store,
        const struct input *input, struct report *r, const struct row_sinks *sinks,
        struct err *e) ERR_MUST_CHECK;
void shard_rows_free(struct shard_rows *s); /* NULL is fine */

/* Writes the rows of a shard in the order of the manifest's lines: of each item its result, and of
 * an item that has none that it was not reached. names: the files of the shard's results, so many,
 * the oldest first; one that is not there has none. Where an item has results in several files,
 * that one counts which result_beats() finds.
 * failure: why the shard failed, "NAME: CAUSE", which is then told of each item that it did not
 * reach; NULL: it is not known to have failed.
 * ERR_IO: a line is no result, an item has two in one file, there are more than items, or one is of
 * another shard's item. The message begins with the file's name, or the shard's. */
enum err_code shard_rows_write(struct shard_rows *s, const struct shard *shard, unsigned number,
        const char *const *names, unsigned files, const char *failure,
        struct err *e) ERR_MUST_CHECK;

#endif
