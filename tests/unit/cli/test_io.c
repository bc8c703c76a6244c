#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cli/io.h"

#define NAME "COPYOUT_TEST_SECONDS"

static const char *is;

static char *get(const char *name)
{
    return strcmp(name, NAME) == 0 ? (char *)(uintptr_t)is : NULL;
}

static const struct cmd_io io = {.getenv = get};

static void set(const char *value)
{
    is = value;
}

static void test_get(void **state)
{
    (void)state;
    set(NULL);
    assert_null(io_env(&io, NAME));
    set("");
    assert_null(io_env(&io, NAME));
    set(" ");
    assert_string_equal(io_env(&io, NAME), " ");
    set("a=b");
    assert_string_equal(io_env(&io, NAME), "a=b");
}

static void test_seconds(void **state)
{
    static const struct {
        const char *value;
        uint64_t ms; /* 0: it is an error */
    } rows[] = {
            {NULL, 30000},
            {"", 30000},
            {"1", 1000},
            {"007", 7000},
            {"90", 90000},
            {"86400", 86400000},
            {"0", 0},
            {"86401", 0},
            {"-1", 0},
            {"+1", 0},
            {" 1", 0},
            {"1 ", 0},
            {"1s", 0},
            {"1.5", 0},
            {"0x10", 0},
            {"1e3", 0},
            {"ten", 0},
            {"18446744073709551616", 0}, /* 2^64 */
            {"18446744073709551617", 0}, /* and 1 more */
            {"99999999999999999999999999999999999999999999999999", 0},
            {"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
             "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC",
                    0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t ms = 4711;
        enum err_code code;
        struct err e;

        set(rows[i].value);
        err_clear(&e);
        code = io_env_seconds(&io, NAME, 30, &ms, &e);
        if (code != (rows[i].ms ? ERR_OK : ERR_USAGE))
            fail_msg("\"%s\": %s", rows[i].value ? rows[i].value : "-", e.message);
        if (rows[i].ms)
            assert_int_equal(ms, rows[i].ms);
        else
            assert_memory_equal(e.message, NAME " must be a number of seconds from 1 to 86400", 40);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_get),
            cmocka_unit_test(test_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
