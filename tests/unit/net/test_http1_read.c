/* Answers as bytes: what they say, which of them are refused, and that cuts change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "net/http1/http1_read.h"

/* The outcome of an answer. */
struct read {
    enum http1_at at;
    enum err_code code;
    enum err_class cls;
    int status, http_status;
    bool may_keep;
    size_t used;
    struct headers headers;
    struct buf body;
    char message[ERR_MESSAGE_MAX];
};

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    struct read *got = ctx;

    (void)e;
    assert_true(len > 0);
    assert_true(status >= 200);
    buf_add(&got->body, data, len);
    return ERR_OK;
}

static void read_free(struct read *got)
{
    headers_free(&got->headers);
    buf_free(&got->body);
}

/* Feeds text in pieces: the next_cut function gives the size of each. ends: the connection ends
 * after it. */
static void feed(struct read *got, bool is_head, const char *text, size_t len,
        size_t (*next_cut)(void *ctx, size_t left), void *ctx, bool ends)
{
    struct http1_read r;
    struct err e;
    size_t at = 0;

    memset(got, 0, sizeof *got);
    headers_init(&got->headers);
    buf_init(&got->body, BUF_MAX_ANSWER);
    http1_read_begin(&r, is_head, &got->headers, on_body, got);
    assert_int_equal(r.at, HTTP1_NOTHING);
    err_clear(&e);
    while (at < len && r.at != HTTP1_WHOLE && e.code == ERR_OK) {
        size_t n = next_cut(ctx, len - at), used;
        /* A copy of its own, so that valgrind sees a look beyond it. */
        char *piece = malloc(n);

        memcpy(piece, text + at, n);
        (void)!http1_read_feed(&r, piece, n, &used, &e);
        free(piece);
        assert_true(used <= n);
        if (e.code == ERR_OK && r.at != HTTP1_WHOLE)
            assert_int_equal(used, n);
        at += used;
    }
    if (ends && e.code == ERR_OK && r.at != HTTP1_WHOLE)
        (void)!http1_read_end(&r, &e);
    got->at = r.at;
    got->code = e.code;
    got->cls = e.code ? e.cls : ERR_CLASS_PERMANENT;
    got->http_status = e.http_status;
    got->status = r.status;
    got->may_keep = r.at == HTTP1_WHOLE && r.may_keep;
    got->used = e.code == ERR_OK ? at : 0;
    snprintf(got->message, sizeof got->message, "%s", e.code ? e.message : "");
    assert_int_equal(e.code != ERR_OK, r.at == HTTP1_BROKEN);
}

static size_t whole(void *ctx, size_t left)
{
    (void)ctx;
    return left;
}

static size_t bytewise(void *ctx, size_t left)
{
    (void)ctx, (void)left;
    return 1;
}

/* The first piece has *ctx bytes. */
static size_t two_pieces(void *ctx, size_t left)
{
    size_t *first = ctx, n = *first;

    *first = 0;
    return n > 0 && n < left ? n : left;
}

static size_t by_chance(void *ctx, size_t left)
{
    size_t n = 1 + (size_t)rng_below(ctx, 1 + rng_below(ctx, 40));

    return n < left ? n : left;
}

static void dump(struct buf *out, const struct read *got)
{
    const char *name, *value;
    size_t at = 0;

    buf_addf(out, "at=%d code=%d cls=%d status=%d/%d keep=%d used=%zu fields=%zu [%s]\n", got->at,
            got->code, got->cls, got->status, got->http_status, got->may_keep, got->used,
            got->headers.count, got->message);
    while (headers_next(&got->headers, &at, &name, &value))
        buf_addf(out, "%s=%s\n", name, value);
    buf_add(out, buf_str(&got->body), got->body.len);
}

static void check_same(const struct read *a, const struct read *b)
{
    struct buf left, right;

    buf_init(&left, BUF_MAX_ANSWER);
    buf_init(&right, BUF_MAX_ANSWER);
    dump(&left, a);
    dump(&right, b);
    assert_string_equal(buf_str(&left), buf_str(&right));
    buf_free(&left);
    buf_free(&right);
}

/* However it is cut, it is the same answer. */
static void check_cuts(const struct read *want, bool is_head, const char *text, size_t len)
{
    struct read got;
    struct rng rng;
    size_t i;

    feed(&got, is_head, text, len, bytewise, NULL, true);
    check_same(want, &got);
    read_free(&got);
    for (i = 1; i < len && len < 2000; i++) {
        size_t first = i;

        feed(&got, is_head, text, len, two_pieces, &first, true);
        check_same(want, &got);
        read_free(&got);
    }
    rng_seed(&rng, 7);
    for (i = 0; i < 50; i++) {
        feed(&got, is_head, text, len, by_chance, &rng, true);
        check_same(want, &got);
        read_free(&got);
    }
}

/* --- answers that are taken --- */

static const struct taken {
    const char *text;
    bool is_head;
    int status;
    const char *body;
    bool may_keep;
    size_t behind; /* bytes of text that do not belong to it */
} taken[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, 200, "hello", true, 0},
        {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", false, 200, "", true, 0},
        {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", false, 200, "", true, 0},
        {"HTTP/1.1   200 OK\r\nContent-Length: 0\r\n\r\n", false, 200, "", true, 0},
        {"HTTP/1.1 503 Slow Down\r\ncontent-length:4\r\n\r\nbusy", false, 503, "busy", true, 0},
        {"HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", false, 999, "", true, 0},
        /* the header is told what the connection is to do */
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok",
                false, 0},
        {"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok",
                false, 0},
        {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok", false, 0},
        {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", false, 200,
                "ok", true, 0},
        /* no length: to the end of the connection */
        {"HTTP/1.1 200 OK\r\n\r\nall that comes", false, 200, "all that comes", false, 0},
        {"HTTP/1.1 200 OK\r\n\r\n", false, 200, "", false, 0},
        {"HTTP/1.0 404 No\r\n\r\nx", false, 404, "x", false, 0},
        /* answers without a body, whatever they say */
        {"HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", true, 0},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, 204, "", true, 0},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", false, 204, "", false, 5},
        {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, 204, "",
                false, 5},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, 304, "", true, 0},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", false, 304, "", true, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n", true, 200, "", true, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true, 200, "", true, 0},
        {"HTTP/1.1 200 OK\r\n\r\n", true, 200, "", true, 0},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", true, 404, "", true, 5},
        /* what comes before it */
        {"HTTP/1.1 100 Continue\r\nx-early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
                false, 200, "1", true, 0},
        {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 102 P\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
                false, 200, "1", true, 0},
        {"HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n"
         "Content-Length: 1\r\n\r\n1",
                false, 200, "1", true, 0},
        /* chunks */
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
                false, 200, "abcdefg", true, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", false, 200, "", true, 0},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "00A;name=value\r\n0123456789\r\n000\r\nx-trailer: t\r\netag: no\r\n\r\n",
                false, 200, "0123456789", true, 0},
        /* bytes behind it */
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", false, 200, "ok",
                true, 17},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n", false, 200, "", true,
                2},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n\n", false, 200, "", true, 1},
};

static void test_taken(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        const struct taken *row = &taken[i];
        size_t len = strlen(row->text);
        struct read got;

        feed(&got, row->is_head, row->text, len, whole, NULL, true);
        if (got.code != ERR_OK || got.at != HTTP1_WHOLE)
            fail_msg("row %zu: %s", i, got.message);
        assert_int_equal(got.status, row->status);
        assert_string_equal(buf_str(&got.body), row->body);
        assert_int_equal(got.used, len - row->behind);
        if (got.may_keep != row->may_keep)
            fail_msg("row %zu: may_keep", i);
        assert_null(headers_get(&got.headers, "x-early"));
        assert_null(headers_get(&got.headers, "x-trailer"));
        assert_null(headers_get(&got.headers, "etag"));
        check_cuts(&got, row->is_head, row->text, len);
        read_free(&got);
    }
}

static void test_fields(void **state)
{
    static const char text[] =
            "HTTP/1.1 200 OK\r\nETag: \"a b\"\r\nX-Spaces: \t v w\t \t\r\n"
            "x-none:\r\nx-blank:   \r\nHTTP-evil: 500 x\r\nx-colon: a:b\r\n"
            "x-high: \xc3\xa9\xff\r\nx-control: \x1b[31m\x07\x7f\r\nx-last: a\x01\r\n"
            "x-twice: 1\r\nX-Twice: 2\r\n"
            "Content-Length: 0\r\n\r\n";
    static const char *const want[][2] = {{"ETag", "\"a b\""}, {"X-Spaces", "v w"}, {"x-none", ""},
            {"x-blank", ""}, {"HTTP-evil", "500 x"}, {"x-colon", "a:b"}, {"x-high", "\xc3\xa9\xff"},
            {"x-control", "\x1b[31m\x07\x7f"}, {"x-last", "a\x01"}, {"x-twice", "1"},
            {"Content-Length", "0"}};
    struct read got;
    size_t i;

    (void)state;
    feed(&got, false, text, sizeof text - 1, whole, NULL, true);
    assert_int_equal(got.code, ERR_OK);
    for (i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_string_equal(headers_get(&got.headers, want[i][0]), want[i][1]);
    check_cuts(&got, false, text, sizeof text - 1);
    read_free(&got);
}

/* --- answers that are refused --- */

#define OK "HTTP/1.1 200 OK\r\n"
static const struct refused {
    const char *text;
    size_t len; /* 0: that of the text */
    enum err_class cls;
    int http_status;
} refused[] = {
        /* no HTTP/1 */
        {"SSH-2.0-OpenSSH_9.2\r\n", 0, ERR_CLASS_PERMANENT, 0},
        {"<html>\r\n", 0, ERR_CLASS_PERMANENT, 0},
        {"HTTP/2.0 200 OK\r\n\r\n", 0, ERR_CLASS_PERMANENT, 0},
        {"HTTP/0.9 200 OK\r\n\r\n", 0, ERR_CLASS_PERMANENT, 0},
        {"HTTP/1.2 200 OK\r\n\r\n", 0, ERR_CLASS_PERMANENT, 0},
        {"GET / HTTP/1.1\r\n\r\n", 0, ERR_CLASS_PERMANENT, 0},
        {"\0", 1, ERR_CLASS_PERMANENT, 0},
        {"HTTP/1.1\t200 OK\r\n\r\n", 0, ERR_CLASS_PERMANENT, 0},
        /* no status */
        {"HTTP/1.1 OK\r\n\r\n", 0, ERR_CLASS_RETRY, 0},
        {"HTTP/1.1 20 OK\r\n\r\n", 0, ERR_CLASS_RETRY, 0},
        {"HTTP/1.1 2000 OK\r\n\r\n", 0, ERR_CLASS_RETRY, -1},
        {"HTTP/1.1 -20 OK\r\n\r\n", 0, ERR_CLASS_RETRY, 0},
        {"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, -1},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0,
                ERR_CLASS_RETRY, 101},
        /* headers */
        {OK "x-nul: a\0b\r\nContent-Length: 0\r\n\r\n", 47, ERR_CLASS_RETRY, 200},
        {OK "x nul: a\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "x-a : a\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK ": a\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "no colon\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "x-a: a\rContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "x-b: 1\r\n\x01x-a: a\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "x-\x01: a\r\nContent-Length: 0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 5\x01\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: \x01"
            "5\r\n\r\nhello",
                0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\x01\r\n\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        /* two lengths, or none that is one */
        {OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 5, 5\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 5 5\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: -5\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: +5\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 0x5\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: five\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 18446744073709551616\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY,
                200},
        {OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY,
                200},
        /* encodings */
        {OK "Transfer-Encoding: gzip\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked, gzip\r\n\r\nhello", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        /* chunks */
        {OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n 1\r\nx\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n", 0, ERR_CLASS_RETRY, 200},
        /* ends too early */
        {"", 0, ERR_CLASS_RETRY, 0},
        {"HTTP/1.1 2", 0, ERR_CLASS_RETRY, 0},
        {OK "Content-Length: 5\r\n\r\nhell", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 0, ERR_CLASS_RETRY, 200},
        {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", 0, ERR_CLASS_RETRY, 200},
};

static void test_refused(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct refused *row = &refused[i];
        size_t len = row->len ? row->len : strlen(row->text);
        struct read got;

        feed(&got, false, row->text, len, whole, NULL, true);
        if (got.code != ERR_PROTOCOL || got.at != HTTP1_BROKEN || got.cls != row->cls)
            fail_msg("row %zu: %s, class %d (%s)", i, err_name(got.code), got.cls, got.message);
        if (row->http_status >= 0 && got.http_status != row->http_status)
            fail_msg("row %zu: status %d (%s)", i, got.http_status, got.message);
        assert_true(got.message[0] != '\0');
        check_cuts(&got, false, row->text, len);
        read_free(&got);
    }
}

/* Cut off at any byte, an answer with a length is not taken for a whole one, nor is one of chunks.
 */
static void test_truncated(void **state)
{
    static const char *const texts[] = {OK "Content-Length: 5\r\nx-a: b\r\n\r\nhello",
            OK "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nx-t: 1\r\n\r\n"};
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (len = 0; len < strlen(texts[i]); len++) {
            struct read got;

            feed(&got, false, texts[i], len, whole, NULL, false);
            assert_int_equal(got.code, ERR_OK); /* there may be more to come */
            assert_int_not_equal(got.at, HTTP1_WHOLE);
            read_free(&got);
            feed(&got, false, texts[i], len, whole, NULL, true);
            assert_int_equal(got.code, ERR_PROTOCOL);
            assert_int_equal(got.at, HTTP1_BROKEN);
            check_cuts(&got, false, texts[i], len);
            read_free(&got);
        }
    }
}

/* --- maxima --- */

static void repeat(struct buf *out, const char *text, size_t times)
{
    while (times-- > 0)
        buf_adds(out, text);
}

/* head, then `piece` so many times. */
static void test_maxima(void **state)
{
    static const struct {
        const char *head, *piece;
        size_t times;
        const char *tail;
        bool is_error;
        const char *says;
    } rows[] = {
            {OK, "x-a: 0123456789012345678901234567890123456789\r\n", 2000, "\r\n", true,
                    "the answer's header"},
            {OK, "a:\r\n", 999, "Content-Length: 0\r\n\r\n", false, ""},
            {OK, "a:\r\n", 1001, "Content-Length: 0\r\n\r\n", true, "too many fields"},
            {"HTTP/1.1 200 ", "reason ", 20000, "\r\nContent-Length: 0\r\n\r\n", true,
                    "longer than its body"},
            {"HTTP/1.1 ", "        ", 20000, "200 OK\r\nContent-Length: 0\r\n\r\n", true,
                    "longer than its body"},
            {"", "HTTP/1.1 100 Continue\r\n\r\n", 32, OK "Content-Length: 0\r\n\r\n", false, ""},
            {"", "HTTP/1.1 100 Continue\r\n\r\n", 33, OK "Content-Length: 0\r\n\r\n", true,
                    "too many answers"},
            {OK "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 100000, "0\r\n\r\n", false, ""},
            {OK "Transfer-Encoding: chunked\r\n\r\n1;", "extension", 20000, "\r\nx\r\n0\r\n\r\n",
                    true, "longer than its body"},
            {OK "Transfer-Encoding: chunked\r\n\r\n", "00000000", 20000, "1\r\nx\r\n0\r\n\r\n",
                    true, ""},
            {OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "x-trailer: t\r\n", 20000, "\r\n", true,
                    "longer than its body"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rng rng;
        struct read got;
        struct buf text;
        size_t pass;

        buf_init(&text, BUF_MAX_ANSWER);
        buf_adds(&text, rows[i].head);
        repeat(&text, rows[i].piece, rows[i].times);
        buf_adds(&text, rows[i].tail);
        assert_true(buf_ok(&text));
        rng_seed(&rng, i);
        for (pass = 0; pass < 2; pass++) {
            feed(&got, false, text.data, text.len, pass ? by_chance : whole, &rng, true);
            if (rows[i].is_error != (got.code != ERR_OK) || !strstr(got.message, rows[i].says))
                fail_msg("row %zu: %s (%s)", i, err_name(got.code), got.message);
            assert_true(got.headers.text.len <= BUF_MAX_SMALL);
            read_free(&got);
        }
        buf_free(&text);
    }
}

/* An error of the taker of the body ends it. */
static enum err_code no_more(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    (void)ctx, (void)status, (void)data, (void)len;
    return err_set(e, ERR_MANIFEST, "enough");
}

static void test_body_refused(void **state)
{
    static const char text[] = OK "Content-Length: 5\r\n\r\nhello";
    struct headers headers;
    struct http1_read r;
    struct err e;
    size_t used;

    (void)state;
    headers_init(&headers);
    http1_read_begin(&r, false, &headers, no_more, NULL);
    assert_int_equal(http1_read_feed(&r, text, sizeof text - 1, &used, &e), ERR_MANIFEST);
    assert_string_equal(e.message, "enough");
    assert_int_equal(r.at, HTTP1_BROKEN);
    headers_free(&headers);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_taken),
            cmocka_unit_test(test_fields),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_truncated),
            cmocka_unit_test(test_maxima),
            cmocka_unit_test(test_body_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
