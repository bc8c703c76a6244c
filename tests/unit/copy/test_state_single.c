/* SINGLE and SINGLE_UNTAGGED: one CopyObject. */
#include "one_copy.h"

/* 403 may be for the tags: it is tried without them. */
static void test_without_tags(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    fails(w, S3_COPY_OBJECT, DST, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE SINGLE_UNTAGGED DONE");
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "");
    assert_string_equal(buf_str(&w->fake.headers), "x-amz-tagging-directive: REPLACE\n");
}

/* It was not for the tags. */
static void test_denied(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_COPY_OBJECT, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "LOOKUP SINGLE SINGLE_UNTAGGED DONE");
}

static void test_tags_are_required(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.tags = TAGS_REQUIRE;
    fails(w, S3_COPY_OBJECT, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "LOOKUP SINGLE DONE");
}

/* Without tags by the job's own choice: that is no note, and nothing is left to try. */
static void test_tags_are_not_wanted(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    w->input.options.tags = TAGS_NONE;
    fails(w, S3_COPY_OBJECT, DST, 2, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
    assert_string_equal(buf_str(&w->fake.headers), "x-amz-tagging-directive: REPLACE\n");
}

/* The source changes before it is copied: it is looked at again. */
static void test_source_changes(void **state)
{
    struct world *w = *state;

    put_small(w);
    happens(w, S3_COPY_OBJECT, DST, 1, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE LOOKUP SINGLE DONE");
    assert_int_equal(w->result->attempts, 2);
}

static void test_source_changes_for_ever(void **state)
{
    struct world *w = *state;

    put_small(w);
    happens(w, S3_COPY_OBJECT, DST, 0, change_source);
    world_run(w);
    assert_failed(w, "PreconditionFailed");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1 + COPY_RESTARTS_MOST);
}

/* Another write to the same key was under way: both sides are looked at again. */
static void test_conflict(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    fails(w, S3_COPY_OBJECT, DST, 1, 409, "ConditionalRequestConflict");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE LOOKUP SINGLE DONE");
}

static void test_conflict_for_good(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_COPY_OBJECT, DST, 0, 409, "ConditionalRequestConflict");
    world_run(w);
    assert_failed(w, "ConditionalRequestConflict");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1 + COPY_RESTARTS_MOST);
}

/* 412 twice where we may not look: something is there that is not ours. */
static void test_something_unseen_is_kept(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_path(w, "LOOKUP SINGLE LOOKUP SINGLE DONE");
    assert_int_equal(fake_find(&w->fake, DST, KEY)->bytes.size, 77);
}

static void test_something_unseen_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    world_run(w);
    assert_failed(w, "DestinationDiffers");
    assert_non_null(strstr(w->result->err.message, "which we may not look at"));
}

/* Done twice, and 412 to the second: what is there is found to be ours. */
static void test_answer_was_lost(void **state)
{
    struct fake_rule *rule;
    struct world *w = *state;

    put_small(w);
    rule = fails(w, S3_COPY_OBJECT, DST, 1, 412, "PreconditionFailed");
    rule->outcome = FAKE_LOSES;
    rule->attempts = 2;
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE LOOKUP DONE");
    assert_string_equal(w->result->written.version_id, "version-2");
    assert_int_equal(w->result->attempts, 3); /* two of the copy, and one restart */
}

static void test_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_COPY_OBJECT, DST, 0, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_path(w, "LOOKUP SINGLE DONE");
}

static void test_cannot_be_sent(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.refuse_start = 3;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
}

/* The 200 cannot be read, and the copy is there. */
static void test_unread(void **state)
{
    struct world *w = *state;

    put_small(w);
    unread(w, S3_COPY_OBJECT, 0, true);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, "HeadObject source, HeadObject destination, CopyObject destination, "
                    "HeadObject destination");
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
    assert_string_equal(w->result->written.version_id, "version-2");
    assert_int_equal(w->result->attempts, 1);
}

/* Nothing is there: it is looked at before every other copy, and the answer is named at last. */
static void test_unread_and_not_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    unread(w, S3_COPY_OBJECT, 0, false);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_string_equal(w->result->err.message,
            "injected: the answer cannot be read, and nothing is at the destination");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1 + COPY_RESTARTS_MOST);
    assert_null(strstr(buf_str(&w->fake.log), "CopyObject destination, CopyObject"));
    assert_null(strstr(buf_str(&w->fake.log), "CopyObject destination, HeadObject source"));
}

static void test_unread_once_and_not_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    unread(w, S3_COPY_OBJECT, 1, false);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY LOOKUP SINGLE DONE");
}

/* The object at the destination is the one that was there before. */
static void test_unread_and_another_is_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    unread(w, S3_COPY_OBJECT, 0, false);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_non_null(strstr(w->result->err.message,
            "cannot be read, and what is at the destination (77 bytes, ETag "));
}

/* We may not look at the destination: nothing proves the copy, and it is not made again. */
static void test_unread_and_unseen(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    unread(w, S3_COPY_OBJECT, 0, true);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_non_null(strstr(w->result->err.message, "we may not look at the destination"));
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

/* ETags tell nothing; nothing was there before, and something of the size is there now. */
static void test_unread_and_encrypted(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    unread(w, S3_COPY_OBJECT, 0, true);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE VERIFY VERIFY_SUMS DONE");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

static void test_unread_without_tags(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    fails(w, S3_COPY_OBJECT, DST, 1, 403, "AccessDenied");
    unread(w, S3_COPY_OBJECT, 2, true);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE SINGLE_UNTAGGED VERIFY DONE");
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
}

/* No answer came, and the copy is there: the next run would not see that it has no tags. */
static void test_lost_without_tags(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    fails(w, S3_COPY_OBJECT, DST, 1, 403, "AccessDenied");
    fake_rule(&w->fake, S3_COPY_OBJECT, DST, 2, fake_network())->outcome = FAKE_LOSES;
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
}

/* The storage class comes along; an archive's does not, and that is noted. */
static void test_storage_class(void **state)
{
    struct world *w = *state;
    struct fake_object *o = put_small(w);

    strcpy(o->storage_class, "DEEP_ARCHIVE");
    o->archive = ARCHIVE_RESTORED;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_CLASS_CHANGED);
}

/* An answer to that operation shows the encryption. */
static void shows_sse(struct world *w, enum s3_op op, const char *sse)
{
    struct fake_rule *r = happens(w, op, DST, 0, NULL);

    r->header = "x-amz-server-side-encryption";
    r->value = sse;
}

/* The encryption that was asked for: CopyObject shows it, or another one, or none, and HEAD of the
 * copy does where there is one. */
static void test_sse(void **state)
{
    static const struct {
        const char *copy, *head;
        unsigned notes;
    } rows[] = {
            {"AES256", NULL, 0},
            {NULL, NULL, NOTE_SSE_NOT_SHOWN},
            {"aws:kms", NULL, NOTE_SSE_NOT_SHOWN},
            {NULL, "AES256", 0},
            {NULL, "aws:kms", NOTE_SSE_NOT_SHOWN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;

        world_init(&w);
        put_small(&w);
        w.input.options.object[OBJECT_SSE] = strdup("AES256");
        if (rows[i].copy)
            shows_sse(&w, S3_COPY_OBJECT, rows[i].copy);
        if (rows[i].head) {
            shows_sse(&w, S3_HEAD_OBJECT, rows[i].head);
            unread(&w, S3_COPY_OBJECT, 1, true); /* so that the copy is looked at */
        }
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, rows[i].notes);
        world_free(&w);
    }
}

/* Where none was asked for, nothing is noted. */
static void test_no_sse(void **state)
{
    struct world *w = *state;

    put_small(w);
    shows_sse(w, S3_COPY_OBJECT, "AES256");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_without_tags),
            world_test(test_denied),
            world_test(test_tags_are_required),
            world_test(test_tags_are_not_wanted),
            world_test(test_source_changes),
            world_test(test_source_changes_for_ever),
            world_test(test_conflict),
            world_test(test_conflict_for_good),
            world_test(test_something_unseen_is_kept),
            world_test(test_something_unseen_fails),
            world_test(test_answer_was_lost),
            world_test(test_fails),
            world_test(test_cannot_be_sent),
            world_test(test_unread),
            world_test(test_unread_and_not_there),
            world_test(test_unread_once_and_not_there),
            world_test(test_unread_and_another_is_there),
            world_test(test_unread_and_unseen),
            world_test(test_unread_and_encrypted),
            world_test(test_unread_without_tags),
            world_test(test_lost_without_tags),
            world_test(test_storage_class),
            cmocka_unit_test(test_sse),
            world_test(test_no_sse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
