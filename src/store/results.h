/* The result lines of a plan's shards, each shard's in a file of its own in the work store
 * (results_name() of work_names.h). The lines that came since the last results_flush() are written
 * together: in a folder, what was flushed is there even if the process is killed. A shard's file is
 * opened at its first item and closed at its last result. */
#ifndef COPYOUT_STORE_RESULTS_H
#define COPYOUT_STORE_RESULTS_H

#include "model/plan.h"
#include "model/result.h"
#include "store/store.h"

struct results;

/* Whether the work store holds at least one result of some run. */
enum err_code results_any(struct store *store, bool *any, struct err *e) ERR_MUST_CHECK;
/* Removes the results of all shards, and nothing else. */
enum err_code results_remove_all(struct store *store, struct err *e) ERR_MUST_CHECK;

/* Begins the results of a run over all shards of plan, or over the one it has (plan->is_part).
 * A run tells what it found itself; the results of earlier runs are set aside, under
 * ledger_name(), until this run's say as much: of a folder all of them, of S3 as copies
 * here. Nothing is read of what was set aside until results_find(), but where an earlier run was
 * killed before it was over. store and plan must outlive it. Not from within a callback. */
enum err_code results_new(struct results **out, struct store *store, const struct plan *plan,
        struct err *e) ERR_MUST_CHECK;
/* Writes what was not flushed, and closes the files. What was not published is not published. NULL
 * is allowed. */
void results_free(struct results *r);

/* Says that an item of that shard was begun, so that its file is needed. shard is the index in
 * plan->shards, here and below. */
enum err_code results_begin(struct results *r, unsigned shard, struct err *e) ERR_MUST_CHECK;
/* Adds a result, after results_begin(). It is recorded when results_flush() has said ERR_OK, and
 * must not be told of before that. */
enum err_code results_add(struct results *r, unsigned shard, const struct result *result,
        struct err *e) ERR_MUST_CHECK;
/* Writes the results that were added. ERR_IO: as many as fit were written; the others wait, and the
 * next results_flush() tries again. No part of a line stays in a file, or the message says that one
 * does. */
enum err_code results_flush(struct results *r, struct err *e) ERR_MUST_CHECK;
/* Looks up what earlier runs wrote: fills entry, whose content is then the caller's. false: nothing
 * is on record of that item. After results_begin() of its shard, before its results_add(). */
bool results_find(
        struct results *r, unsigned shard, const struct item *item, struct ledger_entry *entry);
/* After the copying: publishes the files that were begun (store_publish()), and removes what was
 * set aside and is not needed any more. Not from within a callback. */
enum err_code results_publish(struct results *r, struct err *e) ERR_MUST_CHECK;
/* Whether this run wrote anything of that shard. */
bool results_has(const struct results *r, unsigned shard);

#endif
