#include "aws/endpoint.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { REGION_MAX = 63 };

/* AWS's partitions by how their regions are called; the last row is all others. From the SDKs'
 * common partitions metadata (partitions.json). */
static const struct partition {
    const char *prefix, *name, *dns_suffix;
} partitions[] = {
        {"cn-", "aws-cn", "amazonaws.com.cn"},
        {"us-gov-", "aws-us-gov", "amazonaws.com"},
        {"us-isob-", "aws-iso-b", "sc2s.sgov.gov"},
        {"us-isof-", "aws-iso-f", "csp.hci.ic.gov"},
        {"us-iso-", "aws-iso", "c2s.ic.gov"},
        {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"},
        {"eusc-", "aws-eusc", "amazonaws.eu"},
        {"", "aws", "amazonaws.com"},
};

static const struct partition *partition_of(const char *region)
{
    const struct partition *p = partitions;

    while (!str_starts(region, p->prefix))
        p++;
    return p;
}

enum err_code aws_region_check(const char *region, struct err *e)
{
    size_t len = strlen(region);

    if (len == 0 || len > REGION_MAX || region[0] == '-' || region[len - 1] == '-' ||
            strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        return err_set(e, ERR_INPUT, "\"%s\" is not the name of an AWS region", region);
    return ERR_OK;
}

const char *aws_region_partition(const char *region)
{
    return partition_of(region)->name;
}

const char *aws_region_dns_suffix(const char *region)
{
    return partition_of(region)->dns_suffix;
}

enum err_code aws_endpoint_host(
        struct buf *out, const char *service, const char *region, struct err *e)
{
    enum err_code code = aws_region_check(region, e);

    if (code != ERR_OK)
        return code;
    buf_addf(out, "%s.%s.%s", service, region, aws_region_dns_suffix(region));
    return buf_check(out, "the endpoint", e);
}

/* Digits, 1 to 65535. */
static bool is_port(const char *s, size_t len)
{
    uint64_t port;

    return str_parse_u64(s, len, &port) && port > 0 && port <= 65535;
}

/* host[0..len): a name or IPv4 address, or [IPv6], and perhaps :port. */
static bool split_host(const char *host, size_t len, struct aws_url *out)
{
    const char *end = host + len, *after;

    if (len > 0 && host[0] == '[') {
        after = memchr(host, ']', len);
        if (!after)
            return false;
        out->name = host + 1;
        out->name_len = (size_t)(after - out->name);
        after++;
    } else {
        /* libcurl decodes a name; we sign, and judge, what stands there. */
        if (memchr(host, '%', len))
            return false;
        after = memchr(host, ':', len);
        if (!after)
            after = end;
        out->name = host;
        out->name_len = (size_t)(after - host);
    }
    if (out->name_len == 0)
        return false;
    return after == end || (*after == ':' && is_port(after + 1, (size_t)(end - after - 1)));
}

static size_t without_default_port(const char *host, size_t len, bool https)
{
    const char *port = https ? ":443" : ":80";
    size_t n = strlen(port);

    return len > n && memcmp(host + len - n, port, n) == 0 ? len - n : len;
}

enum err_code aws_url_parse(const char *url, struct aws_url *out, struct err *e)
{
    const char *s = url;
    size_t i;

    memset(out, 0, sizeof *out);
    if (strncasecmp(s, "https://", 8) == 0)
        out->https = true;
    else if (strncasecmp(s, "http://", 7) != 0)
        goto bad;
    s += out->https ? 8 : 7;
    /* A text that is not plainly a URL is refused: two readers of an odd one may see two hosts. */
    for (i = 0; s[i]; i++)
        if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7F ||
                strchr("@\\?#\"<>^`{|}", s[i]))
            goto bad;
    out->host = s;
    out->host_len = strcspn(s, "/");
    out->path = s + out->host_len;
    out->path_len = strlen(out->path);
    if (!split_host(out->host, out->host_len, out))
        goto bad;
    out->signed_host_len = without_default_port(out->host, out->host_len, out->https);
    return ERR_OK;
bad:
    return err_set(e, ERR_INPUT, "not an http or https URL of the form https://host:port/path");
}

bool aws_url_is_loopback(const struct aws_url *url)
{
    char name[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (url->name_len >= sizeof name)
        return false;
    memcpy(name, url->name, url->name_len);
    name[url->name_len] = '\0';
    if (strcasecmp(name, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, name, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
