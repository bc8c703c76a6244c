#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/headers.h"

static void test_get(void **state)
{
    struct headers h;

    (void)state;
    headers_init(&h);
    assert_null(headers_get(&h, "etag"));
    headers_add(&h, "ETag", "\"a\"");
    headers_add(&h, "x-amz-meta-a", "");
    headers_add(&h, "X-Amz-Meta-A", "second");
    headers_addf(&h, "range", "bytes=%d-%d", 0, 9);
    headers_add_n(&h, "cutXXX", 3, "valueXXX", 5);
    assert_int_equal(h.count, 5);
    assert_string_equal(headers_get(&h, "etag"), "\"a\"");
    assert_string_equal(headers_get(&h, "ETAG"), "\"a\"");
    assert_string_equal(headers_get(&h, "x-amz-meta-a"), ""); /* the first of two */
    assert_string_equal(headers_get(&h, "Range"), "bytes=0-9");
    assert_string_equal(headers_get(&h, "cut"), "value");
    assert_null(headers_get(&h, "cutXXX"));
    assert_null(headers_get(&h, "\"a\"")); /* a value is no name */
    assert_null(headers_get(&h, ""));
    headers_clear(&h);
    assert_int_equal(h.count, 0);
    assert_null(headers_get(&h, "etag"));
    headers_free(&h);
}

static void test_next(void **state)
{
    static const char *const names[] = {"a", "b", "a"}, *const values[] = {"1", "", "3"};
    const char *name, *value;
    struct headers h;
    size_t at = 0, i;

    (void)state;
    headers_init(&h);
    assert_false(headers_next(&h, &at, &name, &value));
    for (i = 0; i < 3; i++)
        headers_add(&h, names[i], values[i]);
    for (i = 0; i < 3; i++) {
        assert_true(headers_next(&h, &at, &name, &value));
        assert_string_equal(name, names[i]);
        assert_string_equal(value, values[i]);
    }
    assert_false(headers_next(&h, &at, &name, &value));
    headers_free(&h);
}

/* Names and values of any length that fits come back whole, and so does a list that is added. */
static void test_lengths(void **state)
{
    static const size_t lengths[] = {0, 1, 63, 255, 256, 32767, 32768, 62000};
    size_t i, at;
    char *text = malloc(BUF_MAX_SMALL);

    (void)state;
    assert_non_null(text);
    memset(text, 't', BUF_MAX_SMALL);
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct headers from, to;
        struct header header;

        headers_init(&from);
        headers_init(&to);
        headers_add_n(&from, text, lengths[i], "v", 1);
        headers_add_n(&from, "b", 1, text, BUF_MAX_SMALL - 2000 - lengths[i]);
        headers_add(&to, "first", "");
        headers_add_all(&to, &from);
        headers_add_all(&to, NULL);
        assert_int_equal(to.count, 3);
        at = 0;
        assert_true(headers_next_header(&to, &at, &header));
        assert_int_equal(header.name_len, strlen("first"));
        assert_int_equal(header.value_len, 0);
        assert_true(headers_next_header(&to, &at, &header));
        assert_int_equal(header.name_len, lengths[i]);
        assert_int_equal(strlen(header.name), lengths[i]);
        assert_string_equal(header.value, "v");
        assert_true(headers_next_header(&to, &at, &header));
        assert_string_equal(header.name, "b");
        assert_int_equal(header.value_len, BUF_MAX_SMALL - 2000 - lengths[i]);
        assert_int_equal(strlen(header.value), header.value_len);
        assert_false(headers_next_header(&to, &at, &header));
        headers_free(&from);
        headers_free(&to);
    }
    free(text);
}

/* Values that are put together in place. */
static void test_in_place(void **state)
{
    struct headers h;
    size_t begun, i;

    (void)state;
    headers_init(&h);
    headers_add(&h, "before", "1");
    begun = headers_begin(&h, "x-long");
    for (i = 0; i < 1000; i++)
        buf_addc(&h.text, 'l');
    headers_end(&h, begun);
    headers_end(&h, headers_begin(&h, "x-empty"));
    headers_add(&h, "behind", "2");
    assert_int_equal(h.count, 4);
    assert_string_equal(headers_get(&h, "before"), "1");
    assert_int_equal(strlen(headers_get(&h, "x-long")), 1000);
    assert_string_equal(headers_get(&h, "x-empty"), "");
    assert_string_equal(headers_get(&h, "behind"), "2");
    begun = headers_begin(&h, "x-too-long");
    for (i = 0; i < BUF_MAX_SMALL; i++)
        buf_addc(&h.text, 'l');
    headers_end(&h, begun);
    assert_int_equal(h.text.failed, ERR_LIMIT);
    assert_int_equal(h.count, 4);
    headers_free(&h);
}

static void test_join(void **state)
{
    struct headers h;
    struct buf out;

    (void)state;
    headers_init(&h);
    buf_init(&out, BUF_MAX_SMALL);
    headers_add(&h, "a", "");
    headers_add(&h, "b", "no");
    headers_add(&h, "A", "2, 3");
    headers_add(&h, "a", "");
    headers_join(&h, "a", &out);
    assert_string_equal(buf_str(&out), ",2, 3,");
    buf_clear(&out);
    headers_join(&h, "B", &out);
    assert_string_equal(buf_str(&out), "no");
    buf_clear(&out);
    headers_join(&h, "c", &out);
    assert_int_equal(out.len, 0);
    headers_free(&h);
    buf_free(&out);
}

/* A check finds that a field did not fit, and half a list is not taken for a whole one. */
static void test_limit(void **state)
{
    size_t len = BUF_MAX_SMALL, at = 0;
    const char *name, *value;
    char *large = malloc(len + 1);
    struct headers h;
    struct err e;

    (void)state;
    memset(large, 'v', len);
    large[len] = '\0';
    headers_init(&h);
    headers_add(&h, "first", "1");
    headers_add(&h, "large", large);
    assert_int_equal(buf_check(&h.text, "it", &e), ERR_LIMIT);
    assert_false(headers_next(&h, &at, &name, &value));
    headers_clear(&h);
    headers_addf(&h, "x", "%s", large); /* a cut value must not be sent */
    assert_int_equal(buf_check(&h.text, "it", &e), ERR_LIMIT);
    headers_clear(&h);
    large[4095] = '\0';
    headers_addf(&h, "x", "%s", large);
    assert_int_equal(buf_check(&h.text, "it", &e), ERR_OK);
    assert_string_equal(headers_get(&h, "x"), large);
    headers_free(&h);
    free(large);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_get),
            cmocka_unit_test(test_next),
            cmocka_unit_test(test_lengths),
            cmocka_unit_test(test_in_place),
            cmocka_unit_test(test_join),
            cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
