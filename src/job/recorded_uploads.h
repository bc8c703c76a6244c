/* Removing what a dead run left: the multipart uploads that the work store has on record, and no
 * other. */
#ifndef COPYOUT_JOB_RECORDED_UPLOADS_H
#define COPYOUT_JOB_RECORDED_UPLOADS_H

#include "job/engine.h"
#include "store/store.h"

/* Aborts each upload until ListParts finds nothing, then removes its record. What engine_clean_up()
 * says holds for it. */
enum err_code recorded_uploads_remove(struct store *store, const struct sync *sync,
        const struct stop *stop, struct engine_cleanup *counts, struct err *e) ERR_MUST_CHECK;

#endif
