/* Where a request goes. Lines: endpoint ("" for AWS), region, bucket, key, version id. libcurl must
 * see in the URL what we sign, and the header for a copy must name its source. */
#include <curl/curl.h>
#include <strings.h>

#include "fuzz.h"
#include "s3/address.h"
#include "s3/build.h"

static bool is_bucket(const char *s)
{
    size_t len = strlen(s);

    return len >= 3 && len <= 63 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len &&
           s[0] != '.' && s[0] != '-' && s[len - 1] != '.' && s[len - 1] != '-';
}

/* The path is the bucket's own, and then the key, encoded: decoded it is the key. */
static void check_key(const struct s3_address *a, const struct s3_address *bucket, const char *key)
{
    const char *at = buf_str(&a->path);
    size_t len = bucket->path.len > 1 ? bucket->path.len : 0; /* "/" when it is in the host */
    struct buf decoded;

    FUZZ_CHECK(at[0] == '/' && !strpbrk(at, " ?#\r\n"));
    FUZZ_CHECK(strcmp(buf_str(&a->scheme_host), buf_str(&bucket->scheme_host)) == 0);
    FUZZ_CHECK(strncmp(at, buf_str(&bucket->path), len) == 0 && at[len] == '/');
    at += len + 1;
    buf_init(&decoded, BUF_MAX_SMALL);
    FUZZ_CHECK(str_uri_decode(&decoded, at, strlen(at), false));
    FUZZ_CHECK(strcmp(buf_str(&decoded), key) == 0);
    buf_free(&decoded);
}

static void check_url(const struct s3_address *a)
{
    CURLU *curl = curl_url();
    char *path = NULL, *host = NULL, *url = NULL;

    FUZZ_CHECK(curl);
    FUZZ_CHECK(asprintf(&url, "%s%s", buf_str(&a->scheme_host), buf_str(&a->path)) > 0);
    if (curl_url_set(curl, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK) {
        FUZZ_CHECK(curl_url_get(curl, CURLUPART_PATH, &path, 0) == CURLUE_OK);
        FUZZ_CHECK(strcmp(path, buf_str(&a->path)) == 0);
        FUZZ_CHECK(curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK);
        /* Other spellings of IPv4 addresses, which libcurl rewrites, are left out. */
        if (host[strspn(host, "0123456789.")] && host[0] != '[')
            FUZZ_CHECK(strncasecmp(host, buf_str(&a->host), strlen(host)) == 0);
    }
    free(url);
    curl_free(path);
    curl_free(host);
    curl_url_cleanup(curl);
}

/* The source of a copy, as its header has it. */
static void check_source(const char *bucket, const char *key, const char *version)
{
    size_t len = strlen(bucket);
    struct buf decoded;
    struct headers h;
    const char *value, *query;

    headers_init(&h);
    buf_init(&decoded, BUF_MAX_SMALL);
    s3_copy_source(&h, &(struct s3_where){.bucket = bucket, .key = key, .version_id = version});
    value = headers_get(&h, "x-amz-copy-source");
    FUZZ_CHECK(value && strncmp(value, bucket, len) == 0);
    query = value + strcspn(value, "?");
    value += len;
    FUZZ_CHECK(value[0] == '/');
    FUZZ_CHECK(str_uri_decode(&decoded, value + 1, (size_t)(query - value) - 1, false));
    FUZZ_CHECK(strcmp(buf_str(&decoded), key) == 0);
    FUZZ_CHECK((query[0] == '?') == (version != NULL));
    if (version) {
        buf_clear(&decoded);
        FUZZ_CHECK(str_starts(query, "?versionId="));
        FUZZ_CHECK(str_uri_decode(&decoded, query + 11, strlen(query + 11), false));
        FUZZ_CHECK(strcmp(buf_str(&decoded), version) == 0);
    }
    buf_free(&decoded);
    headers_free(&h);
}

static void check(const char *endpoint, const char *region, const char *bucket, const char *key)
{
    struct s3_address a, of_bucket;
    struct err e;

    s3_address_init(&a);
    s3_address_init(&of_bucket);
    if (s3_address_make(&a, endpoint, region, bucket, key, &e) == ERR_OK) {
        FUZZ_CHECK(s3_address_make(&of_bucket, endpoint, region, bucket, NULL, &e) == ERR_OK);
        check_key(&a, &of_bucket, key);
        check_url(&a);
        check_url(&of_bucket);
    } else {
        fuzz_check_err(&e);
    }
    s3_address_free(&a);
    s3_address_free(&of_bucket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *endpoint = fuzz_line(&in), *region = fuzz_line(&in);
    char *bucket = fuzz_line(&in), *key = fuzz_line(&in), *version = fuzz_line(&in);
    struct err e;

    if (s3_endpoint_check(endpoint, &e) != ERR_OK)
        fuzz_check_err(&e);
    if (is_bucket(bucket)) { /* checked long before an address is made */
        check(endpoint[0] ? endpoint : NULL, region, bucket, key);
        check_source(bucket, key, version[0] ? version : NULL);
    }
    free(endpoint);
    free(region);
    free(bucket);
    free(key);
    free(version);
    return 0;
}
