/* Endpoint URLs, regions and ARNs. libcurl is the one that connects: it must see the host that we
 * saw, or take the URL for none. Lines: a URL, a region, an ARN. */
#include <curl/curl.h>
#include <strings.h>

#include "aws/endpoint.h"
#include "aws/sfn.h"
#include "fuzz.h"

static void check_parts(const char *url, const struct aws_url *u)
{
    const char *end = url + strlen(url);

    FUZZ_CHECK(u->host_len > 0 && u->name_len > 0);
    FUZZ_CHECK(u->name >= u->host && u->name + u->name_len <= u->host + u->host_len);
    FUZZ_CHECK(u->host + u->host_len == u->path && u->path + u->path_len == end);
    FUZZ_CHECK(u->path_len == 0 || u->path[0] == '/');
    FUZZ_CHECK(u->host == url + (u->https ? 8 : 7));
    FUZZ_CHECK(!strpbrk(url, " @?#\\\r\n"));
}

/* An IPv4 address has many spellings ("0x7f.1"); libcurl writes them all as four numbers. */
static bool is_address(const char *host)
{
    return host[strspn(host, "0123456789.")] == '\0' || host[0] == '[';
}

static void check_host(const char *url, const struct aws_url *u)
{
    CURLU *curl = curl_url();
    char *host = NULL;

    FUZZ_CHECK(curl);
    if (curl_url_set(curl, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK &&
            curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK && !is_address(host))
        FUZZ_CHECK(strlen(host) == u->name_len && strncasecmp(host, u->name, u->name_len) == 0);
    curl_free(host);
    curl_url_cleanup(curl);
}

static void check_url(const char *url)
{
    struct aws_url u;
    struct err e;

    if (aws_url_parse(url, &u, &e) != ERR_OK) {
        fuzz_check_err(&e);
        return;
    }
    check_parts(url, &u);
    check_host(url, &u);
}

static void check_region(const char *region)
{
    struct buf host;
    struct err e;

    buf_init(&host, BUF_MAX_SMALL);
    FUZZ_CHECK(aws_region_partition(region) && aws_region_dns_suffix(region));
    if (aws_endpoint_host(&host, "s3", region, &e) == ERR_OK) {
        FUZZ_CHECK(strspn(buf_str(&host), "abcdefghijklmnopqrstuvwxyz0123456789-.") == host.len);
        FUZZ_CHECK(str_starts(buf_str(&host), "s3.") && !strstr(buf_str(&host), ".."));
    } else {
        fuzz_check_err(&e);
        FUZZ_CHECK(host.len == 0);
    }
    buf_free(&host);
}

static void check_arn(const char *arn)
{
    enum { SIZE = 16 };
    char *region = malloc(SIZE); /* on the heap, where writing past it is seen */

    FUZZ_CHECK(region);
    memset(region, 'x', SIZE);
    if (sfn_arn_region(arn, region, SIZE)) {
        FUZZ_CHECK(memchr(region, '\0', SIZE) && region[0] && !strchr(region, ':'));
        FUZZ_CHECK(str_starts(arn, "arn:") && strstr(arn, ":states:") && strstr(arn, region));
    }
    free(region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_begin(data, size);
    char *url = fuzz_line(&in), *region = fuzz_line(&in), *arn = fuzz_line(&in);

    check_url(url);
    check_region(region);
    check_arn(arn);
    free(url);
    free(region);
    free(arn);
    return 0;
}
