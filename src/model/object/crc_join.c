/* A CRC is the remainder of the data, taken as a polynomial over GF(2), by the kind's polynomial P.
 * Data that is followed by n bytes is multiplied by x^(8n), and its remainder too. All three kinds
 * are of the reflected make: the highest bit stands for x^0. The ones that the data is begun with
 * and that are added at the end cancel each other out in the sum. */
#include "model/object/crc_join.h"

#include <assert.h>

/* The polynomials, reflected, without their highest term: CRC-32 of IEEE 802.3, CRC-32C of RFC
 * 3720, and CRC-64 of the NVM Express NVM Command Set Specification. */
static uint64_t polynomial(enum checksum kind)
{
    switch (kind) {
    case CHECKSUM_CRC32:
        return UINT64_C(0xEDB88320);
    case CHECKSUM_CRC32C:
        return UINT64_C(0x82F63B78);
    case CHECKSUM_CRC64NVME:
        return UINT64_C(0x9A6C9329AC4BC9B5);
    default:
        return 0;
    }
}

bool crc_joins(enum checksum kind)
{
    return polynomial(kind) != 0;
}

/* x^0. */
static uint64_t one(enum checksum kind)
{
    return UINT64_C(1) << (8 * checksum_bytes(kind) - 1);
}

/* a times b, modulo P. */
static uint64_t multiply(enum checksum kind, uint64_t a, uint64_t b)
{
    uint64_t p = polynomial(kind), bit, product = 0;

    for (bit = one(kind); bit > 0 && a != 0; bit >>= 1) {
        if (a & bit)
            product ^= b;
        a &= ~bit;
        b = b & 1 ? (b >> 1) ^ p : b >> 1;
    }
    return product;
}

uint64_t crc_factor(enum checksum kind, uint64_t bytes)
{
    uint64_t square = one(kind) >> 8; /* x^8 */
    uint64_t factor = one(kind);

    assert(crc_joins(kind));
    for (; bytes > 0; bytes >>= 1) {
        if (bytes & 1)
            factor = multiply(kind, factor, square);
        square = multiply(kind, square, square);
    }
    return factor;
}

uint64_t crc_join(enum checksum kind, uint64_t first, uint64_t second, uint64_t factor)
{
    return multiply(kind, first, factor) ^ second;
}
