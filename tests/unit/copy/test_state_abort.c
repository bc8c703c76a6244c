/* The ABORT states: an upload is removed, until nothing is left of it. */
#include "one_copy.h"

/* A big source whose second part cannot be copied. */
static void spoil(struct world *w)
{
    put_big(w);
    fails(w, S3_UPLOAD_PART_COPY, DST, 2, 400, "InvalidRequest");
}

static void make_stubborn(struct fake *f, unsigned aborts)
{
    LIST_ENTRY(f->uploads.next, struct fake_upload, link)->stubborn = aborts;
}

static void twice(struct fake *f)
{
    make_stubborn(f, 2);
}

static void for_ever(struct fake *f)
{
    make_stubborn(f, 1000);
}

/* Parts outlive the first abort and the second: after a while it is aborted again. */
static void test_parts_are_left(void **state)
{
    struct world *w = *state;

    spoil(w);
    happens(w, S3_ABORT_MULTIPART_UPLOAD, DST, 1, twice);
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 3);
    assert_int_equal(w->waited, 2);
    assert_clean(w);
}

/* They stay: so does the record. */
static void test_parts_stay(void **state)
{
    struct world *w = *state;

    spoil(w);
    happens(w, S3_ABORT_MULTIPART_UPLOAD, DST, 1, for_ever);
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], COPY_ABORTS_MOST);
    assert_int_equal(w->waited, COPY_ABORTS_MOST - 1);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* Being stopped, nothing is waited for. */
static void test_stopped(void **state)
{
    struct world *w = *state;

    spoil(w);
    happens(w, S3_ABORT_MULTIPART_UPLOAD, DST, 1, twice);
    w->stop_at = 16;
    world_run(w);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 3);
    assert_int_equal(w->waited, 0);
    assert_clean(w);
}

static void remove_uploads(struct fake *f)
{
    while (!list_empty(&f->uploads))
        fake_upload_free(LIST_ENTRY(f->uploads.next, struct fake_upload, link));
}

static void test_gone_already(void **state)
{
    struct world *w = *state;

    spoil(w);
    happens(w, S3_ABORT_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_int_equal(w->fake.counts[S3_LIST_PARTS], 0);
    assert_clean(w);
}

/* Aborted, and we may not look: all that can be done is done. */
static void test_may_not_be_looked_at(void **state)
{
    struct world *w = *state;

    spoil(w);
    fails(w, S3_LIST_PARTS, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_clean(w);
}

/* It cannot be removed: its record stays, and what failed is what failed first. */
static void test_denied(void **state)
{
    struct world *w = *state;

    spoil(w);
    fails(w, S3_ABORT_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_true(is_in_path(w, "ABORT_TO_END DONE"));
    assert_non_null(fake_record(&w->fake, KEY));
}

static void test_cannot_be_looked_at(void **state)
{
    struct world *w = *state;

    spoil(w);
    fails(w, S3_LIST_PARTS, DST, 0, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_non_null(fake_record(&w->fake, KEY));
}

static void test_cannot_be_sent(void **state)
{
    struct world *w = *state;

    spoil(w);
    w->fake.refuse_start = 15;
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_non_null(fake_record(&w->fake, KEY));
}

/* The object is there; an old upload that stays changes nothing of that. */
static void test_there_and_denied(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    memcpy(put_other(w, 5 * 8 * MIB + 5)->etag, fake_find(&w->fake, SRC, KEY)->etag, ETAG_SIZE);
    fails(w, S3_ABORT_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* No other upload is begun in place of one that cannot be removed: there is one record. */
static void test_no_second_upload(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    put_big(w);
    fails(w, S3_ABORT_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "RECALL LOOKUP ABORT_FOR_PARTS DONE");
    assert_int_equal(w->fake.uploads_made, 1);
    assert_non_null(fake_record(&w->fake, KEY));
}

static void test_no_single_copy(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    put_small(w);
    fails(w, S3_ABORT_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "RECALL LOOKUP ABORT_FOR_SINGLE DONE");
}

/* To be started over: what was wrong is what is reported. */
static void test_no_restart(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_UPLOAD_PART_COPY, DST, 1, change_source);
    fails(w, S3_ABORT_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "PreconditionFailed");
    assert_true(is_in_path(w, "ABORT_RESTART DONE"));
}

/* Stopped meanwhile: it is not started over. */
static void test_stopped_before_restart(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_UPLOAD_PART_COPY, DST, 1, change_source);
    w->stop_at = 16;
    world_run(w);
    assert_failed(w, "Interrupted");
    assert_true(copy_was_stopped(w->copy));
    assert_true(is_in_path(w, "ABORT_RESTART DONE FORGET DONE"));
    assert_clean(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_parts_are_left),
            world_test(test_parts_stay),
            world_test(test_stopped),
            world_test(test_gone_already),
            world_test(test_may_not_be_looked_at),
            world_test(test_denied),
            world_test(test_cannot_be_looked_at),
            world_test(test_cannot_be_sent),
            world_test(test_there_and_denied),
            world_test(test_no_second_upload),
            world_test(test_no_single_copy),
            world_test(test_no_restart),
            world_test(test_stopped_before_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
