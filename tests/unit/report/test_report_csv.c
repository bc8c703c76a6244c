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
    report_csv_row(&out, r, "there", REPORT_FORMULAS_EXACT);
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
    struct buf out;

    (void)state;
    r.written.version_id = strdup("w2");
    check_row(&r, "\"k\",COPIED,2500000,0.500,5.00,\"verified by etag\",\"s3://source/a/k\","
                  "\"s3://there/d/k\",\"v\"\"1\",\"w2\"\r\n");
    r = result("a/k", "-v", "d/k", RESULT_COPIED); /* a server makes them up */
    r.written.version_id = strdup("=w");
    buf_init(&out, BUF_MAX_RESULT);
    report_csv_row(&out, &r, "there", REPORT_FORMULAS_ESCAPED);
    assert_true(str_ends(buf_str(&out), ",\"'-v\",\"'=w\",sourceVersion destinationVersion\r\n"));
    buf_free(&out);
    result_free(&r);
}

/* A row has as many fields as the header names. */
static void test_csv_fields(void **state)
{
    static const struct {
        enum report_formulas formulas;
        unsigned commas;
    } rows[] = {{REPORT_FORMULAS_EXACT, 9}, {REPORT_FORMULAS_ESCAPED, 10}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *at = report_csv_header(rows[i].formulas);
        unsigned commas = 0;

        assert_true(str_ends(at, "\r\n"));
        for (; *at; at++)
            commas += *at == ',';
        assert_int_equal(commas, rows[i].commas);
    }
    assert_true(str_ends(report_csv_header(REPORT_FORMULAS_ESCAPED), ",escaped\r\n"));
}

/* A field that a spreadsheet would run has an apostrophe in front, and the last column says which.
 */
static void test_formulas(void **state)
{
    static const struct {
        const char *name, *code; /* code: NULL: it was copied */
        const char *row_name, *escaped;
    } rows[] = {
            {"a=1", NULL, "\"a=1\",", ",\r\n"},
            {"=1+1", NULL, "\"'=1+1\",", ",name\r\n"},
            {"+1", NULL, "\"'+1\",", ",name\r\n"},
            {"-1", NULL, "\"'-1\",", ",name\r\n"},
            {"@sum", NULL, "\"'@sum\",", ",name\r\n"},
            {"\tx", NULL, "\"'\tx\",", ",name\r\n"},
            {"\rx", NULL, "\"'\rx\",", ",name\r\n"},
            {"\nx", NULL, "\"'\nx\",", ",name\r\n"},
            {"\xEF\xBC\x9D"
             "1",
                    NULL,
                    "\"'\xEF\xBC\x9D"
                    "1\",",
                    ",name\r\n"},
            {"\xEF\xBC\x8E"
             "1",
                    NULL,
                    "\"\xEF\xBC\x8E"
                    "1\",",
                    ",\r\n"},
            {"'=1", NULL, "\"'=1\",", ",\r\n"},
            {"=\"1\"", NULL, "\"'=\"\"1\"\"\",", ",name\r\n"},
            {"k", "=cmd()", "\"k\",FAILED,2500000,0.500,,\"'=cmd(): why", ",message\r\n"},
            {"=k", "@cmd", "\"'=k\",FAILED,2500000,0.500,,\"'@cmd: why", ",name message\r\n"},
            {"=k", "NoSuchKey", "\"'=k\",FAILED,2500000,0.500,,\"NoSuchKey: why", ",name\r\n"},
    };
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_RESULT);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct result r = result(
                rows[i].name, NULL, rows[i].name, rows[i].code ? RESULT_FAILED : RESULT_COPIED);

        if (rows[i].code)
            fail_with(&r, rows[i].code, "why");
        buf_clear(&out);
        report_csv_row(&out, &r, "there", REPORT_FORMULAS_ESCAPED);
        if (!str_starts(buf_str(&out), rows[i].row_name) ||
                !str_ends(buf_str(&out), rows[i].escaped))
            fail_msg("%s", buf_str(&out));
        buf_clear(&out);
        report_csv_not_reached(&out, &r.item, "there", "=cmd", REPORT_FORMULAS_ESCAPED);
        assert_int_equal(report_csv_is_formula(rows[i].name), str_ends(buf_str(&out), ",name\r\n"));
        result_free(&r);
    }
    buf_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_csv),
            cmocka_unit_test(test_versions),
            cmocka_unit_test(test_csv_fields),
            cmocka_unit_test(test_formulas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
