/* TAGS_FOR_CREATE, TAGS_FOR_PUT and PUT_TAGS: the tags of a multipart copy. */
#include "one_copy.h"

#include "copy/tag_set.h"

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
    w->input.options.tags = TAGS_NONE;
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

/* A server that answers so of an object without tags has said that there are none to copy. */
static void no_tag_set(struct world *w, enum tags_mode tags, const char *code)
{
    put_big(w);
    w->fake.ways.no_tag_count = 1;
    w->input.options.tags = tags;
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 404, code);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
}

static void test_no_such_tag_set(void **state)
{
    no_tag_set(*state, TAGS_BEST_EFFORT, "NoSuchTagSet");
}

static void test_no_such_tag_set_required(void **state)
{
    no_tag_set(*state, TAGS_REQUIRE, "NoSuchTagSetError");
}

/* The copy has none, and is given its source's. */
static void test_no_such_tag_set_there(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->fake.ways.drops_tags = 1;
    w->fake.ways.no_tag_count = 1;
    w->input.options.tags = TAGS_REQUIRE;
    fails(w, S3_GET_OBJECT_TAGGING, DST, 1, 404, "NoSuchTagSet");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
}

static void test_required_and_may_not_be_read(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    w->input.options.tags = TAGS_REQUIRE;
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
    w->input.options.tags = mode;
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

/* --- tags that Create cannot be given --- */

/* More than fits the header: they are put when the copy is there. */
static const char *long_tags(void)
{
    static char text[FAKE_TAGGING_SIZE];

    snprintf(text, sizeof text, "a=%0*d&b=1", TAG_SET_HEADER_MOST, 7);
    return text;
}

static void put_tagged_long(struct world *w)
{
    put_tags(put_big(w), long_tags());
}

static void check_put_after(struct world *w, enum tags_mode mode)
{
    w->input.options.tags = mode;
    w->fake.ways.no_zero_count = 1; /* HEAD does not tell that the copy has none */
    put_tagged_long(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), long_tags());
    assert_int_equal(w->result->notes, 0);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
    assert_null(strstr(buf_str(&w->fake.headers), "x-amz-tagging"));
    assert_clean(w);
}

static void test_too_long_for_the_header(void **state)
{
    check_put_after(*state, TAGS_BEST_EFFORT);
    assert_true(is_in_path(*state, "COMPLETE VERIFY PUT_TAGS DONE FORGET DONE"));
}

static void test_too_long_and_required(void **state)
{
    check_put_after(*state, TAGS_REQUIRE);
    assert_true(is_in_path(*state, "COMPLETE VERIFY PUT_TAGS TAGS_CONFIRM DONE FORGET DONE"));
}

/* CopyObject takes them along, however long they are. */
static void test_too_long_and_small(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), long_tags());
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), long_tags());
    assert_asked(w, "HeadObject source, HeadObject destination, CopyObject destination");
}

/* The answer to Complete cannot be read, and it is not seen at once that it has worked: the object
 * begins again, and its tags are put all the same. */
static void lose_complete(struct world *w)
{
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, true);
    fails(w, S3_HEAD_OBJECT, DST, 2, 404, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
    assert_true(is_in_path(w, "COMPLETE VERIFY COMPLETE LOOKUP TAGS_FOR_PUT PUT_TAGS DONE FORGET"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

static void test_too_long_and_begun_again(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_zero_count = 1;
    put_tagged_long(w);
    lose_complete(w);
    assert_string_equal(tags_there(w), long_tags());
}

static void test_put_again_and_begun_again(void **state)
{
    struct world *w = *state;

    w->fake.ways.drops_tags = 1;
    put_tagged(w);
    lose_complete(w);
    assert_string_equal(tags_there(w), "a=b&c=d");
}

/* The note of tags that could not be read comes along to the next try. */
static void test_dropped_and_begun_again(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_tag_count = 1;
    put_tagged(w);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 0, 403, "AccessDenied");
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, true);
    fails(w, S3_HEAD_OBJECT, DST, 2, 404, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "");
    assert_true(is_in_path(w, "COMPLETE VERIFY COMPLETE LOOKUP TAGS_FOR_PUT DONE"));
    assert_int_equal(w->result->notes, NOTE_TAGS_UNKNOWN);
}

/* The same, and this time they can be read. */
static void test_put_and_begun_again(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    lose_complete(w);
    assert_string_equal(tags_there(w), "a=b&c=d");
}

/* Of one piece there is no record, and the note alone tells the next try. */
static void test_untagged_and_begun_again(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_tag_count = 1;
    put_tags(put_small(w), "a=b");
    fails(w, S3_COPY_OBJECT, DST, 1, 403, "AccessDenied");
    unread(w, S3_COPY_OBJECT, 2, true);
    fails(w, S3_HEAD_OBJECT, DST, 2, 404, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE SINGLE_UNTAGGED VERIFY LOOKUP DONE");
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
}

/* An upload was left open that was not given its tags, which could not be read: the run that goes
 * on with it puts them. */
static void test_left_open_without_tags(void **state)
{
    struct world *w = *state;

    put_tagged(w);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    w->cancel_at = 12;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_FAILED);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);

    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = w->cancel_at = 0;
    w->env.stopping = false;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
    assert_true(is_in_path(w, "RECALL LOOKUP RESUME PARTS COMPLETE VERIFY TAGS_FOR_PUT PUT_TAGS"));
    assert_int_equal(w->result->notes, 0);
    assert_clean(w);
}

/* The copy is there, and this run fails before its tags are: the record stays for the next run,
 * which puts them. */
static void check_next_run(struct world *w, const char *path)
{
    assert_int_equal(w->result->status, RESULT_FAILED);
    assert_non_null(fake_record(&w->fake, KEY));
    assert_string_equal(tags_there(w), "");

    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = 0;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), long_tags());
    assert_path(w, path);
    assert_clean(w);
}

#define PUTS_TAGS_ALONE "RECALL LOOKUP TAGS_FOR_PUT PUT_TAGS ABORT_TO_END DONE FORGET DONE"

/* No answer to Complete came, although it has worked. */
static void test_too_long_and_lost(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_zero_count = 1;
    put_tagged_long(w);
    fake_rule(&w->fake, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, fake_network())->outcome = FAKE_LOSES;
    world_run(w);
    check_next_run(w, PUTS_TAGS_ALONE);
}

static void test_too_long_and_unseen(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_zero_count = 1;
    put_tagged_long(w);
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, true);
    fails(w, S3_HEAD_OBJECT, DST, 2, 403, NULL);
    world_run(w);
    check_next_run(w, PUTS_TAGS_ALONE);
}

/* It fails in the second run too, wherever that is. */
static void fail_twice(struct world *w, enum s3_op op, unsigned nth)
{
    w->fake.ways.no_zero_count = 1;
    put_tagged_long(w);
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 1, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");

    copy_free(w->copy);
    w->fake.sent = 0;
    w->fake.rule_count = 0;
    fails(w, op, SRC, nth, 503, NULL);
    world_run(w);
    check_next_run(w, "RECALL LOOKUP TAGS_FOR_PUT PUT_TAGS ABORT_TO_END DONE FORGET DONE");
}

static void test_too_long_and_not_looked_up_again(void **state)
{
    fail_twice(*state, S3_HEAD_OBJECT, 1);
}

static void test_too_long_and_not_read_again(void **state)
{
    fail_twice(*state, S3_GET_OBJECT_TAGGING, 1);
}

/* At the very length that fits. */
static void test_just_fits(void **state)
{
    char text[TAG_SET_HEADER_MOST + 1];
    struct world *w = *state;

    snprintf(text, sizeof text, "a=%0*d", TAG_SET_HEADER_MOST - 2, 7);
    put_tags(put_big(w), text);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), text);
    assert_int_equal(w->fake.counts[S3_PUT_OBJECT_TAGGING], 0);
}

/* The server has no such header: Create is sent without, and the tags are put. */
static void test_no_tag_header(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_tag_header = 1;
    w->fake.ways.no_zero_count = 1;
    put_tagged(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b&c=d");
    assert_int_equal(w->result->notes, 0);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

/* Neither the header nor PutObjectTagging. */
static void no_tags_at_all(struct world *w, enum tags_mode mode)
{
    w->input.options.tags = mode;
    w->fake.ways.no_tag_header = 1;
    put_tagged(w);
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 0, 501, "NotImplemented");
    world_run(w);
}

static void test_tags_are_not_supported(void **state)
{
    struct world *w = *state;

    no_tags_at_all(w, TAGS_BEST_EFFORT);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_UNSUPPORTED);
    assert_clean(w);
}

static void test_tags_are_required_and_not_supported(void **state)
{
    no_tags_at_all(*state, TAGS_REQUIRE);
    assert_failed(*state, "NotImplemented");
}

/* The server of the source knows of no tags. */
static void test_tagging_is_not_supported(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_tagging = 1;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_UNSUPPORTED);
}

/* HEAD shows no number, and we may not read them: there may be none. */
static void test_tags_are_unknown(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_UNKNOWN);
}

static void test_put_after_is_denied(void **state)
{
    struct world *w = *state;

    put_tagged_long(w);
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_clean(w);
}

/* The object is there, and the program ends before its tags are put: the record says so. */
static void test_put_after_by_the_next_run(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_zero_count = 1;
    put_tagged_long(w);
    fails(w, S3_PUT_OBJECT_TAGGING, DST, 1, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_non_null(strstr(buf_str(fake_record(&w->fake, KEY)), "\"tagsAfter\":true"));

    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = 0;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), long_tags());
    assert_path(w, "RECALL LOOKUP TAGS_FOR_PUT PUT_TAGS ABORT_TO_END DONE FORGET DONE");
    assert_clean(w);
}

/* The upload is stopped between its parts, and gone on with by the next run. */
static void test_put_after_a_stop(void **state)
{
    struct world *w = *state;

    w->fake.ways.no_zero_count = 1;
    put_tagged_long(w);
    w->cancel_at = 12;
    world_run(w);
    assert_failed(w, "Cancelled");
    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = 0;
    w->cancel_at = 0;
    w->env.stopping = false;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RESUME PARTS COMPLETE VERIFY TAGS_FOR_PUT PUT_TAGS DONE"));
    assert_string_equal(tags_there(w), long_tags());
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

/* --- tags are required --- */

static void require(struct world *w)
{
    w->input.options.tags = TAGS_REQUIRE;
    w->fake.ways.no_zero_count = 1;
}

/* Both HEADs state the number. */
static void test_required_and_counted(void **state)
{
    struct world *w = *state;

    require(w);
    put_tags(put_small(w), "a=b");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
}

/* No number: both ends are read. */
static void test_required_and_read(void **state)
{
    struct world *w = *state;

    require(w);
    w->fake.ways.no_tag_count = 1;
    put_tags(put_small(w), "a=b");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY TAGS_FOR_CHECK TAGS_THERE DONE");
}

/* The source has none, which only reading them shows. */
static void test_required_and_none(void **state)
{
    struct world *w = *state;

    require(w);
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY TAGS_FOR_CHECK DONE");
}

static void test_required_of_parts(void **state)
{
    struct world *w = *state;

    require(w);
    w->fake.ways.no_tag_count = 1;
    put_tagged(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY TAGS_THERE DONE FORGET DONE"));
}

/* A server that drops what Create is given, and gives no number. */
static void test_required_and_dropped(void **state)
{
    struct world *w = *state;

    require(w);
    w->fake.ways.no_tag_count = 1;
    w->fake.ways.drops_tags = 1;
    put_tagged(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "VERIFY TAGS_THERE PUT_TAGS TAGS_CONFIRM DONE FORGET DONE"));
    assert_string_equal(tags_there(w), "a=b&c=d");
}

static void test_required_and_not_taken(void **state)
{
    struct world *w = *state;

    require(w);
    w->fake.ways.drops_tags = 1;
    w->fake.ways.deaf_to_tags = 1;
    put_tagged(w);
    world_run(w);
    assert_failed(w, "VerifyError");
    assert_non_null(strstr(w->result->err.message, "lacks tags"));
    assert_true(is_in_path(w, "PUT_TAGS TAGS_CONFIRM DONE FORGET DONE"));
}

/* An object that is there already, the same but for its tags. */
static void put_same(struct world *w, const char *source, const char *there)
{
    struct fake_object *from = put_small(w), *to = fake_new_object(&w->fake, DST, KEY);

    fake_bytes_cut(&to->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(&w->fake, to, NULL);
    put_tags(from, source);
    put_tags(to, there);
}

static void test_required_of_what_is_there(void **state)
{
    struct world *w = *state;

    require(w);
    put_same(w, "a=b", "");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(tags_there(w), "a=b");
    assert_path(w, "LOOKUP TAGS_FOR_CHECK TAGS_THERE PUT_TAGS TAGS_CONFIRM DONE");
}

/* It has them, and one of its own besides: nothing is to be done. */
static void test_required_and_there(void **state)
{
    struct world *w = *state;

    require(w);
    put_same(w, "a=b", "scanned=yes&a=b");
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_ETAG);
    assert_path(w, "LOOKUP TAGS_FOR_CHECK TAGS_THERE DONE");
}

static void test_required_and_unreadable_there(void **state)
{
    struct world *w = *state;

    require(w);
    w->fake.ways.no_tag_count = 1;
    put_tags(put_small(w), "a=b");
    fails(w, S3_GET_OBJECT_TAGGING, DST, 1, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
}

/* The source's tags may not be read: then CopyObject would have been refused if there were any. */
static void test_required_and_unreadable(void **state)
{
    struct world *w = *state;

    require(w);
    put_small(w);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY TAGS_FOR_CHECK DONE");
}

/* Of what is there already nobody knows whether it has them. */
static void test_required_and_unreadable_of_what_is_there(void **state)
{
    struct world *w = *state;

    require(w);
    put_same(w, "", "");
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 1, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
}

/* We may not look at the copy: its tags must be seen all the same. */
static void test_required_and_unseen(void **state)
{
    struct world *w = *state;

    require(w);
    put_tags(put_small(w), "a=b");
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY TAGS_FOR_CHECK TAGS_THERE DONE");
}

static void test_dry_run_reads_no_tags(void **state)
{
    struct world *w = *state;

    require(w);
    w->input.dry_run = true;
    w->env.port.records = NULL;
    put_same(w, "a=b", "");
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_path(w, "LOOKUP DONE");
}

/* --- tags that the input sets --- */

static void set_tags(struct world *w, const char *set)
{
    const char *problem;

    w->input.options.tags = TAGS_SET;
    assert_true(object_option_read(
            OBJECT_TAG_SET, set, strlen(set), &w->input.options.object[OBJECT_TAG_SET], &problem));
}

/* They come with CopyObject, and no request more is made. */
static void test_set_single(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "old=1");
    set_tags(w, "new=a+b&x=");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, "HeadObject source, HeadObject destination, CopyObject destination");
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "new=a%20b&x=");
}

/* And with Create; the source's are not read. */
static void test_set_big(void **state)
{
    struct world *w = *state;

    put_tags(put_big(w), "old=1");
    set_tags(w, "new=1");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_GET_OBJECT_TAGGING], 0);
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "new=1");
}

/* A server that drops them at Create is given them afterwards. */
static void test_set_dropped(void **state)
{
    struct world *w = *state;

    put_big(w);
    set_tags(w, "new=1");
    w->fake.ways.drops_tags = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE VERIFY PUT_TAGS DONE"));
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "new=1");
}

static void put_set(struct world *w, const char *tagging)
{
    struct fake_object *to;

    put_tags(put_small(w), "old=1");
    set_tags(w, "new=1");
    world_run(w);
    to = fake_find(&w->fake, DST, KEY);
    put_tags(to, tagging);
    copy_free(w->copy);
    w->copy = NULL;
    buf_clear(&w->path);
    w->fake.sent = 0;
}

/* An object that is there already has them, has others, or more. */
static void test_set_there(void **state)
{
    struct world *w = *state;

    put_set(w, "new=1");
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_path(w, "LOOKUP TAGS_THERE DONE");
}

static void test_set_others_there(void **state)
{
    struct world *w = *state;

    put_set(w, "new=1&more=2");
    world_run(w);
    assert_int_equal(w->result->status, RESULT_COPIED);
    assert_path(w, "LOOKUP TAGS_THERE PUT_TAGS DONE");
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "new=1");
}

static void test_set_not_readable(void **state)
{
    struct world *w = *state;

    put_set(w, "old=1");
    fails(w, S3_GET_OBJECT_TAGGING, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_int_equal(w->result->status, RESULT_COPIED);
    assert_path(w, "LOOKUP TAGS_THERE PUT_TAGS DONE");
}

/* An option that was asked for is not left out. */
static void test_set_denied(void **state)
{
    struct world *w = *state;

    put_small(w);
    set_tags(w, "new=1");
    fails(w, S3_COPY_OBJECT, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

static void test_set_wrong(void **state)
{
    static const char *const wrong[] = {"", "a", "=b", "a=1&a=2", "a=%zz", "a=1&&b=2",
            "a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1"};
    const char *problem;
    char *out;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(
                object_option_read(OBJECT_TAG_SET, wrong[i], strlen(wrong[i]), &out, &problem));
        assert_non_null(problem);
    }
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
            world_test(test_too_long_for_the_header),
            world_test(test_too_long_and_required),
            world_test(test_too_long_and_small),
            world_test(test_too_long_and_begun_again),
            world_test(test_put_again_and_begun_again),
            world_test(test_dropped_and_begun_again),
            world_test(test_put_and_begun_again),
            world_test(test_untagged_and_begun_again),
            world_test(test_left_open_without_tags),
            world_test(test_too_long_and_lost),
            world_test(test_too_long_and_unseen),
            world_test(test_too_long_and_not_looked_up_again),
            world_test(test_too_long_and_not_read_again),
            world_test(test_just_fits),
            world_test(test_no_tag_header),
            world_test(test_tags_are_not_supported),
            world_test(test_tags_are_required_and_not_supported),
            world_test(test_tagging_is_not_supported),
            world_test(test_tags_are_unknown),
            world_test(test_put_after_is_denied),
            world_test(test_put_after_by_the_next_run),
            world_test(test_put_after_a_stop),
            world_test(test_required_and_counted),
            world_test(test_required_and_read),
            world_test(test_required_and_none),
            world_test(test_required_of_parts),
            world_test(test_required_and_dropped),
            world_test(test_required_and_not_taken),
            world_test(test_required_of_what_is_there),
            world_test(test_required_and_there),
            world_test(test_required_and_unreadable_there),
            world_test(test_required_and_unreadable),
            world_test(test_required_and_unreadable_of_what_is_there),
            world_test(test_required_and_unseen),
            world_test(test_dry_run_reads_no_tags),
            world_test(test_no_such_tag_set),
            world_test(test_no_such_tag_set_required),
            world_test(test_no_such_tag_set_there),
            world_test(test_set_single),
            world_test(test_set_big),
            world_test(test_set_dropped),
            world_test(test_set_there),
            world_test(test_set_others_there),
            world_test(test_set_not_readable),
            world_test(test_set_denied),
            world_test(test_set_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
