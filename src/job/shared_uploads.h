/* Puts away the records of uploads that workers shared (copy/share.c), when all workers are done.
 */
#ifndef COPYOUT_JOB_SHARED_UPLOADS_H
#define COPYOUT_JOB_SHARED_UPLOADS_H

#include "base/stop.h"
#include "model/plan.h"
#include "s3/sync.h"
#include "store/result_files.h"
#include "store/store.h"

/* Of each object that was copied in slices and has a result: the uploads that are on record are
 * removed, which those that were completed are already, and so are the records. Of an object that
 * has no result, since it was not reached or its copies were stopped, they stay for the next run.
 * What cannot be removed stays on record, and is told by a line of the log. Not from within a
 * callback. */
void shared_uploads_put_away(const struct plan *plan, struct store *store, const struct sync *sync,
        const struct result_files *files, const struct stop *stop);

#endif
