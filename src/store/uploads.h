/* The records of unfinished multipart uploads in the work store (model/upload.h), one file each
 * (uploads_name() of work_names.h). */
#ifndef COPYOUT_STORE_UPLOADS_H
#define COPYOUT_STORE_UPLOADS_H

#include "model/upload.h"
#include "store/store.h"

struct uploads;

/* Lists what is there. store must outlive it. Not from within a callback. */
enum err_code uploads_open(struct uploads **out, struct store *store, struct err *e) ERR_MUST_CHECK;
/* No operation may be under way. NULL is allowed. */
void uploads_free(struct uploads *u);

/* How many records there were when the work store was opened. */
size_t uploads_count(const struct uploads *u);
/* Whether there was a first record of that destination when the work store was opened. */
bool uploads_has(const struct uploads *u, const char *bucket, const char *key);

/* err is ERR_OK, or why the operation was not done. found is NULL when there is no record (any
 * more), and for a save or a removal; its content is the receiver's to take. Of a record that
 * cannot be understood (ERR_INPUT) it holds nothing but its age. */
typedef void (*uploads_cb)(void *ctx, const struct err *err, struct upload *found);

/* Each of these calls back exactly once, from the loop and never from within itself; one that
 * returns an error (ERR_NOMEM, ERR_LIMIT) does not call back. They are for while the loop runs, and
 * are as durable as store_put() says.
 *
 * Reads that record (UPLOAD_FIRST, ...) of that destination. A record that cannot be understood is
 * ERR_INPUT. */
enum err_code uploads_load(struct uploads *u, const char *bucket, const char *key, unsigned which,
        uploads_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* Writes the record upload->which of upload->bucket and upload->key, in the place of the one that
 * is there. upload need not outlive the call. */
enum err_code uploads_save(struct uploads *u, const struct upload *upload, uploads_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* The same, if there is no such record yet: else the callback's error is ERR_PRECONDITION. Of
 * several workers that do so one succeeds (store_put_new()). */
enum err_code uploads_publish(struct uploads *u, const struct upload *upload, uploads_cb cb,
        void *ctx, struct err *e) ERR_MUST_CHECK;
/* Removes that record; one that is not there is no error. */
enum err_code uploads_remove(struct uploads *u, const char *bucket, const char *key, unsigned which,
        uploads_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
