#include "plan/expand/key_split.h"

#include <string.h>

enum { FIRST = 0x20, BEHIND = 0x7F }; /* printable ASCII, and what follows it */

/* The first character behind those of the kind of c. */
static unsigned kind_end(unsigned c)
{
    if (c >= '0' && c <= '9')
        return '9' + 1;
    if (c >= 'A' && c <= 'Z')
        return 'Z' + 1;
    if (c >= 'a' && c <= 'z')
        return 'z' + 1;
    return BEHIND;
}

/* A character behind c and before `before`; 0: there is none. */
static unsigned between(unsigned c, unsigned before)
{
    unsigned from = c < FIRST ? FIRST : c, to = before < BEHIND ? before : BEHIND;
    unsigned kind = kind_end(from);

    if (kind < to && kind - from < 2)
        return kind;
    if (kind < to)
        to = kind;
    return to >= from + 2 ? from + (to - from) / 2 : 0;
}

bool key_split(struct buf *out, const char *after, const char *until, size_t least)
{
    size_t at = least, i, len = strlen(after);
    unsigned c;

    buf_clear(out);
    while (until && after[at] && after[at] == until[at])
        at++;
    for (i = at; i <= len; i++) {
        unsigned before = i == at && until ? (unsigned char)until[i] : BEHIND;

        c = between((unsigned char)after[i], before);
        if (c != 0) {
            buf_add(out, after, i);
            buf_addc(out, (char)c);
            return buf_ok(out);
        }
    }
    return false;
}
