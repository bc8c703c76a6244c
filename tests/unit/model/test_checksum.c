/* The kinds of checksums, their types, and which of them an upload in parts may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/object/object_info.h"

static void test_names(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < CHECKSUM_COUNT; i++) {
        assert_int_equal(checksum_of_name(checksum_name((enum checksum)i)), i);
        assert_true(checksum_bytes((enum checksum)i) >= 4);
        assert_true(checksum_bytes((enum checksum)i) <= CHECKSUM_BYTES_MOST);
    }
    assert_int_equal(checksum_of_name("xxhash3"), CHECKSUM_XXHASH3);
    assert_int_equal(checksum_of_name("SHA3"), CHECKSUM_COUNT);
    assert_int_equal(checksum_of_name(""), CHECKSUM_COUNT);
}

static void test_types(void **state)
{
    (void)state;
    assert_int_equal(checksum_type_of_name(NULL), CHECKSUMS_UNTYPED);
    assert_int_equal(checksum_type_of_name("FULL_OBJECT"), CHECKSUMS_OF_OBJECT);
    assert_int_equal(checksum_type_of_name("COMPOSITE"), CHECKSUMS_OF_PARTS);
    assert_int_equal(checksum_type_of_name("something new"), CHECKSUMS_OF_PARTS);
    assert_string_equal(checksum_type_name(CHECKSUMS_OF_OBJECT), "FULL_OBJECT");
    assert_string_equal(checksum_type_name(CHECKSUMS_OF_PARTS), "COMPOSITE");
    assert_string_equal(checksum_type_name(CHECKSUMS_UNTYPED), "");
    assert_int_equal(checksum_type_of("AAAA-3", CHECKSUMS_UNTYPED), CHECKSUMS_OF_PARTS);
    assert_int_equal(checksum_type_of("AAAA", CHECKSUMS_UNTYPED), CHECKSUMS_OF_OBJECT);
    assert_int_equal(checksum_type_of("AAAA", CHECKSUMS_OF_PARTS), CHECKSUMS_OF_PARTS);
}

/* Amazon S3 User Guide, "Checking object integrity for data uploads". */
static void test_of_upload(void **state)
{
    static const struct {
        enum checksum kind;
        bool of_object, of_parts;
    } rows[] = {
            {CHECKSUM_CRC64NVME, true, false},
            {CHECKSUM_CRC32, true, true},
            {CHECKSUM_CRC32C, true, true},
            {CHECKSUM_SHA1, false, true},
            {CHECKSUM_SHA256, false, true},
            {CHECKSUM_SHA512, false, true},
            {CHECKSUM_MD5, false, true},
            {CHECKSUM_XXHASH64, false, true},
            {CHECKSUM_XXHASH3, false, true},
            {CHECKSUM_XXHASH128, false, true},
    };
    size_t i;

    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], CHECKSUM_COUNT);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(
                checksum_can_be_of_upload(rows[i].kind, CHECKSUMS_OF_OBJECT), rows[i].of_object);
        assert_int_equal(
                checksum_can_be_of_upload(rows[i].kind, CHECKSUMS_OF_PARTS), rows[i].of_parts);
    }
}

static void test_upload_checksum(void **state)
{
    static const struct {
        const char *what;
        enum checksum kind;
        const char *value;
        enum checksum_type said, type; /* type: UNTYPED if there is none to be kept */
    } rows[] = {
            {"composite", CHECKSUM_SHA256, "AAAA-3", CHECKSUMS_OF_PARTS, CHECKSUMS_OF_PARTS},
            {"of the object", CHECKSUM_CRC32C, "AAAA", CHECKSUMS_OF_OBJECT, CHECKSUMS_OF_OBJECT},
            {"composite, not said to be", CHECKSUM_CRC32, "AAAA-3", CHECKSUMS_UNTYPED,
                    CHECKSUMS_OF_PARTS},
            {"of the object, not said to be", CHECKSUM_CRC64NVME, "AAAA", CHECKSUMS_UNTYPED,
                    CHECKSUMS_OF_OBJECT},
            {"a hash of an object in one piece", CHECKSUM_SHA256, "AAAA", CHECKSUMS_OF_OBJECT,
                    CHECKSUMS_UNTYPED},
            {"none", CHECKSUM_SHA1, "", CHECKSUMS_UNTYPED, CHECKSUMS_UNTYPED},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct upload_checksum got = {CHECKSUMS_OF_PARTS, CHECKSUM_MD5};
        struct object_info o;
        bool some;

        memset(&o, 0, sizeof o);
        checksums_add(&o.checksums, rows[i].kind, rows[i].value);
        o.checksum_type = rows[i].said;
        assert_int_equal(checksums_any(&o.checksums), rows[i].value[0] != '\0');
        some = object_info_upload_checksum(&o, &got);
        if (some != (rows[i].type != CHECKSUMS_UNTYPED) || got.type != rows[i].type ||
                (some && got.kind != rows[i].kind))
            fail_msg("%s: type %d kind %d", rows[i].what, (int)got.type, (int)got.kind);
    }
}

/* Several kinds stand side by side, the first of a kind stays, and what finds no room is left out
 * whole. */
static void test_several(void **state)
{
    struct checksums c = {{0}};
    char longest[CHECKSUM_SIZE], too_long[CHECKSUM_SIZE + 1];

    (void)state;
    assert_false(checksums_any(&c));
    checksums_add(&c, CHECKSUM_CRC32, "");
    assert_false(checksums_any(&c));
    checksums_add(&c, CHECKSUM_CRC32, "one");
    checksums_add(&c, CHECKSUM_CRC32, "two");
    checksums_add(&c, CHECKSUM_SHA512, "three");
    assert_true(checksums_any(&c));
    assert_string_equal(checksums_get(&c, CHECKSUM_CRC32), "one");
    assert_string_equal(checksums_get(&c, CHECKSUM_SHA512), "three");
    assert_string_equal(checksums_get(&c, CHECKSUM_MD5), "");
    memset(too_long, 'x', sizeof too_long);
    too_long[CHECKSUM_SIZE] = longest[CHECKSUM_SIZE - 1] = '\0';
    memset(longest, 'y', sizeof longest - 1);
    checksums_add(&c, CHECKSUM_MD5, too_long);
    assert_string_equal(checksums_get(&c, CHECKSUM_MD5), "");
    checksums_add(&c, CHECKSUM_MD5, longest);
    checksums_add(&c, CHECKSUM_SHA1, longest);
    checksums_add(&c, CHECKSUM_SHA256, longest);
    checksums_add(&c, CHECKSUM_CRC32C, "four");
    assert_string_equal(checksums_get(&c, CHECKSUM_MD5), longest);
    assert_string_equal(checksums_get(&c, CHECKSUM_SHA1), longest);
    assert_string_equal(checksums_get(&c, CHECKSUM_SHA256), "");
    assert_string_equal(checksums_get(&c, CHECKSUM_CRC32C), "four");
    assert_string_equal(checksums_get(&c, CHECKSUM_CRC32), "one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_several),
            cmocka_unit_test(test_names),
            cmocka_unit_test(test_types),
            cmocka_unit_test(test_of_upload),
            cmocka_unit_test(test_upload_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
