/* LOOKUP: both sides are asked, and what they say decides. */
#include <ctype.h>

#include "../model/overriding.h"
#include "one_copy.h"

#define BOTH "HeadObject source, HeadObject destination"

static void test_nothing_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, BOTH ", CopyObject destination");
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_int_equal(w->result->attempts, 1);
    assert_int_equal(w->result->notes, 0);
    assert_string_equal(w->result->written.etag, w->result->etag);
    assert_string_equal(w->result->written.version_id, "version-2");
}

static void test_the_same_is_there(void **state)
{
    struct world *w = *state;

    put_small(w);
    memcpy(put_other(w, 1000)->etag, fake_find(&w->fake, SRC, KEY)->etag, ETAG_SIZE);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_ETAG);
    assert_asked(w, BOTH);
}

static void test_something_else_is_kept(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_asked(w, BOTH);
}

static void test_something_else_fails(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    world_run(w);
    assert_failed(w, "DestinationDiffers");
    assert_asked(w, BOTH);
}

/* The item's own word goes before the job's. */
static void test_overruled(void **state)
{
    struct world *w = *state;

    put_small(w);
    put_other(w, 77);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    w->overrides = calloc(1, sizeof *w->overrides);
    assert_non_null(w->overrides);
    override_text(w->overrides, "onDifferent", "overwrite");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
}

static void test_dry_run(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.dry_run = true;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_PENDING);
    assert_asked(w, BOTH);
}

static void test_archived(void **state)
{
    struct world *w = *state;

    put_small(w)->archive = ARCHIVE_STORED;
    world_run(w);
    assert_failed(w, "InvalidObjectState");
    assert_asked(w, BOTH);
}

static const struct sse_c_keys keys = {.source = {.key = "a2V5", .md5 = "bWQ1"}};

/* The key of all sources is not that of one that is not encrypted so. */
static void test_source_needs_no_key(void **state)
{
    struct world *w = *state;

    put_small(w)->needs_key = 2;
    w->input.keys = &keys;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, BOTH ", HeadObject source, CopyObject destination");
    assert_path(w, "LOOKUP SINGLE DONE");
    assert_null(w->copy->options.source.key);
}

static void test_source_needs_the_key(void **state)
{
    struct world *w = *state;

    put_small(w)->needs_key = 3;
    w->input.keys = &keys;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_asked(w, BOTH ", CopyObject destination");
    assert_non_null(w->copy->options.source.key);
}

/* Neither with it nor without: S3's words are those of a GET with it, and then it is asked so. */
static void test_source_fails_with_and_without_the_key(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.keys = &keys;
    fails(w, S3_HEAD_OBJECT, SRC, 1, 400, NULL);
    fails(w, S3_HEAD_OBJECT, SRC, 2, 400, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP LOOKUP SINGLE DONE");
    assert_non_null(w->copy->options.source.key);
}

/* The destination's 400 comes first, and asks for a GET of the source: without the key. */
static void test_source_needs_no_key_is_late(void **state)
{
    struct world *w = *state;

    put_small(w)->needs_key = 2;
    put_other(w, 77)->needs_key = 1;
    w->input.keys = &keys;
    w->fake.newest_first = true;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP LOOKUP SINGLE DONE");
    assert_null(w->copy->options.source.key);
}

/* The credentials have expired, which HEAD says with 400 as well, of both sides, whichever answers
 * first: the GET, which renews them, learns whether the object has the key. */
static void test_keys_and_expired_credentials(void **state)
{
    unsigned needs_key, newest_first;

    (void)state;
    for (needs_key = 2; needs_key <= 3; needs_key++)
        for (newest_first = 0; newest_first < 2; newest_first++) {
            struct world w;

            world_init(&w);
            put_small(&w)->needs_key = needs_key;
            w.input.keys = &keys;
            w.fake.newest_first = newest_first == 1;
            fails(&w, S3_HEAD_OBJECT, SRC, 1, 400, NULL);
            if (newest_first)
                fails(&w, S3_HEAD_OBJECT, DST, 1, 400, NULL);
            else
                fails(&w, S3_HEAD_OBJECT, SRC, 2, 400, NULL);
            world_run(&w);
            assert_copied(&w, VERIFIED_ETAG);
            assert_path(&w, "LOOKUP EXPLAIN_LOOKUP LOOKUP SINGLE DONE");
            assert_int_equal(w.copy->options.source.key != NULL, needs_key == 3);
            world_free(&w);
        }
}

/* Neither way: S3's words are the second GET's, and there is no third. */
static void test_no_key_at_all(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->input.keys = &keys;
    fails(w, S3_HEAD_OBJECT, SRC, 0, 400, NULL);
    fails(w, S3_GET_OBJECT, SRC, 0, 400, "InvalidRequest");
    world_run(w);
    assert_failed(w, "InvalidRequest");
    assert_int_equal(w->fake.counts[S3_GET_OBJECT], 2);
}

/* We may not look at the destination: the copy tells, and a note says so. */
static void test_destination_is_unreadable(void **state)
{
    struct world *w = *state;

    put_small(w);
    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_DESTINATION_UNREADABLE);
}

/* That is noted too when it comes after the source has failed. */
static void test_unreadable_comes_late(void **state)
{
    struct world *w = *state;

    fails(w, S3_HEAD_OBJECT, DST, 0, 403, NULL);
    world_run(w);
    assert_failed(w, "NoSuchKey");
    assert_path(w, "LOOKUP EXPLAIN_LOOKUP DONE");
    assert_int_equal(w->result->notes, NOTE_DESTINATION_UNREADABLE);
}

/* The first error stays: what the other side says then changes nothing. */
static void test_destination_fails(void **state)
{
    struct world *w = *state;

    w->fake.newest_first = 1; /* the source, which is not there, comes late */
    fails(w, S3_HEAD_OBJECT, DST, 0, 500, NULL);
    world_run(w);
    assert_failed(w, "ServiceError");
    assert_int_equal(w->result->err.http_status, 500);
    assert_path(w, "LOOKUP DONE");
}

/* An error on the way, which is not for good, is not explained. */
static void test_source_is_not_reached(void **state)
{
    struct world *w = *state;

    fake_rule(&w->fake, S3_HEAD_OBJECT, SRC, 1, fake_network())->attempts = 10;
    world_run(w);
    assert_failed(w, "NetworkError");
    assert_asked(w, BOTH);
    assert_int_equal(w->result->attempts, 10);
    assert_int_equal(w->result->requests, 11);
}

static void test_cannot_be_asked(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.refuse_start = 1;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_int_equal(w->result->requests, 0);
}

static void test_other_side_cannot_be_asked(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.refuse_start = 2;
    world_run(w);
    assert_failed(w, "OutOfMemoryError");
    assert_asked(w, "HeadObject source"); /* which is waited for */
}

/* --- what cannot be compared --- */

/* A copy of the source at the destination, under an ETag that tells nothing. */
static struct fake_object *put_opaque_copy(struct world *w)
{
    struct fake_object *from = put_small(w), *o;

    w->fake.ways.encrypts = 1;
    o = fake_new_object(&w->fake, DST, KEY);
    fake_bytes_cut(&o->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(&w->fake, o, NULL);
    return o;
}

static void test_unproven(void **state)
{
    struct world *w = *state;

    put_opaque_copy(w);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.ledger_asked, 1);
}

static void assert_left(struct world *w)
{
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_int_equal(w->result->notes, NOTE_UNPROVEN);
    assert_path(w, "LOOKUP SUMS DONE");
}

static void test_unproven_is_skipped(void **state)
{
    struct world *w = *state;

    put_opaque_copy(w);
    w->input.options.on_unproven = ON_UNPROVEN_SKIP;
    world_run(w);
    assert_left(w);
}

static void test_unproven_is_kept(void **state)
{
    struct world *w = *state;

    put_opaque_copy(w);
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    world_run(w);
    assert_left(w);
}

static void test_unproven_fails(void **state)
{
    struct world *w = *state;

    put_opaque_copy(w);
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    w->input.options.on_unproven = ON_UNPROVEN_SKIP; /* under overwrite alone */
    world_run(w);
    assert_failed(w, "Unproven");
    assert_null(strstr(w->result->err.message, "something else"));
}

/* An earlier run wrote it. The result tells what was written, for the next run. */
static void test_ledger(void **state)
{
    struct world *w = *state;
    struct fake_object *o = put_opaque_copy(w);

    fake_write_ledger(&w->fake, fake_find(&w->fake, SRC, KEY), o)->verified = VERIFIED_CHECKSUM;
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_CHECKSUM);
    assert_int_equal(w->result->verified_by, BY_LEDGER);
    assert_string_equal(w->result->written.etag, o->etag);
    assert_path(w, "LOOKUP DONE");
}

/* It wrote another one. */
static void test_ledger_of_another(void **state)
{
    struct world *w = *state;
    struct fake_object *o = put_opaque_copy(w);

    strcpy(fake_write_ledger(&w->fake, fake_find(&w->fake, SRC, KEY), o)->written.etag, "another");
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

/* The version at the destination is another one, written since under the same ETag. */
static void test_ledger_of_another_version(void **state)
{
    struct world *w = *state;
    struct fake_object *o = put_opaque_copy(w);
    struct ledger_entry *entry = fake_write_ledger(&w->fake, fake_find(&w->fake, SRC, KEY), o);

    entry->written.version_id = strdup("version-77");
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
}

/* Where the ETags are equal, nobody reads what earlier runs wrote. */
static void test_ledger_is_not_read(void **state)
{
    struct world *w = *state;
    struct fake_object *from = put_small(w), *o = fake_new_object(&w->fake, DST, KEY);

    fake_bytes_cut(&o->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(&w->fake, o, NULL);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified_by, BY_ETAG);
    assert_int_equal(w->fake.ledger_asked, 0);
}

/* The first CopyObject worked, its answer was lost, and the second is refused, since something is
 * there now: it is ours. */
static void lose_the_first(struct world *w)
{
    struct fake_rule *r = fails(w, S3_COPY_OBJECT, DST, 1, 412, "PreconditionFailed");

    r->outcome = FAKE_LOSES;
    r->attempts = 2;
}

static void test_lost_write(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    lose_the_first(w);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_int_equal(w->fake.counts[S3_COPY_OBJECT], 1);
    assert_string_equal(w->result->written.etag, fake_find(&w->fake, DST, KEY)->etag);
}

/* The source has changed meanwhile: what was written is not it. */
static void test_lost_write_of_another(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->fake.ways.encrypts = 1;
    w->input.options.on_different = ON_DIFFERENT_FAIL;
    lose_the_first(w);
    happens(w, S3_HEAD_OBJECT, SRC, 2, change_source);
    world_run(w);
    assert_failed(w, "Unproven");
}

/* Upper-case hexadecimal is no other ETag. */
static void test_case(void **state)
{
    struct world *w = *state;
    struct fake_object *from = put_small(w), *o = fake_new_object(&w->fake, DST, KEY);
    char *c;

    fake_bytes_cut(&o->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(&w->fake, o, NULL);
    for (c = o->etag; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_ETAG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_nothing_there),
            world_test(test_the_same_is_there),
            world_test(test_something_else_is_kept),
            world_test(test_something_else_fails),
            world_test(test_overruled),
            world_test(test_dry_run),
            world_test(test_archived),
            world_test(test_source_needs_no_key),
            world_test(test_source_needs_the_key),
            world_test(test_source_fails_with_and_without_the_key),
            world_test(test_source_needs_no_key_is_late),
            cmocka_unit_test(test_keys_and_expired_credentials),
            world_test(test_no_key_at_all),
            world_test(test_destination_is_unreadable),
            world_test(test_unreadable_comes_late),
            world_test(test_destination_fails),
            world_test(test_source_is_not_reached),
            world_test(test_cannot_be_asked),
            world_test(test_other_side_cannot_be_asked),
            world_test(test_unproven),
            world_test(test_unproven_is_skipped),
            world_test(test_unproven_is_kept),
            world_test(test_unproven_fails),
            world_test(test_ledger),
            world_test(test_ledger_of_another),
            world_test(test_ledger_of_another_version),
            world_test(test_ledger_is_not_read),
            world_test(test_lost_write),
            world_test(test_lost_write_of_another),
            world_test(test_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
