#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t str_utf8_decode(const char *text, size_t len, uint32_t *at)
{
    const unsigned char *s = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t cp;
    size_t n, i;

    if (s[0] < 0x80)
        n = 1;
    else if (s[0] >= 0xC0 && s[0] < 0xF8)
        n = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    else
        n = 0;

    if (n == 0 || n > len)
        return 0;
    if (n == 1) {
        *at = s[0];
        return 1;
    }
    cp = s[0] & (0x7Fu >> n);
    for (i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        cp = cp << 6 | (s[i] & 0x3F);
    }
    if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    *at = cp;
    return n;
}

size_t str_utf8_sequence(const char *s, size_t len)
{
    uint32_t cp;

    return str_utf8_decode(s, len, &cp);
}

size_t str_utf8_unseen(const char *s, size_t len, uint32_t *cp)
{
    static const struct {
        uint32_t first, last;
    } rows[] = {
            {0x00AD, 0x00AD},   /* soft hyphen */
            {0x061C, 0x061C},   /* Arabic letter mark */
            {0x180E, 0x180E},   /* Mongolian vowel separator */
            {0x200B, 0x200F},   /* zero width space, joiners, marks of direction */
            {0x2028, 0x202E},   /* separators of lines and paragraphs, embeddings, overrides */
            {0x2060, 0x206F},   /* word joiner, invisible operators, isolates */
            {0xFEFF, 0xFEFF},   /* zero width no-break space, the byte order mark */
            {0xFFF9, 0xFFFB},   /* annotations */
            {0xE0000, 0xE007F}, /* tags */
    };
    uint32_t c;
    size_t n = str_utf8_decode(s, len, &c), i;

    for (i = 0; n > 1 && i < sizeof rows / sizeof rows[0]; i++) {
        if (c < rows[i].first || c > rows[i].last)
            continue;
        if (cp)
            *cp = c;
        return n;
    }
    return 0;
}

/* How many of the first bytes are ASCII, as far as whole groups of eight are. */
static size_t ascii_run(const char *s, size_t len)
{
    static const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t eight;
    size_t i = 0;

    for (; i + sizeof eight <= len; i += sizeof eight) {
        memcpy(&eight, s + i, sizeof eight);
        if (eight & high)
            return i;
    }
    return i;
}

bool str_utf8_valid(const char *s, size_t len)
{
    size_t i = 0;

    while (i < len) {
        size_t n = ascii_run(s + i, len - i);

        i += n;
        if (i == len)
            break;
        n = str_utf8_sequence(s + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
