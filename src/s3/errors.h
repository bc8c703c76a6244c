/* What an answer of S3 means: one function for all operations. Pure. */
#ifndef COPYOUT_S3_ERRORS_H
#define COPYOUT_S3_ERRORS_H

#include "base/buf.h"
#include "net/headers.h"
#include "s3/op.h"

enum { S3_REGION_MAX = 64 };

struct s3_answer {
    int status;
    const struct headers *headers;
    const char *body;
    size_t body_len;
};

/* Fills e: ERR_OK when the answer is a success, else what it is and whether to try again. A 200
 * that carries <Error> is the error it carries (Amazon S3 API Reference, CopyObject: "A 200 OK
 * response can contain either a success or an error"). Whether a success holds what it must is the
 * parser's business (xml.h). region (S3_REGION_MAX bytes) gets the region that the answer says the
 * bucket is in, or "". */
void s3_classify(const struct s3_answer *answer, struct err *e, char *region);

/* The credentials of the request were good once and are not any more. */
bool s3_error_is_expired(const struct err *e);
/* Our clock and S3's differ by more than 15 minutes. */
bool s3_error_is_skewed(const struct err *e);

#endif
