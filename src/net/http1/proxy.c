#include "net/http1/proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"

enum {
    PROXY_PORT = 1080, /* CURLOPT_PROXY(3), where the address has no port */
    ADDRESS_BYTES = 16,
};

/* --- the choice --- */

static const char *variable(char *(*env)(const char *name), const char *name)
{
    const char *value = env ? env(name) : NULL;

    return value && *value ? value : NULL;
}

/* An IPv4 or IPv6 address, the latter perhaps in brackets. Returns its bytes, or 0. */
static size_t read_address(const char *s, size_t len, unsigned char out[ADDRESS_BYTES])
{
    char text[64];

    if (len > 1 && s[0] == '[' && s[len - 1] == ']')
        s++, len -= 2;
    if (len >= sizeof text)
        return 0;
    memcpy(text, s, len);
    text[len] = '\0';
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    return inet_pton(AF_INET6, text, out) == 1 ? ADDRESS_BYTES : 0;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, uint64_t bits)
{
    size_t whole = bits / 8, rest = bits % 8;

    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* Whether an address is the one, or in the network, that the word names. */
static bool is_in_network(
        const unsigned char *address, size_t size, const char *word, size_t word_len)
{
    const char *slash = memchr(word, '/', word_len);
    size_t len = slash ? (size_t)(slash - word) : word_len;
    unsigned char network[ADDRESS_BYTES];
    uint64_t bits = size * 8;

    if (read_address(word, len, network) != size)
        return false;
    if (slash && (!str_parse_u64(slash + 1, word_len - len - 1, &bits) || bits > size * 8))
        return false;
    return same_bits(address, network, bits);
}

static size_t without_last_dot(const char *s, size_t len)
{
    return len > 0 && s[len - 1] == '.' ? len - 1 : len;
}

/* Whether a name is the word, or below it. */
static bool is_below(const char *name, size_t len, const char *word, size_t word_len)
{
    len = without_last_dot(name, len);
    word_len = without_last_dot(word, word_len);
    if (word_len > 0 && *word == '.')
        word++, word_len--;
    if (word_len == 0 || word_len > len)
        return false;
    return strncasecmp(name + len - word_len, word, word_len) == 0 &&
           (word_len == len || name[len - word_len - 1] == '.');
}

/* Takes the port off a word, "host:8080" or "[::1]:8080", and says whether it is this one. A word
 * without a port means all; one with more colons is an IPv6 address. */
static bool port_fits(const char *word, size_t *len, unsigned port)
{
    const char *colon = memchr(word, ':', *len), *bracket = memchr(word, ']', *len);
    const char *end = word + *len;
    uint64_t wanted;

    if (bracket)
        colon = bracket + 1 < end && bracket[1] == ':' ? bracket + 1 : NULL;
    if (!colon || memchr(colon + 1, ':', (size_t)(end - colon - 1)) ||
            !str_parse_u64(colon + 1, (size_t)(end - colon - 1), &wanted))
        return true;
    *len = (size_t)(colon - word);
    return wanted == port;
}

static bool is_excluded(const char *list, const char *host, size_t len, unsigned port)
{
    static const char between[] = ", \t";
    unsigned char address[ADDRESS_BYTES];
    size_t size = read_address(host, len, address), n, word_len;

    if (strcmp(list, "*") == 0)
        return true;
    for (list += strspn(list, between); *list; list += n, list += strspn(list, between)) {
        word_len = n = strcspn(list, between);
        if (!port_fits(list, &word_len, port))
            continue;
        if (size ? is_in_network(address, size, list, word_len)
                 : is_below(host, len, list, word_len))
            return true;
    }
    return false;
}

const char *proxy_choose(char *(*env)(const char *name), const struct http_url *url)
{
    static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL},
                             *const tls[] = {
                                     "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    const char *const *name = url->https ? tls : plain;
    const char *found = NULL, *not_for;

    for (; *name && !found; name++)
        found = variable(env, *name);
    if (!found)
        return NULL;
    not_for = variable(env, "no_proxy");
    if (!not_for)
        not_for = variable(env, "NO_PROXY");
    return not_for && is_excluded(not_for, url->host, url->host_len, url->port) ? NULL : found;
}

/* --- the address --- */

static void add_base64(struct buf *out, const char *s, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t i;

    for (i = 0; i < len; i += 3) {
        unsigned a = (unsigned char)s[i], b = i + 1 < len ? (unsigned char)s[i + 1] : 0,
                 c = i + 2 < len ? (unsigned char)s[i + 2] : 0;
        char four[4] = {digits[a >> 2], digits[(a & 3) << 4 | b >> 4], '=', '='};

        if (i + 1 < len)
            four[2] = digits[(b & 15) << 2 | c >> 6];
        if (i + 2 < len)
            four[3] = digits[c & 63];
        buf_add(out, four, sizeof four);
    }
}

/* The parts of a proxy's address, as libcurl gives them; curl_free(). */
struct parts {
    char *scheme, *host, *port, *user, *password;
};

static void parts_free(struct parts *p)
{
    curl_free(p->scheme);
    curl_free(p->host);
    curl_free(p->port);
    curl_free(p->user);
    curl_free(p->password);
}

/* A part that may be missing. false: it cannot be read. */
static bool get_part(CURLU *url, CURLUPart part, char **out)
{
    static const CURLUcode missing[] = {CURLUE_NO_PORT, CURLUE_NO_USER, CURLUE_NO_PASSWORD};
    CURLUcode rc = curl_url_get(url, part, out, part == CURLUPART_PORT ? 0 : CURLU_URLDECODE);
    size_t i;

    for (i = 0; i < sizeof missing / sizeof missing[0]; i++)
        if (rc == missing[i])
            return true;
    return rc == CURLUE_OK;
}

/* Read as libcurl reads CURLOPT_PROXY. */
static bool read_parts(struct parts *p, const char *address)
{
    CURLU *url = curl_url();
    bool ok = url &&
              curl_url_set(url, CURLUPART_URL, address,
                      CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
              get_part(url, CURLUPART_SCHEME, &p->scheme) &&
              get_part(url, CURLUPART_HOST, &p->host) && get_part(url, CURLUPART_PORT, &p->port) &&
              get_part(url, CURLUPART_USER, &p->user) &&
              get_part(url, CURLUPART_PASSWORD, &p->password) && p->scheme && p->host;

    curl_url_cleanup(url);
    return ok;
}

static enum err_code not_an_address(struct err *e)
{
    err_set(e, ERR_NETWORK,
            "the proxy's address cannot be used: is the address in http_proxy or https_proxy "
            "right?");
    e->cls = ERR_CLASS_PERMANENT;
    return ERR_NETWORK;
}

/* "Basic …" (RFC 7617). NULL: for want of memory. */
static char *basic(const struct parts *p)
{
    struct buf pair, value;

    buf_init(&pair, BUF_MAX_SMALL);
    buf_init(&value, (size_t)2 * BUF_MAX_SMALL);
    buf_adds(&pair, p->user ? p->user : "");
    buf_addc(&pair, ':');
    buf_adds(&pair, p->password ? p->password : "");
    buf_adds(&value, "Basic ");
    add_base64(&value, buf_str(&pair), pair.len);
    if (!buf_ok(&pair))
        buf_free(&value);
    buf_free(&pair);
    return buf_take(&value);
}

/* The proxy is the server that we connect to. */
static enum err_code open_forward(struct proxy *out, const struct parts *p, struct err *e)
{
    bool https = strcasecmp(p->scheme, "https") == 0;
    struct buf address;

    out->kind = PROXY_FORWARD;
    buf_init(&address, BUF_MAX_SMALL);
    buf_addf(&address, "%s://%s:", https ? "https" : "http", p->host);
    if (p->port)
        buf_adds(&address, p->port);
    else
        buf_addf(&address, "%u", https ? http_url_default_port(true) : PROXY_PORT);
    out->address = buf_take(&address);
    if (p->user || p->password)
        out->authorization = basic(p);
    return out->address && (out->authorization || !(p->user || p->password)) ? ERR_OK
                                                                             : err_nomem(e);
}

enum err_code proxy_open(struct proxy *out, const char *address, bool https, struct err *e)
{
    struct parts parts = {0};
    enum err_code code = ERR_OK;

    memset(out, 0, sizeof *out);
    if (!address)
        return ERR_OK;
    if (!read_parts(&parts, address)) {
        code = not_an_address(e);
    } else if (!https &&
               (strcasecmp(parts.scheme, "http") == 0 || strcasecmp(parts.scheme, "https") == 0)) {
        code = open_forward(out, &parts, e);
    } else {
        out->kind = PROXY_TUNNEL;
        out->address = str_dup_n(address, strlen(address));
        code = out->address ? ERR_OK : err_nomem(e);
    }
    parts_free(&parts);
    return code;
}

void proxy_free(struct proxy *p)
{
    free(p->address);
    free(p->authorization);
    memset(p, 0, sizeof *p);
}
