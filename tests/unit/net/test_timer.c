/* Timers of the loop (net/net.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/net.h"

static struct net *net;
static struct err e;

struct fired {
    bool done;
    unsigned calls;
    struct net_timer *again; /* set once more by the callback, as long as calls is below this: */
    unsigned calls_most;
    struct net_timer *stop; /* stopped by the callback */
};

static void on_timer(void *ctx)
{
    struct fired *f = ctx;

    f->calls++;
    if (f->again && f->calls < f->calls_most)
        net_timer_set(f->again, 0);
    else
        f->done = true;
    net_timer_stop(f->stop);
    f->stop = NULL;
}

static int set_up(void **state)
{
    static const struct net_config nothing = {0};

    (void)state;
    return net_new(&net, &nothing, &e) == ERR_OK ? 0 : -1;
}

/* Whatever timers are left, nothing of the loop stays open. */
static int tear_down(void **state)
{
    (void)state;
    return net_free(net);
}

static void test_fires_once(void **state)
{
    struct fired f = {0};
    bool never = false;

    (void)state;
    assert_int_equal(net_timer_start(net, 1, on_timer, &f, NULL, &e), ERR_OK);
    assert_int_equal(f.calls, 0);
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 1);
    net_run_until(net, &never); /* ends, since nothing is left to wait for */
    assert_int_equal(f.calls, 1);
}

static void test_stopped(void **state)
{
    struct net_timer *t = NULL;
    struct fired f = {0};

    (void)state;
    assert_int_equal(net_timer_start(net, 0, on_timer, &f, &t, &e), ERR_OK);
    net_timer_stop(t);
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 0);
    net_timer_stop(NULL);
}

/* One that is made to be set does nothing before, and fires once each time it is set. */
static void test_set_again(void **state)
{
    struct fired f = {.calls_most = 3};
    struct net_timer *t = net_timer_new(net, on_timer, &f);

    (void)state;
    assert_non_null(t);
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 0);
    f.again = t;
    net_timer_set(t, 0);
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 3);
    f.done = false;
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 3);
    net_timer_stop(t);
}

/* The last setting counts. */
static void test_set_earlier_and_later(void **state)
{
    struct fired f = {0}, other = {0};
    struct net_timer *t = net_timer_new(net, on_timer, &f);

    (void)state;
    net_timer_set(t, 3600000);
    net_timer_set(t, 0);
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 1);
    net_timer_set(t, 0);
    net_timer_set(t, 3600000);
    assert_int_equal(net_timer_start(net, 1, on_timer, &other, NULL, &e), ERR_OK);
    net_run_until(net, &other.done);
    assert_int_equal(f.calls, 1);
    /* It is set, and goes with the loop. */
}

static void test_stopped_by_its_callback(void **state)
{
    struct fired f = {0};

    (void)state;
    f.stop = net_timer_new(net, on_timer, &f);
    net_timer_set(f.stop, 0);
    net_run_until(net, &f.done);
    assert_int_equal(f.calls, 1);
    assert_null(f.stop);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_fires_once),
            T(test_stopped),
            T(test_set_again),
            T(test_set_earlier_and_later),
            T(test_stopped_by_its_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
