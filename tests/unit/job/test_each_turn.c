#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "job/each_turn.h"

enum { EVENTS = 3 };

struct seen {
    unsigned events; /* timers that fired */
    unsigned ends;   /* of turns */
    bool late;       /* the timer that nobody should have waited for has fired */
    bool done;
};

static void on_event(void *ctx)
{
    struct seen *seen = ctx;

    seen->events++;
}

static void on_late(void *ctx)
{
    struct seen *seen = ctx;

    seen->late = seen->done = true;
}

static void on_end(void *ctx)
{
    struct seen *seen = ctx;

    seen->ends++;
    if (seen->events == EVENTS)
        seen->done = true;
}

/* The end of a turn comes before the loop waits for the next event, however late that is. */
static void test_before_waiting(void **state)
{
    struct net_config config = {0};
    struct seen seen = {0};
    struct net_timer *late;
    struct each_turn *t;
    struct net *net;
    struct err e;
    int i;

    (void)state;
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
    assert_int_equal(each_turn_start(&t, net, on_end, &seen, &e), ERR_OK);
    for (i = 0; i < EVENTS; i++)
        assert_int_equal(net_timer_start(net, 1, on_event, &seen, NULL, &e), ERR_OK);
    assert_int_equal(net_timer_start(net, 90000, on_late, &seen, &late, &e), ERR_OK);
    net_run_until(net, &seen.done);
    assert_false(seen.late);
    assert_int_equal(seen.events, EVENTS);
    net_timer_stop(late);
    each_turn_stop(t);
    each_turn_stop(NULL);
    seen.ends = 0;
    net_turn(net);
    assert_int_equal(seen.ends, 0);
    assert_int_equal(net_free(net), 0);
}

/* It does not keep a loop going that has nothing else to do. */
static void test_no_reason_to_go_on(void **state)
{
    struct net_config config = {0};
    struct seen seen = {0};
    struct each_turn *t;
    struct net *net;
    struct err e;

    (void)state;
    assert_int_equal(net_new(&net, &config, &e), ERR_OK);
    assert_int_equal(each_turn_start(&t, net, on_end, &seen, &e), ERR_OK);
    net_run_until(net, &seen.done); /* returns although nothing is done */
    assert_false(seen.done);
    each_turn_stop(t);
    assert_int_equal(net_free(net), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_before_waiting),
            cmocka_unit_test(test_no_reason_to_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
