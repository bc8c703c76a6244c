#include "s3/bucket.h"

#include "s3/call.h"

enum err_code s3_head_bucket(
        struct s3_client *c, const char *bucket, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_HEAD_BUCKET, "HEAD", bucket, NULL, done, ctx);

    if (!call)
        return err_nomem(e);
    return s3_call_start(call, e);
}
