/* Answers about one object: to HeadObject, and to the operations that write one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "s3/parse/parse.h"

static struct s3_reply reply; /* of the parser that ran last */

#define MD5 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* The header fields of an answer, by pairs of name and value, up to NULL. */
static enum err_code head(struct object_info *o, const char *const *fields)
{
    struct http_response response = {.status = 200};
    struct s3_call call = {.op = S3_HEAD_OBJECT};
    enum err_code code;
    struct err e;
    size_t i;

    headers_init(&response.headers);
    for (i = 0; fields[i]; i += 2)
        headers_add(&response.headers, fields[i], fields[i + 1]);
    code = s3_parse_object_headers(&call, &response, &reply, &e);
    *o = reply.u.object;
    headers_free(&response.headers);
    return code;
}

#define HEAD(o, ...) head(o, (const char *const[]){"content-length", "12", __VA_ARGS__, NULL})

static void test_plain(void **state)
{
    struct object_info o;

    (void)state;
    assert_int_equal(HEAD(&o, "etag", "\"" MD5 "\""), ERR_OK);
    assert_int_equal(o.size, 12);
    assert_string_equal(o.etag, MD5);
    assert_int_equal(o.etag_kind, ETAG_KIND_MD5);
    assert_int_equal(o.tags, TAGS_UNKNOWN);
    assert_int_equal(o.parts_count, 0);
    assert_int_equal(o.archive, ARCHIVE_NOT);
    assert_int_equal(o.checksum_type, CHECKSUMS_UNTYPED);
    assert_string_equal(o.storage_class, "");
}

static void test_length(void **state)
{
    struct object_info o;

    (void)state;
    assert_int_equal(head(&o, (const char *const[]){"etag", MD5, NULL}), ERR_OK);
    assert_true(o.size == S3_SIZE_UNTOLD); /* the call asks in another way then */
    assert_int_equal(head(&o, (const char *const[]){"content-length", "-1", NULL}), ERR_PROTOCOL);
    assert_int_equal(head(&o, (const char *const[]){"content-length", "9223372036854775808", NULL}),
            ERR_PROTOCOL);
}

static void test_etag_kinds(void **state)
{
    static const struct {
        const char *etag, *name, *value; /* and one more header */
        enum etag_kind kind;
    } rows[] = {
            {"\"" MD5 "-17\"", "x", "y", ETAG_KIND_PARTS},
            {"\"odd\"", "x", "y", ETAG_KIND_OTHER},
            {"\"\"", "x", "y", ETAG_KIND_NONE},
            {"\"" MD5 "\"", "x-amz-server-side-encryption", "AES256", ETAG_KIND_MD5},
            {"\"" MD5 "\"", "x-amz-server-side-encryption", "aws:kms", ETAG_KIND_OPAQUE},
            {"\"" MD5 "\"", "x-amz-server-side-encryption", "aws:kms:dsse", ETAG_KIND_OPAQUE},
            {"\"" MD5 "-2\"", "x-amz-server-side-encryption-customer-algorithm", "AES256",
                    ETAG_KIND_OPAQUE},
    };
    struct object_info o;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(HEAD(&o, "etag", rows[i].etag, rows[i].name, rows[i].value), ERR_OK);
        assert_int_equal(o.etag_kind, rows[i].kind);
    }
}

static void test_archive(void **state)
{
    static const struct {
        const char *class, *restore, *status;
        enum archive archive;
    } rows[] = {
            {"STANDARD_IA", NULL, NULL, ARCHIVE_NOT},
            {"GLACIER_IR", NULL, NULL, ARCHIVE_NOT},
            {"GLACIER", NULL, NULL, ARCHIVE_STORED},
            {"DEEP_ARCHIVE", NULL, NULL, ARCHIVE_STORED},
            {"INTELLIGENT_TIERING", NULL, "ARCHIVE_ACCESS", ARCHIVE_STORED},
            {"GLACIER", "ongoing-request=\"true\"", NULL, ARCHIVE_RESTORING},
            {"INTELLIGENT_TIERING", "ongoing-request=\"true\"", "ARCHIVE_ACCESS",
                    ARCHIVE_RESTORING},
            {"GLACIER", "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029\"", NULL,
                    ARCHIVE_RESTORED},
    };
    struct object_info o;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *fields[16] = {
                "content-length", "12", "x-amz-storage-class", rows[i].class, NULL};
        size_t n = 4;

        if (rows[i].restore) {
            fields[n++] = "x-amz-restore";
            fields[n++] = rows[i].restore;
        }
        if (rows[i].status) {
            fields[n++] = "x-amz-archive-status";
            fields[n++] = rows[i].status;
        }
        assert_int_equal(head(&o, fields), ERR_OK);
        assert_int_equal(o.archive, rows[i].archive);
        assert_string_equal(o.storage_class, rows[i].class);
    }
}

static void test_numbers(void **state)
{
    struct object_info o;

    (void)state;
    assert_int_equal(HEAD(&o, "x-amz-tagging-count", "3", "x-amz-mp-parts-count", "10000"), ERR_OK);
    assert_int_equal(o.tags, 3);
    assert_int_equal(o.parts_count, 10000);
    assert_int_equal(
            HEAD(&o, "x-amz-tagging-count", "many", "x-amz-mp-parts-count", "10001"), ERR_OK);
    assert_int_equal(o.tags, 0); /* it was said, and is no number */
    assert_int_equal(o.parts_count, 0);
}

static void test_checksums(void **state)
{
    struct object_info o;

    (void)state;
    assert_int_equal(HEAD(&o, "x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "x-amz-checksum-type",
                             "FULL_OBJECT"),
            ERR_OK);
    assert_string_equal(checksums_get(&o.checksums, CHECKSUM_CRC64NVME), "AAAAAAAAAAA=");
    assert_string_equal(checksums_get(&o.checksums, CHECKSUM_SHA1), "");
    assert_int_equal(o.checksum_type, CHECKSUMS_OF_OBJECT);
    assert_int_equal(
            HEAD(&o, "x-amz-checksum-sha256", "BBBB-3", "x-amz-checksum-type", "COMPOSITE"),
            ERR_OK);
    assert_int_equal(o.checksum_type, CHECKSUMS_OF_PARTS);
    assert_string_equal(checksums_get(&o.checksums, CHECKSUM_SHA256), "BBBB-3");
}

static struct s3_copied copied(const char *xml, const char *name, const char *value);

/* Each of the ten kinds, by its header of HeadObject and by its element of CopyObject's answer. */
static void test_checksum_kinds(void **state)
{
    static const struct {
        enum checksum kind;
        const char *header, *element;
    } rows[] = {
            {CHECKSUM_CRC64NVME, "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"},
            {CHECKSUM_CRC32, "x-amz-checksum-crc32", "ChecksumCRC32"},
            {CHECKSUM_CRC32C, "X-Amz-Checksum-Crc32c", "ChecksumCRC32C"},
            {CHECKSUM_SHA1, "x-amz-checksum-sha1", "ChecksumSHA1"},
            {CHECKSUM_SHA256, "x-amz-checksum-sha256", "ChecksumSHA256"},
            {CHECKSUM_SHA512, "x-amz-checksum-sha512", "ChecksumSHA512"},
            {CHECKSUM_MD5, "x-amz-checksum-md5", "ChecksumMD5"},
            {CHECKSUM_XXHASH64, "x-amz-checksum-xxhash64", "ChecksumXXHASH64"},
            {CHECKSUM_XXHASH3, "x-amz-checksum-xxhash3", "ChecksumXXHASH3"},
            {CHECKSUM_XXHASH128, "x-amz-checksum-xxhash128", "ChecksumXXHASH128"},
    };
    char xml[200];
    size_t i;
    int kind;

    (void)state;
    assert_int_equal(sizeof rows / sizeof rows[0], CHECKSUM_COUNT);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct object_info o;
        struct s3_copied c;

        assert_int_equal(HEAD(&o, rows[i].header, "dmFsdWU="), ERR_OK);
        for (kind = 0; kind < CHECKSUM_COUNT; kind++)
            assert_string_equal(
                    checksums_get(&o.checksums, kind), kind == (int)rows[i].kind ? "dmFsdWU=" : "");
        snprintf(xml, sizeof xml,
                "<CopyPartResult><ETag>\"" MD5 "\"</ETag><%s>dmFsdWU=</%s></CopyPartResult>",
                rows[i].element, rows[i].element);
        c = copied(xml, "x", "y");
        assert_string_equal(c.checksum, "dmFsdWU=");
        assert_int_equal(c.checksum_kind, rows[i].kind);
    }
    /* The first of two, no kind that is not known, and none that is too long. */
    {
        char long_one[CHECKSUM_SIZE + 1];
        struct object_info o;

        memset(long_one, 'A', CHECKSUM_SIZE);
        long_one[CHECKSUM_SIZE] = '\0';
        assert_int_equal(HEAD(&o, "x-amz-checksum-sha1", "one", "x-amz-checksum-sha1", "two",
                                 "x-amz-checksum-md6", "x", "x-amz-checksum-md5", long_one),
                ERR_OK);
        assert_string_equal(checksums_get(&o.checksums, CHECKSUM_SHA1), "one");
        assert_string_equal(checksums_get(&o.checksums, CHECKSUM_MD5), "");
    }
}

static struct s3_copied copied(const char *xml, const char *name, const char *value)
{
    struct http_response response = {.status = 200};
    struct s3_call call = {.op = S3_COPY_OBJECT};
    struct err e;

    headers_init(&response.headers);
    headers_add(&response.headers, name, value);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, xml);
    if (s3_parse_copied(&call, &response, &reply, &e) != ERR_OK)
        fail_msg("%s: %s", xml, e.message);
    headers_free(&response.headers);
    buf_free(&response.body);
    return reply.u.copied;
}

/* The object that was written, by each of the operations that describe it. */
static void test_copied(void **state)
{
    struct s3_copied c;

    (void)state;
    c = copied("<CopyObjectResult><ETag>\"" MD5 "\"</ETag><ChecksumCRC32>AAAA/w==</ChecksumCRC32>"
               "<ChecksumType>FULL_OBJECT</ChecksumType></CopyObjectResult>",
            "x", "y");
    assert_string_equal(c.etag, MD5);
    assert_int_equal(c.etag_kind, ETAG_KIND_MD5);
    assert_string_equal(c.checksum, "AAAA/w==");
    assert_int_equal(c.checksum_kind, CHECKSUM_CRC32);

    c = copied("<CompleteMultipartUploadResult><ETag>\"" MD5 "-2\"</ETag>"
               "<ChecksumSHA256>BBBB-2</ChecksumSHA256></CompleteMultipartUploadResult>",
            "x-amz-server-side-encryption", "aws:kms");
    assert_int_equal(c.etag_kind, ETAG_KIND_OPAQUE);
    assert_string_equal(c.checksum, "BBBB-2");
    assert_int_equal(c.checksum_kind, CHECKSUM_SHA256);

    /* Ceph RGW 16; and nothing of another element is taken. */
    c = copied("<CompleteMultipartUploadResult><ETag></ETag><Owner><ETag>x</ETag></Owner>"
               "</CompleteMultipartUploadResult>",
            "x", "y");
    assert_string_equal(c.etag, "");
    assert_int_equal(c.etag_kind, ETAG_KIND_NONE);
    assert_string_equal(c.checksum, "");
}

/* Whether the upload that Create has made is encrypted so that ETags tell nothing. */
static bool is_created_encrypted(const char *name, const char *value)
{
    struct http_response response = {.status = 200};
    struct s3_call call = {.op = S3_CREATE_MULTIPART_UPLOAD};
    bool encrypted;
    struct err e;

    headers_init(&response.headers);
    headers_add(&response.headers, name, value);
    buf_init(&response.body, BUF_MAX_ANSWER);
    buf_adds(&response.body, "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                             "</InitiateMultipartUploadResult>");
    assert_int_equal(s3_parse_upload_id(&call, &response, &reply, &e), ERR_OK);
    assert_string_equal(reply.u.created.upload_id, "u");
    encrypted = reply.u.created.encrypted;
    s3_free_upload_id(&reply);
    headers_free(&response.headers);
    buf_free(&response.body);
    return encrypted;
}

static void test_created(void **state)
{
    (void)state;
    assert_true(is_created_encrypted("x-amz-server-side-encryption", "aws:kms"));
    assert_true(is_created_encrypted("x-amz-server-side-encryption", "aws:kms:dsse"));
    assert_true(is_created_encrypted("x-amz-server-side-encryption-customer-algorithm", "AES256"));
    assert_false(is_created_encrypted("x-amz-server-side-encryption", "AES256"));
    assert_false(is_created_encrypted("x", "aws:kms"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_plain),
            cmocka_unit_test(test_length),
            cmocka_unit_test(test_etag_kinds),
            cmocka_unit_test(test_archive),
            cmocka_unit_test(test_numbers),
            cmocka_unit_test(test_checksums),
            cmocka_unit_test(test_checksum_kinds),
            cmocka_unit_test(test_copied),
            cmocka_unit_test(test_created),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
