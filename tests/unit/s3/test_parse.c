#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "s3/build.h"
#include "s3/parse.h"
#include "s3/parse_list.h"

/* tagging NULL: ERR_PROTOCOL is what is to come of it. */
static void check_tagging(const char *xml, const char *tagging)
{
    struct http_response response = {.status = 200};
    struct s3_call call = {.op = S3_GET_OBJECT_TAGGING};
    enum err_code code;
    struct err e;

    err_clear(&e);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    code = s3_parse_tagging(&call, &response, &e);
    if (code != (tagging ? ERR_OK : ERR_PROTOCOL))
        fail_msg("%s: %s", xml, e.message);
    if (tagging)
        assert_string_equal(call.reply.u.tagging, tagging);
    s3_free_tagging(&call.reply);
    buf_free(&response.body);
}

#define TAGS(text) "<Tagging><TagSet>" text "</TagSet></Tagging>"

static void test_tagging(void **state)
{
    (void)state;
    check_tagging("", ""); /* Ceph RGW 16, of an object without tags */
    check_tagging(TAGS(""), "");
    check_tagging(TAGS("<Tag><Key>a</Key><Value>1</Value></Tag>"), "a=1");
    check_tagging(TAGS("<Tag><Key>a b</Key><Value>&amp;=\xC3\xA9</Value></Tag>"
                       "<Tag><Key>c</Key><Value/></Tag>"),
            "a%20b=%26%3D%C3%A9&c=");
    /* No tag is lost, and none gets another's key or value. */
    check_tagging(TAGS("<Tag><Value>1</Value><Key>a</Key></Tag>"
                       "<Tag><Key>b</Key><Value>2</Value></Tag>"),
            "a=1&b=2");
    check_tagging(TAGS("<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key></Tag>"), "a=1&b=");
    check_tagging(TAGS("<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Value>2</Value></Tag>"), NULL);
    check_tagging(TAGS("<Tag/>"), NULL);
    check_tagging(TAGS("<Tag>"), NULL);
}

/* --- listings --- */

static void parse(struct s3_call *call, const char *xml,
        enum err_code (*how)(struct s3_call *, const struct http_response *, struct err *))
{
    struct http_response response = {.status = 200};
    struct err e;

    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    if (how(call, &response, &e) != ERR_OK)
        fail_msg("%s: %s", xml, e.message);
    buf_free(&response.body);
}

/* An upload without an id is none: the request to abort it could delete the object. */
static void test_uploads(void **state)
{
    char key[] = "a key";
    struct s3_call call = {.op = S3_LIST_MULTIPART_UPLOADS, .wanted_key = key};

    (void)state;
    parse(&call,
            "<ListMultipartUploadsResult><Upload><Key>a+key</Key><UploadId/></Upload>"
            "<Upload><Key>a%20key</Key></Upload>"
            "<Upload><UploadId>1</UploadId><Key>a+key</Key>"
            "<Initiated>2026-11-10T20:48:34.000Z</Initiated></Upload>"
            "<Upload><Key>another</Key><UploadId>2</UploadId></Upload>"
            "</ListMultipartUploadsResult>",
            s3_parse_uploads);
    assert_int_equal(call.reply.u.uploads.count, 1);
    assert_string_equal(call.reply.u.uploads.uploads[0].id, "1");
    assert_true(call.reply.u.uploads.uploads[0].initiated_s == 1794343714);
    s3_free_uploads(&call.reply);
}

static void test_keys(void **state)
{
    struct s3_call call = {.op = S3_LIST_OBJECTS};

    (void)state;
    parse(&call,
            "<ListBucketResult><Contents><Key>a%20b+c</Key></Contents>"
            "<Contents><Key>bad%</Key></Contents>"
            "<NextContinuationToken>next</NextContinuationToken></ListBucketResult>",
            s3_parse_keys);
    assert_int_equal(call.reply.u.keys.count, 1);
    assert_string_equal(call.reply.u.keys.keys[0], "a b c");
    assert_string_equal(call.reply.u.keys.next, "next");
    s3_free_keys(&call.reply);
    /* With an empty token the first page would come again, and again. */
    parse(&call, "<ListBucketResult><NextContinuationToken/></ListBucketResult>", s3_parse_keys);
    assert_null(call.reply.u.keys.next);
    s3_free_keys(&call.reply);
}

/* --- how long an answer may be silent --- */

/* S3 may say nothing during a copy, for longer than the half a minute after which another request
 * is given up; a copy that is given up and sent again never ends. */
static void test_stall(void **state)
{
    const uint64_t gib = (uint64_t)1 << 30;

    (void)state;
    assert_int_equal(s3_copy_stall_ms(0), 60000);
    assert_int_equal(s3_copy_stall_ms(8191), 60000);
    assert_int_equal(s3_copy_stall_ms(8192), 60001); /* 8 MiB/s is the slowest copy */
    assert_int_equal(s3_copy_stall_ms(5 * gib), 60000 + 5 * 128 * 1024);
    assert_int_equal(s3_complete_stall_ms(1), 60060);
    assert_int_equal(s3_complete_stall_ms(10000), 660000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_tagging),
            cmocka_unit_test(test_uploads),
            cmocka_unit_test(test_keys),
            cmocka_unit_test(test_stall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
