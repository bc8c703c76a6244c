/* Pages of listings that wait in a temporary file: listings that run side by side end in any order,
 * and what they show is wanted in the order of the keys. */
#ifndef COPYOUT_PLAN_EXPAND_PAGE_SPOOL_H
#define COPYOUT_PLAN_EXPAND_PAGE_SPOOL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file_window.h"
#include "s3/reply.h"

/* A run of objects in the file. */
struct spooled {
    struct spooled *next;
    uint64_t at; /* in the file */
    size_t len;  /* bytes */
};

/* Runs, one after another. Zeroed memory: none. */
struct spooled_runs {
    struct spooled *first, *last;
};

struct page_spool {
    int fd;            /* -1: it is not open */
    uint64_t end;      /* of the file */
    struct buf record; /* scratch */
    struct file_window window;
};

/* dir: where the file is made. Errors: ERR_IO. */
enum err_code page_spool_open(struct page_spool *s, const char *dir, struct err *e) ERR_MUST_CHECK;
void page_spool_close(struct page_spool *s);

/* Writes the first `count` objects behind the file's end, and adds them to runs. Errors: ERR_IO,
 * ERR_NOMEM. */
enum err_code page_spool_add(struct page_spool *s, struct spooled_runs *runs,
        const struct s3_listed *objects, unsigned count, struct err *e) ERR_MUST_CHECK;

/* Calls each for all objects of a run, which hold until it returns. Errors: ERR_IO, ERR_NOMEM, and
 * what each says. */
enum err_code page_spool_read(struct page_spool *s, const struct spooled *run,
        enum err_code (*each)(void *ctx, const struct s3_listed *object, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* Appends all of `from` to `to`; from is empty afterwards. */
void spooled_runs_join(struct spooled_runs *to, struct spooled_runs *from);
void spooled_runs_free(struct spooled_runs *runs);

#endif
