/* The URL of a request. libcurl is the one that connects: it must see the host and the port that we
 * saw, or take the URL for none. */
#include <curl/curl.h>
#include <strings.h>

#include "fuzz.h"
#include "net/http1/http_url.h"

/* An IPv4 address has many spellings ("0x7f.1"); libcurl writes them all as four numbers. */
static bool is_address(const char *host)
{
    return host[strspn(host, "0123456789.")] == '\0' || host[0] == '[';
}

static void check_same(const char *text, const struct http_url *u)
{
    char *host = NULL, *port = NULL;
    CURLU *curl = curl_url();

    FUZZ_CHECK(curl);
    if (curl_url_set(curl, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK &&
            curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
            curl_url_get(curl, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
        FUZZ_CHECK(strtoul(port, NULL, 10) == u->port);
        if (!is_address(host))
            FUZZ_CHECK(strlen(host) == u->host_len && strncasecmp(host, u->host, u->host_len) == 0);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(curl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_dup((const char *)data, size);
    struct http_url u;
    struct err e;

    if (http_url_parse(text, &u, &e) == ERR_OK) {
        FUZZ_CHECK(u.host_len > 0 && u.port > 0 && u.port <= 65535);
        FUZZ_CHECK(u.target_len == 0 || u.target[0] == '/' || u.target[0] == '?');
        FUZZ_CHECK(!memchr(u.target, '#', u.target_len));
        FUZZ_CHECK(!strpbrk(text, " \r\n\t"));
        check_same(text, &u);
    } else {
        fuzz_check_err(&e);
    }
    free(text);
    return 0;
}
