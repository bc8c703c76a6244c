/* Checksums: they are asked for where ETags cannot tell, and never needed to look at an object; a
 * copy in parts keeps the kind and type that its source has. */
#include "one_copy.h"

#define BOTH "HeadObject source, HeadObject destination"

static struct fake_object *copy_of(struct world *w)
{
    return fake_find(&w->fake, DST, KEY);
}

/* The world of a bucket that encrypts with a key of KMS, and of objects with checksums. */
static void encrypt(struct world *w, unsigned checksums)
{
    w->fake.ways.encrypts = 1;
    w->fake.ways.checksums = checksums;
}

/* ETags tell: nobody asks for checksums. */
static void test_not_asked(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, BOTH ", CopyObject destination");
}

static void test_after_the_copy(void **state)
{
    struct world *w = *state;

    encrypt(w, 2);
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_int_equal(w->result->verified_by, BY_CHECKSUM + CHECKSUM_CRC32);
    assert_path(w, "LOOKUP SINGLE VERIFY VERIFY_SUMS DONE");
    assert_asked(w, BOTH ", CopyObject destination, HeadObject destination+sums, "
                         "HeadObject source+sums");
    assert_string_equal(w->result->written.checksum, copy_of(w)->sum);
}

/* A copy without any checksum: the source's would be of no use. */
static void test_the_copy_has_none(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_asked(w, BOTH ", CopyObject destination, HeadObject destination+sums");
}

/* It is known that ETags will not do: they are asked for at once. */
static void test_at_once(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    server_facts_add(&w->server_facts, TRAIT_ENCRYPTS);
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
    assert_asked(w, "HeadObject source+sums, HeadObject destination+sums, CopyObject destination, "
                    "HeadObject destination+sums");
}

static struct fake_object *put_copy(struct world *w)
{
    struct fake_object *from = fake_find(&w->fake, SRC, KEY);
    struct fake_object *o = fake_new_object(&w->fake, DST, KEY);

    fake_bytes_cut(&o->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(&w->fake, o, NULL);
    return o;
}

static void test_there_already(void **state)
{
    struct world *w = *state;

    encrypt(w, 3);
    put_small(w);
    put_copy(w);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_CHECKSUM);
    assert_int_equal(w->result->verified_by, BY_CHECKSUM + CHECKSUM_SHA256);
    assert_path(w, "LOOKUP SUMS DONE");
    assert_string_equal(w->result->found_etag, copy_of(w)->etag);
    assert_string_equal(w->result->written.etag, ""); /* nobody knows who wrote it */
    assert_asked(w, BOTH ", HeadObject destination+sums, HeadObject source+sums");
}

static void test_something_else_is_there(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_small(w);
    put_other(w, 1000);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    world_run(w);
    assert_failed(w, "DestinationDiffers");
    assert_path(w, "LOOKUP SUMS DONE");
}

/* --- refused --- */

/* No right to kms:Decrypt, at either side: the object is looked at and copied all the same. */
static void test_refused(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    w->fake.ways.refuses_sums = 3;
    put_small(w);
    put_other(w, 1000);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SUMS SINGLE VERIFY DONE");
    assert_asked(w, BOTH ", HeadObject destination+sums, HeadObject source+sums, "
                         "CopyObject destination, HeadObject destination+sums, "
                         "HeadObject destination");
    assert_int_equal(w->result->notes, 0);
}

static void test_refused_at_once(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    w->fake.ways.refuses_sums = 3;
    server_facts_add(&w->server_facts, TRAIT_ENCRYPTS);
    put_small(w);
    put_other(w, 1000);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
    assert_int_equal(w->result->notes, 0);
}

/* An earlier run's upload, whose Complete is not done and cannot be read, and another object is
 * there. The source changes before its checksums are told: the upload goes, and all begins again.
 */
static void test_source_changes_with_an_upload(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_big(w);
    put_other(w, 5 * 8 * MIB + 5);
    leave_upload(w, 6, 0);
    fails(w, S3_HEAD_OBJECT, DST, 1, 403, NULL); /* nobody knows what was there before */
    unread(w, S3_COMPLETE_MULTIPART_UPLOAD, 1, false);
    happens(w, S3_HEAD_OBJECT, SRC, 2, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_true(is_in_path(w, "COMPLETE VERIFY VERIFY_SUMS ABORT_RESTART LOOKUP"));
    assert_clean(w);
}

/* Refused three times one after another: the destination is not asked any more. */
static void test_refused_for_good(void **state)
{
    struct world *w = *state;
    unsigned i;

    encrypt(w, 1);
    for (i = 0; i < 3; i++)
        server_facts_checksums_answered(&w->server_facts, true);
    put_small(w);
    put_other(w, 1000);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_null(strstr(buf_str(&w->fake.log), "destination+sums"));
}

/* KMS had too many requests: 400 without a body, for a moment. */
static void test_throttled(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_small(w);
    fails(w, S3_HEAD_OBJECT, DST, 2, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "LOOKUP SINGLE VERIFY DONE");
    assert_true(server_facts_asks_checksums(&w->server_facts));
}

static void test_fails_on_the_way(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_small(w);
    put_other(w, 1000);
    fake_rule(&w->fake, S3_HEAD_OBJECT, SRC, 2, fake_network());
    world_run(w);
    assert_failed(w, "NetworkError");
}

static void test_changes(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_small(w);
    put_other(w, 1000);
    happens(w, S3_HEAD_OBJECT, SRC, 2, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_true(is_in_path(w, "LOOKUP SUMS LOOKUP SINGLE"));
}

static void remove_copy(struct fake *f)
{
    fake_object_free(fake_find(f, DST, KEY));
}

static void test_copy_is_removed(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_small(w);
    put_other(w, 1000);
    happens(w, S3_HEAD_OBJECT, DST, 2, remove_copy);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_true(is_in_path(w, "LOOKUP SUMS LOOKUP SINGLE"));
}

/* --- copies in parts --- */

static bool sent(const struct world *w, const char *header)
{
    return strstr(buf_str(&w->fake.headers), header) != NULL;
}

/* The copy has the checksum that its source has: of the same kind, type and value. */
static void check_kept(struct world *w, const char *algorithm, const char *type)
{
    struct fake_object *from = fake_find(&w->fake, SRC, KEY);

    assert_true(sent(w, algorithm));
    assert_true(sent(w, type));
    assert_string_equal(copy_of(w)->sum, from->sum);
    assert_int_equal(copy_of(w)->sum_type, from->sum_type);
    assert_string_equal(w->result->written.checksum, from->sum);
    assert_int_equal(w->result->written.checksum_kind, from->sum_kind);
    assert_int_equal(w->result->notes, 0);
    assert_clean(w);
}

static void test_composite(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    check_kept(w, "x-amz-checksum-algorithm: CRC32\n", "x-amz-checksum-type: COMPOSITE\n");
}

static void test_whole(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    check_kept(w, "x-amz-checksum-algorithm: CRC64NVME\n", "x-amz-checksum-type: FULL_OBJECT\n");
}

/* The source is encrypted with a key, too: its parts are worth mirroring for the checksums of their
 * checksums. */
static void test_opaque_source(void **state)
{
    struct world *w = *state;

    encrypt(w, 2);
    put_big(w)->kind = ETAG_KIND_OPAQUE;
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_int_equal(w->result->verified_by, BY_CHECKSUM + CHECKSUM_CRC32);
    assert_true(is_in_path(w, "LOOKUP SUMS LAYOUT"));
    check_kept(w, "x-amz-checksum-algorithm: CRC32\n", "x-amz-checksum-type: COMPOSITE\n");
}

/* With a checksum of the whole one CopyObject is as good. */
static void test_opaque_source_whole(void **state)
{
    struct world *w = *state;

    encrypt(w, 1);
    put_big(w)->kind = ETAG_KIND_OPAQUE;
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_true(is_in_path(w, "LOOKUP SUMS SINGLE"));
}

/* Both of which prove the copy where the ETag cannot. */
static void test_composite_proves(void **state)
{
    struct world *w = *state;

    encrypt(w, 3);
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_int_equal(w->result->verified_by, BY_CHECKSUM + CHECKSUM_SHA256);
    check_kept(w, "x-amz-checksum-algorithm: SHA256\n", "x-amz-checksum-type: COMPOSITE\n");
    assert_true(is_in_path(w, "COMPLETE VERIFY DONE"));
}

static void test_source_has_none(void **state)
{
    struct world *w = *state;

    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_false(sent(w, "x-amz-checksum"));
    assert_int_equal(w->result->notes, 0);
}

/* A hash of the whole, as a source in one piece may have: no upload can be given it. */
static void test_cannot_be_kept(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 3;
    fake_put(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 1, 0, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_false(sent(w, "x-amz-checksum"));
    assert_true(w->result->notes & NOTE_CHECKSUM_DROPPED);
}

/* We may not see the source's checksums: it is copied without. */
static void test_may_not_be_seen(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    w->fake.ways.refuses_sums = 1;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_false(sent(w, "x-amz-checksum"));
}

/* A server that knows no such headers: once more without, and that is known from then on. */
static void test_create_refuses(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    w->fake.ways.upload_sums = FAKE_SUMS_REFUSED;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_CHECKSUM_DROPPED);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_true(server_facts_has(&w->server_facts, TRAIT_NO_UPLOAD_CHECKSUMS));
    assert_clean(w);
}

static void test_is_known_to_refuse(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    w->fake.ways.upload_sums = FAKE_SUMS_REFUSED;
    server_facts_add(&w->server_facts, TRAIT_NO_UPLOAD_CHECKSUMS);
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_CHECKSUM_DROPPED);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
}

/* Create fails for another reason: nothing is learned. */
static void test_create_fails(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    put_big(w);
    fails(w, S3_CREATE_MULTIPART_UPLOAD, DST, 0, 400, "InvalidRequest");
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_false(server_facts_has(&w->server_facts, TRAIT_NO_UPLOAD_CHECKSUMS));
}

static void test_complete_refuses(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    w->fake.ways.upload_sums = FAKE_SUMS_REFUSED_AT_COMPLETE;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_CHECKSUM_DROPPED);
    assert_true(is_in_path(w, "COMPLETE ABORT_RESTART LOOKUP LAYOUT"));
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_true(server_facts_has(&w->server_facts, TRAIT_NO_UPLOAD_CHECKSUMS));
    assert_clean(w);
}

static void test_passed_over(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    w->fake.ways.upload_sums = FAKE_SUMS_PASSED_OVER;
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_CHECKSUM_DROPPED);
    assert_false(server_facts_has(&w->server_facts, TRAIT_NO_UPLOAD_CHECKSUMS));
}

/* The upload of an earlier run: the list of its parts has their checksums, without which it could
 * not be completed. */
static void resume(struct world *w, unsigned parts)
{
    struct fake_upload *u;
    unsigned i;

    w->fake.ways.checksums = 3;
    put_big(w);
    u = leave_upload(w, parts, 0);
    u->checksum = (struct upload_checksum){CHECKSUMS_OF_PARTS, CHECKSUM_SHA256};
    for (i = 0; i < parts; i++)
        fake_sum(u->parts[i].sum, CHECKSUM_SHA256, &u->parts[i].bytes);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOKUP RESUME"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6 - parts);
    assert_string_equal(copy_of(w)->sum, fake_find(&w->fake, SRC, KEY)->sum);
    assert_int_equal(w->result->notes, 0);
    assert_clean(w);
}

static void test_resumed(void **state)
{
    resume(*state, 4);
}

static void test_all_parts_are_there(void **state)
{
    resume(*state, 6);
}

static void test_no_part_is_there(void **state)
{
    resume(*state, 0);
}

/* One that was created without a checksum, by an older program, is gone on with. */
static void test_resumed_without(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 2;
    put_big(w);
    leave_upload(w, 4, 0);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 2);
    assert_clean(w);
}

/* Parts that cannot be mirrored: the look at the source after the copy has its checksums, too. */
static void test_recheck(void **state)
{
    static const uint64_t lengths[] = {100, 200, 300};
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    fake_put(&w->fake, SRC, KEY, 0, 3, lengths);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_path(w, "LOOKUP LAYOUT SINGLE RECHECK VERIFY DONE");
}

/* The same of an upload that was left open, whose source was not asked for its checksums. */
static void test_recheck_refused(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    w->fake.ways.refuses_sums = 1;
    fake_put(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 1, 0, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "COMPLETE RECHECK VERIFY DONE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_not_asked),
            world_test(test_after_the_copy),
            world_test(test_the_copy_has_none),
            world_test(test_at_once),
            world_test(test_there_already),
            world_test(test_something_else_is_there),
            world_test(test_refused),
            world_test(test_refused_at_once),
            world_test(test_source_changes_with_an_upload),
            world_test(test_refused_for_good),
            world_test(test_throttled),
            world_test(test_fails_on_the_way),
            world_test(test_changes),
            world_test(test_copy_is_removed),
            world_test(test_composite),
            world_test(test_whole),
            world_test(test_composite_proves),
            world_test(test_opaque_source),
            world_test(test_opaque_source_whole),
            world_test(test_source_has_none),
            world_test(test_cannot_be_kept),
            world_test(test_may_not_be_seen),
            world_test(test_create_refuses),
            world_test(test_is_known_to_refuse),
            world_test(test_create_fails),
            world_test(test_complete_refuses),
            world_test(test_passed_over),
            world_test(test_resumed),
            world_test(test_all_parts_are_there),
            world_test(test_no_part_is_there),
            world_test(test_resumed_without),
            world_test(test_recheck),
            world_test(test_recheck_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
