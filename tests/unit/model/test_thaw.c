#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/thaw.h"

static void test_rules(void **state)
{
    struct thaw thaw;
    struct thaw_rule rule;
    struct err e;

    (void)state;
    assert_int_equal(thaw_read(&thaw,
                             "{\"glacierFlexibleRetrievalThawDays\":7,"
                             "\"glacierFlexibleRetrievalThawSpeed\":\"Expedited\","
                             "\"intelligentTieringArchiveThawSpeed\":\"Standard\","
                             "\"intelligentTieringArchiveThawDays\":5}",
                             &e),
            ERR_OK);
    rule = thaw_rule_of(&thaw, ARCHIVE_KIND_GLACIER);
    assert_int_equal(rule.days, 7);
    assert_string_equal(thaw_tier_name(rule.tier), "Expedited");
    rule = thaw_rule_of(&thaw, ARCHIVE_KIND_DEEP);
    assert_int_equal(rule.days, 1);
    assert_string_equal(thaw_tier_name(rule.tier), "Bulk");
    rule = thaw_rule_of(&thaw, ARCHIVE_KIND_TIERING);
    assert_int_equal(rule.days, 0); /* S3 takes none */
    assert_string_equal(thaw_tier_name(rule.tier), "Standard");
    rule = thaw_rule_of(&thaw, ARCHIVE_KIND_TIERING_DEEP);
    assert_int_equal(rule.days, 0);
    assert_string_equal(thaw_tier_name(rule.tier), "Bulk");
}

/* The waits grow to a limit that the tier and the archive set, and stay there. */
static void test_look_again(void **state)
{
    static const struct {
        enum archive_kind kind;
        unsigned first, third, last;
    } rows[] = {
            {ARCHIVE_KIND_GLACIER, 60, 60, 60},   /* Expedited */
            {ARCHIVE_KIND_TIERING, 60, 240, 900}, /* Standard */
            {ARCHIVE_KIND_DEEP, 60, 240, 3600},   /* Bulk */
            {ARCHIVE_KIND_TIERING_DEEP, 60, 240, 3600},
    };
    struct thaw thaw;
    struct err e;
    size_t i;

    (void)state;
    assert_int_equal(thaw_read(&thaw,
                             "{\"glacierFlexibleRetrievalThawSpeed\":\"Expedited\","
                             "\"intelligentTieringArchiveThawSpeed\":\"Standard\"}",
                             &e),
            ERR_OK);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(thaw_look_again_s(&thaw, rows[i].kind, 0), rows[i].first);
        assert_int_equal(thaw_look_again_s(&thaw, rows[i].kind, 2), rows[i].third);
        assert_int_equal(thaw_look_again_s(&thaw, rows[i].kind, 9), rows[i].last);
        assert_int_equal(thaw_look_again_s(&thaw, rows[i].kind, 4000000000U), rows[i].last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rules),
            cmocka_unit_test(test_look_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
