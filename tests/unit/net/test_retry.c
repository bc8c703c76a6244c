#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/retry.h"

static struct err error(enum err_class cls, long retry_after_ms)
{
    struct err e;

    err_set(&e, ERR_SERVICE, "no");
    e.cls = cls;
    e.retry_after_ms = retry_after_ms;
    return e;
}

static void test_when(void **state)
{
    static const struct {
        enum err_class cls;
        unsigned attempts;
        bool again;
    } rows[] = {
            {ERR_CLASS_PERMANENT, 1, false},
            {ERR_CLASS_RETRY, 1, true},
            {ERR_CLASS_RETRY, RETRY_MOST_ATTEMPTS - 1, true},
            {ERR_CLASS_RETRY, RETRY_MOST_ATTEMPTS, false},
            {ERR_CLASS_THROTTLE, RETRY_MOST_ATTEMPTS, true},
            {ERR_CLASS_THROTTLE, RETRY_MOST_ATTEMPTS_THROTTLED - 1, true},
            {ERR_CLASS_THROTTLE, RETRY_MOST_ATTEMPTS_THROTTLED, false},
    };
    struct retry_budget b;
    struct rng rng;
    uint64_t wait;
    size_t i;

    (void)state;
    rng_seed(&rng, 1);
    retry_budget_init(&b, 1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = error(rows[i].cls, 0);

        if (retry_decide(&b, &rng, &e, rows[i].attempts, 1, &wait) != rows[i].again)
            fail_msg("row %zu", i);
    }
}

/* Full jitter: from nothing at all to the whole of the back-off, which doubles up to 20 s. */
static void test_jitter(void **state)
{
    static const struct {
        enum err_class cls;
        unsigned attempts;
        uint64_t most_ms;
    } rows[] = {
            {ERR_CLASS_RETRY, 1, 100},
            {ERR_CLASS_RETRY, 2, 200},
            {ERR_CLASS_RETRY, 5, 1600},
            {ERR_CLASS_RETRY, 9, 20000},
            {ERR_CLASS_THROTTLE, 1, 250},
            {ERR_CLASS_THROTTLE, 3, 1000},
            {ERR_CLASS_THROTTLE, 39, 20000},
    };
    struct rng rng;
    size_t i;

    (void)state;
    rng_seed(&rng, 42);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = error(rows[i].cls, 0);
        uint64_t least = UINT64_MAX, most = 0, sum = 0, wait;
        int n;

        for (n = 0; n < 2000; n++) {
            struct retry_budget b;

            retry_budget_init(&b, 1);
            assert_true(retry_decide(&b, &rng, &e, rows[i].attempts, 1, &wait));
            least = wait < least ? wait : least;
            most = wait > most ? wait : most;
            sum += wait;
        }
        assert_true(most <= rows[i].most_ms);
        assert_true(most >= rows[i].most_ms * 98 / 100);
        assert_true(least <= rows[i].most_ms / 50);
        assert_in_range(sum / 2000, rows[i].most_ms * 45 / 100, rows[i].most_ms * 55 / 100);
    }
}

/* The service's own word is the least, with a little jitter, and within reason. */
static void test_retry_after(void **state)
{
    static const struct {
        long asked_ms;
        uint64_t least, most;
    } rows[] = {
            {0, 0, 100},
            {-5000, 0, 100},
            {50, 50, 150},
            {7000, 7000, 7100},
            {120000, 120000, 120100},
            {3600000, 120000, 120100},
    };
    struct retry_budget b;
    struct rng rng;
    size_t i;

    (void)state;
    rng_seed(&rng, 7);
    retry_budget_init(&b, 1);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = error(ERR_CLASS_RETRY, rows[i].asked_ms);
        int n;

        for (n = 0; n < 50; n++) {
            uint64_t wait;

            assert_true(retry_decide(&b, &rng, &e, 1, 1, &wait));
            assert_in_range(wait, rows[i].least, rows[i].most);
        }
    }
}

/* With the budget gone, what is let through in a second is no more than comes back in one. */
static void test_budget(void **state)
{
    struct err e = error(ERR_CLASS_RETRY, 0);
    struct retry_budget b;
    uint64_t wait, last = 0;
    struct rng rng;
    int i;

    (void)state;
    rng_seed(&rng, 3);
    retry_budget_init(&b, 1);
    for (i = 0; i < 500; i++) {
        assert_true(retry_decide(&b, &rng, &e, 1, 1, &wait));
        assert_true(wait <= 100);
    }
    for (i = 1; i <= 500; i++) { /* the debt is waited for: 20 ms each */
        assert_true(retry_decide(&b, &rng, &e, 1, 1, &wait));
        assert_in_range(wait, (uint64_t)i * 20 - 1, (uint64_t)i * 20 + 101);
        last = wait;
    }
    assert_true(last >= 9999);
    /* Time pays it back, and fills no more than the whole. */
    assert_true(retry_decide(&b, &rng, &e, 1, 3600000000u, &wait));
    assert_true(wait <= 100);
    assert_true(b.tokens <= 500);
}

static void test_budget_success(void **state)
{
    struct err e = error(ERR_CLASS_RETRY, 0);
    struct retry_budget b;
    struct rng rng;
    uint64_t wait;
    int i;

    (void)state;
    rng_seed(&rng, 3);
    retry_budget_init(&b, 1);
    for (i = 0; i < 1000; i++)
        retry_budget_success(&b);
    assert_true(b.tokens <= 500);
    for (i = 0; i < 600; i++)
        assert_true(retry_decide(&b, &rng, &e, 1, 1, &wait));
    assert_true(b.tokens < 0);
    for (i = 0; i < 510; i++)
        retry_budget_success(&b);
    assert_true(retry_decide(&b, &rng, &e, 1, 1, &wait));
    assert_true(wait <= 100);
}

/* Being told to go slower is not a failure: the budget is for those. */
static void test_throttled_takes_none(void **state)
{
    struct err e = error(ERR_CLASS_THROTTLE, 0);
    struct retry_budget b;
    struct rng rng;
    uint64_t wait;
    int i;

    (void)state;
    rng_seed(&rng, 3);
    retry_budget_init(&b, 1);
    for (i = 0; i < 10000; i++) {
        assert_true(retry_decide(&b, &rng, &e, 1, 1, &wait));
        assert_true(wait <= 250);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_when),
            cmocka_unit_test(test_jitter),
            cmocka_unit_test(test_retry_after),
            cmocka_unit_test(test_budget),
            cmocka_unit_test(test_budget_success),
            cmocka_unit_test(test_throttled_takes_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
