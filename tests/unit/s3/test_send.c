/* A call's way through the client (s3/send.c), driven without a network. */
#include "fake.h"
#include "s3/client_int.h"

static struct fake *f;

static int set_up(void **state)
{
    (void)state;
    f = fake_new(NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_free(f);
    return 0;
}

static void check_ok(const struct got *g, unsigned attempts)
{
    assert_int_equal(g->calls, 1);
    if (g->err.code != ERR_OK)
        fail_msg("%s", g->err.message);
    assert_int_equal(g->attempts, attempts);
}

static void check_failed(const struct got *g, enum err_code code, unsigned attempts)
{
    assert_int_equal(g->calls, 1);
    assert_int_equal(g->err.code, code);
    assert_int_equal(g->attempts, attempts);
}

/* --- one request --- */

static void test_one_request(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].method, "HEAD");
    assert_string_equal(f->sent[0].url, "https://b.s3.us-east-1.amazonaws.com/k");
    assert_string_equal(sent_header(&f->sent[0], "x-amz-date"), "20261110T204834Z");
    assert_non_null(strstr(sent_header(&f->sent[0], "authorization"),
            "Credential=AKFIRST/20261110/us-east-1/s3/aws4_request"));
    assert_int_equal(s3_client_in_flight(f->s3), 1);
    FAKE_RUN(f, HEAD_OK);
    check_ok(&g, 1);
    assert_true(g.object.size == 7 && g.has_headers);
    assert_string_equal(g.object.etag, "e");
    assert_int_equal(s3_client_requests(f->s3, S3_HEAD_OBJECT), 1);
    assert_int_equal(s3_client_requests(f->s3, S3_GET_OBJECT), 0);
}

/* A call is made in the memory of one that has ended, of which nothing is left. */
static void test_nothing_is_left(void **state)
{
    struct s3_request tagging = {.op = S3_PUT_OBJECT_TAGGING,
            .where = {.bucket = "other", .key = "long/key", .version_id = "v"},
            .u.tagging = "a=b"};
    struct got before = {0}, alone = {0}, g = {0};
    unsigned i;

    (void)state;
    start_head(f, "b", &alone);
    FAKE_RUN(f, HEAD_OK);
    for (i = 0; i < 3; i++) {
        start(f, &tagging, &before);
        FAKE_RUN(f, ERROR(500, "InternalError"), ERROR(404, "NoSuchKey"));
        check_failed(&before, ERR_NOT_FOUND, 2);
        memset(&before, 0, sizeof before);
        memset(&g, 0, sizeof g);
        start_head(f, "b", &g);
        FAKE_RUN(f, HEAD_OK);
        check_ok(&g, 1);
        assert_true(g.object.size == alone.object.size && g.has_headers);
        assert_string_equal(f->sent[3 * i + 3].method, "HEAD");
        assert_string_equal(f->sent[3 * i + 3].url, f->sent[0].url);
        assert_int_equal(f->sent[3 * i + 3].body_len, 0);
        assert_true(f->sent[3 * i + 3].stall_ms == f->sent[0].stall_ms);
        assert_string_equal(sent_header(&f->sent[3 * i + 3], "content-type"), "");
        assert_string_equal(sent_header(&f->sent[3 * i + 3], "content-md5"), "");
    }
    assert_int_equal(f->sent_count, 10);
}

/* A copy that is sent again may be silent for longer; what is no copy has one time. */
static void test_patience_grows(void **state)
{
    struct s3_request copy = {.op = S3_COPY_OBJECT,
            .where = {.bucket = "b", .key = "k"},
            .u.copy = {.source = {.bucket = "s", .key = "k"}, .size = 8 << 20}};
    struct got g = {0};

    (void)state;
    start(f, &copy, &g);
    FAKE_RUN(f, ERROR(500, "InternalError"), ERROR(503, "SlowDown"), ERROR(404, "NoSuchKey"));
    assert_int_equal(f->sent_count, 3);
    assert_int_equal(f->sent[0].stall_ms, 61024);
    assert_int_equal(f->sent[1].stall_ms, 2 * 61024);
    assert_int_equal(f->sent[2].stall_ms, 4 * 61024);
    memset(&g, 0, sizeof g);
    start_head(f, "b", &g);
    FAKE_RUN(f, ERROR(500, "InternalError"), HEAD_OK);
    assert_int_equal(f->sent[4].stall_ms, f->sent[3].stall_ms);
}

/* A HEAD that does not tell the size: a GET of a byte does, and of all where there is none. */
static void test_size_untold(void **state)
{
    struct got g = {0}, empty = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 200, .headers = "etag: \"e\"\n"},
            {.status = 206,
                    .headers = "etag: \"e\"\ncontent-range: bytes 0-0/77\n"
                               "content-length: 1\n"});
    check_ok(&g, 2);
    assert_true(g.object.size == 77);
    assert_string_equal(f->sent[1].method, "GET");
    assert_string_equal(sent_header(&f->sent[1], "range"), "bytes=0-0");
    assert_string_equal(sent_header(&f->sent[1], "x-amz-checksum-mode"), "ENABLED");
    assert_int_equal(s3_client_requests(f->s3, S3_GET_OBJECT), 1);

    start_head(f, "b", &empty);
    FAKE_RUN(f, {.status = 200, .headers = "etag: \"e\"\n"}, ERROR(416, "InvalidRange"),
            {.status = 200, .headers = "etag: \"e\"\ncontent-length: 0\n"});
    check_ok(&empty, 3);
    assert_true(empty.object.size == 0 && empty.has_headers);
    assert_string_equal(sent_header(&f->sent[f->sent_count - 1], "range"), "");
}

/* Nothing tells it: that is an error, and not an object of no bytes. */
static void test_size_untold_by_all(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 200, .headers = "etag: \"e\"\n"}, ERROR(403, "AccessDenied"));
    check_failed(&g, ERR_ACCESS_DENIED, 2);
}

/* An operation may be started from within the callback of another. */
static void test_start_in_callback(void **state)
{
    static const struct s3_request next = {
            .op = S3_HEAD_OBJECT, .where = {.bucket = "b", .key = "next"}};
    struct got second = {0}, first = {.start_with = f->s3, .start = &next, .start_got = &second};

    (void)state;
    start_head(f, "b", &first);
    FAKE_RUN(f, HEAD_OK, HEAD_OK);
    check_ok(&first, 1);
    check_ok(&second, 1);
}

/* A call that cannot be sent fails from the loop, and another operation may be started then. */
static void test_cannot_send(void **state)
{
    static const struct s3_request next = {
            .op = S3_HEAD_OBJECT, .where = {.bucket = "b", .key = "next"}};
    struct got second = {0}, first = {.start_with = f->s3, .start = &next, .start_got = &second};

    (void)state;
    f->send_error = ERR_NOMEM;
    start_head(f, "b", &first);
    assert_int_equal(first.calls, 0);
    f->send_error = ERR_OK;
    FAKE_RUN(f, HEAD_OK);
    check_failed(&first, ERR_NOMEM, 0);
    assert_false(first.has_headers);
    check_ok(&second, 1);
}

/* Names that would make the request go elsewhere are refused when it is to be sent. */
static void test_bad_names(void **state)
{
    struct s3_request no_key = {.op = S3_HEAD_OBJECT, .where = {.bucket = "b", .key = ""}};
    struct got bucket = {0}, key = {0};

    (void)state;
    start_head(f, "a/b", &bucket);
    start(f, &no_key, &key);
    assert_int_equal(f->sent_count, 0);
    fake_run(f, NULL, 0);
    check_failed(&bucket, ERR_INPUT, 0);
    check_failed(&key, ERR_INTERNAL, 0);
}

/* --- answers --- */

static void test_error_in_200(void **state)
{
    struct s3_request r = {.op = S3_COPY_OBJECT,
            .where = {.bucket = "to", .key = "k"},
            .u.copy.source = {.bucket = "from", .key = "k"}};
    struct got g = {0};

    (void)state;
    start(f, &r, &g);
    assert_false(f->sent[0].resend);
    FAKE_RUN(f, ERROR(200, "InternalError"), ERROR(200, "SlowDown"),
            {.status = 200, .body = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"});
    check_ok(&g, 3);
    assert_string_equal(g.etag, "e");
    /* For good, if it is one that no other attempt mends. */
    start(f, &r, &g);
    FAKE_RUN(f, ERROR(200, "AccessDenied"));
    assert_int_equal(g.calls, 2);
    assert_int_equal(g.err.code, ERR_ACCESS_DENIED);
}

/* A success that cannot be read is tried again, and named as what it is at last. */
static void test_malformed(void **state)
{
    struct s3_request r = {
            .op = S3_LIST_PARTS, .where = {.bucket = "b", .key = "k"}, .u.parts.upload_id = "u"};
    struct got g = {0};

    (void)state;
    start(f, &r, &g);
    FAKE_RUN(f, {.status = 200, .body = "<ListPartsResult>"}, {.status = 200, .body = ""},
            {.status = 200, .body = "<ListPartsResult><Part></ListPartsResult>"},
            {.status = 200,
                    .body = "<ListPartsResult><Part><PartNumber>1</PartNumber></Part>"
                            "</ListPartsResult>"});
    check_ok(&g, 4);
    assert_int_equal(g.count, 1);
}

/* Another Create would make another upload, and the first one would stay. */
static void test_malformed_create(void **state)
{
    struct s3_request r = {.op = S3_CREATE_MULTIPART_UPLOAD, .where = {.bucket = "b", .key = "k"}};
    struct got g = {0};

    (void)state;
    start(f, &r, &g);
    FAKE_RUN(f, {.status = 200, .headers = "x-amz-request-id: R1\n", .body = "<nonsense>"});
    check_failed(&g, ERR_PROTOCOL, 1);
    assert_int_equal(g.err.http_status, 200);
    assert_string_equal(g.err.request_id, "R1");
}

static void test_secrets_are_hidden(void **state)
{
    struct got g = {0};

    (void)state;
    f->creds.token = strdup("tokentokentoken");
    start_head(f, "b", &g);
    assert_string_equal(sent_header(&f->sent[0], "x-amz-security-token"), "tokentokentoken");
    FAKE_RUN(f, {.status = 403,
                        .body = "<Error><Code>AccessDenied</Code><Message>tokentokentoken, "
                                "Signature=0123456789</Message></Error>"});
    check_failed(&g, ERR_ACCESS_DENIED, 1);
    assert_null(strstr(g.err.message, "tokentokentoken"));
    assert_null(strstr(g.err.message, "0123456789"));
}

/* --- trying again --- */

static void test_retries(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, BROKEN, {.err = ERR_TIMEOUT}, {.status = 500}, {.status = 502},
            {.status = 200, .err = ERR_PROTOCOL}, HEAD_OK);
    check_ok(&g, 6);
    assert_int_equal(s3_client_requests(f->s3, S3_HEAD_OBJECT), 6);
}

static void test_permanent(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 404});
    check_failed(&g, ERR_NOT_FOUND, 1);
    assert_true(g.has_headers);
}

static void test_gives_up(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g); /* the server is there */
    FAKE_RUN(f, {.status = 404});
    check_failed(&g, ERR_NOT_FOUND, 1);
    g = (struct got){0};
    start_head(f, "b", &g);
    FAKE_RUN(f, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN);
    check_failed(&g, ERR_NETWORK, 10);
    assert_false(g.has_headers);
    assert_null(strstr(g.err.message, "is the address"));
}

/* Nothing has answered from the start: that is said within five seconds of the client's clock. */
static void test_nobody_there(void **state)
{
    static const struct answer broken[] = {
            BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN};
    struct got g = {0};
    uint64_t began_us = f->now_us;

    (void)state;
    f->script = broken;
    f->script_count = sizeof broken / sizeof broken[0];
    f->script_at = 0;
    start_head(f, "b", &g);
    while (fake_step(f)) {
    }
    assert_int_equal(g.calls, 1);
    assert_int_equal(g.err.code, ERR_NETWORK);
    assert_non_null(strstr(g.err.message, ": is the address of the region (--region) right, and"));
    assert_in_range(g.attempts, 3, 10);
    assert_true(f->now_us - began_us <= 5000000);
}

static void test_stopping(void **state)
{
    struct got g = {0};

    (void)state;
    s3_client_begin_stop(f->s3);
    start_head(f, "b", &g);
    FAKE_RUN(f, BROKEN, BROKEN, BROKEN);
    check_failed(&g, ERR_NETWORK, 3);
}

/* Without memory for a timer there is no other attempt. */
static void test_no_timer(void **state)
{
    struct got g = {0};

    (void)state;
    f->timers_left = 0;
    start_head(f, "b", &g);
    FAKE_RUN(f, BROKEN);
    check_failed(&g, ERR_NETWORK, 1);
}

static void test_retry_after(void **state)
{
    struct got g = {0};
    uint64_t begun = f->now_us;

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 503, .headers = "retry-after: 7\n"}, HEAD_OK);
    check_ok(&g, 2);
    assert_true(f->now_us - begun >= 7000000 && f->now_us - begun < 8000000);
}

/* A request that libcurl sent again is counted again (struct http_request, resend). */
static void test_resends(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    assert_true(f->sent[0].resend);
    FAKE_RUN(f, {.status = 200, .headers = "content-length: 0\n", .sends = 3});
    check_ok(&g, 3);
    assert_int_equal(s3_client_requests(f->s3, S3_HEAD_OBJECT), 3);
}

/* --- told to slow down --- */

/* A throttled request keeps its slot for 250 ms at most, whatever its wait. */
static void test_throttled_holds_its_slot(void **state)
{
    static const struct answer slow = {.status = 503, .headers = "retry-after: 2\n"};
    struct got g = {0};
    unsigned slots;

    (void)state;
    s3_client_set_main_bucket(f->s3, "b");
    slots = s3_client_free_slots(f->s3);
    start_head(f, "b", &g);
    assert_int_equal(s3_client_free_slots(f->s3), slots - 1);
    fake_answer(&f->sent[0], &slow);
    assert_int_equal(s3_client_in_flight(f->s3), 0);
    assert_int_equal(s3_client_free_slots(f->s3), slots / 2 - 1); /* halved, and one is held */
    fake_pass_ms(f, 249);
    assert_int_equal(s3_client_free_slots(f->s3), slots / 2 - 1);
    fake_pass_ms(f, 1);
    assert_int_equal(s3_client_free_slots(f->s3), slots / 2);
    assert_int_equal(f->sent_count, 1);
    fake_pass_ms(f, 2000);
    assert_int_equal(f->sent_count, 2);
    FAKE_RUN(f, HEAD_OK);
    check_ok(&g, 2);
}

/* The slot that was held comes back, however the wait ends. */
static void test_held_slot_comes_back(void **state)
{
    static const struct answer slow = ERROR(503, "SlowDown");
    struct got g = {0}, h = {0};
    unsigned slots;

    (void)state;
    s3_client_set_main_bucket(f->s3, "b");
    slots = s3_client_free_slots(f->s3) / 2; /* the limit is halved once in half a second */
    start_head(f, "b", &g);
    FAKE_RUN(f, ERROR(503, "SlowDown"), HEAD_OK);
    check_ok(&g, 2);
    assert_int_equal(s3_client_free_slots(f->s3), slots);
    start_head(f, "b", &h);
    fake_answer(oldest_open(f), &slow);
    assert_int_equal(s3_client_free_slots(f->s3), slots - 1);
    s3_client_cancel_all(f->s3);
    assert_int_equal(s3_client_free_slots(f->s3), slots);
    while (fake_step(f)) {
    }
    check_failed(&h, ERR_CANCELLED, 1);
}

/* An error that is the request's own fault says nothing of how many requests are too many. */
static void test_permanent_errors_do_not_slow(void **state)
{
    static const struct answer missing = {.status = 404}, broken = BROKEN;
    static struct got g[64];
    unsigned i, slots;

    (void)state;
    memset(g, 0, sizeof g);
    s3_client_set_main_bucket(f->s3, "b");
    slots = s3_client_free_slots(f->s3);
    for (i = 0; i < 40; i++)
        start_head(f, "b", &g[i]);
    for (i = 0; i < 20; i++)
        fake_answer(&f->sent[i], &missing);
    assert_int_equal(s3_client_free_slots(f->s3), slots - 20);
    for (; i < 40; i++)
        fake_answer(&f->sent[i], &broken);
    assert_int_equal(s3_client_free_slots(f->s3), slots / 2);
}

/* A success gives back a part of a retry; an error does not. */
static void test_retry_budget(void **state)
{
    struct got g = {0};

    (void)state;
    f->s3->budget.tokens = 10;
    start_head(f, "b", &g);
    FAKE_RUN(f, HEAD_OK);
    assert_true(f->s3->budget.tokens > 10.1 && f->s3->budget.tokens < 10.3);
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 404});
    assert_true(f->s3->budget.tokens > 10.1 && f->s3->budget.tokens < 10.3);
}

/* A bucket that throttles does not slow another one. */
static void test_throttled_alone(void **state)
{
    struct got g = {0};
    unsigned slots;

    (void)state;
    s3_client_set_main_bucket(f->s3, "other");
    slots = s3_client_free_slots(f->s3);
    start_head(f, "b", &g);
    FAKE_RUN(f, ERROR(503, "SlowDown"), HEAD_OK);
    check_ok(&g, 2);
    assert_int_equal(s3_client_free_slots(f->s3), slots);
}

/* --- regions --- */

static void test_redirect(void **state)
{
    struct s3_request r = {.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list.prefix = ""};
    struct got g = {0};

    (void)state;
    start(f, &r, &g);
    FAKE_RUN(f,
            {.status = 301,
                    .body = "<Error><Code>PermanentRedirect</Code><Region>eu-west-1</Region>"
                            "</Error>"},
            {.status = 200, .body = "<ListBucketResult/>"});
    check_ok(&g, 2);
    assert_non_null(strstr(f->sent[1].url, "//b.s3.eu-west-1.amazonaws.com/"));
    assert_non_null(strstr(sent_header(&f->sent[1], "authorization"), "/eu-west-1/s3/"));
    /* From now on the bucket is spoken to there. */
    assert_string_equal(s3_client_region(f->s3, "b"), "eu-west-1");
    assert_string_equal(s3_client_region(f->s3, "c"), "us-east-1");
    start(f, &r, &g);
    FAKE_RUN(f, {.status = 200, .body = "<ListBucketResult/>"});
    assert_non_null(strstr(f->sent[2].url, "//b.s3.eu-west-1.amazonaws.com/"));
}

/* A HEAD has no body: the header says it, with a 400 or a 301. */
static void test_redirect_of_a_head(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 400, .headers = "x-amz-bucket-region: eu-west-1\n"}, HEAD_OK);
    check_ok(&g, 2);
}

static void test_moved_again_and_again(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 301, .headers = "x-amz-bucket-region: eu-west-1\n"},
            {.status = 301, .headers = "x-amz-bucket-region: eu-west-2\n"},
            {.status = 301, .headers = "x-amz-bucket-region: eu-west-3\n"});
    check_failed(&g, ERR_WRONG_REGION, 3);
    assert_string_equal(g.err.message, "bucket b is in region eu-west-3, not in eu-west-2");
}

static void test_does_not_follow(void **state)
{
    struct s3_request r = {.op = S3_HEAD_BUCKET, .where.bucket = "b"};
    struct got g = {0}, bucket = {0};

    (void)state;
    s3_client_set_follow_region(f->s3, false);
    start_head(f, "b", &g);
    FAKE_RUN(f, {.status = 301, .headers = "x-amz-bucket-region: eu-west-1\n"});
    check_failed(&g, ERR_WRONG_REGION, 1);
    assert_string_equal(g.err.message, "bucket b is in region eu-west-1, not in us-east-1");
    /* HeadBucket is never followed: its answer says where the bucket is. */
    s3_client_set_follow_region(f->s3, true);
    start(f, &r, &bucket);
    FAKE_RUN(f, {.status = 301, .headers = "x-amz-bucket-region: eu-west-1\n"});
    check_failed(&bucket, ERR_WRONG_REGION, 1);
    assert_string_equal(bucket.text, "eu-west-1");
}

/* --- credentials --- */

static void test_waits_for_creds(void **state)
{
    struct got g = {0}, h = {0};

    (void)state;
    f->no_creds = true;
    start_head(f, "b", &g);
    start_head(f, "b", &h);
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(f->creds_waits, 1); /* one refresh for both */
    assert_int_equal(s3_client_free_slots(f->s3), 0);
    fake_creds_come(f, "AKSECOND", NULL);
    assert_int_equal(f->sent_count, 2);
    FAKE_RUN(f, HEAD_OK, HEAD_OK);
    check_ok(&g, 1);
    check_ok(&h, 1);
}

static void test_expired_creds(void **state)
{
    struct got g = {0};
    static const struct answer expired = ERROR(400, "ExpiredToken");

    (void)state;
    start_head(f, "b", &g);
    fake_answer(&f->sent[0], &expired);
    assert_int_equal(f->creds_expired, 1);
    assert_string_equal(f->expired_key, "AKFIRST");
    assert_int_equal(f->sent_count, 1);
    fake_creds_come(f, "AKSECOND", NULL);
    assert_int_equal(f->sent_count, 2);
    assert_non_null(strstr(sent_header(&f->sent[1], "authorization"), "Credential=AKSECOND/"));
    FAKE_RUN(f, HEAD_OK);
    check_ok(&g, 2);
}

/* After three renewals an expired token is a failure like others. */
static void test_expired_for_good(void **state)
{
    struct got g = {0};
    static const struct answer expired = ERROR(400, "ExpiredToken");
    unsigned i;

    (void)state;
    start_head(f, "b", &g);
    for (i = 0; i < 3; i++) {
        fake_answer(&f->sent[i], &expired);
        fake_creds_come(f, "AKNEXT", NULL);
    }
    assert_int_equal(f->creds_expired, 3);
    FAKE_RUN(f, ERROR(400, "ExpiredToken"), HEAD_OK);
    assert_int_equal(f->creds_expired, 3);
    check_ok(&g, 5);
}

/* A source of credentials that fails is asked again, if that can help. */
static void test_creds_fail(void **state)
{
    struct got g = {0}, h = {0};
    struct err e;

    (void)state;
    f->no_creds = true;
    start_head(f, "b", &g);
    err_set(&e, ERR_TIMEOUT, "no answer of the container");
    fake_creds_come(f, NULL, &e);
    assert_int_equal(g.calls, 0);
    fake_pass_ms(f, 1000);
    fake_creds_come(f, "AKSECOND", NULL);
    FAKE_RUN(f, HEAD_OK);
    check_ok(&g, 1);
    f->no_creds = true;
    start_head(f, "b", &h);
    err_set(&e, ERR_CREDENTIALS, "there are none");
    fake_creds_come(f, NULL, &e);
    assert_int_equal(h.calls, 0);
    fake_run(f, NULL, 0);
    check_failed(&h, ERR_CREDENTIALS, 0);
    assert_string_equal(h.err.message, "there are none");
}

static void test_cannot_wait_for_creds(void **state)
{
    struct got g = {0};

    (void)state;
    f->no_creds = true;
    f->creds_wait_error = ERR_NOMEM;
    start_head(f, "b", &g);
    fake_run(f, NULL, 0);
    check_failed(&g, ERR_NOMEM, 0);
}

/* --- clocks --- */

/* The fake's time is 20:48:34; the server's is an hour later. */
static void test_skewed_clock(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f,
            {.status = 403,
                    .headers = "date: Tue, 10 Nov 2026 21:48:34 GMT\n",
                    .body = "<Error><Code>RequestTimeTooSkewed</Code></Error>"},
            HEAD_OK);
    check_ok(&g, 2);
    assert_string_equal(sent_header(&f->sent[1], "x-amz-date"), "20261110T214834Z");
    assert_true(s3_client_now(f->s3) == FAKE_WALL_S + 3600);
}

/* After three settings of the clock it is a failure like others. */
static void test_skewed_for_good(void **state)
{
    static const struct answer skewed = {.status = 403,
            .headers = "date: Tue, 10 Nov 2026 21:48:34 GMT\n",
            .body = "<Error><Code>RequestTimeTooSkewed</Code></Error>"};
    struct got g = {0};
    unsigned i;

    (void)state;
    start_head(f, "b", &g);
    for (i = 0; i < 3; i++) {
        fake_answer(&f->sent[i], &skewed);
        assert_int_equal(f->sent_count, i + 2); /* at once */
    }
    fake_answer(&f->sent[3], &skewed);
    assert_int_equal(f->sent_count, 4);
    FAKE_RUN(f, HEAD_OK);
    check_ok(&g, 5);
}

/* Without a Date it is a failure like others. */
static void test_skewed_without_date(void **state)
{
    struct got g = {0};

    (void)state;
    start_head(f, "b", &g);
    FAKE_RUN(f, ERROR(403, "RequestTimeTooSkewed"), HEAD_OK);
    check_ok(&g, 2);
    assert_string_equal(sent_header(&f->sent[1], "x-amz-date"), "20261110T204834Z");
}

/* The server's clock is known from any answer; signatures use ours as long as it is good enough. */
static void test_clock_of_answers(void **state)
{
    struct got g = {0};

    (void)state;
    assert_true(s3_client_now(f->s3) == FAKE_WALL_S);
    start_head(f, "b", &g);
    FAKE_RUN(f,
            {.status = 200, .headers = "content-length: 0\ndate: Tue, 10 Nov 2026 20:48:39 GMT\n"});
    assert_true(s3_client_now(f->s3) == FAKE_WALL_S + 5);
    start_head(f, "b", &g);
    assert_string_equal(sent_header(&f->sent[1], "x-amz-date"), "20261110T204834Z");
    FAKE_RUN(f, {.status = 200, .headers = "content-length: 0\ndate: nonsense\n"});
    assert_true(s3_client_now(f->s3) == FAKE_WALL_S + 5);
    /* The same Date again, when our clock is two seconds further; then another one. */
    f->wall_s += 2;
    start_head(f, "b", &g);
    FAKE_RUN(f,
            {.status = 200, .headers = "content-length: 0\ndate: Tue, 10 Nov 2026 20:48:39 GMT\n"});
    assert_true(s3_client_now(f->s3) == FAKE_WALL_S + 5);
    start_head(f, "b", &g);
    FAKE_RUN(f,
            {.status = 200, .headers = "content-length: 0\ndate: Tue, 10 Nov 2026 20:48:49 GMT\n"});
    assert_true(s3_client_now(f->s3) == FAKE_WALL_S + 15);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_one_request),
            T(test_nothing_is_left),
            T(test_patience_grows),
            T(test_size_untold),
            T(test_size_untold_by_all),
            T(test_start_in_callback),
            T(test_cannot_send),
            T(test_bad_names),
            T(test_error_in_200),
            T(test_malformed),
            T(test_malformed_create),
            T(test_secrets_are_hidden),
            T(test_retries),
            T(test_permanent),
            T(test_gives_up),
            T(test_nobody_there),
            T(test_stopping),
            T(test_no_timer),
            T(test_retry_after),
            T(test_resends),
            T(test_throttled_holds_its_slot),
            T(test_held_slot_comes_back),
            T(test_permanent_errors_do_not_slow),
            T(test_retry_budget),
            T(test_throttled_alone),
            T(test_redirect),
            T(test_redirect_of_a_head),
            T(test_moved_again_and_again),
            T(test_does_not_follow),
            T(test_waits_for_creds),
            T(test_expired_creds),
            T(test_expired_for_good),
            T(test_creds_fail),
            T(test_cannot_wait_for_creds),
            T(test_skewed_clock),
            T(test_skewed_for_good),
            T(test_skewed_without_date),
            T(test_clock_of_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
