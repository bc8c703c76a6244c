#include "net/http1/http_url.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

static enum err_code refused(struct err *e, const char *why)
{
    err_set(e, ERR_PROTOCOL, "%s", why);
    e->cls = ERR_CLASS_PERMANENT;
    return ERR_PROTOCOL;
}

/* Bytes of the host at s, whose authority has len bytes; 0: there is none. */
static size_t host_length(const char *s, size_t len)
{
    const char *end;

    if (len == 0 || s[0] != '[') {
        end = memchr(s, ':', len);
        return end ? (size_t)(end - s) : len;
    }
    end = memchr(s, ']', len);
    return end && end > s + 1 ? (size_t)(end + 1 - s) : 0;
}

/* Reads the text behind the host: nothing, ":" or ":port". */
static bool read_port(const char *s, size_t len, unsigned *port)
{
    uint64_t number;

    if (len == 0 || (len == 1 && *s == ':'))
        return true;
    if (*s != ':' || !str_parse_u64(s + 1, len - 1, &number) || number == 0 || number > 65535)
        return false;
    *port = (unsigned)number;
    return true;
}

enum err_code http_url_parse(const char *url, struct http_url *out, struct err *e)
{
    const char *at;
    size_t len;

    memset(out, 0, sizeof *out);
    out->https = strncasecmp(url, "https://", 8) == 0;
    if (!out->https && strncasecmp(url, "http://", 7) != 0)
        return refused(e, "the URL is neither http nor https");
    for (at = url; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7F)
            return refused(e, "the URL holds a space or a control character");
    out->host = url + (out->https ? 8 : 7);
    len = strcspn(out->host, "/?#");
    /* libcurl would decode a name with '%', and see another host than we do. */
    out->host_len = host_length(out->host, len);
    if (out->host_len == 0 || memchr(out->host, '@', len) || memchr(out->host, '\\', len) ||
            (out->host[0] != '[' && memchr(out->host, '%', len)))
        return refused(e, "the URL has no host, or one that is not plainly a host");
    out->port = http_url_default_port(out->https);
    if (!read_port(out->host + out->host_len, len - out->host_len, &out->port))
        return refused(e, "the URL has a port that is none");
    out->target = out->host + len;
    out->target_len = strcspn(out->target, "#");
    return ERR_OK;
}
