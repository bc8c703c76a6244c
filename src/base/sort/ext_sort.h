/* Sorts records by their bytes, any number of them, in bounded memory: sorted runs of EXT_SORT_RUN
 * bytes go to one unlinked temporary file, and are merged when they are read back. */
#ifndef COPYOUT_BASE_EXT_SORT_H
#define COPYOUT_BASE_EXT_SORT_H

#include <stddef.h>

#include "base/err.h"

enum {
    EXT_SORT_RUN = 8 * 1024 * 1024,     /* bytes of records that are sorted in memory */
    EXT_SORT_RECORD_MOST = 1024 * 1024, /* bytes of one record */
};

struct ext_sort;

/* tmp_dir: where the temporary file is made, when there is more than one run; it must outlive it.
 */
enum err_code ext_sort_new(
        struct ext_sort **out, const char *tmp_dir, struct err *e) ERR_MUST_CHECK;
void ext_sort_free(struct ext_sort *s); /* NULL is fine */

/* Adds a record of len bytes, at most EXT_SORT_RECORD_MOST (ERR_LIMIT). Not after
 * ext_sort_begin(). ERR_IO, ERR_NOMEM. */
enum err_code ext_sort_add(
        struct ext_sort *s, const void *data, size_t len, struct err *e) ERR_MUST_CHECK;

/* Ends the adding, and begins the reading at the least record. Once. */
enum err_code ext_sort_begin(struct ext_sort *s, struct err *e) ERR_MUST_CHECK;

/* The next record, in ascending order of the bytes (memcmp(3), a shorter one before a longer that
 * begins so); valid until the next call. *data is NULL when there are no more. */
enum err_code ext_sort_next(
        struct ext_sort *s, const char **data, size_t *len, struct err *e) ERR_MUST_CHECK;

#endif
