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

/* Whether a server could take a part of that value for something else. */
static bool breaks_off(const char *s, size_t len)
{
    return len > 0 && (memchr(s, '\r', len) || memchr(s, '\n', len) || memchr(s, '\0', len));
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

static enum err_code check_name(const char *name, size_t len, struct err *e)
{
    if (len == 0 || !is_plain(name, len) || memchr(name, ':', len))
        return err_set(e, ERR_PROTOCOL, "\"%s\" cannot be the name of a header", name);
    if (is_ours(name))
        return err_set(e, ERR_PROTOCOL, "the header %s is not the caller's to set", name);
    return ERR_OK;
}

static enum err_code write_field(struct buf *out, const struct header *header, struct err *e)
{
    if (breaks_off(header->value, header->value_len))
        return err_set(e, ERR_PROTOCOL, "the value of header %s holds a line break or a NUL",
                header->name);
    buf_add(out, header->name, header->name_len);
    buf_add(out, ": ", header->value_len > 0 ? 2 : 1);
    buf_add(out, header->value, header->value_len);
    buf_add(out, "\r\n", 2);
    return ERR_OK;
}

static enum err_code write_headers(struct buf *out, const struct headers *headers, struct err *e)
{
    struct header header;
    size_t at = 0;

    while (headers_next_header(headers, &at, &header)) {
        enum err_code code = check_name(header.name, header.name_len, e);

        if (code == ERR_OK)
            code = write_field(out, &header, e);
        if (code != ERR_OK)
            return code;
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
        struct header header = {.name = own[i][0], .value = own[i][1]};
        enum err_code code;

        if (!header.value)
            continue;
        header.name_len = strlen(header.name);
        header.value_len = strlen(header.value);
        code = write_field(out, &header, e);
        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
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
        buf_addu(out, h->body_len);
        buf_add(out, "\r\n", 2);
    }
    buf_add(out, "\r\n", 2);
    return buf_check(out, "the request's head", e);
}
