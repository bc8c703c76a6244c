/* The lines of one shard, of its items or its results, in the order of the manifest's lines. Only
 * their places are in memory, 24 bytes for each. */
#ifndef COPYOUT_REPORT_LINE_INDEX_H
#define COPYOUT_REPORT_LINE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct line_index;

/* A line's place. */
struct line_place {
    uint64_t line;   /* of the manifest, which the line tells of */
    uint64_t offset; /* of the line in its file, or in the copies of all files */
    uint32_t length; /* bytes, without the '\n' */
    uint32_t file;   /* of those that were added the how manieth, from 0 */
};

/* Finds out of which line of the manifest a line tells. ERR_IO: it is no line that can be here. */
typedef enum err_code (*line_index_cb)(const char *text, size_t len, uint64_t *line, struct err *e);

/* tmp_dir: where the lines of several files are put together; it must outlive the index. */
enum err_code line_index_new(struct line_index **out, line_index_cb line_of, const char *tmp_dir,
        struct err *e) ERR_MUST_CHECK;
void line_index_free(struct line_index *x); /* NULL is fine */

/* Forgets what was added. Then so many files are added, the oldest first. */
enum err_code line_index_begin(struct line_index *x, unsigned files, struct err *e) ERR_MUST_CHECK;
/* Adds the whole lines of a file from where it stands on, at most `most` of them: what a kill left
 * of a last line is none. The file is the index's from then on, also after an error. */
enum err_code line_index_add(
        struct line_index *x, FILE *file, uint64_t most, struct err *e) ERR_MUST_CHECK;
/* Puts them in the order of (line, file, offset). To be called after the last file, and before the
 * functions below. ERR_IO: the lines of several files cannot be put together. */
enum err_code line_index_sort(struct line_index *x, struct err *e) ERR_MUST_CHECK;

size_t line_index_count(const struct line_index *x);
/* The place with that number, from 0; NULL: there are no more. */
const struct line_place *line_index_at(const struct line_index *x, size_t number);
/* The text of a line, without '\n'; valid until the next call. */
enum err_code line_index_text(struct line_index *x, const struct line_place *place,
        const char **text, struct err *e) ERR_MUST_CHECK;

#endif
