/* RECHECK and VERIFY: the answer to the copy did not prove it. */
#include "one_copy.h"

/* Encrypted with a key: the ETag tells nothing, and the size is all there is. */
static void test_size(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
    assert_int_equal(w->result->notes, 0);
}

/* The first answer tells that the destination encrypts, for all copies that follow. */
static void test_learns(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    world_run(w);
    assert_true(server_facts_has(&w->server_facts, TRAIT_ENCRYPTS));
    assert_false(server_facts_etags_prove(&w->server_facts));
}

/* ETags that look like MD5s and are none: two copies of one source show it, and the third is proven
 * by its size. */
static void test_no_md5(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.strange = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->result->notes, NOTE_ETAG_NOT_MD5);
    assert_true(server_facts_has(&w->server_facts, TRAIT_ETAG_NOT_MD5));
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 3);
}

/* The marker said so, and a copy has its source's ETag: the copy is right. */
static void test_marker_was_wrong(void **state)
{
    struct world *w = *state;

    put_small(w);
    server_facts_add(&w->server_facts, TRAIT_ETAG_NOT_MD5);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_false(server_facts_etags_differ(&w->server_facts));
    assert_true(server_facts_etags_prove(&w->server_facts));
}

/* Where that is known, one copy is enough. */
static void test_no_md5_is_known(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.strange = 1;
    server_facts_add(&w->server_facts, TRAIT_ETAG_NOT_MD5);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE RECHECK VERIFY DONE");
    assert_int_equal(w->result->notes, NOTE_ETAG_NOT_MD5);
    assert_false(server_facts_etags_prove(&w->server_facts));
}

static void test_checksum(void **state)
{
    struct world *w = *state;

    w->fake.ways.encrypts = w->fake.ways.checksums = 1;
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_string_equal(w->result->written.checksum, fake_find(&w->fake, DST, KEY)->sum);
    assert_int_equal(w->result->written.checksum_kind, CHECKSUM_CRC64NVME);
}

static void overwrite(struct fake *f)
{
    fake_put(f, DST, KEY, 88, 0, NULL);
}

/* Somebody else writes there before it is looked at: what we wrote is ours to write over. */
static void test_overwritten(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    happens(w, S3_HEAD_OBJECT, DST, 2, overwrite);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE VERIFY LOOKUP SINGLE VERIFY DONE");
    assert_string_equal(w->result->written.version_id, "version-4");
}

static void test_overwritten_for_ever(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    happens(w, S3_HEAD_OBJECT, DST, 0, overwrite);
    world_run(w);
    assert_failed(w, "VerifyError");
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1 + COPY_RESTARTS_MOST);
}

static void test_not_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    fails(w, S3_HEAD_OBJECT, DST, 2, 404, NULL);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_COPIED);
    assert_path(w, "LOOKUP SINGLE VERIFY LOOKUP SINGLE VERIFY DONE");
}

/* We may not look, and the answer's ETag tells nothing. */
static void test_unreadable(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_NONE);
    assert_int_equal(w->result->notes, NOTE_DESTINATION_UNREADABLE);
}

/* We may not look, the condition was ignored, and the answer's ETag is another's. */
static void test_unreadable_and_another(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.no_if_match = 1;
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    happens(w, S3_COPY_OBJECT, DST, 1, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP SINGLE VERIFY LOOKUP SINGLE DONE");
}

static void test_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    fails(w, S3_HEAD_OBJECT, DST, 2, 500, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
}

/* Parts that S3 would not take: one CopyObject. Nothing but the source's ETag ties the copy to it,
 * so it is looked at again. */
static void put_odd(struct world *w)
{
    static const uint64_t lengths[] = {100, 200, 300};

    fake_put(&w->fake, SRC, KEY, 0, 3, lengths);
}

static void test_recheck(void **state)
{
    struct world *w = *state;

    put_odd(w);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP LAYOUT SINGLE RECHECK VERIFY DONE");
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
}

static void change_and_look(struct fake *f)
{
    static const uint64_t lengths[] = {300, 200, 100};

    fake_put(f, SRC, KEY, 0, 3, lengths);
}

static void test_recheck_finds_a_change(void **state)
{
    struct world *w = *state;

    put_odd(w);
    happens(w, S3_HEAD_OBJECT, SRC, 6, change_and_look);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "SINGLE RECHECK LOOKUP"));
}

static void test_recheck_fails(void **state)
{
    struct world *w = *state;

    put_odd(w);
    fails(w, S3_HEAD_OBJECT, SRC, 6, 404, NULL);
    world_run(w);
    assert_failed(w, "NotFoundError");
    assert_true(is_in_path(w, "RECHECK DONE"));
}

static void test_recheck_is_explained(void **state)
{
    struct world *w = *state;

    put_odd(w);
    fails(w, S3_HEAD_OBJECT, SRC, 6, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "RECHECK EXPLAIN_RECHECK RECHECK VERIFY"));
}

/* RGW keeps the ETag of a multipart object over CopyObject, which is proof. */
static void test_etag_over_copy(void **state)
{
    struct world *w = *state;

    w->fake.ways.keeps_etag = 1;
    put_odd(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP LAYOUT SINGLE DONE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_size),
            world_test(test_learns),
            world_test(test_no_md5),
            world_test(test_no_md5_is_known),
            world_test(test_marker_was_wrong),
            world_test(test_checksum),
            world_test(test_overwritten),
            world_test(test_overwritten_for_ever),
            world_test(test_not_there),
            world_test(test_unreadable),
            world_test(test_unreadable_and_another),
            world_test(test_fails),
            world_test(test_recheck),
            world_test(test_recheck_finds_a_change),
            world_test(test_recheck_fails),
            world_test(test_recheck_is_explained),
            world_test(test_etag_over_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
