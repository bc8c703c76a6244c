/* LAYOUT: which parts the source is made of. */
#include "one_copy.h"

/* Of equal parts three are asked for. */
static void test_uniform(void **state)
{
    struct world *w = *state;

    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE RECORD PARTS COMPLETE DONE "
                   "FORGET DONE");
    assert_asked(w, "HeadObject source, HeadObject destination, HeadObject source+sums, "
                    "HeadObject source#1, "
                    "HeadObject source#6, HeadObject source#3, GetObjectTagging source, "
                    "save record, CreateMultipartUpload destination, save record, "
                    "UploadPartCopy destination#1, UploadPartCopy destination#2, "
                    "UploadPartCopy destination#3, UploadPartCopy destination#4, "
                    "UploadPartCopy destination#5, UploadPartCopy destination#6, "
                    "CompleteMultipartUpload destination, remove record");
    assert_clean(w);
}

static void test_two_parts(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, 9 * MIB, 6 * MIB);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 4);
}

static void test_one_part(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, 200, MIB);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 3);
}

/* The last is longer than the rest, as only some tools write it. */
static void test_uneven(void **state)
{
    static const uint64_t lengths[] = {6 * MIB, 5 * MIB, 7 * MIB, 1};
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 4, lengths);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 3 + 1 + 3);
}

/* Sixteen probes are under way at once, and not more. */
static void test_many_probes(void **state)
{
    uint64_t lengths[40];
    struct world *w = *state;
    unsigned i;

    for (i = 0; i < 40; i++)
        lengths[i] = (i % 2 ? 5 : 6) * MIB;
    fake_put(&w->fake, SRC, KEY, 0, 40, lengths);
    fails(w, S3_GET_OBJECT_TAGGING, SRC, 0, 500, "InternalError"); /* so that no part is sent */
    world_run(w);
    assert_int_equal(w->most, 16);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 3 + 40);
}

static const uint64_t sly[] = {8 * MIB, 7 * MIB, 8 * MIB, 9 * MIB, 3};

/* The three look like parts of equal length: the ETag of what was copied says that they are not,
 * and all parts are asked for, and copied into the same upload. */
static void test_looks_uniform(void **state)
{
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 5, sly);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS COMPLETE LAYOUT RECORD PARTS COMPLETE DONE"));
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 3 + 3 + 2);
    assert_clean(w);
}

/* The source changes when all parts are asked for. */
static void test_changes_with_an_upload_open(void **state)
{
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 5, sly);
    happens(w, S3_HEAD_OBJECT, SRC, 6, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LAYOUT ABORT_RESTART LOOKUP LAYOUT"));
    assert_clean(w);
}

static void test_changes(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_HEAD_OBJECT, SRC, 3, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOKUP LAYOUT LOOKUP LAYOUT TAGS_FOR_CREATE"));
}

static void test_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_HEAD_OBJECT, SRC, 3, 404, NULL);
    world_run(w);
    assert_failed(w, "NotFoundError");
    assert_path(w, "LOOKUP LAYOUT DONE");
}

static void test_cannot_be_asked(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.refuse_start = 6;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_path(w, "LOOKUP LAYOUT DONE");
}

/* Servers that know no parts say so in several ways; the usual sizes are tried. */
static void test_guess(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 4);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
}

static void test_query_is_not_taken(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_HEAD_OBJECT, SRC, 3, 501, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOKUP LAYOUT TAGS_FOR_CREATE"));
}

/* Three parts of 20 MiB: 25 MiB make three parts too. All guesses go into one upload. */
static void test_guesses(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, 3 * 20 * MIB, 20 * MIB);
    w->fake.ways.no_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE RECORD PARTS COMPLETE"));
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
    assert_clean(w);
}

/* A guess costs a copy of each part: after three of them it is enough. */
static void test_few_guesses(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, 3 * 17 * MIB, 17 * MIB);
    w->fake.ways.no_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 9);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
    assert_clean(w);
}

/* The source's ETag is no MD5 of MD5s: no layout makes it, and none is tried again. */
static void test_no_layout(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, 200, MIB);
    w->fake.ways.strange_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 1);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
    assert_int_equal(w->result->attempts, 2); /* the source may have changed: it was looked at */
    assert_clean(w);
}

/* The same where the server tells the layout: when all lengths are known, it was the right one. */
static void test_told_layout(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.strange_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
    assert_clean(w);
}

/* Cloudflare R2 takes parts of one length only. */
static void test_even_parts(void **state)
{
    static const uint64_t lengths[] = {6 * MIB, 5 * MIB, 7 * MIB};
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 3, lengths);
    w->fake.ways.even_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_true(is_in_path(w, "COMPLETE ABORT_FOR_SINGLE SINGLE"));
    assert_clean(w);
}

/* Parts that prove nothing are not mirrored: the source is encrypted with a key. */
static void test_opaque_source(void **state)
{
    struct world *w = *state;

    put_big(w)->kind = ETAG_KIND_OPAQUE;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SUMS SINGLE RECHECK VERIFY DONE");
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
}

/* The same, larger than one CopyObject: parts of our own, without a look at the source's. */
static void test_opaque_large_source(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 7, 16 * MIB)->kind = ETAG_KIND_OPAQUE;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 81);
    assert_int_equal(w->fake.counts[S3_HEAD_OBJECT], 5);
}

/* The destination is known to encrypt: likewise. */
static void test_destination_encrypts(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.encrypts = 1;
    server_facts_add(&w->server_facts, TRAIT_ENCRYPTS);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE RECHECK VERIFY DONE");
}

/* The marker's ETag was no MD5: the first object of parts shows whether that holds for parts too.
 */
static void test_marker_is_no_md5(void **state)
{
    struct world *w = *state;

    put_big(w);
    server_facts_add(&w->server_facts, TRAIT_ETAG_NOT_MD5);
    w->fake.ways.strange_parts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_false(server_facts_etags_prove(&w->server_facts));
    assert_clean(w);
}

/* No guess is right: one CopyObject, whose ETag may be the source's all the same. */
static void test_no_guess_is_right(void **state)
{
    static const uint64_t lengths[] = {5 * MIB, 9 * MIB};
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 2, lengths);
    w->fake.ways.no_parts = w->fake.ways.keeps_etag = 1;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "COMPLETE ABORT_FOR_SINGLE SINGLE DONE"));
    assert_clean(w);
}

/* The parts' lengths do not make the object. */
static void test_lengths_that_do_not_add_up(void **state)
{
    static const uint64_t lengths[] = {6 * MIB, 5 * MIB, 7 * MIB, 1};
    struct world *w = *state;
    struct fake_object *o = fake_put(&w->fake, SRC, KEY, 0, 4, lengths);

    o->lengths[3] = 2;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP LAYOUT SINGLE RECHECK VERIFY DONE");
}

/* Larger than one CopyObject, in one piece: parts of our own, and no ETag to be compared. */
static void test_our_own(void **state)
{
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 1, 0, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RECHECK VERIFY DONE"));
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 81);
}

/* Larger, and of parts that S3 would not take. */
static void test_parts_that_are_not_allowed(void **state)
{
    static const uint64_t lengths[] = {100, LAYOUT_COPY_MOST};
    struct world *w = *state;

    fake_put(&w->fake, SRC, KEY, 0, 2, lengths);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->result->notes, NOTE_LAYOUT_NOT_MIRRORED);
}

/* Stopped while the parts are asked for: nothing has begun. */
static void test_stopped(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->stop_at = 4;
    world_run(w);
    assert_failed(w, "Interrupted");
    assert_path(w, "LOOKUP LAYOUT DONE");
    assert_int_equal(w->env.left_open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_uniform),
            world_test(test_two_parts),
            world_test(test_one_part),
            world_test(test_uneven),
            world_test(test_many_probes),
            world_test(test_looks_uniform),
            world_test(test_changes_with_an_upload_open),
            world_test(test_changes),
            world_test(test_fails),
            world_test(test_cannot_be_asked),
            world_test(test_guess),
            world_test(test_query_is_not_taken),
            world_test(test_guesses),
            world_test(test_few_guesses),
            world_test(test_no_layout),
            world_test(test_told_layout),
            world_test(test_even_parts),
            world_test(test_opaque_source),
            world_test(test_opaque_large_source),
            world_test(test_destination_encrypts),
            world_test(test_marker_is_no_md5),
            world_test(test_no_guess_is_right),
            world_test(test_lengths_that_do_not_add_up),
            world_test(test_our_own),
            world_test(test_parts_that_are_not_allowed),
            world_test(test_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
