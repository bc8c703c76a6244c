#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "plan/manifest.h"

enum { LOG_MOST = 16 * 1024 * 1024 };

#define MISPLACED \
    "a quote in the middle of a field: quote the whole field, and double the quotes in it"
#define HEADER(word) \
    "this looks like a header (\"" word "\" in the bucket's place); --header passes over it"
#define UTF16   "0! the manifest is UTF-16; it must be UTF-8; convert it: iconv -f UTF-16 -t UTF-8\n"
#define COLUMNS "; expected bucket,key or bucket,key,versionId"
#define LONE_CR "a carriage return outside quotes and not at the end of a line"
#define OTHER   "has a character other than a-z, 0-9, '.' and '-'"

/* The rows and problems of a manifest, as text: a line "7 bucket|key|version" for a row; then the
 * problems, "7! what" each, and "+n" for those that were not kept. */
static enum err_code on_row(void *ctx, const struct manifest_row *row, struct err *e)
{
    struct buf *log = ctx;

    (void)e;
    buf_addf(log, "%" PRIu64 " %s|%s|%s\n", row->line, row->bucket, row->key,
            row->version_id ? row->version_id : "");
    return ERR_OK;
}

static bool with_header; /* of the manifests that are parsed */

static void parse(
        struct buf *log, enum key_encoding encoding, const char *data, size_t len, size_t chunk)
{
    struct problems problems;
    struct manifest *m;
    struct err e;
    size_t i;

    buf_init(log, LOG_MOST);
    problems_init(&problems);
    assert_int_equal(manifest_new(&m,
                             (struct manifest_options){.encoding = encoding,
                                     .header = with_header,
                                     .words = INPUT_WORDS_OPTIONS},
                             &problems, on_row, log, &e),
            ERR_OK);
    for (i = 0; i < len; i += chunk) {
        size_t n = len - i < chunk ? len - i : chunk;
        /* A copy of its own, so that a checker sees a read past its end. */
        char *piece = malloc(n);

        assert_non_null(piece);
        memcpy(piece, data + i, n);
        assert_int_equal(manifest_feed(m, piece, n, &e), ERR_OK);
        free(piece);
    }
    assert_int_equal(manifest_finish(m, &e), ERR_OK);
    for (i = 0; i < problems.kept_count; i++)
        buf_addf(log, "%" PRIu64 "! %s\n", problems.kept[i].line, problems.kept[i].text);
    if (problems.total > problems.kept_count)
        buf_addf(log, "+%" PRIu64 "\n", problems.total - problems.kept_count);
    assert_true(buf_ok(log));
    manifest_free(m);
    problems_free(&problems);
}

/* The same for every way to cut the bytes. false, and says so, if it is not as expected. */
static bool check(const char *name, enum key_encoding encoding, const char *data, size_t len,
        const char *expected)
{
    const size_t chunks[] = {1, 2, 3, 7, len > 0 ? len : 1};
    bool good = true;
    size_t i;

    for (i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct buf log;

        parse(&log, encoding, data, len, chunks[i]);
        if (strcmp(buf_str(&log), expected) != 0) {
            print_error("%s in pieces of %zu gives\n%s  and not\n%s", name, chunks[i],
                    buf_str(&log), expected);
            good = false;
        }
        buf_free(&log);
    }
    return good;
}

struct row {
    const char *data;
    size_t len;
    const char *expected;
};

#define ROW(data, expected)              \
    {                                    \
        data, sizeof(data) - 1, expected \
    }

static void check_all(const struct row *rows, size_t count, enum key_encoding encoding)
{
    size_t i, failed = 0;

    for (i = 0; i < count; i++)
        if (!check(rows[i].data, encoding, rows[i].data, rows[i].len, rows[i].expected))
            failed++;
    assert_int_equal(failed, 0);
}

static void test_good(void **state)
{
    static const struct row rows[] = {
            ROW("src,k\n", "1 src|k|\n"),
            ROW("src,k", "1 src|k|\n"),
            ROW("src,k\r\n", "1 src|k|\n"),
            ROW("src,k\r", "1 src|k|\n"),
            ROW("\"src\",\"a/k\"\n\"src\",\"b\"\n", "1 src|a/k|\n2 src|b|\n"),
            ROW("\"src\",\"a/k\"\r\n\"src\",\"b\"\r\n", "1 src|a/k|\n2 src|b|\n"),
            ROW("\"src\",\"a/k\"\r\n\"src\",\"b\"", "1 src|a/k|\n2 src|b|\n"),
            ROW("\xef\xbb\xbfsrc,k\n", "1 src|k|\n"),
            ROW("\xef\xbb\xbf\"src\",k\n", "1 src|k|\n"),
            ROW("src,k,v.1_-\n", "1 src|k|v.1_-\n"),
            ROW("src,k,\nsrc,k,\"\"\nsrc,k,null\n", "1 src|k|\n2 src|k|\n3 src|k|null\n"),
            ROW("\n\r\n\nsrc,k\n\n\r\nsrc,l\n\n", "4 src|k|\n7 src|l|\n"),
            ROW("src, a b \t\nsrc,\" c \"\n", "1 src| a b \t|\n2 src| c |\n"),
            ROW("src,\"a,b\"\nsrc,\"a\"\"b\"\nsrc,\"\"\"\"\n",
                    "1 src|a,b|\n2 src|a\"b|\n3 src|\"|\n"),
            ROW("src,\"a\nb\"\nsrc,\"a\r\nb\r\"\r\nsrc,\"\n\n\n\"\nsrc,k\n",
                    "1 src|a\nb|\n3 src|a\r\nb\r|\n5 src|\n\n\n|\n9 src|k|\n"),
            ROW("src,a%20b+c%zz\n", "1 src|a%20b+c%zz|\n"),
            ROW("src,é\xf0\x9f\x90\xa8\n", "1 src|é\xf0\x9f\x90\xa8|\n"),
            ROW("src,a/\nsrc,/\nsrc,//a/../b\n", "1 src|a/|\n2 src|/|\n3 src|//a/../b|\n"),
            ROW("src,k\nbucket,key\n", "1 src|k|\n2 bucket|key|\n"),
            ROW("bucket,k\n", "1 bucket|k|\n"),
    };

    (void)state;
    check_all(rows, sizeof rows / sizeof rows[0], KEY_ENCODING_NONE);
}

static void test_bad(void **state)
{
    static const struct row rows[] = {
            ROW("", "0! the manifest is empty: it has no rows\n"),
            ROW("\xef\xbb\xbf", "0! the manifest is empty: it has no rows\n"),
            ROW("\n\r\n\n", "0! the manifest is empty: it has no rows\n"),
            ROW("src\n", "1! 1 column" COLUMNS "\n"),
            ROW("src,k\n \n", "1 src|k|\n2! 1 column" COLUMNS "\n"),
            ROW("src,k,v,x\n", "1! 4 columns" COLUMNS "\n"),
            ROW("src,a,b,c,d,e,f\nsrc,k\n", "2 src|k|\n1! 7 columns" COLUMNS "\n"),
            ROW(",k\n", "1! the bucket is empty\n"),
            ROW("\"\",k\n", "1! the bucket is empty\n"),
            ROW("src,\n", "1! the key is empty\n"),
            ROW("src,\"\"\n", "1! the key is empty\n"),
            ROW("src,", "1! the key is empty\n"),
            ROW(",\n", "1! the bucket is empty\n"),
            ROW("Src,k\n", "1! the bucket \"Src\" has an upper-case letter\n"),
            ROW("s3://src,k\n",
                    "1! the bucket \"s3://src\" is an address; write its name alone (bucket,key), or whole "
                    "addresses (s3://bucket/key) as the only column: sed 's|^s3://||'\n"),
            ROW(" src,k\n", "1! there are blanks around the bucket \" src\"; remove them\n"),
            ROW("src\t,k\n", "1! there are blanks around the bucket \"src\\x09\"; remove them\n"),
            ROW("src;k\n",
                    "1! semicolons divide the columns, and there is 1 column for CSV; make it CSV "
                    "with commas: tr ';' ,\n"),
            ROW("src,a\0b\n", "1! the key \"a\\x00b\" has a NUL byte\n"),
            ROW("sr\0c,a\n", "1! the bucket \"sr\\x00c\" " OTHER "\n"),
            ROW("src,k,v\0\n", "1! the version id \"v\\x00\" has a character that no version id "
                               "has\n"),
            ROW("src,k,v w\n",
                    "1! the version id \"v w\" has a character that no version id has\n"),
            ROW("src,caf\xe9\n", "1! the key \"caf\\xe9\" is not UTF-8\n"),
            ROW("bucket,key\nsrc,k\n", "2 src|k|\n1! " HEADER("bucket") "\n"),
            ROW("\xef\xbb\xbf\n\"Bucket\",\"Key\",\"VersionId\"\r\nsrc,k\n",
                    "3 src|k|\n2! " HEADER("Bucket") "\n"),
            ROW("BUCKET,KEY,SIZE,ETAG\n", "1! " HEADER("BUCKET") "\n"),
            ROW("\xff\xfes\0r\0c\0,\0k\0\n\0", UTF16),
            ROW("\xfe\xff\0s\0r\0c\0,\0k\0\n", UTF16),
            ROW("\xff\xfe", UTF16),
            ROW("src,a\"b\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("src,a\"\"b\"c\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("src,\"a\"b\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("src, \"a\"\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("src,\"a\" \nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("\"src\" ,\"a\"\r\nsrc,k\r\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("src,\"a\nsrc,\"b\"\nsrc,k\n",
                    "3 src|k|\n1! " MISPLACED
                    " (the row goes on to line 2; a closing quote may be missing)\n"),
            ROW("src,j\nsrc,\"a\nb\"c\nsrc,k\n",
                    "1 src|j|\n4 src|k|\n2! " MISPLACED
                    " (the row goes on to line 3; a closing quote may be missing)\n"),
            ROW("src,\"a\n\nb\n", "1! a closing quote is missing\n"),
            ROW("src,\"a", "1! a closing quote is missing\n"),
            ROW("src,k\n\"", "1 src|k|\n2! a closing quote is missing\n"),
            ROW("src,a\rb\nsrc,k\n", "2 src|k|\n1! " LONE_CR "\n"),
            ROW("src,a\rsrc,b\rsrc,c\r", "1! " LONE_CR "\n"),
            ROW("src,a\r\r\nsrc,k\n", "2 src|k|\n1! " LONE_CR "\n"),
            ROW("\rsrc,a\nsrc,k\n", "2 src|k|\n1! " LONE_CR "\n"),
            ROW("src,\"a\"\rb\nsrc,k\n", "2 src|k|\n1! " LONE_CR "\n"),
            ROW("src,a\"b\rc\r\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("src,a\"\"b\rc\r\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"),
            ROW("\r\nsrc,k\nx\n\ny,\n", "2 src|k|\n3! 1 column" COLUMNS "\n"
                                        "5! the bucket \"y\" is shorter than 3 characters\n"),
    };

    (void)state;
    check_all(rows, sizeof rows / sizeof rows[0], KEY_ENCODING_NONE);
}

static void test_url(void **state)
{
    static const struct row rows[] = {
            ROW("src,a%2Fb+c%20d%2be\n", "1 src|a/b c d+e|\n"),
            ROW("\"src\",\"%F0%9F%90%A8%22\"\n", "1 src|\xf0\x9f\x90\xa8\"|\n"),
            ROW("src,plain/key-1.txt,a%20b\n", "1 src|plain/key-1.txt|a%20b\n"),
            ROW("src,a%\nsrc,%2\nsrc,%zz\nsrc,k\n",
                    "4 src|k|\n1! the key \"a%\" has a % that is not followed by two hex digits\n"
                    "2! the key \"%2\" has a % that is not followed by two hex digits\n"
                    "3! the key \"%zz\" has a % that is not followed by two hex digits\n"),
            ROW("src,a%00b\n", "1! the key \"a%00b\" has a NUL byte\n"),
            ROW("src,%e9\n", "1! the key \"%e9\" is not UTF-8\n"),
            ROW("s%72c,k\n", "1! the bucket \"s%72c\" " OTHER "\n"),
            ROW("src,a%0Ab\nsrc,a%0D\n", "1 src|a\nb|\n2 src|a\r|\n"),
    };

    (void)state;
    check_all(rows, sizeof rows / sizeof rows[0], KEY_ENCODING_URL);
}

static void add_times(struct buf *b, const char *s, size_t times)
{
    while (times-- > 0)
        buf_adds(b, s);
}

static void test_long_keys(void **state)
{
    struct buf data, expected;

    (void)state;
    buf_init(&data, LOG_MOST);
    buf_init(&expected, LOG_MOST);
    buf_adds(&data, "src,");
    add_times(&data, "k", 1024);
    buf_adds(&data, "\nsrc,");
    add_times(&data, "k", 1025);
    buf_adds(&data, "\nsrc,k,");
    add_times(&data, "v", 1024);
    buf_adds(&data, "\nsrc,k,");
    add_times(&data, "v", 1025);

    buf_adds(&expected, "1 src|");
    add_times(&expected, "k", 1024);
    buf_adds(&expected, "|\n3 src|k|");
    add_times(&expected, "v", 1024);
    buf_adds(&expected, "\n2! the key \"");
    add_times(&expected, "k", 200);
    buf_adds(&expected, "…\" is longer than 1,024 bytes\n4! the version id \"");
    add_times(&expected, "v", 200);
    buf_adds(&expected, "…\" is longer than 1,024 bytes\n");
    assert_true(check("long keys", KEY_ENCODING_NONE, data.data, data.len, buf_str(&expected)));

    /* 1,024 bytes are 3,072 when encoded. */
    buf_clear(&data);
    buf_clear(&expected);
    buf_adds(&data, "src,");
    add_times(&data, "%6B", 1024);
    buf_adds(&data, "\n");
    buf_adds(&expected, "1 src|");
    add_times(&expected, "k", 1024);
    buf_adds(&expected, "|\n");
    assert_true(check("encoded keys", KEY_ENCODING_URL, data.data, data.len, buf_str(&expected)));
    buf_free(&data);
    buf_free(&expected);
}

/* Rows of just the length allowed, and longer ones of all kinds. */
static void test_long_rows(void **state)
{
    static const struct {
        const char *begin, *middle;
        size_t times;
        const char *end;
        const char *expected;
    } rows[] = {
            {"x", "x", 65534, "x\nsrc,k\n", "2 src|k|\n1! 1 column" COLUMNS "\n"},
            {"x", "x", 65535, "x\nsrc,k\n", "2 src|k|\n1! the row is longer than 65,536 bytes\n"},
            {"x", "x", 65534, "x\r\nsrc,k\n", "2 src|k|\n1! 1 column" COLUMNS "\n"},
            {"src,", "x", 70000, "\nsrc,k\n", "2 src|k|\n1! the row is longer than 65,536 bytes\n"},
            {"src,", ",", 70000, "\nsrc,k\n", "2 src|k|\n1! the row is longer than 65,536 bytes\n"},
            {"src,a\"", "x", 70000, "\nsrc,k\n", "2 src|k|\n1! " MISPLACED "\n"},
    };
    struct buf data;
    size_t i, failed = 0;

    (void)state;
    buf_init(&data, LOG_MOST);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&data);
        buf_adds(&data, rows[i].begin);
        add_times(&data, rows[i].middle, rows[i].times);
        buf_adds(&data, rows[i].end);
        if (!check(rows[i].begin, KEY_ENCODING_NONE, data.data, data.len, rows[i].expected))
            failed++;
    }
    buf_free(&data);
    assert_int_equal(failed, 0);
}

/* A quote that is not closed swallows whole lines, up to the longest row there can be. */
static void test_unclosed_quote(void **state)
{
    struct buf data;
    size_t i;

    (void)state;
    buf_init(&data, LOG_MOST);
    buf_adds(&data, "src,\"\n");
    for (i = 0; i < 8; i++) {
        add_times(&data, "x", 9999);
        buf_addc(&data, '\n');
    }
    buf_adds(&data, "src,k\n");
    /* Lines 2 to 7 are 60,006 bytes with the first; the limit lies on line 8. */
    assert_true(check("unclosed", KEY_ENCODING_NONE, data.data, data.len,
            "10 src|k|\n1! the row is longer than 65,536 bytes (the row goes on to line 8; a "
            "closing quote may be missing)\n9! 1 column" COLUMNS "\n"));
    buf_free(&data);
}

static void test_many_problems(void **state)
{
    struct buf data, expected;
    unsigned i;

    (void)state;
    buf_init(&data, LOG_MOST);
    buf_init(&expected, LOG_MOST);
    for (i = 0; i < 250; i++)
        buf_adds(&data, "bad\n");
    buf_adds(&data, "src,k\n");
    buf_adds(&expected, "251 src|k|\n");
    for (i = 0; i < 100; i++)
        buf_addf(&expected, "%u! 1 column" COLUMNS "\n", i + 1);
    buf_adds(&expected, "+150\n");
    assert_true(check("many", KEY_ENCODING_NONE, data.data, data.len, buf_str(&expected)));
    buf_free(&data);
    buf_free(&expected);
}

/* Appends a gzip member with data. */
static void gzip(struct buf *out, const char *data, size_t len)
{
    z_stream z = {0};
    unsigned char chunk[4096];
    int rc;

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    do {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        rc = deflate(&z, Z_FINISH);
        buf_add(out, chunk, sizeof chunk - z.avail_out);
    } while (rc == Z_OK);
    assert_int_equal(rc, Z_STREAM_END);
    deflateEnd(&z);
}

static void test_gzip(void **state)
{
    static const char first[] = "\xef\xbb\xbfsrc,a\r\nsrc,b";
    static const char second[] = "c\nsrc,\"d\ne\"\nx\n";
    static const char good[] = "1 src|a|\n2 src|bc|\n3 src|d\ne|\n5! 1 column" COLUMNS "\n";
    struct buf data;

    (void)state;
    buf_init(&data, LOG_MOST);
    gzip(&data, first, sizeof first - 1);
    gzip(&data, "", 0); /* as bgzip ends its files */
    gzip(&data, second, sizeof second - 1);
    assert_true(check("members", KEY_ENCODING_NONE, data.data, data.len, good));
    gzip(&data, "", 0);
    assert_true(check("bgzip", KEY_ENCODING_NONE, data.data, data.len, good));

    buf_clear(&data);
    gzip(&data, "", 0);
    assert_true(check("empty", KEY_ENCODING_NONE, data.data, data.len,
            "0! the manifest is empty: it has no rows\n"));
    buf_clear(&data);
    gzip(&data, "\xff\xfes\0", 4);
    assert_true(check("UTF-16", KEY_ENCODING_NONE, data.data, data.len, UTF16));
    buf_free(&data);
}

static void test_bad_gzip(void **state)
{
    static const char text[] = "src,a\nsrc,b\nsrc,c\n";
    struct buf data;
    size_t whole, i;

    (void)state;
    buf_init(&data, LOG_MOST);
    gzip(&data, text, sizeof text - 1);
    whole = data.len;
    for (i = 2; i < whole; i++) { /* cut short anywhere */
        struct buf log;

        parse(&log, KEY_ENCODING_NONE, data.data, i, i);
        assert_non_null(strstr(buf_str(&log), "0! the gzip data cannot be read past line "));
        assert_non_null(strstr(buf_str(&log), ": it ends too early\n"));
        assert_null(strstr(buf_str(&log), "empty"));
        buf_free(&log);
    }
    buf_adds(&data, "garbage");
    assert_true(check("garbage", KEY_ENCODING_NONE, data.data, data.len,
            "1 src|a|\n2 src|b|\n3 src|c|\n0! the gzip data cannot be read past line 4: there are "
            "other bytes after the end of the gzip data\n"));
    data.len = whole;
    data.data[whole - 8] ^= 1; /* the CRC */
    assert_true(check("CRC", KEY_ENCODING_NONE, data.data, data.len,
            "1 src|a|\n2 src|b|\n3 src|c|\n0! the gzip data cannot be read past line 4: incorrect "
            "data check\n"));
    data.data[2] = 7; /* the method */
    assert_true(check("method", KEY_ENCODING_NONE, data.data, data.len,
            "0! the gzip data cannot be read past line 1: unknown compression method\n"));
    buf_free(&data);
}

/* Much more text than any buffer on the way holds. */
static void test_long_manifest(void **state)
{
    enum { ROWS = 40000 };
    struct buf data, zipped, log, expected;
    unsigned i;

    (void)state;
    buf_init(&data, LOG_MOST);
    buf_init(&zipped, LOG_MOST);
    buf_init(&expected, LOG_MOST);
    for (i = 1; i <= ROWS; i++) {
        buf_addf(&data, "\"src-%u\",\"a/key/%u\"\n", i % 7, i);
        buf_addf(&expected, "%u src-%u|a/key/%u|\n", i, i % 7, i);
    }
    gzip(&zipped, data.data, data.len);
    assert_true(zipped.len < data.len / 4);
    parse(&log, KEY_ENCODING_NONE, data.data, data.len, 60000);
    assert_string_equal(buf_str(&log), buf_str(&expected));
    buf_free(&log);
    parse(&log, KEY_ENCODING_NONE, zipped.data, zipped.len, zipped.len);
    assert_string_equal(buf_str(&log), buf_str(&expected));
    buf_free(&log);
    buf_free(&data);
    buf_free(&zipped);
    buf_free(&expected);
}

/* Rows without difficulties do not go through libcsv, and pieces of one byte always do: both say
 * the same of whatever bytes. */
static void test_any_bytes(void **state)
{
    static const char alphabet[] = "ab,,\"\"\r\n\n ";
    enum { MANIFESTS = 20000, LEN_MOST = 40 };
    struct rng rng;
    unsigned i, at;

    (void)state;
    rng_seed(&rng, 7);
    for (i = 0; i < MANIFESTS; i++) {
        size_t len = 1 + (size_t)rng_below(&rng, LEN_MOST);
        struct buf whole, pieces;
        char data[LEN_MOST + 1];

        for (at = 0; at < len; at++)
            data[at] = alphabet[rng_below(&rng, sizeof alphabet - 1)];
        parse(&whole, KEY_ENCODING_NONE, data, len, len);
        parse(&pieces, KEY_ENCODING_NONE, data, len, 1);
        assert_string_equal(buf_str(&whole), buf_str(&pieces));
        buf_free(&whole);
        buf_free(&pieces);
    }
}

static enum err_code refuse_second(void *ctx, const struct manifest_row *row, struct err *e)
{
    unsigned *calls = ctx;

    ++*calls;
    return row->line == 2 ? err_set(e, ERR_IO, "no room") : ERR_OK;
}

static void test_callback_error(void **state)
{
    static const char text[] = "src,a\nsrc,b\nsrc,c\n";
    struct buf zipped;
    int i;

    (void)state;
    buf_init(&zipped, LOG_MOST);
    gzip(&zipped, text, sizeof text - 1);
    for (i = 0; i < 2; i++) {
        struct problems problems;
        struct manifest *m;
        unsigned calls = 0;
        struct err e;

        problems_init(&problems);
        assert_int_equal(manifest_new(&m, (struct manifest_options){.encoding = KEY_ENCODING_NONE},
                                 &problems, refuse_second, &calls, &e),
                ERR_OK);
        assert_int_equal(i == 0 ? manifest_feed(m, text, sizeof text - 1, &e)
                                : manifest_feed(m, zipped.data, zipped.len, &e),
                ERR_IO);
        assert_string_equal(e.message, "no room");
        assert_int_equal(calls, 2);
        assert_int_equal(manifest_rows(m), 2);
        assert_int_equal(problems.total, 0);
        manifest_free(m);
    }
    manifest_free(NULL);
    buf_free(&zipped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_good),
            cmocka_unit_test(test_bad),
            cmocka_unit_test(test_url),
            cmocka_unit_test(test_long_keys),
            cmocka_unit_test(test_long_rows),
            cmocka_unit_test(test_unclosed_quote),
            cmocka_unit_test(test_many_problems),
            cmocka_unit_test(test_gzip),
            cmocka_unit_test(test_bad_gzip),
            cmocka_unit_test(test_long_manifest),
            cmocka_unit_test(test_any_bytes),
            cmocka_unit_test(test_callback_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
