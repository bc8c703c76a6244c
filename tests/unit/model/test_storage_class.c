/* Storage classes by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/object/storage_class.h"

static void test_names(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < STORAGE_CLASS_COUNT; i++)
        assert_int_equal(storage_class_of(storage_class_name((enum storage_class)i)), i);
    assert_int_equal(storage_class_of(""), STORAGE_STANDARD);
    assert_string_equal(storage_class_name(STORAGE_GLACIER_IR), "GLACIER_IR");
    assert_int_equal(storage_class_of("A_CLASS_OF_LATER"), STORAGE_CLASS_COUNT);
    assert_int_equal(storage_class_of("standard"), STORAGE_CLASS_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
