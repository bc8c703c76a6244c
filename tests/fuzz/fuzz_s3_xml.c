/* The walk over S3's XML. The input is walked as it is, by the quick reader against the general
 * one; and as a text inside a document of ours, which must come out as it went in. */
#include "base/buf.h"
#include "fuzz.h"
#include "s3/parse/xml_flat.h"
#include "s3/parse/xml_general.h"

struct walked {
    size_t elements;
    bool root; /* its end came */
    const struct buf *expected;
};

static void on_any(void *ctx, const char *path, const char *text, size_t len)
{
    struct walked *w = ctx;

    FUZZ_CHECK(strlen(text) == len && len <= 64 * 1024);
    FUZZ_CHECK(str_utf8_valid(text, len) && str_utf8_valid(path, strlen(path)));
    FUZZ_CHECK(strlen(path) <= 512);
    w->elements++;
    w->root = w->root || !strchr(path, '/');
}

static void walk_as_it_is(const char *xml, size_t len)
{
    struct walked w = {0};
    struct err e;

    if (s3_xml_walk(xml, len, on_any, &w, &e) == ERR_OK) {
        FUZZ_CHECK(w.elements > 0 && w.root);
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(e.code == ERR_PROTOCOL && e.cls == ERR_CLASS_RETRY);
    }
}

/* The elements that a reader told of, and what it said of them, one after the other. */
struct telling {
    size_t elements, most; /* those from `most` on are counted, and not kept */
    struct buf said;
};

static void on_told(void *ctx, const char *path, const char *text, size_t len)
{
    struct telling *t = ctx;

    if (t->elements++ >= t->most)
        return;
    buf_add(&t->said, path, strlen(path) + 1);
    buf_add(&t->said, text, len + 1);
}

/* The root is not <Error>. */
static void on_no_error(void *ctx, const char *path, const char *text, size_t len)
{
    (void)ctx, (void)text, (void)len;
    FUZZ_CHECK(strcmp(path, "Error") != 0 && !str_starts(path, "Error/"));
}

/* The quick reader tells what the general one does, until it gives up. */
static void compare_readers(const char *xml, size_t len)
{
    struct telling quick = {.most = SIZE_MAX}, general = {0};
    char *copy = fuzz_dup(xml, len);
    enum err_code code;
    bool taken;

    buf_init(&quick.said, BUF_MAX_ANSWER);
    buf_init(&general.said, BUF_MAX_ANSWER);
    taken = s3_xml_flat(copy, len, on_told, &quick, &general.most);
    FUZZ_CHECK(general.most == quick.elements);
    code = s3_xml_general(copy, len, on_told, &general, NULL);
    if (taken)
        FUZZ_CHECK(code == ERR_OK && general.elements == quick.elements);
    FUZZ_CHECK(general.elements >= quick.elements && general.said.len == quick.said.len);
    FUZZ_CHECK(memcmp(buf_str(&general.said), buf_str(&quick.said), quick.said.len) == 0);
    if (!s3_xml_may_be(xml, len, "Error"))
        (void)s3_xml_walk(xml, len, on_no_error, NULL, NULL);
    buf_free(&quick.said);
    buf_free(&general.said);
    free(copy);
}

/* Adds one character to the document, escaped in one way or the other, and what it must come out
 * as. */
static size_t add_character(struct buf *xml, struct buf *expected, const char *s, size_t len)
{
    unsigned char c = (unsigned char)s[0];
    size_t n = str_utf8_sequence(s, len);

    if (n == 0) { /* no UTF-8 */
        buf_addc(xml, s[0]);
        buf_addc(expected, '?');
        return 1;
    }
    if (n == 1 && (c < 0x20 || strchr("<>&\"'", c))) {
        bool written = c >= 0x20 || c == '\t' || c == '\n' || c == '\r';

        /* As a number: S3 writes what is no XML character so, too. */
        buf_addf(xml, len % 2 ? "&#%u;" : "&#x%X;", c);
        buf_addc(expected, written ? s[0] : '?');
        return 1;
    }
    buf_add(xml, s, n);
    if (n == 3 && memcmp(s, "\xEF\xBF", 2) == 0 && (unsigned char)s[2] >= 0xBE)
        buf_addc(expected, '?');
    else
        buf_add(expected, s, n);
    return n;
}

static void on_text(void *ctx, const char *path, const char *text, size_t len)
{
    struct walked *w = ctx;

    w->elements++;
    if (strcmp(path, "Error/Key") == 0) {
        FUZZ_CHECK(len == w->expected->len);
        FUZZ_CHECK(memcmp(text, buf_str(w->expected), len) == 0);
    }
}

static void walk_as_text(const char *s, size_t len)
{
    struct buf xml, expected;
    struct walked w = {.expected = &expected};
    size_t i;

    buf_init(&xml, BUF_MAX_ANSWER);
    buf_init(&expected, BUF_MAX_ANSWER);
    buf_adds(&xml, "<Error><Code>1</Code><Key>");
    for (i = 0; i < len && expected.len < 60000;)
        i += add_character(&xml, &expected, s + i, len - i);
    buf_adds(&xml, "</Key></Error>");
    FUZZ_CHECK(s3_xml_walk(buf_str(&xml), xml.len, on_text, &w, NULL) == ERR_OK);
    FUZZ_CHECK(w.elements == 3);
    buf_free(&xml);
    buf_free(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walk_as_it_is((const char *)data, size);
    compare_readers((const char *)data, size);
    walk_as_text((const char *)data, size);
    return 0;
}
