/* The records of unfinished multipart uploads in the work store. One upload at most is on record
 * for each destination key.
 *
 * Whether the work store is a folder or in S3, an operation that was started calls back exactly
 * once, from the loop and never from within the function that started it; one that returned an
 * error does not call back. */
#ifndef COPYOUT_STORE_UPLOADS_H
#define COPYOUT_STORE_UPLOADS_H

#include "model/upload.h"
#include "store/store.h"

struct uploads;

/* Lists what is there. store must outlive it. */
enum err_code uploads_open(struct uploads **out, struct store *store, struct err *e) ERR_MUST_CHECK;
void uploads_free(struct uploads *u);

/* How many records there are. */
size_t uploads_count(const struct uploads *u);
/* Whether there was a record of that destination when the work store was opened. */
bool uploads_has(const struct uploads *u, const char *bucket, const char *key);

enum { UPLOADS_NAME_SIZE = sizeof "uploads/.json" + 32 };
/* The record's name in the work store. */
enum err_code uploads_name(char name[UPLOADS_NAME_SIZE], const char *bucket, const char *key,
        struct err *e) ERR_MUST_CHECK;

/* Whether a name is one that uploads_name() makes: no other file is read, replaced or removed. */
bool uploads_is_name(const char *name);

/* err is ERR_OK, or why it was not done. found is NULL when there is no record (any more), and for
 * a save or a removal; its content is the receiver's to take. */
typedef void (*uploads_cb)(void *ctx, const struct err *err, struct upload *found);

/* Reads the record of that destination. A record that cannot be understood is ERR_INPUT. */
enum err_code uploads_load(struct uploads *u, const char *bucket, const char *key, uploads_cb cb,
        void *ctx, struct err *e) ERR_MUST_CHECK;
/* Writes the record of upload->bucket and upload->key, or writes over it. */
enum err_code uploads_save(struct uploads *u, const struct upload *upload, uploads_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* Removes the record; one that is not there is no error. */
enum err_code uploads_remove(struct uploads *u, const char *bucket, const char *key, uploads_cb cb,
        void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
