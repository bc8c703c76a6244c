/* The parts that are read of the identity of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "plan/lists/list_source.h"

static void test_etag(void **state)
{
    static const char *const rows[][2] = {
            {"s3://bucket/key:0123abcd", "0123abcd"},
            {"s3://bucket/a:b:0123-2", "0123-2"},
            {"s3://bucket/key:", ""},
            {"none", ""},
    };
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *etag;

        assert_int_equal(list_etag(rows[i][0], &etag, &e), ERR_OK);
        assert_string_equal(etag, rows[i][1]);
        free(etag);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_etag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
