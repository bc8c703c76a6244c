#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../model/made_result.h"
#include "base/str.h"
#include "report/report_csv.h"

static void check_row(struct result *r, const char *expected)
{
    struct buf out;

    buf_init(&out, 4 * BUF_MAX_LINE);
    report_csv_row(&out, r, "there");
    assert_true(buf_ok(&out));
    assert_string_equal(buf_str(&out), expected);
    buf_free(&out);
    result_free(r);
}

static void test_csv(void **state)
{
    struct result r = result("a/k", NULL, "d/k", RESULT_COPIED);

    (void)state;
    check_row(&r, "\"k\",COPIED,2500000,0.500,5.00,\"verified by etag\",\"s3://source/a/k\","
                  "\"s3://there/d/k\",,\r\n");
    r = result("a/k", NULL, "k", RESULT_SAME);
    check_row(&r, "\"k\",SAME,2500000,0.500,,\"verified by nothing\",\"s3://source/a/k\","
                  "\"s3://there/k\",,\r\n");
    r = result("a/k", NULL, "k", RESULT_SAME);
    r.verified = VERIFIED_SIZE;
    r.verified_by = BY_LEDGER;
    check_row(&r, "\"k\",SAME,2500000,0.500,,\"verified by size (ledger)\",\"s3://source/a/k\","
                  "\"s3://there/k\",,\r\n");
    r = result("a/k", NULL, "k", RESULT_SAME);
    r.verified = VERIFIED_CHECKSUM;
    r.verified_by = (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC32);
    check_row(&r, "\"k\",SAME,2500000,0.500,,\"verified by checksum (crc32)\",\"s3://source/a/k\","
                  "\"s3://there/k\",,\r\n");
    r = result("a/k", NULL, "d/k", RESULT_KEPT);
    r.notes = NOTE_TAGS_DROPPED | NOTE_CLASS_CHANGED;
    check_row(&r, "\"k\",KEPT,2500000,0.500,,\"something else is there and was kept; tags-dropped; "
                  "storage-class-changed\",\"s3://source/a/k\",\"s3://there/d/k\",,\r\n");
    r = result("a/k", NULL, "d/k", RESULT_KEPT);
    r.notes = NOTE_UNPROVEN;
    check_row(&r,
            "\"k\",KEPT,2500000,0.500,,\"what is there cannot be compared with the source and was "
            "kept; unproven\",\"s3://source/a/k\",\"s3://there/d/k\",,\r\n");
    r = result("a/k", NULL, "d/k", RESULT_FAILED);
    fail_with(&r, "SlowDown", "Please, \"slow\" down");
    check_row(&r,
            "\"k\",FAILED,2500000,0.500,,\"SlowDown: Please, \"\"slow\"\" down (request R1, host H1)\","
            "\"s3://source/a/k\",\"s3://there/d/k\",,\r\n");
    r = result("dir/", NULL, "full/dir/", RESULT_COPIED);
    r.seconds = 0; /* no rate without time */
    check_row(&r, "\"full/dir/\",COPIED,2500000,0.000,,\"verified by etag\",\"s3://source/dir/\","
                  "\"s3://there/full/dir/\",,\r\n");
    r = result("a\"b,\r\nc", NULL, "a\"b,\r\nc", RESULT_COPIED);
    check_row(&r, "\"a\"\"b,\r\nc\",COPIED,2500000,0.500,5.00,\"verified by etag\","
                  "\"s3://source/a\"\"b,\r\nc\",\"s3://there/a\"\"b,\r\nc\",,\r\n");
}

/* The version that was copied, and that of the copy, stand at the end. */
static void test_versions(void **state)
{
    struct result r = result("a/k", "v\"1", "d/k", RESULT_COPIED);

    (void)state;
    r.written.version_id = strdup("w2");
    check_row(&r, "\"k\",COPIED,2500000,0.500,5.00,\"verified by etag\",\"s3://source/a/k\","
                  "\"s3://there/d/k\",\"v\"\"1\",\"w2\"\r\n");
}

/* A row has as many fields as the header names. */
static void test_csv_fields(void **state)
{
    const char *at = REPORT_CSV_HEADER;
    unsigned commas = 0;

    (void)state;
    for (; *at; at++)
        commas += *at == ',';
    assert_int_equal(commas, 9);
    assert_true(str_ends(REPORT_CSV_HEADER, "\r\n"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_csv),
            cmocka_unit_test(test_versions),
            cmocka_unit_test(test_csv_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
