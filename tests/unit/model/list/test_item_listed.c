#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/item.h"

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define ITEM \
    "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\",\"listed\":"

static struct err e;

static void test_set(void **state)
{
    static const struct {
        const char *etag, *class;
        bool kept;
    } rows[] = {
            {MD5, "", true},
            {MD5, "STANDARD", true},
            {MD5 "-12", "GLACIER", true},
            {"0x8D", "", false}, /* no ETag as Amazon S3 writes it */
            {"", "", false},
            {"D41D8CD98F00B204E9800998ECF8427E", "", false},
            {MD5, "MYSTERY", false},
    };
    struct item_listed listed;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(item_listed_set(&listed, 5, 9, rows[i].etag, rows[i].class), rows[i].kept);
}

/* Both readers take what is written, and say the same. */
static void test_lines(void **state)
{
    static const char *const lines[] = {
            ITEM "{\"at\":5,\"size\":9,\"etag\":\"" MD5 "\"}}",
            ITEM "{\"at\":5,\"size\":9,\"etag\":\"" MD5 "-2\",\"storageClass\":\"GLACIER\"}}",
            ITEM "{\"at\":5,\"size\":9,\"etag\":\"" MD5
                 "\",\"storageClass\":\"DEEP_ARCHIVE\",\"restored\":\"yes\"}}",
            ITEM "{\"at\":0,\"size\":0,\"etag\":\"" MD5 "\",\"restored\":\"no\"}}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct item flat, any;
        struct buf out;

        assert_true(item_read_flat(&flat, lines[i], strlen(lines[i])));
        assert_int_equal(item_read_any(&any, lines[i], strlen(lines[i]), &e), ERR_OK);
        assert_memory_equal(flat.listed, any.listed, sizeof *flat.listed);
        buf_init(&out, BUF_MAX_LINE);
        item_write(&out, &flat);
        buf_cut(&out, out.len - 1);
        assert_string_equal(buf_str(&out), lines[i]);
        buf_free(&out);
        item_free(&flat);
        item_free(&any);
    }
}

static void test_bad_lines(void **state)
{
    static const char *const lines[] = {
            ITEM "{}}",
            ITEM "7}",
            ITEM "{\"at\":5,\"size\":-9,\"etag\":\"" MD5 "\"}}",
            ITEM "{\"at\":5,\"size\":9,\"etag\":\"nothing\"}}",
            ITEM "{\"at\":5,\"size\":9,\"etag\":\"" MD5 "\",\"storageClass\":\"MYSTERY\"}}",
    };
    struct item item;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(item_read(&item, lines[i], strlen(lines[i]), &e), ERR_IO);
}

static void test_names_of_copies(void **state)
{
    static const struct {
        enum dest_keys keys;
        const char *copy;
    } rows[] = {{DEST_KEYS_BASENAME, "f/c"}, {DEST_KEYS_FULL, "f/a/b/c"},
            {DEST_KEYS_RELATIVE, "f/b/c"}};
    struct input in = {.destination_folder = (char *)(uintptr_t) "f/"};
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        in.destination_keys = rows[i].keys;
        buf_clear(&out);
        item_expanded_key(&out, &in, "a/b/c", 2);
        assert_string_equal(buf_str(&out), rows[i].copy);
    }
    buf_free(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_set),
            cmocka_unit_test(test_lines),
            cmocka_unit_test(test_bad_lines),
            cmocka_unit_test(test_names_of_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
