/* LOOKUP: both sides are asked, and what they say decides. */
#include "one_copy.h"

#define BOTH "HeadObject source, HeadObject destination"

static void test_nothing_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, BOTH ", CopyObject destination");
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_int_equal(w->result->attempts, 1);
    assert_int_equal(w->result->notes, 0);
    assert_string_equal(w->result->written.etag, w->result->etag);
    assert_string_equal(w->result->written.version_id, "version-2");
}

static void test_the_same_is_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    memcpy(put_other(w, 1000)->etag, fake_find(&w->fake, SRC, KEY)->etag, ETAG_SIZE);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_ETAG);
    assert_asked(w, BOTH);
}

static void test_something_else_is_kept(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    w->input.on_different = ON_DIFFERENT_KEEP;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_asked(w, BOTH);
}

static void test_something_else_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    w->input.on_different = ON_DIFFERENT_FAIL;
    world_run(w);
    assert_failed(w, "DestinationDiffers");
    assert_asked(w, BOTH);
}

/* The item's own word goes before the job's. */
static void test_overruled(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    w->input.on_different = ON_DIFFERENT_FAIL;
    w->overrides = malloc(sizeof *w->overrides);
    copy_overrides_init(w->overrides);
    w->overrides->on_different = ON_DIFFERENT_OVERWRITE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
}

static void test_dry_run(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.dry_run = true;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_PENDING);
    assert_asked(w, BOTH);
}

static void test_archived(void **state)
{
    struct world *w = *state;

    put_small(w)->archive = ARCHIVE_STORED;
    world_run(w);
    assert_failed(w, "InvalidObjectState");
    assert_asked(w, BOTH);
}

/* We may not look at the destination: the copy tells, and a note says so. */
static void test_destination_is_unreadable(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_DESTINATION_UNREADABLE);
}

/* That is noted too when it comes after the source has failed. */
static void test_unreadable_comes_late(void **state)
{
    struct world *w = *state;

    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_failed(w, "NoSuchKey");
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP DONE");
    assert_int_equal(w->result->notes, NOTE_DESTINATION_UNREADABLE);
}

/* The first error stays: what the other side says then changes nothing. */
static void test_destination_fails(void **state)
{
    struct world *w = *state;

    w->fake.newest_first = 1; /* the source, which is not there, comes late */
    fails(w, S3_HEAD_OBJECT, DST, 0, 500, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_int_equal(w->result->err.http_status, 500);
    assert_path(w, "LOOKUP DONE");
}

/* An error on the way, which is not for good, is not explained. */
static void test_source_is_not_reached(void **state)
{
    struct world *w = *state;

    fake_rule(&w->fake, S3_HEAD_OBJECT, SRC, 1, fake_network())->attempts = 10;
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_asked(w, BOTH);
    assert_int_equal(w->result->attempts, 10);
    assert_int_equal(w->result->requests, 11);
}

static void test_cannot_be_asked(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.refuse_start = 1;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_int_equal(w->result->requests, 0);
}

static void test_other_side_cannot_be_asked(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.refuse_start = 2;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_asked(w, "HeadObject source"); /* which is waited for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_nothing_there),
            world_test(test_the_same_is_there),
            world_test(test_something_else_is_kept),
            world_test(test_something_else_fails),
            world_test(test_overruled),
            world_test(test_dry_run),
            world_test(test_archived),
            world_test(test_destination_is_unreadable),
            world_test(test_unreadable_comes_late),
            world_test(test_destination_fails),
            world_test(test_source_is_not_reached),
            world_test(test_cannot_be_asked),
            world_test(test_other_side_cannot_be_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
