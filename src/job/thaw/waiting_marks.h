/* The marks of a job's shards that have objects whose sources are being restored, one file each in
 * the work store (waiting_name() of store/work_names.h). A worker that does not wait leaves a mark,
 * and a later one looks at the marked shards only. The state machine asks whether there is any. */
#ifndef COPYOUT_JOB_WAITING_MARKS_H
#define COPYOUT_JOB_WAITING_MARKS_H

#include "model/plan.h"
#include "store/results.h"

/* After a copying that reached all items of its plan's shards, and is published: marks the shards
 * with items that were put aside, as this worker's (store/thaw/mark_file.h), and removes the marks
 * of those without; a worker of one slice removes none. A mark that a look of the marked shards
 * finds stays that of the worker that left it. Not from within a callback. */
enum err_code waiting_marks_update(struct store *store, const struct plan *plan,
        const struct results *results, struct err *e) ERR_MUST_CHECK;

/* Leaves of a whole plan the items of the marked shards (plan_keep_shards()). *any: there are some.
 */
enum err_code waiting_marks_keep(
        struct plan *plan, struct store *store, bool *any, struct err *e) ERR_MUST_CHECK;

#endif
