/* The S3 client: signs, sends, retries, and keeps how many requests are under way within one limit.
 * There is one client for a set of credentials. */
#ifndef COPYOUT_S3_CLIENT_H
#define COPYOUT_S3_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/creds.h"
#include "net/net.h"
#include "s3/reply.h"
#include "s3/request.h"

struct s3_client;

struct s3_config {
    struct net *net; /* these must outlive the client */
    struct creds_provider *creds;
    const char *endpoint;     /* NULL: AWS */
    const char *region;       /* where we run; signs for buckets of which nothing is known */
    unsigned most_in_flight;  /* 0: LIMITER_MOST */
    uint64_t most_per_second; /* 0: no limit */
    bool follow_region;       /* a bucket found to be elsewhere is spoken to there; else it is
                                 ERR_WRONG_REGION, which names the region */
};

enum err_code s3_client_new(
        struct s3_client **out, const struct s3_config *config, struct err *e) ERR_MUST_CHECK;
/* Ends what is under way without calling back. Before the creds provider and the net are freed, and
 * not from within a callback. NULL is fine. */
void s3_client_free(struct s3_client *c);

/* Starts an operation. It returns at once; done is called exactly once for each operation that was
 * started, from the loop and never from within s3_start(), and never for one that was not.
 * Errors: ERR_NOMEM, or ERR_LIMIT for a request that is larger than S3 would take. */
enum err_code s3_start(struct s3_client *c, const struct s3_request *request, s3_done_cb done,
        void *ctx, struct err *e) ERR_MUST_CHECK;

/* Each bucket has a budget of requests at once of its own. The one that a job's requests all come
 * to in the end is its destination: its room says how many a scheduler may start. The string must
 * outlive the client. */
void s3_client_set_main_bucket(struct s3_client *c, const char *bucket);
/* Requests to the main bucket that could go out now. More are taken, and wait their turn. */
unsigned s3_client_free_slots(struct s3_client *c);
/* on_free_slots is called from the loop whenever an answer made room. */
void s3_client_on_free_slots(struct s3_client *c, void (*on_free_slots)(void *ctx), void *ctx);

/* We are being stopped: what fails is tried a few times more, not for minutes. */
void s3_client_begin_stop(struct s3_client *c);

/* Every call not yet done is done, with ERR_CANCELLED. Not from within a callback of a call. */
void s3_client_cancel_all(struct s3_client *c);

/* Changes follow_region of the config. */
void s3_client_set_follow_region(struct s3_client *c, bool follow);

/* Where buckets are of which nothing is known. */
enum err_code s3_client_set_default_region(
        struct s3_client *c, const char *region, struct err *e) ERR_MUST_CHECK;

/* The region of a bucket, once known (HeadBucket, a redirect). */
void s3_client_set_region(struct s3_client *c, const char *bucket, const char *region);
const char *s3_client_region(const struct s3_client *c, const char *bucket);

/* Seconds since 1970, by S3's clock as far as it is known. */
int64_t s3_client_now(const struct s3_client *c);

/* Requests sent so far, retries included. */
uint64_t s3_client_requests(const struct s3_client *c, enum s3_op op);
unsigned s3_client_in_flight(const struct s3_client *c);

#endif
