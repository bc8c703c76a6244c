#include "net/curl_error.h"

#include <string.h>

static enum err_code code_of(CURLcode rc)
{
    switch (rc) {
    case CURLE_OPERATION_TIMEDOUT:
        return ERR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return ERR_NOMEM;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return ERR_PROTOCOL;
    default:
        return ERR_NETWORK;
    }
}

/* Whether another attempt would fail the same way, as with a certificate that is not trusted. */
static bool is_permanent(CURLcode rc)
{
    return rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE ||
           rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT;
}

/* What OpenSSL says of an answer that is no TLS: its records begin with other bytes. */
static bool is_no_tls(CURLcode rc, const char *text)
{
    static const char *const texts[] = {
            "wrong version number", "packet length too long", "http request", "unknown protocol"};
    size_t i;

    for (i = 0; rc == CURLE_SSL_CONNECT_ERROR && i < sizeof texts / sizeof texts[0]; i++)
        if (strstr(text, texts[i]))
            return true;
    return false;
}

void curl_error(struct err *e, CURLcode rc, const char *said)
{
    const char *text = said[0] ? said : curl_easy_strerror(rc);
    bool bad_proxy = strncmp(text, "Unsupported proxy", strlen("Unsupported proxy")) == 0;

    if (is_no_tls(rc, text)) {
        err_set(e, ERR_NETWORK,
                "the server does not speak TLS there: is its address to begin with http:// in place of "
                "https://? (%s)",
                curl_easy_strerror(rc));
        e->cls = ERR_CLASS_PERMANENT;
        return;
    }
    /* A text with '@' quotes the address of a proxy, perhaps with its password. */
    if (bad_proxy || strchr(text, '@'))
        err_set(e, code_of(rc), "%s: is the address in http_proxy or https_proxy right?",
                curl_easy_strerror(rc));
    else
        err_set(e, code_of(rc), "%s", text);
    if (is_permanent(rc) || bad_proxy)
        e->cls = ERR_CLASS_PERMANENT;
}
