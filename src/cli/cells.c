#include "cli/cells.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* The blocks of characters that take two cells, first and last of each. Coarse: what lies between
 * wide characters counts as wide. */
static const struct {
    uint32_t first, last;
} wide[] = {
        {0x1100, 0x115F},
        {0x231A, 0x231B},
        {0x23E9, 0x23F3},
        {0x25FD, 0x2B55}, /* symbols, some of which are emoji */
        {0x2E80, 0xA4CF},
        {0xA960, 0xA97F},
        {0xAC00, 0xD7A3},
        {0xF900, 0xFAFF},
        {0xFE10, 0xFE6F},
        {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6},
        {0x16FE0, 0x18CFF},
        {0x1AFF0, 0x1B2FF},
        {0x1F000, 0x1FAFF},
        {0x20000, 0x3FFFD},
};

/* Length in bytes of the first character of s, which is not empty, and its cells. A byte that is no
 * UTF-8 is taken for a character. */
static size_t first(const char *s, unsigned *cells)
{
    enum { LENGTH_MOST = 4 };
    uint32_t cp = 0;
    size_t len = str_utf8_decode(s, strnlen(s, LENGTH_MOST), &cp), i;

    *cells = 1;
    for (i = 0; len > 2 && i < sizeof wide / sizeof wide[0]; i++)
        if (cp >= wide[i].first && cp <= wide[i].last)
            *cells = 2;
    return len > 0 ? len : 1;
}

unsigned cells_of(const char *s)
{
    unsigned sum = 0, cells;

    for (; *s; s += first(s, &cells), sum += cells)
        ;
    return sum;
}

/* The byte behind the longest beginning of s that takes at most `most` cells, and its cells. */
static const char *behind(const char *s, unsigned most, unsigned *taken)
{
    unsigned cells;
    size_t len;

    for (*taken = 0; *s; s += len, *taken += cells) {
        len = first(s, &cells);
        if (*taken + cells > most)
            break;
    }
    return s;
}

unsigned cells_cut(char *s, unsigned most)
{
    unsigned taken;
    char *end = s + (behind(s, most, &taken) - s);

    *end = '\0';
    return taken;
}

unsigned cells_fit(char *out, size_t size, const char *s, unsigned most)
{
    static const char dots[] = "…";
    unsigned all = cells_of(s), head, skipped, tail_most;
    const char *head_end, *tail;
    char text[1024];

    if (all <= most || most == 0) {
        str_copy(out, size, most == 0 ? "" : s);
        return cells_of(out);
    }
    /* The end of a key tells more than its beginning. */
    head_end = behind(s, (most - 1) / 3, &head);
    tail_most = most - 1 - head;
    tail = behind(s, all - tail_most, &skipped);
    if (skipped < all - tail_most && *tail) { /* a wide character lies across */
        unsigned cells;

        tail += first(tail, &cells);
    }
    snprintf(text, sizeof text, "%.*s%s%s", (int)(head_end - s), s, dots, tail);
    str_copy(out, size, text);
    return cells_of(out);
}
