/* The facts that are kept of an object that was listed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "copy/look/seen.h"

#define MD5 "0123456789abcdef0123456789abcdef"

static void test_seen(void **state)
{
    static const struct {
        const char *etag, *class;
        enum seen_state state;
        const char *seen_class;
        enum etag_kind kind;
        enum archive archive;
    } rows[] = {
            {MD5, "STANDARD", SEEN_OBJECT, "", ETAG_KIND_MD5, ARCHIVE_NOT},
            {MD5, "", SEEN_OBJECT, "", ETAG_KIND_MD5, ARCHIVE_NOT},
            {MD5 "-1", "STANDARD", SEEN_OBJECT, "", ETAG_KIND_PARTS, ARCHIVE_NOT},
            {MD5 "-10000", "STANDARD_IA", SEEN_OBJECT, "STANDARD_IA", ETAG_KIND_PARTS, ARCHIVE_NOT},
            {MD5, "INTELLIGENT_TIERING", SEEN_OBJECT, "INTELLIGENT_TIERING", ETAG_KIND_MD5,
                    ARCHIVE_NOT},
            {MD5, "GLACIER_IR", SEEN_OBJECT, "GLACIER_IR", ETAG_KIND_MD5, ARCHIVE_NOT},
            {MD5, "GLACIER", SEEN_OBJECT, "GLACIER", ETAG_KIND_MD5, ARCHIVE_UNSURE},
            {MD5, "DEEP_ARCHIVE", SEEN_OBJECT, "DEEP_ARCHIVE", ETAG_KIND_MD5, ARCHIVE_UNSURE},
            {MD5, "A_CLASS_OF_LATER", SEEN_NOT, NULL, ETAG_KIND_NONE, ARCHIVE_NOT},
            {"", "STANDARD", SEEN_NOT, NULL, ETAG_KIND_NONE, ARCHIVE_NOT},
            {"0123456789ABCDEF0123456789ABCDEF", "STANDARD", SEEN_NOT, NULL, ETAG_KIND_NONE,
                    ARCHIVE_NOT},
            {"W/" MD5, "STANDARD", SEEN_NOT, NULL, ETAG_KIND_NONE, ARCHIVE_NOT},
            {MD5 "-0", "STANDARD", SEEN_NOT, NULL, ETAG_KIND_NONE, ARCHIVE_NOT},
            {MD5 "-10001", "STANDARD", SEEN_NOT, NULL, ETAG_KIND_NONE, ARCHIVE_NOT},
            {"another-make", "STANDARD", SEEN_NOT, NULL, ETAG_KIND_NONE, ARCHIVE_NOT},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_listed listed = {.size = UINT64_C(50) << 40};
        struct seen_object seen;
        struct object_info info;

        snprintf(listed.etag, sizeof listed.etag, "%s", rows[i].etag);
        snprintf(listed.storage_class, sizeof listed.storage_class, "%s", rows[i].class);
        seen_take(&seen, &listed);
        assert_int_equal(seen.state, rows[i].state);
        if (seen.state != SEEN_OBJECT)
            continue;
        seen_info(&seen, &info);
        assert_true(info.size == listed.size);
        assert_string_equal(info.etag, rows[i].etag);
        assert_int_equal(info.etag_kind, rows[i].kind);
        assert_string_equal(info.storage_class, rows[i].seen_class);
        assert_int_equal(info.archive, rows[i].archive);
        assert_int_equal(info.tags, TAGS_UNKNOWN);
        assert_false(checksums_any(&info.checksums));
    }
}

static void test_restored(void **state)
{
    static const struct {
        const char *class;
        enum s3_restored restored;
        enum archive archive;
    } rows[] = {
            {"STANDARD", S3_RESTORED_UNSAID, ARCHIVE_NOT},
            {"STANDARD", S3_RESTORED_NOT, ARCHIVE_NOT},
            {"GLACIER_IR", S3_RESTORED_NOT, ARCHIVE_NOT},
            {"GLACIER", S3_RESTORED_UNSAID, ARCHIVE_UNSURE},
            {"GLACIER", S3_RESTORED_NOT, ARCHIVE_STORED},
            {"GLACIER", S3_RESTORED_UNDER_WAY, ARCHIVE_RESTORING},
            {"GLACIER", S3_RESTORED_YES, ARCHIVE_RESTORED},
            {"DEEP_ARCHIVE", S3_RESTORED_NOT, ARCHIVE_STORED},
            {"DEEP_ARCHIVE", S3_RESTORED_YES, ARCHIVE_RESTORED},
            {"INTELLIGENT_TIERING", S3_RESTORED_NOT, ARCHIVE_NOT},
            {"INTELLIGENT_TIERING", S3_RESTORED_UNDER_WAY, ARCHIVE_RESTORING},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_listed listed = {.etag = MD5, .restored = rows[i].restored};
        struct seen_object seen;
        struct object_info info;

        snprintf(listed.storage_class, sizeof listed.storage_class, "%s", rows[i].class);
        seen_take(&seen, &listed);
        seen_info(&seen, &info);
        assert_int_equal(info.archive, rows[i].archive);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_seen), cmocka_unit_test(test_restored)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
