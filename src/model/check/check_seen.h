/* The questions of `copyout check` about a bucket and their answers, as values. No I/O.
 * docs/check.md. */
#ifndef COPYOUT_MODEL_CHECK_CHECK_SEEN_H
#define COPYOUT_MODEL_CHECK_CHECK_SEEN_H

#include "model/names.h"
#include "model/object/object_info.h"

/* The mark of objects that a check makes: the value of x-amz-meta-copyout. */
#define CHECK_MARK "check"

/* The requests, in their order: X(ask, S3's name of the operation). */
#define CHECK_ASK_TABLE(X)                                                                 \
    X(ASK_BUCKET, "HeadBucket")                                                            \
    X(ASK_LISTING, "ListObjectsV2")                                                        \
    X(ASK_OBJECT, "HeadObject")        /* of the object that was found */                  \
    X(ASK_TAGGING, "GetObjectTagging") /* of it */                                         \
    X(ASK_PART, "HeadObject")          /* of it, partNumber=1 */                           \
    X(ASK_CHECKSUMS, "HeadObject")     /* of it, x-amz-checksum-mode */                    \
    X(ASK_CREATE, "CreateMultipartUpload")                                                 \
    X(ASK_COPY_RIGHT, "UploadPartCopy")  /* on condition of its ETag */                    \
    X(ASK_COPY_BARE, "UploadPartCopy")   /* without a condition */                         \
    X(ASK_COPY_WRONG, "UploadPartCopy")  /* on condition of another ETag */                \
    X(ASK_BYTE, "GetObject")             /* the first byte, where parts are denied */      \
    X(ASK_WHOLE, "CopyObject")           /* the object as a whole, where it can be read */ \
    X(ASK_PARTS, "ListParts")            /* before the abort */                            \
    X(ASK_ABORT, "AbortMultipartUpload") /* until ListParts shows nothing */               \
    X(ASK_CREATE_TAGS, "CreateMultipartUpload")                                            \
    X(ASK_CREATE_CHECKSUMS, "CreateMultipartUpload")                                       \
    X(ASK_CREATE_LOCK, "CreateMultipartUpload")                                            \
    X(ASK_PUT, "PutObject")                    /* If-None-Match, onto nothing */           \
    X(ASK_PUT_BARE, "PutObject")               /* without a condition, onto nothing */     \
    X(ASK_PUT_AGAIN, "PutObject")              /* If-None-Match, onto that object */       \
    X(ASK_COPY, "CopyObject")                  /* If-None-Match, onto nothing */           \
    X(ASK_COPY_AGAIN, "CopyObject")            /* If-None-Match, onto the copy */          \
    X(ASK_MATCH_RIGHT, "CopyObject")           /* If-Match of the copy's ETag */           \
    X(ASK_MATCH_WRONG, "CopyObject")           /* If-Match of another */                   \
    X(ASK_COMPLETE, "CompleteMultipartUpload") /* If-None-Match, onto the object */        \
    X(ASK_WRITTEN, "HeadObject")               /* of our object */                         \
    X(ASK_REMOVE, "DeleteObject")              /* until HEAD finds nothing */

enum check_ask {
#define CHECK_ASK_ENUM(ask, operation) ask,
    CHECK_ASK_TABLE(CHECK_ASK_ENUM)
#undef CHECK_ASK_ENUM
            CHECK_ASKS
};

/* S3's name of the operation ("HeadBucket"). */
const char *check_ask_name(enum check_ask ask);

/* Facts that an answer shows besides its own fields: bits. */
enum check_shows {
    CHECK_SHOWS_RANGE = 1,      /* content-range: a part, and not the object */
    CHECK_SHOWS_LOCK = 2,       /* headers of Object Lock */
    CHECK_SHOWS_ARCHIVED = 4,   /* a listing: an archived object is in it */
    CHECK_SHOWS_RESTORES = 8,   /* a listing: and it says whether it was restored */
    CHECK_SHOWS_OBJECTS = 16,   /* a listing: there are any */
    CHECK_SHOWS_OTHER_KEY = 32, /* encrypted with a key of KMS or the customer's */
    CHECK_SHOWS_MARK = 64,      /* CHECK_MARK */
};

enum { CHECK_TEXT_SIZE = 96 };

struct check_answer {
    bool asked;
    struct err err;    /* ERR_OK: it worked, and the rest holds */
    unsigned shows;    /* bits of enum check_shows */
    unsigned attempts; /* that were made of the request */
    /* x-amz-server-side-encryption; of HeadBucket the region; of a write its ETag; "": not said. */
    char text[CHECK_TEXT_SIZE];
    char version[S3_VERSION_ID_MAX + 1]; /* x-amz-version-id; "": not said */
    struct object_info object;           /* of HeadObject */
};

/* Bits. */
enum check_role {
    CHECK_SOURCE = 1,
    CHECK_DESTINATION = 2,
    CHECK_PAIR = 4, /* parts of its objects were to be copied into the destination */
};

/* A bucket that was asked about. Zeroed memory: nothing was asked. */
struct check_seen {
    char *bucket, *prefix;    /* owned */
    char *object;             /* the key that was looked at; NULL: none was found. Owned */
    unsigned roles;           /* bits of enum check_role */
    bool writes;              /* objects were written, too */
    bool in_path;             /* its address has the bucket in its path */
    char body_md5[ETAG_SIZE]; /* the MD5 of what was put; "": not known */
    struct check_answer answers[CHECK_ASKS];
};

/* Frees what it owns. */
void check_seen_free(struct check_seen *s);

#endif
