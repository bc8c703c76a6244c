/* The results that a work store holds before a run: whether there are any, and how they are set
 * aside. What they knew of objects that we wrote under ETags of our own stays in the shard's ledger,
 * under ledger_name(). */
#ifndef COPYOUT_STORE_EARLIER_H
#define COPYOUT_STORE_EARLIER_H

#include "store/result_files.h"

/* Whether the work store holds at least one result of some run. */
enum err_code earlier_any(struct store *store, bool *any, struct err *e) ERR_MUST_CHECK;
/* Removes the results of all shards and runs, and nothing else. */
enum err_code earlier_remove_all(struct store *store, struct err *e) ERR_MUST_CHECK;
/* Says that the next run goes on from no results of the plan: it looks at all again. */
enum err_code earlier_forsake(
        struct store *store, const struct plan *plan, struct err *e) ERR_MUST_CHECK;

/* Sets the files aside, which are of one shard, the oldest first, and lie in the work store.
 * *has_ledger says whether the shard has a ledger, before and after. A process that is killed at
 * any moment leaves files from which the same is made again. Not from within a callback. */
enum err_code earlier_set_aside(struct store *store, const struct results_name *files, size_t count,
        bool *has_ledger, struct err *e) ERR_MUST_CHECK;

/* store_publish() of a file, and waits for it. Not from within a callback. */
enum err_code earlier_publish(struct store *store, const char *name, struct err *e) ERR_MUST_CHECK;

#endif
