/* Builders: from a struct s3_request to what the operation sends, apart from where it goes and who
 * signs it: a message with the object, the query, the headers and the body. For the files of s3
 * only. Pure.
 *
 * Text that does not fit into the query, the headers or the body makes them fail, and
 * s3_message_check() reports it; so a builder adds one thing after the other without looking. */
#ifndef COPYOUT_S3_BUILD_H
#define COPYOUT_S3_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "aws/sigv4.h"
#include "net/headers.h"
#include "s3/request.h"

struct s3_message {
    const char *bucket;
    const char *key;        /* NULL: the bucket itself */
    struct buf names;       /* in which these two are */
    struct buf query;       /* encoded, without '?' */
    struct headers headers; /* without those of the signature */
    struct buf body;        /* the body that is sent, unless `borrowed` is */
    const void *borrowed;   /* a body of the caller's, which outlives the message; NULL: none */
    size_t borrowed_len;    /* bytes, also of what is read */
    http_read_cb read;      /* reads the caller's body instead; NULL: it is in memory */
    void *read_ctx;
    char read_hash[SIGV4_HASH_SIZE]; /* of what is read, for the signature; "": it cannot be read */
    uint64_t stall_ms;               /* as in struct http_request */
};

/* Makes an empty message. It needs no memory and cannot fail. */
void s3_message_init(struct s3_message *m);
/* Copies the names of what the message is about. key: NULL for the bucket itself.
 * Errors: ERR_NOMEM, ERR_LIMIT. */
enum err_code s3_message_set_object(
        struct s3_message *m, const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;
/* Makes the message empty again, and keeps its memory for the next one, unless that is much. */
void s3_message_clear(struct s3_message *m);
void s3_message_free(struct s3_message *m);

/* Appends name=value to the query. value is encoded here; NULL is the same as "". */
void s3_message_query(struct s3_message *m, const char *name, const char *value);
void s3_message_query_u64(struct s3_message *m, const char *name, uint64_t value);

/* The body that is sent, and in *len its length in bytes. NULL: there is none, or m->read reads
 * it. */
const void *s3_message_body(const struct s3_message *m, size_t *len);

/* Adds the header Content-MD5 of the body, which must be there already. A bucket with Object Lock
 * and a default retention takes no object without it (Amazon S3 User Guide, "Object Lock
 * considerations"). */
void s3_message_content_md5(struct s3_message *m);

/* Whether everything that was added is in the message.
 * Errors: ERR_LIMIT (larger than S3 would take), ERR_NOMEM, ERR_IO (a body that cannot be read). */
enum err_code s3_message_check(const struct s3_message *m, struct err *e) ERR_MUST_CHECK;

/* The builders, one for each operation: the rows of S3_OP_TABLE (op.h). Each is given a message
 * that is empty but for its object, and the request of its own operation. A version id of the
 * request's `where` is added by the caller, since it is the same for all. */
void s3_build_head_object(struct s3_message *m, const struct s3_request *r);
void s3_build_get_object(struct s3_message *m, const struct s3_request *r);
void s3_build_get_tagging(struct s3_message *m, const struct s3_request *r);
void s3_build_list_annotations(struct s3_message *m, const struct s3_request *r);
void s3_build_get_annotation(struct s3_message *m, const struct s3_request *r);
void s3_build_put_annotation(struct s3_message *m, const struct s3_request *r);
void s3_build_list_parts(struct s3_message *m, const struct s3_request *r);
void s3_build_list_uploads(struct s3_message *m, const struct s3_request *r);
void s3_build_list_objects(struct s3_message *m, const struct s3_request *r);
void s3_build_put_object(struct s3_message *m, const struct s3_request *r);
void s3_build_copy_object(struct s3_message *m, const struct s3_request *r);
void s3_build_put_tagging(struct s3_message *m, const struct s3_request *r);
void s3_build_restore(struct s3_message *m, const struct s3_request *r);
void s3_build_create(struct s3_message *m, const struct s3_request *r);
void s3_build_part_copy(struct s3_message *m, const struct s3_request *r);
void s3_build_upload_part(struct s3_message *m, const struct s3_request *r);
void s3_build_complete(struct s3_message *m, const struct s3_request *r);
void s3_build_abort(struct s3_message *m, const struct s3_request *r);

/* Sets the headers of a GetObject anew, but for the terms of its bucket: the bytes first to last
 * (UINT64_MAX: to the end), of an object that still has the ETag if_match (NULL or "": of any). */
void s3_build_range(struct s3_message *m, uint64_t first, uint64_t last, const char *if_match);

/* Adds x-amz-copy-source with the bucket, the encoded key and the version of `from`. */
void s3_copy_source(struct headers *headers, const struct s3_where *from);

/* How long a copy of so many bytes may be silent, in milliseconds: a minute, and the time that the
 * slowest copy that counts as alive takes (8 MiB/s). */
uint64_t s3_copy_stall_ms(uint64_t bytes);
/* The same for a Complete of so many parts, which moves no bytes: up to eleven minutes. */
uint64_t s3_complete_stall_ms(unsigned parts);
/* Such a time for a request of a call that has failed so often: doubled for each failure, up to
 * sixteen times, since a server that copies many parts at once takes longer for each of them. 0
 * (the time of other requests) stays 0. */
uint64_t s3_patience_ms(uint64_t stall_ms, unsigned failures);

#endif
