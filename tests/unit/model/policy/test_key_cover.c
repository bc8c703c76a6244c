#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/policy/key_cover.h"

static void add(struct key_cover *c, const char *key)
{
    struct err e;

    assert_int_equal(key_cover_add(c, key, &e), ERR_OK);
    assert_true(key_cover_has(c, key));
}

/* All patterns in one text, separated by spaces. */
static void assert_patterns(const struct key_cover *c, const char *expected)
{
    struct buf text;
    unsigned i;

    buf_init(&text, BUF_MAX_SMALL);
    for (i = 0; i < c->count; i++) {
        if (i > 0)
            buf_addc(&text, ' ');
        key_pattern_write(&text, &c->patterns[i]);
    }
    assert_string_equal(buf_str(&text), expected);
    buf_free(&text);
}

static void test_few(void **state)
{
    struct key_cover c = {0};

    (void)state;
    add(&c, "b");
    add(&c, "a/x");
    add(&c, "b");
    assert_patterns(&c, "a/x b");
    assert_false(key_cover_has(&c, "a/"));
    assert_false(key_cover_has(&c, "a/xy"));
    key_cover_free(&c);
    assert_int_equal(c.count, 0);
}

/* Where there are more keys than patterns, the deepest folder is the first to stand for its keys.
 */
static void test_folders(void **state)
{
    struct key_cover c = {0};
    char key[32];
    int i;

    (void)state;
    for (i = 0; i < 5; i++) {
        snprintf(key, sizeof key, "a/deep/%d", i);
        add(&c, key);
        snprintf(key, sizeof key, "a/%d", i);
        add(&c, key);
    }
    assert_int_equal(c.count, 10);
    add(&c, "z");
    assert_patterns(&c, "a/0 a/1 a/2 a/3 a/4 a/deep/* z");
    assert_false(key_cover_has(&c, "a/5"));
    assert_true(key_cover_has(&c, "a/deep/5"));
    add(&c, "a/deep/9/9"); /* is covered */
    assert_int_equal(c.count, 7);
    for (i = 5; i < 9; i++) {
        snprintf(key, sizeof key, "a/%d", i);
        add(&c, key);
    }
    assert_patterns(&c, "a/* z");
    key_cover_free(&c);
}

/* A folder ends with '/': foo/ does not stand for foobar. */
static void test_nothing_in_common(void **state)
{
    struct key_cover c = {0};
    char key[32];
    int i;

    (void)state;
    for (i = 0; i < 11; i++) {
        snprintf(key, sizeof key, "same-%d", i);
        add(&c, key);
    }
    assert_patterns(&c, "*");
    key_cover_free(&c);
}

static void test_escaped(void **state)
{
    struct key_cover c = {0};

    (void)state;
    add(&c, "a*b?c$d");
    assert_patterns(&c, "a${*}b${?}c${$}d");
    key_cover_free(&c);
}

/* Whatever the keys and their order: all are covered, and there are few patterns, none of which
 * covers another. */
static void test_random(void **state)
{
    uint64_t dice = 88172645463325252U;
    int round, i;

    (void)state;
    for (round = 0; round < 200; round++) {
        struct key_cover c = {0};
        char keys[60][16];

        for (i = 0; i < 60; i++) {
            size_t len, k;

            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            len = 1 + dice % 12;
            for (k = 0; k < len; k++)
                keys[i][k] = "ab/"[dice >> (2 * k + 8) & 3 ? dice >> (2 * k + 8) & 1 : 2];
            keys[i][len] = '\0';
            add(&c, keys[i]);
        }
        assert_true(c.count > 0 && c.count <= KEY_COVER_MOST);
        for (i = 0; i < 60; i++)
            assert_true(key_cover_has(&c, keys[i]));
        for (i = 0; i + 1 < (int)c.count; i++)
            assert_true(strcmp(c.patterns[i].text, c.patterns[i + 1].text) < 0);
        for (i = 0; i < (int)c.count; i++) {
            struct key_pattern mine = c.patterns[i];
            struct key_cover others = c;

            memmove(others.patterns + i, others.patterns + i + 1,
                    (c.count - (unsigned)i - 1) * sizeof mine);
            others.count--;
            assert_false(key_cover_has(&others, mine.text));
        }
        key_cover_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_few),
            cmocka_unit_test(test_folders),
            cmocka_unit_test(test_nothing_in_common),
            cmocka_unit_test(test_escaped),
            cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
