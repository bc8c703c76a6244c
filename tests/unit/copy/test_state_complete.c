/* COMPLETE: CompleteMultipartUpload, whose answer may be lost. */
#include "one_copy.h"

static struct fake_rule *loses(struct world *w, struct err err, unsigned attempts)
{
    struct fake_rule *r = fake_rule(&w->fake, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, err);

    r->outcome = FAKE_LOSES;
    r->attempts = attempts;
    return r;
}

/* Sent twice, the first was done: the object tells. */
static void test_answer_was_lost(void **state)
{
    struct world *w = *state;

    put_big(w);
    loses(w, fake_error(404, "NoSuchUpload"), 2);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY DONE FORGET DONE"));
    assert_string_equal(w->result->written.etag, w->result->etag);
    assert_string_equal(w->result->written.version_id, "version-2");
    assert_clean(w);
}

/* Sent twice, and the upload is gone, and nothing is there: not done. */
static void remove_uploads(struct fake *f)
{
    while (!list_empty(&f->uploads))
        fake_upload_free(LIST_ENTRY(f->uploads.next, struct fake_upload, link));
}

static void test_lost_and_nothing_is_there(void **state)
{
    struct world *w = *state;
    struct fake_rule *r;

    put_big(w);
    r = happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    r->attempts = 2;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY LOOKUP LAYOUT"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_clean(w);
}

/* The object that is there cannot be proven, and may be that of before. */
static void test_lost_and_not_proven(void **state)
{
    struct world *w = *state;
    struct fake_rule *r;

    w->fake.ways.encrypts = 1;
    put_big(w);
    put_other(w, 5 * 8 * MIB + 5);
    r = happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    r->attempts = 2;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE VERIFY LOOKUP LAYOUT"));
}

static void test_lost_and_unreadable(void **state)
{
    struct world *w = *state;
    struct fake_rule *r;

    put_big(w);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    r = happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    r->attempts = 2;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY LOOKUP LAYOUT"));
}

/* Of our own parts, it is the source that is looked at first. */
static void test_lost_and_not_mirrored(void **state)
{
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 1, 0, NULL);
    loses(w, fake_error(404, "NoSuchUpload"), 2);
    world_run(w);
    /* Nothing proves it, so it is copied once more. */
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RECHECK VERIFY LOOKUP LAYOUT"));
}

/* Sent once, and the upload is gone: another worker removed it. */
static void test_upload_is_gone(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE LOOKUP LAYOUT"));
    assert_clean(w);
}

static void test_upload_is_gone_when_stopped(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    w->stop_at = 15;
    world_run(w);
    assert_failed(w, "NoSuchUpload");
    assert_true(is_in_path(w, "COMPLETE DONE FORGET DONE"));
}

static void put_there(struct fake *f)
{
    fake_put(f, DST, KEY, 77, 0, NULL);
}

/* Something appeared at the destination. */
static void test_something_is_there(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.on_different = ON_DIFFERENT_KEEP;
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, put_there);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_true(is_in_path(w, "COMPLETE ABORT_RESTART LOOKUP DONE"));
    assert_clean(w);
}

static void test_something_unseen_is_there(void **state)
{
    struct world *w = *state;

    put_big(w);
    put_other(w, 77);
    w->input.on_different = ON_DIFFERENT_KEEP;
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_true(is_in_path(w, "COMPLETE ABORT_RESTART LOOKUP"));
    assert_true(is_in_path(w, "COMPLETE ABORT_TO_END DONE"));
    assert_clean(w);
}

/* A server with another idea of how small a part may be. */
static void test_parts_are_too_small(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.keeps_etag = 1;
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "EntityTooSmall");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE ABORT_FOR_SINGLE SINGLE DONE"));
    assert_clean(w);
}

/* The same of an object that one CopyObject cannot copy: parts of our own, in the same upload. */
static void test_parts_are_too_small_and_many(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 7, 160 * MIB);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "EntityTooSmall");
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RECORD PARTS COMPLETE RECHECK VERIFY DONE"));
    assert_int_equal(w->fake.uploads_made, 1);
}

static void test_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_true(is_in_path(w, "COMPLETE ABORT_TO_END DONE FORGET DONE"));
    assert_clean(w);
}

/* Stopped, and its answer does not come: the next run goes on with the upload. */
static void test_cancelled(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->cancel_at = 16;
    world_run(w);
    assert_failed(w, "Cancelled");
    assert_true(is_in_path(w, "COMPLETE DONE"));
    assert_non_null(fake_record(&w->fake, KEY));
}

/* RGW's answer has an empty ETag: the object is looked at. */
static void test_empty_etag(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.empty_etag = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY DONE"));
    assert_string_equal(w->result->written.etag, w->result->etag);
}

/* The condition is ignored, and the source changes between its parts: what was copied is not the
 * source, and is not completed. */
static void test_parts_of_two_sources(void **state)
{
    static const uint64_t lengths[] = {6 * MIB, 5 * MIB, 7 * MIB, 1};
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 4, lengths);
    w->fake.ways.no_if_match = 1;
    happens(w, S3_UPLOAD_PART_COPY, DST, 2, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE ABORT_RESTART LOOKUP LAYOUT"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1);
    assert_clean(w);
}

/* The 200 cannot be read: the object tells, and the upload is known to be gone. */
static void test_unread(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 0, true);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY ABORT_TO_END DONE FORGET DONE"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1);
    assert_string_equal(w->result->written.etag, w->result->etag);
    assert_clean(w);
}

/* Nothing is there, and the upload is open still: its parts need not be copied again. */
static void test_unread_and_not_there(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, false);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS COMPLETE VERIFY COMPLETE DONE"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 2);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

static void test_unread_for_ever(void **state)
{
    struct world *w = *state;

    put_big(w);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 0, false);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_non_null(strstr(w->result->err.message, "nothing is at the destination"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1 + DECIDE_COMPLETES_MOST);
    assert_null(strstr(
            buf_str(&w->fake.log), "CompleteMultipartUpload destination, CompleteMultipartUpload"));
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

static void test_unread_and_unseen(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 0, true);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1);
    assert_clean(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_answer_was_lost),
            world_test(test_lost_and_nothing_is_there),
            world_test(test_lost_and_not_proven),
            world_test(test_lost_and_unreadable),
            world_test(test_lost_and_not_mirrored),
            world_test(test_upload_is_gone),
            world_test(test_upload_is_gone_when_stopped),
            world_test(test_something_is_there),
            world_test(test_something_unseen_is_there),
            world_test(test_parts_are_too_small),
            world_test(test_parts_are_too_small_and_many),
            world_test(test_fails),
            world_test(test_cancelled),
            world_test(test_empty_etag),
            world_test(test_parts_of_two_sources),
            world_test(test_unread),
            world_test(test_unread_and_not_there),
            world_test(test_unread_for_ever),
            world_test(test_unread_and_unseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
