/* TAGS_FOR_CREATE, TAGS_FOR_PUT and PUT_TAGS: the tags of a multipart copy. */
#include "one_copy.h"

/* A big source with a tag. */
static void put_tagged(struct world *w)
{
    put_tags(put_big(w), "a=b&c=d");
}

static const char *tags_there(struct world *w)
{
    return fake_find(&w->fake, DST, KEY)->tagging;
}

static void test_given_at_create(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
    assert_non_null(strstr(buf_str(&w->fake.headers), "x-amz-tagging: a=b&c=d\n"));
    assert_true(is_in_path(w, "COMPLETE VERIFY DONE")); /* HEAD shows that they came along */
}

/* S3 gives no number to those who may not read tags: there may be some. */
static void test_number_is_not_said(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->fake.ways.no_tag_count = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
}

static void test_not_wanted(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->input.tags = TAGS_NONE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "");
    assert_int_equal(w->fake.counts[S3_GET_OBJECT_TAGGING], 0);
    assert_int_equal(w->result->notes, 0);
}

static void test_may_not_be_read(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
}

static void test_required_and_may_not_be_read(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->input.tags = TAGS_REQUIRE;
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "LOOKUP LAYOUT TAGS_FOR_CREATE DONE");
}

/* An error on the way is no want of a right. */
static void test_not_reached(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    fake_rule(&w->fake, S3_GET_OBJECT_TAGGING, SRC, 1, fake_network());
    world_run(w);
    assert_failed(w, "NetworkError");
}

/* Ceph RGW 16 drops what Create was given: put again. */
static void test_put_again(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->fake.ways.drops_tags = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
    assert_true(is_in_path(w, "COMPLETE VERIFY PUT_TAGS DONE FORGET DONE"));
    assert_int_equal(w->result->notes, 0);
}

static void test_may_not_be_put(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->fake.ways.drops_tags = 1;
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_clean(w);
}

/* Not this time: the record stays, so that the next run puts them. */
static void test_not_put(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->fake.ways.drops_tags = 1;
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 1, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_true(is_in_path(w, "PUT_TAGS DONE"));
    assert_non_null(fake_record(&w->fake, KEY));

    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = 0;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
    assert_path(w, "RECALL LOOKUP TAGS_FOR_PUT PUT_TAGS ABORT_TO_END DONE FORGET DONE");
    assert_clean(w);
}

/* The copy is not looked at: its record stays too. */
static void test_not_looked_at(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    fails(w, S3_HEAD_OBJECT, DST, 2, 500, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_non_null(fake_record(&w->fake, KEY));
}

/* The copy is there without its tags, which may not be read this time. */
static void again_without_tags(struct world *w, enum tags_mode mode, int status, const char *code)
{
    w->fake.ways.drops_tags = 1;
    w->input.tags = mode;
    put_tagged(w);
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 1, 500, "InternalError");
    world_run(w);
    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = 0;
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, status, code);
    world_run(w);
}

static void test_not_read_again(void **state)
{
    struct world *w = *state;

    again_without_tags(w, TAGS_BEST_EFFORT, 403, "AccessDenied");
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL LOOKUP TAGS_FOR_PUT ABORT_TO_END DONE FORGET DONE");
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
}

static void test_required_and_not_read_again(void **state)
{
    struct world *w = *state;

    again_without_tags(w, TAGS_REQUIRE, 403, "AccessDenied");
    assert_failed(w, "AccessDenied");
    assert_path(w, "RECALL LOOKUP TAGS_FOR_PUT ABORT_TO_END DONE FORGET DONE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_given_at_create),
            world_test(test_number_is_not_said),
            world_test(test_not_wanted),
            world_test(test_may_not_be_read),
            world_test(test_required_and_may_not_be_read),
            world_test(test_not_reached),
            world_test(test_put_again),
            world_test(test_may_not_be_put),
            world_test(test_not_put),
            world_test(test_not_looked_at),
            world_test(test_not_read_again),
            world_test(test_required_and_not_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
