/* What an operation answers. One struct for all: who asked knows which member of the union it is.
 */
#ifndef COPYOUT_S3_REPLY_H
#define COPYOUT_S3_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/headers.h"
#include "s3/etag.h"
#include "s3/op.h"

enum s3_checksum { S3_CRC64NVME, S3_CRC32C, S3_CRC32, S3_SHA1, S3_SHA256, S3_CHECKSUM_COUNT };
enum { S3_CHECKSUM_SIZE = 96 }; /* base64 of 32 bytes and "-10000", with the NUL */

/* What HEAD says of an object. */
struct s3_object {
    uint64_t size; /* of the whole; with partNumber: of the part */
    char etag[ETAG_SIZE];
    char checksums[S3_CHECKSUM_COUNT][S3_CHECKSUM_SIZE]; /* "": none */
    bool full_object_checksums; /* they are of the bytes, not of the parts' checksums */
    unsigned parts_count;       /* x-amz-mp-parts-count; 0: not said */
    bool tag_count_said;        /* the header was there */
    unsigned tag_count;         /* x-amz-tagging-count; 0: none, or we may not know */
    bool opaque_etag;           /* encrypted so (SSE-KMS, DSSE, SSE-C) that the ETag is no MD5 */
    bool partial;               /* 206: the size is that of a part */
    bool archived;              /* GLACIER and the like, and not restored */
    char storage_class[32];     /* "": STANDARD */
};

struct s3_copied {
    char etag[ETAG_SIZE];
    bool complete;    /* the answer to Complete was whole; its ETag may still be "" */
    bool opaque_etag; /* the answer says that the copy is encrypted with a key of KMS or ours */
};

struct s3_part {
    unsigned number;
    uint64_t size;
    char etag[ETAG_SIZE];
};

/* One page of ListParts, in ascending order. */
struct s3_parts {
    struct s3_part *parts;
    unsigned count;
    unsigned next; /* to ask for the next page; 0: this was the last */
};

struct s3_upload {
    char *id;
    int64_t initiated_s; /* seconds since 1970, by S3's clock; 0: not said */
};

/* The first page of ListMultipartUploads: those of the one key that was asked for. */
struct s3_uploads {
    struct s3_upload *uploads;
    unsigned count;
};

/* One page of ListObjectsV2. */
struct s3_keys {
    char **keys;
    unsigned count;
    char *next; /* continuation token; NULL: this was the last page */
};

struct s3_reply {
    enum s3_op op;
    struct err err;                /* ERR_OK, or why not */
    unsigned attempts;             /* requests that were sent for it */
    const struct headers *headers; /* of the last answer; NULL when none came */
    union {
        struct s3_object object;   /* HeadObject, GetObject */
        struct s3_copied copied;   /* CopyObject, UploadPartCopy, UploadPart, Complete, Put */
        char region[64];           /* HeadBucket: where it is; "" when not said. Also on error */
        char *upload_id;           /* CreateMultipartUpload */
        struct s3_parts parts;     /* ListParts */
        struct s3_uploads uploads; /* ListMultipartUploads */
        struct s3_keys keys;       /* ListObjectsV2 */
        char *tagging;             /* GetObjectTagging: "a=b&c=d", encoded for x-amz-tagging */
    } u;
};

/* reply is valid until the callback returns. */
typedef void (*s3_done_cb)(void *ctx, const struct s3_reply *reply);

#endif
