/* Each error at each request: the table is written down once more, by request, and
 * everything that it does not name must fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "copy/error_rules.h"
#include "fake_s3.h"

/* Errors as the client makes them of answers, and those it makes itself. */
enum sort {
    DENIED,
    DENIED_HEAD, /* 403 without a body */
    NOT_FOUND,
    NO_UPLOAD,
    PRECONDITION,
    TOO_SMALL,
    BAD_PART,
    ARCHIVED,
    RESTORING,
    NO_ANNOTATION,
    BAD_TAG,
    TOO_LONG, /* a header */
    CONFLICT,
    BODILESS, /* 400 without a body */
    BAD_REQUEST,
    BAD_RANGE,
    NOT_IMPLEMENTED,
    NO_METHOD,
    SLOW_DOWN,
    INTERNAL,
    NETWORK,
    CANCELLED,
    NOMEM,
    MALFORMED,
    BROKEN_OFF, /* after the status of a success */
    ERROR_IN_200,
    SORT_COUNT
};

static struct err make(enum sort sort)
{
    static const struct {
        int status;
        const char *code;
    } answers[] = {
            [DENIED] = {403, "AccessDenied"},
            [DENIED_HEAD] = {403, NULL},
            [NOT_FOUND] = {404, "NoSuchKey"},
            [NO_UPLOAD] = {404, "NoSuchUpload"},
            [PRECONDITION] = {412, "PreconditionFailed"},
            [TOO_SMALL] = {400, "EntityTooSmall"},
            [BAD_PART] = {400, "InvalidPart"},
            [ARCHIVED] = {403, "InvalidObjectState"},
            [RESTORING] = {409, "RestoreAlreadyInProgress"},
            [NO_ANNOTATION] = {404, "NoSuchAnnotation"},
            [BAD_TAG] = {400, "InvalidTag"},
            [TOO_LONG] = {431, NULL},
            [CONFLICT] = {409, "ConditionalRequestConflict"},
            [BODILESS] = {400, NULL},
            [BAD_REQUEST] = {400, "InvalidRequest"},
            [BAD_RANGE] = {416, "InvalidRange"},
            [NOT_IMPLEMENTED] = {501, "NotImplemented"},
            [NO_METHOD] = {405, "MethodNotAllowed"},
            [SLOW_DOWN] = {503, "SlowDown"},
            [INTERNAL] = {500, "InternalError"},
            [ERROR_IN_200] = {200, "InternalError"},
    };
    struct err e;

    switch (sort) {
    case NETWORK:
        return fake_network();
    case CANCELLED:
        err_set(&e, ERR_CANCELLED, "cancelled");
        return e;
    case NOMEM:
        err_nomem(&e);
        return e;
    case MALFORMED:
        return fake_malformed(S3_CREATE_MULTIPART_UPLOAD);
    case BROKEN_OFF:
        e = fake_network();
        e.http_status = 200;
        return e;
    default:
        return fake_error(answers[sort].status, answers[sort].code);
    }
}

#define IS(sort) (1U << (sort))
#define ALL                                                                                        \
    (KNOWN_READABLE | KNOWN_TAGS_TO_SPARE | KNOWN_SMALL_GUESS | KNOWN_FIRST_PROBE |                \
            KNOWN_SENT_AGAIN | KNOWN_TO_OMIT | KNOWN_WRONG | KNOWN_TAGS_GIVEN | KNOWN_TAGS_TAKEN | \
            KNOWN_WITH_SUMS | KNOWN_SUMS_TO_SPARE | KNOWN_PARTS | KNOWN_BY_LISTING |               \
            KNOWN_MATCHED | KNOWN_LOCKS | KNOWN_ANNOTATIONS | KNOWN_WITH_KEY)

/* Of these sorts, with all of `with` known and none of `without`, `then` is right. */
static const struct row {
    enum error_at at;
    unsigned sorts, with, without;
    enum error_then then;
} rows[] = {
        {ERROR_AT_SOURCE,
                IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD) | IS(PRECONDITION) |
                        IS(TOO_SMALL) | IS(BAD_PART) | IS(ARCHIVED) | IS(RESTORING) | IS(BAD_TAG) |
                        IS(TOO_LONG) | IS(CONFLICT) | IS(BAD_REQUEST) | IS(BAD_RANGE) |
                        IS(NOT_IMPLEMENTED) | IS(NO_METHOD),
                0, 0, THEN_EXPLAIN},
        {ERROR_AT_SOURCE, IS(BODILESS), KNOWN_WITH_KEY, 0, THEN_WITHOUT_KEY},
        {ERROR_AT_SOURCE, IS(DENIED) | IS(DENIED_HEAD), 0, KNOWN_WITH_SUMS, THEN_EXPLAIN},
        {ERROR_AT_SOURCE, IS(DENIED) | IS(DENIED_HEAD), KNOWN_WITH_SUMS, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_SOURCE, IS(BODILESS), 0, KNOWN_WITH_SUMS | KNOWN_WITH_KEY, THEN_EXPLAIN},
        {ERROR_AT_SOURCE, IS(BODILESS), KNOWN_WITH_SUMS, KNOWN_WITH_KEY, THEN_WITHOUT_SUMS},
        {ERROR_AT_DESTINATION, IS(DENIED) | IS(DENIED_HEAD) | IS(BODILESS), KNOWN_WITH_SUMS, 0,
                THEN_WITHOUT_SUMS},
        {ERROR_AT_DESTINATION, IS(DENIED) | IS(DENIED_HEAD), 0, KNOWN_WITH_SUMS, THEN_UNREADABLE},
        {ERROR_AT_DESTINATION, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0,
                THEN_NOTHING},
        {ERROR_AT_DESTINATION, IS(BODILESS), KNOWN_READABLE, KNOWN_WITH_SUMS, THEN_NEEDS_KEY},
        {ERROR_AT_DESTINATION, IS(BODILESS), 0, KNOWN_READABLE | KNOWN_WITH_SUMS, THEN_EXPLAIN},
        {ERROR_AT_SUMS, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0, THEN_RESTART},
        {ERROR_AT_SUMS,
                IS(DENIED) | IS(DENIED_HEAD) | IS(PRECONDITION) | IS(TOO_SMALL) | IS(BAD_PART) |
                        IS(ARCHIVED) | IS(RESTORING) | IS(BAD_TAG) | IS(TOO_LONG) | IS(CONFLICT) |
                        IS(BODILESS) | IS(BAD_REQUEST) | IS(BAD_RANGE) | IS(NOT_IMPLEMENTED) |
                        IS(NO_METHOD) | IS(SLOW_DOWN) | IS(INTERNAL),
                0, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_PROBE, IS(BODILESS), 0, KNOWN_READABLE, THEN_EXPLAIN},
        {ERROR_AT_PROBE, IS(BODILESS), KNOWN_READABLE | KNOWN_FIRST_PROBE, 0, THEN_GUESS},
        {ERROR_AT_PROBE,
                IS(TOO_SMALL) | IS(BAD_PART) | IS(BAD_TAG) | IS(BAD_REQUEST) | IS(BAD_RANGE) |
                        IS(NOT_IMPLEMENTED) | IS(NO_METHOD),
                KNOWN_FIRST_PROBE, 0, THEN_GUESS},
        {ERROR_AT_TAGS, IS(DENIED) | IS(DENIED_HEAD), KNOWN_TAGS_TAKEN, 0, THEN_HAS_TAGS},
        {ERROR_AT_TAGS, IS(DENIED) | IS(DENIED_HEAD), KNOWN_TAGS_TO_SPARE, KNOWN_TAGS_TAKEN,
                THEN_WITHOUT_TAGS},
        {ERROR_AT_TAGS,
                IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD) | IS(PRECONDITION) |
                        IS(TOO_SMALL) | IS(BAD_PART) | IS(ARCHIVED) | IS(RESTORING) | IS(BAD_TAG) |
                        IS(TOO_LONG) | IS(CONFLICT) | IS(BODILESS) | IS(BAD_REQUEST) |
                        IS(BAD_RANGE) | IS(NO_METHOD) | IS(NOMEM) | IS(MALFORMED),
                KNOWN_TAGS_TO_SPARE, 0, THEN_WITHOUT_TAGS},
        {ERROR_AT_TAGS, IS(NOT_IMPLEMENTED), KNOWN_TAGS_TO_SPARE, 0, THEN_NO_TAGGING},
        {ERROR_AT_SINGLE, IS(CONFLICT), 0, 0, THEN_RESTART},
        {ERROR_AT_SINGLE, IS(MALFORMED) | IS(BROKEN_OFF), 0, 0, THEN_LOOK},
        {ERROR_AT_SINGLE, IS(PRECONDITION), 0, KNOWN_WRONG, THEN_CONDITION},
        {ERROR_AT_SINGLE, IS(PRECONDITION), KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_SINGLE, IS(DENIED) | IS(DENIED_HEAD), KNOWN_ANNOTATIONS, 0,
                THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_SINGLE, IS(DENIED) | IS(DENIED_HEAD), KNOWN_LOCKS, KNOWN_ANNOTATIONS,
                THEN_WITHOUT_LOCK},
        {ERROR_AT_SINGLE, IS(BAD_REQUEST) | IS(NOT_IMPLEMENTED), KNOWN_LOCKS, 0, THEN_WITHOUT_LOCK},
        {ERROR_AT_SINGLE, IS(BAD_REQUEST) | IS(NOT_IMPLEMENTED), KNOWN_ANNOTATIONS, KNOWN_LOCKS,
                THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_SINGLE, IS(NOT_IMPLEMENTED), KNOWN_TO_OMIT, KNOWN_LOCKS | KNOWN_ANNOTATIONS,
                THEN_OMIT},
        {ERROR_AT_SINGLE, IS(DENIED) | IS(DENIED_HEAD), KNOWN_TAGS_TO_SPARE,
                KNOWN_LOCKS | KNOWN_ANNOTATIONS, THEN_WITHOUT_TAGS},
        {ERROR_AT_SINGLE, IS(DENIED) | IS(DENIED_HEAD), KNOWN_BY_LISTING,
                KNOWN_TAGS_TO_SPARE | KNOWN_LOCKS | KNOWN_ANNOTATIONS, THEN_LOOK_CLOSER},
        {ERROR_AT_SINGLE, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), KNOWN_BY_LISTING,
                KNOWN_MATCHED, THEN_LOOK_CLOSER},
        {ERROR_AT_SINGLE, IS(ARCHIVED), KNOWN_BY_LISTING, 0, THEN_LOOK_CLOSER},
        {ERROR_AT_SINGLE, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), KNOWN_MATCHED, 0,
                THEN_CONDITION},
        {ERROR_AT_CREATE, IS(DENIED) | IS(DENIED_HEAD) | IS(BAD_REQUEST) | IS(NOT_IMPLEMENTED),
                KNOWN_LOCKS, 0, THEN_WITHOUT_LOCK},
        {ERROR_AT_CREATE, IS(DENIED) | IS(DENIED_HEAD), KNOWN_TAGS_TO_SPARE, KNOWN_LOCKS,
                THEN_WITHOUT_TAGS},
        {ERROR_AT_CREATE, IS(NOT_IMPLEMENTED), KNOWN_TAGS_GIVEN, KNOWN_LOCKS, THEN_TAGS_AFTER},
        {ERROR_AT_CREATE, IS(BAD_TAG) | IS(TOO_LONG), KNOWN_TAGS_GIVEN, 0, THEN_TAGS_AFTER},
        {ERROR_AT_CREATE, IS(BAD_REQUEST), KNOWN_SUMS_TO_SPARE, KNOWN_LOCKS, THEN_WITHOUT_SUMS},
        {ERROR_AT_CREATE, IS(NOT_IMPLEMENTED), KNOWN_SUMS_TO_SPARE, KNOWN_TAGS_GIVEN | KNOWN_LOCKS,
                THEN_WITHOUT_SUMS},
        {ERROR_AT_RESUME, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0, THEN_GONE},
        {ERROR_AT_RESUME, IS(DENIED) | IS(DENIED_HEAD), 0, 0, THEN_ANEW},
        {ERROR_AT_PART, IS(MALFORMED) | IS(BROKEN_OFF), 0, 0, THEN_LIST},
        {ERROR_AT_PART, IS(NO_UPLOAD), 0, 0, THEN_RESTART},
        {ERROR_AT_PART, IS(PRECONDITION), 0, KNOWN_WRONG, THEN_RESTART},
        {ERROR_AT_PART, IS(PRECONDITION), KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_PART, IS(NOT_IMPLEMENTED), KNOWN_TO_OMIT, 0, THEN_OMIT},
        {ERROR_AT_PART, IS(NOT_IMPLEMENTED), 0, KNOWN_TO_OMIT | KNOWN_PARTS, THEN_IN_ONE},
        {ERROR_AT_PART, IS(DENIED) | IS(DENIED_HEAD), KNOWN_SMALL_GUESS, 0, THEN_LAST_RESORT},
        {ERROR_AT_COMPLETE, IS(MALFORMED) | IS(BROKEN_OFF), 0, 0, THEN_LOOK},
        {ERROR_AT_COMPLETE, IS(NO_UPLOAD), KNOWN_SENT_AGAIN, 0, THEN_VERIFY},
        {ERROR_AT_COMPLETE, IS(NO_UPLOAD), 0, KNOWN_SENT_AGAIN, THEN_GONE},
        {ERROR_AT_COMPLETE, IS(PRECONDITION), 0, KNOWN_WRONG, THEN_CONDITION},
        {ERROR_AT_COMPLETE, IS(NOT_FOUND) | IS(NO_ANNOTATION), KNOWN_MATCHED, 0, THEN_CONDITION},
        {ERROR_AT_COMPLETE, IS(PRECONDITION), KNOWN_WRONG, 0, THEN_OMIT},
        {ERROR_AT_COMPLETE, IS(NOT_IMPLEMENTED), KNOWN_TO_OMIT, 0, THEN_OMIT},
        {ERROR_AT_LOOK, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0, THEN_NOTHING},
        {ERROR_AT_LOOK, IS(BODILESS), 0, 0, THEN_RESTART},
        {ERROR_AT_COMPLETE, IS(TOO_SMALL), 0, 0, THEN_LAST_RESORT},
        {ERROR_AT_COMPLETE, IS(BAD_REQUEST), KNOWN_SUMS_TO_SPARE, 0, THEN_WITHOUT_SUMS},
        {ERROR_AT_COMPLETE, IS(NOT_IMPLEMENTED), KNOWN_SUMS_TO_SPARE, KNOWN_TO_OMIT,
                THEN_WITHOUT_SUMS},
        {ERROR_AT_COMPLETE, IS(CONFLICT), 0, 0, THEN_RESTART},
        {ERROR_AT_COMPLETE, IS(BAD_PART), 0, 0, THEN_RELIST},
        {ERROR_AT_RELIST,
                IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD) | IS(DENIED) | IS(DENIED_HEAD) |
                        IS(TOO_SMALL) | IS(BAD_PART) | IS(BAD_TAG) | IS(BODILESS) |
                        IS(BAD_REQUEST) | IS(BAD_RANGE) | IS(NOT_IMPLEMENTED) | IS(NO_METHOD),
                0, 0, THEN_UNREADABLE},
        {ERROR_AT_RECHECK, IS(DENIED) | IS(DENIED_HEAD) | IS(BODILESS), KNOWN_WITH_SUMS, 0,
                THEN_WITHOUT_SUMS},
        {ERROR_AT_RECHECK, IS(BODILESS), 0, KNOWN_READABLE | KNOWN_WITH_SUMS, THEN_EXPLAIN},
        {ERROR_AT_VERIFY, IS(DENIED) | IS(DENIED_HEAD) | IS(BODILESS), KNOWN_WITH_SUMS, 0,
                THEN_WITHOUT_SUMS},
        {ERROR_AT_VERIFY, IS(DENIED) | IS(DENIED_HEAD), 0, KNOWN_WITH_SUMS, THEN_UNREADABLE},
        {ERROR_AT_VERIFY, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0, THEN_RESTART},
        {ERROR_AT_VERIFY, IS(BODILESS), 0, KNOWN_READABLE | KNOWN_WITH_SUMS, THEN_EXPLAIN},
        {ERROR_AT_ABORT, IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0, THEN_GONE},
        {ERROR_AT_ABORT, IS(NOT_IMPLEMENTED) | IS(NO_METHOD), 0, 0, THEN_LEAVE},
        {ERROR_AT_ABORTED,
                IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD) | IS(DENIED) | IS(DENIED_HEAD), 0,
                0, THEN_GONE},
        {ERROR_AT_ANNOTATIONS, IS(NOT_IMPLEMENTED) | IS(NO_METHOD), 0, 0, THEN_NO_ANNOTATIONS},
        {ERROR_AT_ANNOTATIONS, IS(BAD_REQUEST), KNOWN_ANNOTATIONS, 0, THEN_NO_ANNOTATIONS},
        {ERROR_AT_ANNOTATIONS,
                IS(TOO_SMALL) | IS(BAD_PART) | IS(BAD_TAG) | IS(BODILESS) | IS(BAD_RANGE) |
                        IS(DENIED) | IS(DENIED_HEAD) | IS(NOT_FOUND) | IS(NO_UPLOAD) |
                        IS(PRECONDITION) | IS(ARCHIVED) | IS(RESTORING) | IS(NO_ANNOTATION) |
                        IS(TOO_LONG) | IS(CONFLICT) | IS(NOMEM) | IS(MALFORMED),
                KNOWN_ANNOTATIONS, 0, THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_ANNOTATION, IS(NO_ANNOTATION), 0, 0, THEN_GONE},
        {ERROR_AT_ANNOTATION, IS(PRECONDITION), KNOWN_MATCHED, 0, THEN_RESTART},
        {ERROR_AT_ANNOTATION, IS(PRECONDITION), KNOWN_ANNOTATIONS, KNOWN_MATCHED,
                THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_ANNOTATION,
                IS(DENIED) | IS(DENIED_HEAD) | IS(NOT_FOUND) | IS(NO_UPLOAD) | IS(TOO_SMALL) |
                        IS(BAD_PART) | IS(ARCHIVED) | IS(RESTORING) | IS(BAD_TAG) | IS(TOO_LONG) |
                        IS(CONFLICT) | IS(BODILESS) | IS(BAD_REQUEST) | IS(BAD_RANGE) |
                        IS(NOT_IMPLEMENTED) | IS(NO_METHOD) | IS(NOMEM) | IS(MALFORMED),
                KNOWN_ANNOTATIONS, 0, THEN_WITHOUT_ANNOTATIONS},
        {ERROR_AT_RESTORE, IS(RESTORING), 0, 0, THEN_WAIT},
        {ERROR_AT_RESTORE, IS(ARCHIVED) | IS(NOT_FOUND) | IS(NO_ANNOTATION) | IS(NO_UPLOAD), 0, 0,
                THEN_RESTART},
};

static enum error_then expected(enum error_at at, enum sort sort, unsigned known)
{
    enum error_then then = THEN_FAIL;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];

        if (r->at == at && (r->sorts & IS(sort)) && (known & r->with) == r->with &&
                !(known & r->without)) {
            assert_int_equal(then, THEN_FAIL); /* the rows do not overlap */
            then = r->then;
        }
    }
    return then;
}

/* Sets of few bits, and sets that lack few. A rule asks for few bits, and all 131,072 sets would
 * take ten seconds. */
enum { BITS_MOST = 4 };

static bool is_tried(unsigned known)
{
    return __builtin_popcount(known) <= BITS_MOST || __builtin_popcount(ALL & ~known) <= BITS_MOST;
}

static void test_all(void **state)
{
    unsigned known;
    int at, sort;

    (void)state;
    for (at = 0; at < ERROR_AT_COUNT; at++) {
        for (sort = 0; sort < SORT_COUNT; sort++) {
            struct err e = make((enum sort)sort);

            for (known = 0; known <= ALL; known++) {
                enum error_then want, got;

                if (!is_tried(known))
                    continue;
                want = expected((enum error_at)at, (enum sort)sort, known);
                got = error_rule((enum error_at)at, &e, known);
                if (got != want)
                    fail_msg(
                            "at %d, error %d, known %u: %d and not %d", at, sort, known, got, want);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
