#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "plan/mistakes.h"

/* --- first bytes --- */

#define HEAD(text, expected)             \
    {                                    \
        text, sizeof(text) - 1, expected \
    }

static void test_bytes(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        enum mistake expected;
    } rows[] = {
            HEAD("", MISTAKE_NONE),
            HEAD("src,key\n", MISTAKE_NONE),
            HEAD("\"src\",\"key\"\n", MISTAKE_NONE),
            HEAD("src,key", MISTAKE_NONE),
            HEAD("xyz,\xc3\xa9\n", MISTAKE_NONE),
            HEAD("s3://src/key\n", MISTAKE_NONE),
            HEAD("Bucket,Key\n", MISTAKE_NONE),
            HEAD("PK\3", MISTAKE_NONE),
            HEAD("PK\3\4", MISTAKE_ZIP),
            HEAD("PK\3\4....................................xl/[Content_Types].xml", MISTAKE_XLSX),
            HEAD("x\x9c\n", MISTAKE_ZLIB),
            HEAD("x\x01\n", MISTAKE_ZLIB),
            HEAD("x\xda\n", MISTAKE_ZLIB),
            HEAD("src\0key\0\0\0\0\0", MISTAKE_NULS),
            HEAD("src,a\0src,b\0", MISTAKE_NULS), /* as find -print0 writes */
            HEAD("src,a\0\nsrc,b\n", MISTAKE_NONE),
            HEAD("src,a\0\nsrc,b\0\n", MISTAKE_NULS),
            HEAD("src,a\nsrc,b\0\nsrc,c\0\n", MISTAKE_NONE), /* its first row is good */
            HEAD("S3://src/a\x1b[1m\n", MISTAKE_NONE),
            HEAD("src\t\x01key\x02\nsrc\tkeys\n", MISTAKE_NONE),
            HEAD("src,\xe9t\xe9\nsrc,\xe8\n", MISTAKE_NONE),      /* ISO 8859-1 */
            HEAD("src,\x83\x65\x83\x58\x83\x67\n", MISTAKE_NONE), /* Shift JIS */
            HEAD("src,\x1b$B%F%9%H\x1b(B\n", MISTAKE_NONE),       /* ISO 2022 JP */
            HEAD("src,\xc3\xa9\x01\xc3", MISTAKE_NONE),           /* cut in a character */
            HEAD("\1\2\3abc", MISTAKE_BINARY),
            HEAD("GIF89a\1\0\1\0\x80\0\0\xff\xff\xff", MISTAKE_BINARY),
            HEAD("\0asm\1\0\0\0", MISTAKE_BINARY),
            HEAD("\xca\xfe\xba\xbe\0\0\0\x41", MISTAKE_BINARY), /* a Java class */
            HEAD("\x8b\x1f\x9e\x04\xb2\xf0\x77\xd4\x11\xe6\x93\xa0", MISTAKE_BINARY),
            HEAD("s\0r\0c\0,\0", MISTAKE_UTF16),
            HEAD("\0s\0r\0c\0,", MISTAKE_UTF16),
            HEAD("s\0\0\0r\0\0\0", MISTAKE_UTF32),
            HEAD("s\0r\0", MISTAKE_NULS), /* too little to tell UTF-16 */
            HEAD("\xff\xfe", MISTAKE_UTF16),
            HEAD("\xff\xfe\0\0", MISTAKE_UTF32),
            HEAD("\xef\xbb\xbf {\"a\":1}", MISTAKE_JSON),
            HEAD(" \r\n\t[", MISTAKE_JSON),
            HEAD("{\"sourceBucket\":\"a\",\"sourceKey\":\"b\"}", MISTAKE_INSTRUCTIONS),
            HEAD("{\"destinationBucket\":\"arn:aws:s3:::b\"}", MISTAKE_INVENTORY),
            HEAD("{\"destinationBucket\":\"b\"}", MISTAKE_INPUT),
            HEAD("<html>", MISTAKE_MARKUP),
            HEAD("<Error><Code>NoSuchKey</Code></Error>", MISTAKE_S3_ERROR),
    };
    char tar[MISTAKE_HEAD_BYTES] = "files.csv", text[MISTAKE_HEAD_BYTES];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (mistake_of_bytes(rows[i].data, rows[i].len) != rows[i].expected)
            fail_msg("row %zu: %d, not %d", i, mistake_of_bytes(rows[i].data, rows[i].len),
                    rows[i].expected);
    memcpy(tar + 257, "ustar", 5);
    assert_int_equal(mistake_of_bytes(tar, sizeof tar), MISTAKE_TAR);
    /* The same word at the same place of a list is a key's. */
    memset(text, 'k', sizeof text);
    memcpy(text, "src,", 4);
    memcpy(text + 257, "ustar", 5);
    text[300] = '\n';
    assert_int_equal(mistake_of_bytes(text, sizeof text), MISTAKE_NONE);
}

/* A list is known as soon as its first line is there; nothing else is. */
static void test_is_text(void **state)
{
    (void)state;
    assert_true(mistake_is_text("src,k\n", 6));
    assert_true(mistake_is_text("\"src\",\tk\r\n", 10));
    assert_false(mistake_is_text("src,k", 5));
    assert_false(mistake_is_text("", 0));
    assert_false(mistake_is_text("\n", 1));
    assert_false(mistake_is_text("{\n", 2));
    assert_false(mistake_is_text("PAR1\n", 5));
    assert_false(mistake_is_text("x\x01\n", 3));
    assert_false(mistake_is_text("s\0\n", 3));
}

/* --- rows --- */

static struct csv_row row_of(unsigned columns, const char *a, const char *b)
{
    return (struct csv_row){
            .line = 1, .columns = columns, .field = {{a, strlen(a)}, {b, strlen(b)}, {"", 0}}};
}

static void test_rows(void **state)
{
    static const struct {
        unsigned columns;
        const char *a, *b;
        enum mistake expected;
    } rows[] = {
            {1, "some/key", "", MISTAKE_KEYS_ONLY},
            {1, "  ", "", MISTAKE_NONE},
            {1, "# comment", "", MISTAKE_NONE},
            {1, "src\tkey", "", MISTAKE_TABS},
            {1, "src \tkey", "", MISTAKE_TABS},
            {1, "Some\tkey", "", MISTAKE_KEYS_ONLY},
            {2, "src\tkey", "with comma", MISTAKE_TABS},
            {2, "src\t", "key", MISTAKE_BLANKS},
            {1, "src;", "", MISTAKE_KEYS_ONLY},
            {1, "src;key", "", MISTAKE_SEMICOLONS},
            {1, "src|key", "", MISTAKE_PIPES},
            {1, "2026-01-01 10:00:00   10 key", "", MISTAKE_AWS_LS},
            {2, "a/b", "src", MISTAKE_SWAPPED},
            {2, "a.txt.", "src", MISTAKE_SWAPPED},
            {2, "Src", "key", MISTAKE_BUCKET},
            {2, "a/b", "Key", MISTAKE_BUCKET},
            {2, "", "key", MISTAKE_NONE},
            {2, "s3://src", "key", MISTAKE_S3_BUCKET},
            {2, "s3://src/", "key", MISTAKE_S3_BUCKET},
            {2, "s3://src/a", "b", MISTAKE_URI_AND_MORE},
            {1, "S3://src/a", "", MISTAKE_SCHEME},
            {2, "gs://src", "a", MISTAKE_SCHEME},
            {1, "HTTPS://host/a", "", MISTAKE_WEB},
            {2, "arn:aws:s3:::src", "a", MISTAKE_ARN},
            {2, " src ", "a", MISTAKE_BLANKS},
            {2, "src/", "a", MISTAKE_SLASH},
            {2, "/", "a", MISTAKE_BUCKET},
            {2, "'src'", "'a'", MISTAKE_SINGLE_QUOTES},
            {2, "\xc2\xabsrc", "a", MISTAKE_CURLY_QUOTES},
            {2, "\\src", "a", MISTAKE_BACKSLASH_QUOTES},
            {2, "\xef\xbb\xbfsrc", "a", MISTAKE_BOM},
            {7, "src", "a", MISTAKE_COLUMNS},
            {3, "src", "a", MISTAKE_NONE},
    };
    struct csv_row sep = row_of(2, "sep=", "");
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct csv_row row = row_of(rows[i].columns, rows[i].a, rows[i].b);

        if (mistake_of_row(&row, false) != rows[i].expected)
            fail_msg("row %zu: %d, not %d", i, mistake_of_row(&row, false), rows[i].expected);
    }
    assert_int_equal(mistake_of_row(&sep, true), MISTAKE_SEP);
    assert_int_equal(mistake_of_row(&sep, false), MISTAKE_BUCKET);
}

static bool is_header(const char *a, const char *b)
{
    struct csv_row row = row_of(2, a, b);

    return mistake_is_header(&row);
}

static void test_header(void **state)
{
    (void)state;
    assert_true(is_header("bucket", "key"));
    assert_true(is_header("BUCKET", "Object Key"));
    assert_true(is_header("Bucket_Name", "object_key"));
    assert_true(is_header("Source", "path"));
    assert_false(is_header("source", "path")); /* both can be names of something */
    assert_false(is_header("bucket", "k"));
    assert_false(is_header("my-bucket", "key"));
    assert_false(is_header("", ""));
    assert_false(is_header("bucket/", "key"));
}

/* --- the list --- */

static void test_list(void **state)
{
    struct mistake_counts c = {0};
    unsigned i;

    (void)state;
    assert_int_equal(mistake_of_list(&c), MISTAKE_NONE);
    for (i = 0; i < 9; i++)
        mistakes_count(&c, MISTAKE_TABS, 10 + i);
    mistakes_count(&c, MISTAKE_NONE, 1);
    assert_int_equal(mistake_of_list(&c), MISTAKE_TABS); /* nine of ten */
    assert_int_equal(c.line[MISTAKE_TABS], 10);
    mistakes_count(&c, MISTAKE_NONE, 2);
    assert_int_equal(mistake_of_list(&c), MISTAKE_NONE);

    c = (struct mistake_counts){.good = 2, .swappable = 2};
    mistakes_count(&c, MISTAKE_SWAPPED, 1);
    assert_int_equal(mistake_of_list(&c), MISTAKE_SWAPPED);
    c.good = 3;
    assert_int_equal(mistake_of_list(&c), MISTAKE_NONE);

    c = (struct mistake_counts){.good = 1, .swappable = 1};
    mistakes_count(&c, MISTAKE_TABS, 1);
    assert_int_equal(mistake_of_list(&c), MISTAKE_NONE); /* a row is good */
}

/* Every mistake has a cause and a remedy, and no mark is left in them. */
static void test_sentences(void **state)
{
    struct buf text;
    int i;

    (void)state;
    buf_init(&text, BUF_MAX_SMALL);
    for (i = MISTAKE_NONE + 1; i < MISTAKE_COUNT; i++) {
        int words;

        for (words = INPUT_WORDS_EITHER; words <= INPUT_WORDS_OPTIONS; words++) {
            buf_clear(&text);
            mistake_say(&text, (enum mistake)i, (enum input_words)words, "shown", 5, 7);
            assert_non_null(strstr(buf_str(&text), ", as in 7 more rows; "));
            assert_null(strchr(buf_str(&text), '#'));
            if (words != INPUT_WORDS_OPTIONS)
                assert_null(strstr(buf_str(&text), "--header"));
        }
    }
    buf_clear(&text);
    mistake_say(&text, MISTAKE_COLUMNS, INPUT_WORDS_OPTIONS, "", 5, 1);
    assert_non_null(strstr(buf_str(&text), "5 columns; expected"));
    assert_non_null(strstr(buf_str(&text), ", as in 1 more row; "));
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_bytes),
            cmocka_unit_test(test_is_text),
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_header),
            cmocka_unit_test(test_list),
            cmocka_unit_test(test_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
