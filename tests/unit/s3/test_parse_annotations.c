/* The parsers of annotations (s3/parse/parse_annotations.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "s3/parse/parse.h"

static struct s3_reply reply; /* of the parser that ran last */

static void parse(const char *xml, enum err_code wanted)
{
    struct s3_call call = {.op = S3_LIST_OBJECT_ANNOTATIONS};
    struct http_response response = {.status = 200};
    enum err_code code;
    struct err e;

    err_clear(&e);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    code = s3_parse_annotations(&call, &response, &reply, &e);
    if (code != wanted)
        fail_msg("%.200s: %s", xml, e.message);
    buf_free(&response.body);
}

/* Amazon S3 API Reference, ListObjectAnnotations: "Response Syntax". */
static void test_annotations(void **state)
{
    static const char xml[] =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
            "<ListObjectAnnotationsOutput xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Annotations><AnnotationEntry><AnnotationName>a.b</AnnotationName>"
            "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ETag>&quot;e1&quot;</ETag>"
            "<LastModified>2026-06-16T00:00:00.000Z</LastModified><Size>1048576</Size>"
            "</AnnotationEntry><AnnotationEntry><AnnotationName>\xc3\xa9</AnnotationName>"
            "<Size>-1</Size></AnnotationEntry></Annotations><Bucket>b</Bucket><Key>k</Key>"
            "<AnnotationCount>2</AnnotationCount>"
            "<NextContinuationToken>t</NextContinuationToken></ListObjectAnnotationsOutput>";
    const struct s3_annotations *a = &reply.u.annotations;

    (void)state;
    parse(xml, ERR_OK);
    assert_int_equal(a->count, 2);
    assert_string_equal(a->list[0].name, "a.b");
    assert_string_equal(a->list[0].etag, "e1");
    assert_int_equal(a->list[0].size, 1048576);
    assert_string_equal(a->list[1].name, "\xc3\xa9");
    assert_int_equal(a->list[1].size, 0);
    assert_string_equal(a->next, "t");
    s3_free_annotations(&reply);
    parse("<ListObjectAnnotationsOutput><Annotations/></ListObjectAnnotationsOutput>", ERR_OK);
    assert_int_equal(a->count, 0);
    assert_null(a->next);
    s3_free_annotations(&reply);
}

/* An annotation that cannot be asked for may not be passed over; nor may one be where S3 has none.
 */
static void test_bad_annotations(void **state)
{
    static const char entry[] = "<AnnotationEntry><AnnotationName>a</AnnotationName>"
                                "</AnnotationEntry>";
    struct buf text;
    unsigned i;

    (void)state;
    parse("<ListObjectAnnotationsOutput><Annotations><AnnotationEntry><Size>1</Size>"
          "</AnnotationEntry></Annotations></ListObjectAnnotationsOutput>",
            ERR_PROTOCOL);
    parse("<ListObjectAnnotationsOutput><Annotations><AnnotationEntry><AnnotationName/>"
          "</AnnotationEntry></Annotations></ListObjectAnnotationsOutput>",
            ERR_PROTOCOL);
    parse("<ListBucketResult><Annotations/></ListBucketResult>", ERR_PROTOCOL);
    buf_init(&text, BUF_MAX_ANSWER);
    buf_adds(&text, "<ListObjectAnnotationsOutput><Annotations>");
    for (i = 0; i <= S3_ANNOTATIONS_MOST; i++)
        buf_adds(&text, entry);
    buf_adds(&text, "</Annotations></ListObjectAnnotationsOutput>");
    parse(buf_str(&text), ERR_PROTOCOL);
    buf_free(&text);
}

/* The text of an annotation is the body, whatever it is, up to what S3 takes. */
static void test_annotation(void **state)
{
    static const char xml[] = "<Error><Code>AccessDenied</Code></Error>";
    struct s3_call call = {.op = S3_GET_OBJECT_ANNOTATION};
    struct http_response response = {.status = 200};
    char region[S3_REGION_MAX];
    struct err e;

    (void)state;
    headers_init(&response.headers);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    s3_call_read(&call, &response, 0, &reply, &e, region);
    assert_int_equal(e.code, ERR_OK);
    assert_int_equal(reply.u.annotation.len, sizeof xml - 1);
    assert_memory_equal(reply.u.annotation.text, xml, sizeof xml - 1);
    response.status = 403;
    s3_call_read(&call, &response, 0, &reply, &e, region);
    assert_int_equal(e.code, ERR_ACCESS_DENIED);
    response.status = 200;
    while (response.body.len <= S3_ANNOTATION_MOST)
        buf_adds(&response.body, xml);
    s3_call_read(&call, &response, 0, &reply, &e, region);
    assert_int_equal(e.code, ERR_PROTOCOL);
    buf_free(&response.body);
    headers_free(&response.headers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_annotations),
            cmocka_unit_test(test_bad_annotations),
            cmocka_unit_test(test_annotation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
