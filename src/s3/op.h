/* The operations of S3 that we use, under the names that the Amazon S3 API Reference gives them. */
#ifndef COPYOUT_S3_OP_H
#define COPYOUT_S3_OP_H

/* Whether sending an operation a second time can do harm when it is not known whether the first was
 * done. CreateMultipartUpload sent twice makes two uploads, and the second answer to a copy may
 * hide that the first one worked; so the caller must learn from the reply that there was a first.
 */
enum s3_resend {
    S3_RESEND_SAFE,  /* it does the same again: reads, removals, writes of our own bytes */
    S3_RESEND_DOUBT, /* it copies again, or makes or completes an upload */
};

/* The table of operations: one row for each. To add an operation, add a row, its arguments to the
 * union of struct s3_request (request.h), its builder (build.h), its parser (parse.h) and
 * what that fills in to the union of struct s3_reply (reply.h).
 *
 * Columns: the operation; its name in the API reference; its HTTP method; whether sending it
 * twice can do harm; the builder of its request; the parser of a successful answer; the function
 * that frees what the parser made. NULL as a builder: the request is its method, bucket and key
 * alone. NULL as a parser: the answer holds nothing that is of use. */
#define S3_OP_TABLE(X)                                                                             \
    X(S3_HEAD_BUCKET, "HeadBucket", "HEAD", S3_RESEND_SAFE, NULL, NULL, NULL)                      \
    X(S3_HEAD_OBJECT, "HeadObject", "HEAD", S3_RESEND_SAFE, s3_build_head_object,                  \
            s3_parse_object_headers, NULL)                                                         \
    X(S3_GET_OBJECT, "GetObject", "GET", S3_RESEND_SAFE, s3_build_get_object,                      \
            s3_parse_object_headers, NULL)                                                         \
    X(S3_PUT_OBJECT, "PutObject", "PUT", S3_RESEND_SAFE, s3_build_put_object, s3_parse_put, NULL)  \
    X(S3_COPY_OBJECT, "CopyObject", "PUT", S3_RESEND_DOUBT, s3_build_copy_object, s3_parse_copied, \
            NULL)                                                                                  \
    X(S3_PUT_OBJECT_TAGGING, "PutObjectTagging", "PUT", S3_RESEND_SAFE, s3_build_put_tagging,      \
            NULL, NULL)                                                                            \
    X(S3_GET_OBJECT_TAGGING, "GetObjectTagging", "GET", S3_RESEND_SAFE, s3_build_get_tagging,      \
            s3_parse_tagging, s3_free_tagging)                                                     \
    X(S3_LIST_OBJECT_ANNOTATIONS, "ListObjectAnnotations", "GET", S3_RESEND_SAFE,                  \
            s3_build_list_annotations, s3_parse_annotations, s3_free_annotations)                  \
    X(S3_GET_OBJECT_ANNOTATION, "GetObjectAnnotation", "GET", S3_RESEND_SAFE,                      \
            s3_build_get_annotation, s3_parse_annotation, NULL)                                    \
    X(S3_PUT_OBJECT_ANNOTATION, "PutObjectAnnotation", "PUT", S3_RESEND_SAFE,                      \
            s3_build_put_annotation, NULL, NULL)                                                   \
    X(S3_CREATE_MULTIPART_UPLOAD, "CreateMultipartUpload", "POST", S3_RESEND_DOUBT,                \
            s3_build_create, s3_parse_upload_id, s3_free_upload_id)                                \
    X(S3_UPLOAD_PART, "UploadPart", "PUT", S3_RESEND_SAFE, s3_build_upload_part, s3_parse_put,     \
            NULL)                                                                                  \
    X(S3_UPLOAD_PART_COPY, "UploadPartCopy", "PUT", S3_RESEND_DOUBT, s3_build_part_copy,           \
            s3_parse_copied, NULL)                                                                 \
    X(S3_COMPLETE_MULTIPART_UPLOAD, "CompleteMultipartUpload", "POST", S3_RESEND_DOUBT,            \
            s3_build_complete, s3_parse_copied, NULL)                                              \
    X(S3_ABORT_MULTIPART_UPLOAD, "AbortMultipartUpload", "DELETE", S3_RESEND_SAFE, s3_build_abort, \
            NULL, NULL)                                                                            \
    X(S3_LIST_PARTS, "ListParts", "GET", S3_RESEND_SAFE, s3_build_list_parts, s3_parse_parts,      \
            s3_free_parts)                                                                         \
    X(S3_LIST_MULTIPART_UPLOADS, "ListMultipartUploads", "GET", S3_RESEND_SAFE,                    \
            s3_build_list_uploads, s3_parse_uploads, s3_free_uploads)                              \
    X(S3_LIST_OBJECTS, "ListObjectsV2", "GET", S3_RESEND_SAFE, s3_build_list_objects,              \
            s3_parse_keys, s3_free_keys)                                                           \
    X(S3_RESTORE_OBJECT, "RestoreObject", "POST", S3_RESEND_SAFE, s3_build_restore, NULL, NULL)    \
    X(S3_DELETE_OBJECT, "DeleteObject", "DELETE", S3_RESEND_SAFE, NULL, NULL, NULL)

enum s3_op {
#define S3_OP_ENUM(op, name, method, resend, build, parse, free_parsed) op,
    S3_OP_TABLE(S3_OP_ENUM)
#undef S3_OP_ENUM
            S3_OP_COUNT
};

/* The name in the API reference ("HeadObject"). */
const char *s3_op_name(enum s3_op op);
/* The HTTP method ("HEAD"). */
const char *s3_op_method(enum s3_op op);
/* Whether sending the operation a second time can do harm. */
enum s3_resend s3_op_resend(enum s3_op op);

#endif
