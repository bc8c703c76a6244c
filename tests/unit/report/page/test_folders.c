/* The tree of folders, and what happens where it has no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "report/page/folders.h"

static struct folders *tree;

static int set_up(void **state)
{
    struct err e;

    (void)state;
    return folders_new(&tree, &e) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folders_free(tree);
    folders_free(NULL);
    return 0;
}

static void test_tree(void **state)
{
    static const struct {
        const char *name;
        unsigned depth;
        uint64_t objects, bytes, bad;
    } expected[] = {{"", 0, 7, 127, 2}, {"", 1, 1, 64, 0}, {"a", 1, 4, 30, 1}, {"b", 2, 2, 12, 1},
            {"b", 1, 1, 32, 0}};
    const unsigned *order;
    unsigned n, i;

    (void)state;
    folders_add(tree, "top", 1, true);
    folders_add(tree, "a/x", 2, false);
    folders_add(tree, "a/b/x", 4, true);
    folders_add(tree, "a/b/y", 8, false);
    folders_add(tree, "a/y", 16, false);
    folders_add(tree, "b/", 32, false);
    folders_add(tree, "/x", 64, false);
    n = folders_sum(tree, &order);
    assert_int_equal(n, sizeof expected / sizeof expected[0]);
    for (i = 0; i < n; i++) {
        const struct folder *f = folders_at(tree, order[i]);

        assert_int_equal(f->name_len, strlen(expected[i].name));
        assert_memory_equal(f->name, expected[i].name, f->name_len);
        assert_int_equal(f->depth, expected[i].depth);
        assert_int_equal(f->objects, expected[i].objects);
        assert_int_equal(f->bytes, expected[i].bytes);
        assert_int_equal(f->bad, expected[i].bad);
    }
    assert_int_equal(folders_cut(tree), 0);
}

static void test_empty(void **state)
{
    const unsigned *order;

    (void)state;
    assert_int_equal(folders_sum(tree, &order), 1);
    assert_int_equal(folders_at(tree, order[0])->objects, 0);
}

/* More folders than there is room for are counted with the folder above. */
static void test_most(void **state)
{
    enum { MADE = 3 * FOLDERS_MOST };
    const unsigned *order;
    char key[32];
    unsigned i, n;

    (void)state;
    for (i = 0; i < MADE; i++) {
        snprintf(key, sizeof key, "%u/x", i);
        folders_add(tree, key, 1, false);
    }
    n = folders_sum(tree, &order);
    assert_int_equal(n, FOLDERS_MOST);
    assert_int_equal(folders_cut(tree), MADE - (FOLDERS_MOST - 1));
    assert_int_equal(folders_at(tree, order[0])->objects, MADE);
    for (i = 2; i < n; i++) {
        const struct folder *before = folders_at(tree, order[i - 1]);
        const struct folder *f = folders_at(tree, order[i]);
        size_t least = before->name_len < f->name_len ? before->name_len : f->name_len;
        int is = memcmp(before->name, f->name, least);

        assert_true(is < 0 || (is == 0 && before->name_len < f->name_len));
    }
}

static void test_deepest(void **state)
{
    const unsigned *order;
    unsigned n;

    (void)state;
    folders_add(tree, "1/2/3/4/5/6/7/8/9/x", 1, false);
    n = folders_sum(tree, &order);
    assert_int_equal(n, FOLDERS_DEEPEST + 1);
    assert_int_equal(folders_at(tree, order[n - 1])->objects, 1);
    assert_int_equal(folders_cut(tree), 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_tree, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_most, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_deepest, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
