/* Single S3 operations for the steps before and after the copying: each starts an operation and
 * runs the loop until it is done. None may be called from within a callback.
 *
 * All return ERR_OK, the operation's own error (reply.h), an error of s3_start() (client.h), or
 * ERR_INTERNAL when the loop ends without an answer. */
#ifndef COPYOUT_S3_SYNC_H
#define COPYOUT_S3_SYNC_H

#include <stdio.h>

#include "base/stop.h"
#include "net/net.h"
#include "s3/client.h"
#include "s3/put_file.h"

struct sync {
    struct net *net;
    struct s3_client *s3; /* over that net */
};

/* HeadBucket. region: 64 bytes, which get the region that the answer names, also when it is an
 * error; "" when it names none. */
enum err_code sync_head_bucket(
        const struct sync *s, const char *bucket, char *region, struct err *e) ERR_MUST_CHECK;

/* HeadObject. *object is all zero after an error. */
enum err_code sync_head_object(const struct sync *s, const struct s3_where *where,
        struct object_info *object, struct err *e) ERR_MUST_CHECK;

/* GetObject. The body goes to get->on_body. */
enum err_code sync_get_object(const struct sync *s, const struct s3_where *where,
        const struct s3_get *get, struct err *e) ERR_MUST_CHECK;

/* GetObject of the first byte. has: whether the answer has that header. ERR_SERVICE with
 * the status 416: the object is empty (RFC 9110, 15.5.17); *has is false after any error. */
enum err_code sync_get_first_byte(const struct sync *s, const struct s3_where *where,
        const char *header, bool *has, struct err *e) ERR_MUST_CHECK;

/* PutObject. written: what the answer says of the object; NULL: of no interest. */
enum err_code sync_put_object(const struct sync *s, const struct s3_where *where,
        const struct s3_put *put, struct s3_copied *written, struct err *e) ERR_MUST_CHECK;

/* Puts a file of any size, from its beginning: with one PutObject, or in parts if it is larger than
 * 5 MiB. An upload that fails is aborted.
 * Errors besides: ERR_IO (the file cannot be read or measured), ERR_NOMEM. */
enum err_code sync_put_file(const struct sync *s, const char *bucket, const char *key,
        const struct put_file *put, FILE *file, struct err *e) ERR_MUST_CHECK;

/* CreateMultipartUpload and Abort: finds out whether we may write, and leaves nothing behind. */
enum err_code sync_try_write(
        const struct sync *s, const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;

/* ListObjectsV2, all pages: calls each(ctx, key, e) for every key that begins with prefix, in the
 * order of the answers. each must not start requests; an error that it returns ends the listing.
 * Errors besides: ERR_PROTOCOL, for good, when the token of a page comes again, so that there would
 * be no last one; ERR_CANCELLED also when s3_client_cancel_all() was called between two pages. */
enum err_code sync_list_objects(const struct sync *s, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const char *key, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

enum err_code sync_delete_object(
        const struct sync *s, const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;

/* AbortMultipartUpload until ListParts finds no part, five times at most (Amazon S3 API Reference,
 * AbortMultipartUpload: "it might be necessary to abort a given multipart upload multiple times").
 * An upload that is not there is no error; a bucket that is not there is one. */
enum err_code sync_abort_upload(const struct sync *s, const char *bucket, const char *key,
        const char *upload_id, struct err *e) ERR_MUST_CHECK;

/* ListMultipartUploads, all pages that have uploads of that key: calls each(ctx, upload, e) for
 * those. The rest is as with sync_list_objects(). */
enum err_code sync_list_uploads(const struct sync *s, const char *bucket, const char *key,
        enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

/* Runs the loop for so many milliseconds, or until stop asks the work to end, which is looked at
 * every 100 ms. */
enum err_code sync_sleep(
        const struct sync *s, uint64_t ms, const struct stop *stop, struct err *e) ERR_MUST_CHECK;

#endif
