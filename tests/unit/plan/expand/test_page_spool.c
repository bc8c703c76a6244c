#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "plan/expand/page_spool.h"

enum { OBJECTS = 1000 };

static struct s3_listed objects[OBJECTS];
static char keys[OBJECTS][1025];
static unsigned taken;
static struct err e;

static void make(void)
{
    unsigned i;

    for (i = 0; i < OBJECTS; i++) {
        memset(keys[i], 'k', 1024); /* as long as keys can be: a page is more than one run */
        snprintf(keys[i], sizeof keys[i], "%04u", i);
        keys[i][4] = 'k';
        objects[i].key = keys[i];
        objects[i].size = i;
        objects[i].restored = i % 2 ? S3_RESTORED_YES : S3_RESTORED_UNSAID;
        snprintf(objects[i].etag, sizeof objects[i].etag, "etag-%u", i);
        snprintf(objects[i].storage_class, sizeof objects[i].storage_class, "%s",
                i % 3 ? "" : "GLACIER");
        snprintf(objects[i].modified, sizeof objects[i].modified, "2026-01-01T00:00:%02uZ", i % 60);
    }
}

static enum err_code check(void *ctx, const struct s3_listed *o, struct err *err)
{
    const struct s3_listed *expected = &objects[taken++ % OBJECTS];

    (void)ctx, (void)err;
    assert_string_equal(o->key, expected->key);
    assert_string_equal(o->etag, expected->etag);
    assert_string_equal(o->storage_class, expected->storage_class);
    assert_string_equal(o->modified, expected->modified);
    assert_true(o->size == expected->size && o->restored == expected->restored);
    return ERR_OK;
}

static enum err_code refuse(void *ctx, const struct s3_listed *o, struct err *err)
{
    (void)ctx, (void)o;
    return err_set(err, ERR_LIMIT, "enough");
}

/* Pages that were written in another order than they are read in. */
static void test_runs(void **state)
{
    struct spooled_runs left = {0}, right = {0};
    struct page_spool spool;
    const struct spooled *run;

    (void)state;
    make();
    assert_int_equal(page_spool_open(&spool, "/tmp", &e), ERR_OK);
    assert_int_equal(page_spool_add(&spool, &right, objects + 600, OBJECTS - 600, &e), ERR_OK);
    assert_int_equal(page_spool_add(&spool, &left, objects, 600, &e), ERR_OK);
    assert_int_equal(page_spool_add(&spool, &right, objects, 0, &e), ERR_OK);
    spooled_runs_join(&left, &right);
    assert_null(right.first);
    for (run = left.first; run; run = run->next)
        assert_int_equal(page_spool_read(&spool, run, check, NULL, &e), ERR_OK);
    assert_int_equal(taken, OBJECTS);
    assert_int_equal(page_spool_read(&spool, left.first, refuse, NULL, &e), ERR_LIMIT);
    spooled_runs_free(&left);
    page_spool_close(&spool);
}

static void test_no_folder(void **state)
{
    struct page_spool spool;

    (void)state;
    assert_int_equal(page_spool_open(&spool, "/nonexistent", &e), ERR_IO);
    page_spool_close(&spool);
}

/* No file may grow: as where the disk is full. */
static void test_no_room(void **state)
{
    struct rlimit before, none;
    struct spooled_runs runs = {0};
    struct page_spool spool;
    enum err_code code;

    (void)state;
    make();
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(page_spool_open(&spool, "/tmp", &e), ERR_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    code = page_spool_add(&spool, &runs, objects, 10, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(code, ERR_IO);
    assert_null(runs.first);
    page_spool_close(&spool);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_runs),
            cmocka_unit_test(test_no_folder),
            cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
