#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "s3/parse.h"

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_tagging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
