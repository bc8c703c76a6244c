/* The S3 client: signs requests, sends them, tries again, and keeps how many requests are under way
 * within a limit for each bucket and one for all. There is one client for a set of credentials.
 *
 * The layers above need s3_start(), the getters and the settings of this header and nothing else,
 * so that a fake of the client is one function and a few values. */
#ifndef COPYOUT_S3_CLIENT_H
#define COPYOUT_S3_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "aws/creds.h"
#include "net/net.h"
#include "s3/reply.h"
#include "s3/request.h"

struct s3_client;
struct s3_transport;

/* The client uses the pointers as long as it lives, except for transport and region, which it
 * copies.
 */
struct s3_config {
    struct net *net;                      /* not used when transport is given */
    struct creds_provider *creds;         /* not used when transport is given */
    const struct s3_transport *transport; /* NULL: HTTP over net, with credentials from creds */
    const char *endpoint;                 /* a URL (s3/address.h); NULL: AWS */
    const char *region;                   /* of the buckets of which nothing is known; not NULL */
    unsigned most_in_flight;              /* requests at once; 0: LIMITER_MOST */
    uint64_t most_per_second;             /* requests; 0: no limit */
    bool follow_region; /* true: requests for a bucket that turns out to be elsewhere go
                           there; false: they fail with ERR_WRONG_REGION, which names the
                           region */
};

/* Makes a client that has nothing to do.
 * Errors: ERR_NOMEM. */
enum err_code s3_client_new(
        struct s3_client **out, const struct s3_config *config, struct err *e) ERR_MUST_CHECK;
/* Ends the calls under way without calling back, and frees the client. To be called before the
 * credentials' provider and the net are freed, and not from within a callback. NULL is allowed. */
void s3_client_free(struct s3_client *c);

/* Starts an operation and returns at once. done is called exactly once for each operation that was
 * started, from the loop and never from within s3_start(); it is not called for an operation that
 * could not be started. request's pointers: see request.h.
 * Errors: ERR_NOMEM, or ERR_LIMIT for a request that is larger than S3 would take. */
enum err_code s3_start(struct s3_client *c, const struct s3_request *request, s3_done_cb done,
        void *ctx, struct err *e) ERR_MUST_CHECK;

/* Names the bucket to which all requests of a job come in the end, its destination. Each bucket has
 * a limit of its own; the free slots of this one say how many copies a scheduler may start. The
 * string must outlive the client. */
void s3_client_set_main_bucket(struct s3_client *c, const char *bucket);
/* The terms of all requests about objects of that bucket, or the bucket itself, that bring none of
 * their own, and the headers of PutObject and CreateMultipartUpload among them (of copyout's own
 * files there; NULL: none). All must outlive the client, or be set to NULL before. */
void s3_client_set_terms(struct s3_client *c, const char *bucket, const struct bucket_terms *terms,
        const struct headers *of_files);
/* Requests to the main bucket that could be sent now. More may be started; they wait their turn. */
unsigned s3_client_free_slots(struct s3_client *c);
/* Sets the function that is called from the loop whenever there are free slots after an answer. */
void s3_client_on_free_slots(struct s3_client *c, void (*on_free_slots)(void *ctx), void *ctx);

/* Says that the program is stopping: from now on a failing call is tried three times, not for
 * minutes. */
void s3_client_begin_stop(struct s3_client *c);

/* Ends every call with ERR_CANCELLED. The callbacks of the calls that were sent are called before
 * this returns, those of the others from the loop. Not from within a callback of a call. */
void s3_client_cancel_all(struct s3_client *c);
/* How often that was called: the one way to learn of it between two requests that belong together.
 */
unsigned s3_client_cancels(const struct s3_client *c);

/* Changes follow_region of the config. */
void s3_client_set_follow_region(struct s3_client *c, bool follow);

/* Changes region of the config. The string is copied.
 * Errors: ERR_NOMEM. */
enum err_code s3_client_set_default_region(
        struct s3_client *c, const char *region, struct err *e) ERR_MUST_CHECK;

/* Says which region a bucket is in. */
void s3_client_set_region(struct s3_client *c, const char *bucket, const char *region);
/* The region of a bucket: what is known of it (from HeadBucket, or a redirect), else the default.
 * Valid until the loop turns. */
const char *s3_client_region(const struct s3_client *c, const char *bucket);

/* Seconds since 1970 by S3's clock, as far as it is known. */
int64_t s3_client_now(const struct s3_client *c);

/* Requests of that operation sent so far, repeated ones included. */
uint64_t s3_client_requests(const struct s3_client *c, enum s3_op op);
/* Requests so far that failed, or were told to slow down, and were made to wait to be sent again.
 */
uint64_t s3_client_retries(const struct s3_client *c);
/* Whether an answer so far was Amazon S3's (Amazon S3 API Reference, "Common Response Headers":
 * Server), which is the one server that has annotations. */
bool s3_client_is_amazon(const struct s3_client *c);
/* Requests under way. */
unsigned s3_client_in_flight(const struct s3_client *c);

/* The reasons for which requests to the main bucket wait, if any do. Times are microseconds before
 * now; UINT64_MAX: never. */
struct s3_pressure {
    unsigned in_flight;  /* requests under way, to all buckets */
    unsigned limit;      /* how many may be under way to the main bucket */
    uint64_t slow_downs; /* answers so far that told to slow down */
    uint64_t full_us;    /* the limit was reached */
    uint64_t slowed_us;  /* the rate that S3 takes was used up, or is being found out */
    bool rate_used_up;   /* most_per_second of the config is, now */
};
void s3_client_pressure(struct s3_client *c, struct s3_pressure *out);
/* Where a bucket's requests go, as a person knows it: the endpoint that was given, or the host of
 * the bucket's region; appended to out. */
void s3_client_show_endpoint(const struct s3_client *c, const char *bucket, struct buf *out);

#endif
