/* The meaning of S3's errors for a copy, as a table: the same error asks for different things where
 * it answers different requests. Pure. */
#ifndef COPYOUT_COPY_ERROR_RULES_H
#define COPYOUT_COPY_ERROR_RULES_H

#include "base/err.h"

/* Which request the error answers. */
enum error_at {
    ERROR_AT_SOURCE,      /* HeadObject of the source */
    ERROR_AT_DESTINATION, /* HeadObject of the destination, before the copy */
    ERROR_AT_SUMS,        /* HeadObject of either that was looked at already, with its checksums */
    ERROR_AT_PROBE,       /* HeadObject of a part of the source */
    ERROR_AT_TAGS,        /* GetObjectTagging of the source, PutObjectTagging of the copy */
    ERROR_AT_SINGLE,      /* CopyObject */
    ERROR_AT_CREATE,      /* CreateMultipartUpload */
    ERROR_AT_RESUME,      /* ListParts of an upload that is to be gone on with */
    ERROR_AT_PART,        /* UploadPartCopy */
    ERROR_AT_COMPLETE,    /* CompleteMultipartUpload */
    ERROR_AT_RELIST,      /* ListParts of an upload whose Complete misses a part */
    ERROR_AT_LOOK,        /* HeadObject of the destination, right before a write */
    ERROR_AT_RECHECK,     /* HeadObject of the source, after the copy */
    ERROR_AT_VERIFY,      /* HeadObject of the destination, after the copy */
    ERROR_AT_ABORT,       /* AbortMultipartUpload */
    ERROR_AT_ABORTED,     /* ListParts of an upload that was aborted */
    ERROR_AT_RESTORE,     /* RestoreObject of the source */
    ERROR_AT_ANNOTATIONS, /* ListObjectAnnotations of the source */
    ERROR_AT_ANNOTATION,  /* GetObjectAnnotation of the source, PutObjectAnnotation of the copy */
    ERROR_AT_COUNT
};

/* Other things that are known; a set of bits. */
enum error_known {
    KNOWN_READABLE = 1,      /* a GET has just shown that we may read the source */
    KNOWN_TAGS_TO_SPARE = 2, /* the request had to do with tags, and may be made without them */
    KNOWN_SMALL_GUESS = 4,   /* the layout is a guess, and CopyObject can copy the object as well */
    KNOWN_FIRST_PROBE = 8,   /* it is not known yet whether the server knows of parts */
    KNOWN_SENT_AGAIN = 16,   /* it was sent more than once: the first may have worked */
    KNOWN_TAGS_GIVEN = 128,  /* the request has the header x-amz-tagging */
    KNOWN_TAGS_TAKEN = 256,  /* CopyObject was told to take the tags along, and worked */
    KNOWN_TO_OMIT = 32,      /* it has a header that was not left out yet, and may be (omit.h) */
    KNOWN_WRONG = 64,      /* the same, of a condition; and all that it asks for was seen to hold */
    KNOWN_WITH_SUMS = 512, /* HeadObject that asked for checksums; it may be asked without */
    KNOWN_SUMS_TO_SPARE = 1024, /* of an upload with a checksum, which may be made without */
    KNOWN_BY_LISTING = 4096, /* a listing alone showed the source, or what is at the destination */
    KNOWN_MATCHED = 8192,    /* the write has If-Match: where nothing is any more, that is 404 */
    KNOWN_LOCKS = 16384, /* the write has headers of Object Lock, which it may be made without */
    KNOWN_ANNOTATIONS = 32768, /* CopyObject takes annotations along, and may be made without; the
                                  copy may be without the one that was asked about */
    KNOWN_PARTS = 2048,        /* the server can copy parts */
    KNOWN_WITH_KEY = 65536,    /* HeadObject of the source with the SSE-C key of all sources */
};

enum error_then {
    THEN_FAIL,         /* the request failed, and with it what it was for */
    THEN_RESTART,      /* from the beginning: the source or the destination changed under us */
    THEN_EXPLAIN,      /* a GET of the source learns more */
    THEN_NOTHING,      /* there is no such object */
    THEN_UNREADABLE,   /* we may not look at the destination */
    THEN_NEEDS_KEY,    /* something is at the destination that needs the SSE-C key */
    THEN_GUESS,        /* the server does not know of parts */
    THEN_WITHOUT_KEY,  /* once more without the SSE-C key, which is not that object's */
    THEN_WITHOUT_SUMS, /* once more, or further on, without checksums */
    THEN_WITHOUT_TAGS, /* once more, or further on, without the tags */
    THEN_NO_TAGGING,   /* the same: the server knows of no tags */
    THEN_HAS_TAGS,     /* the copy has the tags, as far as we may know */
    THEN_TAGS_AFTER,   /* once more without the tags, which are put when the copy is there */
    THEN_WITHOUT_ANNOTATIONS, /* once more, or further on, without the annotations */
    THEN_NO_ANNOTATIONS,      /* the source's server knows of none */
    THEN_WITHOUT_LOCK,        /* once more without retention and legal hold */
    THEN_CONDITION,           /* a condition of a write does not hold: decide_precondition() */
    THEN_LAST_RESORT,         /* the source's parts cannot be mirrored */
    THEN_GONE,                /* there is no such upload any more */
    THEN_VERIFY,              /* it may have worked: the destination will tell */
    THEN_LOOK,        /* it worked, or did not: the answer cannot be read. The destination is
                         looked at before anything is written there again */
    THEN_LIST,        /* the same, of a part: ListParts tells */
    THEN_ANEW,        /* the upload is of no use: another one */
    THEN_RELIST,      /* a part is not there, or is another: ListParts tells which */
    THEN_OMIT,        /* once more, without a header that the server may not know */
    THEN_LOOK_CLOSER, /* from the beginning, with HeadObject of both sides */
    THEN_IN_ONE,      /* the server cannot copy parts */
    THEN_WAIT,        /* the source is being restored: somebody else was first */
    THEN_LEAVE,       /* the server cannot remove uploads: it is left there */
};

/* The first rule of that request that fits the error and what is known (bits of error_known). */
enum error_then error_rule(enum error_at at, const struct err *e, unsigned known);

#endif
