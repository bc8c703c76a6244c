/* The quick reader of XML against the general one: what it takes, and that the two agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "s3/parse/xml_flat.h"
#include "s3/parse/xml_general.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define XMLNS       " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
#define QUOTED      "&quot;6bfa26b7b5b8d3a8f4b2f1b0a9e2a1d3&quot;"

enum taken {
    GIVEN_UP,
    TAKEN,
};

/* Answers as servers write them, and texts that are near them. */
static const struct {
    const char *xml;
    enum taken taken;
} rows[] = {
        {DECLARATION "<CopyObjectResult><ETag>" QUOTED "</ETag><LastModified>"
                     "2024-06-03T10:00:00.000Z</LastModified></CopyObjectResult>",
                TAKEN},
        {DECLARATION "\n<CopyPartResult" XMLNS "><ETag>\"e\"</ETag></CopyPartResult>\n", TAKEN},
        {DECLARATION "\n<CompleteMultipartUploadResult" XMLNS "><Location>https://b.s3.amazonaws"
                     ".com/a%2Fb?c</Location><Bucket>b</Bucket><Key>a/b&amp;c</Key><ETag>"
                     "&#34;e-2&#34;</ETag></CompleteMultipartUploadResult>",
                TAKEN},
        {"<InitiateMultipartUploadResult><UploadId>2~a.b_c-d</UploadId>"
         "</InitiateMultipartUploadResult>",
                TAKEN},
        {"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message/><Resource></Resource>"
         "<RequestId>1</RequestId></Error>",
                TAKEN},
        {DECLARATION "<ListBucketResult" XMLNS "><Name>b</Name><Prefix/><KeyCount>2</KeyCount>"
                     "<IsTruncated>false</IsTruncated><Contents><Key>a%2Fb</Key><Size>1</Size>"
                     "<ETag>" QUOTED "</ETag></Contents><Contents><Key>c+d</Key></Contents>"
                     "</ListBucketResult>",
                TAKEN},
        {"<ListPartsResult>\n\t<Part>\n\t\t<PartNumber>1</PartNumber>\n\t</Part>\n"
         "</ListPartsResult>\n",
                TAKEN},
        {"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><a/>", TAKEN},
        {"<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>", TAKEN},
        {"<a/>", TAKEN},
        {"<a b=\"it's\"/>", TAKEN},
        {"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x7e;&#126;&#9;&#10;&#13;&#38;&#60;&#62;</a>",
                TAKEN},
        {"<a>before<b>of b</b>behind<c/>last</a>", TAKEN},
        {"<a>'\"=/:;?@[]{}|~ $%#!*+,</a>", TAKEN},
        /* XML, and the business of the general reader. */
        {"<a><b><![CDATA[<&]]></b></a>", GIVEN_UP},
        {"<a><b>x<!-- no -->y<?pi?>z</b></a>", GIVEN_UP},
        {"<!-- first --><a><b>1</b></a>", GIVEN_UP},
        {"<a><b>1</b></a><!-- last -->", GIVEN_UP},
        {"<s3:a xmlns:s3=\"u\"><s3:b>1</s3:b></s3:a>", GIVEN_UP},
        {"<a b=\"1\" c=\"2\"><d>1</d></a>", GIVEN_UP},
        {"<a b='1'/>", GIVEN_UP},
        {"<a b=\"&lt;\"/>", GIVEN_UP},
        {"<a  b=\"1\"/>", GIVEN_UP},
        {"<a ><b>1</b ></a\n>", GIVEN_UP},
        {"<?xml version='1.0'?><a/>", GIVEN_UP},
        {"<?xml version=\"1.1\"?><a/>", GIVEN_UP},
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>b</a>", GIVEN_UP},
        {"\xEF\xBB\xBF<a/>", GIVEN_UP},
        {"<a><b>1</b><c>\xC3\xA9</c></a>", GIVEN_UP},
        {"<a><b>1</b>\r\n<c>2</c></a>", GIVEN_UP},
        {"<a><b>1</b><c>x > y</c></a>", GIVEN_UP},
        {"<a><b>1</b><c>&#233;&#x1F9EC;</c></a>", GIVEN_UP},
        {"<a><b>1</b><c>&#0065;</c></a>", GIVEN_UP},
        {"<a><a><a><a><a><a><a><a><a>9</a></a></a></a></a></a></a></a></a>", GIVEN_UP},
        {"<\xC3\xA9/>", GIVEN_UP},
        {"<a\xC3\xA9>1</a\xC3\xA9>", GIVEN_UP},
        /* No XML, or none that XML 1.0 can hold. */
        {"", GIVEN_UP},
        {"a", GIVEN_UP},
        {"<", GIVEN_UP},
        {"<a", GIVEN_UP},
        {"<a>", GIVEN_UP},
        {"<a><b>1</b>", GIVEN_UP},
        {"<a><b>1</b></c>", GIVEN_UP},
        {"<a><b>1</a></b>", GIVEN_UP},
        {"<ab><b>1</b></a>", GIVEN_UP},
        {"<a><b>1</b></ab>", GIVEN_UP},
        {"<a/><b/>", GIVEN_UP},
        {"<a/>b", GIVEN_UP},
        {"<a/>&#32;", GIVEN_UP},
        {"<a><b>1</b>&unknown;</a>", GIVEN_UP},
        {"<a><b>1</b>&quot</a>", GIVEN_UP},
        {"<a><b>1</b>&</a>", GIVEN_UP},
        {"<a><b>1</b>&;</a>", GIVEN_UP},
        {"<a><b>1</b>&#;&#x;</a>", GIVEN_UP},
        {"<a><b>1</b>&#xZ;</a>", GIVEN_UP},
        {"<a><b>1</b>&#1A;</a>", GIVEN_UP},
        {"<a><b>1</b>]]></a>", GIVEN_UP},
        {"<a><b>1</b><c>\x01&#1;&#x0;</c></a>", GIVEN_UP},
        {"<a><b>1</b><c>\xFF</c></a>", GIVEN_UP},
        {"<a b=\"<\"/>", GIVEN_UP},
        {"<a b=\"1\"c=\"2\"/>", GIVEN_UP},
        {"<a b=\"1/>", GIVEN_UP},
        {"<a =\"1\"/>", GIVEN_UP},
        {"<a b/>", GIVEN_UP},
        {"<1a/>", GIVEN_UP},
        {"<-a/>", GIVEN_UP},
        {"<a><b>1</b>< c/></a>", GIVEN_UP},
        {"<a/ >", GIVEN_UP},
        {"<!DOCTYPE a><a/>", GIVEN_UP},
        {" <?xml version=\"1.0\"?><a/>", GIVEN_UP},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* The elements that a reader tells. */
struct telling {
    size_t elements;
    struct buf text;
};

static void telling_init(struct telling *t)
{
    t->elements = 0;
    buf_init(&t->text, BUF_MAX_ANSWER);
}

static void on_element(void *ctx, const char *path, const char *text, size_t len)
{
    struct telling *t = ctx;

    assert_int_equal(strlen(text), len);
    t->elements++;
    buf_addf(&t->text, "%s=%s\n", path, text);
}

/* Both readers: the quick one is right in all that it tells. Its memory ends where the text does,
 * so that reading on is seen by valgrind and the sanitizers. */
static enum taken compare(const char *xml, size_t len)
{
    struct telling quick, general;
    char *copy = malloc(len ? len : 1);
    enum err_code code;
    size_t told;
    bool taken;

    assert_non_null(copy);
    memcpy(copy, xml, len);
    telling_init(&quick);
    telling_init(&general);
    taken = s3_xml_flat(copy, len, on_element, &quick, &told);
    code = s3_xml_general(copy, len, on_element, &general, NULL);
    assert_int_equal(told, quick.elements);
    if (taken && (code != ERR_OK || told != general.elements))
        fail_msg("not what the general reader says of: %.*s", (int)len, xml);
    if (strncmp(buf_str(&quick.text), buf_str(&general.text), quick.text.len) != 0)
        fail_msg("%.*s:\n%s%s", (int)len, xml, buf_str(&quick.text), buf_str(&general.text));
    buf_free(&quick.text);
    buf_free(&general.text);
    free(copy);
    return taken ? TAKEN : GIVEN_UP;
}

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS; i++)
        if (compare(rows[i].xml, strlen(rows[i].xml)) != rows[i].taken)
            fail_msg("%s", rows[i].xml);
}

/* Every cut of some of them; every byte replaced by each of those that mean something. */
static void test_near_them(void **state)
{
    static const char bytes[] = "\0\t\n\r !\"#&'-./:;<=>?Ax]_\x7F\x80\xC3\xFF";
    static const size_t some[] = {1, 7, 10, 11};
    size_t i, at, c;

    (void)state;
    for (i = 0; i < sizeof some / sizeof some[0]; i++) {
        size_t len = strlen(rows[some[i]].xml);
        char *xml = strdup(rows[some[i]].xml);

        assert_non_null(xml);
        for (at = 0; at < len; at++) {
            (void)compare(xml, at);
            for (c = 0; c < sizeof bytes - 1; c++) {
                xml[at] = bytes[c];
                (void)compare(xml, len);
            }
            xml[at] = rows[some[i]].xml[at];
        }
        free(xml);
    }
}

static enum taken compare_filled(const char *before, char fill, size_t count, const char *behind)
{
    struct buf xml;
    enum taken taken;

    buf_init(&xml, BUF_MAX_ANSWER);
    buf_adds(&xml, before);
    for (; count > 0; count--)
        buf_addc(&xml, fill);
    buf_adds(&xml, behind);
    taken = compare(buf_str(&xml), xml.len);
    buf_free(&xml);
    return taken;
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(compare_filled("<a><b>", 't', 4096, "</b></a>"), TAKEN);
    assert_int_equal(compare_filled("<a><b>", 't', 4097, "</b></a>"), GIVEN_UP);
    assert_int_equal(compare_filled("<a><b>", 't', 4095, "&lt;</b></a>"), TAKEN);
    assert_int_equal(compare_filled("<a><b>", 't', 4096, "&lt;</b></a>"), GIVEN_UP);
    assert_int_equal(compare_filled("<a><b/><", 'n', 254, "/></a>"), TAKEN);
    assert_int_equal(compare_filled("<a><b/><", 'n', 255, "/></a>"), GIVEN_UP);
    assert_int_equal(compare_filled("<", 'n', 255, "/>"), TAKEN);
    assert_int_equal(compare_filled("<", 'n', 256, "/>"), GIVEN_UP);
    assert_int_equal(
            compare("<a><a><a><a><a><a><a><a>8</a></a></a></a></a></a></a></a>", 57), TAKEN);
}

/* The walk of both tells each element once, and says what the general reader says. */
static void test_walk(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS; i++) {
        const char *xml = rows[i].xml + strspn(rows[i].xml, " ");
        struct telling walked, general;
        struct err e, other;

        telling_init(&walked);
        telling_init(&general);
        err_clear(&e);
        err_clear(&other);
        assert_int_equal(s3_xml_walk(rows[i].xml, strlen(rows[i].xml), on_element, &walked, &e),
                s3_xml_general(xml, strlen(xml), on_element, &general, &other));
        assert_string_equal(e.message, other.message);
        assert_int_equal(walked.elements, general.elements);
        assert_string_equal(buf_str(&walked.text), buf_str(&general.text));
        buf_free(&walked.text);
        buf_free(&general.text);
    }
}

static void test_may_be(void **state)
{
    static const struct {
        const char *xml;
        bool may_be; /* <Error> */
    } looks[] = {
            {"<Error/>", true},
            {"<Error><Code>", true},
            {" \r\n" DECLARATION "\n<Error>", true},
            {"<s3:Error>", true},
            {"<a:Error>", true},
            {"<!-- no --><Error/>", true},
            {"<?xml version='1.0'?><Error/>", true},
            {"\xEF\xBB\xBF<Error/>", true},
            {"", true},
            {"<", true},
            {"<Err", true}, /* cut */
            {"plain", true},
            {"<Errors/>", false},
            {"<Erro/>", false},
            {"<a><Error/></a>", false},
            {DECLARATION "<CopyObjectResult" XMLNS ">", false},
            {"\n \n<CompleteMultipartUploadResult>", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (s3_xml_may_be(looks[i].xml, strlen(looks[i].xml), "Error") != looks[i].may_be)
            fail_msg("%s", looks[i].xml);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_near_them),
            cmocka_unit_test(test_limits),
            cmocka_unit_test(test_walk),
            cmocka_unit_test(test_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
