/* The display of copyout verify: from facts to lines of a width, and to one line of a log. Pure. */
#ifndef COPYOUT_CMD_PROGRESS_VERIFY_LINES_H
#define COPYOUT_CMD_PROGRESS_VERIFY_LINES_H

#include "cli/terminal.h"
#include "job/verify/audit.h"

struct verify_facts {
    struct audit_progress now;
    double objects_per_s; /* over the last while; negative: not known */
};

/* The functions of a struct progress_view (progress.h), whose facts are a struct verify_facts. */

/* At most `rows` lines of at most `columns` cells: objects and findings, then requests. Returns how
 * many. */
unsigned verify_lines(
        const void *facts, unsigned columns, unsigned rows, struct terminal_line *lines);
/* The same as one line, without '\n', appended to out. */
void verify_text(const void *facts, struct buf *out);

#endif
