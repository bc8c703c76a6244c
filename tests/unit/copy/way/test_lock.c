/* Retention and legal hold of the source, by each way of copying. */
#include "../one_copy.h"

#define RETAINED                           \
    "x-amz-object-lock-mode: GOVERNANCE\n" \
    "x-amz-object-lock-retain-until-date: 2099-01-01T00:00:00Z\n"
#define HELD "x-amz-object-lock-legal-hold: ON\n"
#define OVER                               \
    "x-amz-object-lock-mode: COMPLIANCE\n" \
    "x-amz-object-lock-retain-until-date: 2001-01-01T00:00:00Z\n"

static void put_locked(struct world *w, bool big, const char *lock, const char *mode)
{
    struct fake_object *o = big ? put_big(w) : put_small(w);

    snprintf(o->lock, sizeof o->lock, "%s", lock);
    if (mode)
        w->input.options.object[OBJECT_OBJECT_LOCK] = strdup(mode);
}

/* The same whatever the size. */
static void check(const char *lock, const char *mode, const char *copy, unsigned notes)
{
    unsigned big;

    for (big = 0; big <= 1; big++) {
        struct world w;

        world_init(&w);
        put_locked(&w, big, lock, mode);
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_string_equal(fake_find(&w.fake, DST, KEY)->lock, copy);
        assert_int_equal(w.result->notes, notes);
        world_free(&w);
    }
}

static void test_kept(void **state)
{
    (void)state;
    check(RETAINED, "keep", RETAINED, 0);
    check(HELD, "keep", HELD, 0);
    check(RETAINED HELD, "require", RETAINED HELD, 0);
    check("", "require", "", 0);
}

static void test_left(void **state)
{
    (void)state;
    check(RETAINED, NULL, "", NOTE_LOCK_NOT_COPIED);
    check(HELD, "none", "", NOTE_LOCK_NOT_COPIED);
    check("x-amz-object-lock-legal-hold: OFF\n", "keep", "", 0);
}

/* A date that is past protects nothing, and S3 would refuse it. */
static void test_over(void **state)
{
    (void)state;
    check(OVER, "require", "", 0);
    check(OVER HELD, "keep", HELD, 0);
}

/* Copies go without where the bucket has none, or we may not. */
static void test_refused(void **state)
{
    unsigned how, big;

    (void)state;
    for (how = 1; how <= 2; how++)
        for (big = 0; big <= 1; big++) {
            enum s3_op op = big ? S3_CREATE_MULTIPART_UPLOAD : S3_COPY_OBJECT;
            struct world w;

            world_init(&w);
            put_locked(&w, big, RETAINED, "keep");
            w.fake.ways.no_lock = how;
            world_run(&w);
            assert_copied(&w, VERIFIED_ETAG);
            assert_int_equal(w.result->notes, NOTE_LOCK_NOT_COPIED);
            assert_int_equal(w.fake.counts[op], 2);
            assert_true(server_facts_has(&w.server_facts, TRAIT_NO_OBJECT_LOCK));
            assert_clean(&w);
            world_free(&w);
        }
}

/* The next one goes without from the beginning. */
static void test_refusal_is_known(void **state)
{
    unsigned big;

    (void)state;
    for (big = 0; big <= 1; big++) {
        struct world w;

        world_init(&w);
        put_locked(&w, big, RETAINED, "keep");
        server_facts_add(&w.server_facts, TRAIT_NO_OBJECT_LOCK);
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, NOTE_LOCK_NOT_COPIED);
        assert_int_equal(w.result->attempts, 1);
        world_free(&w);
    }
}

static void test_required(void **state)
{
    unsigned big;

    (void)state;
    for (big = 0; big <= 1; big++) {
        struct world w;

        world_init(&w);
        put_locked(&w, big, RETAINED, "require");
        w.fake.ways.no_lock = 2;
        world_run(&w);
        assert_failed(&w, "AccessDenied");
        assert_null(fake_find(&w.fake, DST, KEY));
        assert_false(server_facts_has(&w.server_facts, TRAIT_NO_OBJECT_LOCK));
        assert_clean(&w);
        world_free(&w);
    }
}

/* A right to tags is missing, and not one to Object Lock, which is kept. */
static void test_tags_are_to_blame(void **state)
{
    struct world *w = *state;

    put_locked(w, false, RETAINED, "keep");
    fails(w, S3_COPY_OBJECT, DST, 1, 403, "AccessDenied");
    fails(w, S3_COPY_OBJECT, DST, 2, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE SINGLE_UNTAGGED DONE");
    assert_string_equal(fake_find(&w->fake, DST, KEY)->lock, RETAINED);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_false(server_facts_has(&w->server_facts, TRAIT_NO_OBJECT_LOCK));
}

/* --- annotations --- */

static void run_again(struct world *w)
{
    copy_free(w->copy);
    w->copy = NULL;
    fake_object_free(fake_find(&w->fake, DST, KEY));
    w->fake.sent = 0;
    buf_clear(&w->path);
    world_run(w);
}

/* A copy that is refused is sent once more without them, and those of the same bucket go without.
 */
static void test_annotations_refused(void **state)
{
    struct world *w = *state;

    put_tags(put_small(w), "a=b");
    w->fake.ways.amazon = 2;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_int_equal(w->result->notes, NOTE_ANNOTATIONS_DROPPED);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 2);
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "a=b");
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_ANNOTATIONS_DROPPED);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 3);
}

/* Where they may be copied, that takes no request and no header. */
static void test_annotations_taken(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.amazon = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
    assert_null(strstr(buf_str(&w->fake.headers), "annotation"));
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

static void test_annotations_left(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.amazon = 2;
    w->input.options.object[OBJECT_ANNOTATIONS] = strdup("none");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

/* 400: the copy is under SSE-C, or in a Region that has no annotations. */
static void test_annotations_impossible(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.amazon = 1;
    fails(w, S3_COPY_OBJECT, DST, 1, 400, "InvalidRequest");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_ANNOTATIONS_DROPPED);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 2);
}

/* The bucket has no Object Lock, or we may set none: annotations come along. */
static void test_lock_and_not_annotations(void **state)
{
    unsigned how;

    (void)state;
    for (how = 1; how <= 2; how++) {
        struct world w;

        world_init(&w);
        put_locked(&w, false, RETAINED, "keep");
        w.fake.ways.amazon = 1;
        w.fake.ways.no_lock = how;
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, NOTE_LOCK_NOT_COPIED);
        assert_false(server_buckets_have(&w.server_facts.withheld, SRC));
        assert_int_equal(w.fake.counts[S3_COPY_OBJECT], how == 1 ? 2 : 3);
        world_free(&w);
    }
}

/* Both are to blame. */
static void test_lock_and_annotations(void **state)
{
    struct world *w = *state;

    put_locked(w, false, RETAINED, "keep");
    w->fake.ways.amazon = 2;
    w->fake.ways.no_lock = 2;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_LOCK_NOT_COPIED | NOTE_ANNOTATIONS_DROPPED);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 4);
}

/* It was a right to tags that is missing: annotations come along, and later objects know. */
static void test_tags_and_not_annotations(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.amazon = 1;
    fails(w, S3_COPY_OBJECT, DST, 1, 403, "AccessDenied");
    fails(w, S3_COPY_OBJECT, DST, 2, 403, "AccessDenied");
    fails(w, S3_COPY_OBJECT, DST, 4, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_path(w, "LOOKUP SINGLE SINGLE_UNTAGGED DONE");
    run_again(w);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 5);
}

/* A server that is not Amazon S3 has no annotations that a refusal could be for. */
static void test_another_server(void **state)
{
    struct world *w = *state;
    struct fake_rule *shows;

    put_small(w);
    shows = happens(w, S3_HEAD_OBJECT, SRC, 1, NULL);
    shows->header = "server";
    shows->value = "Another";
    w->input.options.tags = TAGS_REQUIRE;
    fails(w, S3_COPY_OBJECT, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_kept),
            cmocka_unit_test(test_left),
            cmocka_unit_test(test_over),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_refusal_is_known),
            cmocka_unit_test(test_required),
            world_test(test_tags_are_to_blame),
            world_test(test_annotations_refused),
            world_test(test_annotations_taken),
            world_test(test_annotations_left),
            world_test(test_annotations_impossible),
            cmocka_unit_test(test_lock_and_not_annotations),
            world_test(test_lock_and_annotations),
            world_test(test_tags_and_not_annotations),
            world_test(test_another_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
