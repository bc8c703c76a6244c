/* The decision after an answer, all of it as a table (s3/answer.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "s3/answer.h"

#define HERE  .region_used = "us-east-1", .region_said = "us-east-1"
#define THERE .region_used = "us-east-1", .region_said = "eu-west-1"

struct row {
    const char *what;
    /* The answer. */
    enum err_code code;
    enum err_class cls;
    int status;
    const char *service_code; /* NULL: none */
    struct s3_situation s;
    /* The decision. */
    enum s3_next next;
    const char *message;      /* NULL: as it was */
    enum err_code code_after; /* ERR_OK: as it was */
};

#define OK          ERR_OK, ERR_CLASS_PERMANENT, 200, NULL
#define NETWORK     ERR_NETWORK, ERR_CLASS_RETRY, 0, NULL
#define TIMEOUT     ERR_TIMEOUT, ERR_CLASS_RETRY, 0, NULL
#define SLOW        ERR_SERVICE, ERR_CLASS_THROTTLE, 503, "SlowDown"
#define DENIED      ERR_ACCESS_DENIED, ERR_CLASS_PERMANENT, 403, "AccessDenied"
#define CANCELLED   ERR_CANCELLED, ERR_CLASS_PERMANENT, 0, NULL
#define MOVED       ERR_WRONG_REGION, ERR_CLASS_PERMANENT, 301, "PermanentRedirect"
#define MOVED_HEAD  ERR_SERVICE, ERR_CLASS_PERMANENT, 400, NULL
#define BAD_REQUEST ERR_SERVICE, ERR_CLASS_PERMANENT, 400, "InvalidArgument"
#define EXPIRED     ERR_CREDENTIALS, ERR_CLASS_RETRY, 400, "ExpiredToken"
#define SKEWED      ERR_SERVICE, ERR_CLASS_RETRY, 403, "RequestTimeTooSkewed"
#define NOT_HERE    "bucket b is in region eu-west-1, not in us-east-1"

static const struct row rows[] = {
        {"success", OK, {HERE, .failures = 1}, S3_NEXT_DONE, NULL, ERR_OK},
        {"success of a bucket elsewhere", OK, {THERE, .follow_region = true}, S3_NEXT_DONE, NULL,
                ERR_OK},
        /* failures */
        {"first failure", NETWORK, {.failures = 1}, S3_NEXT_WAIT, NULL, ERR_OK},
        {"ninth failure", NETWORK, {.failures = 9}, S3_NEXT_WAIT, NULL, ERR_OK},
        {"tenth failure", NETWORK, {.failures = 10}, S3_NEXT_DONE, NULL, ERR_OK},
        {"throttled for the tenth time", SLOW, {.failures = 10}, S3_NEXT_WAIT, NULL, ERR_OK},
        {"throttled for the fortieth time", SLOW, {.failures = 40}, S3_NEXT_DONE, NULL, ERR_OK},
        {"denied", DENIED, {.failures = 1}, S3_NEXT_DONE, NULL, ERR_OK},
        {"cancelled", CANCELLED, {.failures = 1}, S3_NEXT_DONE, NULL, ERR_OK},
        {"second failure while stopping", NETWORK, {.failures = 2, .stopping = true}, S3_NEXT_WAIT,
                NULL, ERR_OK},
        {"third failure while stopping", NETWORK, {.failures = 3, .stopping = true}, S3_NEXT_DONE,
                NULL, ERR_OK},
        {"throttled while stopping", SLOW, {.failures = 3, .stopping = true}, S3_NEXT_DONE, NULL,
                ERR_OK},
        /* nothing has ever answered */
        {"unreached for four seconds", NETWORK, {.failures = 1, .unanswered_us = 4000000},
                S3_NEXT_WAIT, NULL, ERR_OK},
        {"unreached for five seconds", NETWORK, {.failures = 1, .unanswered_us = 5000000},
                S3_NEXT_DONE, NULL, ERR_OK},
        {"no answer in time", TIMEOUT, {.failures = 1, .unanswered_us = 60000000}, S3_NEXT_WAIT,
                NULL, ERR_OK},
        {"throttled by the first answer", SLOW, {.failures = 1, .unanswered_us = 60000000},
                S3_NEXT_WAIT, NULL, ERR_OK},
        /* regions */
        {"elsewhere", MOVED, {THERE, .follow_region = true}, S3_NEXT_REDIRECT, NULL, ERR_OK},
        {"elsewhere, while stopping", MOVED,
                {THERE, .follow_region = true, .stopping = true, .failures = 9}, S3_NEXT_REDIRECT,
                NULL, ERR_OK},
        {"elsewhere again", MOVED, {THERE, .follow_region = true, .redirects = 1}, S3_NEXT_REDIRECT,
                NULL, ERR_OK},
        {"elsewhere for the third time", MOVED, {THERE, .follow_region = true, .redirects = 2},
                S3_NEXT_DONE, NOT_HERE, ERR_OK},
        {"elsewhere, not followed", MOVED, {THERE}, S3_NEXT_DONE, NOT_HERE, ERR_OK},
        {"HeadBucket elsewhere", MOVED, {THERE, .op = S3_HEAD_BUCKET, .follow_region = true},
                S3_NEXT_DONE, NOT_HERE, ERR_OK},
        {"elsewhere, and where is not said", MOVED, {.follow_region = true}, S3_NEXT_DONE, NULL,
                ERR_OK},
        {"elsewhere, which is here", MOVED, {HERE, .follow_region = true}, S3_NEXT_DONE,
                "bucket b, region us-east-1: why", ERR_OK},
        {"a HEAD without a body, elsewhere", MOVED_HEAD, {THERE, .follow_region = true},
                S3_NEXT_REDIRECT, NULL, ERR_OK},
        {"a HEAD without a body, not followed", MOVED_HEAD, {THERE}, S3_NEXT_DONE, NOT_HERE,
                ERR_WRONG_REGION},
        {"a HEAD without a body, here", MOVED_HEAD, {HERE, .follow_region = true}, S3_NEXT_DONE,
                "bucket b, region us-east-1: why", ERR_OK},
        {"a HEAD without a body or a region", MOVED_HEAD, {.follow_region = true}, S3_NEXT_DONE,
                NULL, ERR_OK},
        {"HeadBucket with a 400", MOVED_HEAD, {THERE, .op = S3_HEAD_BUCKET, .follow_region = true},
                S3_NEXT_DONE, NULL, ERR_OK},
        {"a 400 of another reason", BAD_REQUEST, {THERE, .follow_region = true}, S3_NEXT_DONE, NULL,
                ERR_OK},
        /* KMS, which may be throttled */
        {"a look for checksums, refused", MOVED_HEAD, {.failures = 1, .checksums = true},
                S3_NEXT_WAIT, NULL, ERR_OK},
        {"a look for checksums, refused again", MOVED_HEAD, {.failures = 2, .checksums = true},
                S3_NEXT_WAIT, NULL, ERR_OK},
        {"a look for checksums, refused for the third time", MOVED_HEAD,
                {.failures = 3, .checksums = true}, S3_NEXT_DONE, NULL, ERR_OK},
        {"a look without, refused", MOVED_HEAD, {.failures = 1}, S3_NEXT_DONE, NULL, ERR_OK},
        {"a look for checksums, elsewhere", MOVED_HEAD,
                {THERE, .follow_region = true, .failures = 1, .checksums = true}, S3_NEXT_REDIRECT,
                NULL, ERR_OK},
        {"a look for checksums, denied", DENIED, {.failures = 1, .checksums = true}, S3_NEXT_DONE,
                NULL, ERR_OK},
        {"a look for checksums, refused with a reason", BAD_REQUEST,
                {.failures = 1, .checksums = true}, S3_NEXT_DONE, NULL, ERR_OK},
        /* credentials and clocks */
        {"expired", EXPIRED, {.failures = 1}, S3_NEXT_RENEW, NULL, ERR_OK},
        {"expired, after many failures", EXPIRED, {.failures = 99, .stopping = true}, S3_NEXT_RENEW,
                NULL, ERR_OK},
        {"expired for the third time", EXPIRED, {.failures = 1, .renewals = 2}, S3_NEXT_RENEW, NULL,
                ERR_OK},
        {"expired for the fourth time", EXPIRED, {.failures = 1, .renewals = 3}, S3_NEXT_WAIT, NULL,
                ERR_OK},
        {"skewed", SKEWED, {.failures = 1, .has_date = true}, S3_NEXT_SET_CLOCK, NULL, ERR_OK},
        {"skewed without a date", SKEWED, {.failures = 1}, S3_NEXT_WAIT, NULL, ERR_OK},
        {"skewed for the fourth time", SKEWED, {.failures = 1, .renewals = 3, .has_date = true},
                S3_NEXT_WAIT, NULL, ERR_OK},
};

static void check(const struct row *row)
{
    struct s3_situation s = row->s;
    struct retry_budget budget;
    struct s3_decision d;
    struct rng rng;
    struct err e;

    retry_budget_init(&budget, 1000000);
    rng_seed(&rng, 1);
    s.bucket = "b";
    s.op = s.op == S3_HEAD_BUCKET && strstr(row->what, "HeadBucket") ? S3_HEAD_BUCKET
                                                                     : S3_HEAD_OBJECT;
    s.region_used = s.region_used ? s.region_used : "us-east-1";
    s.region_said = s.region_said ? s.region_said : "";
    err_clear(&e);
    if (row->code != ERR_OK)
        err_set(&e, row->code, "why");
    e.cls = row->cls;
    e.http_status = row->status;
    if (row->service_code)
        strcpy(e.service_code, row->service_code);
    d = s3_decide(&s, &e, &budget, &rng, 1000000);
    if (d.next != row->next)
        fail_msg("%s: %d", row->what, (int)d.next);
    assert_string_equal(e.message, row->message ? row->message : row->code ? "why" : "");
    assert_int_equal(e.code, row->code_after != ERR_OK ? row->code_after : row->code);
    assert_true(d.wait_ms <= 20000 && (d.next == S3_NEXT_WAIT || d.wait_ms == 0));
}

static void test_table(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
}

/* A failure that no server has answered is neither redirected nor renewed. */
static void test_failure_without_answer(void **state)
{
    struct s3_situation s = {.failures = 1};
    struct retry_budget budget;
    struct rng rng;
    struct err e;

    (void)state;
    retry_budget_init(&budget, 1);
    rng_seed(&rng, 1);
    err_set(&e, ERR_CREDENTIALS, "expired");
    e.cls = ERR_CLASS_RETRY;
    strcpy(e.service_code, "ExpiredToken");
    assert_int_equal(s3_decide_failure(&s, &e, &budget, &rng, 1).next, S3_NEXT_WAIT);
    e.cls = ERR_CLASS_PERMANENT;
    assert_int_equal(s3_decide_failure(&s, &e, &budget, &rng, 1).next, S3_NEXT_DONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_table),
            cmocka_unit_test(test_failure_without_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
