/* UTF-8 (RFC 3629). The lowest file of all: err.c, which cleans texts of services, stands on it. */
#ifndef COPYOUT_BASE_UTF8_H
#define COPYOUT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether s[0..len) is valid UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. NUL is
 * a valid character. */
bool str_utf8_valid(const char *s, size_t len);

/* Length in bytes (1 to 4) of the valid UTF-8 sequence that s, of len > 0 bytes, begins with; 0
 * when it begins with none. */
size_t str_utf8_sequence(const char *s, size_t len);
/* The same, and the character, to which *cp is set unless it is 0. */
size_t str_utf8_decode(const char *s, size_t len, uint32_t *cp);

/* Length in bytes of the valid UTF-8 sequence that s, of len > 0 bytes, begins with, if it is a
 * character that cannot be seen and makes a text look like another one: of no width, or one that
 * changes the direction of what follows (Unicode Standard, general category Cf, and the line and
 * paragraph separators). *cp (may be NULL) is set to it then. 0: it is another, or none. */
size_t str_utf8_unseen(const char *s, size_t len, uint32_t *cp);

/* Whether the two bytes at s are a control character of U+0080 to U+009F. */
static inline bool str_is_c1(const char *s)
{
    return (unsigned char)s[0] == 0xC2 && ((unsigned char)s[1] & 0xE0) == 0x80;
}

#endif
