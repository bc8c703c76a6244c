/* A line with one thing wrong, in every way that is tried: for readers of which one must not take
 * what the other does not. */
#ifndef COPYOUT_TEST_MUTATIONS_H
#define COPYOUT_TEST_MUTATIONS_H

#include <stdlib.h>
#include <string.h>

/* Calls check(changed, length) for the line itself, for each of its beginnings, and with each of
 * its bytes left out, doubled, and replaced by each of some others. The memory ends where the text
 * does. */
static inline void each_mutation(
        const char *line, size_t len, void (*check)(const char *line, size_t len))
{
    static const char others[] = "\"\\{}[],:.0129- \n\x01\x1F\x7F\x80\xC3\xFFnueEW/";
    size_t i, j;

    for (i = 0; i <= len; i++) {
        char *cut = malloc(i ? i : 1);

        memcpy(cut, line, i);
        check(cut, i);
        free(cut);
    }
    for (i = 0; i < len; i++) {
        char *less = malloc(len), *more = malloc(len + 1);

        memcpy(less, line, i);
        memcpy(less + i, line + i + 1, len - i - 1);
        check(less, len - 1);
        memcpy(more, line, i + 1);
        memcpy(more + i + 1, line + i, len - i);
        check(more, len + 1);
        memcpy(less, line, len);
        for (j = 0; j < sizeof others; j++) { /* the NUL, too */
            less[i] = others[j];
            check(less, len);
        }
        free(less);
        free(more);
    }
}

#endif
