/* Work on threads (net/work.h): the loop goes on meanwhile, and nothing is lost at its end. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/work.h"

enum { WORKS = 20 };

static struct net *net;
static pthread_t loop_thread;

/* This work blocks until it is let go. */
struct job {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool free;
    bool on_other_thread;
    bool done, was_told;
};

static int set_up(void **state)
{
    static const struct net_config config = {0};
    struct err e;

    (void)state;
    loop_thread = pthread_self();
    return net_new(&net, &config, &e) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return net ? net_free(net) : 0;
}

static void job_init(struct job *j, bool is_free)
{
    *j = (struct job){.free = is_free};
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->cond, NULL);
}

static void let_go(void *ctx)
{
    struct job *j = ctx;

    pthread_mutex_lock(&j->lock);
    j->free = true;
    pthread_cond_broadcast(&j->cond);
    pthread_mutex_unlock(&j->lock);
}

static void block(void *ctx)
{
    struct job *j = ctx;

    pthread_mutex_lock(&j->lock);
    while (!j->free)
        pthread_cond_wait(&j->cond, &j->lock);
    pthread_mutex_unlock(&j->lock);
    j->on_other_thread = !pthread_equal(pthread_self(), loop_thread);
}

static void on_done(void *ctx, bool is_told)
{
    struct job *j = ctx;

    assert_false(j->done);
    assert_true(pthread_equal(pthread_self(), loop_thread));
    j->done = true;
    j->was_told = is_told;
}

/* The timer, which the work waits for, fires while the work is under way. */
static void test_loop_goes_on(void **state)
{
    struct job j;
    struct err e;

    (void)state;
    job_init(&j, false);
    assert_int_equal(net_work_start(net, block, on_done, &j, &e), ERR_OK);
    assert_int_equal(net_timer_start(net, 1, let_go, &j, NULL, &e), ERR_OK);
    net_run_until(net, &j.done);
    assert_true(j.done && j.was_told && j.on_other_thread);
}

/* More than there are threads: none is lost, and the loop does not end before they are done. */
static void test_many(void **state)
{
    struct job jobs[WORKS];
    bool never = false;
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < WORKS; i++) {
        job_init(&jobs[i], true);
        assert_int_equal(net_work_start(net, block, on_done, &jobs[i], &e), ERR_OK);
        assert_false(jobs[i].done);
    }
    net_run_until(net, &never);
    for (i = 0; i < WORKS; i++)
        assert_true(jobs[i].done && jobs[i].was_told);
}

static void *let_go_later(void *ctx)
{
    let_go(ctx);
    return NULL;
}

/* The loop's end waits for the thread, and tells nobody. */
static void test_end_while_working(void **state)
{
    pthread_t other;
    struct job j;
    struct err e;

    (void)state;
    job_init(&j, false);
    assert_int_equal(net_work_start(net, block, on_done, &j, &e), ERR_OK);
    assert_int_equal(pthread_create(&other, NULL, let_go_later, &j), 0);
    assert_int_equal(net_free(net), 0);
    net = NULL;
    assert_true(j.done && j.on_other_thread);
    assert_false(j.was_told);
    pthread_join(other, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(test_loop_goes_on, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_end_while_working, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
