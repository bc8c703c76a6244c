#include "s3/multipart.h"

#include <string.h>

#include "s3/call.h"
#include "s3/parse.h"
#include "s3/parse_list.h"

enum err_code s3_create_multipart_upload(struct s3_client *c, const char *bucket, const char *key,
        const struct headers *headers, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_CREATE_MULTIPART_UPLOAD, "POST", bucket, key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "uploads", NULL);
    headers_add_all(&call->headers, headers);
    call->parse = s3_parse_upload_id;
    call->free_parsed = s3_free_upload_id;
    return s3_call_start(call, e);
}

/* UploadPartCopy takes no ACL, no metadata and no metadata directive: what it sends is listed here
 * and nothing else (bji/libs3#80: InvalidArgument for one header too many). */
enum err_code s3_upload_part_copy(struct s3_client *c, const struct s3_part_copy *copy,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_UPLOAD_PART_COPY, "PUT", copy->bucket, copy->key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query_u64(call, "partNumber", copy->part);
    s3_call_query(call, "uploadId", copy->upload_id);
    s3_copy_source(&call->headers, copy->source.bucket, copy->source.key, copy->source.version_id);
    s3_etag_header(&call->headers, "x-amz-copy-source-if-match", copy->source_etag);
    if (!copy->whole)
        headers_addf(&call->headers, "x-amz-copy-source-range", "bytes=%llu-%llu",
                (unsigned long long)copy->first, (unsigned long long)copy->last);
    call->stall_ms = s3_copy_stall_ms(copy->last - copy->first);
    call->parse = s3_parse_copied;
    return s3_call_start(call, e);
}

enum err_code s3_upload_part(struct s3_client *c, const char *bucket, const char *key,
        const char *upload_id, unsigned part, const void *body, size_t len, s3_done_cb done,
        void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_UPLOAD_PART, "PUT", bucket, key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query_u64(call, "partNumber", part);
    s3_call_query(call, "uploadId", upload_id);
    call->borrowed_body = body;
    call->borrowed_len = len;
    s3_call_content_md5(call);
    call->parse = s3_parse_put;
    return s3_call_start(call, e);
}

enum err_code s3_complete_multipart_upload(struct s3_client *c, const struct s3_complete *complete,
        s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(
            c, S3_COMPLETE_MULTIPART_UPLOAD, "POST", complete->bucket, complete->key, done, ctx);
    unsigned i;

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "uploadId", complete->upload_id);
    headers_add(&call->headers, "content-type", "application/xml");
    if (complete->only_if_absent)
        headers_add(&call->headers, "if-none-match", "*");
    buf_adds(&call->body,
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    /* The ETags are what the server itself said; those that are no plain text are refused before.
     */
    for (i = 0; i < complete->count; i++)
        buf_addf(&call->body, "<Part><PartNumber>%u</PartNumber><ETag>\"%s\"</ETag></Part>", i + 1,
                complete->etags[i]);
    buf_adds(&call->body, "</CompleteMultipartUpload>");
    call->stall_ms = s3_complete_stall_ms(complete->count);
    call->parse = s3_parse_copied;
    return s3_call_start(call, e);
}

enum err_code s3_abort_multipart_upload(struct s3_client *c, const char *bucket, const char *key,
        const char *upload_id, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call =
            s3_call_new(c, S3_ABORT_MULTIPART_UPLOAD, "DELETE", bucket, key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "uploadId", upload_id);
    return s3_call_start(call, e);
}

enum err_code s3_list_parts(struct s3_client *c, const char *bucket, const char *key,
        const char *upload_id, unsigned after, s3_done_cb done, void *ctx, struct err *e)
{
    struct s3_call *call = s3_call_new(c, S3_LIST_PARTS, "GET", bucket, key, done, ctx);

    if (!call)
        return err_nomem(e);
    s3_call_query(call, "uploadId", upload_id);
    if (after > 0)
        s3_call_query_u64(call, "part-number-marker", after);
    call->parse = s3_parse_parts;
    call->free_parsed = s3_free_parts;
    return s3_call_start(call, e);
}
