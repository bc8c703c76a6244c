/* The words of one row of a report, for all of its forms. The caller says how a text gets into the
 * form: with quotes doubled, as HTML, as JSON. Pure. */
#ifndef COPYOUT_REPORT_ROW_TEXT_H
#define COPYOUT_REPORT_ROW_TEXT_H

#include "model/result.h"

/* Appends text[0..len). */
typedef void (*row_text_fn)(struct buf *out, const char *text, size_t len);

/* The message of a result: the error, or how the copy was proven and what did not come along. */
void row_message(struct buf *out, const struct result *r, row_text_fn add);

/* The message of an item that has no result. failure: the error of its shard, "NAME: CAUSE"; NULL:
 * the job was stopped before it. */
void row_message_not_reached(struct buf *out, const char *failure, row_text_fn add);

/* The status of such an item. */
#define ROW_NOT_REACHED "NOT REACHED"

#endif
