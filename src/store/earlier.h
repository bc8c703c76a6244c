/* The results that a work store holds before a run: whether there are any, and how they are set
 * aside. What they knew of objects that we wrote under ETags of our own stays in the shard's
 * ledger, under ledger_name(). */
#ifndef COPYOUT_STORE_EARLIER_H
#define COPYOUT_STORE_EARLIER_H

#include "store/result_files.h"

/* Whether the work store holds at least one result of some run. */
enum err_code earlier_any(struct store *store, bool *any, struct err *e) ERR_MUST_CHECK;
/* Removes the results of all shards and runs, and nothing else. */
enum err_code earlier_remove_all(struct store *store, struct err *e) ERR_MUST_CHECK;
/* Has what the results and ledgers of all shards say of objects that were written under ETags of
 * their own lie in one ledger, LEDGER_ALL_FILE, with what that said before and they do not replace:
 * before they are removed since the plan's shards will be others. Only of a folder; of a store in
 * S3 nothing is kept. Not from within a callback. */
enum err_code earlier_gather(struct store *store, struct err *e) ERR_MUST_CHECK;
/* Says that the next run goes on from no results of the plan: it looks at all again. */
enum err_code earlier_forsake(
        struct store *store, const struct plan *plan, struct err *e) ERR_MUST_CHECK;

/* Sets the files aside, which are of one shard, the oldest first, and lie in the work store.
 * *has_ledger says whether the shard has a ledger, before and after. A process that is killed at
 * any moment leaves files from which the same is made again. Not from within a callback. */
enum err_code earlier_set_aside(struct store *store, const struct results_name *files, size_t count,
        bool *has_ledger, struct err *e) ERR_MUST_CHECK;

/* Sets has[shard] of those of the plan's shards, counted within it, that have a ledger. Not from
 * within a callback. */
enum err_code earlier_find_ledgers(
        struct store *store, const struct plan *plan, bool *has, struct err *e) ERR_MUST_CHECK;
/* The ledgers of other jobs of the same list and destination, which these leave in the store
 * `ledgers`: has those of shards that have none of their own lie here as if they were, and be read
 * by store_read() until the store is closed; sets has[shard]. Not from within a callback. */
enum err_code earlier_borrow(struct store *store, struct store *ledgers, const struct plan *plan,
        bool *has, struct err *e) ERR_MUST_CHECK;
/* Leaves a ledger there for later jobs: what these files of one shard, the oldest first and each of
 * which can be read here, say of objects that were written, and what the shard's own ledger says of
 * others (has_ledger). Not from within a callback. */
enum err_code earlier_leave(struct store *store, const struct results_name *files, size_t count,
        bool has_ledger, struct store *ledgers, struct err *e) ERR_MUST_CHECK;

/* store_publish() of a file, and waits for it. Not from within a callback. */
enum err_code earlier_publish(struct store *store, const char *name, struct err *e) ERR_MUST_CHECK;

#endif
