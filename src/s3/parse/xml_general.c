#include "s3/parse/xml_general.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    DEPTH_MAX = 16,
    PATH_MAX_LEN = 512,
    TEXT_MAX = 64 * 1024, /* an upload id or a token has a few hundred bytes */
};

struct walk {
    XML_Parser parser;
    s3_xml_cb cb;
    void *ctx;
    struct buf path;
    struct buf text; /* of the element begun last; parents' text is of no use in S3's answers */
    size_t path_len[DEPTH_MAX];
    unsigned depth;
    const char *why; /* it was stopped; NULL: it was not */
};

static void stop(struct walk *w, const char *why)
{
    w->why = why;
    XML_StopParser(w->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct walk *w = ctx;
    const char *colon = strrchr(name, ':');

    (void)attributes;
    if (w->depth == DEPTH_MAX) {
        stop(w, "it is nested too deep");
        return;
    }
    w->path_len[w->depth++] = w->path.len;
    if (w->path.len > 0)
        buf_addc(&w->path, '/');
    buf_adds(&w->path, colon ? colon + 1 : name);
    buf_clear(&w->text);
    if (!buf_ok(&w->path))
        stop(w, "its names are too long");
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct walk *w = ctx;

    (void)name;
    if (w->why) /* after a stop expat still reports the end of an empty element */
        return;
    if (!buf_ok(&w->text)) {
        stop(w, "a text in it is too long");
        return;
    }
    w->cb(w->ctx, buf_str(&w->path), buf_str(&w->text), w->text.len);
    w->path.len = w->path_len[--w->depth];
    w->path.data[w->path.len] = '\0';
    buf_clear(&w->text);
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
    struct walk *w = ctx;

    buf_add(&w->text, text, (size_t)len);
}

/* No answer of S3 has a document type. Entities that one declares can make a small answer large. */
static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid,
        const XML_Char *pubid, int has_internal_subset)
{
    (void)name, (void)sysid, (void)pubid, (void)has_internal_subset;
    stop(ctx, "it has a document type");
}

/* Whether a document may hold the character (XML 1.0, 2.2 "Characters"). */
static bool is_xml_char(unsigned long c)
{
    return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
           (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

/* The length of a numeric character reference at s whose character no document may hold. 0: there
 * is none at s. */
static size_t bad_reference(const char *s, size_t len)
{
    unsigned long value = 0;
    size_t i = 2;
    bool hex;

    if (len < 4 || s[0] != '&' || s[1] != '#')
        return 0;
    hex = s[2] == 'x';
    i += hex ? 1 : 0;
    for (; i < len && i < 12 && s[i] != ';'; i++) {
        unsigned char digit;
        char two[2] = {'0', s[i]};

        if (!str_unhex(&digit, two, 1) || (!hex && digit > 9))
            return 0;
        value = value * (hex ? 16 : 10) + digit;
    }
    if (i >= len || s[i] != ';' || i == (hex ? 3u : 2u) || is_xml_char(value))
        return 0;
    return i + 1;
}

/* A copy in which '?' replaces the characters that XML cannot hold. NULL: out of memory. */
static char *sanitized(const char *xml, size_t len, size_t *out_len)
{
    char *copy = malloc(len + 1);
    size_t i = 0, n = 0;

    if (!copy)
        return NULL;
    while (i < len) {
        unsigned char c = (unsigned char)xml[i];
        size_t skip = c == '&' ? bad_reference(xml + i, len - i) : 0;
        size_t whole = c >= 0x80 ? str_utf8_sequence(xml + i, len - i) : 1;

        if ((c < 0x20 && !is_xml_char(c)) || whole == 0)
            skip = 1;
        else if (whole == 3 && memcmp(xml + i, "\xEF\xBF", 2) == 0 &&
                 (unsigned char)xml[i + 2] >= 0xBE) /* U+FFFE, U+FFFF */
            skip = 3;
        if (skip > 0) {
            copy[n++] = '?';
            i += skip;
        } else {
            memcpy(copy + n, xml + i, whole);
            n += whole;
            i += whole;
        }
    }
    *out_len = n;
    return copy;
}

enum err_code s3_xml_general(const char *xml, size_t len, s3_xml_cb cb, void *ctx, struct err *e)
{
    enum err_code code = ERR_OK;
    char *copy = NULL;
    struct walk w;

    memset(&w, 0, sizeof w);
    w.cb = cb;
    w.ctx = ctx;
    buf_init(&w.path, PATH_MAX_LEN);
    buf_init(&w.text, TEXT_MAX);
    copy = sanitized(xml, len, &len);
    w.parser = copy ? XML_ParserCreate(NULL) : NULL;
    if (!w.parser) {
        code = err_nomem(e);
        goto out;
    }
    XML_SetUserData(w.parser, &w);
    XML_SetElementHandler(w.parser, on_start, on_end);
    XML_SetCharacterDataHandler(w.parser, on_text);
    XML_SetStartDoctypeDeclHandler(w.parser, on_doctype);
    if (XML_Parse(w.parser, copy, (int)len, 1) != XML_STATUS_OK)
        code = err_set(e, ERR_PROTOCOL, "the answer is not the XML it should be: %s",
                w.why ? w.why : XML_ErrorString(XML_GetErrorCode(w.parser)));
    if (w.path.failed == ERR_NOMEM || w.text.failed == ERR_NOMEM ||
            XML_GetErrorCode(w.parser) == XML_ERROR_NO_MEMORY)
        code = err_nomem(e);
out:
    if (w.parser)
        XML_ParserFree(w.parser);
    free(copy);
    buf_free(&w.path);
    buf_free(&w.text);
    return code;
}
