/* Reading answers into a struct s3_reply; for the files of s3 only. */
#ifndef COPYOUT_S3_PARSE_H
#define COPYOUT_S3_PARSE_H

#include "s3/call.h"

/* x-amz-copy-source for an object: /bucket/key?versionId=…, encoded. */
void s3_copy_source(
        struct headers *headers, const char *bucket, const char *key, const char *version_id);
/* Adds name: "etag". */
void s3_etag_header(struct headers *headers, const char *name, const char *etag);

/* Adds ?versionId= when there is one. */
void s3_version_query(struct s3_call *call, const char *version_id);

/* How long a copy of so many bytes may be silent. */
uint64_t s3_copy_stall_ms(uint64_t bytes);
/* And a Complete, which moves no bytes: up to eleven minutes. */
uint64_t s3_complete_stall_ms(unsigned parts);

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
