#include "s3/address.h"

#include <string.h>

#include "aws/endpoint.h"
#include "base/str.h"

void s3_address_init(struct s3_address *a)
{
    buf_init(&a->scheme_host, BUF_MAX_SMALL);
    buf_init(&a->host, BUF_MAX_SMALL);
    buf_init(&a->path, BUF_MAX_SMALL);
}

void s3_address_free(struct s3_address *a)
{
    buf_free(&a->scheme_host);
    buf_free(&a->host);
    buf_free(&a->path);
}

static size_t scheme_len(const char *endpoint)
{
    return str_starts(endpoint, "https://") ? 8 : str_starts(endpoint, "http://") ? 7 : 0;
}

/* curl leaves the default port out of the Host header, and so must the signature. */
static void add_host(struct buf *host, const char *name, size_t len, bool tls)
{
    const char *port = tls ? ":443" : ":80";
    size_t n = strlen(port);

    if (len > n && memcmp(name + len - n, port, n) == 0)
        len -= n;
    buf_add(host, name, len);
}

static enum err_code at_aws(
        struct s3_address *a, const char *region, const char *bucket, struct err *e)
{
    bool in_host = strchr(bucket, '.') == NULL;
    enum err_code code;

    if (in_host) {
        buf_adds(&a->host, bucket);
        buf_addc(&a->host, '.');
    }
    code = aws_endpoint_host(&a->host, "s3", region, e);
    if (code != ERR_OK)
        return code;
    buf_adds(&a->scheme_host, "https://");
    buf_add(&a->scheme_host, buf_str(&a->host), a->host.len);
    if (!in_host) {
        buf_addc(&a->path, '/');
        buf_adds(&a->path, bucket);
    }
    return ERR_OK;
}

static void at_endpoint(struct s3_address *a, const char *endpoint, const char *bucket)
{
    size_t scheme = scheme_len(endpoint);
    size_t host = strcspn(endpoint + scheme, "/");
    const char *base = endpoint + scheme + host;
    size_t base_len = strlen(base);

    buf_add(&a->scheme_host, endpoint, scheme + host);
    add_host(&a->host, endpoint + scheme, host, scheme == 8);
    while (base_len > 0 && base[base_len - 1] == '/')
        base_len--;
    buf_add(&a->path, base, base_len);
    buf_addc(&a->path, '/');
    buf_adds(&a->path, bucket);
}

enum err_code s3_address_make(struct s3_address *a, const char *endpoint, const char *region,
        const char *bucket, const char *key, struct err *e)
{
    enum err_code code = ERR_OK;

    buf_clear(&a->scheme_host);
    buf_clear(&a->host);
    buf_clear(&a->path);
    if (endpoint)
        at_endpoint(a, endpoint, bucket);
    else
        code = at_aws(a, region, bucket, e);
    if (code != ERR_OK)
        return code;
    if (key) {
        buf_addc(&a->path, '/');
        str_uri_encode(&a->path, key, strlen(key), true);
    } else if (a->path.len == 0) {
        buf_addc(&a->path, '/');
    }
    code = buf_check(&a->path, "the request's path", e);
    return code != ERR_OK ? code : buf_check(&a->scheme_host, "the endpoint", e);
}

enum err_code s3_endpoint_check(const char *endpoint, struct err *e)
{
    size_t scheme = scheme_len(endpoint);
    size_t host = strcspn(endpoint + scheme, "/");

    if (strchr(endpoint, '@')) /* not repeated: there may be a password in it */
        return err_set(e, ERR_USAGE, "the endpoint must not hold a user name or password");
    if (scheme == 0)
        return err_set(
                e, ERR_USAGE, "endpoint \"%s\": must begin with http:// or https://", endpoint);
    if (host == 0 || strpbrk(endpoint, " ?#@\r\n\t"))
        return err_set(
                e, ERR_USAGE, "endpoint \"%s\": must be a host, with a port if need be", endpoint);
    return ERR_OK;
}
