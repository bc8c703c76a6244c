/* The sums of a line (model/list/sums.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/list/sums.h"

#define MD5       "617808065bb1a8be2755f9be0c0ac769"
#define MD5_64    "YXgIBluxqL4nVfm+DArHaQ=="
#define PARTS     "ec1e29805585d04a93eb8cf464b68c43"
#define CRC64     "c8cfc4c0cc45c6c1"
#define CRC64_64  "yM/EwMxFxsE="
#define CRC64_REV "c1c645ccc0c4cfc8"

static struct sums sums;

static void read(const char *text)
{
    const char *problem = sums_read(&sums, text, strlen(text));

    if (problem)
        fail_msg("%s %s", text, problem);
}

/* The example of copyrite's docs/ARCHITECTURE.md. */
static void test_example(void **state)
{
    (void)state;
    read("{\n  \"version\": \"1\",\n  \"size\": 10485760,\n"
         "  \"md5-aws-5242880b\": \"" PARTS "-5242880b\",\n"
         "  \"crc64nvme\": \"" CRC64 "\",\n  \"md5\": \"" MD5 "\"\n}\n");
    assert_int_equal(sums.size, 10485760);
    assert_int_equal(sums.count, 3);
    assert_int_equal(sums.all[0].kind, CHECKSUM_MD5);
    assert_int_equal(sums.all[0].type, CHECKSUMS_OF_PARTS);
    assert_int_equal(sums.all[1].kind, CHECKSUM_CRC64NVME);
    assert_int_equal(sums.all[1].type, CHECKSUMS_OF_OBJECT);
    assert_int_equal(sums.all[1].bytes[0], 0xc8);
    assert_int_equal(sums.all[2].kind, CHECKSUM_MD5);
}

static void test_forms(void **state)
{
    (void)state;
    read("{\"crc64nvme-le\":\"" CRC64_REV "\",\"crc32-be\":\"01020304\","
         "\"sha256-aws-8mib\":\"a9ed6c4b6aadf887f90a3d483b5c5b79bc08075af2a1718e3e15c63b9904ebf7\","
         "\"aws-etag-2\":\"" PARTS "-2\",\"xxhash128\":\"" MD5 "\"}");
    assert_int_equal(sums.count, 5);
    assert_int_equal(sums.all[0].bytes[0], 0xc8);
    assert_int_equal(sums.all[1].bytes[3], 4);
    assert_int_equal(sums.all[2].kind, CHECKSUM_SHA256);
    assert_int_equal(sums.all[2].type, CHECKSUMS_OF_PARTS);
    assert_int_equal(sums.all[3].kind, CHECKSUM_MD5);
    read("{\"size\":0}");
    assert_int_equal(sums.count, 0);
}

static void test_problems(void **state)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
            {"", "JSON object"},
            {"{v:1}", "JSON object"},
            {"[]", "JSON object"},
            {"{\"md5\":\"" MD5 "\",\"md5\":\"" MD5 "\"}", "JSON object"},
            {"{}", "asserts nothing"},
            {"{\"version\":\"1\"}", "asserts nothing"},
            {"{\"version\":\"2\",\"size\":1}", "version"},
            {"{\"version\":1,\"size\":1}", "version"},
            {"{\"size\":-1}", "size"},
            {"{\"size\":\"1\"}", "size"},
            {"{\"size\":1.5}", "size"},
            {"{\"quickxor\":\"00\"}", "kind"},
            {"{\"a-name-that-is-longer-than-any\":\"00\"}", "kind"},
            {"{\"md5-le\":\"" MD5 "0\"}", "hexadecimal"},
            {"{\"md5\":\"" MD5 "00\"}", "hexadecimal"},
            {"{\"md5\":\"6178\"}", "hexadecimal"},
            {"{\"md5\":\"" MD5 "-2\"}", "hexadecimal"},
            {"{\"md5\":\"x17808065bb1a8be2755f9be0c0ac769\"}", "hexadecimal"},
            {"{\"md5\":\"6x7808065bb1a8be2755f9be0c0ac769\"}", "hexadecimal"},
            {"{\"md5\":7}", "hexadecimal"},
            {"{\"md5\":\"\"}", "hexadecimal"},
    };
    char text[SUMS_TEXT_MOST + 2];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *problem = sums_read(&sums, rows[i].text, strlen(rows[i].text));

        if (!problem || !strstr(problem, rows[i].problem))
            fail_msg("%s: %s", rows[i].text, problem ? problem : "nothing is wrong");
    }
    memset(text, ' ', sizeof text);
    assert_non_null(strstr(sums_read(&sums, text, sizeof text), "4,096"));
}

static void test_too_many(void **state)
{
    char text[SUMS_TEXT_MOST];
    size_t at = 0;
    int i;

    (void)state;
    at += (size_t)snprintf(text + at, sizeof text - at, "{");
    for (i = 0; i <= SUMS_MOST; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"md5-aws-%d\":\"" MD5 "-%d\"",
                i ? "," : "", i + 1, i + 1);
    at += (size_t)snprintf(text + at, sizeof text - at, "}");
    assert_non_null(strstr(sums_read(&sums, text, at), "24"));
}

static struct object_info object(const char *etag, enum etag_kind kind)
{
    struct object_info o = {.size = 5, .etag_kind = kind};

    memcpy(o.etag, etag, strlen(etag) + 1);
    return o;
}

static void check(
        const struct object_info *o, bool md5, enum sums_verdict verdict, enum verified_by by)
{
    struct sums_found found = sums_compare(&sums, o, md5);

    assert_int_equal(found.verdict, verdict);
    assert_int_equal(found.by, by);
}

static void test_size(void **state)
{
    struct object_info o = object("", ETAG_KIND_NONE);
    struct sums_found found;
    struct err e;

    (void)state;
    read("{\"size\":5}");
    check(&o, true, SUMS_ARE_ITS, BY_NOTHING);
    read("{\"size\":6,\"md5\":\"" MD5 "\"}");
    check(&o, true, SUMS_ARE_OTHERS, BY_NOTHING);
    found = sums_compare(&sums, &o, true);
    sums_error(&sums, &found, &o, "the source", &e);
    assert_string_equal(e.message, "its line says 6 bytes (sums), and the source has 5");
    assert_string_equal(err_report_code(&e), "SumsDiffer");
}

static void test_etags(void **state)
{
    struct object_info same = object(MD5, ETAG_KIND_MD5);
    struct object_info other = object("0" MD5, ETAG_KIND_MD5);
    struct object_info opaque = object("0" MD5, ETAG_KIND_OPAQUE);
    struct object_info parts = object(PARTS "-2", ETAG_KIND_PARTS);
    struct sums_found found;
    struct err e;

    (void)state;
    other.etag[32] = '\0';
    opaque.etag[32] = '\0';
    read("{\"md5\":\"" MD5 "\"}");
    check(&same, true, SUMS_ARE_ITS, BY_ETAG);
    check(&other, true, SUMS_ARE_OTHERS, BY_ETAG);
    check(&other, false, SUMS_NOT_COMPARED, BY_NOTHING); /* this server's are no MD5s */
    check(&opaque, true, SUMS_NOT_COMPARED, BY_NOTHING);
    check(&parts, true, SUMS_NOT_COMPARED, BY_NOTHING);
    found = sums_compare(&sums, &other, true);
    sums_error(&sums, &found, &other, "the source", &e);
    assert_non_null(strstr(e.message, MD5));
    assert_non_null(strstr(e.message, other.etag));
    /* Other parts have other ETags. */
    read("{\"md5-aws-5242880b\":\"" PARTS "-5242880b\"}");
    check(&parts, true, SUMS_ARE_ITS, BY_ETAG);
    check(&same, true, SUMS_NOT_COMPARED, BY_NOTHING);
    parts.etag[0] = '0';
    check(&parts, true, SUMS_NOT_COMPARED, BY_NOTHING);
}

static void test_checksums(void **state)
{
    struct object_info o = object(PARTS "-2", ETAG_KIND_PARTS);
    struct sums_found found;
    struct err e;

    (void)state;
    checksums_add(&o.checksums, CHECKSUM_CRC64NVME, CRC64_64);
    o.checksum_type = CHECKSUMS_OF_OBJECT;
    read("{\"crc64nvme\":\"" CRC64 "\"}");
    check(&o, true, SUMS_ARE_ITS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME));
    read("{\"crc64nvme-le\":\"" CRC64_REV "\"}");
    check(&o, true, SUMS_ARE_ITS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME));
    read("{\"sha1\":\"c8cfc4c0cc45c6c1c8cfc4c0cc45c6c1c8cfc4c0\"}");
    check(&o, true, SUMS_NOT_COMPARED, BY_NOTHING);
    read("{\"crc64nvme\":\"" CRC64_REV "\"}");
    check(&o, true, SUMS_ARE_OTHERS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME));
    found = sums_compare(&sums, &o, true);
    sums_error(&sums, &found, &o, "the copy", &e);
    assert_non_null(strstr(e.message, "CRC64NVME wcZFzMDEz8g="));
    assert_non_null(strstr(e.message, "the copy has " CRC64_64));
    /* One that differs outweighs others, and a checksum an ETag. */
    read("{\"md5-aws-2\":\"" PARTS "-2\",\"crc64nvme\":\"" CRC64_REV "\"}");
    check(&o, true, SUMS_ARE_OTHERS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME));
    read("{\"md5-aws-2\":\"" PARTS "-2\",\"crc64nvme\":\"" CRC64 "\"}");
    check(&o, true, SUMS_ARE_ITS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME));
    read("{\"crc64nvme\":\"" CRC64 "\",\"md5-aws-2\":\"" PARTS "-2\"}");
    check(&o, true, SUMS_ARE_ITS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC64NVME));
}

/* Sums of parts are equal, or say nothing. */
static void test_checksums_of_parts(void **state)
{
    struct object_info o = object("", ETAG_KIND_NONE);

    (void)state;
    checksums_add(&o.checksums, CHECKSUM_MD5, MD5_64 "-2");
    o.checksum_type = CHECKSUMS_OF_PARTS;
    read("{\"md5-aws-2\":\"" MD5 "-2\"}");
    check(&o, true, SUMS_ARE_ITS, (enum verified_by)(BY_CHECKSUM + CHECKSUM_MD5));
    read("{\"md5-aws-2\":\"" PARTS "-2\"}");
    check(&o, true, SUMS_NOT_COMPARED, BY_NOTHING);
    read("{\"md5\":\"" PARTS "\"}");
    check(&o, true, SUMS_NOT_COMPARED, BY_NOTHING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_example),
            cmocka_unit_test(test_forms),
            cmocka_unit_test(test_problems),
            cmocka_unit_test(test_too_many),
            cmocka_unit_test(test_size),
            cmocka_unit_test(test_etags),
            cmocka_unit_test(test_checksums),
            cmocka_unit_test(test_checksums_of_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
