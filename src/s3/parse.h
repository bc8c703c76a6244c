/* Reading answers into a struct s3_reply; for the files of s3 only. What is asked is build.h's. */
#ifndef COPYOUT_S3_PARSE_H
#define COPYOUT_S3_PARSE_H

#include "s3/call.h"

/* Whether an element's path is <op>Result/member. moto says <op>Response for some. */
bool s3_is_result(const char *path, const char *op, const char *member);

/* call->parse functions. */
enum err_code s3_parse_object_headers(
        struct s3_call *call, const struct http_response *response, struct err *e);
/* <CopyObjectResult>, <CopyPartResult> or <CompleteMultipartUploadResult> with an ETag. */
enum err_code s3_parse_copied(
        struct s3_call *call, const struct http_response *response, struct err *e);
/* The ETag header of PutObject and UploadPart. */
enum err_code s3_parse_put(
        struct s3_call *call, const struct http_response *response, struct err *e);
enum err_code s3_parse_upload_id(
        struct s3_call *call, const struct http_response *response, struct err *e);
void s3_free_upload_id(struct s3_reply *reply);
enum err_code s3_parse_tagging(
        struct s3_call *call, const struct http_response *response, struct err *e);
void s3_free_tagging(struct s3_reply *reply);

#endif
