/* The reply to an operation. There is one struct for all operations; `op` says which member of the
 * union it fills. */
#ifndef COPYOUT_S3_REPLY_H
#define COPYOUT_S3_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/object/etag.h"
#include "model/object/object_info.h"
#include "net/headers.h"
#include "s3/op.h"

/* The object or part that was written, by the answer to the write. */
struct s3_copied {
    char etag[ETAG_SIZE]; /* "": only in an answer to Complete */
    enum etag_kind etag_kind;
    char checksum[CHECKSUM_SIZE]; /* "": none was said */
    enum checksum checksum_kind;  /* of what kind checksum is */
};

/* The upload that was created. */
struct s3_created {
    char *upload_id;
    bool encrypted; /* with a key of KMS or the customer's: the ETags of its parts are no digests */
};

struct s3_part {
    unsigned number;
    uint64_t size;
    char etag[ETAG_SIZE];
    char checksum[CHECKSUM_SIZE]; /* "": none was said */
    enum checksum checksum_kind;  /* of what kind checksum is */
};

/* One page of ListParts, in ascending order. */
struct s3_parts {
    struct s3_part *parts;
    unsigned count;
    unsigned next; /* to ask for the next page; 0: this was the last */
    /* The checksum that the upload was created with, as far as the server tells. */
    struct upload_checksum checksum;
};

struct s3_upload {
    char *id;
    int64_t initiated_s; /* seconds since 1970, by S3's clock; 0: not said */
};

/* One page of ListMultipartUploads: the uploads of the one key that was asked for. */
struct s3_uploads {
    struct s3_upload *uploads;
    unsigned count;
    char *next; /* to ask for the next page; NULL: there is no more of that key */
};

/* Whether an archived object was restored, by a listing that was asked for it. */
enum s3_restored {
    S3_RESTORED_UNSAID, /* it was not asked for, or is a server's that may not know the question */
    S3_RESTORED_NOT,    /* nor asked to be */
    S3_RESTORED_UNDER_WAY,
    S3_RESTORED_YES,
};

/* An annotation of an object, by a listing of them. */
struct s3_annotation {
    char *name;           /* never empty */
    uint64_t size;        /* bytes */
    char etag[ETAG_SIZE]; /* of the annotation; "": not said */
};

/* One page of ListObjectAnnotations. */
struct s3_annotations {
    struct s3_annotation *list;
    unsigned count;
    char *next; /* continuation token; NULL: this was the last page */
};

/* The text of an annotation; it has no NUL at its end. */
struct s3_annotation_text {
    const char *text;
    size_t len; /* bytes, at most S3_ANNOTATION_MOST */
};

enum {
    S3_ANNOTATION_MOST = 1 << 20, /* bytes of one */
    S3_ANNOTATIONS_MOST = 1000,   /* of one object */
};

/* An object as a listing shows it. */
struct s3_listed {
    char *key;              /* decoded */
    uint64_t size;          /* bytes; 0 also where it was not said */
    char etag[ETAG_SIZE];   /* "": not said */
    char storage_class[32]; /* as the server writes it; "": not said */
    char modified[32];      /* when, as the server writes it (ISO 8601); "": not said */
    enum s3_restored restored;
};

/* How far a page of ListObjectsV2 can be relied on to show all keys of its range. */
enum s3_page {
    S3_PAGE_WHOLE,     /* each entry was read as the server meant it */
    S3_PAGE_UNENCODED, /* the server does not say that it has encoded the keys, and one of them has
                          a character that means something else then */
    S3_PAGE_DAMAGED,   /* an entry could not be read, and is left out; or another page follows, and
                          the answer does not say which */
};

/* One page of ListObjectsV2. */
struct s3_keys {
    struct s3_listed *objects;
    unsigned count;
    char *next; /* continuation token; NULL: this was the last page */
    enum s3_page page;
};

struct s3_reply {
    enum s3_op op;
    struct err err;                /* ERR_OK: the union holds what was asked for */
    unsigned attempts;             /* requests that were sent for the operation */
    const struct headers *headers; /* of the last answer; NULL when none came */
    union {
        struct object_info object; /* HeadObject, GetObject */
        struct s3_copied copied;   /* CopyObject, UploadPartCopy, UploadPart, Complete, Put */
        char region[64];           /* HeadBucket: where it is; "" when not said. Also on error */
        struct s3_created created; /* CreateMultipartUpload */
        struct s3_parts parts;     /* ListParts */
        struct s3_uploads uploads; /* ListMultipartUploads */
        struct s3_keys keys;       /* ListObjectsV2 */
        char *tagging;             /* GetObjectTagging: "a=b&c=d", encoded for x-amz-tagging */
        struct s3_annotations annotations;    /* ListObjectAnnotations */
        struct s3_annotation_text annotation; /* GetObjectAnnotation */
    } u;
};

/* Called when an operation is over. reply is valid until the callback returns. */
typedef void (*s3_done_cb)(void *ctx, const struct s3_reply *reply);

#endif
