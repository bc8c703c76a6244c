/* The lines of a delivery record: made of results, and read back as they are written and no other
 * way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "../made_result.h"
#include "model/delivery/delivered.h"
#include "model/delivery/delivery_lines.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SUM   "\"checksum\":{\"name\":\"CRC32\",\"type\":\"FULL_OBJECT\",\"value\":\"AAAAAA==\"}"

static struct err err;

static void expect_line(const struct result *r, const char *expected)
{
    struct delivered d = delivered_of(r), back;
    struct buf line, again;

    buf_init(&line, BUF_MAX_RESULT);
    buf_init(&again, BUF_MAX_RESULT);
    assert_true(delivered_by(r));
    delivered_write(&line, &d);
    assert_string_equal(buf_str(&line), expected);
    assert_true(delivered_read(&back, buf_str(&line), line.len - 1));
    assert_string_equal(back.key, d.key);
    assert_int_equal(back.kind, d.kind);
    delivered_write(&again, &back);
    assert_string_equal(buf_str(&again), expected);
    delivered_free(&back);
    buf_free(&line);
    buf_free(&again);
}

static void test_results(void **state)
{
    struct result r = result("k", NULL, "a \"key\"\n", RESULT_COPIED);

    (void)state;
    r.verified_by = BY_ETAG;
    expect_line(&r, "{\"key\":\"a \\\"key\\\"\\u000a\",\"size\":2500000,\"etag\":\"" MD5
                    "\",\"proof\":\"etag\",\"proofBy\":\"etag\"}\n");
    written_add(&r.written, "other-etag", "v1");
    written_add_checksum(&r.written, CHECKSUM_CRC32, "AAAAAA==");
    r.verified = VERIFIED_CHECKSUM;
    r.verified_by = (enum verified_by)(BY_CHECKSUM + CHECKSUM_CRC32);
    expect_line(&r,
            "{\"key\":\"a \\\"key\\\"\\u000a\",\"size\":2500000,\"etag\":\"other-etag\"," SUM
            ",\"versionId\":\"v1\",\"proof\":\"checksum\",\"proofBy\":\"crc32\"}\n");
    result_free(&r);
    r = result("k", NULL, "k", RESULT_SAME);
    r.verified = VERIFIED_SIZE;
    expect_line(&r, "{\"key\":\"k\",\"size\":2500000,\"proof\":\"size\"}\n");
    strcpy(r.found_etag, "found");
    expect_line(&r, "{\"key\":\"k\",\"size\":2500000,\"etag\":\"found\",\"proof\":\"size\"}\n");
    r.status = RESULT_KEPT;
    expect_line(&r, "{\"key\":\"k\",\"kept\":true}\n");
    r.status = RESULT_FAILED;
    assert_false(delivered_by(&r));
    r.status = RESULT_PENDING;
    assert_false(delivered_by(&r));
    result_free(&r);
}

static void test_lines(void **state)
{
    static const struct {
        const char *line;
        bool good;
    } rows[] = {
            {"{\"key\":\"k\",\"size\":0,\"proof\":\"none\"}", true},
            {"{\"key\":\"k\",\"size\":1,\"etag\":\"e\"," SUM
             ",\"versionId\":\"v\",\"proof\":\"etag\",\"proofBy\":\"ledger\",\"tags\":\"" HEX64
             "\"}",
                    true},
            {"{\"key\":\"k\",\"kept\":true}", true},
            {"{\"key\":\"k\",\"kept\":false}", false},
            {"{\"key\":\"k\",\"kept\":true} ", false},
            {"{\"key\":\"\",\"kept\":true}", false},
            {"{\"size\":0,\"key\":\"k\",\"proof\":\"none\"}", false},
            {"{\"key\":\"k\", \"size\":0,\"proof\":\"none\"}", false},
            {"{\"key\":\"k\",\"size\":-1,\"proof\":\"none\"}", false},
            {"{\"key\":\"k\",\"size\":1}", false},
            {"{\"key\":\"k\",\"size\":1,\"etag\":\"\",\"proof\":\"none\"}", false},
            {"{\"key\":\"k\",\"size\":1,\"proof\":\"some\"}", false},
            {"{\"key\":\"k\",\"size\":1,\"proof\":\"etag\",\"proofBy\":\"\"}", false},
            {"{\"key\":\"k\",\"size\":1,\"proof\":\"etag\",\"proofBy\":\"luck\"}", false},
            {"{\"key\":\"k\",\"size\":1,\"versionId\":\"\",\"proof\":\"none\"}", false},
            {"{\"key\":\"k\",\"size\":1,\"proof\":\"none\",\"tags\":\"abc\"}", false},
            {"{\"key\":\"k\",\"size\":1,\"checksum\":{\"name\":\"CRC99\",\"type\":\"FULL_OBJECT\","
             "\"value\":\"AA==\"},\"proof\":\"none\"}",
                    false},
            {"{\"key\":\"k\",\"size\":1,\"checksum\":{\"name\":\"CRC32\",\"type\":\"COMPOSITE\","
             "\"value\":\"AA==\"},\"proof\":\"none\"}",
                    false},
            {"{\"key\":\"k\",\"size\":1,\"checksum\":{\"name\":\"CRC32\",\"type\":\"COMPOSITE\","
             "\"value\":\"AA==-2\"},\"proof\":\"none\"}",
                    true},
            {"", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct delivered d;
        struct buf again;
        size_t cut;

        assert_int_equal(delivered_read(&d, rows[i].line, strlen(rows[i].line)), rows[i].good);
        if (!rows[i].good)
            continue;
        buf_init(&again, BUF_MAX_RESULT);
        delivered_write(&again, &d);
        assert_memory_equal(buf_str(&again), rows[i].line, strlen(rows[i].line));
        delivered_free(&d);
        buf_free(&again);
        for (cut = 0; cut < strlen(rows[i].line); cut++)
            assert_false(delivered_read(&d, rows[i].line, cut));
    }
}

static void test_info(void **state)
{
    struct delivered d = {.size = 7, .etag = MD5 "-2", .checksum = "AAAAAA=="};
    struct object_info info;

    (void)state;
    d.checksum_kind = CHECKSUM_CRC32;
    delivered_info(&d, &info);
    assert_int_equal(info.size, 7);
    assert_int_equal(info.etag_kind, ETAG_KIND_PARTS);
    assert_string_equal(checksums_get(&info.checksums, CHECKSUM_CRC32), "AAAAAA==");
}

/* --- the first and the last line --- */

static void test_head(void **state)
{
    char tool[] = "copyout 1", list[] = "sha256:ab", created[] = "2026-11-26T00:00:00Z",
         destination[] = "s3://b/f/", own[] = "f/STARTED_COPY.txt", other[] = "f/\"";
    struct delivery_head h = {.tool = tool,
            .list = list,
            .created = created,
            .destination = destination,
            .objects = 3,
            .bytes = 99,
            .kept = 1,
            .failed = 2,
            .missing = 4,
            .own = {own, other},
            .own_count = 2};
    struct delivery_head back;
    struct buf line;
    size_t cut;

    (void)state;
    buf_init(&line, BUF_MAX_SMALL);
    delivery_head_write(&line, &h);
    assert_string_equal(buf_str(&line),
            "{\"record\":\"copyout delivery\",\"version\":1,\"tool\":\"copyout 1\",\"list\":"
            "\"sha256:ab\",\"created\":\"2026-11-26T00:00:00Z\",\"destination\":\"s3://b/f/\","
            "\"objects\":3,\"bytes\":99,\"kept\":1,\"failed\":2,\"missing\":4,\"ownFiles\":[\"f/"
            "STARTED_COPY.txt\",\"f/\\\"\"]}\n");
    assert_int_equal(delivery_head_read(&back, buf_str(&line), line.len - 1), DELIVERY_LINE_GOOD);
    assert_string_equal(back.own[1], "f/\"");
    assert_int_equal(back.missing, 4);
    delivery_head_free(&back);
    for (cut = 0; cut < line.len - 1; cut++)
        assert_int_equal(delivery_head_read(&back, buf_str(&line), cut), DELIVERY_LINE_OTHER);
    h.list = NULL;
    h.own_count = 0;
    buf_clear(&line);
    delivery_head_write(&line, &h);
    assert_int_equal(delivery_head_read(&back, buf_str(&line), line.len - 1), DELIVERY_LINE_GOOD);
    assert_null(back.list);
    delivery_head_free(&back);
    line.data[strlen("{\"record\":\"copyout delivery\",\"version\":")] = '2';
    assert_int_equal(delivery_head_read(&back, buf_str(&line), line.len - 1), DELIVERY_LINE_LATER);
    assert_int_equal(delivery_head_read(&back, "{}", 2), DELIVERY_LINE_OTHER);
    buf_free(&line);
}

static void test_end(void **state)
{
    struct delivery_end end = {.digest = HEX64}, back;
    struct buf line;
    size_t cut;

    (void)state;
    buf_init(&line, BUF_MAX_SMALL);
    delivery_end_write(&line, &end);
    assert_string_equal(
            buf_str(&line), "{\"end\":\"copyout delivery\",\"sha256\":\"" HEX64 "\"}\n");
    assert_true(delivery_end_read(&back, buf_str(&line), line.len - 1));
    assert_string_equal(back.key, "");
    strcpy(end.key, HEX64);
    strcpy(end.signature, "c2ln");
    buf_clear(&line);
    delivery_end_write(&line, &end);
    assert_true(delivery_end_read(&back, buf_str(&line), line.len - 1));
    assert_string_equal(back.signature, "c2ln");
    for (cut = 0; cut < line.len - 1; cut++)
        assert_false(delivery_end_read(&back, buf_str(&line), cut));
    line.data[strlen("{\"end\":\"copyout delivery\",\"sha256\":\"")] = 'G';
    assert_false(delivery_end_read(&back, buf_str(&line), line.len - 1));
    buf_free(&line);
}

static void test_tags(void **state)
{
    char a[TAG_DIGEST_SIZE], b[TAG_DIGEST_SIZE];

    (void)state;
    assert_int_equal(tag_digest(a, NULL, &err), ERR_OK);
    assert_string_equal(a, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(tag_digest(b, "", &err), ERR_OK);
    assert_string_equal(a, b);
    assert_int_equal(tag_digest(a, "b=2&a=1&c=3", &err), ERR_OK);
    /* printf 'a=1&b=2&c=3' | sha256sum */
    assert_string_equal(a, "140533f5d7e20d4b831cf75c613efc8c59d4638c8c5b47aeb9b976588acb8561");
    assert_int_equal(tag_digest(b, "c=3&a=1&b=2", &err), ERR_OK);
    assert_string_equal(a, b);
    assert_int_equal(tag_digest(b, "c=3&a=1&b=3", &err), ERR_OK);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_results),
            cmocka_unit_test(test_lines),
            cmocka_unit_test(test_info),
            cmocka_unit_test(test_head),
            cmocka_unit_test(test_end),
            cmocka_unit_test(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
