/* CRCs of pieces, joined, against those of the whole computed bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "model/object/crc_join.h"
#include "model/object/part_sums.h"

/* The check values of the three, of "123456789", from the catalogue of parametrised CRC algorithms
 * (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME). */
static const struct {
    enum checksum kind;
    unsigned bits;
    uint64_t polynomial, check;
} crcs[] = {
        {CHECKSUM_CRC32, 32, UINT64_C(0xEDB88320), UINT64_C(0xCBF43926)},
        {CHECKSUM_CRC32C, 32, UINT64_C(0x82F63B78), UINT64_C(0xE3069283)},
        {CHECKSUM_CRC64NVME, 64, UINT64_C(0x9A6C9329AC4BC9B5), UINT64_C(0xAE8B14860A799888)},
};

enum { CRCS = sizeof crcs / sizeof crcs[0] };

/* By definition, bit by bit. */
static uint64_t crc_of(unsigned which, const char *data, size_t len)
{
    uint64_t ones = crcs[which].bits == 64 ? UINT64_MAX : UINT32_MAX, crc = ones;
    size_t i;
    int bit;

    for (i = 0; i < len; i++) {
        crc ^= (unsigned char)data[i];
        for (bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >> 1) ^ crcs[which].polynomial : crc >> 1;
    }
    return crc ^ ones;
}

static uint64_t joined(unsigned which, const char *data, size_t cut, size_t len)
{
    enum checksum kind = crcs[which].kind;

    return crc_join(kind, crc_of(which, data, cut), crc_of(which, data + cut, len - cut),
            crc_factor(kind, len - cut));
}

static void test_join(void **state)
{
    const char *text = "123456789";
    unsigned which;
    size_t cut;

    (void)state;
    for (which = 0; which < CRCS; which++) {
        assert_true(crc_joins(crcs[which].kind));
        assert_true(crc_of(which, text, 9) == crcs[which].check);
        for (cut = 0; cut <= 9; cut++)
            assert_true(joined(which, text, cut, 9) == crcs[which].check);
    }
    assert_false(crc_joins(CHECKSUM_SHA256));
    assert_false(crc_joins(CHECKSUM_MD5));
}

/* Lengths that no test can read: pieces are joined in any order. */
static void test_long(void **state)
{
    const uint64_t far = UINT64_C(50) * 1000 * 1000 * 1000 * 1000, near = 12345;
    unsigned which;

    (void)state;
    for (which = 0; which < CRCS; which++) {
        enum checksum kind = crcs[which].kind;
        uint64_t a = 1234567, b = 7654321, c = 42;
        uint64_t left = crc_join(
                kind, crc_join(kind, a, b, crc_factor(kind, far)), c, crc_factor(kind, near));
        uint64_t right = crc_join(kind, a, crc_join(kind, b, c, crc_factor(kind, near)),
                crc_factor(kind, far + near));

        assert_true(left == right);
        assert_true(left != crc_join(kind, b, a, crc_factor(kind, far)));
    }
}

static void text_of(char out[CHECKSUM_SIZE], unsigned which, const char *data, size_t len)
{
    uint64_t crc = crc_of(which, data, len);
    unsigned char bytes[8];
    unsigned count = crcs[which].bits / 8, i;

    for (i = count; i > 0; i--, crc >>= 8)
        bytes[i - 1] = (unsigned char)crc;
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)count);
}

/* Of parts of uneven lengths, as S3 writes their checksums. */
static void test_parts(void **state)
{
    static const uint64_t lengths[] = {5, 3, 3, 7, 1};
    static const char data[] = "the bytes of an obj";
    char one[CHECKSUM_SIZE], whole[CHECKSUM_SIZE], made[CHECKSUM_SIZE];
    struct part_sums sums = {0};
    struct layout layout = {0};
    unsigned which, i;
    bool nomem;

    (void)state;
    assert_true(layout_set_lengths(&layout, 19, 5, lengths, &nomem));
    for (which = 0; which < CRCS; which++) {
        size_t at = 0;

        assert_true(part_sums_init(&sums, crcs[which].kind, 5));
        for (i = 0; i < 5; i++) {
            assert_false(part_sums_object(&sums, &layout, made));
            text_of(one, which, data + at, lengths[i]);
            part_sums_set(&sums, i + 1, one);
            at += lengths[i];
        }
        text_of(whole, which, data, 19);
        assert_true(part_sums_object(&sums, &layout, made));
        assert_string_equal(made, whole);
        part_sums_free(&sums);
    }
    assert_false(part_sums_object(&sums, &layout, made)); /* there is no list */
    assert_true(part_sums_init(&sums, CHECKSUM_SHA256, 5));
    assert_false(part_sums_object(&sums, &layout, made));
    part_sums_free(&sums);
    assert_true(part_sums_init(&sums, CHECKSUM_CRC32, 4)); /* of another layout */
    assert_false(part_sums_object(&sums, &layout, made));
    part_sums_free(&sums);
    layout_free(&layout);
}

/* An object of no bytes is one part. */
static void test_empty(void **state)
{
    struct part_sums sums = {0};
    struct layout layout = {0};
    char made[CHECKSUM_SIZE];

    (void)state;
    layout_set_uniform(&layout, 0, 1, 0);
    assert_true(part_sums_init(&sums, CHECKSUM_CRC32, 1));
    part_sums_set(&sums, 1, "AAAAAA==");
    assert_true(part_sums_object(&sums, &layout, made));
    assert_string_equal(made, "AAAAAA==");
    part_sums_free(&sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_join),
            cmocka_unit_test(test_long),
            cmocka_unit_test(test_parts),
            cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
