/* SWEEP_FIRST and SWEEP_LAST: uploads of a Create whose answer was lost. */
#include "one_copy.h"

/* An answer to Create that is lost. */
static void lose_create(struct world *w)
{
    put_big(w);
    fake_rule(&w->fake, S3_CREATE_MULTIPART_UPLOAD, DST, 1, fake_network())->outcome = FAKE_LOSES;
}

/* Uploads of the same key that were begun at other times are somebody else's. */
static void test_others_stay(void **state)
{
    struct world *w = *state;
    struct fake_upload *before, *after;

    lose_create(w);
    before = fake_new_upload(&w->fake, DST, KEY);
    after = fake_new_upload(&w->fake, DST, KEY);
    before->foreign = after->foreign = 1;
    before->initiated_s -= UPLOAD_CLOCK_SLACK_S + 1;
    after->initiated_s += UPLOAD_CLOCK_SLACK_S + 1;
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 1);
    assert_ptr_equal(w->fake.uploads.next, &before->link);
    assert_ptr_equal(w->fake.uploads.prev, &after->link);
}

/* The list has several pages. */
static void test_pages(void **state)
{
    struct world *w = *state;
    unsigned i;

    w->fake.ways.uploads_page = 2;
    lose_create(w);
    for (i = 0; i < 4; i++)
        fake_new_upload(&w->fake, DST, KEY); /* at the same time: taken for ours */
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_int_equal(w->fake.counts[S3_LIST_MULTIPART_UPLOADS], 3);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 5);
    assert_clean(w);
}

/* It goes round: that is an end, too, and the record stays. */
static void test_list_goes_round(void **state)
{
    struct world *w = *state;

    w->fake.ways.uploads_page = 1;
    w->fake.ways.goes_round = 1;
    lose_create(w);
    fake_new_upload(&w->fake, DST, KEY);
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_in_range(w->fake.counts[S3_LIST_MULTIPART_UPLOADS], 2, 12);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 0);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* The list cannot be had: the record stays, so that cleanup can look again. */
static void test_cannot_be_listed(void **state)
{
    struct world *w = *state;

    lose_create(w);
    fails(w, S3_LIST_MULTIPART_UPLOADS, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_true(is_in_path(w, "CREATE DONE SWEEP_LAST DONE"));
    assert_non_null(fake_record(&w->fake, KEY));
    assert_false(list_empty(&w->fake.uploads));
}

static void test_cannot_be_removed(void **state)
{
    struct world *w = *state;

    lose_create(w);
    fails(w, S3_ABORT_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_non_null(fake_record(&w->fake, KEY));
}

static void remove_uploads(struct fake *f)
{
    while (!list_empty(&f->uploads))
        fake_upload_free(LIST_ENTRY(f->uploads.next, struct fake_upload, link));
}

static void test_gone_already(void **state)
{
    struct world *w = *state;

    lose_create(w);
    happens(w, S3_ABORT_MULTIPART_UPLOAD, DST, 1, remove_uploads);
    world_run(w);
    assert_clean(w);
}

/* Before the copy it is of no harm that they cannot be listed: they are looked for at the end. */
static void test_first_in_vain(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, FAKE_BASE_S + 5);
    fake_new_upload(&w->fake, DST, KEY);
    fails(w, S3_LIST_MULTIPART_UPLOADS, DST, 1, 500, "InternalError");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL SWEEP_FIRST LOOKUP RESUME PARTS COMPLETE DONE SWEEP_LAST DONE FORGET "
                   "DONE");
    assert_clean(w);
}

/* A record without an id: there may be an upload, or none. */
static void test_record_without_an_id(void **state)
{
    struct world *w = *state;
    char *text, *id, *end;

    put_big(w);
    leave_upload(w, 0, FAKE_BASE_S + 5);
    text = strdup(buf_str(fake_record(&w->fake, KEY)));
    id = strstr(text, ",\n \"uploadId\"");
    end = strchr(id + 2, '\n') - 1;
    memmove(id, end, strlen(end) + 1);
    fake_set_record(&w->fake, KEY, text);
    free(text);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECALL SWEEP_FIRST LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_clean(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_others_stay),
            world_test(test_pages),
            world_test(test_list_goes_round),
            world_test(test_cannot_be_listed),
            world_test(test_cannot_be_removed),
            world_test(test_gone_already),
            world_test(test_first_in_vain),
            world_test(test_record_without_an_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
