/* Removing what a dead run left: the multipart uploads that the work store has on record, and no
 * other. */
#ifndef COPYOUT_JOB_RECORDED_UPLOADS_H
#define COPYOUT_JOB_RECORDED_UPLOADS_H

#include "job/engine.h"
#include "model/upload.h"
#include "store/store.h"

/* The names of the records in the work store. n is empty before; the caller frees it, also after an
 * error. */
enum err_code recorded_uploads_find(
        struct store_names *n, struct store *store, struct err *e) ERR_MUST_CHECK;

/* Reads a record; u is the caller's to free, also after an error. ERR_INPUT: it is none, and u
 * holds its age alone. */
enum err_code recorded_uploads_load(
        struct store *store, const char *name, struct upload *u, struct err *e) ERR_MUST_CHECK;
/* Aborts the upload of one record until ListParts finds nothing, then removes the record. What
 * fails is told by a line of the log and counted; an error is one of the work store. */
enum err_code recorded_uploads_clean(struct store *store, const struct sync *sync, const char *name,
        struct engine_cleanup *counts, struct err *e) ERR_MUST_CHECK;

/* Aborts each upload until ListParts finds nothing, then removes its record; names are those that
 * recorded_uploads_find() gave. What engine_clean_up()
 * says holds for it. */
enum err_code recorded_uploads_remove(struct store *store, const struct store_names *names,
        const struct sync *sync, const struct stop *stop, struct engine_cleanup *counts,
        struct err *e) ERR_MUST_CHECK;

#endif
