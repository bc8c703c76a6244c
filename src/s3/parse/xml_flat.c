#include "s3/parse/xml_flat.h"

#include <stdint.h>
#include <string.h>

enum {
    DEPTH_MOST = 8,
    PATH_MOST = 256, /* bytes, with a '/' for each name */
    TEXT_MOST = 4096,
};

/* A document that is being read. The functions that return bool say with false that the reader
 * gives up. */
struct flat {
    const char *at, *end; /* of what is yet to be read */
    s3_xml_cb cb;
    void *ctx;
    size_t told;
    unsigned depth;
    size_t path_len, text_len;
    size_t before[DEPTH_MOST]; /* how long the path is without the element of each depth */
    char path[PATH_MOST + 1];
    char text[TEXT_MOST + 1]; /* since the last tag */
};

/* --- characters --- */

enum {
    P = 1,     /* plain: stands for itself in a text, and between quotes if it is no quote */
    D = P | 2, /* digits, '-', '.': in a name too */
    L = D | 4, /* letters, '_': also first in a name */
    NAME = 2,
    NAME_FIRST = 4,
};

/* The bytes from 0x80 on are none of these. */
static const unsigned char classes[256] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, P, P, 0, 0, 0, 0, 0, /* tab, line feed */
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
        P, P, P, P, P, P, 0, P, P, P, P, P, P, D, D, P, /* all but '&' */
        D, D, D, D, D, D, D, D, D, D, P, P, 0, P, 0, P, /* all but '<', '>' */
        P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* @A-O */
        L, L, L, L, L, L, L, L, L, L, L, P, P, P, P, L, /* P-Z[\]^_ */
        P, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* `a-o */
        L, L, L, L, L, L, L, L, L, L, L, P, P, P, P, P, /* p-z{|}~, delete */
};

static bool is(char c, unsigned char class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

#define EACH_BYTE(value) ((value)*UINT64_C(0x0101010101010101))

/* Whether the eight bytes at s are plain, and no tab and no line feed: all of them at once. Bit 7
 * of each byte of a sum says that the byte is not the one, or is from 0x20 on. A byte that has bit
 * 7 itself makes the answer false, so that it does not matter what it carries to the next. */
static bool are_plain(const char *s)
{
    uint64_t w, no_angle, no_ampersand;

    memcpy(&w, s, sizeof w);
    /* '<' and '>' differ in the second bit alone. */
    no_angle = ((w | EACH_BYTE(2)) ^ EACH_BYTE('>')) + EACH_BYTE(0x7F);
    no_ampersand = (w ^ EACH_BYTE('&')) + EACH_BYTE(0x7F);
    return (no_angle & no_ampersand & (w + EACH_BYTE(0x60)) & ~w & EACH_BYTE(0x80)) ==
           EACH_BYTE(0x80);
}

/* The end of the run of plain bytes that begins at s. */
static const char *plain_end(const char *s, const char *end)
{
    while (end - s >= 8 && are_plain(s))
        s += 8;
    while (s < end && is(*s, P))
        s++;
    return s;
}

/* Reads these characters, if they come next. */
static bool take(struct flat *f, const char *s, size_t len)
{
    if ((size_t)(f->end - f->at) < len || memcmp(f->at, s, len) != 0)
        return false;
    f->at += len;
    return true;
}

#define TAKE(f, literal) take((f), (literal), sizeof(literal) - 1)

static void skip_space(struct flat *f)
{
    while (f->at < f->end && (*f->at == ' ' || *f->at == '\t' || *f->at == '\n'))
        f->at++;
}

/* --- texts --- */

/* The character of a reference by number, behind "&#". 0: none that this reader knows. */
static char numbered(const char *s, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    unsigned value = 0, base = 10;

    if (len > 0 && *s == 'x') {
        base = 16;
        s++;
        len--;
    }
    if (len == 0 || len > 3)
        return 0;
    for (; len > 0; s++, len--) {
        int low = *s >= 'A' && *s <= 'F' ? *s - 'A' + 'a' : *s;
        const char *digit = memchr(digits, low, base);

        if (!digit)
            return 0;
        value = value * base + (unsigned)(digit - digits);
    }
    if (value >= 0x80 || (!is((char)value, P) && !strchr("<>&\r", (int)value)))
        return 0;
    return (char)value;
}

/* The character of a reference, without its '&' and ';'. 0: none that this reader knows. */
static char referred(const char *s, size_t len)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"quot", '"'}, {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"apos", '\''}};
    size_t i;

    if (len > 0 && *s == '#')
        return numbered(s + 1, len - 1);
    for (i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (strlen(entities[i].name) == len && strncmp(s, entities[i].name, len) == 0)
            return entities[i].c;
    return 0;
}

static bool read_reference(struct flat *f)
{
    enum { LONGEST = 6 };
    size_t left = (size_t)(f->end - f->at) - 1;
    const char *from = f->at + 1;
    const char *end = memchr(from, ';', left < LONGEST ? left : LONGEST);
    char c = 0;

    if (end)
        c = referred(from, (size_t)(end - from));
    if (!c || f->text_len == TEXT_MOST)
        return false;
    f->text[f->text_len++] = c;
    f->at = end + 1;
    return true;
}

/* Reads up to the next tag. */
static bool read_text(struct flat *f)
{
    f->text_len = 0;
    for (;;) {
        const char *end = plain_end(f->at, f->end);
        size_t len = (size_t)(end - f->at);

        if (len > TEXT_MOST - f->text_len)
            return false;
        if (len > 0)
            memcpy(f->text + f->text_len, f->at, len);
        f->text_len += len;
        f->at = end;
        if (end == f->end)
            return false;
        if (*end == '<')
            return true;
        if (*end != '&' || !read_reference(f))
            return false;
    }
}

/* --- tags --- */

/* An attribute, behind the space before it. None is of interest. */
static bool read_attribute(struct flat *f)
{
    const char *quote;

    if (f->at == f->end || !is(*f->at, NAME_FIRST))
        return false;
    while (f->at < f->end && (is(*f->at, NAME) || *f->at == ':'))
        f->at++;
    if (!TAKE(f, "=\""))
        return false;
    quote = memchr(f->at, '"', (size_t)(f->end - f->at));
    if (!quote || plain_end(f->at, quote) != quote)
        return false;
    f->at = quote + 1;
    return true;
}

/* Adds a name to the path. */
static bool read_name(struct flat *f)
{
    const char *from = f->at, *at = from;
    size_t n = f->path_len;

    while (at < f->end && is(*at, NAME))
        at++;
    if (f->depth == DEPTH_MOST || at == from || !is(*from, NAME_FIRST) ||
            (size_t)(at - from) >= PATH_MOST - n)
        return false;
    f->before[f->depth++] = n;
    if (n > 0)
        f->path[n++] = '/';
    memcpy(f->path + n, from, (size_t)(at - from));
    f->path_len = n + (size_t)(at - from);
    f->at = at;
    return true;
}

/* Tells of the element whose end was read, and goes back to the one around it. */
static void tell(struct flat *f)
{
    f->path[f->path_len] = '\0';
    f->text[f->text_len] = '\0';
    f->told++;
    f->cb(f->ctx, f->path, f->text, f->text_len);
    f->path_len = f->before[--f->depth];
}

/* A tag of an element's beginning, behind its '<'. */
static bool read_start(struct flat *f)
{
    if (!read_name(f) || (TAKE(f, " ") && !read_attribute(f)))
        return false;
    f->text_len = 0;
    if (TAKE(f, ">"))
        return true;
    if (!TAKE(f, "/>"))
        return false;
    tell(f);
    return true;
}

/* A tag of an element's end, behind its "</". */
static bool read_end(struct flat *f)
{
    size_t before = f->before[f->depth - 1];
    size_t name = before > 0 ? before + 1 : 0;

    if (!take(f, f->path + name, f->path_len - name) || !TAKE(f, ">"))
        return false;
    tell(f);
    return true;
}

static bool read_tag(struct flat *f)
{
    if (!TAKE(f, "<"))
        return false;
    return TAKE(f, "/") ? read_end(f) : read_start(f);
}

/* --- documents --- */

/* The XML declaration, if there is one. It may come at the very beginning alone. */
static bool read_declaration(struct flat *f)
{
    if (!TAKE(f, "<?"))
        return true;
    return TAKE(f, "xml version=\"1.0\" encoding=\"UTF-8\"?>") ||
           TAKE(f, "xml version=\"1.0\" encoding=\"utf-8\"?>") ||
           TAKE(f, "xml version=\"1.0\"?>") ||
           TAKE(f, "xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>");
}

/* From the beginning of the document to behind the '<' of its root. */
static bool read_to_root(struct flat *f)
{
    if (!read_declaration(f))
        return false;
    skip_space(f);
    return TAKE(f, "<");
}

static void begin(struct flat *f, const char *xml, size_t len)
{
    f->at = xml;
    f->end = xml + len;
    f->told = 0;
    f->depth = 0;
    f->path_len = f->text_len = 0;
}

bool s3_xml_flat(const char *xml, size_t len, s3_xml_cb cb, void *ctx, size_t *told)
{
    struct flat f;
    bool good;

    begin(&f, xml, len);
    f.cb = cb;
    f.ctx = ctx;
    good = read_to_root(&f) && read_start(&f);
    while (good && f.depth > 0)
        good = read_text(&f) && read_tag(&f);
    skip_space(&f);
    *told = f.told;
    return good && f.at == f.end;
}

bool s3_xml_flat_may_be(const char *xml, size_t len, const char *name)
{
    struct flat f;

    begin(&f, xml, len);
    if (!read_to_root(&f) || !read_name(&f) || f.at == f.end || *f.at == ':')
        return true;
    f.path[f.path_len] = '\0';
    return strcmp(f.path, name) == 0;
}
