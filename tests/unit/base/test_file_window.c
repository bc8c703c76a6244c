#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_window.h"
#include "base/temp_file.h"

enum { NUMBERS = 3 * FILE_WINDOW_BYTES / 8 };

/* A file of numbers, each of which is its own place. */
static int numbers(void)
{
    uint64_t *all = malloc(NUMBERS * sizeof *all), i;
    int fd = temp_file_open("/tmp");

    assert_true(fd >= 0);
    assert_non_null(all);
    for (i = 0; i < NUMBERS; i++)
        all[i] = i;
    assert_int_equal(write(fd, all, NUMBERS * sizeof *all), NUMBERS * sizeof *all);
    free(all);
    return fd;
}

static void expect(struct file_window *w, uint64_t number, size_t count)
{
    const char *at;
    struct err e;
    size_t i;

    assert_int_equal(file_window_read(w, number * 8, count * sizeof(uint64_t), &at, &e), ERR_OK);
    for (i = 0; i < count; i++) {
        uint64_t is;

        memcpy(&is, at + i * sizeof is, sizeof is);
        assert_true(is == number + i);
    }
}

/* In order, backwards, at random, and over the edges of the window. */
static void test_read(void **state)
{
    struct file_window w = {0};
    uint64_t i, at = 1;
    int fd = numbers();

    (void)state;
    file_window_open(&w, fd);
    for (i = 0; i + 1000 <= NUMBERS; i += 997)
        expect(&w, i, 1000);
    for (i = NUMBERS; i >= 1000; i -= 997)
        expect(&w, i - 1000, 1000);
    for (i = 0; i < 20000; i++) {
        at = at * UINT64_C(6364136223846793005) + 1442695040888963407;
        expect(&w, (at >> 33) % (NUMBERS - 50), 50);
    }
    expect(&w, 0, NUMBERS); /* more than a window */
    expect(&w, NUMBERS - 1, 1);
    file_window_open(&w, fd);
    expect(&w, 7, 3);
    file_window_free(&w);
    assert_null(w.data);
    close(fd);
}

static void test_errors(void **state)
{
    struct file_window w = {0};
    int fd = numbers();
    const char *at;
    struct err e;

    (void)state;
    file_window_open(&w, fd);
    assert_int_equal(file_window_read(&w, NUMBERS * 8 - 4, 8, &at, &e), ERR_IO);
    assert_string_equal(e.message, "a file has lost its end");
    assert_int_equal(file_window_read(&w, UINT64_C(1) << 40, 8, &at, &e), ERR_IO);
    close(fd);
    file_window_open(&w, -1);
    assert_int_equal(file_window_read(&w, 0, 8, &at, &e), ERR_IO);
    assert_string_equal(e.message, "cannot read a file: Bad file descriptor");
    file_window_free(&w);
}

/* It has no name in its folder, and one that cannot be made says why. */
static void test_temp_file(void **state)
{
    char folder[] = "/tmp/test_window_XXXXXX";
    struct stat st;
    int fd;

    (void)state;
    assert_non_null(mkdtemp(folder));
    fd = temp_file_open(folder);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(rmdir(folder), 0); /* fails if anything is in it */
    close(fd);
    assert_int_equal(temp_file_open(folder), -1);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_read),
            cmocka_unit_test(test_errors),
            cmocka_unit_test(test_temp_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
