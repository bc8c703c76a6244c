#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void test_starts_ends(void **state)
{
    (void)state;
    assert_true(str_starts("abc", "ab"));
    assert_true(str_starts("abc", ""));
    assert_false(str_starts("ab", "abc"));
    assert_true(str_ends("abc", "bc"));
    assert_true(str_ends("abc", ""));
    assert_false(str_ends("bc", "abc"));
}

static void test_same(void **state)
{
    char copy[] = "abc";

    (void)state;
    assert_true(str_same("abc", copy));
    assert_false(str_same("abc", "ab"));
    assert_false(str_same("", NULL));
    assert_false(str_same(NULL, ""));
    assert_true(str_same(NULL, NULL));
}

static void test_parse_u64(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } rows[] = {
            {"0", true, 0},
            {"007", true, 7},
            {"18446744073709551615", true, UINT64_MAX},
            {"18446744073709551616", false, 0},
            {"18446744073709551620", false, 0},
            {"99999999999999999999999", false, 0},
            {"", false, 0},
            {"-1", false, 0},
            {"+1", false, 0},
            {" 1", false, 0},
            {"1 ", false, 0},
            {"0x10", false, 0},
            {"1.0", false, 0},
            {"\xB2", false, 0},
    };
    uint64_t n;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        n = 0;
        if (str_parse_u64(rows[i].text, strlen(rows[i].text), &n) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
        assert_true(n == rows[i].value);
    }
    assert_true(str_parse_u64("12345", 2, &n)); /* no further than it is told */
    assert_int_equal(n, 12);
}

static void test_parse_duration(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t ms;
    } rows[] = {
            {"5", true, 5000},
            {"0", true, 0},
            {"250ms", true, 250},
            {"5s", true, 5000},
            {"10m", true, 600000},
            {"2h", true, 7200000},
            {"30d", true, 2592000000u},
            {"213503982334d", true, 213503982334u * 86400000u},
            {"213503982335d", false, 0},
            {"18446744073709551615ms", true, UINT64_MAX},
            {"18446744073709551615s", false, 0},
            {"", false, 0},
            {"s", false, 0},
            {"5 s", false, 0},
            {"5sec", false, 0},
            {"5M", false, 0},
            {"1h30m", false, 0},
            {"-5s", false, 0},
            {"1.5h", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t ms = 0;

        if (str_parse_duration_ms(rows[i].text, &ms) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
        assert_true(ms == rows[i].ms);
    }
}

static void test_uri(void **state)
{
    static const struct {
        const char *plain;
        const char *encoded; /* with '/' kept */
    } rows[] = {
            {"", ""},
            {"abcXYZ019-._~", "abcXYZ019-._~"},
            {"a b", "a%20b"},
            {"a+b", "a%2Bb"},
            {"100%", "100%25"},
            {"%41", "%2541"},
            {"?#&=;,:@!$'()*[]", "%3F%23%26%3D%3B%2C%3A%40%21%24%27%28%29%2A%5B%5D"},
            {"//a/../b/./", "//a/../b/./"},
            {"\x01\n\x7F", "%01%0A%7F"},
            {"\xC3\xA9\xF0\x9F\xA7\xAC", "%C3%A9%F0%9F%A7%AC"},
            {"\xFF", "%FF"},
            {"\"<>\\^`{|}", "%22%3C%3E%5C%5E%60%7B%7C%7D"},
    };
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 1000);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&b);
        str_uri_encode(&b, rows[i].plain, strlen(rows[i].plain), true);
        assert_string_equal(buf_str(&b), rows[i].encoded);
        buf_clear(&b);
        assert_true(str_uri_decode(&b, rows[i].encoded, strlen(rows[i].encoded), false));
        assert_string_equal(buf_str(&b), rows[i].plain);
    }
    buf_clear(&b);
    str_uri_encode(&b, "a/b", 3, false);
    assert_string_equal(buf_str(&b), "a%2Fb");
    buf_free(&b);
}

/* Every byte there and back, and nothing but unreserved characters on the way. */
static void test_uri_all_bytes(void **state)
{
    struct buf there, back;
    char all[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    buf_init(&there, 1000);
    buf_init(&back, 1000);
    str_uri_encode(&there, all, sizeof all, false);
    assert_int_equal(strspn(buf_str(&there), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789-._~%"),
            there.len);
    assert_true(str_uri_decode(&back, buf_str(&there), there.len, true));
    assert_int_equal(back.len, sizeof all);
    assert_memory_equal(back.data, all, sizeof all);
    buf_free(&there);
    buf_free(&back);
}

static void test_uri_decode(void **state)
{
    static const struct {
        const char *encoded;
        bool plus;
        const char *plain; /* NULL: refused */
    } rows[] = {
            {"a+b", true, "a b"},
            {"a+b", false, "a+b"},
            {"a%2Bb", true, "a+b"},
            {"%c3%A9", true, "\xC3\xA9"},
            {"%", true, NULL},
            {"%4", true, NULL},
            {"a%4", true, NULL},
            {"%4g", true, NULL},
            {"%g4", true, NULL},
            {"%%41", true, NULL},
            {"% 41", true, NULL},
            {"%-1", true, NULL},
    };
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 100);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool good;

        buf_clear(&b);
        good = str_uri_decode(&b, rows[i].encoded, strlen(rows[i].encoded), rows[i].plus);
        if (good != (rows[i].plain != NULL))
            fail_msg("\"%s\"", rows[i].encoded);
        if (good)
            assert_string_equal(buf_str(&b), rows[i].plain);
    }
    buf_free(&b);
}

static void test_hex(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x0F, 0xA5, 0xFF};
    unsigned char back[4];
    char text[9];

    (void)state;
    str_hex(text, bytes, 4);
    assert_string_equal(text, "000fa5ff");
    assert_true(str_unhex(back, "000FA5fF", 4));
    assert_memory_equal(back, bytes, 4);
    assert_false(str_unhex(back, "0g", 1));
    assert_false(str_unhex(back, "g0", 1));
    assert_false(str_unhex(back, "0", 1)); /* no further than the end of the string */
}

static void test_utf8(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool good;
    } rows[] = {
            {"", 0, true},
            {"plain", 5, true},
            {"\0", 1, true},
            {"\x7F", 1, true},
            {"\xC2\x80", 2, true}, /* U+0080, the first of two bytes */
            {"\xDF\xBF", 2, true},
            {"\xE0\xA0\x80", 3, true},
            {"\xEF\xBF\xBF", 3, true},
            {"\xED\x9F\xBF", 3, true},
            {"\xEE\x80\x80", 3, true},
            {"\xF0\x90\x80\x80", 4, true},
            {"\xF4\x8F\xBF\xBF", 4, true},
            {"\x80", 1, false},
            {"\xBF", 1, false},
            {"\xC0\x80", 2, false}, /* overlong */
            {"\xC1\xBF", 2, false},
            {"\xE0\x9F\xBF", 3, false},
            {"\xF0\x8F\xBF\xBF", 4, false},
            {"\xED\xA0\x80", 3, false}, /* surrogates */
            {"\xED\xBF\xBF", 3, false},
            {"\xF4\x90\x80\x80", 4, false}, /* past U+10FFFF */
            {"\xF5\x80\x80\x80", 4, false},
            {"\xF8\x88\x80\x80\x80", 5, false},
            {"\xFF", 1, false},
            {"\xC2", 1, false}, /* torn */
            {"\xE2\x82", 2, false},
            {"\xF0\x9F\xA7", 3, false},
            {"\xC2\x41", 2, false},
            {"\xE2\x82\x41", 3, false},
            {"a\xC3\xA9z\xF0\x9F\xA7\xAC", 8, true},
            {"a\xC3\xA9z\xF0\x9F\xA7", 7, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_utf8_valid(rows[i].text, rows[i].len) != rows[i].good)
            fail_msg("row %zu", i);
    /* After ASCII text of any length, and before it. */
    for (i = 0; i < 9 * sizeof rows / sizeof rows[0]; i++) {
        size_t before = i % 9 * 3, row = i / 9;
        char text[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

        memcpy(text + before, rows[row].text, rows[row].len);
        memset(text + before + rows[row].len, 'z', before);
        if (str_utf8_valid(text, 2 * before + rows[row].len) != rows[row].good)
            fail_msg("row %zu after %zu letters", row, before);
    }
    assert_int_equal(str_utf8_sequence("a", 1), 1);
    assert_int_equal(str_utf8_sequence("\xC3\xA9xx", 4), 2);
    assert_int_equal(str_utf8_sequence("\xE2\x82\xAC", 3), 3);
    assert_int_equal(str_utf8_sequence("\xF0\x9F\xA7\xAC", 4), 4);
    assert_int_equal(str_utf8_sequence("\xF0\x9F\xA7\xAC", 3), 0);
}

static void test_distance(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned edits;
    } rows[] = {
            {"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"maxItemPerBatch", "maxItemsPerBatch", 1},
            {"maxItemsPerbatch", "maxItemsPerBatch", 0}, {"kitten", "sitting", 3}, {"ab", "ba", 1},
            {"tags", "gats", 2}, {"rnu", "run", 1}, {"wrok", "work", 1},
            {"endpiont-ulr", "endpoint-url", 2}, {"ca", "abc", 3}, /* a part is edited once only */
    };
    char longest[65], longer[65];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(str_distance(rows[i].a, rows[i].b), rows[i].edits);
        assert_int_equal(str_distance(rows[i].b, rows[i].a), rows[i].edits);
    }
    memset(longest, 'a', sizeof longest);
    memset(longer, 'b', sizeof longer);
    longest[63] = '\0';
    longer[64] = '\0';
    assert_int_equal(str_distance(longest, longest), 0);
    assert_true(str_distance(longest, longer) >= 100);
}

static void test_is_near(void **state)
{
    static const struct {
        unsigned edits;
        const char *name;
        bool near;
    } rows[] = {
            {0, "", true},
            {1, "a", false},
            {1, "to", true},
            {1, "run", true},
            {2, "run", false},
            {2, "copy", true},
            {3, "status", true},
            {3, "start", false},
            {4, "max-requests-per-second", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(str_is_near(rows[i].edits, rows[i].name), rows[i].near);
}

static void test_plural(void **state)
{
    (void)state;
    assert_string_equal(str_plural(0), "s");
    assert_string_equal(str_plural(1), "");
    assert_string_equal(str_plural(2), "s");
    assert_string_equal(str_plural(UINT64_MAX), "s");
}

static void test_json_quote(void **state)
{
    static const struct {
        const char *plain, *quoted;
    } rows[] = {
            {"", "\"\""},
            {"abc", "\"abc\""},
            {"a\"b\\c", "\"a\\\"b\\\\c\""},
            {"\\", "\"\\\\\""},
            {"\x01\n\x1F", "\"\\u0001\\u000a\\u001f\""},
            {"\x7F/", "\"\x7F/\""},
            {"\xC3\xA9", "\"\xC3\xA9\""},
            {"\"\"", "\"\\\"\\\"\""},
    };
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 100);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&b);
        str_json_quote(&b, rows[i].plain);
        assert_string_equal(buf_str(&b), rows[i].quoted);
    }
    buf_free(&b);
}

static void test_show(void **state)
{
    char text[402];
    struct buf b;
    size_t i;

    (void)state;
    buf_init(&b, 1000);
    assert_string_equal(str_show(&b, "plain key", 9), "plain key");
    assert_string_equal(str_show(&b, "a\nb\x7F\xFF\xC3\xA9", 7), "a\\x0ab\\x7f\\xff\xC3\xA9");
    assert_string_equal(str_show(&b,
                                "\xC2\x9B"
                                "31m\xC2\xA0",
                                7),
            "\\xc2\\x9b31m\xC2\xA0");
    /* Characters that are not seen, or turn the direction of those that follow: report\u202efdp.exe
     */
    assert_string_equal(str_show(&b,
                                "report\xE2\x80\xAE"
                                "fdp",
                                12),
            "report\\xe2\\x80\\xaefdp");
    assert_string_equal(str_show(&b, "\xE2\x82\xAC\xE2\x80\x8B", 6), "\xE2\x82\xAC\\xe2\\x80\\x8b");
    assert_string_equal(str_show(&b, "", 0), "");
    /* Cut, and never within a character. */
    for (i = 0; i < 401; i++)
        text[i] = i == 0 ? 'a' : i % 2 ? '\xC3' : '\xA9';
    text[401] = '\0';
    str_show(&b, text, 401);
    assert_true(b.len <= 204 && b.len >= 200);
    assert_true(str_ends(buf_str(&b), "\xE2\x80\xA6"));
    assert_true(str_utf8_valid(buf_str(&b), b.len));
    buf_free(&b);
}

static void test_bytes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
            {0, "0 B"},
            {1023, "1023 B"},
            {1024, "1.00 KiB"},
            {1234567, "1.18 MiB"},
            {(uint64_t)5 << 30, "5.00 GiB"},
            {(uint64_t)50 << 40, "50.00 TiB"},
            {UINT64_MAX, "16384.00 PiB"},
    };
    char text[32], tiny[4];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(str_bytes(text, sizeof text, rows[i].bytes), rows[i].text);
    assert_string_equal(str_bytes(tiny, sizeof tiny, 1234567), "1.1");
}

static void test_dup(void **state)
{
    char *copy = str_dup_n("abcdef", 3);

    (void)state;
    assert_string_equal(copy, "abc");
    free(copy);
    copy = str_dup_n("", 0);
    assert_string_equal(copy, "");
    free(copy);
}

static void test_copy(void **state)
{
    char to[4] = "xyz";

    (void)state;
    str_copy(to, sizeof to, "");
    assert_string_equal(to, "");
    str_copy(to, sizeof to, "abc");
    assert_string_equal(to, "abc");
    str_copy(to, sizeof to, "defg");
    assert_string_equal(to, "def");
    str_copy(to, 1, "h");
    assert_string_equal(to, "");
}

static void test_matches_any(void **state)
{
    static const struct {
        const char *patterns, *s;
        bool matches;
    } rows[] = {
            {"data", "data", true},
            {"data", "data-1", false},
            {"data", "dat", false},
            {"data-*", "data-", true},
            {"data-*", "data-1-2", true},
            {"data-*", "data", false},
            {"*", "", true},
            {"*", "anything", true},
            {"**", "anything", true},
            {"a?c", "abc", true},
            {"a?c", "ac", false},
            {"*-x-*", "a-x-b-x", true},
            {"*-x-*", "a-x", false},
            {"a*b*c", "abbcbbc", true},
            {"a*b*c", "abbcbb", false},
            {"*ab", "aab", true},
            {"one,two-*", "two-2", true},
            {"one,two-*", "one", true},
            {"one,two-*", "one,two-2", false},
            {",", "", false},
            {",,b", "b", true},
            {"", "b", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_matches_any(rows[i].patterns, rows[i].s) != rows[i].matches)
            fail_msg("%s: %s", rows[i].patterns, rows[i].s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_starts_ends),
            cmocka_unit_test(test_same),
            cmocka_unit_test(test_matches_any),
            cmocka_unit_test(test_parse_u64),
            cmocka_unit_test(test_parse_duration),
            cmocka_unit_test(test_uri),
            cmocka_unit_test(test_uri_all_bytes),
            cmocka_unit_test(test_uri_decode),
            cmocka_unit_test(test_hex),
            cmocka_unit_test(test_utf8),
            cmocka_unit_test(test_distance),
            cmocka_unit_test(test_is_near),
            cmocka_unit_test(test_plural),
            cmocka_unit_test(test_json_quote),
            cmocka_unit_test(test_show),
            cmocka_unit_test(test_bytes),
            cmocka_unit_test(test_dup),
            cmocka_unit_test(test_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
