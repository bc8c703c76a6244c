#include "model/object/part_sums.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "model/object/crc_join.h"

bool part_sums_init(struct part_sums *s, enum checksum kind, unsigned count)
{
    memset(s, 0, sizeof *s);
    s->cells = calloc(count, 1 + (size_t)checksum_bytes(kind));
    if (!s->cells)
        return false;
    s->kind = kind;
    s->count = count;
    return true;
}

void part_sums_free(struct part_sums *s)
{
    free(s->cells);
    memset(s, 0, sizeof *s);
}

static unsigned char *cell_of(const struct part_sums *s, unsigned part)
{
    assert(part >= 1 && part <= s->count);
    return s->cells + (size_t)(part - 1) * (1 + (size_t)checksum_bytes(s->kind));
}

/* base64 of exactly `bytes` bytes, with its padding. */
static bool decode(unsigned char *out, unsigned bytes, const char *text)
{
    unsigned char block[CHECKSUM_SIZE];
    size_t len = strlen(text), padding = (3 - bytes % 3) % 3;

    if (len != (bytes + padding) / 3 * 4 || len >= CHECKSUM_SIZE)
        return false;
    if (strcspn(text, "=") != len - padding)
        return false;
    if (EVP_DecodeBlock(block, (const unsigned char *)text, (int)len) != (int)(bytes + padding))
        return false;
    memcpy(out, block, bytes);
    return true;
}

void part_sums_set(struct part_sums *s, unsigned part, const char *text)
{
    unsigned char *cell = cell_of(s, part);

    cell[0] = decode(cell + 1, checksum_bytes(s->kind), text);
}

void part_sums_get(const struct part_sums *s, unsigned part, char out[CHECKSUM_SIZE])
{
    const unsigned char *cell = cell_of(s, part);

    out[0] = '\0';
    if (cell[0])
        EVP_EncodeBlock((unsigned char *)out, cell + 1, (int)checksum_bytes(s->kind));
}

/* Checksums are written with their highest byte first. */
static uint64_t number_of(const unsigned char *bytes, unsigned count)
{
    uint64_t number = 0;
    unsigned i;

    for (i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void show_number(char out[CHECKSUM_SIZE], uint64_t number, unsigned count)
{
    unsigned char bytes[sizeof number];
    unsigned i;

    for (i = count; i > 0; i--, number >>= 8)
        bytes[i - 1] = (unsigned char)number;
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)count);
}

bool part_sums_object(const struct part_sums *s, const struct layout *l, char out[CHECKSUM_SIZE])
{
    uint64_t whole = 0, factor = 0, length = 0, first, last;
    unsigned part;

    if (s->count == 0 || s->count != l->count || !crc_joins(s->kind))
        return false;
    for (part = 1; part <= l->count; part++) {
        const unsigned char *cell = cell_of(s, part);

        if (!cell[0])
            return false;
        layout_range(l, part, &first, &last);
        if (part == 1 || last - first + 1 != length) {
            length = l->size == 0 ? 0 : last - first + 1;
            factor = crc_factor(s->kind, length);
        }
        whole = crc_join(s->kind, whole, number_of(cell + 1, checksum_bytes(s->kind)), factor);
    }
    show_number(out, whole, checksum_bytes(s->kind));
    return true;
}
