/* What an operation sends, apart from where it goes and who signs it: the object, the query, the
 * headers and the body. For the files of s3 only.
 *
 * What does not fit into the query, the headers or the body sticks to them and is reported by
 * s3_message_check(), so that a builder adds one thing after the other without looking. */
#ifndef COPYOUT_S3_MESSAGE_H
#define COPYOUT_S3_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "net/headers.h"

struct s3_message {
    char *bucket;
    char *key;              /* NULL: the bucket itself */
    struct buf query;       /* encoded, without '?' */
    struct headers headers; /* without those of the signature */
    struct buf body;        /* what is sent, unless `borrowed` is */
    const void *borrowed;   /* a body of the caller's, which outlives the message; NULL: none */
    size_t borrowed_len;    /* bytes */
    uint64_t stall_ms;      /* as in struct http_request */
};

/* Makes an empty message. It needs no memory and cannot fail. */
void s3_message_init(struct s3_message *m);
/* Copies the names of what the message is about. key: NULL for the bucket itself.
 * Errors: ERR_NOMEM. */
enum err_code s3_message_set_object(
        struct s3_message *m, const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;
void s3_message_free(struct s3_message *m);

/* Appends name=value to the query. value is encoded here; NULL is the same as "". */
void s3_message_query(struct s3_message *m, const char *name, const char *value);
void s3_message_query_u64(struct s3_message *m, const char *name, uint64_t value);

/* The body that is sent, and in *len its length in bytes. NULL: there is none. */
const void *s3_message_body(const struct s3_message *m, size_t *len);

/* Adds the header Content-MD5 of the body, which must be there already. A bucket with Object Lock
 * and a default retention takes no object without it (Amazon S3 User Guide, "Object Lock
 * considerations"). */
void s3_message_content_md5(struct s3_message *m);

/* Whether everything that was added is in the message.
 * Errors: ERR_LIMIT (larger than S3 would take), ERR_NOMEM. */
enum err_code s3_message_check(const struct s3_message *m, struct err *e) ERR_MUST_CHECK;

#endif
