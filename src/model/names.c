#include "model/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static bool alnum_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool starts(const char *s, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);

    return len >= n && memcmp(s, prefix, n) == 0;
}

static bool ends(const char *s, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);

    return len >= n && memcmp(s + len - n, suffix, n) == 0;
}

/* Four groups of digits with dots between: S3 takes such a name for an address, whatever the
 * numbers are. */
static bool looks_like_ip(const char *s, size_t len)
{
    unsigned groups = 1;
    size_t i, digits = 0;

    for (i = 0; i < len; i++) {
        if (s[i] >= '0' && s[i] <= '9') {
            digits++;
        } else if (s[i] == '.' && digits > 0) {
            groups++;
            digits = 0;
        } else {
            return false;
        }
        if (digits > 3)
            return false;
    }
    return groups == 4 && digits > 0;
}

/* Names that are well formed and still nobody's, or that are spoken to in another way than a
 * bucket. Aliases of access points (…-s3alias, …--ol-s3) are not here: S3 takes them wherever it
 * takes a bucket. */
static const char *reserved_problem(const char *s, size_t len)
{
    static const struct {
        const char *text;
        bool suffix;
        const char *problem;
    } reserved[] = {
            {"xn--", false, "starts with \"xn--\", which S3 reserves"},
            {"sthree-", false, "starts with \"sthree-\", which S3 reserves"},
            {"amzn-s3-demo-", false, "starts with \"amzn-s3-demo-\", which S3 reserves"},
            {"--x-s3", true, "is that of a directory bucket, which is not supported"},
            {"--table-s3", true, "is that of a table bucket, which is not supported"},
            {".mrap", true, "is that of a multi-region access point, which is not supported"},
    };
    size_t i;

    for (i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        bool hit = reserved[i].suffix ? ends(s, len, reserved[i].text)
                                      : starts(s, len, reserved[i].text);

        if (hit)
            return reserved[i].problem;
    }
    return NULL;
}

const char *names_bucket_problem(const char *bucket, size_t len)
{
    size_t i;

    if (len == 0)
        return "is empty";
    for (i = 0; i < len; i++) {
        char c = bucket[i];

        if (c >= 'A' && c <= 'Z')
            return "has an upper-case letter";
        if (!alnum_lower(c) && c != '.' && c != '-')
            return "has a character other than a-z, 0-9, '.' and '-'";
        if (c == '.' && i > 0 && bucket[i - 1] == '.')
            return "has two dots in a row";
    }
    if (len < 3)
        return "is shorter than 3 characters";
    if (len > S3_BUCKET_MAX)
        return "is longer than 63 characters";
    if (!alnum_lower(bucket[0]))
        return "does not start with a letter or digit";
    if (!alnum_lower(bucket[len - 1]))
        return "does not end with a letter or digit";
    if (looks_like_ip(bucket, len))
        return "looks like an IP address";
    return reserved_problem(bucket, len);
}

const char *names_key_problem(const char *key, size_t len)
{
    if (len == 0)
        return "is empty";
    if (memchr(key, '\0', len))
        return "has a NUL byte";
    if (!str_utf8_valid(key, len))
        return "is not UTF-8";
    if (len > S3_KEY_MAX)
        return "is longer than 1,024 bytes";
    return NULL;
}

/* S3 promises of a version id only that it is text of at most 1,024 bytes that can stand in a URL.
 */
const char *names_version_problem(const char *version, size_t len)
{
    size_t i;

    if (len > S3_VERSION_ID_MAX)
        return "is longer than 1,024 bytes";
    for (i = 0; i < len; i++)
        if (version[i] <= ' ' || version[i] > '~')
            return "has a character that no version id has";
    return NULL;
}

size_t names_stem_len(const char *key)
{
    const char *slash = strrchr(key, '/'), *name = slash ? slash + 1 : key;
    const char *dot = strrchr(name, '.');

    return dot && dot > name ? (size_t)(dot - key) : strlen(key);
}

bool names_is_s3_uri(const char *uri)
{
    size_t scheme = strlen("s3://");

    return str_starts(uri, "s3://") && uri[scheme] && uri[scheme] != '/';
}

bool names_parse_s3_uri(const char *uri, char **bucket, char **key)
{
    const char *rest, *slash;

    *bucket = NULL;
    *key = NULL;
    if (!names_is_s3_uri(uri))
        return false;
    rest = uri + strlen("s3://");
    slash = strchr(rest, '/');
    if (!slash)
        slash = rest + strlen(rest);
    *bucket = str_dup_n(rest, (size_t)(slash - rest));
    *key = *slash ? str_dup_n(slash + 1, strlen(slash + 1)) : str_dup_n("", 0);
    if (*bucket && *key)
        return true;
    free(*bucket);
    free(*key);
    *bucket = NULL;
    *key = NULL;
    return false;
}
