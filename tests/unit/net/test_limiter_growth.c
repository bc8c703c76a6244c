/* How the concurrency limit grows, simulated: time is virtual (limiter_sim.h). `-v` after the
 * program's name prints the figures of docs/performance.md. */
#include <stdio.h>

#include "limiter_sim.h"

enum { SEEDS = 20 };

static int verbose;

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* A worker that has its whole host and items without end. */
static struct sim *alone(uint64_t seed, const struct sim_service *service)
{
    struct sim *s = sim_new(seed, service);
    struct sim_worker *w = &s->workers[0];

    w->items = UINT64_MAX;
    w->cpu_us = 5;
    sim_begin(s, w, 0);
    return s;
}

/* The copies of a time in percent of those that the highest limit would have made. mean_us: what a
 * copy takes on average. */
static double percent(struct sim *s, double seconds, double mean_us)
{
    uint64_t before = s->workers[0].copied;

    sim_run(s, seconds);
    return 100.0 * (double)(s->workers[0].copied - before) /
           (seconds * LIMITER_MOST * SIM_SECOND / mean_us);
}

/* The cap is reached within seconds at every latency, and kept. */
static void test_reaches_the_cap(void **state)
{
    static const double latencies_ms[] = {20, 50, 200};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof latencies_ms / sizeof latencies_ms[0]; i++) {
        const struct sim_service service = {.copy_us = latencies_ms[i] * 1000};
        struct sim *s = alone(i, &service);
        double then;

        sim_run(s, 4);
        then = percent(s, 2, service.copy_us + SIM_WAY_US / 2.0);
        if (verbose)
            printf("%3.0f ms: %.0f %% of cap/latency from the 4th second on\n", latencies_ms[i],
                    then);
        assert_int_equal(s->workers[0].limiter.limit, LIMITER_MOST);
        assert_true(then >= 95);
        free(s);
    }
}

/* Copies of 5 s whose latencies differ as S3's do: no chance of a draw ends the growth. */
static void test_mixed_latencies(void **state)
{
    const struct sim_service service = {.copy_us = 5e6, .spread = 0.8};
    const double mean_us = 5e6 * sim_exp(0.8 * 0.8 / 2);
    double of_ideal[SEEDS];
    uint64_t seed;

    (void)state;
    for (seed = 0; seed < SEEDS; seed++) {
        struct sim *s = alone(seed, &service);

        of_ideal[seed] = percent(s, 300, mean_us);
        free(s);
    }
    qsort(of_ideal, SEEDS, sizeof of_ideal[0], compare);
    if (verbose)
        printf("5 s, spread 0.8, 300 s: median %.0f %% of ideal, worst tenth %.0f %%\n",
                of_ideal[SEEDS / 2], of_ideal[SEEDS / 10 - 1]);
    assert_true(of_ideal[SEEDS / 2] >= 80);
    assert_true(of_ideal[SEEDS / 10 - 1] >= 60);
}

/* 3,000 copies of 3 s on a quarter of a processor, which is given in slices: 25 ms in each 100.
 * Each copy is looked at first, twice. */
static void test_slices(void **state)
{
    const struct sim_service service = {.copy_us = 3e6, .look_us = 20000, .spread = 0.1};
    uint64_t seed;

    (void)state;
    for (seed = 0; seed < 3; seed++) {
        struct sim *s = sim_new(seed, &service);
        struct sim_worker *w = &s->workers[0];

        w->items = 3000;
        w->looks = 2;
        w->cpu_us = 120;
        w->cpu_share_us = 25000;
        sim_begin(s, w, 0);
        while (w->copied < 3000)
            sim_step(s);
        if (verbose)
            printf("3,000 copies of 3 s on a quarter of a processor: %.1f s, %u at once\n",
                    (double)(s->now_us - SIM_SECOND) / SIM_SECOND, w->copies_most);
        assert_true(s->now_us <= 26 * (uint64_t)SIM_SECOND);
        free(s);
    }
}

/* 200 objects of 200 parts, 200 ms each: the growth takes little of the whole time. */
static void test_many_parts(void **state)
{
    const struct sim_service service = {.copy_us = 200000, .spread = 0.1};
    const uint64_t parts = 200 * 200;
    struct sim *s = sim_new(1, &service);
    struct sim_worker *w = &s->workers[0];
    double least_s = (double)parts * 0.2 / LIMITER_MOST, took_s;

    (void)state;
    w->items = parts;
    w->cpu_us = 20;
    sim_begin(s, w, 0);
    while (w->copied < parts)
        sim_step(s);
    took_s = (double)(s->now_us - SIM_SECOND) / SIM_SECOND;
    if (verbose)
        printf("200 objects of 200 parts, 200 ms: %.2f of requests x latency / cap\n",
                took_s / least_s);
    assert_true(took_s <= 1.15 * least_s);
    free(s);
}

/* Quick looks beside slow copies say nothing of the copies. */
static void test_looks_do_not_count(void **state)
{
    struct sim_service service = {.copy_us = 30000, .look_us = 1000, .width = 4};
    struct sim *s = sim_new(1, &service);
    struct sim_worker *w = &s->workers[0];

    (void)state;
    w->items = UINT64_MAX;
    w->looks = 2;
    sim_begin(s, w, 0);
    sim_run(s, 120);
    assert_true(w->limiter.limit <= 128);
    free(s);
}

/* A server that gains nothing from more than so many at once gets not many times that, and its
 * whole strength is used. */
static void test_finds_the_knee(void **state)
{
    static const struct {
        double copy_us;
        unsigned width, limit_most;
    } rows[] = {{1000, 1, 64}, {50000, 100, 128}, {20000, 1, 128}, {50000, 8, 128}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct sim_service service = {
                .copy_us = rows[i].copy_us, .spread = 0.3, .width = rows[i].width};
        struct sim *s = alone(i, &service);
        double all = 110.0 * SIM_SECOND * rows[i].width / (rows[i].copy_us * sim_exp(0.045));
        uint64_t before;

        sim_run(s, 10);
        before = s->workers[0].copied;
        sim_run(s, 110);
        if (verbose)
            printf("%u at once, %.0f ms each: limit %u\n", rows[i].width, rows[i].copy_us / 1000,
                    s->workers[0].limiter.limit);
        assert_true(s->workers[0].limiter.limit <= 2 * rows[i].limit_most); /* it may be trying */
        assert_true(s->workers[0].copies_most <= 2 * rows[i].limit_most);
        assert_true((double)(s->workers[0].copied - before) >= 0.9 * all);
        free(s);
    }
}

/* A server that has grown is found out. */
static void test_resumes(void **state)
{
    const struct sim_service service = {.copy_us = 20000, .width = 2};
    struct sim *s = alone(1, &service);

    (void)state;
    sim_run(s, 20);
    assert_int_equal(s->workers[0].limiter.growth, LIMITER_RESTS);
    assert_true(s->workers[0].limiter.limit <= 128);
    s->service.width = 0;
    sim_run(s, 45);
    assert_int_equal(s->workers[0].limiter.limit, LIMITER_MOST);
    free(s);
}

/* A limit that is not used does not grow. */
static void test_idle_limit_stays(void **state)
{
    struct limiter p;
    uint64_t now = 1;
    int i;

    (void)state;
    limiter_init(&p, 0, 0, now);
    for (i = 0; i < 10000; i++) {
        uint32_t ticket = limiter_take(&p, LIMITER_COPY, now);

        limiter_give(&p, ticket, LIMITER_GOOD, now += 10000);
    }
    assert_int_equal(p.limit, LIMITER_START);
}

int main(int count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_reaches_the_cap),
            cmocka_unit_test(test_mixed_latencies),
            cmocka_unit_test(test_slices),
            cmocka_unit_test(test_many_parts),
            cmocka_unit_test(test_looks_do_not_count),
            cmocka_unit_test(test_finds_the_knee),
            cmocka_unit_test(test_resumes),
            cmocka_unit_test(test_idle_limit_stays),
    };

    verbose = count > 1 && strcmp(arguments[1], "-v") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
