#include "model/object/checksum.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    unsigned bytes;
} kinds[CHECKSUM_COUNT] = {
        [CHECKSUM_SHA512] = {"SHA512", 64},
        [CHECKSUM_SHA256] = {"SHA256", 32},
        [CHECKSUM_SHA1] = {"SHA1", 20},
        [CHECKSUM_MD5] = {"MD5", 16},
        [CHECKSUM_XXHASH128] = {"XXHASH128", 16},
        [CHECKSUM_CRC64NVME] = {"CRC64NVME", 8},
        [CHECKSUM_XXHASH3] = {"XXHASH3", 8},
        [CHECKSUM_XXHASH64] = {"XXHASH64", 8},
        [CHECKSUM_CRC32C] = {"CRC32C", 4},
        [CHECKSUM_CRC32] = {"CRC32", 4},
};

const char *checksum_name(enum checksum kind)
{
    return kinds[kind].name;
}

enum checksum checksum_of_name(const char *name)
{
    int i;

    for (i = 0; i < CHECKSUM_COUNT && strcasecmp(name, kinds[i].name) != 0; i++)
        ;
    return (enum checksum)i;
}

unsigned checksum_bytes(enum checksum kind)
{
    return kinds[kind].bytes;
}

const char *checksum_type_name(enum checksum_type type)
{
    static const char *const names[] = {"", "FULL_OBJECT", "COMPOSITE"};

    return names[type];
}

enum checksum_type checksum_type_of_name(const char *name)
{
    if (!name)
        return CHECKSUMS_UNTYPED;
    return strcmp(name, "FULL_OBJECT") == 0 ? CHECKSUMS_OF_OBJECT : CHECKSUMS_OF_PARTS;
}

enum checksum_type checksum_type_of(const char *text, enum checksum_type said)
{
    if (strchr(text, '-'))
        return CHECKSUMS_OF_PARTS;
    return said == CHECKSUMS_UNTYPED ? CHECKSUMS_OF_OBJECT : said;
}

bool checksum_can_be_of_upload(enum checksum kind, enum checksum_type type)
{
    if (kind == CHECKSUM_CRC64NVME)
        return type == CHECKSUMS_OF_OBJECT;
    return type == CHECKSUMS_OF_PARTS || kind == CHECKSUM_CRC32 || kind == CHECKSUM_CRC32C;
}

const char *checksums_get(const struct checksums *c, enum checksum kind)
{
    const char *at = c->text;

    for (; *at; at += strlen(at) + 1)
        if (*at == (char)(kind + 1))
            return at + 1;
    return "";
}

void checksums_add(struct checksums *c, enum checksum kind, const char *text)
{
    size_t len = strlen(text);
    char *at = c->text;

    if (len == 0 || len >= CHECKSUM_SIZE || checksums_get(c, kind)[0])
        return;
    while (*at)
        at += strlen(at) + 1;
    /* Behind it stands the NUL that ends them all. */
    if ((size_t)(at - c->text) + 1 + len + 1 >= sizeof c->text)
        return;
    *at++ = (char)(kind + 1);
    memcpy(at, text, len + 1);
    at[len + 1] = '\0';
}

bool checksums_any(const struct checksums *c)
{
    return c->text[0] != '\0';
}
