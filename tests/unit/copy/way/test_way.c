/* The way in which an object is copied: the whole table, in other words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "copy/way/way.h"
#include "model/object/layout.h"

#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static const struct decide_memory no_memory;

/* The checksum that the source has. */
enum sum { SUM_NONE, SUM_OF_OBJECT, SUM_OF_PARTS, SUM_SHA256, SUM_UNASKED, SUM_COUNT };

static void give_sum(struct object_info *source, enum sum sum)
{
    source->checksum_type = sum == SUM_OF_PARTS ? CHECKSUMS_OF_PARTS : CHECKSUMS_OF_OBJECT;
    if (sum == SUM_OF_OBJECT)
        checksums_add(&source->checksums, CHECKSUM_CRC64NVME, "AAAAAAAAAAA=");
    if (sum == SUM_OF_PARTS)
        checksums_add(&source->checksums, CHECKSUM_CRC32, "AAAAAA==-5");
    if (sum == SUM_SHA256)
        checksums_add(&source->checksums, CHECKSUM_SHA256, "AAA=");
}

static struct object_info source_of(uint64_t size, unsigned parts, enum sum sum)
{
    struct object_info source = {
            .size = size, .etag_kind = parts ? ETAG_KIND_PARTS : ETAG_KIND_MD5};

    snprintf(source.etag, sizeof source.etag, parts ? MD5 "-%u" : MD5, parts);
    give_sum(&source, sum);
    return source;
}

/* Of a server that keeps everything: way[proof][sum]. */
static const struct {
    uint64_t size;
    unsigned parts;
    enum copy_way way[3][SUM_COUNT];
} table[] = {
#define ALL(way)                \
    {                           \
        way, way, way, way, way \
    }
#define M WAY_MIRROR
#define O WAY_IN_ONE
#define F WAY_FEW
#define T WAY_FAST
        {1000, 0, {ALL(O), ALL(O), ALL(O)}},
        {WAY_FAST_ABOVE, 0, {ALL(O), ALL(O), ALL(O)}},
        {WAY_FAST_ABOVE + 1, 0, {ALL(O), ALL(O), ALL(T)}},
        {5 * GIB, 0, {ALL(O), ALL(O), ALL(T)}},
        {5 * GIB + 1, 0, {ALL(F), ALL(F), ALL(T)}},
        /* CopyObject keeps any checksum of the whole. */
        {100 * MIB, 13, {ALL(M), {M, O, M, O, M}, {M, O, M, O, M}}},
        /* Parts of 8 MiB are as fast as those of 128, and prove the copy. */
        {1 * GIB, 128, {ALL(M), {M, O, M, O, M}, {M, T, M, M, M}}},
        /* Parts of 512 MiB are not. */
        {1 * GIB, 2, {ALL(M), {M, O, M, O, M}, {T, T, T, T, T}}},
        /* In parts, a checksum of the whole is a CRC. */
        {6 * GIB, 768, {ALL(M), {M, F, M, M, M}, {M, T, M, M, M}}},
#undef M
#undef O
#undef F
#undef T
};

static void test_table(void **state)
{
    struct server_facts server = {0};
    struct copy_options options = {0};
    unsigned i, sum, proof;

    (void)state;
    for (i = 0; i < sizeof table / sizeof table[0]; i++)
        for (proof = PROOF_ETAG; proof <= PROOF_FAST; proof++)
            for (sum = 0; sum < SUM_COUNT; sum++) {
                struct object_info source = source_of(table[i].size, table[i].parts, (enum sum)sum);
                struct decide_facts f = {.options = &options,
                        .source = &source,
                        .server = &server,
                        .memory = &no_memory,
                        .source_sums = sum == SUM_UNASKED ? SUMS_TO_ASK : SUMS_KNOWN};

                options.proof = (enum proof_mode)proof;
                if (copy_way_of(&f) != table[i].way[proof][sum])
                    fail_msg("object %u, proof %u, checksum %u: way %d", i, proof, sum,
                            (int)copy_way_of(&f));
                if (proof == PROOF_ETAG)
                    assert_int_equal(copy_way_notes(&f), 0);
                assert_int_equal(copy_way_needs_sums(&f),
                        proof != PROOF_ETAG && sum == SUM_UNASKED && table[i].parts > 0);
            }
}

static void test_notes(void **state)
{
    struct server_facts server = {0};
    struct copy_options options = {.proof = PROOF_CHECKSUM};
    struct object_info source = source_of(GIB, 128, SUM_OF_OBJECT);
    struct decide_facts f = {
            .options = &options, .source = &source, .server = &server, .memory = &no_memory};

    (void)state;
    f.source_sums = SUMS_KNOWN;
    assert_int_equal(copy_way_notes(&f), NOTE_LAYOUT_BY_CHECKSUM);
    options.proof = PROOF_FAST;
    assert_int_equal(copy_way_notes(&f), NOTE_LAYOUT_FAST);
    source = source_of(1000, 0, SUM_OF_OBJECT); /* one CopyObject in any case */
    assert_int_equal(copy_way_notes(&f), 0);
    f.made = MADE_BY_COPY; /* it is too late to ask */
    f.source_sums = SUMS_TO_ASK;
    source = source_of(GIB, 128, SUM_NONE);
    assert_false(copy_way_needs_sums(&f));
}

/* A server that refuses uploads with checksums: then no checksum proves an object of parts. */
static void test_server_without_sums(void **state)
{
    struct server_facts server = {0};
    struct copy_options options = {.proof = PROOF_CHECKSUM};
    struct object_info source = source_of(6 * GIB, 768, SUM_OF_OBJECT);
    struct decide_facts f = {
            .options = &options, .source = &source, .server = &server, .memory = &no_memory};

    (void)state;
    f.source_sums = SUMS_KNOWN;
    assert_int_equal(copy_way_of(&f), WAY_FEW);
    server_facts_add(&server, TRAIT_NO_UPLOAD_CHECKSUMS);
    assert_int_equal(copy_way_of(&f), WAY_MIRROR);
    source = source_of(GIB, 128, SUM_OF_OBJECT);
    assert_int_equal(copy_way_of(&f), WAY_IN_ONE);
    options.proof = PROOF_FAST;
    assert_int_equal(copy_way_of(&f), WAY_MIRROR);
    server_facts_add(&server, TRAIT_ENCRYPTS); /* and its ETags tell nothing */
    assert_int_equal(copy_way_of(&f), WAY_FAST);
}

static void test_proven(void **state)
{
    struct copy_options options = {.proof = PROOF_CHECKSUM};
    struct object_info source = source_of(GIB, 128, SUM_OF_OBJECT);
    struct decide_facts f = {.options = &options,
            .source = &source,
            .wanted_tags = TAGS_UNKNOWN,
            .said_sum = "AAAAAAAAAAA=",
            .said_sum_kind = CHECKSUM_CRC64NVME};
    struct proof by;

    (void)state;
    assert_true(copy_way_is_proven(&f, &by));
    assert_int_equal(by.verified, VERIFIED_CHECKSUM);
    assert_int_equal(by.by, BY_CHECKSUM + CHECKSUM_CRC64NVME);
    options.proof = PROOF_ETAG;
    assert_false(copy_way_is_proven(&f, &by));
    options.proof = PROOF_FAST;
    f.said_sum_kind = CHECKSUM_XXHASH64; /* as long, and of another kind */
    assert_false(copy_way_is_proven(&f, &by));
    f.said_sum_kind = CHECKSUM_CRC64NVME;
    f.said_sum = "AAAAAAAAAAE=";
    assert_false(copy_way_is_proven(&f, &by));
    f.said_sum = "";
    assert_false(copy_way_is_proven(&f, &by));
    f.said_sum = "AAAAAAAAAAA=";
    f.wanted_tags = 2; /* HEAD must show them */
    assert_false(copy_way_is_proven(&f, &by));
    f.wanted_tags = TAGS_UNKNOWN;
    f.tags = TAGS_NEED_LOOK;
    assert_false(copy_way_is_proven(&f, &by));
    f.tags = TAGS_NEED_COUNT;
    memset(&source.checksums, 0, sizeof source.checksums);
    checksums_add(&source.checksums, CHECKSUM_CRC64NVME, "AAAAAAAAAAA=-2"); /* of checksums */
    f.said_sum = "AAAAAAAAAAA=-2";
    assert_false(copy_way_is_proven(&f, &by));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_table),
            cmocka_unit_test(test_notes),
            cmocka_unit_test(test_server_without_sums),
            cmocka_unit_test(test_proven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
