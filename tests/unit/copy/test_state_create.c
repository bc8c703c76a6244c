/* CREATE: CreateMultipartUpload, whose answer may be lost. */
#include "one_copy.h"

static void test_headers(void **state)
{
    struct world *w = *state;

    put_tags(put_big(w), "a=b");
    world_run(w);
    assert_string_equal(buf_str(&w->fake.headers),
            "content-type: text/plain\nx-amz-meta-colour: blue\nx-amz-tagging: a=b\n");
}

/* We may not write tags: without them, and the number of uploads is one. */
static void test_tags_may_not_be_written(void **state)
{
    struct world *w = *state;

    put_tags(put_big(w), "a=b");
    fails(w, S3_CREATE_MULTIPART_UPLOAD, DST, 1, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_TAGS_DROPPED);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_clean(w);
}

static void test_denied(void **state)
{
    struct world *w = *state;

    put_tags(put_big(w), "a=b");
    fails(w, S3_CREATE_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_path(w, "LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE DONE FORGET DONE");
    assert_clean(w);
}

static void test_required_tags_may_not_be_written(void **state)
{
    struct world *w = *state;

    put_tags(put_big(w), "a=b");
    w->input.options.tags = TAGS_REQUIRE;
    fails(w, S3_CREATE_MULTIPART_UPLOAD, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_failed(w, "AccessDenied");
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
}

static void loses(struct world *w, struct err err, unsigned attempts)
{
    struct fake_rule *r = fake_rule(&w->fake, S3_CREATE_MULTIPART_UPLOAD, DST, 1, err);

    r->outcome = FAKE_LOSES;
    r->attempts = attempts;
}

/* The answer is lost: the upload that was made is looked for and removed. */
static void test_lost(void **state)
{
    struct world *w = *state;

    put_big(w);
    loses(w, fake_network(), 1);
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_path(w, "LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE DONE SWEEP_LAST DONE FORGET "
                   "DONE");
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

/* It came, and cannot be read. */
static void test_malformed(void **state)
{
    struct world *w = *state;

    put_big(w);
    loses(w, fake_malformed(S3_CREATE_MULTIPART_UPLOAD), 1);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

/* Sent twice, and both were done: one is ours, the other is swept. */
static void test_made_twice(void **state)
{
    struct world *w = *state;
    struct err none;

    put_big(w);
    err_clear(&none);
    fake_rule(&w->fake, S3_CREATE_MULTIPART_UPLOAD, DST, 1, none)->outcome = FAKE_DOES_TWICE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.uploads_made, 2);
    assert_true(is_in_path(w, "COMPLETE DONE SWEEP_LAST DONE FORGET DONE"));
    assert_clean(w);
}

/* Refused for good: nothing was made, and nothing is looked for. */
static void test_refused(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_CREATE_MULTIPART_UPLOAD, DST, 1, 400, "InvalidRequest");
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_int_equal(w->fake.counts[S3_LIST_MULTIPART_UPLOADS], 0);
    assert_clean(w);
}

/* It never left this machine. */
static void test_cannot_be_sent(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.refuse_start = 8;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_int_equal(w->fake.counts[S3_LIST_MULTIPART_UPLOADS], 0);
    assert_clean(w);
}

static void test_stopped_before(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->stop_at = 7; /* the tags */
    world_run(w);
    assert_failed(w, "Interrupted");
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 0);
    assert_clean(w);
}

/* Cancelled while it is under way: it may have been made, and the record stays for the next run. */
static void test_cancelled(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->cancel_at = 9;
    world_run(w);
    assert_failed(w, "Cancelled");
    assert_true(is_in_path(w, "CREATE DONE"));
    assert_int_equal(w->env.left_open, 1);
    assert_non_null(strstr(buf_str(fake_record(&w->fake, KEY)), "\"until\":"));
}

/* An answer to that operation shows the encryption. */
static void shows_sse(struct world *w, enum s3_op op, const char *sse)
{
    struct fake_rule *r = happens(w, op, DST, 0, NULL);

    r->header = "x-amz-server-side-encryption";
    r->value = sse;
}

/* The encryption of an upload: Create shows it, or Complete does, or none. */
static void test_sse(void **state)
{
    static const struct {
        enum s3_op shows;
        const char *sse;
        unsigned notes;
    } rows[] = {
            {S3_CREATE_MULTIPART_UPLOAD, "AES256", 0}, {S3_COMPLETE_MULTIPART_UPLOAD, "AES256", 0},
            {S3_CREATE_MULTIPART_UPLOAD, "aws:kms", NOTE_SSE_NOT_SHOWN},
            {S3_UPLOAD_PART_COPY, "AES256", NOTE_SSE_NOT_SHOWN}, /* which is not asked */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world w;

        world_init(&w);
        put_big(&w);
        w.input.options.object[OBJECT_SSE] = strdup("AES256");
        shows_sse(&w, rows[i].shows, rows[i].sse);
        world_run(&w);
        assert_copied(&w, VERIFIED_ETAG);
        assert_int_equal(w.result->notes, rows[i].notes);
        world_free(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_headers),
            world_test(test_tags_may_not_be_written),
            world_test(test_denied),
            world_test(test_required_tags_may_not_be_written),
            world_test(test_lost),
            world_test(test_malformed),
            world_test(test_made_twice),
            world_test(test_refused),
            world_test(test_cannot_be_sent),
            world_test(test_stopped_before),
            world_test(test_cancelled),
            cmocka_unit_test(test_sse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
