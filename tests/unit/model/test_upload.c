#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/upload.h"

static enum err_code read_text(struct upload *u, const char *text)
{
    struct err e;

    return upload_read(u, text, strlen(text), &e);
}

/* A record that is read, and written again, is the same. */
static void check_same(const char *text)
{
    struct upload u, again;
    struct buf once, twice;

    buf_init(&once, BUF_MAX_CONFIG);
    buf_init(&twice, BUF_MAX_CONFIG);
    assert_int_equal(read_text(&u, text), ERR_OK);
    upload_write(&once, &u);
    assert_int_equal(read_text(&again, buf_str(&once)), ERR_OK);
    upload_write(&twice, &again);
    assert_string_equal(buf_str(&once), buf_str(&twice));
    assert_true(again.layout.size == u.layout.size && again.layout.count == u.layout.count);
    upload_free(&u);
    upload_free(&again);
    buf_free(&once);
    buf_free(&twice);
}

#define NAMES "\"at\":1794343714," TAIL
#define TAIL                                                                    \
    "\"format\":1,\"bucket\":\"their-bucket\",\"key\":\"a \\\"b\\\"\",\"source" \
    "Bucket\":\"our-bucket\",\"sourceKey\":\"k\",\"etag\":\"e-2\",\"tags\":\"require\""

static void test_round_trip(void **state)
{
    (void)state;
    check_same("{" NAMES ",\"uploadId\":\"u\",\"size\":16777216,\"parts\":2,\"layoutFrom\":1,"
               "\"partSize\":8388608}");
    check_same("{" NAMES ",\"versionId\":\"v\",\"size\":16777217,\"parts\":3,\"layoutFrom\":1,"
               "\"partLengths\":[8388608,8388608,1]}");
    check_same("{" NAMES ",\"options\":\"acl=private\\nsse=AES256\",\"uploadId\":\"u\","
               "\"size\":16777216,\"parts\":2,\"layoutFrom\":1,\"partSize\":8388608}");
}

/* Tags that are to be put when the copy is there: a record of an older copyout has none. */
static void test_tags_after(void **state)
{
#define RECORD "{" NAMES ",\"size\":16777216,\"parts\":2,\"partSize\":8388608"
    struct upload u;
    struct buf text;

    (void)state;
    assert_int_equal(read_text(&u, RECORD "}"), ERR_OK);
    assert_false(u.tags_after);
    buf_init(&text, BUF_MAX_CONFIG);
    upload_write(&text, &u);
    assert_null(strstr(buf_str(&text), "tagsAfter"));
    upload_free(&u);

    check_same(RECORD ",\"tagsAfter\":true}");
    assert_int_equal(read_text(&u, RECORD ",\"tagsAfter\":true}"), ERR_OK);
    assert_true(u.tags_after);
    buf_clear(&text);
    upload_write(&text, &u);
    assert_non_null(strstr(buf_str(&text), "\"tagsAfter\":true"));
    upload_free(&u);
    buf_free(&text);
}

/* An upload that workers share, and its checksum: a record of an older copyout has neither. */
static void test_shared(void **state)
{
    struct upload u, again;
    struct buf text;

    (void)state;
    assert_int_equal(read_text(&u, RECORD "}"), ERR_OK);
    assert_false(u.shared);
    assert_int_equal(u.checksum.type, CHECKSUMS_UNTYPED);
    u.shared = true;
    u.checksum = (struct upload_checksum){CHECKSUMS_OF_PARTS, CHECKSUM_SHA256};
    buf_init(&text, BUF_MAX_CONFIG);
    upload_write(&text, &u);
    assert_int_equal(read_text(&again, buf_str(&text)), ERR_OK);
    assert_true(again.shared);
    assert_int_equal(again.checksum.type, CHECKSUMS_OF_PARTS);
    assert_int_equal(again.checksum.kind, CHECKSUM_SHA256);
    upload_free(&u);
    upload_free(&again);
    buf_free(&text);
    /* One that is not known is none. */
    assert_int_equal(
            read_text(&u, RECORD ",\"checksum\":\"SHA3\",\"checksumType\":\"COMPOSITE\"}"), ERR_OK);
    assert_int_equal(u.checksum.type, CHECKSUMS_UNTYPED);
    upload_free(&u);
}

static void test_bad(void **state)
{
#define LAYOUT ",\"size\":16777216,\"parts\":2,\"partSize\":8388608"
    static const char *const texts[] = {"", "{}", "[]", "{\"format\":2}", "{" NAMES "}",
            /* A layout that is none. */
            "{" NAMES ",\"size\":16777216,\"parts\":3,\"partSize\":8388608}",
            "{" NAMES ",\"size\":16777216,\"parts\":0,\"partSize\":8388608}",
            "{" NAMES ",\"size\":-1,\"parts\":1,\"partSize\":8388608}",
            "{" NAMES ",\"size\":16777216,\"parts\":2,\"partLengths\":[16777216]}",
            "{" NAMES ",\"size\":16777216,\"parts\":2,\"partLengths\":[16777216,-1,1]}",
            /* A time that is none, and could not be added to. */
            "{\"at\":-1," TAIL LAYOUT "}", "{\"at\":9223372036854775807," TAIL LAYOUT "}",
            /* Empty names: a request made of them would not be the one that was meant. */
            "{" NAMES LAYOUT ",\"uploadId\":\"\"}", "{" NAMES LAYOUT ",\"versionId\":\"\"}",
            "{" NAMES LAYOUT ",\"key\":\"\"}", "{" NAMES LAYOUT ",\"bucket\":\"\"}"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct upload u;

        if (read_text(&u, texts[i]) != ERR_INPUT)
            fail_msg("%s", texts[i]);
        assert_null(u.bucket); /* nothing is left to free */
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_round_trip),
            cmocka_unit_test(test_tags_after),
            cmocka_unit_test(test_shared),
            cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
