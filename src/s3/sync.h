/* Single S3 operations for the steps before and after the copying: each runs the loop until it is
 * done. Not from within a callback. */
#ifndef COPYOUT_S3_SYNC_H
#define COPYOUT_S3_SYNC_H

#include <stdio.h>

#include "base/stop.h"
#include "net/net.h"
#include "s3/client.h"

struct sync {
    struct net *net;
    struct s3_client *s3;
};

/* region (64 bytes) gets where the bucket is, also when the answer is an error; "" if not said. */
enum err_code sync_head_bucket(
        const struct sync *s, const char *bucket, char *region, struct err *e) ERR_MUST_CHECK;
enum err_code sync_head_object(const struct sync *s, const struct s3_where *where,
        struct object_info *object, struct err *e) ERR_MUST_CHECK;
/* The body goes to get->on_body. */
enum err_code sync_get_object(const struct sync *s, const struct s3_where *where,
        const struct s3_get *get, struct err *e) ERR_MUST_CHECK;
enum err_code sync_put_object(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, const void *body, size_t len, struct err *e) ERR_MUST_CHECK;
/* A file of any size, in parts if it is large. */
enum err_code sync_put_file(const struct sync *s, const char *bucket, const char *key,
        const char *content_type, FILE *file, struct err *e) ERR_MUST_CHECK;
/* CreateMultipartUpload and Abort: whether we may write, leaving nothing. */
enum err_code sync_try_write(
        const struct sync *s, const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;
/* Hands over every key below prefix; each must not start requests. */
enum err_code sync_list_objects(const struct sync *s, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const char *key, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;
enum err_code sync_delete_object(
        const struct sync *s, const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;
/* AbortMultipartUpload until ListParts finds nothing. An upload that is gone is no error. */
enum err_code sync_abort_upload(const struct sync *s, const char *bucket, const char *key,
        const char *upload_id, struct err *e) ERR_MUST_CHECK;
/* The unfinished uploads of a key; each must not start requests. */
enum err_code sync_list_uploads(const struct sync *s, const char *bucket, const char *key,
        enum err_code (*each)(void *ctx, const struct s3_upload *upload, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;
/* Waits so long, or until the work is to end. */
enum err_code sync_sleep(
        const struct sync *s, uint64_t ms, const struct stop *stop, struct err *e) ERR_MUST_CHECK;

#endif
