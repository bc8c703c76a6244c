#include "s3/address.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"
#include "base/str.h"
#include "s3/answer.h"

/* --- regions --- */

enum {
    SLOTS = 4096, /* buckets remembered at most; beyond that a later one replaces an earlier */
    PROBES = 8,   /* slots looked at for one bucket */
};

struct slot {
    char *bucket; /* NULL: empty */
    char region[S3_REGION_MAX];
};

struct s3_regions {
    char *default_region;
    struct slot slots[SLOTS];
};

struct s3_regions *s3_regions_new(const char *default_region)
{
    struct s3_regions *r = calloc(1, sizeof *r);

    if (r)
        r->default_region = strdup(default_region);
    if (r && !r->default_region) {
        free(r);
        r = NULL;
    }
    return r;
}

enum err_code s3_regions_set_default(struct s3_regions *r, const char *region, struct err *e)
{
    char *copy = strdup(region);

    if (!copy)
        return err_nomem(e);
    free(r->default_region);
    r->default_region = copy;
    return ERR_OK;
}

void s3_regions_free(struct s3_regions *r)
{
    size_t i;

    if (!r)
        return;
    for (i = 0; i < SLOTS; i++)
        free(r->slots[i].bucket);
    free(r->default_region);
    free(r);
}

/* FNV-1a with 32 bits (draft-eastlake-fnv). The names of buckets are short, and making them collide
 * gains nothing. */
static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;

    while (*s)
        h = (h ^ (unsigned char)*s++) * 16777619u;
    return h;
}

/* The slot of the bucket, or SLOTS; then *empty is the one that it would get. */
static size_t slot_of(const struct s3_regions *r, const char *bucket, size_t *empty)
{
    uint32_t h = hash(bucket);
    size_t i;

    *empty = h % SLOTS;
    for (i = 0; i < PROBES; i++) {
        size_t at = (h + i) % SLOTS;

        if (!r->slots[at].bucket) {
            *empty = at;
            return SLOTS;
        }
        if (strcmp(r->slots[at].bucket, bucket) == 0)
            return at;
    }
    return SLOTS;
}

const char *s3_regions_get(const struct s3_regions *r, const char *bucket)
{
    size_t empty, at = slot_of(r, bucket, &empty);

    return at == SLOTS ? r->default_region : r->slots[at].region;
}

void s3_regions_set(struct s3_regions *r, const char *bucket, const char *region)
{
    size_t empty, at = slot_of(r, bucket, &empty);

    if (at == SLOTS) {
        char *name = strdup(bucket);

        if (!name)
            return;
        free(r->slots[empty].bucket);
        r->slots[empty].bucket = name;
        at = empty;
    }
    snprintf(r->slots[at].region, S3_REGION_MAX, "%s", region);
}

/* --- addresses --- */

void s3_address_init(struct s3_address *a)
{
    buf_init(&a->scheme_host, BUF_MAX_SMALL);
    buf_init(&a->host, BUF_MAX_SMALL);
    buf_init(&a->path, BUF_MAX_SMALL);
    buf_init(&a->made_of, BUF_MAX_SMALL);
    a->bucket_len = 0;
}

void s3_address_free(struct s3_address *a)
{
    buf_free(&a->scheme_host);
    buf_free(&a->host);
    buf_free(&a->path);
    buf_free(&a->made_of);
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

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

/* A text that is not the name of a bucket could make the request go to another host or bucket. */
static enum err_code check_bucket(const char *bucket, struct err *e)
{
    bool good = is_alnum(bucket[0]);
    const char *c;

    for (c = bucket; good && *c; c++)
        good = is_alnum(*c) || *c == '-' || *c == '_' || *c == '.';
    return good ? ERR_OK : err_set(e, ERR_INPUT, "\"%s\" is not the name of a bucket", bucket);
}

/* The text that made_of begins with. */
static char kind_of(const char *endpoint)
{
    return endpoint ? 'E' : 'A';
}

/* Whether the address, but for the key, is made of these. */
static bool is_made_of(
        const struct s3_address *a, const char *endpoint, const char *region, const char *bucket)
{
    const char *const parts[] = {endpoint ? endpoint : "", region, bucket};
    const char *s = buf_str(&a->made_of);
    size_t i;

    if (*s++ != kind_of(endpoint))
        return false;
    for (i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(s, parts[i]) != 0)
            return false;
        s += strlen(s) + 1;
    }
    return true;
}

/* Makes the address of the bucket, unless it is there. */
static enum err_code make_bucket(struct s3_address *a, const char *endpoint, const char *region,
        const char *bucket, struct err *e)
{
    enum err_code code;

    if (is_made_of(a, endpoint, region, bucket)) {
        buf_cut(&a->path, a->bucket_len);
        return ERR_OK;
    }
    buf_clear(&a->made_of);
    buf_clear(&a->scheme_host);
    buf_clear(&a->host);
    buf_clear(&a->path);
    code = check_bucket(bucket, e);
    if (code == ERR_OK)
        code = endpoint ? at_endpoint(a, endpoint, bucket, e) : at_aws(a, region, bucket, e);
    if (code == ERR_OK)
        code = buf_check(&a->host, "the endpoint's host", e);
    if (code == ERR_OK)
        code = buf_check(&a->scheme_host, "the endpoint", e);
    if (code != ERR_OK || !buf_ok(&a->path))
        return code;
    a->bucket_len = a->path.len;
    buf_addc(&a->made_of, kind_of(endpoint));
    buf_adds(&a->made_of, endpoint ? endpoint : "");
    buf_addc(&a->made_of, '\0');
    buf_add(&a->made_of, region, strlen(region) + 1);
    buf_add(&a->made_of, bucket, strlen(bucket) + 1);
    if (!buf_ok(&a->made_of))
        buf_clear(&a->made_of);
    return ERR_OK;
}

enum err_code s3_address_make(struct s3_address *a, const char *endpoint, const char *region,
        const char *bucket, const char *key, struct err *e)
{
    enum err_code code = make_bucket(a, endpoint, region, bucket, e);

    if (code != ERR_OK)
        return code;
    if (key && !key[0]) /* a request for an object must never reach its bucket */
        return err_set(e, ERR_INTERNAL, "bucket %s: the key is empty", bucket);
    if (key) {
        buf_addc(&a->path, '/');
        str_uri_encode(&a->path, key, strlen(key), true);
    } else if (a->path.len == 0) {
        buf_addc(&a->path, '/');
    }
    return buf_check(&a->path, "the request's path", e);
}

enum err_code s3_endpoint_check(const char *endpoint, struct err *e)
{
    struct aws_url url;
    struct err why;

    if (strchr(endpoint, '@')) /* the message does not repeat it: it may hold a password */
        return err_set(e, ERR_USAGE, "the endpoint must not hold a user name or password");
    if (aws_url_parse(endpoint, &url, &why) != ERR_OK)
        return err_set(e, ERR_USAGE, "endpoint \"%s\": %s", endpoint, why.message);
    return ERR_OK;
}
