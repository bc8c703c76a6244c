/* The work store in a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "folder.h"

static void expect_file(const char *name, const char *text)
{
    struct buf is;
    bool found;

    buf_init(&is, BUF_MAX_CONFIG);
    assert_int_equal(store_load(store, name, &is, &found, &err), ERR_OK);
    assert_int_equal(found, text != NULL);
    if (text)
        assert_string_equal(buf_str(&is), text);
    buf_free(&is);
}

/* --- ranges --- */

static void test_read_range(void **state)
{
    static const struct {
        uint64_t offset, length;
        const char *bytes;
    } rows[] = {
            {0, 10, "0123456789"},
            {0, 1, "0"},
            {3, 4, "3456"},
            {9, 1, "9"},
            {9, 100, "9"}, /* it is shorter than was thought */
            {10, 1, ""},
            {1000, 1, ""},
    };
    size_t i;

    (void)state;
    folder_write("items.jsonl", "0123456789");
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[16];
        FILE *file;
        size_t n;

        assert_int_equal(
                store_read_range(store, "items.jsonl", rows[i].offset, rows[i].length, &file, &err),
                ERR_OK);
        assert_non_null(file);
        n = fread(bytes, 1, rows[i].length < sizeof bytes ? rows[i].length : sizeof bytes, file);
        assert_int_equal(n, strlen(rows[i].bytes));
        assert_memory_equal(bytes, rows[i].bytes, n);
        fclose(file);
    }
    expect_file("items.jsonl", "0123456789"); /* it stays */
}

static void test_read_range_fails(void **state)
{
    FILE *file = (FILE *)(uintptr_t)1;

    (void)state;
    assert_int_equal(store_read_range(store, "none", 0, 1, &file, &err), ERR_OK);
    assert_null(file);
    file = (FILE *)(uintptr_t)1;
    assert_int_equal(store_read_range(store, "no/such/folder", 5, 1, &file, &err), ERR_OK);
    assert_null(file);
    folder_write("f", "x");
    file = (FILE *)(uintptr_t)1;
    assert_int_equal(store_read_range(store, "f/g", 0, 1, &file, &err), ERR_IO);
    assert_null(file);
    file = (FILE *)(uintptr_t)1;
    assert_int_equal(store_read_range(store, "f", UINT64_MAX - 5, 3, &file, &err), ERR_IO);
    assert_null(file);
}

/* What is here for good is not given back. */
static void test_release(void **state)
{
    (void)state;
    folder_write("a", "text");
    store_release(store, "a");
    store_release(store, "none");
    expect_file("a", "text");
}

/* --- files --- */

static void test_whole_or_absent(void **state)
{
    struct stat st;
    char path[256];
    FILE *file;

    (void)state;
    assert_int_equal(store_create(store, "a", &file, &err), ERR_OK);
    fputs("one", file);
    fflush(file);
    expect_file("a", NULL);
    assert_int_equal(store_commit(store, "a", file, &err), ERR_OK);
    expect_file("a", "one");
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(store_create(store, "a", &file, &err), ERR_OK);
    fputs("two", file);
    store_discard(store, "a", file);
    expect_file("a", "one");
    folder_write("a", "");
    expect_file("a", "");
}

static void test_append(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(store_append(store, "results/000001.jsonl", &fd, &err), ERR_OK);
    assert_int_equal(write(fd, "abc", 3), 3);
    expect_file("results/000001.jsonl", "abc");
    close(fd);
    assert_int_equal(store_append(store, "results/000001.jsonl", &fd, &err), ERR_OK);
    close(fd);
    expect_file("results/000001.jsonl", "");
}

static void test_one_at_a_time(void **state)
{
    struct store *second;

    (void)state;
    assert_int_equal(store_open(&second, folder, NULL, NULL, NULL, &err), ERR_IO);
    assert_non_null(strstr(err.message, "another copyout is working in "));
}

static void test_show(void **state)
{
    struct buf place;
    char expected[128];

    (void)state;
    buf_init(&place, BUF_MAX_SMALL);
    store_show(store, "", &place);
    assert_string_equal(buf_str(&place), folder);
    buf_clear(&place);
    store_show(store, "results/000001.jsonl", &place);
    snprintf(expected, sizeof expected, "%s/results/000001.jsonl", folder);
    assert_string_equal(buf_str(&place), expected);
    buf_free(&place);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            FOLDER_TEST(test_read_range),
            FOLDER_TEST(test_read_range_fails),
            FOLDER_TEST(test_release),
            FOLDER_TEST(test_whole_or_absent),
            FOLDER_TEST(test_append),
            FOLDER_TEST(test_one_at_a_time),
            FOLDER_TEST(test_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
