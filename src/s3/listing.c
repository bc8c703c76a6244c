#include "s3/listing.h"

#include <stdlib.h>
#include <string.h>

#include "s3/call.h"
#include "s3/parse_list.h"

enum err_code s3_list_uploads(struct s3_client *c, const char *bucket, const char *key,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_LIST_MULTIPART_UPLOADS, "GET", bucket, NULL, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "uploads", NULL);
    s3_call_query(call, "encoding-type", "url");
    /* In order of keys: those of the key itself come before those that it is a prefix of. */
    s3_call_query(call, "prefix", key);
    call->wanted_key = strdup(key);
    if (!call->wanted_key) {
        s3_call_free(call);
        return err_nomem(e);
    }
    call->parse = s3_parse_uploads;
    call->free_parsed = s3_free_uploads;
    return s3_call_start(call, e);
}

enum err_code s3_list_objects(struct s3_client *c, const char *bucket, const char *prefix,
        const char *after, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_LIST_OBJECTS, "GET", bucket, NULL, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "list-type", "2");
    s3_call_query(call, "encoding-type", "url");
    s3_call_query(call, "prefix", prefix);
    if (after)
        s3_call_query(call, "continuation-token", after);
    call->parse = s3_parse_keys;
    call->free_parsed = s3_free_keys;
    return s3_call_start(call, e);
}

enum err_code s3_delete_object(struct s3_client *c, const char *bucket, const char *key,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_DELETE_OBJECT, "DELETE", bucket, key, done, ctx);

    return call ? s3_call_start(call, e) : err_nomem(e);
}
