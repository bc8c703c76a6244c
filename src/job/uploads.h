/* The records of unfinished multipart uploads in the work store. One upload at most is on record
 * for each destination key.
 *
 * In a folder each function has done its work when it returns (*at_once is set, and cb is not
 * called); in S3 it sends a request through the S3 client, and cb is called once, from the loop. */
#ifndef COPYOUT_JOB_UPLOADS_H
#define COPYOUT_JOB_UPLOADS_H

#include "job/store.h"
#include "job/upload.h"

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

/* found is NULL when there is no record (any more); its content is the receiver's to take. */
typedef void (*uploads_cb)(void *ctx, const struct err *err, struct upload *found);

/* at once: *found is filled, or zeroed when there is none. */
enum err_code uploads_load(struct uploads *u, const char *bucket, const char *key,
        struct upload *found, bool *at_once, uploads_cb cb, void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* Writes, or writes over. */
enum err_code uploads_save(struct uploads *u, const struct upload *upload, bool *at_once,
        uploads_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
enum err_code uploads_remove(struct uploads *u, const char *bucket, const char *key, bool *at_once,
        uploads_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
