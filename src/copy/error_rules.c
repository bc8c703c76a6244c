#include "copy/error_rules.h"

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
};

static unsigned kinds_of(const struct err *e)
{
    int status = e->http_status;
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
    if (status == 400 && !e->service_code[0])
        kinds |= IS_NO_BODY;
    if (status == 400 || status == 405 || status == 416 || status == 501)
        kinds |= IS_BAD_QUERY;
    if (status == 501 || strcmp(e->service_code, "NotImplemented") == 0)
        kinds |= IS_NOT_DONE;
    if (status == 405)
        kinds |= IS_NO_METHOD;
    if (e->cls == ERR_CLASS_PERMANENT && status >= 400)
        kinds |= IS_REFUSED;
    if (e->cls == ERR_CLASS_PERMANENT && e->code != ERR_CANCELLED)
        kinds |= IS_FOR_GOOD;
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
        {ERROR_AT_SOURCE, IS_REFUSED, 0, 0, THEN_EXPLAIN},

        {ERROR_AT_DESTINATION, IS_DENIED, 0, 0, THEN_UNREADABLE},
        {ERROR_AT_DESTINATION, IS_NO_BODY, KNOWN_READABLE, 0, THEN_NEEDS_KEY},
        {ERROR_AT_DESTINATION, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},
        {ERROR_AT_DESTINATION, IS_NOT_FOUND, 0, 0, THEN_NOTHING},

        {ERROR_AT_PROBE, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},
        {ERROR_AT_PROBE, IS_BAD_QUERY, KNOWN_FIRST_PROBE, 0, THEN_GUESS},

        {ERROR_AT_TAGS, IS_FOR_GOOD, KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},

        {ERROR_AT_SINGLE, IS_PRECONDITION, KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_SINGLE, IS_PRECONDITION, 0, 0, THEN_CONDITION},
        {ERROR_AT_SINGLE, IS_NOT_DONE, KNOWN_TO_OMIT, 0, THEN_OMIT},
        /* 403 may be for want of a right to tags only; S3 does not tell. */
        {ERROR_AT_SINGLE, IS_DENIED, KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},
        {ERROR_AT_CREATE, IS_DENIED, KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},

        /* Completed or removed since the destination was looked at, by another worker, or by a
         * request of a run that was killed, which came late. */
        {ERROR_AT_RESUME, IS_NOT_FOUND, 0, 0, THEN_GONE},
        {ERROR_AT_RESUME, IS_DENIED, 0, 0, THEN_ANEW},

        /* The source changed; or another worker on this object has completed or removed the upload:
         * then it is found done, or begun anew. */
        {ERROR_AT_PART, IS_PRECONDITION, KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_PART, IS_PRECONDITION | IS_NO_UPLOAD, 0, 0, THEN_RESTART},
        {ERROR_AT_PART, IS_NOT_DONE, KNOWN_TO_OMIT, 0, THEN_OMIT},
        {ERROR_AT_PART, IS_NOT_DONE, 0, KNOWN_TO_OMIT | KNOWN_PARTS, THEN_IN_ONE},
        /* Some servers' rights differ for parts (Ceph RGW 16 looks at the object's ACL alone). */
        {ERROR_AT_PART, IS_DENIED, KNOWN_SMALL_GUESS, 0, THEN_LAST_RESORT},

        /* A Complete whose answer was lost may have worked. */
        {ERROR_AT_COMPLETE, IS_NO_UPLOAD, KNOWN_SENT_AGAIN, 0, THEN_VERIFY},
        {ERROR_AT_COMPLETE, IS_NO_UPLOAD, 0, KNOWN_SENT_AGAIN, THEN_GONE},
        {ERROR_AT_COMPLETE, IS_PRECONDITION, KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_COMPLETE, IS_PRECONDITION, 0, 0, THEN_CONDITION},
        {ERROR_AT_COMPLETE, IS_NOT_DONE, KNOWN_TO_OMIT, 0, THEN_OMIT},
        {ERROR_AT_COMPLETE, IS_TOO_SMALL, 0, 0, THEN_LAST_RESORT},

        {ERROR_AT_LOOK, IS_NOT_FOUND, 0, 0, THEN_NOTHING},
        {ERROR_AT_LOOK, IS_NO_BODY, 0, 0, THEN_RESTART}, /* where EXPLAIN learns more */

        {ERROR_AT_RECHECK, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},

        {ERROR_AT_VERIFY, IS_DENIED, 0, 0, THEN_UNREADABLE},
        {ERROR_AT_VERIFY, IS_NOT_FOUND, 0, 0, THEN_RESTART},
        {ERROR_AT_VERIFY, IS_NO_BODY, 0, KNOWN_READABLE, THEN_EXPLAIN},

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
