#include "report/page/page_text.h"

#include "base/str.h"

/* How a character is written that means something where it stands; NULL: as it is. */
typedef const char *(*escape_fn)(char c);

static const char *html_escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static const char *json_escape(char c)
{
    switch (c) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    default:
        return NULL;
    }
}

/* Whether a character is shown as its number. */
static bool is_unseen(const char *s, size_t len, size_t sequence, uint32_t cp)
{
    return cp < 0x20 || cp == 0x7F || (sequence == 2 && str_is_c1(s)) ||
           str_utf8_unseen(s, len, NULL) > 0;
}

/* The bytes at s that can stand as they are, most of all in nearly all texts. */
static size_t plain_run(const char *s, size_t len, escape_fn escape)
{
    size_t n = 0;

    while (n < len && (unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7F && !escape(s[n]))
        n++;
    return n;
}

/* Appends the character, or the byte, that s begins with. Returns its length in bytes. */
static size_t add_one(struct buf *out, const char *s, size_t len, escape_fn escape)
{
    uint32_t cp = 0;
    size_t n = str_utf8_decode(s, len, &cp);
    const char *as = n == 1 ? escape(*s) : NULL;
    /* The backslash of a note is one of the text, and is escaped like one. */
    const char *slash = escape('\\') ? escape('\\') : "\\";

    if (n == 0)
        buf_addf(out, "%sx{%02x}", slash, (unsigned)(unsigned char)*s);
    else if (is_unseen(s, len, n, cp))
        buf_addf(out, "%su{%x}", slash, (unsigned)cp);
    else if (as)
        buf_adds(out, as);
    else
        buf_add(out, s, n);
    return n > 0 ? n : 1;
}

static void add(struct buf *out, const char *text, size_t len, escape_fn escape)
{
    size_t at = 0;

    while (at < len) {
        size_t run = plain_run(text + at, len - at, escape);

        buf_add(out, text + at, run);
        at += run;
        if (at < len)
            at += add_one(out, text + at, len - at, escape);
    }
}

void page_html(struct buf *out, const char *text, size_t len)
{
    add(out, text, len, html_escape);
}

void page_json(struct buf *out, const char *text, size_t len)
{
    add(out, text, len, json_escape);
}
