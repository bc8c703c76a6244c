/* Whether keys are listed or left to HeadObject: by what listings have settled before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "copy/look/listing_plan.h"

#define LIST     LISTING_LIST, 0
#define WAIT     LISTING_WAIT, 0
#define HEADS(n) LISTING_HEADS, (n)

/* The history of a plan is a state; the step that follows, and the plan after it. */
static void test_steps(void **state)
{
    static const struct {
        const char *name;
        struct listing_plan plan;
        unsigned left;
        struct listing_step step;
        unsigned waiting, skip; /* afterwards */
    } rows[] = {
            {"too few", {LISTING_UNTRIED, 0, 0, 0}, 12, {HEADS(12)}, 0, 0},
            {"just enough", {LISTING_UNTRIED, 0, 0, 0}, 13, {LIST}, 1, 0},
            {"too few, though it pays", {LISTING_GOOD, 0, 0, 0}, 12, {HEADS(12)}, 0, 0},
            {"the first is waited for", {LISTING_UNTRIED, 0, 0, 1}, 500, {WAIT}, 1, 0},
            {"a good one is not", {LISTING_GOOD, 0, 0, 1}, 500, {LIST}, 2, 0},
            {"but five are enough", {LISTING_GOOD, 0, 0, 5}, 500, {WAIT}, 5, 0},
            {"after a miss", {LISTING_POOR, 26, 1, 0}, 500, {HEADS(26)}, 0, 0},
            {"after a miss, few left", {LISTING_POOR, 26, 1, 0}, 20, {HEADS(20)}, 0, 6},
            {"and then once more", {LISTING_POOR, 0, 1, 0}, 500, {LIST}, 1, 0},
            {"one at a time", {LISTING_POOR, 0, 1, 1}, 500, {WAIT}, 1, 0},
            {"refused", {LISTING_REFUSED, 0, 0, 0}, 5000, {HEADS(5000)}, 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct listing_plan plan = rows[i].plan;
        struct listing_step step = listing_plan_next(&plan, rows[i].left);

        if (step.what != rows[i].step.what || step.count != rows[i].step.count ||
                plan.waiting != rows[i].waiting || plan.skip != rows[i].skip)
            fail_msg("%s: %d %u, waiting %u, skip %u", rows[i].name, (int)step.what, step.count,
                    plan.waiting, plan.skip);
    }
}

/* The change that an answer makes to a plan. */
static void test_answers(void **state)
{
    struct listing_plan plan = {LISTING_UNTRIED, 0, 0, 3};

    (void)state;
    listing_plan_aside(&plan);
    assert_int_equal(plan.state, LISTING_UNTRIED);
    assert_int_equal(plan.waiting, 2);
    listing_plan_settled(&plan, LISTING_PAYS - 1);
    assert_int_equal(plan.state, LISTING_POOR);
    assert_int_equal(plan.skip, 2 * LISTING_PAYS);
    listing_plan_settled(&plan, LISTING_PAYS);
    assert_int_equal(plan.state, LISTING_GOOD);
    assert_int_equal(plan.skip, 0);
    plan.waiting = 3;
    listing_plan_failed(&plan);
    assert_int_equal(plan.state, LISTING_POOR);
    listing_plan_refused(&plan);
    listing_plan_settled(&plan, 1000); /* of one that was under way */
    assert_int_equal(plan.state, LISTING_REFUSED);
    assert_int_equal(plan.waiting, 0);
}

/* Keys so far apart that no listing ever pays: listings become rare, and are never given up. */
static void test_scattered(void **state)
{
    struct listing_plan plan = {.waiting = 0};
    unsigned listings = 0, heads = 0, left = 1000000;

    (void)state;
    while (left > 0) {
        struct listing_step step = listing_plan_next(&plan, left);

        if (step.what == LISTING_LIST) {
            listings++;
            left--;
            listing_plan_settled(&plan, 1);
        } else {
            assert_int_equal(step.what, LISTING_HEADS);
            heads += step.count;
            left -= step.count;
        }
    }
    assert_in_range(listings, 60, 100);
    assert_int_equal(listings + heads, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_steps),
            cmocka_unit_test(test_answers),
            cmocka_unit_test(test_scattered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
