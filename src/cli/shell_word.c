#include "cli/shell_word.h"

#include <string.h>

#include "base/utf8.h"

static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

/* How many bytes of s, of len > 0, can be shown as they are, by the first character; 0: it cannot
 * be. */
static size_t shown(const char *s, size_t len)
{
    size_t n = str_utf8_sequence(s, len);
    unsigned char c = (unsigned char)*s;

    if (n == 0 || c < 0x20 || c == 0x7F || str_utf8_unseen(s, len, NULL) ||
            (n == 2 && str_is_c1(s)))
        return 0;
    return n;
}

static bool is_shown(const char *text)
{
    size_t len = strlen(text), n = 1;

    for (; len > 0 && n > 0; text += n, len -= n)
        n = shown(text, len);
    return n > 0;
}

static void add_quoted(struct buf *out, const char *text)
{
    buf_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *text);
    }
    buf_addc(out, '\'');
}

static void add_escaped(struct buf *out, const char *text)
{
    size_t len = strlen(text), n;

    buf_adds(out, "$'");
    for (; len > 0; text += n, len -= n) {
        n = shown(text, len);
        if (n == 0) {
            buf_addf(out, "\\%03o", (unsigned)(unsigned char)*text);
            n = 1;
        } else {
            if (*text == '\'' || *text == '\\')
                buf_addc(out, '\\');
            buf_add(out, text, n);
        }
    }
    buf_addc(out, '\'');
}

void shell_word_add(struct buf *out, const char *text)
{
    /* zsh takes a word that begins with '=' for the path of a program. */
    if (*text && *text != '=' && text[strspn(text, plain)] == '\0')
        buf_adds(out, text);
    else if (is_shown(text))
        add_quoted(out, text);
    else
        add_escaped(out, text);
}
