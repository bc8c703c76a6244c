/* Parsers: from a successful answer to the struct s3_reply of its call, one for each operation that
 * answers something. They are the rows of S3_OP_TABLE (op.h). For the files of s3 only.
 *
 * Each is given a call, of which it reads what was asked, and a complete answer with a 2xx status,
 * and fills the member of reply's union that op.h names. Each returns ERR_OK; or ERR_PROTOCOL, when
 * the answer does not hold what it must; or ERR_NOMEM. What a parser allocates belongs to the reply
 * and is freed by the s3_free_ function of the same name; after an error there is nothing to free.
 */
#ifndef COPYOUT_S3_PARSE_PARSE_H
#define COPYOUT_S3_PARSE_PARSE_H

#include "s3/call.h"

/* The rest of an element's path (xml.h) behind <op>Result: "" of that element itself, or "/Member".
 * NULL: the path does not begin so. moto says <op>Response for some. */
const char *s3_result_member(const char *path, const char *op);
/* Whether that rest is the member. */
bool s3_is_result(const char *path, const char *op, const char *member);

/* The element <ChecksumCRC32> or its like, by its name without "Checksum", with its text: into to
 * and to_kind, unless a checksum is there already, or the kind is not known. */
void s3_take_checksum(char to[CHECKSUM_SIZE], enum checksum *to_kind, const char *element,
        const char *text, size_t len);

/* object_info.size of an answer to HeadObject that does not tell it. s3_call_ask_for_size() sees to
 * it that no caller meets it. */
#define S3_SIZE_UNTOLD UINT64_MAX

/* HeadObject, GetObject: the headers, into reply.u.object. */
enum err_code s3_parse_object_headers(const struct s3_call *call,
        const struct http_response *response, struct s3_reply *reply, struct err *e);

/* CopyObject, UploadPartCopy, CompleteMultipartUpload: the ETag of <CopyObjectResult>,
 * <CopyPartResult> or <CompleteMultipartUploadResult>, into reply.u.copied; a part's ETag may also
 * be in a header. The ETag is "" when the result of CopyObject or Complete is there without one. */
enum err_code s3_parse_copied(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);

/* PutObject, UploadPart: the ETag header, into reply.u.copied. */
enum err_code s3_parse_put(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);

/* CreateMultipartUpload: into reply.u.created, whose upload_id is never empty. */
enum err_code s3_parse_upload_id(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);
void s3_free_upload_id(struct s3_reply *reply);

/* GetObjectTagging: into reply.u.tagging, encoded as x-amz-tagging wants it. */
enum err_code s3_parse_tagging(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);
void s3_free_tagging(struct s3_reply *reply);

/* ListObjectAnnotations: a page, into reply.u.annotations (parse_annotations.c). An entry without a
 * name, or with an empty one, is ERR_PROTOCOL, as is another document: a copy may not lack them
 * unseen. */
enum err_code s3_parse_annotations(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);
void s3_free_annotations(struct s3_reply *reply);

/* GetObjectAnnotation: the body, into reply.u.annotation. It is the answer's own. */
enum err_code s3_parse_annotation(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);

/* ListParts: a page, into reply.u.parts. */
enum err_code s3_parse_parts(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);
void s3_free_parts(struct s3_reply *reply);

/* ListMultipartUploads: the uploads of call->wanted_key, into reply.u.uploads. */
enum err_code s3_parse_uploads(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);
void s3_free_uploads(struct s3_reply *reply);

/* ListObjectsV2: a page, into reply.u.keys (parse_objects.c). */
enum err_code s3_parse_keys(const struct s3_call *call, const struct http_response *response,
        struct s3_reply *reply, struct err *e);
void s3_free_keys(struct s3_reply *reply);

#endif
