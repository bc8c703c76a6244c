/* RECALL: the record of an upload that an earlier run left open. */
#include "one_copy.h"

static void test_gone_on_with(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL LOOKUP RESUME PARTS COMPLETE DONE FORGET DONE");
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 2);
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

/* A file that is no record: uploads that were begun when it was written are looked for and removed,
 * and it is written over. One that was begun at another time may be somebody else's. */
static void test_no_record(void **state)
{
    struct world *w = *state;
    struct fake_upload *theirs;

    put_big(w);
    fake_set_record(&w->fake, KEY, "{\"format\":");
    w->fake.record_age_s = 7200;
    theirs = fake_new_upload(&w->fake, DST, KEY);
    theirs->foreign = 1;
    theirs->initiated_s -= 7200 + UPLOAD_CREATE_MOST_S + UPLOAD_CLOCK_SLACK_S + 1;
    fake_new_upload(&w->fake, DST, KEY)->initiated_s -= 7200 + UPLOAD_CREATE_MOST_S;
    fake_new_upload(&w->fake, DST, KEY)->initiated_s -= 7200 - UPLOAD_CREATE_MOST_S;
    fake_new_upload(&w->fake, DST, "k2")->foreign = 1;
    theirs = fake_new_upload(&w->fake, DST, KEY);
    theirs->foreign = 1;
    theirs->initiated_s -= 7200 - UPLOAD_CREATE_MOST_S - UPLOAD_CLOCK_SLACK_S - 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 2);
    assert_path(w,
            "RECALL SWEEP_FIRST LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE RECORD PARTS COMPLETE "
            "DONE FORGET DONE");
    assert_null(fake_record(&w->fake, KEY));
}

/* Its uploads cannot be listed, nor at the end: it stays, with the times, for the next run. */
static void test_no_record_no_list(void **state)
{
    struct world *w = *state;
    struct upload u;
    struct err e;

    put_big(w);
    fake_set_record(&w->fake, KEY, "{");
    w->fake.record_age_s = 100;
    fake_new_upload(&w->fake, DST, KEY);
    fails(w, S3_LIST_MULTIPART_UPLOADS, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(upload_read(&u, buf_str(fake_record(&w->fake, KEY)),
                             fake_record(&w->fake, KEY)->len, &e),
            ERR_OK);
    assert_in_range(u.at_s, FAKE_BASE_S - 100 - UPLOAD_CREATE_MOST_S,
            FAKE_BASE_S - 90 - UPLOAD_CREATE_MOST_S);
    assert_in_range(u.until_s, FAKE_BASE_S, FAKE_BASE_S + 10);
    upload_free(&u);
}

/* A record of another object under the name of ours. */
static void test_of_another(void **state)
{
    struct world *w = *state;
    char *text;

    put_big(w);
    leave_upload(w, 0, 0);
    text = strdup(buf_str(fake_record(&w->fake, KEY)));
    memcpy(strstr(text, "\"key\": \"k\"") ? strstr(text, "\"key\": \"k\"") + 8
                                          : strstr(text, "\"key\":\"k\"") + 7,
            "z", 1);
    fake_set_record(&w->fake, KEY, text);
    free(text);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECALL SWEEP_FIRST LOOKUP LAYOUT"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_clean(w);
}

/* The upload that it was of has parts that are under way at the server yet: it is aborted until
 * there are none. */
static void check_parts_left(struct world *w, unsigned stubborn)
{
    put_big(w);
    leave_upload(w, 4, 0)->stubborn = stubborn;
    fake_set_record(&w->fake, KEY, "{");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.uploads_made, 2);
}

static void test_unreadable_and_parts_left(void **state)
{
    struct world *w = *state;

    check_parts_left(w, 2);
    assert_int_equal(w->waited, 2);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 3);
    assert_clean(w);
}

/* For ever: once more at the end, and it stays on record. */
static void test_unreadable_and_parts_for_ever(void **state)
{
    struct world *w = *state;

    check_parts_left(w, 1000);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 2 * COPY_ABORTS_MOST);
    assert_true(is_in_path(w, "SWEEP_FIRST LOOKUP LAYOUT"));
    assert_true(is_in_path(w, "COMPLETE DONE SWEEP_LAST DONE"));
    assert_non_null(fake_record(&w->fake, KEY));
}

/* One that cannot be fetched stays, and so does its upload. */
static void test_not_fetched(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    w->fake.fail_records = 1U << FAKE_LOAD;
    world_run(w);
    assert_failed(w, "IOError");
    assert_path(w, "RECALL DONE");
    assert_asked(w, "load record");
    assert_non_null(fake_record(&w->fake, KEY));
    assert_false(list_empty(&w->fake.uploads));
}

/* A Create may have made one more: that is looked for first. */
static void test_doubt(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, FAKE_BASE_S + 5);
    fake_new_upload(&w->fake, DST, KEY);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL SWEEP_FIRST LOOKUP RESUME PARTS COMPLETE DONE FORGET DONE");
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 2);
    assert_clean(w);
}

/* The object is there already: the upload goes, and its record. */
static void test_done_already(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    memcpy(put_other(w, 5 * 8 * MIB + 5)->etag, fake_find(&w->fake, SRC, KEY)->etag, ETAG_SIZE);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_path(w, "RECALL LOOKUP ABORT_TO_END DONE FORGET DONE");
    assert_clean(w);
}

/* The source is copied in one piece now. */
static void test_now_in_one_piece(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL LOOKUP ABORT_FOR_SINGLE SINGLE DONE FORGET DONE");
    assert_clean(w);
}

/* The source is gone: the upload is of no use any more. */
static void test_source_is_gone(void **state)
{
    struct world *w = *state;

    fake_object_free((leave_upload((put_big(w), w), 4, 0), fake_find(&w->fake, SRC, KEY)));
    world_run(w);
    assert_failed(w, "NoSuchKey");
    assert_path(w, "RECALL LOOKUP EXPLAIN_LOOKUP ABORT_TO_END DONE FORGET DONE");
    assert_clean(w);
}

/* Looked at in vain: the upload of the record goes before the object is started over. */
static void test_looked_at_in_vain(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    fails(w, S3_HEAD_OBJECT, SRC, 1, 400, NULL);
    fails(w, S3_HEAD_OBJECT, SRC, 2, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECALL LOOKUP EXPLAIN_LOOKUP LOOKUP EXPLAIN_LOOKUP ABORT_RESTART "
                              "LOOKUP LAYOUT"));
    assert_clean(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_gone_on_with),
            world_test(test_no_record),
            world_test(test_no_record_no_list),
            world_test(test_of_another),
            world_test(test_unreadable_and_parts_left),
            world_test(test_unreadable_and_parts_for_ever),
            world_test(test_not_fetched),
            world_test(test_doubt),
            world_test(test_done_already),
            world_test(test_now_in_one_piece),
            world_test(test_source_is_gone),
            world_test(test_looked_at_in_vain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
