#include "base/utf8.h"

#include <stdint.h>

size_t str_utf8_sequence(const char *text, size_t len)
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

    if (n <= 1 || n > len)
        return n <= len ? n : 0;
    cp = s[0] & (0x7Fu >> n);
    for (i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        cp = cp << 6 | (s[i] & 0x3F);
    }
    if (cp < least[n] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    return n;
}

bool str_utf8_valid(const char *s, size_t len)
{
    size_t i = 0;

    while (i < len) {
        size_t n = str_utf8_sequence(s + i, len - i);

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
