/* Many S3 operations, one after the other and some at once, for the steps that wait for all of them
 * (s3/sync.h has single ones). */
#ifndef COPYOUT_S3_SYNC_MANY_H
#define COPYOUT_S3_SYNC_MANY_H

#include "s3/sync.h"

enum { SYNC_MANY_AT_ONCE = 64 };

struct sync_many {
    unsigned count;
    /* Makes the i-th request, of which `request` is zeroed; what it points to holds until that
     * call's answer. */
    void (*make)(void *ctx, unsigned i, struct s3_request *request);
    /* Takes its answer, in the order of the answers. It must not start requests. false: no more are
     * started; the answers to those that were are waited for, and told. */
    bool (*each)(void *ctx, unsigned i, const struct s3_reply *reply);
    void *ctx;
};

/* Starts all of them, up to SYNC_MANY_AT_ONCE at once, and runs the loop until all are answered.
 * Not from within a callback. Errors: of s3_start() (the requests that were started are waited
 * for), ERR_INTERNAL when the loop ends without an answer. */
enum err_code sync_many(
        const struct sync *s, const struct sync_many *many, struct err *e) ERR_MUST_CHECK;

/* HeadBucket of many, on these terms (NULL: none): calls each(ctx, i, region, err) for each answer,
 * in the order of the answers. i is the index of the bucket; region is the one that the answer
 * names, also when it is an error, and "" when it names none; err is ERR_OK or why not. false: as
 * above. Errors: of s3_start() only. */
enum err_code sync_head_buckets(const struct sync *s, char *const *buckets, unsigned count,
        const struct bucket_terms *terms,
        bool (*each)(void *ctx, unsigned i, const char *region, const struct err *err), void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
