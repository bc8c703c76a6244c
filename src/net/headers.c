#include "net/headers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

void headers_add_n(
        struct headers *h, const char *name, size_t name_len, const char *value, size_t value_len)
{
    buf_add(&h->text, name, name_len);
    buf_addc(&h->text, '\0');
    buf_add(&h->text, value, value_len);
    buf_addc(&h->text, '\0');
    h->count++;
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
    const char *name, *value;
    size_t at = 0;

    if (from && !buf_ok(&from->text))
        to->text.failed = from->text.failed;
    while (from && headers_next(from, &at, &name, &value))
        headers_add(to, name, value);
}

bool headers_next(const struct headers *h, size_t *at, const char **name, const char **value)
{
    if (*at >= h->text.len || !buf_ok(&h->text))
        return false;
    *name = h->text.data + *at;
    *value = *name + strlen(*name) + 1;
    *at = (size_t)(*value + strlen(*value) + 1 - h->text.data);
    return true;
}

const char *headers_get(const struct headers *h, const char *name)
{
    const char *n, *v;
    size_t at = 0;

    while (headers_next(h, &at, &n, &v))
        if (strcasecmp(n, name) == 0)
            return v;
    return NULL;
}

void headers_join(const struct headers *h, const char *name, struct buf *out)
{
    const char *n, *v;
    size_t at = 0;
    bool first = true;

    while (headers_next(h, &at, &n, &v)) {
        if (strcasecmp(n, name) != 0)
            continue;
        if (!first)
            buf_addc(out, ',');
        buf_adds(out, v);
        first = false;
    }
}
