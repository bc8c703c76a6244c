/* Records of any number, sorted by their bytes, in memory and by way of a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sort/ext_sort.h"

static struct ext_sort *sorter;
static struct err err;

static int begin(void **state)
{
    (void)state;
    return ext_sort_new(&sorter, "/tmp", &err) == ERR_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    ext_sort_free(sorter);
    ext_sort_free(NULL);
    return 0;
}

static void add(const char *data, size_t len)
{
    assert_int_equal(ext_sort_add(sorter, data, len, &err), ERR_OK);
}

static void expect(const char *data, size_t len)
{
    const char *is;
    size_t is_len;

    assert_int_equal(ext_sort_next(sorter, &is, &is_len, &err), ERR_OK);
    assert_non_null(is);
    assert_int_equal(is_len, len);
    assert_memory_equal(is, data, len);
}

static void expect_end(void)
{
    const char *is;
    size_t len;

    assert_int_equal(ext_sort_next(sorter, &is, &len, &err), ERR_OK);
    assert_null(is);
}

static void test_few(void **state)
{
    (void)state;
    add("b", 1);
    add("a\0z", 3);
    add("\xff", 1);
    add("a", 1);
    add("", 0);
    add("a!", 2);
    assert_int_equal(ext_sort_begin(sorter, &err), ERR_OK);
    expect("", 0);
    expect("a", 1);
    expect("a\0z", 3);
    expect("a!", 2);
    expect("b", 1);
    expect("\xff", 1);
    expect_end();
    expect_end();
}

static void test_none(void **state)
{
    (void)state;
    assert_int_equal(ext_sort_begin(sorter, &err), ERR_OK);
    expect_end();
}

/* Enough for several levels of runs: 40 runs of 8 MiB, of records of 64 KiB. The i-th record of the
 * order is added as the (i * STEP)-th. */
static void test_many_runs(void **state)
{
    enum { BYTES = 64 * 1024, COUNT = 40 * EXT_SORT_RUN / BYTES, STEP = 1663 };
    char *data = calloc(1, BYTES);
    unsigned i;

    (void)state;
    assert_non_null(data);
    for (i = 0; i < COUNT; i++) {
        snprintf(data, BYTES, "%08u", (i * STEP) % COUNT);
        add(data, BYTES);
    }
    assert_int_equal(ext_sort_begin(sorter, &err), ERR_OK);
    for (i = 0; i < COUNT; i++) {
        snprintf(data, BYTES, "%08u", i);
        expect(data, BYTES);
    }
    expect_end();
    free(data);
}

/* A record that is longer than what a reader holds at first, behind short ones. */
static void test_long_records(void **state)
{
    enum { BYTES = EXT_SORT_RECORD_MOST };
    char *data = malloc(BYTES + 1);
    unsigned i;

    (void)state;
    assert_non_null(data);
    memset(data, 'x', BYTES + 1);
    for (i = 0; i < 20; i++) {
        data[0] = (char)('z' - i);
        add(data, BYTES - i);
        add(data, 1);
    }
    assert_int_equal(ext_sort_add(sorter, data, BYTES + 1, &err), ERR_LIMIT);
    assert_int_equal(ext_sort_begin(sorter, &err), ERR_OK);
    for (i = 20; i-- > 0;) {
        data[0] = (char)('z' - i);
        expect(data, 1);
        expect(data, BYTES - i);
    }
    expect_end();
    free(data);
}

static void test_no_folder(void **state)
{
    enum { BYTES = 1024 * 1024 };
    char *data = calloc(1, BYTES);
    struct ext_sort *s;
    enum err_code code = ERR_OK;
    unsigned i;

    (void)state;
    assert_non_null(data);
    assert_int_equal(ext_sort_new(&s, "/is not there", &err), ERR_OK);
    for (i = 0; code == ERR_OK && i <= EXT_SORT_RUN / BYTES; i++)
        code = ext_sort_add(s, data, BYTES, &err);
    assert_int_equal(code, ERR_IO);
    assert_non_null(strstr(err.message, "/is not there"));
    ext_sort_free(s);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_few, begin, end),
            cmocka_unit_test_setup_teardown(test_none, begin, end),
            cmocka_unit_test_setup_teardown(test_many_runs, begin, end),
            cmocka_unit_test_setup_teardown(test_long_records, begin, end),
            cmocka_unit_test(test_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
