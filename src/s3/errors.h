/* What an answer of S3 says: a success, or which error and whether another attempt can help. One
 * function for all operations. Pure: the time is passed in. */
#ifndef COPYOUT_S3_ERRORS_H
#define COPYOUT_S3_ERRORS_H

#include <stdint.h>

#include "base/buf.h"
#include "net/headers.h"
#include "s3/op.h"

enum { S3_REGION_MAX = 64 }; /* bytes with the NUL */

/* A complete answer. */
struct s3_answer {
    int status;
    const struct headers *headers;
    const char *body;
    size_t body_len; /* bytes */
    int64_t now_s;   /* seconds since 1970, for a Retry-After that is a date */
};

/* Fills e: ERR_OK when the answer is a success, else the error and whether to try again. A 200 that
 * carries <Error> is the error it carries (Amazon S3 API Reference, CopyObject: "A 200 OK response
 * can contain either a success or an error"). Whether a success holds what it must hold is the
 * business of its parser (parse.h). region (S3_REGION_MAX bytes) gets the region that the answer
 * says the bucket is in, or "". */
void s3_classify(const struct s3_answer *answer, struct err *e, char *region);

/* Whether the error says that the credentials of the request were good once and are not any more.
 */
bool s3_error_is_expired(const struct err *e);
/* Whether the error says that our clock and S3's differ by more than 15 minutes
 * (RequestTimeTooSkewed). */
bool s3_error_is_skewed(const struct err *e);

#endif
