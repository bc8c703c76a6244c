#include "model/object/etag.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum { MD5_DIGITS = 32, PARTS_MOST = 10000 };

/* Printable ASCII, and none of what XML or a header would take for its own. */
static bool is_plain(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (s[i] <= 0x20 || s[i] >= 0x7F || strchr("<>&\"", s[i]))
            return false;
    return true;
}

void etag_copy(char out[ETAG_SIZE], const char *from)
{
    size_t len = strlen(from);

    /* Only in front of quotes: what is kept begins with it when it is a part of the name. */
    if (len >= 3 && memcmp(from, "W/\"", 3) == 0) {
        from += 2;
        len -= 2;
    }
    if (len >= 2 && from[0] == '"' && from[len - 1] == '"') {
        from++;
        len -= 2;
    }
    /* It goes into a header and into XML again, as it is. */
    if (len >= ETAG_SIZE || !is_plain(from, len))
        len = 0;
    memcpy(out, from, len);
    out[len] = '\0';
}

static bool starts_with_md5(const char *etag)
{
    return strspn(etag, "0123456789abcdefABCDEF") == MD5_DIGITS;
}

static const char *skip_weak(const char *etag)
{
    return strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
}

bool etag_same(const char *a, const char *b)
{
    a = skip_weak(a);
    b = skip_weak(b);
    if (starts_with_md5(a) && starts_with_md5(b))
        return strcasecmp(a, b) == 0;
    return a[0] && strcmp(a, b) == 0;
}

bool etag_is_md5(const char *etag)
{
    return starts_with_md5(etag) && etag[MD5_DIGITS] == '\0';
}

unsigned etag_parts(const char *etag)
{
    const char *count = etag + MD5_DIGITS + 1;
    uint64_t n;

    if (!starts_with_md5(etag) || etag[MD5_DIGITS] != '-' || *count == '0')
        return 0;
    if (!str_parse_u64(count, strlen(count), &n) || n < 1 || n > PARTS_MOST)
        return 0;
    return (unsigned)n;
}

enum etag_kind etag_kind_of(const char *etag, bool encrypted)
{
    if (!etag[0])
        return ETAG_KIND_NONE;
    if (encrypted)
        return ETAG_KIND_OPAQUE;
    if (etag_is_md5(etag))
        return ETAG_KIND_MD5;
    return etag_parts(etag) > 0 ? ETAG_KIND_PARTS : ETAG_KIND_OTHER;
}

bool etag_of_bytes(char out[ETAG_SIZE], const void *data, size_t len)
{
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned md5_len;

    if (EVP_Digest(data, len, md5, &md5_len, EVP_md5(), NULL) != 1)
        return false;
    str_hex(out, md5, md5_len);
    return true;
}
