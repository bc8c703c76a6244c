#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/copy_options.h"

/* Without overrides, and with overrides that say nothing, the options are the job's. */
static void test_of_the_job(void **state)
{
    struct input in = {.tags = TAGS_REQUIRE, .on_different = ON_DIFFERENT_KEEP};
    struct copy_overrides nothing;
    struct copy_options a, b;

    (void)state;
    copy_overrides_init(&nothing);
    a = copy_options_of(&in, NULL);
    b = copy_options_of(&in, &nothing);
    assert_int_equal(a.tags, TAGS_REQUIRE);
    assert_int_equal(a.on_different, ON_DIFFERENT_KEEP);
    assert_int_equal(b.tags, TAGS_REQUIRE);
    assert_int_equal(b.on_different, ON_DIFFERENT_KEEP);
}

/* Each option is overruled by itself, with every value. */
static void test_overruled(void **state)
{
    struct input in = {.tags = TAGS_REQUIRE, .on_different = ON_DIFFERENT_KEEP};
    struct copy_overrides overrides;
    struct copy_options options;
    int i;

    (void)state;
    for (i = TAGS_BEST_EFFORT; i <= TAGS_NONE; i++) {
        copy_overrides_init(&overrides);
        overrides.tags = i;
        options = copy_options_of(&in, &overrides);
        assert_int_equal(options.tags, i);
        assert_int_equal(options.on_different, ON_DIFFERENT_KEEP);
    }
    for (i = ON_DIFFERENT_OVERWRITE; i <= ON_DIFFERENT_FAIL; i++) {
        copy_overrides_init(&overrides);
        overrides.on_different = i;
        options = copy_options_of(&in, &overrides);
        assert_int_equal(options.tags, TAGS_REQUIRE);
        assert_int_equal(options.on_different, i);
    }
    for (i = ON_UNPROVEN_COPY; i <= ON_UNPROVEN_SKIP; i++) {
        copy_overrides_init(&overrides);
        assert_int_equal(copy_options_of(&in, &overrides).on_unproven, ON_UNPROVEN_COPY);
        overrides.on_unproven = i;
        assert_int_equal(copy_options_of(&in, &overrides).on_unproven, i);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(copy_options_tags_name(TAGS_BEST_EFFORT), "best-effort");
    assert_string_equal(copy_options_tags_name(TAGS_REQUIRE), "require");
    assert_string_equal(copy_options_tags_name(TAGS_NONE), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_of_the_job),
            cmocka_unit_test(test_overruled),
            cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
