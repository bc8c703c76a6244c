/* Keys of SSE-C: what a file may hold, and what is told of one that holds something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/options/sse_c_key.h"

#define KEY    "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define BASE64 "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
#define MD5    "mT2HRsMGJ5IX5C+0rreZ8Q=="

static void test_files(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } rows[] = {
            {KEY, 32, true},
            {BASE64, 44, true},
            {BASE64 "\n", 45, true},
            {BASE64 "\r\n", 46, true},
            {KEY "\n", 33,
                    false}, /* 33 bytes are no key, and a newline may be one of a key's bytes */
            {KEY, 31, false},
            {BASE64, 43, false},
            {"!!tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=", 44, false},
            {"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=" BASE64, 88, false},
            {"", 0, false},
    };
    char path[] = "/tmp/copyout-test-key-XXXXXX";
    int fd = mkstemp(path);
    struct sse_c_keys keys;
    struct err e;
    size_t i;

    (void)state;
    assert_true(fd >= 0);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, rows[i].bytes, rows[i].len, 0), rows[i].len);
        err_clear(&e);
        assert_int_equal(sse_c_key_read(&keys.source, path, &e), rows[i].good ? ERR_OK : ERR_INPUT);
        assert_int_equal(sse_c_key_of(&keys.source) != NULL, rows[i].good);
        if (rows[i].good) {
            assert_string_equal(keys.source.key, BASE64);
            assert_string_equal(keys.source.md5, MD5);
        } else {
            assert_non_null(strstr(e.message, path));
            assert_null(strstr(e.message, "kkk"));
            assert_null(strstr(e.message, "a2tr"));
        }
    }
    sse_c_keys_clear(&keys);
    assert_null(sse_c_key_of(&keys.source));
    close(fd);
    unlink(path);
    assert_int_equal(sse_c_key_read(&keys.source, path, &e), ERR_INPUT);
    assert_non_null(strstr(e.message, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
