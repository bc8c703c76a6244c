/* Operations on a bucket. */
#ifndef COPYOUT_S3_BUCKET_H
#define COPYOUT_S3_BUCKET_H

#include "s3/client.h"
#include "s3/reply.h"

/* Where it is and whether it is there: reply->u.region, also when the answer is 403 or a redirect.
 */
enum err_code s3_head_bucket(struct s3_client *c, const char *bucket, s3_done_cb done, void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
