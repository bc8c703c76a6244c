#include "copy/look/listing_range.h"

#include <string.h>

enum { KEY_MOST = 1024 }; /* bytes of a key (Amazon S3 User Guide, "Naming Amazon S3 objects") */

/* A character that has a neighbour in ASCII which is no control character. */
static bool has_neighbour(char c)
{
    return c > '!' && c < 0x7F;
}

void listing_before(struct buf *out, const char *key)
{
    size_t len = strlen(key);

    if (len == 0)
        return;
    if (has_neighbour(key[len - 1]) && len < KEY_MOST) {
        buf_add(out, key, len - 1);
        buf_addc(out, (char)(key[len - 1] - 1));
        buf_addc(out, '~');
        return;
    }
    /* Without its last character, however many bytes that has in UTF-8. */
    do
        len--;
    while (len > 0 && ((unsigned char)key[len] & 0xC0) == 0x80);
    buf_add(out, key, len);
}

void listing_prefix(struct buf *out, const char *first, const char *last, const char *least)
{
    size_t common = 0, len = strlen(least), i;

    for (i = 0; first[i] && first[i] == last[i]; i++)
        if (first[i] == '/')
            common = i + 1;
    if (common > len)
        buf_add(out, first, common);
    else
        buf_add(out, least, len);
}

bool listing_is_sound(const struct s3_keys *page, const char *prefix, const char *start_after)
{
    const char *before = start_after;
    size_t len = strlen(prefix);
    unsigned i;

    if (page->page != S3_PAGE_WHOLE || (page->next && page->count == 0))
        return false;
    for (i = 0; i < page->count; i++) {
        const char *key = page->objects[i].key;

        if (strcmp(key, before) <= 0 || strncmp(key, prefix, len) != 0)
            return false;
        before = key;
    }
    return true;
}
