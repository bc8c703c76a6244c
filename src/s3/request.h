/* A request to S3: an operation, the object or bucket that it is about, and the operation's own
 * arguments. There is one struct for all operations, so that a client, or a fake of one, is one
 * function.
 *
 * The pointers of a request need to hold only until s3_start() returns, except for the bodies of
 * PutObject, UploadPart and PutObjectAnnotation, which must stay until the reply came. */
#ifndef COPYOUT_S3_REQUEST_H
#define COPYOUT_S3_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/object/part_etags.h"
#include "model/object/part_sums.h"
#include "model/options/bucket_terms.h"
#include "net/http.h"
#include "s3/op.h"

/* An object, or with key NULL a bucket. */
struct s3_where {
    const char *bucket;
    const char *key;
    const char *version_id; /* NULL: the current version */
    /* On which its bucket is used; NULL: those of the client (s3_client_set_terms()), or none. */
    const struct bucket_terms *terms;
};

/* HeadObject. */
struct s3_head {
    unsigned part;  /* 1 to 10,000: asks for that part of a multipart object; 0: for the object */
    bool checksums; /* x-amz-checksum-mode: ENABLED. Of an object that KMS encrypts, that takes the
                       right to kms:Decrypt (Amazon S3 API Reference, HeadObject) */
};

/* GetObject. */
struct s3_get {
    uint64_t first;       /* byte to begin at */
    uint64_t last;        /* the last byte wanted, or UINT64_MAX */
    const char *if_match; /* ETag that the object must still have; NULL: any */
    http_body_cb on_body; /* NULL: the body is of no interest (it must be small) */
    void *on_body_ctx;
};

/* PutObject. */
struct s3_put {
    const char *content_type; /* NULL: none */
    const char *ours;         /* what file of copyout's it is (s3/own_file.h); NULL: none */
    const void *body;
    size_t len;        /* bytes */
    http_read_cb read; /* as struct http_request has it; NULL: `body` */
    void *read_ctx;
    bool only_if_absent; /* If-None-Match: * */
};

/* CopyObject. */
struct s3_copy {
    struct s3_where source;
    const char *source_etag;   /* x-amz-copy-source-if-match; NULL or "": any */
    bool only_if_absent;       /* If-None-Match: * */
    const char *only_if_match; /* If-Match: the ETag of the destination; NULL: whatever is there */
    const struct headers *headers; /* sent as they are; NULL: none */
    uint64_t size;                 /* bytes of the source, for how long to wait */
};

/* RestoreObject, of an archived object. */
struct s3_restore {
    unsigned days; /* how long it is readable then; 0: not said, as INTELLIGENT_TIERING wants it */
    const char *tier; /* "Bulk", "Standard" or "Expedited" */
};

/* ListObjectAnnotations, a page. An object has 1,000 annotations at most, each a text of 1 byte to
 * 1 MiB with a name of 1 to 512 bytes (Amazon S3 User Guide, "Annotating your objects"). */
struct s3_list_annotations {
    const char *after; /* NULL: the first page; else what the page before gave as next */
};

/* GetObjectAnnotation. */
struct s3_get_annotation {
    const char *name;
};

/* PutObjectAnnotation: replaces the annotation of that name, if there is one. */
struct s3_put_annotation {
    const char *name;
    const char *if_match; /* the ETag that the object must have; NULL or "": any */
    const void *body;
    size_t len; /* bytes */
};

/* CreateMultipartUpload. */
struct s3_create {
    const struct headers *headers; /* of the object, sent as they are; NULL: none */
};

/* UploadPartCopy. */
struct s3_part_copy {
    struct s3_where source;
    const char *source_etag; /* x-amz-copy-source-if-match; NULL or "": any */
    const char *upload_id;
    unsigned part;        /* 1 to 10,000 */
    bool whole;           /* the part is the whole source: no range (a range cannot be empty) */
    uint64_t first, last; /* bytes of the source, both included */
};

/* UploadPart. */
struct s3_part_put {
    const char *upload_id;
    unsigned part; /* 1 to 10,000 */
    const void *body;
    size_t len;        /* bytes */
    http_read_cb read; /* as struct http_request has it; NULL: `body` */
    void *read_ctx;
};

/* CompleteMultipartUpload. */
struct s3_complete {
    const char *upload_id;
    const struct part_etags *etags; /* of parts 1 to count */
    unsigned count;
    bool only_if_absent;       /* If-None-Match: * */
    const char *only_if_match; /* If-Match: as struct s3_copy has it */
    /* The checksums of the parts as far as they are known, and the type that the upload was created
     * with. NULL: none are sent. An upload of the type COMPOSITE is not completed without all of
     * them (Amazon S3 API Reference, CompletedPart). */
    const struct part_sums *sums;
    enum checksum_type checksum_type;
};

/* AbortMultipartUpload. */
struct s3_abort {
    const char *upload_id;
};

/* ListParts, a page. */
struct s3_list_parts {
    const char *upload_id;
    unsigned after; /* 0: the first page; else what the page before gave as next */
};

/* ListMultipartUploads, a page. */
struct s3_list_uploads {
    const char *after; /* NULL: the first page; else what the page before gave as next */
};

/* The header with which a listing is asked for more of each object than it shows by default. */
#define S3_OPTIONAL_ATTRIBUTES "x-amz-optional-object-attributes"

/* ListObjectsV2, a page. where.key is NULL. */
struct s3_list_objects {
    const char *prefix;
    const char *after; /* NULL: the first page; else what the page before gave as next */
    /* Without `after`: the listing begins behind this key, which need not be there (Amazon S3 API
     * Reference, ListObjectsV2: start-after). NULL or "": it begins at its beginning. */
    const char *start_after;
    bool restored; /* whether archived objects were restored is asked for, too */
};

struct s3_request {
    enum s3_op op;
    /* The object the operation is about; of a copy, the destination. ListMultipartUploads lists
     * the uploads of the one key given here. */
    struct s3_where where;
    union {
        struct s3_head head;
        struct s3_get get;
        struct s3_put put;
        struct s3_copy copy;
        struct s3_restore restore;
        struct s3_list_annotations annotations;
        struct s3_get_annotation get_annotation;
        struct s3_put_annotation put_annotation;
        struct s3_create create;
        struct s3_part_copy part_copy;
        struct s3_part_put part_put;
        struct s3_complete complete;
        struct s3_abort abort;
        struct s3_list_parts parts;
        struct s3_list_uploads uploads;
        struct s3_list_objects list;
        const char *tagging; /* PutObjectTagging: "a=b&c=d", encoded; replaces what is there */
    } u;
};

#endif
