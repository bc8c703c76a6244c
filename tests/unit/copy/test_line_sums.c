/* The sums that the item's line asserts, by each way of copying. */
#include "one_copy.h"

static char text[512];

/* {"size":…,"kind":"hex"} of an object's own checksum, or of its ETag; wrong: of another one. */
static const char *sums_of(const struct fake_object *o, bool wrong)
{
    unsigned char bytes[CHECKSUM_SIZE];
    char hex[2 * CHECKSUM_SIZE], name[16];
    unsigned i;

    if (!o->sum[0]) {
        snprintf(text, sizeof text, "{\"size\":%llu,\"md5\":\"%.32s\"}",
                (unsigned long long)o->bytes.size, o->etag);
    } else {
        assert_true(EVP_DecodeBlock(bytes, (const unsigned char *)o->sum, (int)strlen(o->sum)) > 0);
        str_hex(hex, bytes, checksum_bytes(o->sum_kind));
        snprintf(name, sizeof name, "%s", checksum_name(o->sum_kind));
        for (i = 0; name[i]; i++)
            name[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
        snprintf(text, sizeof text, "{\"%s\":\"%s\"}", name, hex);
    }
    if (wrong) {
        char *digit = strrchr(text, '"') - 1;

        *digit = *digit == '0' ? '1' : '0';
    }
    return text;
}

static unsigned heads_with_sums(const struct world *w)
{
    const char *at = buf_str(&w->fake.log);
    unsigned n = 0;

    while ((at = strstr(at, "HeadObject source+sums"))) {
        at++;
        n++;
    }
    return n;
}

/* Copies an object of one piece or of parts that shows its checksum, with a line that asserts it,
 * or another one. */
static void run_with_sums(struct world *w, bool big, bool wrong)
{
    world_init(w);
    w->fake.ways.checksums = 1;
    w->sums = sums_of(big ? put_big(w) : put_small(w), wrong);
    world_run(w);
}

/* The source shows it: the copy is proven by it, too. */
static void test_same(void **state)
{
    unsigned big;

    (void)state;
    for (big = 0; big <= 1; big++) {
        struct world w;

        run_with_sums(&w, big, false);
        assert_copied(&w, VERIFIED_CHECKSUM);
        assert_int_equal(w.result->verified_by, BY_CHECKSUM + CHECKSUM_CRC64NVME);
        assert_int_equal(w.result->notes, 0);
        assert_true(heads_with_sums(&w) > 0);
        world_free(&w);
    }
}

/* Without such a line no HEAD of an object in one piece asks for checksums. */
static void test_no_line(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    put_small(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(heads_with_sums(w), 0);
}

/* The source is another object than the line means: nothing is written. */
static void test_other(void **state)
{
    unsigned big;

    (void)state;
    for (big = 0; big <= 1; big++) {
        struct world w;

        run_with_sums(&w, big, true);
        assert_failed(&w, "SumsDiffer");
        assert_non_null(strstr(w.result->err.message, "the source has"));
        assert_path(&w, "LOOKUP DONE");
        assert_null(fake_find(&w.fake, DST, KEY));
        world_free(&w);
    }
}

/* The size, and the ETag of an object in one piece. */
static void test_by_etag(void **state)
{
    struct world *w = *state;

    w->sums = sums_of(put_small(w), false);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, 0);
    copy_free(w->copy);
    w->copy = NULL;
    w->fake.sent = 0;
    w->sums = "{\"size\":999}";
    world_run(w);
    assert_failed(w, "SumsDiffer");
    assert_non_null(strstr(w->result->err.message, "999 bytes"));
}

/* S3 shows none of the kind: a note. */
static void test_not_compared(void **state)
{
    struct world *w = *state;

    put_small(w);
    w->sums = "{\"crc32\":\"01020304\"}";
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->result->notes, NOTE_SUMS_NOT_COMPARED);
}

/* The checksums of the source may not be seen, and those of the copy come with the answer. */
static void test_of_the_copy(void **state)
{
    unsigned wrong;

    (void)state;
    for (wrong = 0; wrong <= 1; wrong++) {
        struct world w;

        world_init(&w);
        w.fake.ways.checksums = 1;
        w.fake.ways.refuses_sums = 1;
        w.sums = sums_of(put_small(&w), wrong);
        world_run(&w);
        if (wrong) {
            assert_failed(&w, "SumsDiffer");
            assert_non_null(strstr(w.result->err.message, "the copy has"));
        } else {
            assert_copied(&w, VERIFIED_CHECKSUM);
            assert_int_equal(w.result->verified_by, BY_CHECKSUM + CHECKSUM_CRC64NVME);
        }
        world_free(&w);
    }
}

/* The object that is there already is the source, and that has the line's. */
static void test_there(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    w->sums = sums_of(put_big(w), false);
    world_run(w);
    copy_free(w->copy);
    w->copy = NULL;
    w->fake.sent = 0;
    world_run(w);
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_int_equal(w->result->verified, VERIFIED_CHECKSUM);
    copy_free(w->copy);
    w->copy = NULL;
    w->fake.sent = 0;
    w->sums = sums_of(fake_find(&w->fake, SRC, KEY), true);
    world_run(w);
    assert_failed(w, "SumsDiffer");
}

static bool find_seen(void *self, const struct item *item, struct seen *seen)
{
    struct fake *f = self;
    struct s3_listed listed = fake_listed(fake_find(f, SRC, KEY));

    (void)item;
    memset(seen, 0, sizeof *seen);
    seen->age = SEEN_FRESH;
    seen_take(&seen->source, &listed);
    seen->destination.state = SEEN_ABSENT;
    return true;
}

/* A listing shows no checksums: the source is looked at. */
static void test_listed(void **state)
{
    struct world *w = *state;
    struct copy_looks looks = {&w->fake, find_seen};

    w->fake.ways.checksums = 1;
    w->env.port.looks = &looks;
    w->sums = sums_of(put_small(w), false);
    world_run(w);
    assert_copied(w, VERIFIED_CHECKSUM);
    assert_asked(w, "HeadObject source+sums, CopyObject destination");
    w->env.port.looks = NULL;
}

/* An object that is kept is something else, and is not compared. */
static void test_kept(void **state)
{
    struct world *w = *state;

    w->fake.ways.checksums = 1;
    w->input.options.on_different = ON_DIFFERENT_KEEP;
    w->sums = sums_of(put_small(w), false);
    put_other(w, 77);
    world_run(w);
    assert_int_equal(w->result->status, RESULT_KEPT);
    assert_int_equal(w->result->verified, VERIFIED_NONE);
    assert_int_equal(w->result->notes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_same),
            world_test(test_no_line),
            cmocka_unit_test(test_other),
            world_test(test_by_etag),
            world_test(test_not_compared),
            cmocka_unit_test(test_of_the_copy),
            world_test(test_there),
            world_test(test_listed),
            world_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
