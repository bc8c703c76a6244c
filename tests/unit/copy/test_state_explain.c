/* The EXPLAIN states: a HEAD has no body, so a GET asks for S3's own words. */
#include "one_copy.h"

static void test_words(void **state)
{
    struct world *w = *state;

    world_run(w);
    assert_failed(w, "NoSuchKey");
    assert_string_equal(w->result->err.message, "injected NoSuchKey");
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP DONE");
    assert_asked(w, "HeadObject source, HeadObject destination, GetObject source");
}

/* The GET says no more than the HEAD: its error stays. */
static void test_no_words(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_HEAD_OBJECT, SRC, 0, 403, NULL);
    fake_rule(&w->fake, S3_GET_OBJECT, SRC, 1, fake_network());
    world_run(w);
    assert_failed(w, "AccessDeniedError");
    assert_int_equal(w->result->err.http_status, 403);
}

static void test_cannot_be_asked(void **state)
{
    struct world *w = *state;

    w->fake.refuse_start = 3;
    world_run(w);
    assert_failed(w, "NotFoundError");
}

/* It can be read: the credentials were renewed. Both sides are asked again. */
static void test_it_can_be_read(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_HEAD_OBJECT, SRC, 1, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP LOOKUP SINGLE DONE");
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 4);
}

/* An empty object has no byte that a GET could be given. */
static void test_empty(void **state)
{
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 0, NULL);
    fails(w, S3_HEAD_OBJECT, SRC, 1, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
}

/* It can be read, and HEAD says no, again and again: some restarts, and HEAD's error. */
static void test_it_can_be_read_and_not_looked_at(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_HEAD_OBJECT, SRC, 0, 400, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_int_equal(w->result->err.http_status, 400);
    assert_int_equal(w->fake.counts[S3_GET_OBJECT], 2 * (1 + COPY_RESTARTS_MOST));
    assert_int_equal(w->result->attempts, 1 + COPY_RESTARTS_MOST);
}

/* The source can be read, and the destination says 400 once more: it needs a key of its own. */
static void test_destination_needs_its_key(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77)->needs_key = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP LOOKUP SINGLE DONE");
}

static void test_destination_needs_its_key_and_is_kept(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77)->needs_key = 1;
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
}

static void test_layout(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_HEAD_OBJECT, SRC, 4, 400, NULL); /* the second of the parts' */
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LAYOUT EXPLAIN_LAYOUT LAYOUT TAGS_FOR_CREATE"));
}

/* The parts' answers that come meanwhile are late, and asked for again. */
static void test_layout_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_HEAD_OBJECT, SRC, 3, 400, NULL);
    fails(w, S3_GET_OBJECT, SRC, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "LOOKUP LAYOUT EXPLAIN_LAYOUT DONE");
}

static void test_verify(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    fails(w, S3_HEAD_OBJECT, DST, 2, 400, NULL); /* with checksums */
    fails(w, S3_HEAD_OBJECT, DST, 3, 400, NULL); /* and without */
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE VERIFY EXPLAIN_VERIFY VERIFY DONE");
}

/* The findings of EXPLAIN hold for one look: 400 twice in a row is an error. */
static void test_verify_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    fails(w, S3_HEAD_OBJECT, SRC, 1, 400, NULL); /* and that was another look */
    fails(w, S3_HEAD_OBJECT, DST, 3, 400, NULL);
    fails(w, S3_HEAD_OBJECT, DST, 4, 400, NULL);
    fails(w, S3_HEAD_OBJECT, DST, 5, 400, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP LOOKUP SINGLE VERIFY EXPLAIN_VERIFY VERIFY DONE");
}

/* HEAD and GET of the source are answered so. */
static void says(struct world *w, int status, const char *code, const char *header)
{
    fails(w, S3_HEAD_OBJECT, SRC, 0, status, NULL)->header = header;
    w->fake.rules[0].value = "true";
    fails(w, S3_GET_OBJECT, SRC, 0, status, code)->header = header;
    w->fake.rules[1].value = "true";
}

/* A delete marker is called one, and a version is named. */
static void test_delete_marker(void **state)
{
    static const struct {
        const char *version;
        int status;
        const char *code, *header, *message;
    } rows[] = {
            {"v1", 405, "MethodNotAllowed", "x-amz-delete-marker",
                    "version v1: it is a delete marker, which has nothing to copy"},
            {"v1", 405, "MethodNotAllowed", NULL,
                    "version v1: it is a delete marker, which has nothing to copy"},
            {"v1", 405, NULL, "x-amz-delete-marker",
                    "version v1: it is a delete marker, which has nothing to copy"},
            {NULL, 404, "NoSuchKey", "x-amz-delete-marker",
                    "the object was deleted: its newest version is a delete marker"},
            /* and what is none is not */
            {NULL, 404, "NoSuchKey", NULL, "injected NoSuchKey"},
            {NULL, 405, "MethodNotAllowed", NULL, "injected MethodNotAllowed"},
            {"v1", 404, "NoSuchVersion", NULL, "version v1: injected NoSuchVersion"},
            {"v1", 403, "AccessDenied", "x-amz-delete-marker", "version v1: injected AccessDenied"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;

        world_init(&w);
        w.version_id = rows[i].version;
        says(&w, rows[i].status, rows[i].code, rows[i].header);
        world_run(&w);
        assert_failed(&w, rows[i].code ? rows[i].code : "ServiceError");
        assert_string_equal(w.result->err.message, rows[i].message);
        world_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_words),
            world_test(test_no_words),
            world_test(test_cannot_be_asked),
            world_test(test_it_can_be_read),
            world_test(test_empty),
            world_test(test_it_can_be_read_and_not_looked_at),
            world_test(test_destination_needs_its_key),
            world_test(test_destination_needs_its_key_and_is_kept),
            world_test(test_layout),
            world_test(test_layout_fails),
            world_test(test_verify),
            world_test(test_verify_fails),
            cmocka_unit_test(test_delete_marker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
