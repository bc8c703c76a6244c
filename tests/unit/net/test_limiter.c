#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/limiter.h"

enum { LEAST = 8 }; /* requests at once, however slow we are told to go */

/* A server that works on `width` requests at once, each for work_us; all others wait their turn.
 * With a limit of its own (refuses_above > 0) it says SlowDown to what comes on top. */
struct server {
    double now_us;
    double work_us;
    unsigned width;
    unsigned refuses_above;
    uint64_t answers;
    unsigned least, most; /* limits seen */
};

static void watch(struct server *s, const struct limiter *p)
{
    unsigned limit = (unsigned)p->limit;

    if (limit < s->least)
        s->least = limit;
    if (limit > s->most)
        s->most = limit;
    assert_true(p->limit >= (p->most < LEAST ? p->most : LEAST));
    assert_true(p->limit <= p->most);
}

/* Keeps as many requests under way as the limit allows, for so many answers. */
static void serve(struct server *s, struct limiter *p, uint64_t answers)
{
    s->least = s->most = (unsigned)p->limit;
    while (answers-- > 0) {
        enum limiter_outcome outcome = LIMITER_GOOD;
        unsigned busy;

        while (limiter_free_slots(p) > 0)
            limiter_take(p);
        if (s->refuses_above > 0 && p->in_use > s->refuses_above)
            outcome = LIMITER_THROTTLED;
        busy = p->in_use < s->width ? p->in_use : s->width;
        s->now_us += s->work_us / busy;
        s->answers++;
        limiter_give(p, outcome, (uint64_t)s->now_us);
        watch(s, p);
    }
}

static void test_start(void **state)
{
    static const struct {
        unsigned start, most, limit, kept_most;
    } rows[] = {
            {0, 0, LIMITER_START, LIMITER_MOST},
            {10, 0, 10, LIMITER_MOST},
            {0, 10, 10, 10},
            {0, 1, 1, 1},
            {1, 0, LEAST, LIMITER_MOST},
            {2000, 0, LIMITER_MOST, LIMITER_MOST},
    };
    struct limiter p;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        limiter_init(&p, rows[i].start, rows[i].most, 1);
        assert_int_equal(limiter_free_slots(&p), rows[i].limit);
        assert_int_equal(p.most, rows[i].kept_most);
    }
}

static void test_free_slots(void **state)
{
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 2, 1);
    assert_int_equal(limiter_free_slots(&p), 2);
    limiter_take(&p);
    assert_int_equal(limiter_free_slots(&p), 1);
    limiter_take(&p);
    assert_int_equal(limiter_free_slots(&p), 0);
    limiter_take(&p); /* a retry may go over it */
    assert_int_equal(limiter_free_slots(&p), 0);
    limiter_give(&p, LIMITER_FAILED, 2);
    assert_int_equal(limiter_free_slots(&p), 0);
    limiter_give(&p, LIMITER_FAILED, 3);
    assert_int_equal(limiter_free_slots(&p), 1);
}

/* A request that was told to slow down keeps its slot while it waits. */
static void test_held(void **state)
{
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 16, 1);
    limiter_take(&p);
    limiter_take(&p);
    limiter_give(&p, LIMITER_THROTTLED, 2); /* the limit is 8 now */
    limiter_hold(&p);
    assert_int_equal(limiter_free_slots(&p), 6);
    limiter_give(&p, LIMITER_GOOD, 3);
    assert_int_equal(limiter_free_slots(&p), 7);
    limiter_release(&p);
    assert_int_equal(limiter_free_slots(&p), 8);
    while (limiter_free_slots(&p) > 0)
        limiter_hold(&p);
    limiter_take(&p); /* a retry whose time has come goes over it */
    assert_int_equal(limiter_free_slots(&p), 0);
    limiter_release(&p);
    assert_int_equal(limiter_free_slots(&p), 0);
    limiter_release(&p);
    assert_int_equal(limiter_free_slots(&p), 1);
}

/* A server that takes all: the cap is reached, and never passed. */
static void test_grows(void **state)
{
    struct server s = {.now_us = 1, .work_us = 50000, .width = 100000};
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 0, 1);
    serve(&s, &p, 50000);
    assert_int_equal(s.least, LIMITER_START);
    assert_int_equal(s.most, LIMITER_MOST);
    assert_int_equal((unsigned)p.limit, LIMITER_MOST);
}

/* A server that gains nothing from more than 100 at once gets not many times that, ever. */
static void test_finds_the_knee(void **state)
{
    struct server s = {.now_us = 1, .work_us = 50000, .width = 100};
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 0, 1);
    serve(&s, &p, 1000000);
    assert_true((unsigned)p.limit >= 100);
    assert_true((unsigned)p.limit <= 150);
    assert_true(s.most <= 256);
}

/* Nor does a limit that is not used grow. */
static void test_idle_limit_stays(void **state)
{
    uint64_t now = 1;
    struct limiter p;
    int i;

    (void)state;
    limiter_init(&p, 0, 0, now);
    for (i = 0; i < 10000; i++) {
        limiter_take(&p);
        limiter_give(&p, LIMITER_GOOD, now += 10000);
    }
    assert_int_equal((unsigned)p.limit, LIMITER_START);
}

static void test_halves(void **state)
{
    struct limiter p;
    unsigned i;

    (void)state;
    limiter_init(&p, 64, 0, 1);
    for (i = 0; i < 64; i++)
        limiter_take(&p);
    limiter_give(&p, LIMITER_THROTTLED, 1000000);
    assert_int_equal((unsigned)p.limit, 32);
    /* The answers to what was sent before are no news. */
    for (i = 0; i < 10; i++)
        limiter_give(&p, LIMITER_THROTTLED, 1000000 + i);
    assert_int_equal((unsigned)p.limit, 32);
    limiter_give(&p, LIMITER_THROTTLED, 1500000);
    assert_int_equal((unsigned)p.limit, 16);
    for (i = 2; i < 20; i++) {
        limiter_give(&p, LIMITER_THROTTLED, i * 1000000);
        assert_true(p.limit >= LEAST);
    }
    assert_int_equal((unsigned)p.limit, LEAST);
    assert_int_equal(p.in_use, 64 - 30);
}

/* A failure on the way says nothing of the server's strength. */
static void test_failures(void **state)
{
    struct limiter p;
    int i;

    (void)state;
    limiter_init(&p, 8, 0, 1);
    for (i = 1; i <= 100; i++) {
        limiter_take(&p);
        limiter_give(&p, LIMITER_FAILED, (uint64_t)i * 1000000);
    }
    assert_int_equal((unsigned)p.limit, 8);
    assert_int_equal(p.in_use, 0);
}

/* A server that refuses what is above 200 is stayed close to. */
static void test_throttling_server(void **state)
{
    struct server s = {.now_us = 1, .work_us = 50000, .width = 1000, .refuses_above = 200};
    struct limiter p;

    (void)state;
    limiter_init(&p, 0, 0, 1);
    serve(&s, &p, 20000);
    serve(&s, &p, 200000); /* settled */
    assert_true(s.least >= 25);
    assert_true(s.most <= 260);
}

/* From the floor the way leads up again. */
static void test_recovers(void **state)
{
    struct server s = {.now_us = 1e6, .work_us = 20000, .width = 1000};
    struct limiter p;

    (void)state;
    limiter_init(&p, 1, 0, 1);
    limiter_take(&p);
    limiter_give(&p, LIMITER_THROTTLED, 1000000);
    assert_int_equal((unsigned)p.limit, LEAST);
    serve(&s, &p, 300000);
    assert_true((unsigned)p.limit >= 64);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_start),
            cmocka_unit_test(test_free_slots),
            cmocka_unit_test(test_held),
            cmocka_unit_test(test_grows),
            cmocka_unit_test(test_finds_the_knee),
            cmocka_unit_test(test_idle_limit_stays),
            cmocka_unit_test(test_halves),
            cmocka_unit_test(test_failures),
            cmocka_unit_test(test_throttling_server),
            cmocka_unit_test(test_recovers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
