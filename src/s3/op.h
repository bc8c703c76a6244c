/* The operations of S3 that we use, under the names that the Amazon S3 API Reference gives them. */
#ifndef COPYOUT_S3_OP_H
#define COPYOUT_S3_OP_H

#define S3_OP_TABLE(X)                                         \
    X(S3_HEAD_BUCKET, "HeadBucket")                            \
    X(S3_HEAD_OBJECT, "HeadObject")                            \
    X(S3_GET_OBJECT, "GetObject")                              \
    X(S3_PUT_OBJECT, "PutObject")                              \
    X(S3_COPY_OBJECT, "CopyObject")                            \
    X(S3_PUT_OBJECT_TAGGING, "PutObjectTagging")               \
    X(S3_GET_OBJECT_TAGGING, "GetObjectTagging")               \
    X(S3_CREATE_MULTIPART_UPLOAD, "CreateMultipartUpload")     \
    X(S3_UPLOAD_PART, "UploadPart")                            \
    X(S3_UPLOAD_PART_COPY, "UploadPartCopy")                   \
    X(S3_COMPLETE_MULTIPART_UPLOAD, "CompleteMultipartUpload") \
    X(S3_ABORT_MULTIPART_UPLOAD, "AbortMultipartUpload")       \
    X(S3_LIST_PARTS, "ListParts")                              \
    X(S3_LIST_MULTIPART_UPLOADS, "ListMultipartUploads")       \
    X(S3_LIST_OBJECTS, "ListObjectsV2")                        \
    X(S3_DELETE_OBJECT, "DeleteObject")

enum s3_op {
#define S3_OP_ENUM(op, name) op,
    S3_OP_TABLE(S3_OP_ENUM)
#undef S3_OP_ENUM
            S3_OP_COUNT
};

const char *s3_op_name(enum s3_op op);

#endif
