/* The display of a copying: from facts to lines of a width, and to one line of a log. Pure. */
#ifndef COPYOUT_CMD_PROGRESS_PROGRESS_LINES_H
#define COPYOUT_CMD_PROGRESS_PROGRESS_LINES_H

#include "cli/terminal.h"
#include "cmd/progress/limited_by.h"
#include "job/engine.h"

enum { PROGRESS_NAME_SIZE = 256 };

/* All that is shown. */
struct progress_facts {
    struct engine_progress now; /* without the names of its largest objects */
    char names[ENGINE_LARGEST]
              [PROGRESS_NAME_SIZE];    /* of these: "bucket/key", as a person may see it */
    double objects_per_s, bytes_per_s; /* over the last while; negative: not known */
    enum limited_by limited_by;
};

/* The bytes of all objects. */
struct progress_total {
    double bytes;  /* negative: not known */
    bool is_exact; /* all sizes are known; else it is what they would be in all, by their average */
};
struct progress_total progress_total(const struct engine_progress *now);

/* Seconds until all objects are done at that pace, by their number and by their bytes. Negative:
 * not known, or never. */
double progress_left_by_objects(const struct progress_facts *f);
double progress_left_by_bytes(const struct progress_facts *f);

/* At most `rows` lines of at most `columns` cells: objects, bytes, what happens now, and the
 * largest objects under way, in this order. Returns how many, at most TERMINAL_LINES_MOST. */
unsigned progress_lines(const struct progress_facts *f, unsigned columns, unsigned rows,
        struct terminal_line *lines);
/* The same without the largest objects as one line, without '\n', appended to out. */
void progress_text(const struct progress_facts *f, struct buf *out);

#endif
