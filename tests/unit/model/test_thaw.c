#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

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

/* A task is begun seldom: first after a part of the time that a restore takes, and never later than
 * a restored object can be read. All that may be begun take 30 days or more. */
static void test_task_again(void **state)
{
    static const struct {
        const char *speed;
        unsigned glacier, deep;
    } rows[] = {{"Expedited", 300, 4 * 3600}, {"Standard", 1800, 3600}, {"Bulk", 3600, 4 * 3600}};
    static const enum archive_kind kinds[] = {ARCHIVE_KIND_GLACIER, ARCHIVE_KIND_DEEP,
            ARCHIVE_KIND_TIERING, ARCHIVE_KIND_TIERING_DEEP};
    enum { DAY = 86400, IN_THE_END = 8 * 3600 };
    char json[160];
    struct thaw thaw;
    struct err e;
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(json, sizeof json,
                "{\"glacierFlexibleRetrievalThawSpeed\":\"%s\",\"glacierDeepArchiveThawSpeed\":\"%s\"}",
                rows[i].speed, i == 0 ? "Bulk" : rows[i].speed);
        assert_int_equal(thaw_read(&thaw, json, &e), ERR_OK);
        assert_int_equal(thaw_task_again_s(&thaw, ARCHIVE_KIND_GLACIER, 0), rows[i].glacier);
        assert_int_equal(thaw_task_again_s(&thaw, ARCHIVE_KIND_GLACIER, 7), rows[i].glacier);
        assert_int_equal(thaw_task_again_s(&thaw, ARCHIVE_KIND_GLACIER, 8), 2 * rows[i].glacier);
        assert_int_equal(thaw_task_again_s(&thaw, ARCHIVE_KIND_DEEP, 0), rows[i].deep);
        for (k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            uint64_t sum = 0;
            unsigned looks;

            for (looks = 0; looks < THAW_TASK_LOOKS_MOST; looks++)
                sum += thaw_task_again_s(&thaw, kinds[k], looks);
            assert_true(sum >= 30 * DAY && sum < 60 * DAY);
            assert_int_equal(thaw_task_again_s(&thaw, kinds[k], looks), IN_THE_END);
            assert_int_equal(thaw_task_again_s(&thaw, kinds[k], 4000000000U), IN_THE_END);
        }
    }
}

/* Tasks until a restore is over, by the times that AWS says. */
static void test_task_looks(void **state)
{
    static const struct {
        enum archive_kind kind;
        enum thaw_tier tier;
        unsigned looks;
    } rows[] = {
            {ARCHIVE_KIND_NONE, THAW_BULK, 0},
            {ARCHIVE_KIND_GLACIER, THAW_EXPEDITED, 2}, /* at once, and after 5 minutes */
            {ARCHIVE_KIND_GLACIER, THAW_STANDARD, 10}, /* 8 half hours, and an hour */
            {ARCHIVE_KIND_GLACIER, THAW_BULK, 11},     /* 8 hours, and twice two */
            {ARCHIVE_KIND_DEEP, THAW_EXPEDITED, 2},
            {ARCHIVE_KIND_DEEP, THAW_STANDARD, 11},
            {ARCHIVE_KIND_DEEP, THAW_BULK, 11}, /* 8 times 4 hours, and twice 8 */
            {ARCHIVE_KIND_TIERING, THAW_STANDARD, 10},
            {ARCHIVE_KIND_TIERING_DEEP, THAW_BULK, 11},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct thaw thaw = {0};

        thaw.of[rows[i].kind].tier = rows[i].tier;
        assert_int_equal(thaw_task_looks(&thaw, rows[i].kind), rows[i].looks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_task_looks),
            cmocka_unit_test(test_rules),
            cmocka_unit_test(test_look_again),
            cmocka_unit_test(test_task_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
