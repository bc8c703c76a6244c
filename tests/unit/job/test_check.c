/* A check against an S3 that does as other servers do: what is found, and that nothing of anybody
 * else's is touched and nothing of ours stays. */
#include "check_world.h"

/* Runs a check from src to dst (to: NULL: src is both). */
static enum err_code check(struct check_report *r, const char *to, bool writes, struct err *e)
{
    static char uri[] = "s3://src/data/";
    static char *const uris[] = {uri};
    const struct check_config config = {.sync = {world.net, world.s3},
            .stop = &world.stop,
            .endpoint = "http://s3.test",
            .uris = uris,
            .count = 1,
            .to = to,
            .writes = writes};

    return check_run(r, &config, e);
}

static const char *value(const struct check_report *r, const char *name)
{
    struct check_finding f;
    unsigned i, row;

    for (i = 0; i < r->count; i++)
        for (row = 0; row < check_rows(); row++)
            if (check_find(&f, &r->seen[i], row) && strcmp(f.name, name) == 0)
                return f.value;
    return "none";
}

/* How often a request was sent that begins so. */
static unsigned sent(const char *begins, const char *has)
{
    unsigned i, n = 0;

    for (i = 0; i < world.sent_count; i++)
        n += strncmp(world.sent[i], begins, strlen(begins)) == 0 && strstr(world.sent[i], has);
    return n;
}

/* --- without --write --- */

static void test_all_is_well(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(0);
    assert_int_equal(check(&r, "s3://dst/out/", false, &e), ERR_OK);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.seen[0].object, "data/b"); /* it is of parts */
    assert_string_equal(r.seen[0].bucket, "src");
    assert_string_equal(r.endpoint, "http://s3.test");
    assert_string_equal(value(&r, "reading"), "yes");
    assert_string_equal(value(&r, "part-copy"), "yes");
    assert_string_equal(value(&r, "source-condition"), "enforced");
    assert_string_equal(value(&r, "writing"), "yes");
    assert_string_equal(value(&r, "uploads-removed"), "yes");
    assert_string_equal(value(&r, "if-none-match-put"), "none");
    assert_true(check_report_works(&r));
    assert_int_equal(world_ours(), 0);
    /* One upload for the source, one for the destination, and three with headers. */
    assert_int_equal(sent("POST /dst/out/copyout-check-", "uploads"), 5);
    assert_int_equal(sent("DELETE /dst/out/copyout-check-", "uploadId"), 5);
    assert_int_equal(sent("POST ", "uploadId"), 0);
    check_report_free(&r);
    world_end();
}

/* No request makes an object, whatever the server does otherwise, and no upload stays. */
static void test_nothing_is_made(void **state)
{
    static const unsigned worlds[] = {0, IGNORES_SOURCE, IGNORES_NONE_MATCH, REFUSES_NONE_MATCH,
            VERSIONED, NO_LISTING, NO_LOOKING, NO_WRITING, NO_PART_COPY, NEVER_MATCHES,
            NO_LISTING_UPLOADS, IGNORES_SOURCE | IGNORES_NONE_MATCH | VERSIONED};
    size_t i;

    (void)state;
    for (i = 0; i < 2 * sizeof worlds / sizeof worlds[0]; i++) {
        struct check_report r;
        struct err e;

        world_begin(worlds[i / 2]);
        assert_int_equal(check(&r, i % 2 ? "s3://dst/out/" : NULL, false, &e), ERR_OK);
        assert_int_equal(world.object_count, 3);
        assert_int_equal(world_ours(), 0);
        assert_int_equal(r.left_count, 0);
        assert_int_equal(sent("POST ", "uploadId"), 0);
        assert_int_equal(sent("PUT ", "") - sent("PUT ", "partNumber"), 0);
        check_report_free(&r);
        world_end();
    }
}

struct found {
    unsigned world;
    const char *name, *value;
    bool works;
};

static void test_findings(void **state)
{
    static const struct found all[] = {
            {IGNORES_SOURCE, "source-condition", "ignored", true},
            {NEVER_MATCHES, "source-condition", "refused", true},
            {NEVER_MATCHES, "part-copy", "yes", true},
            {NO_PART_COPY, "part-copy", "unsupported", true},
            {NO_PART_COPY, "source-condition", "?", true},
            {NO_LISTING, "listing", "no", false},
            {NO_LOOKING, "reading", "no", false},
            {NO_LOOKING, "part-copy", "?", false},
            {NO_WRITING, "writing", "no", false},
            {NO_WRITING, "tags-on-write", "?", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct check_report r;
        struct err e;

        world_begin(all[i].world);
        assert_int_equal(check(&r, NULL, false, &e), ERR_OK);
        assert_string_equal(value(&r, all[i].name), all[i].value);
        assert_int_equal(check_report_works(&r), all[i].works);
        check_report_free(&r);
        world_end();
    }
}

/* An upload that cannot be removed is told, and no other is begun. */
static void test_upload_is_left(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(NO_ABORTING | NO_LISTING_UPLOADS);
    assert_int_equal(check(&r, NULL, true, &e), ERR_OK);
    assert_string_equal(value(&r, "uploads-removed"), "no");
    assert_int_equal(r.left_count, 1);
    assert_string_equal(r.left[0].bucket, "src");
    assert_string_equal(r.left[0].upload_id, "1");
    assert_non_null(strstr(r.left[0].key, "data/copyout-check-"));
    assert_null(r.left[0].version);
    assert_int_equal(world.upload_count, 1);
    assert_int_equal(world_ours(), 1);
    check_report_free(&r);
    world_end();
}

/* An upload that was begun, of which the answer does not tell, is found by its name and removed;
 * where uploads cannot be listed it is told that there may be one. how: what becomes of the answer;
 * codes: what the check says, with and without listings. */
static void upload_is_looked_for(unsigned how, enum err_code codes[2])
{
    struct check_report r;
    struct err e;

    world_begin(how);
    codes[0] = check(&r, "s3://dst/out/", false, &e);
    assert_int_equal(world_ours(), 0);
    assert_int_equal(r.left_count, 0);
    check_report_free(&r);
    world_end();
    world_begin(how | NO_LISTING_UPLOADS);
    codes[1] = check(&r, "s3://dst/out/", false, &e);
    assert_true(world_ours() > 0);
    assert_int_equal(r.left_count, 1);
    assert_string_equal(r.left[0].upload_id, "?");
    check_report_free(&r);
    world_end();
}

static void test_lost_upload(void **state)
{
    enum err_code codes[2];

    (void)state;
    upload_is_looked_for(LOSES_CREATES, codes);
    assert_int_equal(codes[0], ERR_NETWORK);
    assert_int_equal(codes[1], ERR_NETWORK);
}

/* It was answered with an error of the server's. */
static void test_failed_upload(void **state)
{
    enum err_code codes[2];

    (void)state;
    upload_is_looked_for(FAILS_CREATES, codes);
}

/* --- with --write --- */

static void test_writes(void **state)
{
    static const struct found all[] = {
            {0, "object", "yes", true},
            {0, "if-none-match-put", "enforced", true},
            {0, "if-none-match-copy", "enforced", true},
            {0, "if-none-match-complete", "enforced", true},
            {0, "etags", "md5", true},
            {0, "versions-on-write", "not-kept", true},
            {0, "removing", "yes", true},
            {0, "if-match-copy", "enforced", true},
            {IGNORES_MATCH | VERSIONED, "if-match-copy", "ignored", true},
            {REFUSES_NONE_MATCH, "if-match-copy", "?", true},
            {VERSIONED, "versions-on-write", "kept", true},
            {IGNORES_NONE_MATCH, "if-none-match-put", "ignored", true},
            {IGNORES_NONE_MATCH, "if-none-match-copy", "ignored", true},
            {IGNORES_NONE_MATCH, "if-none-match-complete", "ignored", true},
            {IGNORES_NONE_MATCH | VERSIONED, "removing", "yes", true},
            {REFUSES_NONE_MATCH, "object", "yes", true},
            {REFUSES_NONE_MATCH, "if-none-match-put", "refused", true},
            {REFUSES_NONE_MATCH, "if-none-match-copy", "refused", true},
            {REFUSES_NONE_MATCH, "if-none-match-complete", "refused", true},
            {MISJUDGES_NONE_MATCH, "if-none-match-copy", "misjudged", true},
            {NEVER_ABSENT, "object", "yes", true},
            {NEVER_ABSENT, "if-none-match-put", "refused", true},
            {NEVER_ABSENT, "if-none-match-copy", "misjudged", true},
            {NOT_MODIFIED, "object", "yes", true},
            {NOT_MODIFIED, "if-none-match-put", "refused", true},
            {NOT_MODIFIED, "if-none-match-copy", "refused", true},
            {NO_WRITING, "object", "no", false},
            {NO_WRITING, "removing", "?", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct check_report r;
        struct err e;

        world_begin(all[i].world);
        assert_int_equal(check(&r, i % 2 ? "s3://dst/out/" : NULL, true, &e), ERR_OK);
        if (strcmp(value(&r, all[i].name), all[i].value) != 0)
            fail_msg("world %u: %s is %s", all[i].world, all[i].name, value(&r, all[i].name));
        assert_int_equal(check_report_works(&r), all[i].works);
        assert_int_equal(r.left_count, 0);
        assert_int_equal(world_ours(), 0);
        check_report_free(&r);
        world_end();
    }
}

/* A bucket of another region is asked again there. */
static void test_other_region(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(OTHER_REGION);
    assert_int_equal(check(&r, NULL, false, &e), ERR_OK);
    assert_string_equal(value(&r, "bucket"), "there");
    assert_int_equal(sent("HEAD /src?", ""), 2);
    assert_true(check_report_works(&r));
    check_report_free(&r);
    world_end();
}

/* Parts are denied although the bytes may be read: whether the object as a whole can be copied is
 * asked by writing it, and the copy does not stay. */
static void test_denied_parts(void **state)
{
    static const struct {
        unsigned world;
        bool writes;
        enum check_level level;
        unsigned wholes;
    } all[] = {{0, false, CHECK_UNKNOWN, 0}, {0, true, CHECK_NOTE, 1},
            {VERSIONED, true, CHECK_NOTE, 1}, {DENIES_WHOLE, true, CHECK_MISSING, 1},
            {DENIES_BYTES, true, CHECK_MISSING, 0}, {DENIES_BYTES, false, CHECK_MISSING, 0}};
    struct check_finding f;
    struct check_report r;
    unsigned row;
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < 2 * sizeof all / sizeof all[0]; i++) {
        bool seen = false;

        world_begin(DENIES_PARTS | all[i / 2].world);
        assert_int_equal(check(&r, i % 2 ? "s3://dst/out/" : NULL, all[i / 2].writes, &e), ERR_OK);
        for (row = 0; row < check_rows(); row++)
            if (check_find(&f, &r.seen[0], row) && strcmp(f.name, "part-copy") == 0) {
                seen = true;
                assert_int_equal(f.level, all[i / 2].level);
                assert_string_equal(f.value, "no");
            }
        assert_true(seen);
        assert_int_equal(sent("PUT ", "-source?"), all[i / 2].wholes);
        assert_int_equal(r.left_count, 0);
        assert_int_equal(world_ours(), 0);
        check_report_free(&r);
        world_end();
    }
}

/* An object that cannot be removed is told, each version of it. */
static void test_object_is_left(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(NO_REMOVING | VERSIONED);
    assert_int_equal(check(&r, "s3://dst/", true, &e), ERR_OK);
    assert_string_equal(value(&r, "removing"), "no");
    assert_true(check_report_works(&r));
    assert_int_equal(r.left_count, 2); /* it, and its copy */
    assert_string_equal(r.left[0].bucket, "dst");
    assert_memory_equal(r.left[0].key, "copyout-check-", 14);
    assert_memory_equal(r.left[0].version, "v", 1);
    assert_null(r.left[0].upload_id);
    assert_non_null(strstr(r.left[1].key, "-copy"));
    check_report_free(&r);
    world_end();
}

/* These rights may write and not look: our objects are removed all the same, by their versions, of
 * which a server that ignores conditions makes several. */
static void test_writes_unseen(void **state)
{
    static const unsigned worlds[] = {
            0, VERSIONED, VERSIONED | IGNORES_NONE_MATCH | IGNORES_MATCH, IGNORES_NONE_MATCH};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof worlds / sizeof worlds[0]; i++) {
        struct check_report r;
        struct err e;

        world_begin(NO_LOOKING | worlds[i]);
        assert_int_equal(check(&r, "s3://dst/", true, &e), ERR_OK);
        assert_string_equal(value(&r, "object"), "yes");
        assert_string_equal(value(&r, "removing"), "yes");
        assert_int_equal(r.left_count, 0);
        assert_int_equal(world_ours(), 0);
        check_report_free(&r);
        world_end();
    }
}

/* A write whose answer was lost is looked for and removed. */
static void test_lost_object(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(LOSES_PUTS | VERSIONED);
    assert_int_equal(check(&r, NULL, true, &e), ERR_NETWORK);
    assert_int_equal(world_ours(), 0);
    assert_int_equal(r.left_count, 0);
    check_report_free(&r);
    world_end();
    world_begin(LOSES_PUTS | NO_LOOKING);
    assert_int_equal(check(&r, "s3://dst/", true, &e), ERR_NETWORK);
    assert_int_equal(r.left_count, 1); /* nobody knows */
    check_report_free(&r);
    world_end();
}

/* A write that worked and was answered with an error: an attempt after it meets what it made. */
static void test_failed_object(void **state)
{
    static const unsigned worlds[] = {0, VERSIONED, IGNORES_NONE_MATCH};
    struct check_report r;
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof worlds / sizeof worlds[0]; i++) {
        world_begin(FAILS_PUTS | worlds[i]);
        (void)check(&r, "s3://dst/", true, &e);
        assert_int_equal(world_ours(), 0);
        assert_int_equal(r.left_count, 0);
        check_report_free(&r);
        world_end();
        world_begin(FAILS_PUTS | NO_LOOKING | worlds[i]);
        (void)check(&r, "s3://dst/", true, &e);
        assert_true(world_ours() > 0);
        assert_int_equal(r.left_count, 1);
        check_report_free(&r);
        world_end();
    }
}

/* --- the end --- */

/* A signal ends the asking, at whichever request it comes, and what was begun is removed. */
static void test_stopped(void **state)
{
    static const unsigned worlds[] = {0, VERSIONED, IGNORES_NONE_MATCH | IGNORES_MATCH | VERSIONED};
    struct check_report r;
    unsigned last = 1, at, stopped = 0;
    enum err_code code;
    struct err e;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof worlds / sizeof worlds[0]; i++)
        for (at = 0; at < last; at++) {
            world_begin(worlds[i]);
            world.stop_at = at;
            code = check(&r, "s3://dst/out/", true, &e);
            assert_true(code == ERR_OK || (at > 0 && code == ERR_INTERRUPTED));
            stopped += code == ERR_INTERRUPTED;
            if (at == 0)
                last = world.sent_count;
            assert_int_equal(world_ours(), 0);
            assert_int_equal(r.left_count, 0);
            check_report_free(&r);
            world_end();
        }
    assert_true(last > 40);
    assert_true(stopped > 80);
}

/* It asks no more than what it was at. */
static void test_stopped_at_once(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(0);
    world.stop_at = 2;
    assert_int_equal(check(&r, "s3://dst/out/", true, &e), ERR_INTERRUPTED);
    assert_int_equal(world.sent_count, 2);
    check_report_free(&r);
    world_end();
}

static void test_wrong_keys(void **state)
{
    struct check_report r;
    struct err e;

    (void)state;
    world_begin(WRONG_KEYS);
    assert_int_equal(check(&r, NULL, true, &e), ERR_CREDENTIALS);
    assert_string_equal(e.service_code, "InvalidAccessKeyId");
    assert_int_equal(world.sent_count, 2);
    check_report_free(&r);
    world_end();
}

struct usage {
    const char *uri, *to;
    bool read_only, writes;
    const char *said;
};

static void test_usage(void **state)
{
    static const struct usage all[] = {
            {NULL, NULL, false, false, "which bucket?"},
            {"src/data", NULL, false, false, "give buckets as s3://"},
            {"s3://SRC/", NULL, false, false, "the bucket's name has"},
            {"s3://src/\xff", NULL, false, false, "the prefix"},
            {"s3://src/", "dst", false, false, "give buckets as s3://"},
            {"s3://src/", "s3://dst/out", false, false, "a folder ends with '/'"},
            {"s3://src/", "s3://dst/", true, false, "--read-only goes with"},
            {"s3://src/", NULL, true, true, "--read-only goes with"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        char uri[64];
        char *const uris[] = {uri};
        struct check_config config = {.uris = uris,
                .count = all[i].uri ? 1 : 0,
                .to = all[i].to,
                .read_only = all[i].read_only,
                .writes = all[i].writes};
        struct check_report r;
        struct err e;

        snprintf(uri, sizeof uri, "%s", all[i].uri ? all[i].uri : "");
        world_begin(0);
        config.sync = (struct sync){world.net, world.s3};
        assert_int_equal(check_run(&r, &config, &e), ERR_USAGE);
        if (!strstr(e.message, all[i].said))
            fail_msg("%s", e.message);
        assert_int_equal(world.sent_count, 0);
        assert_int_equal(r.count, 0);
        check_report_free(&r);
        world_end();
    }
}

/* As a source alone nothing is sent but reads; an address may be an object's own. */
static void test_read_only(void **state)
{
    static char uri[] = "s3://src/data/a";
    static char *const uris[] = {uri};
    struct check_config config = {.uris = uris, .count = 1, .read_only = true};
    struct check_report r;
    struct err e;
    unsigned i;

    (void)state;
    world_begin(NO_LISTING);
    config.sync = (struct sync){world.net, world.s3};
    assert_int_equal(check_run(&r, &config, &e), ERR_OK);
    assert_string_equal(r.seen[0].object, "data/a");
    assert_string_equal(value(&r, "reading"), "yes");
    assert_string_equal(value(&r, "writing"), "none");
    assert_string_equal(value(&r, "part-copy"), "none");
    assert_true(check_report_works(&r));
    for (i = 0; i < world.sent_count; i++)
        assert_true(
                strncmp(world.sent[i], "GET ", 4) == 0 || strncmp(world.sent[i], "HEAD ", 5) == 0);
    check_report_free(&r);
    world_end();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_all_is_well),
            cmocka_unit_test(test_nothing_is_made),
            cmocka_unit_test(test_findings),
            cmocka_unit_test(test_upload_is_left),
            cmocka_unit_test(test_lost_upload),
            cmocka_unit_test(test_failed_upload),
            cmocka_unit_test(test_writes),
            cmocka_unit_test(test_denied_parts),
            cmocka_unit_test(test_other_region),
            cmocka_unit_test(test_object_is_left),
            cmocka_unit_test(test_writes_unseen),
            cmocka_unit_test(test_lost_object),
            cmocka_unit_test(test_failed_object),
            cmocka_unit_test(test_stopped),
            cmocka_unit_test(test_stopped_at_once),
            cmocka_unit_test(test_wrong_keys),
            cmocka_unit_test(test_usage),
            cmocka_unit_test(test_read_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
