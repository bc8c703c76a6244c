#include "copy/error_rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Kinds of errors; one error may be of several. */
enum error_kind {
    IS_DENIED = 1,
    IS_NOT_FOUND = 2,
    IS_NO_UPLOAD = 4,
    IS_PRECONDITION = 8,
    IS_TOO_SMALL = 16,
    IS_NO_BODY = 32,     /* 400 to a HEAD, which has no body to say why: an expired token, SSE-C */
    IS_BAD_QUERY = 64,   /* the server does not take the query at all */
    IS_REFUSED = 128,    /* answered with an error for good: not on the way, not for want of time */
    IS_FOR_GOOD = 256,   /* trying again does not help */
    IS_NOT_DONE = 512,   /* the server has no such function, of an operation or of a header */
    IS_NO_METHOD = 1024, /* the same, of an operation */
    IS_BAD_PART = 2048,
    IS_CONFLICT = 4096,          /* another request to the same key, at the same time */
    IS_BAD_HEADER = 8192,        /* it may not take a header of the request, or not so long a one */
    IS_UNREAD = 16384,           /* a success that cannot be read, or that broke off */
    IS_UNKNOWN_HEADER = 1 << 16, /* the server may not know a header or what it says */
    IS_ANSWERED = 1 << 17,       /* the server answered, with an error */
    IS_ARCHIVED = 1 << 18,
    IS_RESTORING = 1 << 19,
    IS_NO_ANNOTATION = 1 << 20, /* there is none of that name (any more) */
    IS_MALFORMED = 1 << 21,     /* a success that came as a whole, and cannot be read */
};

static bool is_one_of(const char *code, const char *const *codes)
{
    while (*codes && strcmp(code, *codes) != 0)
        codes++;
    return *codes != NULL;
}

static bool is_bad_header(const struct err *e)
{
    static const char *const codes[] = {"InvalidArgument", "InvalidTag", "MetadataTooLarge",
            "RequestHeaderSectionTooLarge", NULL};

    return e->http_status == 431 || e->http_status == 501 || is_one_of(e->service_code, codes);
}

static unsigned kinds_of(const struct err *e)
{
    int status = e->http_status;
    static const char *const unknown[] = {"NotImplemented", "InvalidRequest", "InvalidArgument",
            "MalformedXML", "BadDigest", NULL};
    unsigned kinds = 0;

    if (e->code == ERR_ACCESS_DENIED)
        kinds |= IS_DENIED;
    if (e->code == ERR_NOT_FOUND)
        kinds |= IS_NOT_FOUND;
    if (e->code == ERR_PRECONDITION)
        kinds |= IS_PRECONDITION;
    if (strcmp(e->service_code, "NoSuchUpload") == 0)
        kinds |= IS_NO_UPLOAD;
    if (strcmp(e->service_code, "EntityTooSmall") == 0)
        kinds |= IS_TOO_SMALL;
    if (strcmp(e->service_code, "InvalidObjectState") == 0)
        kinds |= IS_ARCHIVED;
    if (strcmp(e->service_code, "RestoreAlreadyInProgress") == 0)
        kinds |= IS_RESTORING;
    if (strcmp(e->service_code, "NoSuchAnnotation") == 0)
        kinds |= IS_NO_ANNOTATION;
    if (is_bad_header(e))
        kinds |= IS_BAD_HEADER;
    if (strcmp(e->service_code, "InvalidPart") == 0)
        kinds |= IS_BAD_PART;
    if (strcmp(e->service_code, "ConditionalRequestConflict") == 0)
        kinds |= IS_CONFLICT;
    if (status == 400 && !e->service_code[0])
        kinds |= IS_NO_BODY;
    if (status == 400 || status == 405 || status == 416 || status == 501)
        kinds |= IS_BAD_QUERY;
    if (status == 501 || is_one_of(e->service_code, unknown))
        kinds |= IS_UNKNOWN_HEADER;
    if (status >= 400)
        kinds |= IS_ANSWERED;
    if (status == 501 || strcmp(e->service_code, "NotImplemented") == 0)
        kinds |= IS_NOT_DONE;
    if (status == 405)
        kinds |= IS_NO_METHOD;
    if (e->cls == ERR_CLASS_PERMANENT && status >= 400)
        kinds |= IS_REFUSED;
    if (e->cls == ERR_CLASS_PERMANENT && e->code != ERR_CANCELLED)
        kinds |= IS_FOR_GOOD;
    if (status / 100 == 2 && !e->service_code[0] && e->code != ERR_CANCELLED)
        kinds |= IS_UNREAD | (e->code == ERR_PROTOCOL ? IS_MALFORMED : 0);
    return kinds;
}

/* In order: the first that fits holds. What no rule fits fails. */
static const struct rule {
    enum error_at at;
    unsigned kinds;   /* the error must be of one of these */
    unsigned with;    /* all of this must be known ... */
    unsigned without; /* ... and none of this */
    enum error_then then;
} rules[] = {
        /* S3 takes no key for an object that is not encrypted with one (GetObject says of it: "The
         * encryption parameters are not applicable to this object"). */
        {ERROR_AT_SOURCE, IS_NO_BODY, KNOWN_WITH_KEY, 0, THEN_WITHOUT_KEY},
        /* Of an object that KMS encrypts, S3 tells checksums only to those who may decrypt it, and
         * only while KMS answers; 400 is also what its ThrottlingException comes as. */
        {ERROR_AT_SOURCE, IS_DENIED | IS_NO_BODY, KNOWN_WITH_SUMS, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_SOURCE, IS_REFUSED, 0, 0, THEN_EXPLAIN},

        {ERROR_AT_DESTINATION, IS_DENIED | IS_NO_BODY, KNOWN_WITH_SUMS, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_DESTINATION, IS_DENIED, 0, 0, THEN_UNREADABLE},
        {ERROR_AT_DESTINATION, IS_NO_BODY, KNOWN_READABLE, 0, THEN_NEEDS_KEY},
        {ERROR_AT_DESTINATION, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},
        {ERROR_AT_DESTINATION, IS_NOT_FOUND, 0, 0, THEN_NOTHING},

        {ERROR_AT_SUMS, IS_NOT_FOUND, 0, 0, THEN_RESTART},
        {ERROR_AT_SUMS, IS_ANSWERED, 0, 0, THEN_WITHOUT_SUMS},

        {ERROR_AT_PROBE, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},
        {ERROR_AT_PROBE, IS_BAD_QUERY, KNOWN_FIRST_PROBE, 0, THEN_GUESS},

        /* CopyObject of an object with tags needs the right to read them (Amazon S3 API Reference,
         * CopyObject, "Permissions"). */
        {ERROR_AT_TAGS, IS_DENIED, KNOWN_TAGS_TAKEN, 0, THEN_HAS_TAGS},
        {ERROR_AT_TAGS, IS_NOT_DONE, KNOWN_TAGS_TO_SPARE, 0, THEN_NO_TAGGING},
        {ERROR_AT_TAGS, IS_FOR_GOOD, KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},

        {ERROR_AT_SINGLE, IS_UNREAD, 0, 0, THEN_LOOK},
        {ERROR_AT_SINGLE, IS_PRECONDITION, KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_SINGLE, IS_PRECONDITION, 0, 0, THEN_CONDITION},
        /* The source or the destination is gone (Amazon S3 User Guide, "Conditional writes": 404).
         */
        {ERROR_AT_SINGLE, IS_NOT_FOUND, KNOWN_MATCHED, 0, THEN_CONDITION},
        {ERROR_AT_SINGLE, IS_CONFLICT, 0, 0, THEN_RESTART},
        /* CopyObject needs the rights to read and write annotations, unless it excludes them
         * (Amazon S3 API Reference, CopyObject, "x-amz-object-annotation-directive"). */
        {ERROR_AT_SINGLE, IS_DENIED, KNOWN_ANNOTATIONS, 0, THEN_WITHOUT_ANNOTATIONS},
        /* 400 InvalidRequest: "Bucket is missing Object Lock Configuration". */
        {ERROR_AT_SINGLE, IS_DENIED | IS_UNKNOWN_HEADER, KNOWN_LOCKS, 0, THEN_WITHOUT_LOCK},
        /* 400 InvalidRequest: the copy is under SSE-C, or in a Region without annotations. 501: in
         * a directory bucket (Amazon S3 API Reference, "Error responses"). */
        {ERROR_AT_SINGLE, IS_UNKNOWN_HEADER, KNOWN_ANNOTATIONS, 0, THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_SINGLE, IS_NOT_DONE, KNOWN_TO_OMIT, 0, THEN_OMIT},
        /* 403 may be for want of a right to tags only; S3 does not tell. */
        {ERROR_AT_SINGLE, IS_DENIED, KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},
        /* HeadObject tells what a listing does not: archived, gone meanwhile, not to be read. */
        {ERROR_AT_SINGLE, IS_DENIED | IS_NOT_FOUND | IS_ARCHIVED, KNOWN_BY_LISTING, 0,
                THEN_LOOK_CLOSER},
        {ERROR_AT_CREATE, IS_DENIED | IS_UNKNOWN_HEADER, KNOWN_LOCKS, 0, THEN_WITHOUT_LOCK},
        {ERROR_AT_CREATE, IS_DENIED, KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},
        /* Cloudflare R2 has no x-amz-tagging; others take less of it than S3. */
        {ERROR_AT_CREATE, IS_BAD_HEADER, KNOWN_TAGS_GIVEN, 0, THEN_TAGS_AFTER},
        {ERROR_AT_CREATE, IS_UNKNOWN_HEADER, KNOWN_SUMS_TO_SPARE, 0, THEN_WITHOUT_SUMS},

        /* Completed or removed since the destination was looked at, by another worker, or by a
         * request of a run that was killed, which came late. */
        {ERROR_AT_RESUME, IS_NOT_FOUND, 0, 0, THEN_GONE},
        {ERROR_AT_RESUME, IS_DENIED, 0, 0, THEN_ANEW},

        {ERROR_AT_PART, IS_UNREAD, 0, 0, THEN_LIST},
        /* The source changed; or another worker on this object has completed or removed the upload:
         * then it is found done, or begun anew. */
        {ERROR_AT_PART, IS_PRECONDITION, KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_PART, IS_PRECONDITION | IS_NO_UPLOAD, 0, 0, THEN_RESTART},
        {ERROR_AT_PART, IS_NOT_DONE, KNOWN_TO_OMIT, 0, THEN_OMIT},
        {ERROR_AT_PART, IS_NOT_DONE, 0, KNOWN_TO_OMIT | KNOWN_PARTS, THEN_IN_ONE},
        /* Some servers' rights differ for parts (Ceph RGW 16 looks at the object's ACL alone). */
        {ERROR_AT_PART, IS_DENIED, KNOWN_SMALL_GUESS, 0, THEN_LAST_RESORT},

        {ERROR_AT_COMPLETE, IS_UNREAD, 0, 0, THEN_LOOK},
        /* A Complete whose answer was lost may have worked. */
        {ERROR_AT_COMPLETE, IS_NO_UPLOAD, KNOWN_SENT_AGAIN, 0, THEN_VERIFY},
        {ERROR_AT_COMPLETE, IS_NO_UPLOAD, 0, KNOWN_SENT_AGAIN, THEN_GONE},
        {ERROR_AT_COMPLETE, IS_NOT_FOUND, KNOWN_MATCHED, 0, THEN_CONDITION},
        {ERROR_AT_COMPLETE, IS_PRECONDITION, KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_COMPLETE, IS_PRECONDITION, 0, 0, THEN_CONDITION},
        {ERROR_AT_COMPLETE, IS_NOT_DONE, KNOWN_TO_OMIT, 0, THEN_OMIT},
        {ERROR_AT_COMPLETE, IS_UNKNOWN_HEADER, KNOWN_SUMS_TO_SPARE, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_COMPLETE, IS_TOO_SMALL, 0, 0, THEN_LAST_RESORT},
        /* The upload cannot be completed any more (Amazon S3 API Reference,
         * CompleteMultipartUpload, If-None-Match). */
        {ERROR_AT_COMPLETE, IS_CONFLICT, 0, 0, THEN_RESTART},
        /* Cloudflare R2 wants parts of one length, but for the last (R2 documentation, "Multipart
         * upload", "Limitations"). */
        /* Seen of MinIO for a moment (minio#17519), and of parts that are lost. */
        {ERROR_AT_COMPLETE, IS_BAD_PART, 0, 0, THEN_RELIST},

        /* Complete, which has just known the upload, tells whether it is there. */
        {ERROR_AT_RELIST, IS_NOT_FOUND | IS_DENIED | IS_BAD_QUERY, 0, 0, THEN_UNREADABLE},
        {ERROR_AT_LOOK, IS_NOT_FOUND, 0, 0, THEN_NOTHING},
        {ERROR_AT_LOOK, IS_NO_BODY, 0, 0, THEN_RESTART}, /* where EXPLAIN learns more */

        {ERROR_AT_RECHECK, IS_DENIED | IS_NO_BODY, KNOWN_WITH_SUMS, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_RECHECK, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},

        {ERROR_AT_VERIFY, IS_DENIED | IS_NO_BODY, KNOWN_WITH_SUMS, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_VERIFY, IS_DENIED, 0, 0, THEN_UNREADABLE},
        {ERROR_AT_VERIFY, IS_NOT_FOUND, 0, 0, THEN_RESTART},
        {ERROR_AT_VERIFY, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},

        /* By somebody else, or by a request whose answer was lost. */
        {ERROR_AT_RESTORE, IS_RESTORING, 0, 0, THEN_WAIT},
        /* Another object than the one that was looked at, or none, or it was restored meanwhile. */
        {ERROR_AT_RESTORE, IS_ARCHIVED | IS_NOT_FOUND, 0, 0, THEN_RESTART},

        {ERROR_AT_ANNOTATIONS, IS_NOT_DONE | IS_NO_METHOD, 0, 0, THEN_NO_ANNOTATIONS},
        /* 400 alone does not say so: it is also what KMS's errors and expired tokens come as. */
        {ERROR_AT_ANNOTATIONS, IS_UNKNOWN_HEADER, KNOWN_ANNOTATIONS, 0, THEN_NO_ANNOTATIONS},
        {ERROR_AT_ANNOTATIONS, IS_FOR_GOOD | IS_MALFORMED, KNOWN_ANNOTATIONS, 0,
                THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_ANNOTATION, IS_NO_ANNOTATION, 0, 0, THEN_GONE}, /* removed since the listing */
        /* The copy was written over since (x-amz-object-if-match). */
        {ERROR_AT_ANNOTATION, IS_PRECONDITION, KNOWN_MATCHED, 0, THEN_RESTART},
        {ERROR_AT_ANNOTATION, IS_FOR_GOOD | IS_MALFORMED, KNOWN_ANNOTATIONS, 0,
                THEN_WITHOUT_ANNOTATIONS},

        {ERROR_AT_ABORT, IS_NOT_FOUND, 0, 0, THEN_GONE},
        {ERROR_AT_ABORT, IS_NOT_DONE | IS_NO_METHOD, 0, 0, THEN_LEAVE},
        /* Aborted, and we may not look: all that we can do is done. */
        {ERROR_AT_ABORTED, IS_NOT_FOUND | IS_DENIED, 0, 0, THEN_GONE},
};

enum error_then error_rule(enum error_at at, const struct err *e, unsigned known)
{
    unsigned kinds = kinds_of(e);
    size_t i;

    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct rule *r = &rules[i];

        if (r->at == at && (r->kinds & kinds) && (known & r->with) == r->with &&
                !(known & r->without))
            return r->then;
    }
    return THEN_FAIL;
}
