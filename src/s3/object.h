/* Operations on whole objects. Strings given are copied unless said otherwise; each function calls
 * back exactly once when it returned ERR_OK, and never otherwise. */
#ifndef COPYOUT_S3_OBJECT_H
#define COPYOUT_S3_OBJECT_H

#include "net/http.h"
#include "s3/client.h"
#include "s3/reply.h"

/* Which object: the version is optional. */
struct s3_where {
    const char *bucket;
    const char *key;
    const char *version_id; /* NULL: the current one */
};

/* part: 0 for the object; N asks for part N of a multipart upload (its length, and how many there
 * are), which servers other than AWS may not know. */
enum err_code s3_head_object(struct s3_client *c, const struct s3_where *where, unsigned part,
        s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

struct s3_get {
    struct s3_where where;
    uint64_t first;       /* byte to begin at */
    uint64_t last;        /* the last wanted, or UINT64_MAX */
    const char *if_match; /* ETag it must still have; NULL: any */
    http_body_cb on_body; /* NULL: the body is of no interest (it must be small) */
    void *on_body_ctx;
};
/* A body that breaks off is an error; going on from there is the caller's business (s3/stream.h).
 */
enum err_code s3_get_object(struct s3_client *c, const struct s3_get *get, s3_done_cb done,
        void *ctx, struct err *e) ERR_MUST_CHECK;

/* Writes body, which must stay until done. */
enum err_code s3_put_object(struct s3_client *c, const char *bucket, const char *key,
        const char *content_type, const void *body, size_t len, s3_done_cb done, void *ctx,
        struct err *e) ERR_MUST_CHECK;

struct s3_copy {
    struct s3_where source;
    const char *source_etag; /* x-amz-copy-source-if-match */
    const char *bucket;
    const char *key;
    bool only_if_absent; /* If-None-Match: * */
    bool without_tags;
    /* Sent as they are: what CopyObject does not take from the source by itself. May be NULL. */
    const struct headers *headers;
    uint64_t size; /* of the source, for how long to wait */
};
enum err_code s3_copy_object(struct s3_client *c, const struct s3_copy *copy, s3_done_cb done,
        void *ctx, struct err *e) ERR_MUST_CHECK;

enum err_code s3_get_object_tagging(struct s3_client *c, const struct s3_where *where,
        s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

/* tagging: as x-amz-tagging has it, "a=b&c=d", encoded. Replaces the tags that are there. */
enum err_code s3_put_object_tagging(struct s3_client *c, const char *bucket, const char *key,
        const char *tagging, s3_done_cb done, void *ctx, struct err *e) ERR_MUST_CHECK;

#endif
