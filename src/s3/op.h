/* The operations of S3 that we use, under the names that the Amazon S3 API Reference gives them. */
#ifndef COPYOUT_S3_OP_H
#define COPYOUT_S3_OP_H

/* What sending an operation a second time may do when nobody knows whether the first was done. */
enum s3_resend {
    S3_RESEND_SAFE,  /* it does the same again: reads, removals, writes of our own bytes */
    S3_RESEND_DOUBT, /* it copies again, or makes or completes an upload: look before, or after */
};

#define S3_OP_TABLE(X)                                                                  \
    X(S3_HEAD_BUCKET, "HeadBucket", "HEAD", S3_RESEND_SAFE)                             \
    X(S3_HEAD_OBJECT, "HeadObject", "HEAD", S3_RESEND_SAFE)                             \
    X(S3_GET_OBJECT, "GetObject", "GET", S3_RESEND_SAFE)                                \
    X(S3_PUT_OBJECT, "PutObject", "PUT", S3_RESEND_SAFE)                                \
    X(S3_COPY_OBJECT, "CopyObject", "PUT", S3_RESEND_DOUBT)                             \
    X(S3_PUT_OBJECT_TAGGING, "PutObjectTagging", "PUT", S3_RESEND_SAFE)                 \
    X(S3_GET_OBJECT_TAGGING, "GetObjectTagging", "GET", S3_RESEND_SAFE)                 \
    X(S3_CREATE_MULTIPART_UPLOAD, "CreateMultipartUpload", "POST", S3_RESEND_DOUBT)     \
    X(S3_UPLOAD_PART, "UploadPart", "PUT", S3_RESEND_SAFE)                              \
    X(S3_UPLOAD_PART_COPY, "UploadPartCopy", "PUT", S3_RESEND_DOUBT)                    \
    X(S3_COMPLETE_MULTIPART_UPLOAD, "CompleteMultipartUpload", "POST", S3_RESEND_DOUBT) \
    X(S3_ABORT_MULTIPART_UPLOAD, "AbortMultipartUpload", "DELETE", S3_RESEND_SAFE)      \
    X(S3_LIST_PARTS, "ListParts", "GET", S3_RESEND_SAFE)                                \
    X(S3_LIST_MULTIPART_UPLOADS, "ListMultipartUploads", "GET", S3_RESEND_SAFE)         \
    X(S3_LIST_OBJECTS, "ListObjectsV2", "GET", S3_RESEND_SAFE)                          \
    X(S3_DELETE_OBJECT, "DeleteObject", "DELETE", S3_RESEND_SAFE)

enum s3_op {
#define S3_OP_ENUM(op, name, method, resend) op,
    S3_OP_TABLE(S3_OP_ENUM)
#undef S3_OP_ENUM
            S3_OP_COUNT
};

/* The name in the API reference ("HeadObject"). */
const char *s3_op_name(enum s3_op op);
/* The HTTP method ("HEAD"). */
const char *s3_op_method(enum s3_op op);
enum s3_resend s3_op_resend(enum s3_op op);

#endif
