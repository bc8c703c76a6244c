/* The rows of the page's table, as JSON in temporary files while results come: the objects that are
 * not there and those that are, so that the former can stand first. Of each kind so many rows are
 * kept as the table has at most; in memory is one. */
#ifndef COPYOUT_REPORT_PAGE_ROWS_H
#define COPYOUT_REPORT_PAGE_ROWS_H

#include <stdio.h>

#include "model/result.h"

enum { PAGE_ROWS_MOST = 100000 }; /* rows of the table */

struct page_rows;

/* folder: the destination's; it must outlive the rows. tmp_dir: where the temporary files are.
 * ERR_IO: they cannot be made; ERR_NOMEM. */
enum err_code page_rows_new(struct page_rows **out, const char *folder, const char *tmp_dir,
        struct err *e) ERR_MUST_CHECK;
void page_rows_free(struct page_rows *rows); /* NULL is fine */

/* Adds a row, or only counts it. What cannot be written is told by page_rows_write(). */
void page_rows_add(struct page_rows *rows, const struct result *r);
/* failure: as row_message_not_reached() has it. */
void page_rows_add_item(struct page_rows *rows, const struct item *item, const char *failure);

/* Writes the rows that the table has as the elements of a JSON array, which page.js reads:
 *   [line, status, bytes, seconds, bucket, key, destination key, message]
 * status is an index of page_status_name(); bytes and seconds are null where nothing is known.
 * 0 in place of the bucket or the message: that of the row before; in place of the destination key:
 * the folder and the key. ERR_IO: a temporary file could not be written or read; ERR_NOMEM: also
 * when there was none for a row. */
enum err_code page_rows_write(struct page_rows *rows, FILE *out, struct err *e) ERR_MUST_CHECK;

/* The rows that were added, and those of them that the table has. */
uint64_t page_rows_all(const struct page_rows *rows);
uint64_t page_rows_shown(const struct page_rows *rows);

/* The words for a status, of results and of items without one; NULL: there are no more. */
const char *page_status_name(unsigned number);

#endif
