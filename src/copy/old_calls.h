/* The operations of S3 as functions, until the copy machine sends struct s3_request itself. */
#ifndef COPYOUT_COPY_OLD_CALLS_H
#define COPYOUT_COPY_OLD_CALLS_H

#include "s3/client.h"

#define OLD_CALL(name, params, request)       \
    static inline enum err_code name params   \
    {                                         \
        struct s3_request r = request;        \
                                              \
        return s3_start(c, &r, done, ctx, e); \
    }
#define ARGS(...)   \
    {               \
        __VA_ARGS__ \
    }
#define PARAMS(...) (struct s3_client * c, __VA_ARGS__, s3_done_cb done, void *ctx, struct err *e)

OLD_CALL(s3_head_object, PARAMS(const struct s3_where *where, unsigned part),
        ARGS(.op = S3_HEAD_OBJECT, .where = *where, .u.head.part = part))
OLD_CALL(s3_get_object, PARAMS(const struct s3_where *where, const struct s3_get *get),
        ARGS(.op = S3_GET_OBJECT, .where = *where, .u.get = *get))
OLD_CALL(s3_copy_object, PARAMS(const struct s3_where *to, const struct s3_copy *copy),
        ARGS(.op = S3_COPY_OBJECT, .where = *to, .u.copy = *copy))
OLD_CALL(s3_get_object_tagging, PARAMS(const struct s3_where *where),
        ARGS(.op = S3_GET_OBJECT_TAGGING, .where = *where))
OLD_CALL(s3_put_object_tagging, PARAMS(const char *bucket, const char *key, const char *tagging),
        ARGS(.op = S3_PUT_OBJECT_TAGGING, .where = {bucket, key, NULL}, .u.tagging = tagging))
OLD_CALL(s3_create_multipart_upload,
        PARAMS(const char *bucket, const char *key, const struct headers *headers),
        ARGS(.op = S3_CREATE_MULTIPART_UPLOAD, .where = {bucket, key, NULL},
                .u.create.headers = headers))
OLD_CALL(s3_upload_part_copy, PARAMS(const struct s3_where *to, const struct s3_part_copy *copy),
        ARGS(.op = S3_UPLOAD_PART_COPY, .where = *to, .u.part_copy = *copy))
OLD_CALL(s3_complete_multipart_upload,
        PARAMS(const struct s3_where *to, const struct s3_complete *complete),
        ARGS(.op = S3_COMPLETE_MULTIPART_UPLOAD, .where = *to, .u.complete = *complete))
OLD_CALL(s3_abort_multipart_upload, PARAMS(const char *bucket, const char *key, const char *id),
        ARGS(.op = S3_ABORT_MULTIPART_UPLOAD, .where = {bucket, key, NULL},
                .u.abort.upload_id = id))
OLD_CALL(s3_list_parts,
        PARAMS(const char *bucket, const char *key, const char *upload_id, unsigned after),
        ARGS(.op = S3_LIST_PARTS, .where = {bucket, key, NULL}, .u.parts = {upload_id, after}))
OLD_CALL(s3_list_uploads, PARAMS(const char *bucket, const char *key),
        ARGS(.op = S3_LIST_MULTIPART_UPLOADS, .where = {bucket, key, NULL}))

#endif
