#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "s3/parse/xml.h"

static void on_element(void *ctx, const char *path, const char *text, size_t len)
{
    assert_int_equal(strlen(text), len);
    buf_addf(ctx, "%s=%s\n", path, text);
}

/* Each element as a line path=text, in the order of their ends. */
static enum err_code walk(const char *xml, size_t len, struct buf *out, struct err *e)
{
    buf_init(out, BUF_MAX_ANSWER);
    return s3_xml_walk(xml, len, on_element, out, e);
}

static void test_good(void **state)
{
    static const struct {
        const char *xml, *walked;
    } rows[] = {
            {"<a/>", "a=\n"},
            {"<?xml version=\"1.0\"?><a><b>1</b><c>2</c></a>", "a/b=1\na/c=2\na=\n"},
            {" \r\n\t<?xml version=\"1.0\"?>\n <a><b>1</b></a>", "a/b=1\na=\n"},
            {"\n<a>\n <b>\n  <c>x</c></b></a>\n", "a/b/c=x\na/b=\na=\n"},
            {"<a xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><b>1</b></a>", "a/b=1\na=\n"},
            {"<s3:a xmlns:s3=\"u\"><s3:b>1</s3:b><c/></s3:a>", "a/b=1\na/c=\na=\n"},
            {"<a><b>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</b></a>", "a/b=<&>\"'AB\na=\n"},
            {"<a><b><![CDATA[<&]]></b></a>", "a/b=<&\na=\n"},
            {"<a><b>x<!-- no -->y<?pi?>z</b></a>", "a/b=xyz\na=\n"},
            {"<a><b attribute=\"1\">\xC3\xA9\xF0\x9F\xA7\xAC</b></a>",
                    "a/b=\xC3\xA9\xF0\x9F\xA7\xAC\na=\n"},
            {"<a:/>", "=\n"}, /* a name that is nothing but a prefix */
            {"<a><b:>1</b:></a>", "a/=1\na=\n"},
            /* Characters that XML 1.0 cannot hold and S3 servers write. */
            {"<a><k>x\x01y\x1F</k></a>", "a/k=x?y?\na=\n"},
            {"<a><k>&#1;&#x1F;&#x0;&#xB;</k></a>", "a/k=????\na=\n"},
            {"<a><k>&#xFFFE;&#xFFFF;&#xD800;&#1114112;&#x110000;</k></a>", "a/k=?????\na=\n"},
            {"<a><k>\xEF\xBF\xBE|\xEF\xBF\xBF|\xEF\xBF\xBD</k></a>", "a/k=?|?|\xEF\xBF\xBD\na=\n"},
            {"<a><k>\xFF\x80 \xC3 \xED\xA0\x80</k></a>", "a/k=?? ? ???\na=\n"},
            {"<a><k>&#9;&#10;&#x7F;&#x10FFFF;</k></a>", "a/k=\t\n\x7F\xF4\x8F\xBF\xBF\na=\n"},
            {"<a><Key>k\x02</Key><UploadId>u</UploadId></a>", "a/Key=k?\na/UploadId=u\na=\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out;
        struct err e;

        if (walk(rows[i].xml, strlen(rows[i].xml), &out, &e) != ERR_OK)
            fail_msg("%s: %s", rows[i].xml, e.message);
        assert_string_equal(buf_str(&out), rows[i].walked);
        buf_free(&out);
    }
}

static void test_bad(void **state)
{
    static const struct {
        const char *xml, *walked; /* what came before is told */
    } rows[] = {
            {"", ""},
            {"  ", ""},
            {"plain", ""},
            {"{\"a\":1}", ""},
            {"<a>", ""},
            {"<a><b>1</b>", "a/b=1\n"},
            {"<a><b>1</b></c>", "a/b=1\n"},
            {"<a/><b/>", "a=\n"},
            {"<a><b>1</b>&unknown;</a>", "a/b=1\n"},
            {"<a>&#xZ;</a>", ""},
            {"<a>&#;</a>", ""},
            {"<a>&#x;</a>", ""},
            {"<a>&#12</a>", ""},
            {"<a>&#99999999999999999999;</a>", ""},
            {"<!DOCTYPE a><a/>", ""},
            {"<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\">]><a>&x;&x;</a>", ""},
            {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out;
        struct err e;

        if (walk(rows[i].xml, strlen(rows[i].xml), &out, &e) != ERR_PROTOCOL)
            fail_msg("%s", rows[i].xml);
        assert_int_equal(e.cls, ERR_CLASS_RETRY);
        if (strcmp(buf_str(&out), rows[i].walked) != 0)
            fail_msg("%s: %s", rows[i].xml, buf_str(&out));
        buf_free(&out);
    }
}

static void nested(struct buf *xml, unsigned depth, const char *name)
{
    unsigned i;

    for (i = 0; i < depth; i++)
        buf_addf(xml, "<%s>", name);
    for (i = 0; i < depth; i++)
        buf_addf(xml, "</%s>", name);
}

static void test_limits(void **state)
{
    struct buf xml, out, name;
    struct err e;

    (void)state;
    buf_init(&xml, BUF_MAX_ANSWER);
    buf_init(&name, 1000);
    nested(&xml, 16, "a");
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_OK);
    buf_free(&out);
    buf_clear(&xml);
    nested(&xml, 17, "a");
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_PROTOCOL);
    buf_free(&out);
    buf_clear(&xml);
    nested(&xml, 100000, "a");
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_PROTOCOL);
    buf_free(&out);
    /* The last element is empty: expat tells its end although it was stopped at its beginning. */
    buf_clear(&xml);
    buf_adds(&xml, "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/>");
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_PROTOCOL);
    assert_string_equal(buf_str(&out), "");
    buf_free(&out);

    while (name.len < 300)
        buf_addc(&name, 'n');
    buf_clear(&xml);
    nested(&xml, 2, buf_str(&name));
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_PROTOCOL);
    buf_free(&out);

    /* The same of a root, of which there is no path yet. */
    while (name.len < 600)
        buf_addc(&name, 'n');
    buf_clear(&xml);
    buf_addf(&xml, "<%s/>", buf_str(&name));
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_PROTOCOL);
    assert_string_equal(buf_str(&out), "");
    buf_free(&out);

    buf_clear(&xml);
    buf_adds(&xml, "<a><b>");
    while (xml.len < 64 * 1024 + 6)
        buf_addc(&xml, 't');
    buf_adds(&xml, "</b></a>");
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_OK);
    buf_free(&out);
    buf_clear(&xml);
    buf_adds(&xml, "<a><b>");
    while (xml.len < 64 * 1024 + 7)
        buf_addc(&xml, 't');
    buf_adds(&xml, "</b></a>");
    assert_int_equal(walk(buf_str(&xml), xml.len, &out, &e), ERR_PROTOCOL);
    buf_free(&out);
    buf_free(&xml);
    buf_free(&name);
}

/* Any single byte, anywhere, and any cut: an error at worst. */
static void test_any_byte(void **state)
{
    static const char good[] = "<?xml version=\"1.0\"?><a x=\"1\"><b>&lt;t</b></a>";
    char xml[sizeof good];
    struct buf out;
    struct err e;
    size_t at;
    int c;

    (void)state;
    for (at = 0; at < sizeof good - 1; at++) {
        for (c = 0; c < 256; c++) {
            memcpy(xml, good, sizeof good);
            xml[at] = (char)c;
            assert_true(walk(xml, sizeof good - 1, &out, &e) == ERR_OK || e.code == ERR_PROTOCOL);
            buf_free(&out);
        }
        assert_int_equal(walk(good, at, &out, &e), ERR_PROTOCOL);
        buf_free(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_limits),
            cmocka_unit_test(test_any_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
