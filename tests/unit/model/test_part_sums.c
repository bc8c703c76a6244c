/* The checksums of parts in few bytes: what is put in comes out, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <string.h>

#include "model/object/part_sums.h"

static void make(char out[CHECKSUM_SIZE], enum checksum kind, unsigned n)
{
    unsigned char bytes[CHECKSUM_BYTES_MOST];
    unsigned i;

    for (i = 0; i < checksum_bytes(kind); i++)
        bytes[i] = (unsigned char)(n * 31 + i * 7);
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)checksum_bytes(kind));
}

/* Of each kind: zeros, too, are a checksum. */
static void test_each_kind(void **state)
{
    char in[CHECKSUM_SIZE], out[CHECKSUM_SIZE];
    int kind;

    (void)state;
    for (kind = 0; kind < CHECKSUM_COUNT; kind++) {
        struct part_sums s;
        unsigned part;

        assert_true(part_sums_init(&s, (enum checksum)kind, 5));
        for (part = 1; part <= 5; part++) {
            part_sums_get(&s, part, out);
            assert_string_equal(out, "");
        }
        for (part = 5; part >= 1; part--) {
            make(in, (enum checksum)kind, part);
            part_sums_set(&s, part, in);
        }
        for (part = 1; part <= 5; part++) {
            make(in, (enum checksum)kind, part);
            part_sums_get(&s, part, out);
            assert_string_equal(out, in);
        }
        part_sums_free(&s);
        assert_int_equal(s.count, 0);
    }
}

/* A server's text that is no checksum of the kind. */
static void test_refused(void **state)
{
    static const char *const texts[] = {"", "AAAA", "AAAAAA=", "AAAAAA===", "AAAAA===", "AAAAAAAA",
            "AA=AAA==", "AAAAA!==", "AAAAAA==-2", "=AAAAAAA", "AAAA AA=",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="};
    char out[CHECKSUM_SIZE];
    struct part_sums s;
    size_t i;

    (void)state;
    assert_true(part_sums_init(&s, CHECKSUM_CRC32, 2));
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        part_sums_set(&s, 2, "AAAA/w==");
        part_sums_get(&s, 2, out);
        assert_string_equal(out, "AAAA/w==");
        part_sums_set(&s, 2, texts[i]);
        part_sums_get(&s, 2, out);
        if (out[0])
            fail_msg("%s was taken", texts[i]);
    }
    part_sums_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_each_kind),
            cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
