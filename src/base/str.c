#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Of the ways on at a '*' the shortest match is tried first; no but the last '*' has to be tried
 * again. */
static bool matches(const char *pattern, size_t len, const char *s)
{
    size_t at = 0, star = len, i = 0, retry = 0;

    while (s[i]) {
        if (at < len && pattern[at] == '*') {
            star = at++;
            retry = i;
        } else if (at < len && (pattern[at] == '?' || pattern[at] == s[i])) {
            at++;
            i++;
        } else if (star < len) {
            at = star + 1;
            i = ++retry;
        } else {
            return false;
        }
    }
    while (at < len && pattern[at] == '*')
        at++;
    return at == len;
}

bool str_matches_any(const char *patterns, const char *s)
{
    while (*patterns) {
        size_t len = strcspn(patterns, ",");

        if (len > 0 && matches(patterns, len, s))
            return true;
        patterns += len;
        if (*patterns)
            patterns++;
    }
    return false;
}

bool str_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);

    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_parse_u64(const char *s, size_t len, uint64_t *out)
{
    uint64_t v = 0;
    size_t i;

    if (len == 0)
        return false;
    for (i = 0; i < len; i++) {
        unsigned d = (unsigned)(unsigned char)s[i] - '0';

        if (d > 9 || v > (UINT64_MAX - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *out = v;
    return true;
}

bool str_parse_duration_ms(const char *s, uint64_t *out_ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = strspn(s, "0123456789");
    uint64_t n;
    size_t i;

    if (!str_parse_u64(s, digits, &n))
        return false;
    for (i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(s + digits, units[i].unit) != 0)
            continue;
        if (n > UINT64_MAX / units[i].ms)
            return false;
        *out_ms = n * units[i].ms;
        return true;
    }
    return false;
}

static bool uri_unreserved(unsigned char c)
{
    return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void str_uri_encode(struct buf *out, const char *s, size_t len, bool keep_slash)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t i, from = 0;

    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        char esc[3];

        if (uri_unreserved(c) || (c == '/' && keep_slash))
            continue;
        buf_add(out, s + from, i - from);
        from = i + 1;
        esc[0] = '%';
        esc[1] = hex[c >> 4];
        esc[2] = hex[c & 15];
        buf_add(out, esc, 3);
    }
    buf_add(out, s + from, len - from);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Characters that stand for themselves are added in runs. */
bool str_uri_decode(struct buf *out, const char *s, size_t len, bool plus_is_space)
{
    size_t i, from = 0;

    for (i = 0; i < len; i++) {
        int hi, lo;

        if (s[i] != '%' && (s[i] != '+' || !plus_is_space))
            continue;
        buf_add(out, s + from, i - from);
        from = i + 1;
        if (s[i] == '+') {
            buf_addc(out, ' ');
            continue;
        }
        hi = len - i > 2 ? hex_digit(s[i + 1]) : -1;
        lo = len - i > 2 ? hex_digit(s[i + 2]) : -1;
        if (hi < 0 || lo < 0)
            return false;
        buf_addc(out, (char)(hi << 4 | lo));
        i += 2;
        from = i + 1;
    }
    buf_add(out, s + from, len - from);
    return true;
}

void str_hex(char *out, const unsigned char *bytes, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

bool str_unhex(unsigned char *out, const char *hex, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        int hi = hex_digit(hex[2 * i]);
        int lo = hi < 0 ? -1 : hex_digit(hex[2 * i + 1]);

        if (lo < 0)
            return false;
        out[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The distance of Damerau and Levenshtein in the form in which no part is edited twice ("optimal
 * string alignment"); three rows of its table are kept. */
unsigned str_distance(const char *a, const char *b)
{
    enum { MOST = 63 };
    unsigned rows[3][MOST + 1];
    size_t n = strlen(a), m = strlen(b), i, j;

    if (n > MOST || m > MOST)
        return 1000;
    for (j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j;
    for (i = 1; i <= n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (j = 1; j <= m; j++) {
            row[j] = above[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = least(row[j], least(row[j - 1], above[j]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                    same_letter(a[i - 2], b[j - 1]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

bool str_is_near(unsigned distance, const char *name)
{
    enum { NEAR_MOST = 3 };

    return distance <= NEAR_MOST && 2 * (size_t)distance <= strlen(name);
}

const char *str_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* JSON wants the two quoting characters and what is below a space escaped, no more. Runs without
 * any of these, so nearly all keys, are added whole. */
/* The first character that stands in no JSON text as it is, or the NUL. */
static const char *json_plain_end(const char *s)
{
    while ((unsigned char)*s >= 0x20 && *s != '"' && *s != '\\')
        s++;
    return s;
}

void str_json_quote(struct buf *out, const char *s)
{
    static const char hex[] = "0123456789abcdef";

    buf_addc(out, '"');
    for (;; s++) {
        const char *end = json_plain_end(s);
        unsigned char c = (unsigned char)*end;

        buf_add(out, s, (size_t)(end - s));
        s = end;
        if (c == '\0')
            break;
        if (c < 0x20) {
            char esc[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

            buf_add(out, esc, sizeof esc);
        } else {
            buf_addc(out, '\\');
            buf_addc(out, (char)c);
        }
    }
    buf_addc(out, '"');
}

void str_copy(char *dst, size_t size, const char *src)
{
    size_t len = strnlen(src, size - 1);

    memcpy(dst, src, len);
    dst[len] = '\0';
}

char *str_dup_n(const char *s, size_t len)
{
    char *p = malloc(len + 1);

    if (!p)
        return NULL;
    memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

const char *str_show(struct buf *out, const char *s, size_t len)
{
    enum { MOST = 200 };
    size_t i = 0;

    buf_clear(out);
    while (i < len && out->len < MOST) {
        unsigned char c = (unsigned char)s[i];
        size_t n = str_utf8_sequence(s + i, len - i);

        if (n == 2 && str_is_c1(s + i)) /* to some terminals what ESC [ is */
            n = 0;
        if (str_utf8_unseen(s + i, len - i, NULL))
            n = 0; /* each of its bytes; those that follow begin no character */
        if (n == 0 || c < 0x20 || c == 0x7F) {
            buf_addf(out, "\\x%02x", c);
            i++;
        } else {
            buf_add(out, s + i, n);
            i += n;
        }
    }
    if (i < len)
        buf_adds(out, "…");
    return buf_str(out);
}

const char *str_bytes(char *out, size_t size, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double v = (double)bytes;
    size_t u = 0;

    while (v >= 1024 && u + 1 < sizeof units / sizeof units[0]) {
        v /= 1024;
        u++;
    }
    snprintf(out, size, u == 0 ? "%.0f %s" : "%.2f %s", v, units[u]);
    return out;
}
