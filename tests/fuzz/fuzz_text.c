/* base/str and base/err over any bytes: what is encoded comes back, and what is for people is
 * clean. */
#include <jansson.h>

#include "fuzz.h"

static void check_uri(const char *s, size_t len, bool keep_slash)
{
    struct buf encoded, decoded;
    size_t i;

    buf_init(&encoded, 4 * BUF_MAX_SMALL);
    buf_init(&decoded, 4 * BUF_MAX_SMALL);
    str_uri_encode(&encoded, s, len, keep_slash);
    for (i = 0; i < encoded.len; i++)
        FUZZ_CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%/",
                encoded.data[i]));
    FUZZ_CHECK(keep_slash || !memchr(buf_str(&encoded), '/', encoded.len));
    FUZZ_CHECK(str_uri_decode(&decoded, buf_str(&encoded), encoded.len, true));
    FUZZ_CHECK(decoded.len == len && memcmp(buf_str(&decoded), s, len) == 0);

    /* Any text that can be decoded: encoded again and decoded again it is the same. */
    buf_clear(&decoded);
    if (str_uri_decode(&decoded, s, len, false)) {
        struct buf again;

        buf_init(&again, 4 * BUF_MAX_SMALL);
        buf_clear(&encoded);
        str_uri_encode(&encoded, buf_str(&decoded), decoded.len, keep_slash);
        FUZZ_CHECK(str_uri_decode(&again, buf_str(&encoded), encoded.len, false));
        FUZZ_CHECK(again.len == decoded.len);
        FUZZ_CHECK(memcmp(buf_str(&again), buf_str(&decoded), again.len) == 0);
        buf_free(&again);
    }
    buf_free(&encoded);
    buf_free(&decoded);
}

/* The Unicode Standard, table 3-7: the length of the well-formed sequence at s, or 0. */
static size_t reference_sequence(const unsigned char *s, size_t len)
{
    static const struct {
        unsigned char first, last, second_least, second_most;
        size_t n;
    } rows[] = {{0x00, 0x7F, 0, 0, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
            {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
            {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    size_t i, j;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (s[0] < rows[i].first || s[0] > rows[i].last)
            continue;
        if (rows[i].n > len)
            return 0;
        for (j = 1; j < rows[i].n; j++)
            if (s[j] < (j == 1 ? rows[i].second_least : 0x80) ||
                    s[j] > (j == 1 ? rows[i].second_most : 0xBF))
                return 0;
        return rows[i].n;
    }
    return 0;
}

static void check_utf8(const char *s, size_t len)
{
    bool valid = true;
    size_t i, n;

    for (i = 0; i < len; i += n) {
        n = str_utf8_sequence(s + i, len - i);
        FUZZ_CHECK(n == reference_sequence((const unsigned char *)s + i, len - i));
        valid = valid && n > 0;
        n = n ? n : 1;
    }
    FUZZ_CHECK(str_utf8_valid(s, len) == valid);
}

/* jansson reads what we quote. */
static void check_json(const char *s)
{
    struct buf quoted;
    json_t *json;

    if (!str_utf8_valid(s, strlen(s)))
        return;
    buf_init(&quoted, 8 * BUF_MAX_SMALL);
    str_json_quote(&quoted, s);
    json = json_loadb(buf_str(&quoted), quoted.len, JSON_DECODE_ANY, NULL);
    FUZZ_CHECK(json_is_string(json) && strcmp(json_string_value(json), s) == 0);
    json_decref(json);
    buf_free(&quoted);
}

static void check_shown(const char *s, size_t len, const char *string)
{
    enum { MOST = 200 + 4 + sizeof "…" };
    char text[ERR_REQUEST_ID_MAX];
    size_t size = len % sizeof text + 1;
    struct buf shown;
    struct err e;

    buf_init(&shown, BUF_MAX_SMALL);
    FUZZ_CHECK(strlen(str_show(&shown, s, len)) < MOST);
    FUZZ_CHECK(fuzz_is_clean(buf_str(&shown)));
    buf_free(&shown);

    memset(text, 'x', sizeof text);
    err_copy_text(text, size, s, len);
    FUZZ_CHECK(memchr(text, '\0', size) && fuzz_is_clean(text));

    err_set(&e, ERR_IO, "%s", string);
    FUZZ_CHECK(fuzz_is_clean(e.message));
    err_prefix(&e, "%s", string);
    FUZZ_CHECK(fuzz_is_clean(e.message));
}

static void check_hex(const unsigned char *bytes, size_t len)
{
    char *hex = malloc(2 * len + 1);
    unsigned char *back = malloc(len ? len : 1);

    FUZZ_CHECK(hex && back);
    str_hex(hex, bytes, len);
    FUZZ_CHECK(strlen(hex) == 2 * len && str_unhex(back, hex, len));
    FUZZ_CHECK(len == 0 || memcmp(back, bytes, len) == 0);
    if (str_unhex(back, (const char *)bytes, len / 2)) {
        str_hex(hex, back, len / 2);
        FUZZ_CHECK(strncasecmp(hex, (const char *)bytes, len / 2 * 2) == 0);
    }
    free(hex);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *s = (const char *)data;
    char *string;

    if (size == 0)
        return 0;
    string = fuzz_dup(s, size);
    check_uri(s, size, true);
    check_uri(s, size, false);
    check_utf8(s, size);
    check_json(string);
    check_shown(s, size, string);
    check_hex(data, size);
    free(string);
    return 0;
}
