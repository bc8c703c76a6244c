/* One copy of which listings have shown something before it began: which requests it still sends.
 */
#include "../one_copy.h"

struct seen_world {
    struct world w;
    struct copy_looks looks;
    struct seen seen;
};

static bool find(void *self, const struct item *item, struct seen *seen)
{
    assert_string_equal(item->key, KEY);
    *seen = *(const struct seen *)self;
    return true;
}

static void see(struct seen_object *seen, const struct fake_object *o)
{
    struct s3_listed listed = fake_listed(o);

    seen_take(seen, &listed);
}

/* A source of that size; nothing at the destination, and both were listed. */
static struct seen_world *begin(uint64_t size)
{
    static struct seen_world s;

    memset(&s, 0, sizeof s);
    world_init(&s.w);
    s.looks = (struct copy_looks){&s.seen, find};
    s.w.env.port.looks = &s.looks;
    see(&s.seen.source, fake_put(&s.w.fake, SRC, KEY, size, 0, NULL));
    s.seen.destination.state = SEEN_ABSENT;
    return &s;
}

/* The same object is at the destination, and was listed. */
static void put_copy(struct seen_world *s)
{
    const struct fake_object *from = fake_find(&s->w.fake, SRC, KEY);
    struct fake_object *to = fake_new_object(&s->w.fake, DST, KEY);

    fake_bytes_cut(&to->bytes, &from->bytes, 0, from->bytes.size);
    fake_seal(&s->w.fake, to, NULL);
    see(&s->seen.destination, to);
}

static void test_copied(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r = world_run(&s->w);

    (void)state;
    assert_asked(&s->w, "CopyObject destination");
    assert_path(&s->w, "LOOKUP SINGLE DONE");
    assert_int_equal(r->status, RESULT_COPIED);
    assert_int_equal(r->verified, VERIFIED_ETAG);
    assert_int_equal(r->seen, RESULT_SEEN_BY_LISTING);
    assert_true(r->size == 10);
    assert_int_equal(r->requests, 1);
    world_free(&s->w);
}

static void test_same(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    put_copy(s);
    r = world_run(&s->w);
    assert_asked(&s->w, "");
    assert_path(&s->w, "LOOKUP DONE");
    assert_int_equal(r->status, RESULT_SAME);
    assert_int_equal(r->verified_by, BY_ETAG);
    assert_int_equal(r->seen, RESULT_SEEN_BY_LISTING);
    world_free(&s->w);
}

/* An object that was listed long ago is asked for once more before it is called the same. */
static void test_old(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    put_copy(s);
    s->seen.age = SEEN_OLD;
    r = world_run(&s->w);
    assert_asked(&s->w, "HeadObject source, HeadObject destination");
    assert_int_equal(r->status, RESULT_SAME);
    assert_int_equal(r->seen, RESULT_SEEN_BY_HEAD);
    world_free(&s->w);
    s = begin(10);
    s->seen.age = SEEN_OLD;
    r = world_run(&s->w);
    assert_asked(&s->w, "CopyObject destination");
    assert_int_equal(r->status, RESULT_COPIED);
    world_free(&s->w);
}

/* One side alone was listed. */
static void test_one_side(void **state)
{
    struct seen_world *s = begin(10);

    (void)state;
    s->seen.source.state = SEEN_NOT;
    assert_int_equal(world_run(&s->w)->seen, RESULT_SEEN_BY_HEAD);
    assert_asked(&s->w, "HeadObject source, CopyObject destination");
    world_free(&s->w);
    s = begin(10);
    s->seen.destination.state = SEEN_NOT;
    assert_int_equal(world_run(&s->w)->seen, RESULT_SEEN_BY_LISTING);
    assert_asked(&s->w, "HeadObject destination, CopyObject destination");
    world_free(&s->w);
}

/* An empty object may be a website's redirect; its destination need not be asked about again. */
static void test_empty(void **state)
{
    struct seen_world *s = begin(0);

    (void)state;
    assert_int_equal(world_run(&s->w)->status, RESULT_COPIED);
    assert_asked(&s->w, "HeadObject source, CopyObject destination");
    world_free(&s->w);
}

/* Parts are copied by what HEAD tells; that a copy in parts is there already is seen by listing. */
static void test_parts(void **state)
{
    struct seen_world *s = begin(10);
    struct fake_object *from, *to;

    (void)state;
    from = fake_put_uniform(&s->w.fake, SRC, KEY, 20 * MIB, 8 * MIB);
    see(&s->seen.source, from);
    assert_int_equal(world_run(&s->w)->status, RESULT_COPIED);
    assert_non_null(strstr(buf_str(&s->w.fake.log), "HeadObject source, HeadObject source+sums"));
    assert_null(strstr(buf_str(&s->w.fake.log), "HeadObject destination"));
    world_free(&s->w);
    s = begin(10);
    from = fake_put_uniform(&s->w.fake, SRC, KEY, 20 * MIB, 8 * MIB);
    see(&s->seen.source, from);
    to = fake_new_object(&s->w.fake, DST, KEY);
    fake_bytes_cut(&to->bytes, &from->bytes, 0, from->bytes.size);
    memcpy(to->etag, from->etag, sizeof to->etag);
    see(&s->seen.destination, to);
    assert_int_equal(world_run(&s->w)->status, RESULT_SAME);
    assert_asked(&s->w, "");
    world_free(&s->w);
}

/* Whether an archived object was restored, HEAD tells. */
static void test_archived(void **state)
{
    static const struct {
        enum archive archive;
        enum result_status status;
        const char *asked;
    } rows[] = {
            {ARCHIVE_STORED, RESULT_FAILED, "HeadObject source"},
            {ARCHIVE_RESTORED, RESULT_COPIED, "HeadObject source, CopyObject destination"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct seen_world *s = begin(10);
        struct fake_object *o = fake_find(&s->w.fake, SRC, KEY);

        o->archive = rows[i].archive;
        memcpy(o->storage_class, "DEEP_ARCHIVE", sizeof "DEEP_ARCHIVE");
        see(&s->seen.source, o);
        assert_int_equal(world_run(&s->w)->status, rows[i].status);
        assert_asked(&s->w, rows[i].asked);
        world_free(&s->w);
    }
}

/* A class that listings do not show as archived, and HEAD does: the copy is refused, and then HEAD
 * tells why. */
static void test_refused(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    s->w.input.options.tags = TAGS_NONE;
    fake_find(&s->w.fake, SRC, KEY)->archive = ARCHIVE_STORED;
    r = world_run(&s->w);
    assert_asked(&s->w, "CopyObject destination, HeadObject source, HeadObject destination");
    assert_path(&s->w, "LOOKUP SINGLE LOOKUP DONE");
    assert_int_equal(r->status, RESULT_FAILED);
    assert_string_equal(r->err.service_code, "InvalidObjectState");
    assert_int_equal(r->attempts, 2);
    world_free(&s->w);
}

/* It is gone meanwhile: S3's words, whoever is asked. */
static void test_gone(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    fake_object_free(fake_find(&s->w.fake, SRC, KEY));
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_FAILED);
    assert_string_equal(r->err.service_code, "NoSuchKey");
    world_free(&s->w);
}

/* A failure on the way is no reason to look closer. */
static void test_network(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    s->w.fake.rules[0] = (struct fake_rule){
            .op = S3_COPY_OBJECT, .nth = 1, .outcome = FAKE_FAILS, .err = fake_network()};
    s->w.fake.rule_count = 1;
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_FAILED);
    assert_asked(&s->w, "CopyObject destination");
    world_free(&s->w);
}

/* Tags that may not be read take no HEAD. */
static void test_tags_denied(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    s->w.fake.rules[0] = (struct fake_rule){.op = S3_COPY_OBJECT,
            .nth = 1,
            .outcome = FAKE_FAILS,
            .err = fake_error(403, "AccessDenied")};
    s->w.fake.rule_count = 1;
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_COPIED);
    assert_int_equal(r->notes, NOTE_TAGS_DROPPED);
    assert_asked(&s->w, "CopyObject destination, CopyObject destination");
    world_free(&s->w);
}

static struct seen_world *changing;

static void change(struct fake *f)
{
    fake_put(f, SRC, KEY, 11, 0, NULL);
}

static void test_changed(void **state)
{
    const struct result *r;

    (void)state;
    changing = begin(10);
    changing->w.fake.rules[0] =
            (struct fake_rule){.op = S3_COPY_OBJECT, .nth = 1, .before = change};
    changing->w.fake.rule_count = 1;
    r = world_run(&changing->w);
    assert_int_equal(r->status, RESULT_COPIED);
    assert_true(r->size == 11);
    assert_int_equal(r->seen, RESULT_SEEN_BY_HEAD);
    assert_asked(&changing->w, "CopyObject destination, HeadObject source, HeadObject destination, "
                               "CopyObject destination");
    world_free(&changing->w);
}

/* A copy with another ETag: the source is looked at before the copy is judged, since a listing does
 * not tell whether it is encrypted. */
static void test_other_etag(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    s->w.fake.ways.encrypts = 1;
    r = world_run(&s->w);
    assert_path(&s->w, "LOOKUP SINGLE RECHECK VERIFY DONE");
    assert_asked(
            &s->w, "CopyObject destination, HeadObject source+sums, HeadObject destination+sums");
    assert_int_equal(r->status, RESULT_COPIED);
    assert_int_equal(r->verified, VERIFIED_SIZE);
    assert_int_equal(r->seen, RESULT_SEEN_BY_HEAD);
    world_free(&s->w);
    s = begin(10);
    fake_find(&s->w.fake, SRC, KEY)->kind = ETAG_KIND_OPAQUE; /* the source is */
    memcpy(fake_find(&s->w.fake, SRC, KEY)->etag, "00000000000000000000000000000000", 33);
    see(&s->seen.source, fake_find(&s->w.fake, SRC, KEY));
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_COPIED);
    assert_int_equal(r->verified, VERIFIED_SIZE);
    world_free(&s->w);
}

/* Another object is at the destination, as far as a listing tells. */
static void test_different(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    s->w.input.options.on_different = ON_DIFFERENT_KEEP;
    see(&s->seen.destination, fake_put(&s->w.fake, DST, KEY, 12, 0, NULL));
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_KEPT);
    assert_asked(&s->w, "HeadObject source, HeadObject destination");
    world_free(&s->w);
    s = begin(10); /* it came after the listing */
    s->w.input.options.on_different = ON_DIFFERENT_KEEP;
    fake_put(&s->w.fake, DST, KEY, 12, 0, NULL);
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_KEPT);
    assert_asked(&s->w, "CopyObject destination, HeadObject source, HeadObject destination");
    world_free(&s->w);
}

/* The server cannot make the write conditional: a listing is no look right before it. */
static void test_no_condition(void **state)
{
    struct seen_world *s = begin(10);
    const struct result *r;

    (void)state;
    s->w.input.options.on_different = ON_DIFFERENT_KEEP;
    server_facts_learn(&s->w.server_facts, TRAIT_NO_TARGET_CONDITION);
    fake_put(&s->w.fake, DST, KEY, 12, 0, NULL);
    r = world_run(&s->w);
    assert_int_equal(r->status, RESULT_KEPT);
    assert_int_equal(s->w.fake.counts[S3_COPY_OBJECT], 0);
    world_free(&s->w);
}

static void test_dry(void **state)
{
    struct seen_world *s = begin(10);

    (void)state;
    s->w.input.dry_run = true;
    assert_int_equal(world_run(&s->w)->status, RESULT_PENDING);
    assert_asked(&s->w, "");
    world_free(&s->w);
}

/* An upload on record is gone on with by what HEAD tells. */
static void test_recalled(void **state)
{
    struct seen_world *s = begin(10);

    (void)state;
    fake_set_record(&s->w.fake, KEY, "{}");
    assert_int_equal(world_run(&s->w)->status, RESULT_COPIED);
    assert_non_null(strstr(buf_str(&s->w.fake.log), "HeadObject source"));
    world_free(&s->w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_copied),
            cmocka_unit_test(test_same),
            cmocka_unit_test(test_old),
            cmocka_unit_test(test_one_side),
            cmocka_unit_test(test_empty),
            cmocka_unit_test(test_parts),
            cmocka_unit_test(test_archived),
            cmocka_unit_test(test_refused),
            cmocka_unit_test(test_gone),
            cmocka_unit_test(test_network),
            cmocka_unit_test(test_tags_denied),
            cmocka_unit_test(test_changed),
            cmocka_unit_test(test_other_etag),
            cmocka_unit_test(test_different),
            cmocka_unit_test(test_no_condition),
            cmocka_unit_test(test_dry),
            cmocka_unit_test(test_recalled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
