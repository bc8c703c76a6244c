#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/stop.h"

static struct stop stop;
static unsigned told;

static void listener(void *ctx)
{
    assert_ptr_equal(ctx, &told);
    assert_true(stop_asked(&stop));
    told++;
}

static int setup(void **state)
{
    (void)state;
    stop = (struct stop){0};
    told = 0;
    return 0;
}

static void test_level_rises(void **state)
{
    (void)state;
    assert_false(stop_asked(&stop));
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_SIGNAL, 15);
    assert_true(stop_asked(&stop));
    assert_int_equal(stop.level, STOP_FINISH);
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_DEADLINE, 0);
    assert_int_equal(stop.level, STOP_NOW);
    stop_raise(&stop, STOP_FINISH, STOP_CAUSE_SIGNAL, 2);
    assert_int_equal(stop.level, STOP_NOW);
}

/* The first cause and the first signal are kept, each for itself. */
static void test_first_cause(void **state)
{
    (void)state;
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_TASK_GONE, 0);
    assert_int_equal(stop.cause, STOP_CAUSE_TASK_GONE);
    assert_int_equal(stop.signal, 0);
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_SIGNAL, 15);
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_SIGNAL, 2);
    assert_int_equal(stop.cause, STOP_CAUSE_TASK_GONE);
    assert_int_equal(stop.signal, 15);
}

/* Every raise is told, also one that changes nothing. */
static void test_listener(void **state)
{
    (void)state;
    stop_listen(&stop, listener, &told);
    assert_int_equal(told, 0);
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_CALLER, 0);
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_CALLER, 0);
    assert_int_equal(told, 2);
    stop_listen(&stop, NULL, NULL);
    stop_raise(&stop, STOP_NOW, STOP_CAUSE_CALLER, 0);
    assert_int_equal(told, 2);
    stop_listen(&stop, listener, &told); /* at once: the stop is older than the listener */
    assert_int_equal(told, 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(test_level_rises, setup),
            cmocka_unit_test_setup(test_first_cause, setup),
            cmocka_unit_test_setup(test_listener, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
