#include "net/http1/http1_write.h"

#include <string.h>
#include <strings.h>

static bool is_plain(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if ((unsigned char)s[i] <= ' ' || s[i] == 0x7F)
            return false;
    return true;
}

static bool has_line_break(const char *s, size_t len)
{
    return len > 0 && (memchr(s, '\r', len) || memchr(s, '\n', len));
}

/* Headers that say where a request ends, or for whom it is: two of them would be two readings. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {
            "content-length", "transfer-encoding", "host", "connection", "proxy-authorization"};
    size_t i;

    if (!strchr("cthpCTHP", name[0]))
        return false;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The names; the values are looked through at once, in write_headers(). */
static enum err_code check_name(const char *name, struct err *e)
{
    size_t len = strlen(name);

    if (len == 0 || !is_plain(name, len) || memchr(name, ':', len))
        return err_set(e, ERR_PROTOCOL, "\"%s\" cannot be the name of a header", name);
    if (is_ours(name))
        return err_set(e, ERR_PROTOCOL, "the header %s is not the caller's to set", name);
    return ERR_OK;
}

static void add_field(struct buf *out, const char *name, const char *value)
{
    buf_adds(out, name);
    buf_add(out, ": ", *value ? 2 : 1);
    buf_adds(out, value);
    buf_add(out, "\r\n", 2);
}

static enum err_code bad_value(const struct headers *headers, struct err *e)
{
    const char *name, *value;
    size_t at = 0;

    while (headers_next(headers, &at, &name, &value))
        if (has_line_break(value, strlen(value)))
            return err_set(e, ERR_PROTOCOL, "the value of header %s holds a line break", name);
    return err_set(e, ERR_PROTOCOL, "the name of a header holds a line break");
}

static enum err_code write_headers(struct buf *out, const struct headers *headers, struct err *e)
{
    const char *name, *value;
    size_t at = 0;

    if (has_line_break(headers->text.data, headers->text.len))
        return bad_value(headers, e);
    while (headers_next(headers, &at, &name, &value)) {
        enum err_code code = check_name(name, e);

        if (code != ERR_OK)
            return code;
        add_field(out, name, value);
    }
    return ERR_OK;
}

/* The texts that come from configuration. */
static enum err_code write_own(struct buf *out, const struct http1_head *h, struct err *e)
{
    const char *const own[][2] = {{"Host", h->host},
            {"User-Agent",
                    h->headers && headers_get(h->headers, "user-agent") ? NULL : h->user_agent},
            {"Proxy-Authorization", h->proxy_authorization}};
    size_t i;

    for (i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (!own[i][1])
            continue;
        if (has_line_break(own[i][1], strlen(own[i][1])))
            return err_set(e, ERR_PROTOCOL, "the value of header %s holds a line break", own[i][0]);
        add_field(out, own[i][0], own[i][1]);
    }
    return ERR_OK;
}

/* Decimal digits, without printf: it is done for every request. */
static void add_number(struct buf *out, size_t n)
{
    char digits[24];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    buf_add(out, digits + at, sizeof digits - at);
}

static enum err_code write_line(struct buf *out, const struct http1_head *h, struct err *e)
{
    if (!h->method[0] || !is_plain(h->method, strlen(h->method)) ||
            !is_plain(h->before_target, strlen(h->before_target)) ||
            !is_plain(h->target, h->target_len))
        return err_set(e, ERR_PROTOCOL, "the request's first line would hold a space too many");
    buf_adds(out, h->method);
    buf_addc(out, ' ');
    buf_adds(out, h->before_target);
    if (h->target_len == 0 || h->target[0] != '/')
        buf_addc(out, '/');
    buf_add(out, h->target, h->target_len);
    buf_adds(out, " HTTP/1.1\r\n");
    return ERR_OK;
}

enum err_code http1_write(struct buf *out, const struct http1_head *h, struct err *e)
{
    enum err_code code = write_line(out, h, e);

    if (code == ERR_OK)
        code = write_own(out, h, e);
    if (code == ERR_OK && h->headers)
        code = write_headers(out, h->headers, e);
    if (code != ERR_OK)
        return code;
    if (h->body == HTTP1_BODY) {
        buf_adds(out, "Content-Length: ");
        add_number(out, h->body_len);
        buf_add(out, "\r\n", 2);
    }
    buf_add(out, "\r\n", 2);
    return buf_check(out, "the request's head", e);
}
