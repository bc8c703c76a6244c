/* The LOOK states, and the writes of servers that cannot deal with their headers. */
#include "one_copy.h"

static bool learned(struct world *w, enum server_trait trait)
{
    return server_facts_has(&w->server_facts, trait);
}

/* --- the condition on the source --- */

/* 412 with the ETag that HEAD shows, twice: it goes without, and the source is looked at again. */
static void test_source_condition_never_holds(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.wrong_match = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_NO_SOURCE_CONDITION);
    assert_int_equal(w->fake.uploads_made, 2); /* the first 412 starts the object over */
    assert_true(learned(w, TRAIT_NO_SOURCE_CONDITION));
    assert_false(learned(w, TRAIT_NO_PART_COPY));
    assert_clean(w);
}

/* The next object of that server needs no 412. */
static void test_source_condition_is_known(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.wrong_match = 1;
    server_facts_add(&w->server_facts, TRAIT_NO_SOURCE_CONDITION);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->attempts, 1);
    assert_int_equal(w->result->notes, NOTE_NO_SOURCE_CONDITION);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
}

static void test_source_condition_not_implemented(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.no_condition = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 2);
    assert_int_equal(w->result->notes, NOTE_NO_SOURCE_CONDITION);
    assert_true(learned(w, TRAIT_NO_SOURCE_CONDITION));
}

/* The server is found out by another object while parts of this one are under way: none of their
 * answers fails it. */
static void others_find_out(struct fake *f)
{
    struct world *w = (struct world *)((char *)f - offsetof(struct world, fake));

    server_facts_add(&w->server_facts, TRAIT_NO_SOURCE_CONDITION);
    w->server_facts.copies_parts = true;
}

static void test_found_out_meanwhile(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_condition = 1;
    happens(w, S3_UPLOAD_PART_COPY, DST, 1, others_find_out);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 12);
}

static void test_found_out_before_copy(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.no_condition = 1;
    happens(w, S3_COPY_OBJECT, DST, 1, others_find_out);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 2);
}

/* All parts are under way when the first is refused; they are sent again when all are answered. */
static void test_parts_are_sent_again(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_condition = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 12);
    assert_int_equal(w->fake.uploads_made, 1);
    assert_false(learned(w, TRAIT_NO_PART_COPY));
    assert_clean(w);
}

/* Nothing but the look at the source shows that it changed, where ETags prove nothing. */
static void test_source_changes_without_condition(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.no_condition = 1;
    w->fake.ways.encrypts = 1;
    happens(w, S3_COPY_OBJECT, DST, 2, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE RECHECK LOOKUP SINGLE RECHECK VERIFY DONE");
}

/* A source that changes is no fault of the server. */
static void test_source_changes(void **state)
{
    struct world *w = *state;

    put_small(w);
    happens(w, S3_COPY_OBJECT, DST, 1, change_source);
    happens(w, S3_COPY_OBJECT, DST, 2, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_false(learned(w, TRAIT_NO_SOURCE_CONDITION));
    assert_int_equal(w->result->notes, 0);
}

/* --- the condition on the destination --- */

static void test_none_match_not_implemented(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.no_none_match = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE LOOK_FOR_SINGLE SINGLE DONE");
    assert_int_equal(w->result->notes, NOTE_NO_TARGET_CONDITION);
    assert_true(learned(w, TRAIT_NO_TARGET_CONDITION));
    assert_false(learned(w, TRAIT_NO_SOURCE_CONDITION));
}

/* LOOKUP has looked right before. */
static void test_none_match_is_known(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    w->fake.ways.no_none_match = 1;
    server_facts_add(&w->server_facts, TRAIT_NO_TARGET_CONDITION);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_int_equal(w->result->notes, NOTE_NO_TARGET_CONDITION);
}

static void test_none_match_judged_by_the_source(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    w->fake.ways.wrong_none_match = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOKUP SINGLE LOOKUP SINGLE LOOK_FOR_SINGLE SINGLE"));
    assert_int_equal(w->result->notes, NOTE_NO_TARGET_CONDITION);
    assert_true(learned(w, TRAIT_NO_TARGET_CONDITION));
    assert_false(learned(w, TRAIT_NO_SOURCE_CONDITION));
}

/* Both are, and the destination is looked at right before the Complete. */
static void test_both_conditions_of_parts(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.wrong_match = 1;
    w->fake.ways.no_none_match = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS COMPLETE LOOK_FOR_COMPLETE COMPLETE"));
    assert_int_equal(w->result->notes, NOTE_NO_SOURCE_CONDITION | NOTE_NO_TARGET_CONDITION);
    assert_clean(w);
}

/* The answer to the Complete that has worked was lost: the note comes all the same. */
static void test_lost_without_condition(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.no_none_match = 1;
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 2, NULL)->outcome = FAKE_DOES_TWICE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOK_FOR_COMPLETE COMPLETE VERIFY DONE"));
    assert_int_equal(w->result->notes, NOTE_NO_TARGET_CONDITION);
    assert_clean(w);
}

static void somebody_writes(struct fake *f)
{
    fake_put(f, DST, KEY, 77, 0, NULL);
}

/* An object that came meanwhile is seen, and kept. */
static void test_something_came(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.no_none_match = 1;
    happens(w, S3_HEAD_OBJECT, DST, 2, somebody_writes);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_path(w, "LOOKUP SINGLE LOOK_FOR_SINGLE LOOKUP DONE");
    assert_int_equal(fake_find(&w->fake, DST, KEY)->bytes.size, 77);
}

static void test_something_came_before_complete(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    server_facts_add(&w->server_facts, TRAIT_NO_TARGET_CONDITION);
    happens(w, S3_HEAD_OBJECT, DST, 2, somebody_writes);
    world_run(w);
    assert_failed(w, "DestinationDiffers");
    assert_true(is_in_path(w, "COMPLETE LOOK_FOR_COMPLETE ABORT_RESTART LOOKUP DONE"));
    assert_int_equal(fake_find(&w->fake, DST, KEY)->bytes.size, 77);
    assert_clean(w);
}

/* A server that is known not to know the condition of CopyObject may know that of Complete: it is
 * sent, and what came after the look is kept. */
static void test_complete_may_know_it(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    server_facts_add(&w->server_facts, TRAIT_NO_TARGET_CONDITION);
    happens(w, S3_COMPLETE_MULTIPART_UPLOAD, DST, 1, somebody_writes);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_true(is_in_path(w, "LOOK_FOR_COMPLETE COMPLETE LOOK_FOR_COMPLETE ABORT_RESTART LOOKUP"));
    assert_int_equal(fake_find(&w->fake, DST, KEY)->bytes.size, 77);
    assert_clean(w);
}

/* It does not: neither 501 nor 412 makes the parts be copied again. */
static void test_complete_does_not_know_it(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.wrong_none_match = 1;
    server_facts_add(&w->server_facts, TRAIT_NO_TARGET_CONDITION);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 2);
    assert_int_equal(w->result->notes, NOTE_NO_TARGET_CONDITION);
}

/* Where we may not look, nothing is written without the condition. */
static void test_unseen_is_not_overwritten(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    w->fake.ways.no_none_match = 1;
    server_facts_add(&w->server_facts, TRAIT_NO_TARGET_CONDITION);
    world_run(w);
    assert_failed(w, "NotImplemented");
    assert_int_equal(fake_find(&w->fake, DST, KEY)->bytes.size, 77);
}

static void test_look_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.no_none_match = 1;
    fails(w, S3_HEAD_OBJECT, DST, 2, 500, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_path(w, "LOOKUP SINGLE LOOK_FOR_SINGLE DONE");
    assert_null(fake_find(&w->fake, DST, KEY));
}

/* 400 without a body may be an expired token: LOOKUP finds that out. */
static void test_look_has_no_words(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->fake.ways.no_none_match = 1;
    fails(w, S3_HEAD_OBJECT, DST, 2, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE LOOK_FOR_SINGLE LOOKUP SINGLE DONE");
}

/* --- the directive --- */

static void test_directive_not_implemented(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.tags = TAGS_NONE;
    w->fake.ways.no_directive = w->fake.ways.zero_tag_count = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_string_equal(buf_str(&w->fake.headers), "");
    assert_int_equal(w->result->notes, 0); /* the source has no tags */
    assert_true(learned(w, TRAIT_NO_TAG_DIRECTIVE));
}

static void test_directive_would_be_needed(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    w->input.options.tags = TAGS_NONE;
    w->fake.ways.no_directive = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_NO_TAG_DIRECTIVE);
}

/* 501 that no header is the reason of. */
static void test_nothing_helps(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.tags = TAGS_NONE;
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    fails(w, S3_COPY_OBJECT, DST, 0, 501, "NotImplemented");
    world_run(w);
    assert_failed(w, "NotImplemented");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 8); /* each set of the three headers */
    assert_int_equal(w->server_facts.traits, 0);
}

/* --- parts --- */

static void test_no_part_copy(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_part_copy = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "PARTS ABORT_FOR_SINGLE SINGLE RECHECK VERIFY"));
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_int_equal(w->server_facts.traits, 1U << TRAIT_NO_PART_COPY);
    assert_clean(w);
}

/* One part's 501 among others that are copied says nothing of the server. */
static void test_one_part_is_refused(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_UPLOAD_PART_COPY, DST, 1, 501, "NotImplemented");
    fails(w, S3_UPLOAD_PART_COPY, DST, 7, 501, "NotImplemented"); /* the same part */
    world_run(w);
    assert_failed(w, "NotImplemented");
    assert_int_equal(w->server_facts.traits, 0);
    assert_clean(w);
}

static void test_no_part_copy_is_known(void **state)
{
    struct world *w = *state;

    put_big(w);
    server_facts_add(&w->server_facts, TRAIT_NO_PART_COPY);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE RECHECK VERIFY DONE");
    assert_int_equal(w->fake.uploads_made, 0);
}

static void test_no_part_copy_of_what_is_too_large(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 1, 1024 * MIB);
    w->fake.ways.no_part_copy = 1;
    world_run(w);
    assert_failed(w, "NotImplemented");
    assert_non_null(strstr(w->result->err.message, "5 GiB"));
    assert_clean(w);
}

/* The server cannot remove the upload either: the object is copied, and the record stays. */
static void test_no_abort(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_part_copy = w->fake.ways.no_abort = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_non_null(fake_record(&w->fake, KEY));
    assert_false(list_empty(&w->fake.uploads));
}

/* Started over, it begins no second upload. */
static void test_no_abort_and_a_restart(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_part_copy = w->fake.ways.no_abort = 1;
    happens(w, S3_COPY_OBJECT, DST, 1, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.uploads_made, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_source_condition_never_holds),
            world_test(test_source_condition_is_known),
            world_test(test_source_condition_not_implemented),
            world_test(test_parts_are_sent_again),
            world_test(test_found_out_meanwhile),
            world_test(test_found_out_before_copy),
            world_test(test_source_changes_without_condition),
            world_test(test_source_changes),
            world_test(test_none_match_not_implemented),
            world_test(test_none_match_is_known),
            world_test(test_none_match_judged_by_the_source),
            world_test(test_both_conditions_of_parts),
            world_test(test_lost_without_condition),
            world_test(test_something_came),
            world_test(test_something_came_before_complete),
            world_test(test_complete_may_know_it),
            world_test(test_complete_does_not_know_it),
            world_test(test_unseen_is_not_overwritten),
            world_test(test_look_fails),
            world_test(test_look_has_no_words),
            world_test(test_directive_not_implemented),
            world_test(test_directive_would_be_needed),
            world_test(test_nothing_helps),
            world_test(test_no_part_copy),
            world_test(test_one_part_is_refused),
            world_test(test_no_part_copy_is_known),
            world_test(test_no_part_copy_of_what_is_too_large),
            world_test(test_no_abort),
            world_test(test_no_abort_and_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
