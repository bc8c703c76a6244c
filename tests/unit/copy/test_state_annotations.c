/* ANNOTATIONS_ASK to ANNOTATIONS_CHECK: the annotations of copies in parts, and those that are
 * required. */
#include "one_copy.h"

static void annotate(struct fake_object *o)
{
    fake_annotate(o, "a", "one");
    fake_annotate(o, "b", "two");
    fake_annotate(o, "c", "three");
}

/* A source in parts, on Amazon S3, with three annotations: more than a page of the listing. */
static struct fake_object *put_annotated(struct world *w)
{
    struct fake_object *o = put_big(w);

    w->fake.ways.amazon = 1;
    annotate(o);
    return o;
}

static void require(struct world *w)
{
    w->input.options.object[OBJECT_ANNOTATIONS] = strdup("require");
}

static struct fake_object *there(struct world *w)
{
    return fake_find(&w->fake, DST, KEY);
}

static void assert_annotated(struct world *w)
{
    assert_int_equal(there(w)->annotation_count, 3);
    assert_string_equal(fake_annotation(there(w), "a"), "one");
    assert_string_equal(fake_annotation(there(w), "b"), "two");
    assert_string_equal(fake_annotation(there(w), "c"), "three");
}

static unsigned count(const struct world *w, enum s3_op op)
{
    return w->fake.counts[op];
}

static unsigned asked(const struct world *w)
{
    return count(w, S3_LIST_OBJECT_ANNOTATIONS) + count(w, S3_GET_OBJECT_ANNOTATION) +
           count(w, S3_PUT_OBJECT_ANNOTATION);
}

/* Copies the object once more, with what the job has learned. */
static void run_again(struct world *w)
{
    copy_free(w->copy);
    w->copy = NULL;
    w->fake.sent = 0;
    memset(w->fake.counts, 0, sizeof w->fake.counts);
    buf_clear(&w->path);
    world_run(w);
}

/* --- copies in parts --- */

static void test_put(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    assert_int_equal(w->result->notes, 0);
    assert_true(is_in_path(w,
            "COMPLETE ANNOTATIONS_LIST ANNOTATION_GET ANNOTATION_PUT ANNOTATION_GET ANNOTATION_PUT "
            "ANNOTATION_GET ANNOTATION_PUT ANNOTATION_GET ANNOTATIONS_CHECK DONE FORGET DONE"));
    assert_int_equal(count(w, S3_LIST_OBJECT_ANNOTATIONS), 2);
    assert_int_equal(w->env.annotations, 0);
    assert_clean(w);
}

/* One listing, and nothing else, where there are none; on another server not even that. */
static void test_none(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.amazon = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(asked(w), 1);
    assert_int_equal(w->result->notes, 0);
    fake_object_free(there(w));
    w->fake.ways.amazon = 0;
    annotate(fake_find(&w->fake, SRC, KEY));
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(asked(w), 0);
    assert_int_equal(there(w)->annotation_count, 0);
}

static void test_not_wanted(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    w->input.options.object[OBJECT_ANNOTATIONS] = strdup("none");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(asked(w), 0);
    assert_int_equal(there(w)->annotation_count, 0);
    assert_int_equal(w->result->notes, 0);
}

/* Objects under SSE-C have none. */
static void test_of_a_key(void **state)
{
    static const struct sse_c_keys keys = {.source = {"key", "md5"}};
    struct world *w = *state;

    put_annotated(w);
    w->input.keys = &keys;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(asked(w), 0);
    w->input.keys = NULL;
}

/* A right is withheld: the copy stays without, and later ones of that bucket do not ask. */
static void test_withheld(void **state)
{
    static const unsigned ways[] = {
            FAKE_ANNOTATIONS_UNLISTED, FAKE_ANNOTATIONS_UNREAD, FAKE_ANNOTATIONS_UNPUT};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct world w;

        world_init(&w);
        put_annotated(&w);
        w.fake.ways.annotations = ways[i];
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, NOTE_ANNOTATIONS_DROPPED);
        assert_int_equal(there(&w)->annotation_count, 0);
        assert_int_equal(w.env.annotations, 0);
        assert_clean(&w);
        fake_object_free(there(&w));
        run_again(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, NOTE_ANNOTATIONS_DROPPED);
        assert_int_equal(asked(&w), 0);
        world_free(&w);
    }
}

/* CopyObject of the bucket was refused for them: what is in parts does not ask. */
static void test_withheld_by_copies(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    server_buckets_add(&w->server_facts.withheld, SRC);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_ANNOTATIONS_DROPPED);
    assert_int_equal(asked(w), 0);
}

/* The server knows of none: asked once, and no note. */
static void test_unknown(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    w->fake.ways.annotations = FAKE_ANNOTATIONS_UNKNOWN;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
    assert_int_equal(asked(w), 1);
    fake_object_free(there(w));
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(asked(w), 0);
}

/* An empty page is not the last one if another follows it. */
static void test_empty_page(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    w->fake.ways.annotation_pages = FAKE_PAGES_BEGIN_EMPTY;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    assert_int_equal(w->result->notes, 0);
    assert_int_equal(count(w, S3_LIST_OBJECT_ANNOTATIONS), 3);
}

/* A listing without end is given up, whether its pages are empty or not, and the copy says that it
 * lacks them. */
static void test_endless(void **state)
{
    unsigned annotated;

    (void)state;
    for (annotated = 0; annotated < 2; annotated++) {
        struct world w;

        world_init(&w);
        put_annotated(&w);
        if (annotated == 0)
            fake_drop_annotations(fake_find(&w.fake, SRC, KEY));
        w.fake.ways.annotation_pages = FAKE_PAGES_GO_ROUND;
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, NOTE_ANNOTATIONS_DROPPED);
        assert_true(count(&w, S3_LIST_OBJECT_ANNOTATIONS) <= S3_ANNOTATIONS_MOST);
        assert_clean(&w);
        fake_object_free(there(&w));
        require(&w);
        run_again(&w);
        assert_failed(&w, "ProtocolError");
        world_free(&w);
    }
}

/* The answer about them cannot be read, also when it is asked for again: the copy stays without, or
 * fails where they are required. */
static void test_unread(void **state)
{
    static const enum s3_op ops[] = {S3_LIST_OBJECT_ANNOTATIONS, S3_GET_OBJECT_ANNOTATION};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct world w;

        world_init(&w);
        put_annotated(&w);
        fake_rule(&w.fake, ops[i], SRC, 0, fake_malformed(ops[i]));
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, NOTE_ANNOTATIONS_DROPPED);
        assert_clean(&w);
        fake_object_free(there(&w));
        require(&w);
        run_again(&w);
        assert_failed(&w, "ProtocolError");
        assert_int_equal(w.env.annotations, 0);
        world_free(&w);
    }
}

/* An error of KMS says nothing of whether there are any: this copy says that it lacks them, the
 * next one asks again; a token that has expired fails the copy. */
static void test_other_errors(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    fails(w, S3_LIST_OBJECT_ANNOTATIONS, SRC, 1, 400, "KMS.DisabledException");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_ANNOTATIONS_DROPPED);
    fake_object_free(there(w));
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    fake_object_free(there(w));
    fails(w, S3_LIST_OBJECT_ANNOTATIONS, SRC, 1, 400, "ExpiredToken");
    run_again(w);
    assert_failed(w, "ExpiredToken");
}

/* Not this time: the record stays, and the next run puts them. */
static void test_not_put(void **state)
{
    static const enum s3_op ops[] = {
            S3_LIST_OBJECT_ANNOTATIONS, S3_GET_OBJECT_ANNOTATION, S3_PUT_OBJECT_ANNOTATION};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct world w;

        world_init(&w);
        put_annotated(&w);
        fails(&w, ops[i], NULL, 2, 500, "InternalError");
        world_run(&w);
        assert_failed(&w, "InternalError");
        assert_non_null(strstr(w.result->err.message, "annotation"));
        assert_non_null(fake_record(&w.fake, KEY));
        assert_int_equal(w.env.annotations, 0);
        run_again(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_annotated(&w);
        assert_clean(&w);
        world_free(&w);
    }
}

/* The job is stopped in the middle: the object was not reached, and the next run goes on. */
static void test_stopped(void **state)
{
    unsigned answer;

    (void)state;
    for (answer = 10; answer < 30; answer++) {
        struct world w;
        bool again;

        world_init(&w);
        put_annotated(&w);
        w.stop_at = answer;
        world_run(&w);
        again = copy_was_stopped(w.copy);
        w.stop_at = 0;
        w.env.stopping = false;
        if (again)
            run_again(&w);
        assert_int_equal(w.result->status, RESULT_COPIED);
        assert_annotated(&w);
        assert_clean(&w);
        world_free(&w);
    }
}

/* The answer to a put is lost: it is put again by the client, which does no harm. */
static void test_put_twice(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    happens(w, S3_PUT_OBJECT_ANNOTATION, DST, 2, NULL)->outcome = FAKE_DOES_TWICE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
}

static void remove_one(struct fake *f)
{
    struct fake_object *o = fake_find(f, SRC, KEY);

    o->annotations[1] = o->annotations[--o->annotation_count];
}

/* One was removed after the listing. */
static void test_gone(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    happens(w, S3_GET_OBJECT_ANNOTATION, SRC, 2, remove_one);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(there(w)->annotation_count, 2);
    assert_null(fake_annotation(there(w), "b"));
    assert_int_equal(w->result->notes, 0);
}

static void remove_all(struct fake *f)
{
    fake_drop_annotations(fake_find(f, SRC, KEY));
}

/* All were: nothing is put, and nothing is to be looked at. */
static void test_all_gone(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    happens(w, S3_GET_OBJECT_ANNOTATION, SRC, 1, remove_all);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(there(w)->annotation_count, 0);
    assert_true(is_in_path(w, "ANNOTATION_GET DONE"));
}

static void change_and_annotate(struct fake *f)
{
    change_source(f);
    fake_annotate(fake_find(f, SRC, KEY), "a", "of another");
}

static void change_and_annotate_twice(struct fake *f)
{
    change_and_annotate(f);
    fake_annotate(fake_find(f, SRC, KEY), "b", "of another");
}

/* The source is another object since: its annotations are not those of the copy. */
static void test_source_changed(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    happens(w, S3_GET_OBJECT_ANNOTATION, SRC, 1, change_and_annotate);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "ANNOTATIONS_CHECK LOOKUP"));
    assert_int_equal(there(w)->annotation_count, 1);
    assert_string_equal(fake_annotation(there(w), "a"), "of another");
}

/* The same where one was put, and the next one is refused. */
static void test_source_changed_and_refused(void **state)
{
    static const enum s3_op ops[] = {S3_GET_OBJECT_ANNOTATION, S3_PUT_OBJECT_ANNOTATION};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct world w;

        world_init(&w);
        put_annotated(&w);
        happens(&w, S3_GET_OBJECT_ANNOTATION, SRC, 1, change_and_annotate_twice);
        fails(&w, ops[i], ops[i] == S3_GET_OBJECT_ANNOTATION ? SRC : DST, 2, 403, "AccessDenied");
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_true(is_in_path(&w, "ANNOTATIONS_CHECK LOOKUP"));
        assert_int_equal(there(&w)->annotation_count, 0);
        assert_int_equal(w.result->notes, NOTE_ANNOTATIONS_DROPPED);
        assert_int_equal(w.env.annotations, 0);
        assert_clean(&w);
        world_free(&w);
    }
}

static void overwrite_copy(struct fake *f)
{
    fake_put(f, DST, KEY, 77, 0, NULL);
}

/* Somebody wrote over the copy: it gets no annotations, and is copied again. */
static void test_copy_changed(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    happens(w, S3_PUT_OBJECT_ANNOTATION, DST, 1, overwrite_copy);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "ANNOTATION_PUT LOOKUP"));
    assert_annotated(w);
    assert_int_equal(w->env.annotations, 0);
}

/* The texts of all copies together have a limit: the copy waits for others. */
static void test_waits_for_memory(void **state)
{
    struct world *w = *state;
    struct item item = world_item(0);
    struct err e;

    put_annotated(w);
    w->env.annotations = COPY_ANNOTATIONS_MOST;
    assert_int_equal(copy_new(&w->copy, &w->env, &item, &e), ERR_OK);
    for (;;) {
        enum copy_next next = copy_step(w->copy);

        if (next == COPY_WAITS)
            world_turn(w, 1);
        else if (next == COPY_AT)
            break;
        assert_int_not_equal(next, COPY_ENDED);
    }
    assert_true(is_in_path(w, "ANNOTATIONS_LIST ANNOTATION_GET"));
    assert_int_equal(count(w, S3_GET_OBJECT_ANNOTATION), 0);
    assert_true(copy_waits_until(w->copy) > w->fake.now_us);
    w->env.annotations = COPY_ANNOTATIONS_MOST - 1;
    assert_int_equal(copy_step(w->copy), COPY_SENT);
    assert_int_equal(count(w, S3_GET_OBJECT_ANNOTATION), 1);
}

/* --- required --- */

/* In parts: it fails with S3's code and the right that is missing. */
static void test_required_and_withheld(void **state)
{
    static const struct {
        unsigned way;
        const char *right;
    } rows[] = {
            {FAKE_ANNOTATIONS_UNLISTED, "s3:ListObjectAnnotations"},
            {FAKE_ANNOTATIONS_UNREAD, "s3:GetObjectAnnotation"},
            {FAKE_ANNOTATIONS_UNPUT, "s3:PutObjectAnnotation"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;

        world_init(&w);
        put_annotated(&w);
        require(&w);
        w.fake.ways.annotations = rows[i].way;
        world_run(&w);
        assert_failed(&w, "AccessDenied");
        assert_non_null(strstr(w.result->err.message, rows[i].right));
        assert_true(list_empty(&w.fake.uploads));
        w.fake.ways.annotations = FAKE_ANNOTATES;
        run_again(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_annotated(&w);
        world_free(&w);
    }
}

/* Annotations that were withheld from others are asked for all the same. */
static void test_required_and_known(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    require(w);
    server_buckets_add(&w->server_facts.withheld, SRC);
    server_buckets_add(&w->server_facts.unlisted, SRC);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
}

static void test_required_and_unknown(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    require(w);
    w->fake.ways.annotations = FAKE_ANNOTATIONS_UNKNOWN;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
}

/* In one piece: CopyObject takes them along, or is refused. */
static void test_required_in_one(void **state)
{
    struct world *w = *state;

    annotate(put_small(w));
    require(w);
    w->fake.ways.amazon = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    assert_int_equal(asked(w), 0);
    fake_object_free(there(w));
    w->fake.ways.amazon = 2;
    run_again(w);
    assert_failed(w, "AccessDenied");
    assert_non_null(strstr(w->result->err.message, "s3:GetObjectAnnotation"));
    assert_path(w, "LOOKUP SINGLE ANNOTATIONS_ASK DONE");
    assert_null(there(w));
    assert_false(server_buckets_have(&w->server_facts.withheld, SRC));
}

/* A source without any needs no right to them. */
static void test_required_and_none(void **state)
{
    struct world *w = *state;

    put_small(w);
    require(w);
    w->fake.ways.amazon = 2;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE ANNOTATIONS_ASK SINGLE DONE");
    assert_int_equal(w->result->notes, 0);
    assert_false(server_buckets_have(&w->server_facts.withheld, SRC));
}

/* Whether there are any may not be seen. */
static void test_required_and_not_shown(void **state)
{
    struct world *w = *state;

    put_small(w);
    require(w);
    w->fake.ways.amazon = 2;
    w->fake.ways.annotations = FAKE_ANNOTATIONS_UNLISTED;
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_non_null(strstr(w->result->err.message, "s3:ListObjectAnnotations"));
    copy_free(w->copy);
    w->copy = NULL;
    w->fake.sent = 0;
    fake_rule(&w->fake, S3_LIST_OBJECT_ANNOTATIONS, SRC, 1, fake_network());
    world_run(w);
    assert_failed(w, "NetworkError");
}

/* Nor does an empty page show that there are none, nor a listing that does not end. */
static void test_required_and_empty_page(void **state)
{
    struct world *w = *state;

    annotate(put_small(w));
    require(w);
    w->fake.ways.amazon = 2;
    w->fake.ways.annotation_pages = FAKE_PAGES_BEGIN_EMPTY;
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_null(there(w));
    assert_int_equal(count(w, S3_LIST_OBJECT_ANNOTATIONS), 2);
    fake_drop_annotations(fake_find(&w->fake, SRC, KEY));
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(count(w, S3_LIST_OBJECT_ANNOTATIONS), 2);
    fake_object_free(there(w));
    w->fake.ways.annotation_pages = FAKE_PAGES_GO_ROUND;
    run_again(w);
    assert_failed(w, "AccessDenied");
    assert_null(there(w));
}

/* An object that is there already must have them, too: what it lacks is put. */
static void test_required_and_there(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    w->input.options.object[OBJECT_ANNOTATIONS] = strdup("none");
    world_run(w);
    fake_annotate(there(w), "b", "two");
    fake_annotate(there(w), "c", "other");
    free(w->input.options.object[OBJECT_ANNOTATIONS]);
    require(w);
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    assert_true(is_in_path(w, "LOOKUP ANNOTATIONS_LIST ANNOTATIONS_THERE ANNOTATION_GET"));
    assert_int_equal(count(w, S3_PUT_OBJECT_ANNOTATION), 2);
    run_again(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_path(w, "LOOKUP ANNOTATIONS_LIST ANNOTATIONS_THERE DONE");
}

/* The listing of the copy's does not end: what it has not shown is put. */
static void test_required_and_there_without_end(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    world_run(w);
    fake_annotate(there(w), "c", "other");
    require(w);
    w->fake.ways.annotation_pages = FAKE_PAGES_GO_ROUND_THERE;
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    assert_int_equal(count(w, S3_PUT_OBJECT_ANNOTATION), 1);
}

/* To see those of the copy is another right than to put them. */
static void test_required_and_there_unseen(void **state)
{
    struct world *w = *state;

    put_annotated(w);
    world_run(w);
    require(w);
    w->fake.ways.annotations = FAKE_ANNOTATIONS_UNSHOWN;
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(count(w, S3_PUT_OBJECT_ANNOTATION), 3);
    w->fake.ways.annotations = FAKE_ANNOTATES;
    fails(w, S3_LIST_OBJECT_ANNOTATIONS, DST, 1, 500, "InternalError");
    run_again(w);
    assert_failed(w, "InternalError");
}

/* --- the last look at the source --- */

static void test_source_not_seen_again(void **state)
{
    struct world *w = *state;
    unsigned heads;

    put_annotated(w);
    world_run(w);
    heads = 0;
    for (const char *at = buf_str(&w->fake.log); (at = strstr(at, "HeadObject source"));
            at += sizeof "HeadObject source" - 1)
        heads++;
    fake_object_free(there(w));
    fails(w, S3_HEAD_OBJECT, SRC, heads, 403, NULL);
    run_again(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_annotated(w);
    fake_object_free(there(w));
    fails(w, S3_HEAD_OBJECT, SRC, heads, 500, NULL);
    run_again(w);
    assert_failed(w, "ServiceError");
    assert_true(is_in_path(w, "ANNOTATIONS_CHECK DONE"));
    assert_non_null(fake_record(&w->fake, KEY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_put),
            world_test(test_none),
            world_test(test_not_wanted),
            world_test(test_of_a_key),
            cmocka_unit_test(test_withheld),
            world_test(test_withheld_by_copies),
            world_test(test_unknown),
            world_test(test_empty_page),
            cmocka_unit_test(test_endless),
            cmocka_unit_test(test_unread),
            world_test(test_other_errors),
            cmocka_unit_test(test_not_put),
            cmocka_unit_test(test_stopped),
            world_test(test_put_twice),
            world_test(test_gone),
            world_test(test_all_gone),
            world_test(test_source_changed),
            cmocka_unit_test(test_source_changed_and_refused),
            world_test(test_copy_changed),
            world_test(test_waits_for_memory),
            cmocka_unit_test(test_required_and_withheld),
            world_test(test_required_and_known),
            world_test(test_required_and_unknown),
            world_test(test_required_in_one),
            world_test(test_required_and_none),
            world_test(test_required_and_not_shown),
            world_test(test_required_and_empty_page),
            world_test(test_required_and_there),
            world_test(test_required_and_there_without_end),
            world_test(test_required_and_there_unseen),
            world_test(test_source_not_seen_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
