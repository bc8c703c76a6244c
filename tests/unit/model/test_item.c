#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/item.h"
#include "mutations.h"
#include "overriding.h"

struct row {
    uint64_t line;
    const char *bucket, *key, *version_id, *destination_key;
    const char *text; /* NULL: reading it back is enough */
};

static void same_item(const struct item *item, const struct row *row)
{
    assert_true(item->line == row->line);
    assert_string_equal(item->bucket, row->bucket);
    assert_string_equal(item->key, row->key);
    assert_string_equal(item->destination_key, row->destination_key);
    assert_int_equal(item->version_id != NULL, row->version_id != NULL);
    if (row->version_id)
        assert_string_equal(item->version_id, row->version_id);
}

static void make_item(struct item *item, const struct row *row)
{
    memset(item, 0, sizeof *item);
    item->line = row->line;
    item->bucket = strdup(row->bucket);
    item->key = strdup(row->key);
    item->version_id = row->version_id ? strdup(row->version_id) : NULL;
    item->destination_key = strdup(row->destination_key);
}

static void test_same_source(void **state)
{
    static const struct row rows[] = {
            {1, "b", "k", "v", "d", NULL}, {1, "c", "k", "v", "d", NULL},
            {1, "b", "l", "v", "d", NULL}, {1, "b", "k", "w", "d", NULL},
            {1, "b", "k", NULL, "d", NULL},
            {2, "b", "k", "v", "e", NULL}, /* the same, by another line and to another key */
    };
    struct item a, b;
    size_t i;

    (void)state;
    make_item(&a, &rows[0]);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        make_item(&b, &rows[i]);
        assert_int_equal(item_is_same_source(&a, &b), i == 0 || i == 5);
        assert_int_equal(item_is_same_source(&b, &a), i == 0 || i == 5);
        item_free(&b);
    }
    item_free(&a);
}

static void test_write_read(void **state)
{
    char all[128];
    const struct row rows[] = {
            {7, "b", "k", "v", "d",
                    "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"versionId\":\"v\","
                    "\"destinationKey\":\"d\"}\n"},
            {INT64_MAX, "b", "a/k", NULL, "k",
                    "{\"line\":9223372036854775807,\"sourceBucket\":\"b\",\"sourceKey\":\"a/k\","
                    "\"destinationKey\":\"k\"}\n"},
            {1, "b", "\"\\/\b\n\x1f\x7f é\xf0\x9f\x90\xa8", NULL, "\t",
                    "{\"line\":1,\"sourceBucket\":\"b\","
                    "\"sourceKey\":\"\\\"\\\\/\\u0008\\u000a\\u001f\x7f é\xf0\x9f\x90\xa8\","
                    "\"destinationKey\":\"\\u0009\"}\n"},
            {1000000, "b", all, "null", all, NULL},
    };
    struct buf out;
    size_t i;

    (void)state;
    for (i = 0; i < 127; i++)
        all[i] = (char)(i + 1);
    all[127] = '\0';
    buf_init(&out, BUF_MAX_LINE);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct item item, back;
        struct err e;

        make_item(&item, &rows[i]);
        buf_clear(&out);
        item_write(&out, &item);
        assert_true(buf_ok(&out));
        if (rows[i].text)
            assert_string_equal(buf_str(&out), rows[i].text);
        assert_ptr_equal(strchr(buf_str(&out), '\n'), out.data + out.len - 1);
        assert_int_equal(item_read(&back, out.data, out.len - 1, &e), ERR_OK);
        same_item(&back, &rows[i]);
        item_free(&item);
        item_free(&back);
        assert_null(back.key);
    }
    buf_free(&out);
}

/* The longest item there can be fits the buffer of a line. */
static void test_longest(void **state)
{
    char key[1025], bucket[64];
    struct item longest = {.line = UINT64_MAX,
            .bucket = bucket,
            .key = key,
            .version_id = key,
            .destination_key = key};
    struct buf out;

    (void)state;
    memset(key, 1, sizeof key);
    memset(bucket, 'b', sizeof bucket);
    key[1024] = bucket[63] = '\0';
    buf_init(&out, BUF_MAX_LINE);
    item_write(&out, &longest);
    assert_true(buf_ok(&out));
    buf_free(&out);
}

static void test_read_bad(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } rows[] = {
            {"", "not an item: '[' or '{' expected near end of file"},
            {"[]", "not an item: not a JSON object"},
            {"{}", "not an item: a member is missing"},
            {"{\"line\":1,\"sourceBucket\":\"b\",\"sourceKey\":\"k\"}",
                    "not an item: a member is missing"},
            {"{\"line\":0}", "not an item: bad member \"line\""},
            {"{\"line\":-7}", "not an item: bad member \"line\""},
            {"{\"line\":1.0}", "not an item: bad member \"line\""},
            {"{\"line\":\"1\"}", "not an item: bad member \"line\""},
            {"{\"sourceKey\":1}", "not an item: bad member \"sourceKey\""},
            {"{\"sourceKey\":\"\"}", "not an item: bad member \"sourceKey\""},
            {"{\"sourceBucket\":null}", "not an item: bad member \"sourceBucket\""},
            {"{\"versionId\":null}", "not an item: bad member \"versionId\""},
            {"{\"destinationKey\":[]}", "not an item: bad member \"destinationKey\""},
            {"{\"options\":1}", "not an item: bad member \"options\""},
            {"{\"options\":{}}", "not an item: bad member \"options\""},
            {"{\"options\":{\"tags\":1}}", "not an item: bad member \"options\""},
            {"{\"options\":{\"look\":\"head\"}}", "not an item: bad member \"options\""},
            {"{\"size\":1}", "not an item: bad member \"size\""},
            {"{\"line\":1,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\"} x",
                    "not an item: end of file expected near 'x'"},
            {"{\"line\":1,\"line\":1}", "not an item: duplicate object key near '\"line\"'"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct item item;
        struct err e;

        assert_int_equal(item_read(&item, rows[i].line, strlen(rows[i].line), &e), ERR_IO);
        assert_string_equal(e.message, rows[i].message);
        assert_null(item.bucket);
        assert_null(item.key);
        assert_null(item.destination_key);
    }
}

/* The fast reader takes what item_write() makes of any item, and nothing else than the other one.
 */
static unsigned taken; /* lines that the fast reader took */

static void check_readers(const char *line, size_t len)
{
    struct item fast, any;
    struct row row;
    struct err e;

    if (!item_read_flat(&fast, line, len)) {
        assert_null(fast.bucket);
        return;
    }
    taken++;
    assert_int_equal(item_read_any(&any, line, len, &e), ERR_OK);
    row = (struct row){any.line, any.bucket, any.key, any.version_id, any.destination_key, NULL};
    same_item(&fast, &row);
    item_free(&fast);
    item_free(&any);
}

static void test_readers(void **state)
{
    static const struct row rows[] = {
            {7, "b", "k", "v", "d", NULL},
            {INT64_MAX, "b", "a/\xC3\xA9\xF0\x9F\x90\xA8", NULL, "k", NULL},
            {10, "b", "\"\\/\b\n\x1f\x7f", "\\", "\t", NULL},
    };
    struct buf out;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct item item;
        unsigned before;

        make_item(&item, &rows[i]);
        buf_clear(&out);
        item_write(&out, &item);
        before = taken;
        check_readers(buf_str(&out), out.len - 1);
        assert_int_equal(taken, before + 1);
        each_mutation(buf_str(&out), out.len - 1, check_readers);
        assert_true(taken > before + 10); /* many changes make another good line */
        item_free(&item);
    }
    buf_free(&out);
}

/* The sums that a line asserts are a text of the item. */
static void test_sums(void **state)
{
    static const struct row row = {7, "b", "k", NULL, "d", NULL};
    static const char text[] =
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"sums\":\"{\\\"size\\\":1}\"}\n";
    struct item item, back;
    struct buf out;
    struct err e;

    (void)state;
    make_item(&item, &row);
    item.sums = strdup("{\"size\":1}");
    buf_init(&out, BUF_MAX_LINE);
    item_write(&out, &item);
    assert_string_equal(buf_str(&out), text);
    assert_true(item_read_flat(&back, text, sizeof text - 2));
    assert_string_equal(back.sums, item.sums);
    item_free(&back);
    assert_int_equal(item_read_any(&back, text, sizeof text - 2, &e), ERR_OK);
    assert_string_equal(back.sums, item.sums);
    same_item(&back, &row);
    item_free(&back);
    each_mutation(text, sizeof text - 2, check_readers);
    item_free(&item);
    buf_free(&out);
}

/* Lines that say the same in another way are read all the same. */
static void test_read_other_forms(void **state)
{
    static const struct row row = {7, "b", "k", "v", "d", NULL};
    static const char *const lines[] = {
            "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\",\"destinationKey\":\"d\","
            "\"versionId\":\"v\"}",
            "{ \"line\": 7, \"sourceBucket\": \"b\", \"sourceKey\": \"k\", \"versionId\": \"v\", "
            "\"destinationKey\": \"d\" } ",
            "{\"line\":7,\"sourceBucket\":\"\\u0062\",\"sourceKey\":\"k\",\"versionId\":\"v\","
            "\"destinationKey\":\"d\"}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct item item;
        struct err e;

        assert_false(item_read_flat(&item, lines[i], strlen(lines[i])));
        assert_int_equal(item_read(&item, lines[i], strlen(lines[i]), &e), ERR_OK);
        same_item(&item, &row);
        item_free(&item);
    }
}

/* A line's own options are written with it and come back; the fast reader leaves it to the other.
 */
static void test_overrides(void **state)
{
    static const struct row row = {7, "b", "k", NULL, "d", NULL};
    static const char text[] = "{\"line\":7,\"sourceBucket\":\"b\",\"sourceKey\":\"k\","
                               "\"destinationKey\":\"d\",\"options\":{\"onDifferent\":\"fail\","
                               "\"tags\":\"none\"}}\n";
    struct item item, back;
    struct buf out;
    struct err e;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    make_item(&item, &row);
    item.overrides = calloc(1, sizeof *item.overrides);
    assert_non_null(item.overrides);
    item_write(&out, &item); /* no options are no member */
    assert_null(strstr(buf_str(&out), "options"));
    buf_clear(&out);
    override_text(item.overrides, "tags", "none");
    override_text(item.overrides, "onDifferent", "fail");
    item_write(&out, &item);
    assert_string_equal(buf_str(&out), text);
    assert_false(item_read_flat(&back, out.data, out.len - 1));
    assert_int_equal(item_read(&back, out.data, out.len - 1, &e), ERR_OK);
    same_item(&back, &row);
    assert_true(copy_overrides_same(item.overrides, back.overrides));
    item_free(&back);
    item_free(&item);
    buf_free(&out);
}

/* The name that a line gives its copy counts more than the job's rule; nothing is tidied. */
static void test_named_keys(void **state)
{
    static const struct {
        struct item_naming naming;
        const char *key, *destination;
    } rows[] = {
            {{NULL, NULL, NULL}, "a/b/k", "out/k"},
            {{"x//./y", NULL, NULL}, "a/b/k", "out/x//./y"},
            {{NULL, "a/", NULL}, "a/b/k", "out/b/k"},
            {{NULL, "a/", NULL}, "a//b/../k", "out//b/../k"},
            {{NULL, "a/", NULL}, "a/", "out/"},
            {{NULL, NULL, "r/s/"}, "a/b/k", "out/r/s/k"},
            {{NULL, NULL, "r//"}, "k..txt", "out/r//k..txt"},
    };
    struct input in;
    struct buf out;
    struct err e;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_SMALL);
    assert_int_equal(input_init(&in, &e), ERR_OK);
    free(in.destination_folder);
    in.destination_folder = strdup("out/");
    in.destination_keys = DEST_KEYS_BASENAME;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&out);
        item_named_key(&out, &in, &rows[i].naming, rows[i].key, 0);
        assert_string_equal(buf_str(&out), rows[i].destination);
    }
    input_free(&in);
    buf_free(&out);
}

static void test_destination_keys(void **state)
{
    static const struct {
        const char *folder;
        enum dest_keys keys;
        const char *key;
        const char *destination;
    } rows[] = {
            {"", DEST_KEYS_BASENAME, "k", "k"},
            {"", DEST_KEYS_BASENAME, "a/b/k", "k"},
            {"out/", DEST_KEYS_BASENAME, "a/b/k", "out/k"},
            {"out/", DEST_KEYS_BASENAME, "a/b/", "out/"},
            {"out/", DEST_KEYS_BASENAME, "/k", "out/k"},
            {"", DEST_KEYS_BASENAME, "/", ""},
            {"", DEST_KEYS_FULL, "a/b/k", "a/b/k"},
            {"out/", DEST_KEYS_FULL, "a//../k", "out/a//../k"},
            {"out/", DEST_KEYS_FULL, "/k", "out//k"},
    };
    struct input in;
    struct buf out;
    struct err e;
    size_t i;

    (void)state;
    buf_init(&out, BUF_MAX_LINE);
    assert_int_equal(input_init(&in, &e), ERR_OK);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        free(in.destination_folder);
        in.destination_folder = strdup(rows[i].folder);
        in.destination_keys = rows[i].keys;
        buf_clear(&out);
        item_destination_key(&out, &in, rows[i].key);
        assert_string_equal(buf_str(&out), rows[i].destination);
    }
    input_free(&in);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_same_source),
            cmocka_unit_test(test_write_read),
            cmocka_unit_test(test_longest),
            cmocka_unit_test(test_read_bad),
            cmocka_unit_test(test_readers),
            cmocka_unit_test(test_sums),
            cmocka_unit_test(test_read_other_forms),
            cmocka_unit_test(test_overrides),
            cmocka_unit_test(test_destination_keys),
            cmocka_unit_test(test_named_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
