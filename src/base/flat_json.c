#include "base/flat_json.h"

#include <stdlib.h>

#include "base/utf8.h"

enum { THOUSANDTHS_DIGITS = 15 }; /* a double holds each whole number of so many digits */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* JSON has no leading zeros. */
bool flat_json_count(struct flat_json *f, uint64_t most, uint64_t *out)
{
    const char *at = f->at;
    uint64_t v = 0;

    while (at < f->end && is_digit(*at) && at - f->at < FLAT_JSON_DIGITS_MOST)
        v = v * 10 + (uint64_t)(*at++ - '0');
    if (at == f->at || (*f->at == '0' && at - f->at > 1) || (at < f->end && is_digit(*at)) ||
            v > most)
        return false;
    f->at = at;
    *out = v;
    return true;
}

/* A quotient of two whole numbers that a double holds exactly is rounded once, as strtod() rounds
 * the decimal number once: both give the same. */
bool flat_json_thousandths(struct flat_json *f, double *out)
{
    struct flat_json rest = *f;
    uint64_t whole;
    unsigned part = 0;
    int i;

    if (!flat_json_count(&rest, UINT64_MAX, &whole) || rest.at - f->at > THOUSANDTHS_DIGITS - 3 ||
            rest.end - rest.at < 4 || *rest.at != '.')
        return false;
    for (i = 1; i <= 3; i++) {
        if (!is_digit(rest.at[i]))
            return false;
        part = part * 10 + (unsigned)(rest.at[i] - '0');
    }
    *out = (double)(whole * 1000 + part) / 1000;
    f->at = rest.at + 4;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The length of the escape that s, of len > 0 bytes, begins with, and the character in *c; 0: it is
 * none that str_json_quote() makes. */
static size_t escape_at(const char *s, size_t len, char *c)
{
    static const char head[] = "\\u00";
    int low;

    if (len >= 2 && (s[1] == '"' || s[1] == '\\')) {
        *c = s[1];
        return 2;
    }
    if (len < 6 || memcmp(s, head, sizeof head - 1) != 0 || (s[4] != '0' && s[4] != '1'))
        return 0;
    low = hex_digit(s[5]);
    *c = (char)((s[4] - '0') << 4 | low);
    return low >= 0 && *c != '\0' ? 6 : 0;
}

/* The length of the character that s, of len > 0 bytes, begins with, or of the escape of one; 0:
 * neither can be in a text. */
static size_t character_at(const char *s, size_t len)
{
    unsigned char byte = (unsigned char)*s;
    char c;

    if (byte == '\\')
        return escape_at(s, len, &c);
    return byte < 0x20 ? 0 : str_utf8_sequence(s, len);
}

/* Whether a byte is a character that stands for itself. */
static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Whether all of eight bytes are plain: no byte is below a space, above ASCII, a quote or a
 * backslash. A subtraction sets the highest bit of a byte that was less than what is subtracted,
 * and else only of bytes above such a one, or of those that had it. */
static bool are_plain(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t bytes, found;

    memcpy(&bytes, at, sizeof bytes);
    found = bytes | (bytes - ones * 0x20) | ((bytes ^ ones * '"') - ones) |
            ((bytes ^ ones * '\\') - ones);
    return (found & ones * 0x80) == 0;
}

bool flat_json_text(struct flat_json *f, struct flat_text *out)
{
    const char *at = f->at, *end = f->end;
    bool is_escaped = false;
    size_t n;

    if (at == end || *at++ != '"')
        return false;
    for (;;) {
        while (end - at >= 8 && are_plain(at))
            at += 8;
        while (at < end && is_plain(*at))
            at++;
        if (at == end)
            return false;
        if (*at == '"')
            break;
        is_escaped |= *at == '\\';
        n = character_at(at, (size_t)(end - at));
        if (n == 0)
            return false;
        at += n;
    }
    *out = (struct flat_text){f->at + 1, (size_t)(at - f->at - 1), is_escaped};
    f->at = at + 1;
    return true;
}

/* Writes it into out, which has room for text->len bytes and a NUL. */
static void put(const struct flat_text *text, char *out)
{
    size_t i = 0, n = 0;

    if (!text->is_escaped) {
        memcpy(out, text->at, text->len);
        out[text->len] = '\0';
        return;
    }
    while (i < text->len) {
        out[n] = text->at[i];
        i += text->at[i] == '\\' ? escape_at(text->at + i, text->len - i, &out[n]) : 1;
        n++;
    }
    out[n] = '\0';
}

char *flat_text_dup(const struct flat_text *text)
{
    char *copy = malloc(text->len + 1);

    if (copy)
        put(text, copy);
    return copy;
}

bool flat_text_copy(const struct flat_text *text, char *out, size_t size)
{
    if (text->len >= size)
        return false;
    put(text, out);
    return true;
}
