/* The regions of buckets (s3/address.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "s3/address.h"

static void test_known_and_default(void **state)
{
    struct s3_regions *r = s3_regions_new("us-east-1");
    struct err e;

    (void)state;
    assert_string_equal(s3_regions_get(r, "a"), "us-east-1");
    s3_regions_set(r, "a", "eu-west-1");
    s3_regions_set(r, "b", "eu-west-2");
    assert_string_equal(s3_regions_get(r, "a"), "eu-west-1");
    assert_string_equal(s3_regions_get(r, "b"), "eu-west-2");
    s3_regions_set(r, "a", "eu-west-3");
    assert_string_equal(s3_regions_get(r, "a"), "eu-west-3");
    assert_int_equal(s3_regions_set_default(r, "ap-southeast-2", &e), ERR_OK);
    assert_string_equal(s3_regions_get(r, "c"), "ap-southeast-2");
    assert_string_equal(s3_regions_get(r, "a"), "eu-west-3");
    s3_regions_free(r);
    s3_regions_free(NULL);
}

/* More buckets than there are slots: each is known at first, and a forgotten one has the default.
 */
static void test_many(void **state)
{
    struct s3_regions *r = s3_regions_new("default");
    unsigned i, known = 0;
    char name[32];

    (void)state;
    for (i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "bucket-%u", i);
        s3_regions_set(r, name, name);
        assert_string_equal(s3_regions_get(r, name), name);
    }
    for (i = 0; i < 20000; i++) {
        const char *region;

        snprintf(name, sizeof name, "bucket-%u", i);
        region = s3_regions_get(r, name);
        if (region[0] == 'b') {
            assert_string_equal(region, name);
            known++;
        } else {
            assert_string_equal(region, "default");
        }
    }
    assert_true(known > 1000 && known <= 4096);
    s3_regions_free(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_known_and_default),
            cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
