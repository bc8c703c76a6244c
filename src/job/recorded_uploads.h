/* Removing what a dead run left: the multipart uploads that the work store has on record, and no
 * other. */
#ifndef COPYOUT_JOB_RECORDED_UPLOADS_H
#define COPYOUT_JOB_RECORDED_UPLOADS_H

#include "job/engine.h"
#include "store/store.h"

/* The names of the records in the work store. n is empty before; the caller frees it, also after an
 * error. */
enum err_code recorded_uploads_find(
        struct store_names *n, struct store *store, struct err *e) ERR_MUST_CHECK;

/* Aborts each upload until ListParts finds nothing, then removes its record; names are those that
 * recorded_uploads_find() gave. What engine_clean_up()
 * says holds for it. */
enum err_code recorded_uploads_remove(struct store *store, const struct store_names *names,
        const struct sync *sync, const struct stop *stop, struct engine_cleanup *counts,
        struct err *e) ERR_MUST_CHECK;

#endif
