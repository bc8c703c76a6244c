/* Where a listing begins, and whether its answer is what was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "copy/look/listing_range.h"

static void test_before(void **state)
{
    static const struct {
        const char *key, *before;
    } rows[] = {
            {"obj-0999", "obj-0998~"},
            {"obj-0990", "obj-099/~"},
            {"a", "`~"},
            {"dir/", "dir.~"},
            {"a!", "a"},
            {"a ", "a"},
            {"a\x01", "a"},
            {"a\x7F", "a"},
            {"a\xC3\xA9", "a"},
            {"a\xF0\x9F\x98\x80", "a"},
            {" ", ""},
            {"", ""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_MAX_SMALL);
        listing_before(&out, rows[i].key);
        assert_string_equal(buf_str(&out), rows[i].before);
        assert_true(strcmp(buf_str(&out), rows[i].key) < 0 || !rows[i].key[0]);
        buf_free(&out);
    }
}

/* A key can have 1,024 bytes, and so can start-after. */
static void test_longest(void **state)
{
    char key[1025];
    struct buf out;

    (void)state;
    memset(key, 'k', 1024);
    key[1024] = '\0';
    buf_init(&out, BUF_MAX_SMALL);
    listing_before(&out, key);
    assert_int_equal(out.len, 1023);
    buf_clear(&out);
    listing_before(&out, key + 1);
    assert_int_equal(out.len, 1024);
    buf_free(&out);
}

static void test_prefix(void **state)
{
    static const struct {
        const char *first, *last, *least, *prefix;
    } rows[] = {
            {"a/b/c1", "a/b/c2", "", "a/b/"},
            {"a/b/c1", "a/bb/c2", "", "a/"},
            {"abc", "abd", "", ""},
            {"a/b", "a/b", "", "a/"},
            {"f/x1", "f/x2", "f/", "f/"},
            {"f/a/x1", "f/a/x2", "f/", "f/a/"},
            {"/x", "/y", "", "/"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out;

        buf_init(&out, BUF_MAX_SMALL);
        listing_prefix(&out, rows[i].first, rows[i].last, rows[i].least);
        assert_string_equal(buf_str(&out), rows[i].prefix);
        buf_free(&out);
    }
}

static void test_sound(void **state)
{
    static const struct {
        const char *name, *prefix, *start_after, *keys[4];
        unsigned count;
        bool more;
        enum s3_page page;
        bool sound;
    } rows[] = {
            {"in order", "a/", "", {"a/1", "a/2"}, 2, true, S3_PAGE_WHOLE, true},
            {"nothing", "a/", "a/1", {NULL}, 0, false, S3_PAGE_WHOLE, true},
            {"behind it", "a/", "a/1", {"a/2"}, 1, false, S3_PAGE_WHOLE, true},
            {"not behind it", "a/", "a/2", {"a/2"}, 1, false, S3_PAGE_WHOLE, false},
            {"from the first", "a/", "a/2", {"a/1", "a/3"}, 2, false, S3_PAGE_WHOLE, false},
            {"not in order", "a/", "", {"a/2", "a/1"}, 2, false, S3_PAGE_WHOLE, false},
            {"twice", "a/", "", {"a/1", "a/1"}, 2, false, S3_PAGE_WHOLE, false},
            {"bytes", "", "", {"z", "\xC3\xA9", "\xF0\x9F\x98\x80"}, 3, false, S3_PAGE_WHOLE, true},
            {"UTF-16", "", "", {"\xF0\x9F\x98\x80", "\xEF\xBF\xBD"}, 2, false, S3_PAGE_WHOLE,
                    false},
            {"another folder", "a/", "", {"a/1", "b/1"}, 2, false, S3_PAGE_WHOLE, false},
            {"an empty page of several", "a/", "", {NULL}, 0, true, S3_PAGE_WHOLE, false},
            {"damaged", "a/", "", {"a/1"}, 1, false, S3_PAGE_DAMAGED, false},
            {"not encoded", "a/", "", {"a/1"}, 1, false, S3_PAGE_UNENCODED, false},
    };
    char token[] = "token";
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct s3_listed objects[4] = {{0}};
        struct s3_keys page = {objects, rows[i].count, rows[i].more ? token : NULL, rows[i].page};

        for (j = 0; j < rows[i].count; j++)
            objects[j].key = (char *)(uintptr_t)rows[i].keys[j];
        if (listing_is_sound(&page, rows[i].prefix, rows[i].start_after) != rows[i].sound)
            fail_msg("%s", rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_before),
            cmocka_unit_test(test_longest),
            cmocka_unit_test(test_prefix),
            cmocka_unit_test(test_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
