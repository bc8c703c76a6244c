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

    w->fake.ways.encrypts = w->fake.ways.quiet_create = 1;
    fake_put_uniform(&w->fake, SRC, KEY, 9 * MIB, 6 * MIB);
    put_other(w, 9 * MIB);
    fails(w, S3_HEAD_OBJECT, DST, 1, 403, NULL); /* nobody knows what was there before */
    r = happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    r->attempts = 2;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    /* It is known by now that parts prove nothing there. */
    assert_true(is_in_path(w, "COMPLETE VERIFY LOOKUP SINGLE"));
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
    /* Nothing was there before, and now an object of that size is: it is ours. */
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RECHECK VERIFY LOOKUP SUMS DONE"));
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
    w->stop_at = 16;
    world_run(w);
    assert_failed(w, "Interrupted");
    assert_true(copy_was_stopped(w->copy));
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
    w->input.options.on_different = ON_DIFFERENT_KEEP;
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
    w->input.options.on_different = ON_DIFFERENT_KEEP;
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
    w->cancel_at = 17;
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

/* --- a part is not there, or is another --- */

static struct fake_upload *only_upload(struct fake *f)
{
    return LIST_ENTRY(f->uploads.next, struct fake_upload, link);
}

static void lose_part(struct fake *f)
{
    struct fake_part *part = fake_part_of(only_upload(f), 3);

    fake_bytes_free(&part->bytes);
    part->etag[0] = '\0';
}

/* The server has taken it for another. */
static void change_part(struct fake *f)
{
    memset(fake_part_of(only_upload(f), 2)->etag, 'e', 32);
}

static void lose_last_parts(struct fake *f)
{
    struct fake_upload *u = only_upload(f);

    while (u->count > 4)
        fake_bytes_free(&u->parts[--u->count].bytes);
}

static void lose_all_parts(struct fake *f)
{
    fake_clear_parts(only_upload(f));
}

/* Only what is not there as it should be is copied again. */
static void check_parts_again(struct world *w, void (*before)(struct fake *f), unsigned parts)
{
    put_big(w);
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, before);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE RELIST PARTS COMPLETE DONE FORGET DONE"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6 + parts);
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

static void test_part_is_lost(void **state)
{
    check_parts_again(*state, lose_part, 1);
}

static void test_part_is_another(void **state)
{
    check_parts_again(*state, change_part, 1);
}

static void test_last_parts_are_lost(void **state)
{
    check_parts_again(*state, lose_last_parts, 2);
}

static void test_all_parts_are_lost(void **state)
{
    check_parts_again(*state, lose_all_parts, 6);
}

/* All parts are there: it was so for a moment. */
static void test_nothing_is_lost(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "InvalidPart");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS COMPLETE RELIST COMPLETE DONE FORGET DONE"));
    assert_int_equal(w->fake.counts[S3_LIST_PARTS], 3); /* pages of two parts */
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

/* For good: the server does not want the source's parts. */
static void test_parts_are_refused(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 0, 400, "InvalidPart");
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RELIST COMPLETE RELIST COMPLETE ABORT_FOR_SINGLE SINGLE"));
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 3);
    assert_clean(w);
}

/* Nor parts of our own choice. */
static void test_own_parts_are_refused(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 7, 160 * MIB);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 0, 400, "InvalidPart");
    world_run(w);
    assert_failed(w, "InvalidPart");
    assert_true(is_in_path(w, "COMPLETE RECORD PARTS COMPLETE RELIST"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 6);
    assert_clean(w);
}

/* We may not list the parts, or the server cannot: Complete is asked once more. */
static void test_parts_cannot_be_listed(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "InvalidPart");
    fails(w, S3_LIST_PARTS, DST, 1, 501, "NotImplemented");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE RELIST COMPLETE DONE FORGET DONE"));
}

/* ListParts knows of no such upload: Complete tells whether there is one. */
static void test_relisted_upload_is_unknown(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "InvalidPart");
    fails(w, S3_LIST_PARTS, DST, 1, 404, "NoSuchUpload");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE RELIST COMPLETE DONE FORGET DONE"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

static void test_relisted_upload_is_gone(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "InvalidPart");
    happens(w, S3_LIST_PARTS, DST, 1, remove_uploads);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE RELIST COMPLETE LOOKUP LAYOUT"));
    assert_clean(w);
}

static void test_relist_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 400, "InvalidPart");
    fails(w, S3_LIST_PARTS, DST, 1, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_true(is_in_path(w, "COMPLETE RELIST ABORT_TO_END DONE FORGET DONE"));
    assert_clean(w);
}

/* --- another write to the same key at the same time --- */

static void test_conflict(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, 409, "ConditionalRequestConflict");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE ABORT_RESTART LOOKUP LAYOUT"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 2);
    assert_clean(w);
}

static void test_conflict_for_good(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    fails(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 0, 409, "ConditionalRequestConflict");
    world_run(w);
    assert_failed(w, "ConditionalRequestConflict");
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1 + COPY_RESTARTS_MOST);
    assert_true(is_in_path(w, "COMPLETE ABORT_TO_END DONE FORGET DONE"));
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

/* The object that is there was to be overwritten, and the first Complete said so by its ETag. It
 * may have taken place since: the second one is made whatever is there by then. */
static void test_unread_and_overwritten(void **state)
{
    struct world *w = *state;

    put_big(w);
    put_other(w, 77);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, false);
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 2, put_there);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS COMPLETE VERIFY COMPLETE DONE"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 2);
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

static void somebody_writes(struct fake *f)
{
    fake_put(f, DST, KEY, 77, 0, NULL);
}

/* Something came there meanwhile, and is kept: no Complete would be of use. */
static void test_unread_and_another_came(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.no_none_match = 1;
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 2, false);
    happens(w, S3_HEAD_OBJECT, DST, 3, somebody_writes);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_true(is_in_path(w, "LOOK_FOR_COMPLETE COMPLETE VERIFY ABORT_RESTART LOOKUP DONE"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 2);
    assert_clean(w);
}

/* Larger than CopyObject takes, so that it is copied in parts whatever the ETags are. */
static void put_huge(struct world *w)
{
    fake_put_uniform(&w->fake, SRC, KEY, ((uint64_t)5 << 30) + 7, 160 * MIB);
}

/* ETags tell nothing; nothing was there before, and something of the size is there now. */
static void test_unread_and_encrypted(void **state)
{
    struct world *w = *state;

    put_huge(w);
    w->fake.ways.encrypts = 1;
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 0, true);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE VERIFY ABORT_TO_END DONE FORGET DONE"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1);
    assert_clean(w);
}

/* The same, and what was there before is there still. */
static void test_unread_and_encrypted_as_before(void **state)
{
    struct world *w = *state;

    put_huge(w);
    w->fake.ways.encrypts = 1;
    put_other(w, ((uint64_t)5 << 30) + 7);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, false);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RECHECK VERIFY COMPLETE RECHECK VERIFY DONE"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 2);
}

/* The upload is open, as far as is known, when the copy is gone before its checksums were seen. */
static void test_unread_and_gone_again(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    put_huge(w);
    w->fake.ways.encrypts = 1;
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, true);
    fails(w, S3_HEAD_OBJECT, DST, 3, 404, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_true(is_in_path(w, "COMPLETE VERIFY VERIFY_SUMS ABORT_RESTART LOOKUP"));
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
            world_test(test_part_is_lost),
            world_test(test_part_is_another),
            world_test(test_last_parts_are_lost),
            world_test(test_all_parts_are_lost),
            world_test(test_nothing_is_lost),
            world_test(test_parts_are_refused),
            world_test(test_own_parts_are_refused),
            world_test(test_parts_cannot_be_listed),
            world_test(test_relisted_upload_is_unknown),
            world_test(test_relisted_upload_is_gone),
            world_test(test_relist_fails),
            world_test(test_conflict),
            world_test(test_conflict_for_good),
            world_test(test_unread),
            world_test(test_unread_and_not_there),
            world_test(test_unread_and_overwritten),
            world_test(test_unread_for_ever),
            world_test(test_unread_and_unseen),
            world_test(test_unread_and_another_came),
            world_test(test_unread_and_encrypted),
            world_test(test_unread_and_encrypted_as_before),
            world_test(test_unread_and_gone_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
