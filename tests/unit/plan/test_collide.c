#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/rng.h"
#include "plan/collide.h"
#include "plan/collide_runs.h"
#include "plan/collide_sort.h"

static char tmp[] = "/tmp/test_collide_XXXXXX";

static int make_tmp(void **state)
{
    (void)state;
    return mkdtemp(tmp) ? 0 : -1;
}

static int remove_tmp(void **state)
{
    (void)state;
    return rmdir(tmp); /* fails if anything was left in it */
}

struct found {
    struct collision *all;
    size_t count, cap;
    size_t stop_at; /* 0: never */
};

static enum err_code keep(void *ctx, const struct collision *collision, struct err *e)
{
    struct found *f = ctx;

    if (f->count == f->cap) {
        f->cap = f->cap ? 2 * f->cap : 64;
        f->all = realloc(f->all, f->cap * sizeof *f->all);
        assert_non_null(f->all);
    }
    f->all[f->count++] = *collision;
    return f->count == f->stop_at ? err_set(e, ERR_CANCELLED, "enough") : ERR_OK;
}

/* Keys are numbers below `range`; line i + 1 has keys[i]. */
static void find(const uint64_t *keys, size_t count, size_t memory, struct found *f)
{
    struct collide *c;
    struct err e;
    size_t i;

    memset(f, 0, sizeof *f);
    assert_int_equal(collide_new(&c, tmp, memory, &e), ERR_OK);
    for (i = 0; i < count; i++) {
        char key[32];
        int len = snprintf(key, sizeof key, "out/%llu", (unsigned long long)keys[i]);

        assert_int_equal(collide_add(c, key, (size_t)len, i + 1, 1000 * i, &e), ERR_OK);
    }
    assert_int_equal(collide_finish(c, keep, f, &e), ERR_OK);
    collide_free(c);
}

static int by_line(const void *a, const void *b)
{
    const struct collision *x = a, *y = b;

    return x->line < y->line ? -1 : x->line > y->line;
}

static void check_pairs(const uint64_t *keys, size_t count, uint64_t range, struct found *f)
{
    uint64_t *first = calloc(range, sizeof *first); /* the line that has a key first */
    size_t i, at = 0;

    assert_non_null(first);
    if (f->count > 0)
        qsort(f->all, f->count, sizeof *f->all, by_line);
    for (i = 0; i < count; i++) {
        if (first[keys[i]] == 0) {
            first[keys[i]] = i + 1;
            continue;
        }
        assert_true(at < f->count);
        assert_true(f->all[at].line == i + 1);
        assert_true(f->all[at].offset == 1000 * i);
        assert_true(f->all[at].first_line == first[keys[i]]);
        assert_true(f->all[at].first_offset == 1000 * (first[keys[i]] - 1));
        at++;
    }
    assert_true(at == f->count);
    free(first);
}

static void test_against_naive(void **state)
{
    static const struct {
        size_t count;
        uint64_t range;
        size_t memory;
    } rows[] = {
            {0, 10, 0},              /* nothing at all */
            {1, 10, 1},              /* one key */
            {5000, 1000000, 0},      /* all in memory, next to no collision */
            {5000, 2000, 0},         /* all in memory */
            {5000, 2000, 64 * 1024}, /* a few runs */
            {5000, 1, 4096},         /* one key 5,000 times */
            {256 * 4, 500, 256},     /* as many runs as are merged at once */
            {256 * 4 + 1, 500, 256}, /* one more */
            {40000, 30000, 1},       /* 20,000 runs: many passes */
            {40000, 1000000, 2048},  /* 1,250 runs */
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t *keys = malloc((rows[i].count + 1) * sizeof *keys);
        struct found f;
        struct rng rng;

        assert_non_null(keys);
        rng_seed(&rng, 42 + i);
        for (j = 0; j < rows[i].count; j++)
            keys[j] = rng_below(&rng, rows[i].range);
        find(keys, rows[i].count, rows[i].memory, &f);
        check_pairs(keys, rows[i].count, rows[i].range, &f);
        free(f.all);
        free(keys);
    }
}

/* The order does not depend on the memory there was. */
static void test_order(void **state)
{
    static const size_t memories[] = {1, 256, 4096, 0};
    uint64_t keys[3000];
    struct found first, other;
    struct rng rng;
    size_t i;

    (void)state;
    rng_seed(&rng, 7);
    for (i = 0; i < 3000; i++)
        keys[i] = rng_below(&rng, 1000);
    find(keys, 3000, memories[0], &first);
    for (i = 1; i < sizeof memories / sizeof memories[0]; i++) {
        find(keys, 3000, memories[i], &other);
        assert_int_equal(other.count, first.count);
        assert_memory_equal(other.all, first.all, first.count * sizeof *first.all);
        free(other.all);
    }
    free(first.all);
}

static void test_callback_error(void **state)
{
    static const size_t memories[] = {0, 64};
    size_t i, j;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct found f = {.stop_at = 3};
        struct collide *c;
        struct err e;

        assert_int_equal(collide_new(&c, tmp, memories[i], &e), ERR_OK);
        for (j = 0; j < 1000; j++)
            assert_int_equal(collide_add(c, "k", 1, j + 1, 0, &e), ERR_OK);
        assert_int_equal(collide_finish(c, keep, &f, &e), ERR_CANCELLED);
        assert_string_equal(e.message, "enough");
        assert_int_equal(f.count, 3);
        collide_free(c);
        free(f.all);
    }
}

static void test_keys_are_bytes(void **state)
{
    struct found f = {0};
    struct collide *c;
    struct err e;

    (void)state;
    assert_int_equal(collide_new(&c, tmp, 0, &e), ERR_OK);
    assert_int_equal(collide_add(c, "a\0b", 3, 1, 0, &e), ERR_OK);
    assert_int_equal(collide_add(c, "a\0c", 3, 2, 0, &e), ERR_OK);
    assert_int_equal(collide_add(c, "a", 1, 3, 0, &e), ERR_OK);
    assert_int_equal(collide_add(c, "A", 1, UINT64_MAX, 0, &e), ERR_OK);
    assert_int_equal(collide_add(c, "A", 1, 4, UINT64_MAX, &e), ERR_OK);
    assert_int_equal(collide_finish(c, keep, &f, &e), ERR_OK);
    assert_int_equal(f.count, 1);
    assert_true(f.all[0].first_line == 4 && f.all[0].first_offset == UINT64_MAX);
    assert_true(f.all[0].line == UINT64_MAX && f.all[0].offset == 0);
    collide_free(c);
    free(f.all);
}

/* Adds until it fails, at most 100,000 keys. */
static enum err_code add_many(struct collide *c, struct err *e)
{
    uint64_t i;
    enum err_code rc = ERR_OK;

    for (i = 0; i < 100000 && rc == ERR_OK; i++)
        rc = collide_add(c, (const char *)&i, sizeof i, i + 1, 0, e);
    return rc;
}

static void test_no_folder(void **state)
{
    struct collide *c;
    struct err e;

    (void)state;
    assert_int_equal(collide_new(&c, "/nonexistent/folder", 4096, &e), ERR_OK);
    assert_int_equal(add_many(c, &e), ERR_IO);
    assert_string_equal(e.message, "cannot make a temporary file in /nonexistent/folder: No such "
                                   "file or directory");
    collide_free(c);
}

/* A limit on the size of files stands in for a full disk. */
static void test_disk_full(void **state)
{
    struct rlimit old, tight;
    struct collide *c;
    struct err e;
    enum err_code rc;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 100000; /* in the middle of a run, so that one write is short */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(collide_new(&c, tmp, 32768, &e), ERR_OK);
    rc = add_many(c, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(rc, ERR_IO);
    assert_non_null(strstr(e.message, "cannot write a temporary file in /tmp/test_collide_"));
    collide_free(c);
    collide_free(NULL);
}

/* --- breathing --- */

static void count(void *ctx)
{
    ++*(unsigned *)ctx;
}

static enum err_code take(void *ctx, const struct collide_rec *rec, struct err *e)
{
    (void)rec, (void)e;
    ++*(uint64_t *)ctx;
    return ERR_OK;
}

/* Millions of records in one merge: whoever wants to be called is, about once in a million. */
static void test_breath(void **state)
{
    enum { BLOCK = 1 << 14, BLOCKS = 130 }; /* a little more than two millions */
    static struct collide_rec recs[BLOCK];
    struct collide_runs *runs;
    unsigned ticks = 0, i;
    uint64_t records = 0;
    struct err e;

    (void)state;
    assert_int_equal(collide_runs_new(&runs, tmp, &e), ERR_OK);
    for (i = 0; i < BLOCKS; i++)
        assert_int_equal(collide_runs_add(runs, recs, BLOCK, &e), ERR_OK);
    collide_runs_set_tick(runs, (struct collide_tick){count, &ticks});
    assert_int_equal(collide_runs_merge(runs, take, &records, &e), ERR_OK);
    assert_int_equal(records, BLOCK * BLOCKS);
    assert_in_range(ticks, 1, 10);
    collide_runs_free(runs);
}

/* A few keys are no reason to; and that it was asked for changes nothing. */
static void test_short_of_breath(void **state)
{
    static const size_t memories[] = {0, 64};
    size_t i, j;

    (void)state;
    for (i = 0; i < 2; i++) {
        unsigned ticks = 0;
        struct found f = {0};
        struct collide *c;
        struct err e;

        assert_int_equal(collide_new(&c, tmp, memories[i], &e), ERR_OK);
        collide_set_tick(c, count, &ticks);
        for (j = 0; j < 1000; j++)
            assert_int_equal(collide_add(c, "k", 1, j + 1, 0, &e), ERR_OK);
        assert_int_equal(collide_finish(c, keep, &f, &e), ERR_OK);
        assert_int_equal(f.count, 999);
        assert_int_equal(ticks, 0);
        collide_free(c);
        free(f.all);
    }
}

static int compare(const void *a, const void *b)
{
    return collide_rec_compare(a, b);
}

/* As qsort(3) does it, whatever the digests have in common: `same` of their first bits. */
static void check_sort(size_t count, unsigned same, uint64_t others)
{
    struct collide_rec *recs = calloc(count + 1, sizeof *recs);
    struct collide_rec *expected = calloc(count + 1, sizeof *recs);
    struct rng rng;
    size_t i;

    rng_seed(&rng, count + same);
    for (i = 0; i < count; i++) {
        uint64_t digest = others ? rng_below(&rng, others) : rng_next(&rng);

        recs[i].digest[0] = same == 64 ? 0 : digest >> same;
        recs[i].digest[1] = others ? 0 : rng_next(&rng);
        recs[i].line = rng_below(&rng, count);
        recs[i].offset = i;
    }
    memcpy(expected, recs, count * sizeof *recs);
    qsort(expected, count, sizeof *expected, compare);
    collide_sort(recs, count);
    assert_memory_equal(recs, expected, count * sizeof *recs);
    free(recs);
    free(expected);
}

static void test_sort(void **state)
{
    static const size_t counts[] = {0, 1, 2, 31, 32, 33, 255, 5000, 70000};
    static const unsigned same[] = {0, 4, 8, 15, 16, 24, 32, 40, 63, 64};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (k = 0; k < sizeof same / sizeof same[0]; k++)
            check_sort(counts[i], same[k], 0);
        check_sort(counts[i], 0, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_against_naive),
            cmocka_unit_test(test_order),
            cmocka_unit_test(test_sort),
            cmocka_unit_test(test_callback_error),
            cmocka_unit_test(test_keys_are_bytes),
            cmocka_unit_test(test_no_folder),
            cmocka_unit_test(test_disk_full),
            cmocka_unit_test(test_breath),
            cmocka_unit_test(test_short_of_breath),
    };

    return cmocka_run_group_tests(tests, make_tmp, remove_tmp);
}
