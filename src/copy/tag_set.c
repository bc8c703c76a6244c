#include "copy/tag_set.h"

#include <stddef.h>
#include <string.h>

/* The length of the tag at text. */
static size_t length(const char *text)
{
    return strcspn(text, "&");
}

/* The tag after the one at text; "" after the last. */
static const char *next(const char *text)
{
    text += length(text);
    return *text ? text + 1 : text;
}

bool tag_set_fits_header(const char *tagging)
{
    return !tagging || strlen(tagging) <= TAG_SET_HEADER_MOST;
}

unsigned tag_set_count(const char *tagging)
{
    unsigned n = 0;

    for (; tagging && *tagging; tagging = next(tagging))
        n++;
    return n;
}

static bool has_tag(const char *has, const char *tag, size_t len)
{
    for (; has && *has; has = next(has))
        if (length(has) == len && memcmp(has, tag, len) == 0)
            return true;
    return false;
}

bool tag_set_holds(const char *has, const char *wanted)
{
    for (; wanted && *wanted; wanted = next(wanted))
        if (!has_tag(has, wanted, length(wanted)))
            return false;
    return true;
}
