#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/etag.h"

#define EMPTY  "d41d8cd98f00b204e9800998ecf8427e" /* md5 of nothing */
#define AAAAA  "594f803b380a41396ed63dca39503542" /* md5 of "aaaaa" */
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
            /* What is kept, copied once more, stays what it is. */
            {"\"W/a\"", "W/a"},
            {"W/a", "W/a"},
            {"W/\"W/a\"", "W/a"},
            {"W/W/a", "W/W/a"},
            {"other-make_of.etag~", "other-make_of.etag~"},
            {&(LONGER)[1], &(LONGER)[1]}, /* 79 bytes: the longest */
            {LONGER, ""},
            /* What would not come through a header, XML or JSON as it is. */
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

/* Reference values: md5(concatenated binary md5s), as Python's hashlib gives them. */
static void test_of_parts(void **state)
{
    static const struct {
        unsigned count;
        const char *parts[2];
        const char *etag;
    } rows[] = {
            {1, {EMPTY}, "59adb24ef3cdbe0297f05b395827453f-1"},
            {1, {"D41D8CD98F00B204E9800998ECF8427E"}, "59adb24ef3cdbe0297f05b395827453f-1"},
            {2, {EMPTY, AAAAA}, "4d2dc014bb28a658d515a72dcad2dda9-2"},
            {2, {AAAAA, EMPTY}, "3712ee70ce3b4bb9085ece3504608fed-2"},
            {1, {""}, NULL},
            {2, {EMPTY, ""}, NULL},
            {2, {EMPTY, EMPTY "-1"}, NULL},
            {1, {"opaque"}, NULL},
    };
    char(*parts)[ETAG_SIZE] = calloc(10000, ETAG_SIZE);
    char out[ETAG_SIZE];
    size_t i;
    unsigned n;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool good;

        for (n = 0; n < rows[i].count; n++)
            strcpy(parts[n], rows[i].parts[n]);
        good = etag_of_parts(out, (const char(*)[ETAG_SIZE])parts, rows[i].count);
        assert_int_equal(good, rows[i].etag != NULL);
        if (good)
            assert_string_equal(out, rows[i].etag);
    }
    for (n = 0; n < 10000; n++)
        strcpy(parts[n], EMPTY);
    assert_true(etag_of_parts(out, (const char(*)[ETAG_SIZE])parts, 10000));
    assert_string_equal(out, "ce634567dc4f0d6db43eeeacd77a2f9a-10000");
    assert_int_equal(etag_parts(out), 10000);
    free(parts);
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_copy),
            cmocka_unit_test(test_kinds),
            cmocka_unit_test(test_of_parts),
            cmocka_unit_test(test_of_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
