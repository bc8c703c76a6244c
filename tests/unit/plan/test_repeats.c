#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/item.h"
#include "plan/repeats.h"

/* A list whose items are in a file, as plan/ingest.c leaves them. */
struct list {
    struct input input;
    struct problems problems;
    struct collide *collide;
    FILE *items;
    uint64_t lines, offset, dropped;
    const char *sums; /* of the lines that are added */
};

static void begin(struct list *l, enum dest_keys keys, enum on_duplicate on_duplicate)
{
    struct err e;

    memset(l, 0, sizeof *l);
    assert_int_equal(input_init(&l->input, &e), ERR_OK);
    l->input.words = INPUT_WORDS_OPTIONS;
    l->input.destination_keys = keys;
    l->input.on_duplicate = on_duplicate;
    problems_init(&l->problems);
    assert_int_equal(collide_new(&l->collide, "/tmp", 0, &e), ERR_OK);
    l->items = tmpfile();
    assert_non_null(l->items);
}

static void end(struct list *l)
{
    fclose(l->items);
    collide_free(l->collide);
    problems_free(&l->problems);
    input_free(&l->input);
}

/* whole: the name that the line gives the copy; NULL: none. */
static void add_line(
        struct list *l, const char *bucket, const char *key, const char *version, const char *whole)
{
    const struct item_naming naming = {.whole = whole};
    struct buf destination, line;
    struct item item = {.line = ++l->lines,
            .bucket = (char *)(uintptr_t)bucket,
            .key = (char *)(uintptr_t)key,
            .version_id = (char *)(uintptr_t)version,
            .sums = (char *)(uintptr_t)l->sums};
    struct err e;

    buf_init(&destination, BUF_MAX_SMALL);
    buf_init(&line, BUF_MAX_LINE);
    item_named_key(&destination, &l->input, &naming, key, 0);
    item.destination_key = (char *)(uintptr_t)buf_str(&destination);
    item_write(&line, &item);
    assert_int_equal(collide_add(l->collide, item.destination_key, destination.len, item.line,
                             l->offset, &e),
            ERR_OK);
    assert_int_equal(fwrite(buf_str(&line), 1, line.len, l->items), line.len);
    l->offset += line.len;
    buf_free(&destination);
    buf_free(&line);
}

static void add(struct list *l, const char *bucket, const char *key, const char *version)
{
    add_line(l, bucket, key, version, NULL);
}

static void add_named(struct list *l, const char *bucket, const char *key, const char *whole)
{
    add_line(l, bucket, key, NULL, whole);
}

static void find(struct list *l)
{
    struct err e;

    assert_int_equal(
            repeats_find(l->collide, l->items, &l->input, &l->problems, &l->dropped, &e), ERR_OK);
}

static void says(const struct list *l, unsigned number, uint64_t line, const char *text)
{
    assert_true(number < l->problems.kept_count);
    assert_int_equal(l->problems.kept[number].line, line);
    assert_string_equal(l->problems.kept[number].text, text);
}

/* The keys of the items that are left, joined by spaces. What is written next goes to the end. */
static void left_are(struct list *l, const char *expected)
{
    struct buf keys;
    char *line = NULL;
    size_t cap = 0;
    struct err e;

    buf_init(&keys, BUF_MAX_SMALL);
    fputs("{\"end\":1}\n", l->items);
    rewind(l->items);
    for (;;) {
        struct item item;

        if (item_read_next(&item, l->items, &line, &cap, &e) != ERR_OK)
            break;
        buf_addf(&keys, "%s%s", keys.len > 0 ? " " : "", item.key);
        item_free(&item);
    }
    assert_string_equal(line, "{\"end\":1}\n");
    assert_string_equal(buf_str(&keys), expected);
    free(line);
    buf_free(&keys);
}

/* Each kind of collision says what keeps the two apart, in the order of the lines. */
static void test_kinds(void **state)
{
    struct list l;

    (void)state;
    begin(&l, DEST_KEYS_BASENAME, ON_DUPLICATE_FAIL);
    add(&l, "one", "x/a", NULL);
    add(&l, "one", "b", "v1");
    add(&l, "one", "c", NULL);
    add(&l, "one", "c", NULL);
    add(&l, "one", "y/a", NULL);
    add(&l, "two", "x/a", NULL);
    add(&l, "one", "b", "v2");
    find(&l);
    assert_int_equal(l.problems.total, 4);
    says(&l, 0, 4,
            "the same object as line 3 (both would be copied to \"c\"); --on-duplicate skip takes "
            "it once");
    says(&l, 1, 5,
            "s3://one/y/a collides with s3://one/x/a of line 1: both would be copied to \"a\"; "
            "--destination-keys full keeps their folders");
    says(&l, 2, 6,
            "s3://two/x/a collides with s3://one/x/a of line 1: both would be copied to \"a\"; "
            "copy each bucket's objects by a run of its own, to another folder (--to)");
    says(&l, 3, 7,
            "s3://one/b is another version of s3://one/b of line 2: both would be copied to \"b\"; "
            "leave one of the two lines out");
    end(&l);
}

/* Where whole keys are kept already, only a line can give another name. */
static void test_whole_keys(void **state)
{
    struct list l;

    (void)state;
    begin(&l, DEST_KEYS_FULL, ON_DUPLICATE_FAIL);
    add_named(&l, "one", "x/a", "same");
    add_named(&l, "one", "y/a", "same");
    find(&l);
    assert_int_equal(l.problems.total, 1);
    says(&l, 0, 2,
            "s3://one/y/a collides with s3://one/x/a of line 1: both would be copied to \"same\"; "
            "give one of the two another destination key");
    end(&l);
}

static void test_many(void **state)
{
    struct list l;
    char key[32];
    unsigned i;

    (void)state;
    begin(&l, DEST_KEYS_BASENAME, ON_DUPLICATE_FAIL);
    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "%c/%03u", i < 250 ? 'x' : 'y', i % 250);
        add(&l, "one", key, NULL);
    }
    find(&l);
    assert_int_equal(l.problems.total, 250);
    assert_int_equal(l.problems.kept_count, PROBLEMS_KEPT);
    for (i = 0; i < PROBLEMS_KEPT; i++)
        assert_int_equal(l.problems.kept[i].line, 251 + i);
    end(&l);
}

/* A list twice is one mistake. */
static void test_twice(void **state)
{
    struct list l;
    char key[32];
    unsigned i;

    (void)state;
    begin(&l, DEST_KEYS_FULL, ON_DUPLICATE_FAIL);
    for (i = 0; i < 400; i++) {
        snprintf(key, sizeof key, "%03u", i % 200);
        add(&l, "one", key, NULL);
    }
    find(&l);
    assert_int_equal(l.problems.total, 1);
    says(&l, 0, 201,
            "the same object as line 1 (both would be copied to \"000\"), as 199 more lines name an "
            "object of an earlier line; --on-duplicate skip takes it once");
    end(&l);
}

/* Lines are taken out of the file wherever they stand, and the file can be written further. */
static void test_skip(void **state)
{
    struct list l;

    (void)state;
    begin(&l, DEST_KEYS_FULL, ON_DUPLICATE_SKIP);
    add(&l, "one", "a", NULL);
    add(&l, "one", "a", NULL);
    add(&l, "one", "b", NULL);
    add(&l, "one", "c", NULL);
    add(&l, "one", "a", NULL);
    add(&l, "one", "d", NULL);
    add(&l, "one", "c", NULL);
    find(&l);
    assert_int_equal(l.problems.total, 0);
    assert_int_equal(l.dropped, 3);
    left_are(&l, "a b c d");
    end(&l);
}

static void test_nothing_to_skip(void **state)
{
    struct list l;

    (void)state;
    begin(&l, DEST_KEYS_FULL, ON_DUPLICATE_SKIP);
    add(&l, "one", "a", NULL);
    add(&l, "one", "b", NULL);
    find(&l);
    assert_int_equal(l.problems.total, 0);
    assert_int_equal(l.dropped, 0);
    left_are(&l, "a b");
    end(&l);
}

/* Objects that collide are no duplicates. */
static void test_skip_beside_a_collision(void **state)
{
    struct list l;

    (void)state;
    begin(&l, DEST_KEYS_FULL, ON_DUPLICATE_SKIP);
    add(&l, "one", "a", NULL);
    add(&l, "two", "a", NULL);
    add(&l, "one", "a", NULL);
    find(&l);
    assert_int_equal(l.problems.total, 1);
    assert_int_equal(l.problems.kept[0].line, 2);
    end(&l);
}

/* Lines that assert different sums of one object ask for different things. */
static void test_sums(void **state)
{
    struct list l;

    (void)state;
    begin(&l, DEST_KEYS_FULL, ON_DUPLICATE_SKIP);
    l.sums = "{\"size\":1}";
    add(&l, "b", "k", NULL);
    add(&l, "b", "k", NULL);
    l.sums = "{\"size\":2}";
    add(&l, "b", "k", NULL);
    find(&l);
    assert_int_equal(l.dropped, 1);
    says(&l, 0, 3,
            "s3://b/k has other options than s3://b/k of line 1: both would be copied to \"k\"; "
            "leave one of the two lines out");
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_kinds),
            cmocka_unit_test(test_whole_keys),
            cmocka_unit_test(test_many),
            cmocka_unit_test(test_twice),
            cmocka_unit_test(test_skip),
            cmocka_unit_test(test_nothing_to_skip),
            cmocka_unit_test(test_skip_beside_a_collision),
            cmocka_unit_test(test_sums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
