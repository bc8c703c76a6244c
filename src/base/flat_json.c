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

    while (at < f->end && is_digit(*at)) {
        unsigned digit = (unsigned)(*at++ - '0');

        if (digit > most || v > (most - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    if (at == f->at || (*f->at == '0' && at - f->at > 1))
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

bool flat_json_text(struct flat_json *f, struct flat_text *out)
{
    const char *at = f->at;
    bool is_escaped = false;
    char c;

    if (at == f->end || *at++ != '"')
        return false;
    while (at < f->end && *at != '"') {
        size_t n = 1;

        if ((unsigned char)*at < 0x20)
            return false;
        if (*at == '\\') {
            n = escape_at(at, (size_t)(f->end - at), &c);
            is_escaped = true;
        } else if ((unsigned char)*at >= 0x80) {
            n = str_utf8_sequence(at, (size_t)(f->end - at));
        }
        if (n == 0)
            return false;
        at += n;
    }
    if (at == f->end)
        return false;
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
