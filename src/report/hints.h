/* Rows that S3 allows and that are mostly mistakes: a size where the version id stands, a '*' in a
 * key. They are copied as they are written; where none of them is found, a hint says what they may
 * be meant for. Each is a row of one table. Pure. */
#ifndef COPYOUT_REPORT_HINTS_H
#define COPYOUT_REPORT_HINTS_H

#include "base/err.h"
#include "model/input.h"
#include "model/report.h"

/* Counts a result into r->hints. input: the job's. */
void hints_count(struct report *r, const struct result *result, const struct input *input);

/* Makes the sentences of r->hint_texts, when all results are counted: of a kind of rows of which
 * there are some, and none was found. Error: ERR_NOMEM. */
enum err_code hints_tell(struct report *r, struct err *e) ERR_MUST_CHECK;

#endif
