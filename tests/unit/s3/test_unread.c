/* Successes that cannot be read, answers that break off, and answers that are too long. */
#include "fake.h"
#include "s3/answer.h"

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

static struct s3_request request_of(enum s3_op op)
{
    struct s3_request r = {.op = op, .where = {.bucket = "to", .key = "k"}};
    static unsigned char md5s[1][ETAG_MD5_BYTES];
    static unsigned char forms[1];
    static const struct part_etags etags = {.count = 1, .md5s = md5s, .forms = forms};

    if (op == S3_COPY_OBJECT)
        r.u.copy.source = (struct s3_where){.bucket = "from", .key = "k"};
    if (op == S3_UPLOAD_PART_COPY)
        r.u.part_copy = (struct s3_part_copy){.source = {.bucket = "from", .key = "k"},
                .upload_id = "u",
                .part = 1,
                .whole = true};
    if (op == S3_COMPLETE_MULTIPART_UPLOAD)
        r.u.complete = (struct s3_complete){.upload_id = "u", .etags = &etags, .count = 1};
    return r;
}

/* The operation may have been done: it is the caller's to look, and never sent again before. */
static void test_never_sent_again(void **state)
{
    static const enum s3_op ops[] = {
            S3_COPY_OBJECT, S3_UPLOAD_PART_COPY, S3_COMPLETE_MULTIPART_UPLOAD};
    static const struct answer answers[] = {
            {.status = 200, .body = "", .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
            {.status = 200, .body = "<Copy", .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
            {.status = 200, .body = "done", .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
            {.status = 200,
                    .err = ERR_PROTOCOL,
                    .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
            {.status = 200,
                    .err = ERR_NETWORK,
                    .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
            {.status = 200,
                    .err = ERR_TIMEOUT,
                    .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
            {.status = 200, .err = ERR_LIMIT, .headers = "x-amz-request-id: R1\nx-amz-id-2: H1\n"},
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        for (j = 0; j < sizeof answers / sizeof answers[0]; j++) {
            struct s3_request r = request_of(ops[i]);
            struct got g = {0};

            start(f, &r, &g);
            fake_run(f, &answers[j], 1);
            assert_int_equal(g.calls, 1);
            assert_int_equal(g.attempts, 1);
            assert_int_equal(g.err.code, answers[j].err ? answers[j].err : ERR_PROTOCOL);
            assert_int_equal(g.err.cls, ERR_CLASS_PERMANENT);
            assert_int_equal(g.err.http_status, 200);
            assert_string_equal(g.err.request_id, "R1");
            assert_string_equal(g.err.host_id, "H1");
        }
    }
}

/* Another upload is made, and the first is looked for: the caller knows that it was sent twice. An
 * answer that came whole and names no upload is the last one. */
static void test_create(void **state)
{
    struct s3_request create = request_of(S3_CREATE_MULTIPART_UPLOAD);
    struct got g = {0}, h = {0};

    (void)state;
    start(f, &create, &g);
    FAKE_RUN(f, {.status = 200, .err = ERR_PROTOCOL},
            {.status = 200,
                    .body = "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                            "</InitiateMultipartUploadResult>"});
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.attempts, 2);
    start(f, &create, &h);
    FAKE_RUN(f, {.status = 200, .body = ""});
    assert_int_equal(h.err.code, ERR_PROTOCOL);
    assert_int_equal(h.attempts, 1);
}

/* An answer that never came says nothing; a read may be done as often as one likes. */
static void test_sent_again(void **state)
{
    struct s3_request copy = request_of(S3_COPY_OBJECT);
    struct got g = {0}, h = {0};

    (void)state;
    start(f, &copy, &g);
    FAKE_RUN(f, BROKEN, {.status = 500, .err = ERR_NETWORK},
            {.status = 200, .body = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"});
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.attempts, 3);
    start_head(f, "b", &h);
    FAKE_RUN(f, {.status = 200, .err = ERR_PROTOCOL}, HEAD_OK);
    assert_int_equal(h.err.code, ERR_OK);
    assert_int_equal(h.attempts, 2);
}

/* A 500 of five megabytes is a 500. */
static void test_too_long(void **state)
{
    struct s3_request copy = request_of(S3_COPY_OBJECT);
    struct got g = {0}, h = {0};

    (void)state;
    start(f, &copy, &g);
    FAKE_RUN(f, {.status = 500, .err = ERR_LIMIT}, {.status = 503, .err = ERR_LIMIT},
            {.status = 403, .err = ERR_LIMIT});
    assert_int_equal(g.attempts, 3);
    assert_int_equal(g.err.code, ERR_ACCESS_DENIED);
    assert_string_equal(g.err.message, "CopyObject, HTTP 403: the fake broke off");
    start_head(f, "b", &h);
    FAKE_RUN(f, {.status = 200, .err = ERR_LIMIT});
    assert_int_equal(h.err.code, ERR_LIMIT);
}

/* Compressed although it was asked not to be. */
static void test_encoding(void **state)
{
    struct s3_request copy = request_of(S3_COPY_OBJECT);
    struct got g = {0};

    (void)state;
    start(f, &copy, &g);
    assert_string_equal(sent_header(&f->sent[0], "accept-encoding"), "identity");
    assert_null(strstr(sent_header(&f->sent[0], "authorization"), "accept-encoding"));
    FAKE_RUN(f, {.status = 200, .headers = "content-encoding: gzip\n", .body = "\x1F\x8B\b"});
    assert_int_equal(g.err.code, ERR_PROTOCOL);
    assert_int_equal(g.attempts, 1);
    assert_non_null(strstr(g.err.message, "Content-Encoding gzip, which was not asked for"));
}

/* White space keeps the connection open while the server works. */
static void test_white_space(void **state)
{
    struct s3_request complete = request_of(S3_COMPLETE_MULTIPART_UPLOAD);
    struct got g = {0}, h = {0};

    (void)state;
    start(f, &complete, &g);
    FAKE_RUN(f, {.status = 200,
                        .body = "  \n \r\n<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult>"
                                "<ETag>e</ETag></CompleteMultipartUploadResult>"});
    assert_int_equal(g.err.code, ERR_OK);
    assert_string_equal(g.etag, "e");
    start(f, &complete, &h);
    FAKE_RUN(
            f, {.status = 200,
                       .body = " <?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"});
    assert_int_equal(h.err.code, ERR_ACCESS_DENIED);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_never_sent_again),
            T(test_create),
            T(test_sent_again),
            T(test_too_long),
            T(test_encoding),
            T(test_white_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
