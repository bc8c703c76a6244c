/* The items of one shard that are settled already (result_is_settled()), by the results that
 * earlier workers of the same run left: an interrupted job that goes on does not ask about them. */
#ifndef COPYOUT_STORE_SETTLED_H
#define COPYOUT_STORE_SETTLED_H

#include "store/result_files.h"
#include "store/thaw/mark_file.h"

struct settled;

/* The facts of such an item. */
struct settled_item {
    uint64_t size; /* bytes */
    enum result_status status;
    bool replaces; /* ledger_replaces() */
    bool needs;    /* ledger_is_needed() */
};

/* Which items count. */
enum settled_which {
    SETTLED_PROVEN,     /* those that are settled */
    SETTLED_NOT_FAILED, /* all that have a result that counts and is not FAILED: for a retry */
    SETTLED_ALL,        /* all that have a result that is proven, or answers the shard's mark
                           (mark_file_is_answered()): of a plan with gaps, for what waited */
};

/* Whether a result of that worker says that its item need not be looked at. mark: of SETTLED_ALL,
 * the worker that left the mark of the shard. Of SETTLED_NOT_FAILED, an item whose results all say
 * so is left out when the one of them that counts is FAILED, or PENDING. */
bool settled_says(enum settled_which which, const struct result *result,
        const struct results_worker *by, const struct results_worker *mark);

/* Reads the lines of these files, the oldest first, and keeps some 150 bytes of each settled item.
 * A line that cannot be understood says nothing. mark: of settled_says(). *out is NULL when there
 * are none. */
enum err_code settled_load(struct settled **out, struct store *store,
        const struct results_name *files, size_t count, enum settled_which which,
        const struct results_worker *mark, struct err *e) ERR_MUST_CHECK;
void settled_free(struct settled *s); /* NULL is allowed */

/* Whether that item (its source, version and destination key) is settled; fills out then. s may be
 * NULL. */
enum err_code settled_find(struct settled *s, const struct item *item, bool *found,
        struct settled_item *out, struct err *e) ERR_MUST_CHECK;

#endif
