/* Answers: what one says (a success, or which error and whether another attempt can help), and what
 * that means for its call (a decision as a value, on which send.c acts). One function each for all
 * operations. Pure: the same arguments give the same result; time is passed in. For the files of s3
 * only. */
#ifndef COPYOUT_S3_ANSWER_H
#define COPYOUT_S3_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/headers.h"
#include "net/retry.h"
#include "s3/op.h"

/* --- what an answer says --- */

enum { S3_REGION_MAX = 64 }; /* bytes with the NUL */

/* A complete answer. */
struct s3_answer {
    int status;
    const struct headers *headers;
    const char *body;
    size_t body_len; /* bytes */
    int64_t now_s;   /* seconds since 1970, for a Retry-After that is a date */
};

/* Reads an answer. Fills e: ERR_OK when the answer is a success, else the error and whether to try
 * again. A 200 that carries <Error> is the error it carries (Amazon S3 API Reference, CopyObject:
 * "A 200 OK response can contain either a success or an error"). Whether a success holds what it
 * must hold is the business of its parser (parse.h). region (S3_REGION_MAX bytes) gets the region
 * that the answer says the bucket is in, or "". */
void s3_classify(const struct s3_answer *answer, struct err *e, char *region);

/* Completes e, which says why an answer did not come whole or could not be read, with the answer's
 * status in http_status (0: there was no answer). A success of an operation that is not to be done
 * twice (S3_RESEND_DOUBT) is not to be asked for again by the client, since it may have been done:
 * it becomes permanent, and its caller looks. CreateMultipartUpload alone may be sent again when
 * its answer broke off: its caller learns how often it was sent, and removes the uploads that it
 * does not know. An error answer that is too long keeps the code and the class of its status.
 * whole: the answer came whole. headers: the answer's, perhaps empty. */
void s3_classify_unread(enum s3_op op, bool whole, const struct headers *headers, struct err *e);

/* Whether the error says that the credentials of the request were good once and are not any more.
 */
bool s3_error_is_expired(const struct err *e);
/* Whether the error says that our clock and S3's differ by more than 15 minutes
 * (RequestTimeTooSkewed). */
bool s3_error_is_skewed(const struct err *e);

/* --- what it means for the call --- */

enum s3_next {
    S3_NEXT_DONE,      /* the call is over, and its caller gets the answer */
    S3_NEXT_WAIT,      /* send it again after a wait */
    S3_NEXT_REDIRECT,  /* send it again now, to the region that the answer named */
    S3_NEXT_RENEW,     /* send it again with other credentials: these have expired */
    S3_NEXT_SET_CLOCK, /* send it again now, signed with the server's time */
};

struct s3_decision {
    enum s3_next next;
    uint64_t wait_ms; /* of S3_NEXT_WAIT */
};

/* The call and its client at the time of the answer. */
struct s3_situation {
    enum s3_op op;
    const char *bucket;
    const char *region_used;      /* the one that the request was signed for */
    const char *region_said;      /* the bucket's by the answer; "": it does not say */
    bool follow_region;           /* as in struct s3_config */
    bool stopping;                /* s3_client_begin_stop() was called */
    bool has_date;                /* the answer tells the server's time */
    bool checksums;               /* a HeadObject that asks for checksums */
    unsigned failures;            /* in a row, this one included if it is one */
    unsigned redirects, renewals; /* of this call so far */
    /* Since the client's first request, as long as no answer has come to any; 0: one has come. */
    uint64_t unanswered_us;
};

/* Decides. e: what the answer says (s3_classify()), or what went wrong on the way; when the answer
 * is about the bucket's region and the call is done, its message is made to name the regions.
 * budget and rng give the wait, as in retry_decide(); now_us: monotonic microseconds. */
struct s3_decision s3_decide(const struct s3_situation *s, struct err *e,
        struct retry_budget *budget, struct rng *rng, uint64_t now_us);

/* The same for a failure that is no answer of the server: S3_NEXT_DONE or S3_NEXT_WAIT. */
struct s3_decision s3_decide_failure(const struct s3_situation *s, const struct err *e,
        struct retry_budget *budget, struct rng *rng, uint64_t now_us);

#endif
