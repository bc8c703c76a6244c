#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/object/etag.h"

#define EMPTY  "d41d8cd98f00b204e9800998ecf8427e" /* md5 of nothing */
#define TEN    "1234567890"
#define FORTY  TEN TEN TEN TEN
#define LONGER FORTY FORTY

static void test_copy(void **state)
{
    static const struct {
        const char *from, *etag;
    } rows[] = {
            {"\"" EMPTY "\"", EMPTY},
            {EMPTY, EMPTY},
            {"W/\"" EMPTY "\"", EMPTY},
            {"\"" EMPTY "-17\"", EMPTY "-17"},
            {"\"\"", ""},
            {"", ""},
            {"\"", ""},
            {"\"half", ""},
            {"half\"", ""},
            {"\"a\"b\"", ""},
            {"W/", "W/"},
            /* A kept ETag, copied once more, stays as it is. */
            {"\"W/a\"", "W/a"},
            {"W/a", "W/a"},
            {"W/\"W/a\"", "W/a"},
            {"W/W/a", "W/W/a"},
            {"other-make_of.etag~", "other-make_of.etag~"},
            {&(LONGER)[1], &(LONGER)[1]}, /* 79 bytes: the longest */
            {LONGER, ""},
            /* Bytes that would not come through a header, XML or JSON as they are. */
            {"\"a<b\"", ""},
            {"\"a>b\"", ""},
            {"\"a&b\"", ""},
            {"\"a b\"", ""},
            {"\"a\r\nx: y\"", ""},
            {"\"a\x01\"", ""},
            {"\"a\x7F\"", ""},
            {"\"\xFF\xFE\"", ""},
            {"\"\xC3\xA9\"", ""},
    };
    char out[ETAG_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(out, 'x', sizeof out);
        etag_copy(out, rows[i].from);
        assert_string_equal(out, rows[i].etag);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *etag;
        bool md5;
        unsigned parts;
    } rows[] = {
            {EMPTY, true, 0},
            {"D41D8CD98F00B204E9800998ECF8427E", true, 0},
            {EMPTY "-1", false, 1},
            {EMPTY "-17", false, 17},
            {EMPTY "-10000", false, 10000},
            {EMPTY "-10001", false, 0},
            {EMPTY "-0", false, 0},
            {EMPTY "-01", false, 0},
            {EMPTY "-", false, 0},
            {EMPTY "-1x", false, 0},
            {EMPTY "-1-2", false, 0},
            {EMPTY "--1", false, 0},
            {EMPTY "-18446744073709551617", false, 0},
            {EMPTY "0", false, 0},
            {EMPTY "0-1", false, 0},
            {"d41d8cd98f00b204e9800998ecf8427-1", false, 0},
            {"g41d8cd98f00b204e9800998ecf8427e", false, 0},
            {"", false, 0},
            {"-1", false, 0},
            {"x", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (etag_is_md5(rows[i].etag) != rows[i].md5 || etag_parts(rows[i].etag) != rows[i].parts)
            fail_msg("\"%s\"", rows[i].etag);
    }
}

static void test_of_bytes(void **state)
{
    char out[ETAG_SIZE];

    (void)state;
    assert_true(etag_of_bytes(out, "", 0));
    assert_string_equal(out, "d41d8cd98f00b204e9800998ecf8427e");
    assert_true(etag_of_bytes(out, "abc", 3));
    assert_string_equal(out, "900150983cd24fb0d6963f7d28e17f72");
}

static void test_same(void **state)
{
    static const char md5[] = "0f343b0931126a20f133d67c2b018a3b";
    static const char upper[] = "0F343B0931126A20F133D67C2B018A3B";

    (void)state;
    assert_true(etag_same(md5, md5));
    assert_true(etag_same(md5, upper));
    assert_true(
            etag_same("0f343b0931126a20f133d67c2b018a3b-7", "0F343B0931126A20F133D67C2B018A3B-7"));
    assert_false(
            etag_same("0f343b0931126a20f133d67c2b018a3b-7", "0F343B0931126A20F133D67C2B018A3B-8"));
    assert_false(etag_same(md5, "0f343b0931126a20f133d67c2b018a3b-1"));
    assert_true(etag_same("W/0f343b0931126a20f133d67c2b018a3b", upper));
    /* Of another make, what is written otherwise is another one. */
    assert_true(etag_same("abc", "abc"));
    assert_false(etag_same("abc", "ABC"));
    assert_false(etag_same("", ""));
    assert_false(etag_same("W/", ""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_copy),
            cmocka_unit_test(test_kinds),
            cmocka_unit_test(test_of_bytes),
            cmocka_unit_test(test_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
