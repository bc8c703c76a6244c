/* Texts of others are text in the page, wherever they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/page/page_text.h"

static const struct {
    const char *text;
    size_t len; /* 0: up to the NUL */
    const char *html, *json;
} rows[] = {
        {"", 0, "", ""},
        {"a/b c.bam", 0, "a/b c.bam", "a/b c.bam"},
        {"<script>", 0, "&lt;script&gt;", "\\u003cscript\\u003e"},
        {"</script>", 0, "&lt;/script&gt;", "\\u003c/script\\u003e"},
        {"<!--", 0, "&lt;!--", "\\u003c!--"},
        {"]]>", 0, "]]&gt;", "]]\\u003e"},
        {"&amp;", 0, "&amp;amp;", "\\u0026amp;"},
        {"\"'", 0, "&quot;&#39;", "\\\"'"},
        {"a\\b", 0, "a\\b", "a\\\\b"},
        {"\xC3\xA9\xF0\x9F\x98\x80", 0, "\xC3\xA9\xF0\x9F\x98\x80", "\xC3\xA9\xF0\x9F\x98\x80"},
        /* U+2028 and U+2029 end a line in some scripts; U+202E turns what follows. */
        {"\xE2\x80\xA8\xE2\x80\xA9", 0, "\\u{2028}\\u{2029}", "\\\\u{2028}\\\\u{2029}"},
        {"\xE2\x80\xAE", 0, "\\u{202e}", "\\\\u{202e}"},
        {"\t\r\n\x7F", 0, "\\u{9}\\u{d}\\u{a}\\u{7f}", "\\\\u{9}\\\\u{d}\\\\u{a}\\\\u{7f}"},
        {"\xC2\x9B", 0, "\\u{9b}", "\\\\u{9b}"},
        {"a\0b", 3, "a\\u{0}b", "a\\\\u{0}b"},
        /* No UTF-8: a lone byte, a cut sequence, an overlong form, a surrogate. */
        {"\xFF", 0, "\\x{ff}", "\\\\x{ff}"},
        {"a\xE2\x80", 0, "a\\x{e2}\\x{80}", "a\\\\x{e2}\\\\x{80}"},
        {"\xC0\xBC", 0, "\\x{c0}\\x{bc}", "\\\\x{c0}\\\\x{bc}"},
        {"\xED\xA0\x80", 0, "\\x{ed}\\x{a0}\\x{80}", "\\\\x{ed}\\\\x{a0}\\\\x{80}"},
};

static void test_rows(void **state)
{
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = rows[i].len ? rows[i].len : strlen(rows[i].text);

        buf_clear(&out);
        page_html(&out, rows[i].text, len);
        assert_string_equal(buf_str(&out), rows[i].html);
        buf_clear(&out);
        page_json(&out, rows[i].text, len);
        assert_string_equal(buf_str(&out), rows[i].json);
    }
    buf_free(&out);
}

/* No byte, alone or beside any other, leaves a character that means something to HTML. */
static void test_pairs(void **state)
{
    unsigned a, b;
    struct buf out;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            const char text[2] = {(char)a, (char)b};

            buf_clear(&out);
            page_html(&out, text, 2);
            assert_null(strpbrk(buf_str(&out), "<>\"'\n\t"));
            assert_int_equal(strlen(buf_str(&out)), out.len);
            buf_clear(&out);
            page_json(&out, text, 2);
            assert_null(strpbrk(buf_str(&out), "<>&\n\t"));
            assert_int_equal(strlen(buf_str(&out)), out.len);
        }
    }
    buf_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
