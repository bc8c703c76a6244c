/* Objects of all sizes and layouts that S3 has, copied for each price of the proof. */
#include "../one_copy.h"

#define GIB ((uint64_t)1 << 30)
#define TIB ((uint64_t)1 << 40)
#define TB  (UINT64_C(1000) * 1000 * 1000 * 1000)

/* Probes and a look at the checksums. */
enum { REQUESTS_FOR_LAYOUT_MOST = 4 };

/* count parts of `part` bytes, the last of `last`; count 0: one piece of `last` bytes. */
static const struct shape {
    const char *name;
    unsigned count;
    uint64_t part, last;
} shapes[] = {
        {"no bytes", 0, 0, 0},
        {"one byte", 0, 0, 1},
        {"5 GiB - 1 in one piece", 0, 0, 5 * GIB - 1},
        {"5 GiB in one piece", 0, 0, 5 * GIB},
        {"one part", 1, 0, 8 * MIB},
        {"one tiny part", 1, 0, 1},
        {"one part of 5 GiB", 1, 0, 5 * GIB},
        {"two parts", 2, 8 * MIB, 5 * MIB},
        {"two parts, the last tiny", 2, 8 * MIB, 1},
        {"three parts", 3, 8 * MIB, 8 * MIB},
        {"three parts of exactly 5 MiB", 3, 5 * MIB, 5 * MIB},
        {"1,000 parts", 1000, 16 * MIB, 3},
        {"10,000 parts of exactly 5 MiB", 10000, 5 * MIB, 5 * MIB},
        {"5 GiB - 1", 640, 8 * MIB, 8 * MIB - 1},
        {"5 GiB", 640, 8 * MIB, 8 * MIB},
        {"5 GiB + 1", 641, 8 * MIB, 1},
        {"5 GiB + 1, in two", 2, 5 * GIB, 1},
        {"three parts of exactly 5 GiB", 3, 5 * GIB, 5 * GIB},
        {"5 TiB in 10,000 parts", 10000, 549755814, 5 * TIB - UINT64_C(9999) * 549755814},
        {"5 TiB in parts of 5 GiB", 1024, 5 * GIB, 5 * GIB},
        {"50 TB in 10,000 parts", 10000, TB / 200, TB / 200},
        {"50 TB in parts of 5 GiB", 9314, 5 * GIB, 50 * TB - 9313 * 5 * GIB},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static struct fake_object *put_shape(struct world *w, const struct shape *s)
{
    if (s->count == 0)
        return fake_put(&w->fake, SRC, KEY, s->last, 0, NULL);
    if (s->count == 1)
        return fake_put_uniform(&w->fake, SRC, KEY, s->last, s->last);
    return fake_put_uniform(&w->fake, SRC, KEY, s->part * (s->count - 1) + s->last, s->part);
}

static void check(const struct shape *s, bool holds, const char *what)
{
    if (!holds)
        fail_msg("%s: %s", s->name, what);
}

/* S3's limits, for each part that was copied and for CopyObject: the fake's Complete and CopyObject
 * see to the least and to 5 GiB. */
static void check_parts(const struct shape *s, const struct fake_object *to)
{
    unsigned i;

    check(s, to->parts <= LAYOUT_PARTS_MOST, "too many parts");
    for (i = 0; i < to->parts; i++)
        check(s, to->lengths[i] <= LAYOUT_COPY_MOST, "a part is too long");
}

/* The fake's lists of thousands of parts take a sanitized build a minute; the release build has
 * all. */
static bool is_too_long(const struct shape *s)
{
#ifdef __SANITIZE_ADDRESS__
    return s->count > 2000;
#else
    (void)s;
    return false;
#endif
}

static void copy_shape(const struct shape *s, enum proof_mode proof, struct fake_ways ways,
        void (*then)(const struct shape *, struct world *, struct fake_object *))
{
    struct world w;

    if (is_too_long(s))
        return;
    world_init(&w);
    w.fake.ways = ways;
    w.input.options.proof = proof;
    check(s, put_shape(&w, s)->parts == s->count, "the test's own object");
    world_run(&w);
    check(s, w.result->status == RESULT_COPIED, "not copied");
    check(s,
            fake_bytes_same(
                    &fake_find(&w.fake, SRC, KEY)->bytes, &fake_find(&w.fake, DST, KEY)->bytes),
            "other bytes");
    check(s, list_empty(&w.fake.uploads), "an upload is open");
    check_parts(s, fake_find(&w.fake, DST, KEY));
    then(s, &w, fake_find(&w.fake, DST, KEY));
    world_free(&w);
}

static unsigned looks(const struct world *w)
{
    return w->fake.counts[S3_HEAD_OBJECT] - 2; /* of the two sides, at the beginning */
}

static void then_mirrored(const struct shape *s, struct world *w, struct fake_object *to)
{
    check(s, w->result->verified == VERIFIED_ETAG, "not proven by its ETag");
    check(s, to->parts == s->count, "another number of parts");
    check(s, strcmp(to->etag, w->result->etag) == 0, "another ETag");
    check(s, looks(w) <= (s->count > 0 ? REQUESTS_FOR_LAYOUT_MOST : 0), "too many looks");
    check(s, w->result->notes == 0 || w->result->notes == NOTE_TAGS_DROPPED, "notes");
}

static void test_etag(void **state)
{
    struct fake_ways ways = {0};
    unsigned i;

    (void)state;
    for (i = 0; i < SHAPES; i++)
        copy_shape(&shapes[i], PROOF_ETAG, ways, then_mirrored);
}

/* One request copies what it can; the checksum comes with its answer. */
static void then_cheap(const struct shape *s, struct world *w, struct fake_object *to)
{
    bool in_one = to->bytes.size <= LAYOUT_COPY_MOST;

    if (s->count == 0) {
        then_mirrored(s, w, to);
        return;
    }
    if (strcmp(to->etag, w->result->etag) == 0) /* the source has the parts that we would choose */
        return;
    check(s, w->result->verified == VERIFIED_CHECKSUM, "not proven by its checksum");
    check(s, w->result->verified_by == BY_CHECKSUM + CHECKSUM_CRC64NVME, "not by CRC64NVME");
    check(s, looks(w) == 1, "looks, besides that at the source's checksum");
    check(s, w->fake.counts[S3_COPY_OBJECT] == in_one, "CopyObject");
    check(s, in_one ? to->parts == 0 : to->parts <= s->count || s->count <= 200, "more parts");
    check(s, w->result->notes == NOTE_LAYOUT_BY_CHECKSUM || (!in_one && w->result->notes), "notes");
}

static void test_checksum(void **state)
{
    struct fake_ways ways = {.checksums = 1, .no_zero_count = 1};
    unsigned i;

    (void)state;
    for (i = 0; i < SHAPES; i++)
        copy_shape(&shapes[i], PROOF_CHECKSUM, ways, then_cheap);
}

/* Without checksums the source is mirrored all the same. */
static void test_checksum_without(void **state)
{
    struct fake_ways ways = {.no_zero_count = 1};
    unsigned i;

    (void)state;
    for (i = 0; i < SHAPES; i++)
        if (shapes[i].count <= 1000)
            copy_shape(&shapes[i], PROOF_CHECKSUM, ways, then_mirrored);
}

static void then_fast(const struct shape *s, struct world *w, struct fake_object *to)
{
    uint64_t size = to->bytes.size, longest = 0;
    unsigned i;

    for (i = 0; i < to->parts; i++)
        longest = to->lengths[i] > longest ? to->lengths[i] : longest;
    if (size <= 256 * MIB) {
        check(s, to->parts == 0, "a small object in parts");
        return;
    }
    check(s, w->result->verified == VERIFIED_CHECKSUM, "not proven by its checksum");
    check(s, w->result->notes & NOTE_LAYOUT_FAST, "no note");
    check(s, longest == 128 * MIB || to->parts > LAYOUT_PARTS_MOST / 2, "not in parts of 128 MiB");
    check(s, looks(w) == 1, "looks, besides that at the source's checksum");
}

static void test_fast(void **state)
{
    struct fake_ways ways = {.checksums = 1, .no_zero_count = 1};
    unsigned i;

    (void)state;
    for (i = 0; i < SHAPES; i++)
        copy_shape(&shapes[i], PROOF_FAST, ways, then_fast);
}

static void then_by_checksum(const struct shape *s, struct world *w, struct fake_object *to)
{
    (void)to;
    check(s, w->result->verified == VERIFIED_CHECKSUM, "not proven by its checksum");
}

/* Under KMS no ETag proves anything, and CRC64NVME does, for each price. */
static void test_kms(void **state)
{
    struct fake_ways ways = {.checksums = 1, .encrypts = 1, .no_zero_count = 1};
    unsigned i, proof;

    (void)state;
    for (i = 0; i < SHAPES; i++)
        for (proof = PROOF_ETAG; proof <= PROOF_FAST; proof++)
            if (shapes[i].count <= 1000)
                copy_shape(&shapes[i], (enum proof_mode)proof, ways, then_by_checksum);
}

/* Of no uniform layout each part is asked for, three of them at first. */
static void test_not_uniform(void **state)
{
    static const uint64_t lengths[] = {5 * MIB, 5 * GIB, 7 * MIB, 5 * MIB, 1};
    static const enum verified verified[] = {
            [PROOF_ETAG] = VERIFIED_ETAG,
            [PROOF_CHECKSUM] = VERIFIED_CHECKSUM,
            [PROOF_FAST] = VERIFIED_CHECKSUM,
    };
    unsigned proof;

    (void)state;
    for (proof = PROOF_ETAG; proof <= PROOF_FAST; proof++) {
        struct world w;

        world_init(&w);
        w.fake.ways.checksums = 1;
        w.fake.ways.no_zero_count = 1;
        w.input.options.proof = (enum proof_mode)proof;
        fake_put(&w.fake, SRC, KEY, 0, 5, lengths);
        world_run(&w);
        assert_copied(&w, verified[proof]);
        assert_int_equal(looks(&w), proof == PROOF_ETAG ? 1 + 5 : 1);
        assert_clean(&w);
        world_free(&w);
    }
}

/* --- a wrong part --- */

static void put_for_kms(struct world *w, enum proof_mode proof)
{
    w->fake.ways.checksums = 1;
    w->fake.ways.encrypts = 1;
    w->input.options.proof = proof;
    fake_put_uniform(&w->fake, SRC, KEY, 5 * GIB + 5, 128 * MIB);
}

/* Under KMS it is known by the checksums of the parts, before the object is visible. */
static void test_wrong_part(void **state)
{
    struct world *w = *state;

    put_for_kms(w, PROOF_FAST);
    w->fake.lies_of_part = 2;
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_true(is_in_path(w, "PARTS COMPLETE ABORT_RESTART LOOKUP"));
    assert_int_equal(w->fake.counts[S3_COMPLETE_MULTIPART_UPLOAD], 1);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_clean(w);
}

/* A server whose checksums are no CRCs: the parts make the same wrong value again, and it is the
 * copy that is judged, by its own. Later objects are not copied twice. */
static void test_no_crcs(void **state)
{
    struct world *w = *state;

    put_for_kms(w, PROOF_FAST);
    w->fake.ways.no_crcs = 1;
    fake_put_uniform(&w->fake, SRC, KEY, 5 * GIB + 5, 128 * MIB);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_int_equal(w->server_facts.sums_unjoined, 1);
    assert_clean(w);
    copy_free(w->copy);
    w->copy = NULL;
    fake_object_free(fake_find(&w->fake, DST, KEY));
    w->fake.sent = 0;
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_etag),
            cmocka_unit_test(test_checksum),
            cmocka_unit_test(test_checksum_without),
            cmocka_unit_test(test_fast),
            cmocka_unit_test(test_kms),
            cmocka_unit_test(test_not_uniform),
            world_test(test_wrong_part),
            world_test(test_no_crcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
