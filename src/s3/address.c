#include "s3/address.h"

#include <ctype.h>
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

static enum err_code at_endpoint(
        struct s3_address *a, const char *endpoint, const char *bucket, struct err *e)
{
    struct aws_url url;
    enum err_code code = aws_url_parse(endpoint, &url, e);

    if (code != ERR_OK)
        return code;
    buf_add(&a->scheme_host, endpoint, (size_t)(url.path - endpoint));
    buf_add(&a->host, url.host, url.signed_host_len);
    while (url.path_len > 0 && url.path[url.path_len - 1] == '/')
        url.path_len--;
    buf_add(&a->path, url.path, url.path_len);
    buf_addc(&a->path, '/');
    buf_adds(&a->path, bucket);
    return ERR_OK;
}

/* What is no bucket's name could make the request go to another host, or to another bucket. */
static enum err_code check_bucket(const char *bucket, struct err *e)
{
    static const char allowed[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (!isalnum((unsigned char)bucket[0]) || strspn(bucket, allowed) != strlen(bucket))
        return err_set(e, ERR_INPUT, "\"%s\" is not the name of a bucket", bucket);
    return ERR_OK;
}

enum err_code s3_address_make(struct s3_address *a, const char *endpoint, const char *region,
        const char *bucket, const char *key, struct err *e)
{
    enum err_code code = check_bucket(bucket, e);

    buf_clear(&a->scheme_host);
    buf_clear(&a->host);
    buf_clear(&a->path);
    if (code == ERR_OK)
        code = endpoint ? at_endpoint(a, endpoint, bucket, e) : at_aws(a, region, bucket, e);
    if (code != ERR_OK)
        return code;
    if (key && !key[0]) /* a request that is about an object must never be about its bucket */
        return err_set(e, ERR_INTERNAL, "bucket %s: the key is empty", bucket);
    if (key) {
        buf_addc(&a->path, '/');
        str_uri_encode(&a->path, key, strlen(key), true);
    } else if (a->path.len == 0) {
        buf_addc(&a->path, '/');
    }
    code = buf_check(&a->path, "the request's path", e);
    if (code == ERR_OK)
        code = buf_check(&a->host, "the endpoint's host", e);
    return code != ERR_OK ? code : buf_check(&a->scheme_host, "the endpoint", e);
}

enum err_code s3_endpoint_check(const char *endpoint, struct err *e)
{
    struct aws_url url;
    struct err why;

    if (strchr(endpoint, '@')) /* not repeated: there may be a password in it */
        return err_set(e, ERR_USAGE, "the endpoint must not hold a user name or password");
    if (aws_url_parse(endpoint, &url, &why) != ERR_OK)
        return err_set(e, ERR_USAGE, "endpoint \"%s\": %s", endpoint, why.message);
    return ERR_OK;
}
