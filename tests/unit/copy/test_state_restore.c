#include "one_copy.h"

#define BOTH "HeadObject source, HeadObject destination"

static struct thaw thaw;

static int setup(void **state)
{
    static struct world world;
    struct err e;

    world_init(&world);
    assert_int_equal(thaw_read(&thaw,
                             "{\"glacierDeepArchiveThawDays\":9,"
                             "\"glacierDeepArchiveThawSpeed\":\"Standard\"}",
                             &e),
            ERR_OK);
    world.env.thaw = &thaw;
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static struct fake_object *put_archived(struct world *w, enum archive archive)
{
    struct fake_object *o = fake_put(&w->fake, SRC, KEY, 10, 0, NULL);

    o->archive = archive;
    return o;
}

/* It ends without a result, and says that it took so many requests. */
static void assert_aside(struct world *w, unsigned requests)
{
    struct copy_aside aside;

    assert_null(w->result);
    assert_true(copy_was_put_aside(w->copy, &aside));
    assert_string_equal(aside.item->key, KEY);
    assert_int_equal(aside.requests, requests);
    assert_false(copy_was_stopped(w->copy));
}

static void test_asked(void **state)
{
    struct world *w = *state;
    struct fake_object *o = put_archived(w, ARCHIVE_STORED);

    world_run(w);
    assert_aside(w, 3);
    assert_asked(w, BOTH ", RestoreObject source");
    assert_path(w, "LOOKUP RESTORE DONE");
    assert_int_equal(o->archive, ARCHIVE_RESTORING);
}

static void test_under_way(void **state)
{
    struct world *w = *state;

    put_archived(w, ARCHIVE_RESTORING);
    world_run(w);
    assert_aside(w, 2);
    assert_asked(w, BOTH);
    assert_path(w, "LOOKUP DONE");
}

/* Somebody else was first, after the look. */
static void test_already(void **state)
{
    struct world *w = *state;

    put_archived(w, ARCHIVE_STORED);
    fails(w, S3_RESTORE_OBJECT, SRC, 1, 409, "RestoreAlreadyInProgress");
    world_run(w);
    assert_aside(w, 3);
}

static void test_restored(void **state)
{
    struct world *w = *state;

    put_archived(w, ARCHIVE_RESTORED);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_RESTORE_OBJECT], 0);
}

/* The object is another one by now: it is looked at again. */
static void test_changed(void **state)
{
    struct world *w = *state;

    put_archived(w, ARCHIVE_STORED);
    fails(w, S3_RESTORE_OBJECT, SRC, 1, 403, "InvalidObjectState");
    world_run(w);
    assert_aside(w, 6);
    assert_asked(w, BOTH ", RestoreObject source, " BOTH ", RestoreObject source");
}

static void test_denied(void **state)
{
    struct world *w = *state;

    put_archived(w, ARCHIVE_STORED);
    fails(w, S3_RESTORE_OBJECT, SRC, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
}

/* Where something is at the destination that is the source, nothing is restored. */
static void test_there_already(void **state)
{
    struct world *w = *state;

    put_archived(w, ARCHIVE_STORED);
    fake_put(&w->fake, DST, KEY, 10, 0, NULL);
    memcpy(fake_find(&w->fake, DST, KEY)->etag, fake_find(&w->fake, SRC, KEY)->etag, ETAG_SIZE);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->fake.counts[S3_RESTORE_OBJECT], 0);
}

static void test_dry_run(void **state)
{
    struct world *w = *state;

    w->input.dry_run = true;
    put_archived(w, ARCHIVE_STORED);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_PENDING);
    assert_asked(w, BOTH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_asked),
            TEST(test_under_way),
            TEST(test_already),
            TEST(test_restored),
            TEST(test_changed),
            TEST(test_denied),
            TEST(test_there_already),
            TEST(test_dry_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
