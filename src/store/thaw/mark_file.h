/* The mark of one shard that has objects whose sources are being restored, and what it says of the
 * shard's results: a file that names the worker that left it. That worker looked at all objects of
 * the shard that were not proven, and each of them has a result of its own since, or waits. */
#ifndef COPYOUT_STORE_MARK_FILE_H
#define COPYOUT_STORE_MARK_FILE_H

#include "model/plan.h"
#include "store/result_files.h"

/* Marks the shard of that name, with the worker of it, or removes its mark. Not from within a
 * callback. */
enum err_code mark_file_save(
        struct store *store, const struct results_name *worker, struct err *e) ERR_MUST_CHECK;
enum err_code mark_file_remove(struct store *store, unsigned shard, struct err *e) ERR_MUST_CHECK;

/* The workers that left the marks of those shards of the plan that have items; of all others, and
 * where a mark does not say so (an older copyout left it, or it is damaged), the worker is zeroed.
 * *out has plan->shard_count of them, and is free()'s, also after an error. *last: the greatest seq
 * of those of that run. Not from within a callback. */
enum err_code mark_file_load_all(struct results_worker **out, unsigned *last, struct store *store,
        const struct plan *plan, unsigned run, struct err *e) ERR_MUST_CHECK;

/* Whether a result that is not proven, of the worker `by`, was made when or after that mark was
 * left, so that its object does not wait: by the worker that left the mark, or by a later one.
 * Of a zeroed mark it is not known who left it, and every result counts. */
bool mark_file_is_answered(const struct results_worker *by, const struct results_worker *mark);

#endif
