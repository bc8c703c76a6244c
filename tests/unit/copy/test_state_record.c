/* ANNOUNCE, RECORD and FORGET: what is on record, at each moment. */
#include "one_copy.h"

static struct upload record_of(struct world *w)
{
    struct buf *text = fake_record(&w->fake, KEY);
    struct upload u;
    struct err e;

    assert_non_null(text);
    assert_int_equal(upload_read(&u, buf_str(text), text->len, &e), ERR_OK);
    return u;
}

static struct world *world_now; /* for functions that the fake calls */

static void look_before_create(struct fake *f)
{
    struct upload u = record_of(world_now);

    assert_null(u.id);
    assert_string_equal(u.source_key, KEY);
    assert_string_equal(u.tags, "best-effort");
    assert_true(u.at_s <= fake_now_s(f));
    assert_int_equal(u.until_s, u.at_s + UPLOAD_CREATE_MOST_S);
    upload_free(&u);
}

static void look_before_part(struct fake *f)
{
    struct upload u = record_of(world_now);

    assert_non_null(fake_find_upload(f, u.id));
    assert_int_equal(u.layout.count, 6);
    assert_int_equal(u.layout_from, LAYOUT_FROM_PROBES);
    assert_int_equal(u.until_s, 0);
    upload_free(&u);
}

/* Before Create, that there will be an upload; before the first part, which. */
static void test_what_it_says(void **state)
{
    struct world *w = world_now = *state;

    put_big(w);
    happens(w, S3_CREATE_MULTIPART_UPLOAD, DST, 1, look_before_create);
    happens(w, S3_UPLOAD_PART_COPY, DST, 1, look_before_part);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_clean(w);
}

/* A Create that was sent twice may have made one more: the record says when. */
static void look_for_doubt(struct fake *f)
{
    struct upload u = record_of(world_now);

    assert_non_null(u.id);
    assert_true(u.until_s >= u.at_s && u.until_s <= fake_now_s(f));
    upload_free(&u);
}

static void test_doubt(void **state)
{
    struct world *w = world_now = *state;
    struct err none;

    put_big(w);
    err_clear(&none);
    fake_rule(&w->fake, S3_CREATE_MULTIPART_UPLOAD, DST, 1, none)->outcome = FAKE_DOES_TWICE;
    happens(w, S3_UPLOAD_PART_COPY, DST, 1, look_for_doubt);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_clean(w);
}

static void test_cannot_announce(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.fail_records = 1U << FAKE_SAVE;
    world_run(w);
    assert_failed(w, "IOError");
    assert_true(is_in_path(w, "ANNOUNCE DONE"));
    assert_int_equal(w->fake.uploads_made, 0);
}

static void break_records(struct fake *f)
{
    f->fail_records = 1U << FAKE_SAVE;
}

/* An upload that cannot be recorded is removed. */
static void test_cannot_record(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_CREATE_MULTIPART_UPLOAD, DST, 1, break_records);
    world_run(w);
    assert_failed(w, "IOError");
    assert_true(is_in_path(w, "RECORD ABORT_TO_END DONE FORGET DONE"));
    assert_clean(w);
}

/* Being stopped, and the work store is not reached: what was announced stays on record. */
static void test_not_reached_when_stopped(void **state)
{
    struct world *w = world_now = *state;

    put_big(w);
    happens(w, S3_CREATE_MULTIPART_UPLOAD, DST, 1, break_records);
    w->fake.record_err = fake_network();
    w->stop_at = 10;
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_true(is_in_path(w, "RECORD DONE"));
    assert_int_equal(w->env.left_open, 1);
    look_before_create(&w->fake);
}

/* The object is there; a record that could not be removed is worth a warning. */
static void test_cannot_forget(void **state)
{
    struct world *w = world_now = *state;

    put_big(w);
    w->fake.fail_records = 1U << FAKE_REMOVE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* Where no records are kept, none are asked for. */
static void test_no_records(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->env.port.records = NULL;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.records_done, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_what_it_says),
            world_test(test_doubt),
            world_test(test_cannot_announce),
            world_test(test_cannot_record),
            world_test(test_not_reached_when_stopped),
            world_test(test_cannot_forget),
            world_test(test_no_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
