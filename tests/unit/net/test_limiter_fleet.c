/* Eight workers, each with a limiter of its own, on one prefix that takes 3,500 copies a second
 * ("Best practices design patterns: optimizing Amazon S3 performance") and answers SlowDown to the
 * others; simulated: time is virtual (limiter_sim.h). They know nothing of each other. `-v` after
 * the program's name prints the figures of docs/performance.md. */
#include <stdio.h>

#include "limiter_sim.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

enum {
    WORKERS = 8,
    PER_SECOND = 3500,
    SETTLE_S = 20, /* before anything is measured */
    MEASURE_S = 60,
    UNEQUAL_S = 40, /* before, where they begin at different times */
    ADAPT_S = 5,    /* after one has left */
};

static int verbose;

static unsigned seeds(void)
{
    return RUNNING_ON_VALGRIND ? 1 : 20;
}

/* The worst of all seeds. */
struct worst {
    double used;    /* of what the prefix takes */
    double refused; /* of all requests */
    double share;   /* how far a worker is off an equal share */
    double adapted; /* used after one has left */
};

static double worse(double a, double b)
{
    return a > b ? a : b;
}

/* All workers begin, so many seconds apart. */
static struct sim *fleet(uint64_t seed, const struct sim_service *service, double apart_s)
{
    struct sim *s = sim_new(seed, service);
    unsigned i;

    for (i = 0; i < WORKERS; i++) {
        s->workers[i].items = UINT64_MAX;
        sim_begin(s, &s->workers[i], 0);
        sim_run(s, apart_s);
    }
    return s;
}

static double used_in(struct sim *s, double seconds)
{
    uint64_t before = s->service.copies;

    sim_run(s, seconds);
    return (double)(s->service.copies - before) / (seconds * PER_SECOND);
}

static void measure(struct sim *s, struct worst *worst)
{
    uint64_t before[WORKERS], copies = s->service.copies, refusals = s->service.refusals, all = 0;
    double used, refused;
    unsigned i;

    for (i = 0; i < WORKERS; i++)
        before[i] = s->workers[i].copied;
    used = used_in(s, MEASURE_S);
    copies = s->service.copies - copies;
    refusals = s->service.refusals - refusals;
    refused = (double)refusals / (double)(copies + refusals);
    for (i = 0; i < WORKERS; i++)
        all += s->workers[i].copied - before[i];
    for (i = 0; i < WORKERS; i++) {
        double share = (double)(s->workers[i].copied - before[i]) * WORKERS / (double)all - 1;

        worst->share = worse(worst->share, share < 0 ? -share : share);
    }
    worst->used = used < worst->used ? used : worst->used;
    worst->refused = worse(worst->refused, refused);
}

/* One worker leaves: the others take its share within ADAPT_S. */
static void leave(struct sim *s, struct worst *worst)
{
    double used;

    s->workers[WORKERS - 1].works = false;
    sim_run(s, ADAPT_S);
    used = used_in(s, 1);
    worst->adapted = used < worst->adapted ? used : worst->adapted;
}

static void run(
        const char *name, const struct sim_service *service, double apart_s, double settle_s)
{
    struct worst worst = {.used = 2, .adapted = 2};
    uint64_t seed;

    for (seed = 0; seed < seeds(); seed++) {
        struct sim *s = fleet(seed, service, apart_s);

        sim_run(s, settle_s);
        measure(s, &worst);
        leave(s, &worst);
        free(s);
    }
    if (verbose)
        printf("%s: used at least %.1f %%, refused at most %.2f %%, shares within %.1f %%, "
               "%.1f %% used %d s after one left\n",
                name, 100 * worst.used, 100 * worst.refused, 100 * worst.share, 100 * worst.adapted,
                ADAPT_S);
    assert_true(worst.used >= 0.9);
    assert_true(worst.refused <= 0.02);
    assert_true(worst.share <= 0.1);
    assert_true(worst.adapted >= 0.9);
}

static void test_they_begin_together(void **state)
{
    const struct sim_service service = {.copy_us = 50000,
            .spread = 0.3,
            .refusal_us = 15000,
            .per_second = PER_SECOND,
            .burst = PER_SECOND / 10};

    (void)state;
    run("together, 50 ms", &service, 0, SETTLE_S);
}

/* Each comes into what the others have shared out. */
static void test_one_after_another(void **state)
{
    const struct sim_service service = {.copy_us = 200000,
            .spread = 0.5,
            .refusal_us = 30000,
            .per_second = PER_SECOND,
            .burst = PER_SECOND};

    (void)state;
    run("one after another, 200 ms", &service, 1, UNEQUAL_S);
}

int main(int count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_they_begin_together),
            cmocka_unit_test(test_one_after_another),
    };

    verbose = count > 1 && strcmp(arguments[1], "-v") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
