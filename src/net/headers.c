#include "net/headers.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The lengths that stand before each field. */
struct lengths {
    uint16_t name, value; /* bytes, without the NUL */
};

static_assert(
        BUF_MAX_SMALL <= UINT16_MAX + 1, "the length of a name or value that fits into a list");

void headers_init(struct headers *h)
{
    buf_init(&h->text, BUF_MAX_SMALL);
    h->count = 0;
}

void headers_free(struct headers *h)
{
    buf_free(&h->text);
    h->count = 0;
}

void headers_clear(struct headers *h)
{
    buf_clear(&h->text);
    h->count = 0;
}

size_t headers_open(struct headers *h)
{
    struct lengths lengths = {0};
    size_t begun = h->text.len;

    buf_add(&h->text, &lengths, sizeof lengths);
    return begun;
}

void headers_end_name(struct headers *h, size_t begun)
{
    struct lengths lengths = {0};

    if (!buf_ok(&h->text))
        return;
    lengths.name = (uint16_t)(h->text.len - (begun + sizeof lengths));
    memcpy(h->text.data + begun, &lengths, sizeof lengths);
    buf_addc(&h->text, '\0');
}

static size_t begin(struct headers *h, const char *name, size_t name_len)
{
    size_t begun = headers_open(h);

    buf_add(&h->text, name, name_len);
    headers_end_name(h, begun);
    return begun;
}

size_t headers_begin(struct headers *h, const char *name)
{
    return begin(h, name, strlen(name));
}

void headers_end(struct headers *h, size_t begun)
{
    struct lengths lengths;
    size_t value_len;

    if (!buf_ok(&h->text))
        return;
    memcpy(&lengths, h->text.data + begun, sizeof lengths);
    value_len = h->text.len - (begun + sizeof lengths + lengths.name + 1);
    lengths.value = (uint16_t)value_len;
    memcpy(h->text.data + begun, &lengths, sizeof lengths);
    buf_addc(&h->text, '\0');
    h->count++;
}

void headers_add_n(
        struct headers *h, const char *name, size_t name_len, const char *value, size_t value_len)
{
    size_t begun = begin(h, name, name_len);

    buf_add(&h->text, value, value_len);
    headers_end(h, begun);
}

void headers_add(struct headers *h, const char *name, const char *value)
{
    headers_add_n(h, name, strlen(name), value, strlen(value));
}

void headers_addf(struct headers *h, const char *name, const char *fmt, ...)
{
    char value[4096];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(value, sizeof value, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof value) {
        h->text.failed = ERR_LIMIT; /* a cut header must not be sent */
        return;
    }
    headers_add(h, name, value);
}

void headers_add_all(struct headers *to, const struct headers *from)
{
    if (!from)
        return;
    if (!buf_ok(&from->text))
        to->text.failed = from->text.failed;
    buf_add(&to->text, buf_str(&from->text), from->text.len);
    to->count += from->count;
}

bool headers_next_header(const struct headers *h, size_t *at, struct header *out)
{
    struct lengths lengths;

    if (*at >= h->text.len || !buf_ok(&h->text))
        return false;
    memcpy(&lengths, h->text.data + *at, sizeof lengths);
    out->name = h->text.data + *at + sizeof lengths;
    out->name_len = lengths.name;
    out->value = out->name + lengths.name + 1;
    out->value_len = lengths.value;
    *at += sizeof lengths + lengths.name + 1 + lengths.value + 1;
    return true;
}

bool headers_next(const struct headers *h, size_t *at, const char **name, const char **value)
{
    struct header header;

    if (!headers_next_header(h, at, &header))
        return false;
    *name = header.name;
    *value = header.value;
    return true;
}

/* Nearly all other names differ in their length or in their first letter. */
static bool is_named(const struct header *header, const char *name, size_t name_len)
{
    return header->name_len == name_len &&
           (name_len == 0 || ((header->name[0] ^ name[0]) & ~('a' ^ 'A')) == 0) &&
           strcasecmp(header->name, name) == 0;
}

const char *headers_get(const struct headers *h, const char *name)
{
    size_t at = 0, name_len = strlen(name);
    struct header header;

    while (headers_next_header(h, &at, &header))
        if (is_named(&header, name, name_len))
            return header.value;
    return NULL;
}

void headers_join(const struct headers *h, const char *name, struct buf *out)
{
    size_t at = 0, name_len = strlen(name);
    struct header header;
    bool first = true;

    while (headers_next_header(h, &at, &header)) {
        if (!is_named(&header, name, name_len))
            continue;
        if (!first)
            buf_addc(out, ',');
        buf_add(out, header.value, header.value_len);
        first = false;
    }
}
