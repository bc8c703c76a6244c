#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/flat_json.h"
#include "base/str.h"

/* A copy of the text that ends where its memory does, so that valgrind sees reading on. */
static struct flat_json begin(const char *text, char **memory)
{
    size_t len = strlen(text);

    *memory = malloc(len ? len : 1);
    assert_non_null(*memory);
    memcpy(*memory, text, len);
    return flat_json_begin(*memory, len);
}

static void test_skip(void **state)
{
    char *memory;
    struct flat_json f = begin("{\"a\":}", &memory);

    (void)state;
    assert_false(FLAT_JSON_SKIP(&f, "{\"b\":"));
    assert_false(FLAT_JSON_SKIP(&f, "{\"a\":} "));
    assert_true(FLAT_JSON_SKIP(&f, "{\"a\":"));
    assert_false(flat_json_is_over(&f));
    assert_true(FLAT_JSON_SKIP(&f, "}"));
    assert_true(flat_json_is_over(&f));
    assert_false(FLAT_JSON_SKIP(&f, "}"));
    free(memory);
}

static void test_count(void **state)
{
    static const struct {
        const char *text;
        uint64_t most;
        bool is;
        uint64_t value;
        size_t left; /* bytes behind it */
    } rows[] = {
            {"0", 0, true, 0, 0},
            {"0}", UINT64_MAX, true, 0, 1},
            {"7,", 7, true, 7, 1},
            {"8", 7, false, 0, 0},
            {"70", 7, false, 0, 0},
            {"1.5", 7, true, 1, 2}, /* the point is for the caller to refuse */
            {"4294967295", UINT32_MAX, true, UINT32_MAX, 0},
            {"4294967296", UINT32_MAX, false, 0, 0},
            {"9223372036854775807", INT64_MAX, true, INT64_MAX, 0},
            {"9223372036854775808", INT64_MAX, false, 0, 0},
            {"9999999999999999999", UINT64_MAX, true, UINT64_C(9999999999999999999), 0},
            {"18446744073709551615", UINT64_MAX, false, 0, 0}, /* has a digit too many */
            {"18446744073709551616", UINT64_MAX, false, 0, 0},
            {"99999999999999999999999", UINT64_MAX, false, 0, 0},
            {"", 7, false, 0, 0},
            {"-1", 7, false, 0, 0},
            {"+1", 7, false, 0, 0},
            {"01", 7, false, 0, 0},
            {"00", 7, false, 0, 0},
            {" 1", 7, false, 0, 0},
            {"x", 7, false, 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *memory;
        struct flat_json f = begin(rows[i].text, &memory);
        uint64_t value = 0;

        assert_int_equal(flat_json_count(&f, rows[i].most, &value), rows[i].is);
        assert_int_equal(value, rows[i].value);
        if (rows[i].is)
            assert_int_equal(f.end - f.at, rows[i].left);
        free(memory);
    }
}

/* A digit behind the end belongs to somebody else. */
static void test_count_ends(void **state)
{
    struct flat_json f = flat_json_begin("12", 1);
    uint64_t value = 0;

    (void)state;
    assert_true(flat_json_count(&f, 9, &value));
    assert_int_equal(value, 1);
    assert_true(flat_json_is_over(&f));
}

static void test_thousandths(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
            {"0.000", true},
            {"0.001", true},
            {"0.500}", true},
            {"1.005", true},
            {"86399.999,", true},
            {"123456789012.345", true},
            {"999999999999.999", true},
            {"1234567890123.456", false}, /* more digits than a double holds for sure */
            {"1.00", false},
            {"1.", false},
            {"1", false},
            {".500", false},
            {"01.500", false},
            {"-1.500", false},
            {"1.50e", false},
            {"1e3", false},
            {"nan", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *memory;
        struct flat_json f = begin(rows[i].text, &memory);
        double value = -1;

        assert_int_equal(flat_json_thousandths(&f, &value), rows[i].is);
        if (rows[i].is)
            assert_true(value == strtod(rows[i].text, NULL));
        free(memory);
    }
}

static void test_text(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* NULL: it is none of ours */
    } rows[] = {
            {"\"\"", ""},
            {"\"abc\"", "abc"},
            {"\"a\\\"b\\\\c\"", "a\"b\\c"},
            {"\"\\u0001\\u000a\\u001f\"", "\x01\n\x1F"},
            {"\"\x7F \xC3\xA9\xF0\x9F\x90\xA8\xEF\xBF\xBF\"",
                    "\x7F \xC3\xA9\xF0\x9F\x90\xA8\xEF\xBF\xBF"},
            {"", NULL},
            {"\"", NULL},
            {"\"abc", NULL},
            {"abc\"", NULL},
            {"\"\\", NULL},
            {"\"\\\"", NULL},
            {"\"\\u00", NULL},
            {"\"\\u001", NULL},
            {"\"\\u0000\"", NULL}, /* no C string holds it */
            {"\"\\u001F\"", NULL}, /* JSON, but not as the writer has it; so are the next */
            {"\"\\n\"", NULL},
            {"\"\\/\"", NULL},
            {"\"\\u0041\"", NULL},
            {"\"\\u00e9\"", NULL},
            {"\"\\u0020\"", NULL},
            {"\"\\ud83d\\ude00\"", NULL},
            {"\"\n\"", NULL}, /* no JSON; so are the next */
            {"\"\x1F\"", NULL},
            {"\"\x80\"", NULL},
            {"\"\xC3\"", NULL},
            {"\"\xC0\xAF\"", NULL},
            {"\"\xED\xA0\x80\"", NULL},
            {"\"\xF4\x90\x80\x80\"", NULL},
            {"\"\xFF\"", NULL},
    };
    char room[64], *copy, *memory;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct flat_json f = begin(rows[i].text, &memory);
        struct flat_text text;

        assert_int_equal(flat_json_text(&f, &text), rows[i].value != NULL);
        if (rows[i].value) {
            assert_true(flat_json_is_over(&f));
            copy = flat_text_dup(&text);
            assert_string_equal(copy, rows[i].value);
            assert_true(flat_text_copy(&text, room, sizeof room));
            assert_string_equal(room, rows[i].value);
            assert_false(flat_text_copy(&text, room, text.len));
            free(copy);
        }
        free(memory);
    }
}

static void test_text_is(void **state)
{
    char *memory;
    struct flat_json f = begin("\"COPIED\"", &memory);
    struct flat_text text;

    (void)state;
    assert_true(flat_json_text(&f, &text));
    assert_true(flat_text_is(&text, "COPIED"));
    assert_false(flat_text_is(&text, "COPIE"));
    assert_false(flat_text_is(&text, "COPIEDX"));
    assert_false(flat_text_is(&text, ""));
    free(memory);
}

/* Each byte at each place of a long text: what is taken is the same as in a short one. */
static void test_long_text(void **state)
{
    char text[40], *memory;
    struct flat_text found;
    size_t at;
    int c;

    (void)state;
    for (at = 1; at < 30; at++)
        for (c = 1; c < 0x100; c++) {
            bool is_plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
            struct flat_json f;

            memset(text, 'a', sizeof text);
            text[0] = text[31] = '"';
            text[32] = '\0';
            text[at] = (char)c;
            f = begin(text, &memory);
            assert_int_equal(flat_json_text(&f, &found), is_plain || c == '"');
            if (is_plain || c == '"')
                assert_int_equal(found.len, c == '"' ? at - 1 : 30);
            free(memory);
        }
}

/* Whatever str_json_quote() makes is read as what it was: each byte, alone and among others. */
static void test_reverse(void **state)
{
    char text[8], *copy;
    struct flat_text found;
    struct flat_json f;
    struct buf out;
    int c;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    for (c = 1; c < 0x80; c++) {
        snprintf(text, sizeof text, "a%c\xC3\xA9%c", c, c);
        buf_clear(&out);
        str_json_quote(&out, text);
        f = flat_json_begin(buf_str(&out), out.len);
        assert_true(flat_json_text(&f, &found) && flat_json_is_over(&f));
        copy = flat_text_dup(&found);
        assert_string_equal(copy, text);
        free(copy);
    }
    buf_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_skip),
            cmocka_unit_test(test_count),
            cmocka_unit_test(test_count_ends),
            cmocka_unit_test(test_thousandths),
            cmocka_unit_test(test_text),
            cmocka_unit_test(test_text_is),
            cmocka_unit_test(test_long_text),
            cmocka_unit_test(test_reverse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
