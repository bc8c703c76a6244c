#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <strings.h>

#include "model/object/verify.h"

#define MD5_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MD5_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* One side: of ten bytes unless said. */
struct side {
    const char *etag;
    const char *crc64; /* NULL: none */
    const char *sha256, *crc32;
    bool composite; /* the checksums are of the parts' checksums */
    bool opaque;
    uint64_t more; /* bytes above ten */
};

static struct object_info object(const struct side *side)
{
    struct object_info o;

    memset(&o, 0, sizeof o);
    o.size = 10 + side->more;
    strcpy(o.etag, side->etag ? side->etag : "");
    checksums_add(&o.checksums, CHECKSUM_CRC64NVME, side->crc64 ? side->crc64 : "");
    checksums_add(&o.checksums, CHECKSUM_SHA256, side->sha256 ? side->sha256 : "");
    checksums_add(&o.checksums, CHECKSUM_CRC32, side->crc32 ? side->crc32 : "");
    o.checksum_type = side->composite ? CHECKSUMS_OF_PARTS : CHECKSUMS_OF_OBJECT;
    o.etag_kind = etag_kind_of(o.etag, side->opaque);
    return o;
}

static const struct row {
    const char *what;
    struct side source, copy;
    bool mirrored;
    enum verdict verdict;
    enum verified by;
} rows[] = {
        /* ETags */
        {"equal MD5s", {.etag = MD5_A}, {.etag = MD5_A}, false, VERDICT_SAME, VERIFIED_ETAG},
        {"equal multipart ETags", {.etag = MD5_A "-3"}, {.etag = MD5_A "-3"}, false, VERDICT_SAME,
                VERIFIED_ETAG},
        {"different MD5s", {.etag = MD5_A}, {.etag = MD5_B}, false, VERDICT_DIFFERENT,
                VERIFIED_ETAG},
        {"different multipart ETags of the same parts", {.etag = MD5_A "-3"}, {.etag = MD5_B "-3"},
                true, VERDICT_DIFFERENT, VERIFIED_ETAG},
        {"different multipart ETags of who knows which parts", {.etag = MD5_A "-3"},
                {.etag = MD5_B "-3"}, false, VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"one piece and parts", {.etag = MD5_A}, {.etag = MD5_B "-3"}, false, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"parts and one piece", {.etag = MD5_A "-3"}, {.etag = MD5_B}, false, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"no ETags at all", {.etag = ""}, {.etag = ""}, true, VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"no ETag on one side", {.etag = MD5_A}, {.etag = ""}, true, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"the size goes first", {.etag = MD5_A}, {.etag = MD5_A, .more = 1}, false,
                VERDICT_DIFFERENT, VERIFIED_SIZE},
        {"an ETag of another make and an MD5", {.etag = MD5_A "-N"}, {.etag = MD5_B}, true,
                VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"an MD5 and an ETag of another make", {.etag = MD5_A}, {.etag = "0x8D1"}, true,
                VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"different ETags of another make, of the same parts", {.etag = "0x8D1"}, {.etag = "0x8D2"},
                true, VERDICT_DIFFERENT, VERIFIED_ETAG},
        /* encrypted so that the ETag says nothing of the bytes */
        {"opaque copy", {.etag = MD5_A}, {.etag = MD5_B, .opaque = true}, false, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"opaque source", {.etag = MD5_A, .opaque = true}, {.etag = MD5_B}, false, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"opaque copy of the same parts", {.etag = MD5_A "-3"},
                {.etag = MD5_B "-3", .opaque = true}, true, VERDICT_UNKNOWN, VERIFIED_SIZE},
        /* checksums, where ETags do not show it */
        {"equal checksums", {.etag = MD5_A "-3", .crc64 = "c"}, {.etag = MD5_B, .crc64 = "c"},
                false, VERDICT_SAME, VERIFIED_CHECKSUM},
        {"equal checksums, opaque", {.etag = MD5_A, .crc64 = "c"},
                {.etag = MD5_B, .crc64 = "c", .opaque = true}, false, VERDICT_SAME,
                VERIFIED_CHECKSUM},
        {"different checksums of the whole", {.etag = MD5_A, .crc64 = "c"},
                {.etag = MD5_B, .crc64 = "d", .opaque = true}, false, VERDICT_DIFFERENT,
                VERIFIED_CHECKSUM},
        {"checksums of other kinds", {.etag = MD5_A "-3", .crc64 = "c"},
                {.etag = MD5_B, .sha256 = "d"}, false, VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"a checksum on one side", {.etag = MD5_A "-3", .crc64 = "c"}, {.etag = MD5_B}, false,
                VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"one of two is equal", {.etag = MD5_A "-3", .crc64 = "c", .sha256 = "x"},
                {.etag = MD5_B, .crc64 = "c", .sha256 = "y-2"}, false, VERDICT_SAME,
                VERIFIED_CHECKSUM},
        {"of the whole, and of the parts", {.etag = MD5_A "-3", .sha256 = "c"},
                {.etag = MD5_B, .sha256 = "d", .composite = true}, false, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"of parts, which may be others", {.etag = MD5_A "-3", .sha256 = "c-3", .composite = true},
                {.etag = MD5_B "-4", .sha256 = "d-4", .composite = true}, false, VERDICT_UNKNOWN,
                VERIFIED_SIZE},
        {"of the same parts", {.etag = MD5_A "-3", .sha256 = "c-3", .composite = true},
                {.etag = MD5_B "-3", .sha256 = "d-3", .composite = true, .opaque = true}, true,
                VERDICT_DIFFERENT, VERIFIED_CHECKSUM},
        {"equal, of parts", {.etag = MD5_A "-3", .sha256 = "c-3", .composite = true},
                {.etag = MD5_B "-3", .sha256 = "c-3", .composite = true, .opaque = true}, false,
                VERDICT_SAME, VERIFIED_CHECKSUM},
        {"of parts, not said to be", {.etag = MD5_A "-3", .sha256 = "c-3"},
                {.etag = MD5_B "-4", .sha256 = "d-4"}, false, VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"one equal CRC32 alone", {.etag = MD5_A, .crc32 = "c"},
                {.etag = MD5_B, .crc32 = "c", .opaque = true}, false, VERDICT_SAME,
                VERIFIED_CHECKSUM},
        {"the kind that says more decides", {.etag = MD5_A, .sha256 = "s", .crc32 = "c"},
                {.etag = MD5_B, .sha256 = "t", .crc32 = "c", .opaque = true}, false,
                VERDICT_DIFFERENT, VERIFIED_CHECKSUM},
        {"of the whole, and of parts without a number", {.etag = MD5_A "-3", .crc32 = "c"},
                {.etag = MD5_B, .crc32 = "c", .composite = true, .opaque = true}, true,
                VERDICT_UNKNOWN, VERIFIED_SIZE},
        {"of other parts, and equal of the whole",
                {.etag = MD5_A "-3", .sha256 = "s-3", .crc32 = "c"},
                {.etag = MD5_B, .sha256 = "t-4", .crc32 = "c"}, false, VERDICT_SAME,
                VERIFIED_CHECKSUM},
        {"an equal ETag goes before", {.etag = MD5_A, .crc64 = "c"}, {.etag = MD5_A, .crc64 = "d"},
                false, VERDICT_SAME, VERIFIED_ETAG},
};

static void test_compare(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct object_info source = object(&rows[i].source), copy = object(&rows[i].copy);
        struct proof by = {VERIFIED_COUNT, BY_COUNT};
        enum verdict verdict = verify_compare(&source, &copy, rows[i].mirrored, &by);

        if (verdict != rows[i].verdict || by.verified != rows[i].by)
            fail_msg(
                    "%s: verdict %d by %s", rows[i].what, (int)verdict, verified_name(by.verified));
    }
}

/* It says the same from either side. */
static void test_symmetry(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct object_info source = object(&rows[i].source), copy = object(&rows[i].copy);
        struct proof by;

        if (verify_compare(&copy, &source, rows[i].mirrored, &by) != rows[i].verdict)
            fail_msg("%s", rows[i].what);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(verified_name(VERIFIED_NONE), "none");
    assert_string_equal(verified_name(VERIFIED_SIZE), "size");
    assert_string_equal(verified_name(VERIFIED_CHECKSUM), "checksum");
    assert_string_equal(verified_name(VERIFIED_ETAG), "etag");
    assert_string_equal(verified_by_name(BY_NOTHING), "");
    assert_string_equal(verified_by_name(BY_ETAG), "etag");
    assert_string_equal(verified_by_name(BY_LEDGER), "ledger");
}

/* A checksum's name is that of S3 in small letters. */
static void test_checksum_names(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        const char *name = verified_by_name((enum verified_by)(BY_CHECKSUM + i));
        const char *of = checksum_name((enum checksum)i);

        assert_non_null(name);
        assert_int_equal(strcasecmp(name, of), 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"), strlen(name));
    }
}

/* The kind of the checksum that showed it is told, also of one that differs. */
static void test_by(void **state)
{
    struct object_info a, b;
    struct proof by;

    (void)state;
    a = object(&(struct side){.etag = MD5_A "-2", .crc64 = "c", .sha256 = "x"});
    b = object(&(struct side){.etag = MD5_B, .crc64 = "d", .sha256 = "x"});
    assert_int_equal(verify_compare(&a, &b, false, &by), VERDICT_SAME);
    assert_int_equal(by.by, BY_CHECKSUM + CHECKSUM_SHA256);
    b = object(&(struct side){.etag = MD5_B, .crc64 = "d"});
    assert_int_equal(verify_compare(&a, &b, false, &by), VERDICT_DIFFERENT);
    assert_int_equal(by.by, BY_CHECKSUM + CHECKSUM_CRC64NVME);
    b = object(&(struct side){.etag = MD5_B});
    assert_int_equal(verify_compare(&a, &b, false, &by), VERDICT_UNKNOWN);
    assert_int_equal(by.by, BY_NOTHING);
    assert_int_equal(verify_compare(&a, &a, false, &by), VERDICT_SAME);
    assert_int_equal(by.by, BY_ETAG);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_compare),
            cmocka_unit_test(test_symmetry),
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_checksum_names),
            cmocka_unit_test(test_by),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
