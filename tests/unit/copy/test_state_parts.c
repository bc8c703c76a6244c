/* PARTS: UploadPartCopy, many at once. */
#include "one_copy.h"

static void test_many_at_once(void **state)
{
    struct world *w = *state;

    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->most, 6);
}

/* Their answers come in any order. */
static void test_the_other_way_round(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.newest_first = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
}

static void test_source_changes(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_UPLOAD_PART_COPY, DST, 3, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS ABORT_RESTART LOOKUP LAYOUT"));
    assert_clean(w);
}

static void remove_uploads(struct fake *f)
{
    while (!list_empty(&f->uploads))
        fake_upload_free(LIST_ENTRY(f->uploads.next, struct fake_upload, link));
}

/* Another worker has removed the upload. */
static void test_upload_is_gone(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_UPLOAD_PART_COPY, DST, 3, remove_uploads);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS ABORT_RESTART LOOKUP LAYOUT"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_clean(w);
}

/* All other parts are waited for before the upload is removed. */
static void test_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_UPLOAD_PART_COPY, DST, 2, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_true(is_in_path(w, "PARTS ABORT_TO_END DONE FORGET DONE"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

static void test_cannot_be_sent(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.refuse_start = 10;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_clean(w);
}

/* A server's rights for parts may differ from those for objects: where the layout is a guess, one
 * CopyObject is tried. */
static void test_denied_to_a_guess(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_parts = w->fake.ways.keeps_etag = 1;
    fails(w, S3_UPLOAD_PART_COPY, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS ABORT_FOR_SINGLE SINGLE DONE"));
    assert_clean(w);
}

static void test_denied(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_UPLOAD_PART_COPY, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_true(is_in_path(w, "PARTS ABORT_TO_END"));
    assert_clean(w);
}

/* Stopped before the first part is sent: the upload stays, on record. */
static void test_stopped(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->stop_at = 10;
    world_run(w);
    assert_failed(w, "Interrupted");
    assert_true(is_in_path(w, "RECORD PARTS DONE"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 0);
    assert_int_equal(w->env.left_open, 1);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* Stopped when all parts are under way: they come in, and make the object. */
static void test_stopped_near_the_end(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->stop_at = 11;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_clean(w);
}

/* The same where nothing is on record: it is removed. */
static void test_stopped_without_records(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->env.port.records = NULL;
    w->stop_at = 10;
    world_run(w);
    assert_failed(w, "Interrupted");
    assert_true(is_in_path(w, "PARTS ABORT_TO_END DONE"));
    assert_int_equal(w->env.left_open, 0);
    assert_true(list_empty(&w->fake.uploads));
}

/* Being stopped, the server is too busy: there is no time for more tries. */
static void test_busy_when_stopped(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_UPLOAD_PART_COPY, DST, 2, 503, "SlowDown");
    w->stop_at = 11;
    world_run(w);
    assert_failed(w, "SlowDown");
    assert_int_equal(w->env.left_open, 1);
    assert_non_null(fake_record(&w->fake, KEY));
}

static void test_cancelled(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->cancel_at = 12;
    world_run(w);
    assert_failed(w, "Cancelled");
    assert_int_equal(w->env.left_open, 1);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* Without credentials nothing can be removed: it stays, on record. */
static void test_no_credentials(void **state)
{
    struct world *w = *state;
    struct err e;

    put_big(w);
    err_set(&e, ERR_CREDENTIALS, "injected");
    fake_rule(&w->fake, S3_UPLOAD_PART_COPY, DST, 1, e);
    world_run(w);
    assert_failed(w, "CredentialsError");
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 0);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* The first part tells that the destination encrypts: the rest need not be copied. */
static void test_encrypts(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.encrypts = w->fake.ways.quiet_create = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "PARTS ABORT_FOR_SINGLE SINGLE RECHECK VERIFY"));
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_clean(w);
}

/* Create's answer tells it: no part is copied. */
static void test_encrypts_by_create(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.encrypts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "CREATE RECORD PARTS ABORT_FOR_SINGLE SINGLE RECHECK VERIFY"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 0);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_true(server_facts_has(&w->server_facts, TRAIT_ENCRYPTS));
    assert_clean(w);
}

/* Answers that cannot be read: ListParts shows the parts that are there, and none is sent twice. */
static void test_unread(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_UPLOAD_PART_COPY, 0, true);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECORD PARTS RESUME COMPLETE DONE"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

/* Parts that are not there are sent once more. */
static void test_unread_and_not_there(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_UPLOAD_PART_COPY, 2, false);
    unread(w, S3_UPLOAD_PART_COPY, 4, true);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECORD PARTS RESUME PARTS COMPLETE DONE"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 7);
    assert_clean(w);
}

/* There is an end to it. */
static void test_unread_for_ever(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_UPLOAD_PART_COPY, 0, false);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_in_range(w->fake.counts[S3_UPLOAD_PART_COPY], 6, 24);
    assert_clean(w);
}

/* We may not list the parts, and could not those of another upload. */
static void test_unread_and_unlisted(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_UPLOAD_PART_COPY, 0, true);
    fails(w, S3_LIST_PARTS, DST, 1, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_many_at_once),
            world_test(test_the_other_way_round),
            world_test(test_source_changes),
            world_test(test_upload_is_gone),
            world_test(test_fails),
            world_test(test_cannot_be_sent),
            world_test(test_denied_to_a_guess),
            world_test(test_denied),
            world_test(test_stopped),
            world_test(test_stopped_near_the_end),
            world_test(test_stopped_without_records),
            world_test(test_busy_when_stopped),
            world_test(test_cancelled),
            world_test(test_no_credentials),
            world_test(test_encrypts),
            world_test(test_encrypts_by_create),
            world_test(test_unread),
            world_test(test_unread_and_not_there),
            world_test(test_unread_for_ever),
            world_test(test_unread_and_unlisted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
