/* Lines that are put at the ends of files, and are written together: what came to a file during one
 * turn of the loop is one write(2). A batch is all writers whose lines are flushed at once. */
#ifndef COPYOUT_BASE_LINE_WRITER_H
#define COPYOUT_BASE_LINE_WRITER_H

#include <stddef.h>

#include "base/err.h"
#include "base/list.h"

struct line_batch {
    struct list waiting; /* the writers that have lines which are not in their files yet */
};

void line_batch_init(struct line_batch *b);
/* Writes the lines that wait, of every writer, into their files. A file gets as many whole lines as
 * fit into it; the others wait for the next flush. The error is the first: ERR_IO, "cannot record a
 * result: ..."; "a torn line remains" says that a part of a line could not be taken out again,
 * which the next flush tries anew. */
enum err_code line_batch_flush(struct line_batch *b, struct err *e) ERR_MUST_CHECK;

struct line_writer;

/* Makes a writer. fd is open for appending (O_APPEND), and is the writer's from then on, also after
 * an error. b must outlive it. ERR_NOMEM. */
enum err_code line_writer_new(
        struct line_writer **out, struct line_batch *b, int fd, struct err *e) ERR_MUST_CHECK;
/* Adds a line of len bytes, at most BUF_MAX_RESULT, with its '\n'. It waits for the flush; when
 * much is waiting the file is flushed here. After an error of that the line waits as the others do,
 * unless there was no room for it: then it is not added. */
enum err_code line_writer_add(
        struct line_writer *w, const char *line, size_t len, struct err *e) ERR_MUST_CHECK;
/* line_batch_flush() of this writer alone. */
enum err_code line_writer_flush(struct line_writer *w, struct err *e) ERR_MUST_CHECK;
/* Writes what waits, closes the file and frees the writer, whatever the outcome. */
enum err_code line_writer_close(struct line_writer *w, struct err *e) ERR_MUST_CHECK;

#endif
