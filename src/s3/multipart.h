/* Multipart uploads, made of copies of another object's ranges or of bytes of ours. */
#ifndef COPYOUT_S3_MULTIPART_H
#define COPYOUT_S3_MULTIPART_H

#include "s3/object.h"

/* headers: what the object shall have (Content-Type, x-amz-meta-…, x-amz-tagging); may be NULL. */
enum err_code s3_create_multipart_upload(struct s3_client *c, const char *bucket, const char *key,
        const struct headers *headers, s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

struct s3_part_copy {
    struct s3_where source;
    const char *source_etag; /* x-amz-copy-source-if-match */
    const char *bucket;
    const char *key;
    const char *upload_id;
    unsigned part;        /* 1 to 10,000 */
    bool whole;           /* the part is the whole source: no range (a range cannot be empty) */
    uint64_t first, last; /* bytes of the source, both included */
};
enum err_code s3_upload_part_copy(struct s3_client *c, const struct s3_part_copy *copy,
        s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* body must stay until done. */
enum err_code s3_upload_part(struct s3_client *c, const char *bucket, const char *key,
        const char *upload_id, unsigned part, const void *body, size_t len, s3_done_cb done,
        void *ctx, struct err *e) ERR_MUST_CHECK;

struct s3_complete {
    const char *bucket;
    const char *key;
    const char *upload_id;
    const char (*etags)[ETAG_SIZE]; /* of parts 1 to count */
    unsigned count;
    bool only_if_absent; /* If-None-Match: * */
};
enum err_code s3_complete_multipart_upload(struct s3_client *c, const struct s3_complete *complete,
        s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

enum err_code s3_abort_multipart_upload(struct s3_client *c, const char *bucket, const char *key,
        const char *upload_id, s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* after: 0 for the first page, or what the page before gave as next. */
enum err_code s3_list_parts(struct s3_client *c, const char *bucket, const char *key,
        const char *upload_id, unsigned after, s3_done_cb done, void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
