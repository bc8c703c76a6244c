#include "net/url.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

bool url_host(const char *url, char *host, size_t host_max, unsigned *port)
{
    bool tls = strncasecmp(url, "https://", 8) == 0;
    const char *at = url + (tls ? 8 : 7);
    size_t len, host_len;
    uint64_t number = tls ? 443 : 80;

    if (!tls && strncasecmp(url, "http://", 7) != 0)
        return false;
    len = strcspn(at, "/?#");
    if (memchr(at, '@', len) || memchr(at, '[', len))
        return false;
    host_len = strcspn(at, ":/?#");
    if (host_len == 0 || host_len >= host_max)
        return false;
    if (host_len < len && (!str_parse_u64(at + host_len + 1, len - host_len - 1, &number) ||
                                  number == 0 || number > 65535))
        return false;
    memcpy(host, at, host_len);
    host[host_len] = '\0';
    *port = (unsigned)number;
    return true;
}
