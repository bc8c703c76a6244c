/* Listings, and the removal of what they found. */
#ifndef COPYOUT_S3_LISTING_H
#define COPYOUT_S3_LISTING_H

#include "s3/client.h"
#include "s3/reply.h"

/* The unfinished uploads of one key, which must not be empty. */
enum err_code s3_list_uploads(struct s3_client *c, const char *bucket, const char *key,
        s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* after: NULL for the first page, or what the page before gave as next. */
enum err_code s3_list_objects(struct s3_client *c, const char *bucket, const char *prefix,
        const char *after, s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* What is not there is no error. */
enum err_code s3_delete_object(struct s3_client *c, const char *bucket, const char *key,
        s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
