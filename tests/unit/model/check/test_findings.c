/* The findings of a check: for each row of the table, from answers to a value and a level; and
 * their forms as text and JSON. */
#include "made_seen.h"

struct row {
    const char *name;
    struct said said[SAID_MOST]; /* status 0: the end */
    const char *value;
    enum check_level level;
    int err_status; /* of what S3 said; 0: it refused nothing */
};

#define MD5   "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

static const struct row rows[] = {
        {"bucket", {{.ask = ASK_BUCKET, .status = 200}}, "there", CHECK_OK, 0},
        {"bucket", {{.ask = ASK_BUCKET, .status = 403}}, "refused", CHECK_NOTE, 403},
        {"bucket", {{.ask = ASK_BUCKET, .status = 400}}, "refused", CHECK_NOTE, 400},
        {"bucket", {{.ask = ASK_BUCKET, .status = 404}}, "missing", CHECK_MISSING, 404},
        {"bucket", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"addressing", {{.ask = ASK_BUCKET, .status = 0}}, "host", CHECK_OK, 0},
        {"region", {{.ask = ASK_BUCKET, .status = 403, .text = "eu-west-1"}}, "eu-west-1", CHECK_OK,
                0},
        {"region", {{.ask = ASK_BUCKET, .status = 200}}, "unsaid", CHECK_NOTE, 0},
        {"listing", {{.ask = ASK_LISTING, .status = 200, .shows = CHECK_SHOWS_OBJECTS}}, "yes",
                CHECK_OK, 0},
        {"listing", {{.ask = ASK_LISTING, .status = 200}}, "empty", CHECK_OK, 0},
        {"listing", {{.ask = ASK_LISTING, .status = 403}}, "no", CHECK_NOTE, 403},
        {"listing", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"restore-status", {{.ask = ASK_LISTING, .status = 200, .shows = CHECK_SHOWS_OBJECTS}}, "?",
                CHECK_UNKNOWN, 0},
        {"restore-status", {{.ask = ASK_LISTING, .status = 200, .shows = CHECK_SHOWS_ARCHIVED}},
                "not-shown", CHECK_NOTE, 0},
        {"restore-status",
                {{.ask = ASK_LISTING,
                        .status = 200,
                        .shows = CHECK_SHOWS_ARCHIVED | CHECK_SHOWS_RESTORES}},
                "shown", CHECK_OK, 0},
        {"restore-status", {{.ask = ASK_LISTING, .status = 403, .shows = CHECK_SHOWS_ARCHIVED}},
                "?", CHECK_UNKNOWN, 0},
        {"reading", {{.ask = ASK_OBJECT, .status = 200}}, "yes", CHECK_OK, 0},
        {"reading", {{.ask = ASK_OBJECT, .status = 200, .archive = ARCHIVE_STORED}}, "yes",
                CHECK_NOTE, 0},
        {"reading", {{.ask = ASK_OBJECT, .status = 403}}, "no", CHECK_MISSING, 403},
        {"reading", {{.ask = ASK_LISTING, .status = 200}}, "?", CHECK_UNKNOWN, 0},
        {"reading", {{.ask = ASK_LISTING, .status = 403}}, "?", CHECK_MISSING, 0},
        {"tags", {{.ask = ASK_TAGGING, .status = 200}}, "yes", CHECK_OK, 0},
        {"tags", {{.ask = ASK_TAGGING, .status = 403}}, "no", CHECK_NOTE, 403},
        {"tags", {{.ask = ASK_TAGGING, .status = 404, .code = "NoSuchTagSet"}}, "yes", CHECK_OK,
                404},
        {"tags", {{.ask = ASK_TAGGING, .status = 404, .code = "NoSuchKey"}}, "no", CHECK_NOTE, 404},
        {"tags", {{.ask = ASK_TAGGING, .status = 501}}, "unsupported", CHECK_NOTE, 501},
        {"tags", {{.ask = ASK_TAGGING, .status = 405}}, "unsupported", CHECK_NOTE, 405},
        {"tags", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"part-numbers",
                {{.ask = ASK_OBJECT, .status = 200, .size = 9},
                        {.ask = ASK_PART, .status = 200, .shows = CHECK_SHOWS_RANGE, .size = 9}},
                "answered", CHECK_OK, 0},
        {"part-numbers",
                {{.ask = ASK_OBJECT, .status = 200, .size = 9},
                        {.ask = ASK_PART, .status = 200, .size = 9, .parts_count = 2}},
                "answered", CHECK_OK, 0},
        {"part-numbers",
                {{.ask = ASK_OBJECT, .status = 200, .size = 9},
                        {.ask = ASK_PART, .status = 200, .size = 5}},
                "answered", CHECK_OK, 0},
        {"part-numbers",
                {{.ask = ASK_OBJECT, .status = 200, .size = 9},
                        {.ask = ASK_PART, .status = 200, .size = 9}},
                "ignored", CHECK_NOTE, 0},
        {"part-numbers", {{.ask = ASK_OBJECT, .status = 200}, {.ask = ASK_PART, .status = 405}},
                "refused", CHECK_NOTE, 405},
        {"part-numbers", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"checksums", {{.ask = ASK_CHECKSUMS, .status = 200, .checksum = true}}, "shown", CHECK_OK,
                0},
        {"checksums", {{.ask = ASK_CHECKSUMS, .status = 200}}, "none", CHECK_OK, 0},
        {"checksums", {{.ask = ASK_CHECKSUMS, .status = 403}}, "refused", CHECK_NOTE, 403},
        {"checksums", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"encryption",
                {{.ask = ASK_OBJECT,
                        .status = 200,
                        .shows = CHECK_SHOWS_OTHER_KEY,
                        .text = "aws:kms"}},
                "kms", CHECK_NOTE, 0},
        {"encryption", {{.ask = ASK_OBJECT, .status = 200, .text = "AES256"}}, "s3", CHECK_OK, 0},
        {"encryption", {{.ask = ASK_OBJECT, .status = 200}}, "unsaid", CHECK_OK, 0},
        {"encryption", {{.ask = ASK_OBJECT, .status = 403}}, "?", CHECK_UNKNOWN, 0},
        {"versions", {{.ask = ASK_OBJECT, .status = 200, .version = "v1"}}, "shown", CHECK_OK, 0},
        {"versions", {{.ask = ASK_OBJECT, .status = 200}}, "not-shown", CHECK_OK, 0},
        {"versions", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"object-lock", {{.ask = ASK_OBJECT, .status = 200, .shows = CHECK_SHOWS_LOCK}}, "shown",
                CHECK_OK, 0},
        {"object-lock", {{.ask = ASK_OBJECT, .status = 200}}, "not-shown", CHECK_OK, 0},
        {"object-lock", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"part-copy", {{.ask = ASK_COPY_RIGHT, .status = 200}}, "yes", CHECK_OK, 0},
        {"part-copy",
                {{.ask = ASK_COPY_RIGHT, .status = 412}, {.ask = ASK_COPY_BARE, .status = 200}},
                "yes", CHECK_OK, 0},
        {"part-copy",
                {{.ask = ASK_COPY_RIGHT, .status = 501}, {.ask = ASK_COPY_BARE, .status = 501}},
                "unsupported", CHECK_NOTE, 501},
        {"part-copy", {{.ask = ASK_COPY_RIGHT, .status = 403}}, "no", CHECK_MISSING, 403},
        {"part-copy", {{.ask = ASK_COPY_RIGHT, .status = 403}, {.ask = ASK_BYTE, .status = 403}},
                "no", CHECK_MISSING, 403},
        {"part-copy", {{.ask = ASK_COPY_RIGHT, .status = 403}, {.ask = ASK_BYTE, .status = 200}},
                "no", CHECK_UNKNOWN, 403},
        {"part-copy",
                {{.ask = ASK_COPY_RIGHT, .status = 403}, {.ask = ASK_BYTE, .status = 200},
                        {.ask = ASK_WHOLE, .status = 200}},
                "no", CHECK_NOTE, 403},
        {"part-copy",
                {{.ask = ASK_COPY_RIGHT, .status = 403}, {.ask = ASK_BYTE, .status = 200},
                        {.ask = ASK_WHOLE, .status = 403}},
                "no", CHECK_MISSING, 403},
        {"part-copy",
                {{.ask = ASK_COPY_RIGHT, .status = 403}, {.ask = ASK_BYTE, .status = 200},
                        {.ask = ASK_WHOLE, .status = 200},
                        {.ask = ASK_PART, .status = 200, .parts_count = 2}},
                "no", CHECK_MISSING, 403},
        {"part-copy",
                {{.ask = ASK_OBJECT, .status = 200, .archive = ARCHIVE_STORED},
                        {.ask = ASK_COPY_RIGHT, .status = 403}},
                "?", CHECK_UNKNOWN, 403},
        {"part-copy", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"source-condition",
                {{.ask = ASK_COPY_RIGHT, .status = 200}, {.ask = ASK_COPY_WRONG, .status = 412}},
                "enforced", CHECK_OK, 0},
        {"source-condition",
                {{.ask = ASK_COPY_RIGHT, .status = 200}, {.ask = ASK_COPY_WRONG, .status = 200}},
                "ignored", CHECK_NOTE, 0},
        {"source-condition",
                {{.ask = ASK_COPY_RIGHT, .status = 412}, {.ask = ASK_COPY_BARE, .status = 200}},
                "refused", CHECK_NOTE, 412},
        {"source-condition",
                {{.ask = ASK_COPY_RIGHT, .status = 200}, {.ask = ASK_COPY_WRONG, .status = 500}},
                "?", CHECK_UNKNOWN, 500},
        {"source-condition", {{.ask = ASK_COPY_RIGHT, .status = 200}}, "?", CHECK_UNKNOWN, 0},
        {"source-condition", {{.ask = ASK_COPY_RIGHT, .status = 403}}, "?", CHECK_UNKNOWN, 0},
        {"writing", {{.ask = ASK_CREATE, .status = 200}}, "yes", CHECK_OK, 0},
        {"writing", {{.ask = ASK_CREATE, .status = 403}}, "no", CHECK_MISSING, 403},
        {"writing", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"uploads-removed", {{.ask = ASK_PARTS, .status = 200}, {.ask = ASK_ABORT, .status = 200}},
                "yes", CHECK_OK, 0},
        {"uploads-removed", {{.ask = ASK_PARTS, .status = 403}, {.ask = ASK_ABORT, .status = 200}},
                "unsure", CHECK_NOTE, 403},
        {"uploads-removed", {{.ask = ASK_PARTS, .status = 200}, {.ask = ASK_ABORT, .status = 405}},
                "no", CHECK_NOTE, 405},
        {"uploads-removed", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"tags-on-write", {{.ask = ASK_CREATE_TAGS, .status = 200}}, "accepted", CHECK_OK, 0},
        {"tags-on-write", {{.ask = ASK_CREATE_TAGS, .status = 403}}, "refused", CHECK_NOTE, 403},
        {"tags-on-write", {{.ask = ASK_CREATE_TAGS, .status = 501}}, "unsupported", CHECK_NOTE,
                501},
        {"tags-on-write", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"checksums-on-write", {{.ask = ASK_CREATE_CHECKSUMS, .status = 200}}, "accepted", CHECK_OK,
                0},
        {"checksums-on-write", {{.ask = ASK_CREATE_CHECKSUMS, .status = 501}}, "refused",
                CHECK_NOTE, 501},
        {"object-lock-on-write", {{.ask = ASK_CREATE_LOCK, .status = 200}}, "accepted", CHECK_OK,
                0},
        {"object-lock-on-write", {{.ask = ASK_CREATE_LOCK, .status = 400}}, "refused", CHECK_NOTE,
                400},
        {"encryption-on-write",
                {{.ask = ASK_CREATE,
                        .status = 200,
                        .shows = CHECK_SHOWS_OTHER_KEY,
                        .text = "aws:kms"}},
                "kms", CHECK_NOTE, 0},
        {"encryption-on-write", {{.ask = ASK_CREATE, .status = 200, .text = "AES256"}}, "s3",
                CHECK_OK, 0},
        {"encryption-on-write", {{.ask = ASK_CREATE, .status = 403}}, "?", CHECK_UNKNOWN, 0},
        {"object", {{.ask = ASK_PUT, .status = 200}}, "yes", CHECK_OK, 0},
        {"object", {{.ask = ASK_PUT, .status = 501}, {.ask = ASK_PUT_BARE, .status = 200}}, "yes",
                CHECK_OK, 0},
        {"object", {{.ask = ASK_PUT, .status = 403}}, "no", CHECK_MISSING, 403},
        {"object", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"if-none-match-put",
                {{.ask = ASK_PUT, .status = 200}, {.ask = ASK_PUT_AGAIN, .status = 412}},
                "enforced", CHECK_OK, 0},
        {"if-none-match-put",
                {{.ask = ASK_PUT, .status = 200}, {.ask = ASK_PUT_AGAIN, .status = 200}}, "ignored",
                CHECK_NOTE, 0},
        {"if-none-match-put",
                {{.ask = ASK_PUT, .status = 501}, {.ask = ASK_PUT_BARE, .status = 200}}, "refused",
                CHECK_NOTE, 501},
        {"if-none-match-put",
                {{.ask = ASK_PUT, .status = 200}, {.ask = ASK_PUT_AGAIN, .status = 500}}, "?",
                CHECK_UNKNOWN, 500},
        {"if-none-match-put", {{.ask = ASK_PUT, .status = 403}}, "?", CHECK_UNKNOWN, 0},
        {"if-none-match-copy",
                {{.ask = ASK_COPY, .status = 200}, {.ask = ASK_COPY_AGAIN, .status = 412}},
                "enforced", CHECK_OK, 0},
        {"if-none-match-copy",
                {{.ask = ASK_COPY, .status = 200}, {.ask = ASK_COPY_AGAIN, .status = 200}},
                "ignored", CHECK_NOTE, 0},
        {"if-none-match-copy", {{.ask = ASK_COPY, .status = 412}}, "misjudged", CHECK_NOTE, 412},
        {"if-none-match-copy", {{.ask = ASK_COPY, .status = 501}}, "refused", CHECK_NOTE, 501},
        {"if-none-match-copy", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"if-match-copy",
                {{.ask = ASK_MATCH_RIGHT, .status = 200}, {.ask = ASK_MATCH_WRONG, .status = 412}},
                "enforced", CHECK_OK, 0},
        {"if-match-copy",
                {{.ask = ASK_MATCH_RIGHT, .status = 200}, {.ask = ASK_MATCH_WRONG, .status = 200}},
                "ignored", CHECK_NOTE, 0},
        {"if-match-copy", {{.ask = ASK_MATCH_RIGHT, .status = 501}}, "refused", CHECK_NOTE, 501},
        {"if-match-copy",
                {{.ask = ASK_MATCH_RIGHT, .status = 200}, {.ask = ASK_MATCH_WRONG, .status = 501}},
                "refused", CHECK_NOTE, 501},
        {"if-match-copy", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"if-none-match-complete", {{.ask = ASK_COMPLETE, .status = 412}}, "enforced", CHECK_OK, 0},
        {"if-none-match-complete", {{.ask = ASK_COMPLETE, .status = 200}}, "ignored", CHECK_NOTE,
                0},
        {"if-none-match-complete", {{.ask = ASK_COMPLETE, .status = 501}}, "refused", CHECK_NOTE,
                501},
        {"if-none-match-complete", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
        {"etags", {{.ask = ASK_PUT, .status = 200, .text = MD5}}, "md5", CHECK_OK, 0},
        {"etags", {{.ask = ASK_PUT, .status = 200, .text = OTHER}}, "other", CHECK_NOTE, 0},
        {"etags", {{.ask = ASK_PUT, .status = 200, .shows = CHECK_SHOWS_OTHER_KEY, .text = OTHER}},
                "opaque", CHECK_NOTE, 0},
        {"etags",
                {{.ask = ASK_PUT, .status = 501},
                        {.ask = ASK_PUT_BARE, .status = 200, .text = MD5}},
                "md5", CHECK_OK, 0},
        {"etags", {{.ask = ASK_PUT, .status = 200}}, "?", CHECK_UNKNOWN, 0},
        {"versions-on-write", {{.ask = ASK_WRITTEN, .status = 200, .version = "v1"}}, "kept",
                CHECK_OK, 0},
        {"versions-on-write", {{.ask = ASK_WRITTEN, .status = 200, .version = "null"}}, "not-kept",
                CHECK_OK, 0},
        {"versions-on-write", {{.ask = ASK_WRITTEN, .status = 200}}, "not-kept", CHECK_OK, 0},
        {"versions-on-write", {{.ask = ASK_WRITTEN, .status = 403}}, "?", CHECK_UNKNOWN, 0},
        {"removing", {{.ask = ASK_REMOVE, .status = 200}}, "yes", CHECK_OK, 0},
        {"removing", {{.ask = ASK_REMOVE, .status = 403}}, "no", CHECK_NOTE, 403},
        {"removing", {{.ask = ASK_BUCKET, .status = 0}}, "?", CHECK_UNKNOWN, 0},
};

static void test_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        struct check_seen *s = seen_of(r->said);
        struct check_finding f = find(s, r->name);

        if (strcmp(f.value, r->value) != 0 || f.level != r->level ||
                (f.err ? f.err->http_status : 0) != r->err_status)
            fail_msg("row %zu, %s: %s, %s", i, r->name, f.value, check_level_name(f.level));
        assert_true(strlen(f.meaning) > 0);
        assert_true(f.meaning[strlen(f.meaning) - 1] != '.');
        seen_done(s);
    }
}

/* Each row of the table has rows above, and a name of its own. */
static void test_every_row_is_tested(void **state)
{
    static const struct said nothing[1];
    struct check_seen *s = seen_of(nothing);
    struct check_finding f, g;
    unsigned row, other;
    size_t i;

    (void)state;
    for (row = 0; row < check_rows(); row++) {
        bool has = false;

        assert_true(check_find(&f, s, row));
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
            has = has || strcmp(rows[i].name, f.name) == 0;
        if (!has)
            fail_msg("%s is not tested", f.name);
        for (other = 0; other < row; other++) {
            assert_true(check_find(&g, s, other));
            assert_string_not_equal(f.name, g.name);
        }
    }
    seen_done(s);
}

static void test_addressing(void **state)
{
    static const struct said nothing[1];
    struct check_seen *s = seen_of(nothing);

    (void)state;
    s->in_path = true;
    assert_string_equal(find(s, "addressing").value, "path");
    seen_done(s);
}

/* How many rows those roles have. */
static unsigned count(unsigned roles, bool writes)
{
    static const struct said nothing[1];
    struct check_seen *s = seen_of(nothing);
    struct check_finding f;
    unsigned row, n = 0;

    s->roles = roles;
    s->writes = writes;
    for (row = 0; row < check_rows(); row++)
        n += check_find(&f, s, row);
    seen_done(s);
    return n;
}

static void test_roles(void **state)
{
    (void)state;
    assert_int_equal(count(CHECK_SOURCE, false), 12);
    assert_int_equal(count(CHECK_SOURCE | CHECK_PAIR, true), 14);
    assert_int_equal(count(CHECK_DESTINATION, false), 9);
    assert_int_equal(count(CHECK_DESTINATION, true), 17);
    assert_int_equal(count(CHECK_SOURCE | CHECK_DESTINATION | CHECK_PAIR, true), check_rows());
}

/* --- reports --- */

static struct check_report report_of(const struct said *said)
{
    struct check_seen *s = seen_of(said);
    struct check_report r = {.seen = s, .count = 1, .writes = true};

    return r;
}

static const struct said all_well[SAID_MOST] = {{.ask = ASK_BUCKET, .status = 200},
        {.ask = ASK_OBJECT, .status = 200}, {.ask = ASK_COPY_RIGHT, .status = 200},
        {.ask = ASK_CREATE, .status = 200}, {.ask = ASK_PUT, .status = 200}};

static bool text_of_check_has(const struct check_report *r, bool early, const char *what)
{
    struct buf text;
    bool has;

    buf_init(&text, BUF_MAX_CONFIG);
    check_report_text(&text, r, early);
    has = strstr(buf_str(&text), what) != NULL;
    buf_free(&text);
    return has;
}

static bool text_has(const struct check_report *r, const char *what)
{
    return text_of_check_has(r, false, what);
}

/* A mistake that all requests share is no table; and a bucket that is not there is one row. */
static void test_no_table(void **state)
{
    static const struct said lost[SAID_MOST] = {{.ask = ASK_BUCKET, .status = CUT}};
    static const struct said denied[SAID_MOST] = {
            {.ask = ASK_BUCKET, .status = 403}, {.ask = ASK_LISTING, .status = 403}};
    static const struct said missing[SAID_MOST] = {{.ask = ASK_BUCKET, .status = 404}};
    struct check_report r;

    (void)state;
    r = report_of(lost);
    assert_false(text_of_check_has(&r, true, "bucket"));
    check_report_free(&r);
    r = report_of(denied);
    assert_false(text_of_check_has(&r, true, "bucket"));
    assert_true(text_of_check_has(&r, false, "listing"));
    check_report_free(&r);
    r = report_of(missing);
    assert_true(text_has(&r, "  MISSING  bucket "));
    assert_false(text_has(&r, " ? "));
    assert_false(text_has(&r, "region"));
    assert_false(check_report_works(&r));
    check_report_free(&r);
}

/* Rows that are unknown for one reason share a line, and are left out of a check that ended. */
static void test_shared_reasons(void **state)
{
    static const struct said begun[SAID_MOST] = {{.ask = ASK_BUCKET, .status = 200}};
    struct check_report r = report_of(begun);

    (void)state;
    assert_true(text_has(&r, "the same of checksums-on-write, "));
    assert_true(text_of_check_has(&r, true, "  ok       bucket "));
    assert_false(text_of_check_has(&r, true, "  ? "));
    check_report_free(&r);
}

static void test_works(void **state)
{
    struct check_report r = report_of(all_well);

    (void)state;
    assert_true(check_report_works(&r));
    assert_true(text_has(&r, "\nAll that a job needs works.\n"));
    r.seen->answers[ASK_OBJECT].asked = false;
    assert_true(check_report_works(&r));
    assert_true(text_has(&r, "as far as it could be asked.\n"));
    assert_true(text_of_check_has(
            &r, true, "\nThe check ended early: what was not asked is not known.\n"));
    assert_false(text_of_check_has(&r, true, "All that a job needs"));
    answer(r.seen, &(struct said){.ask = ASK_CREATE, .status = 403});
    assert_false(check_report_works(&r));
    assert_true(text_has(&r, "\nNot all that a job needs works.\n"));
    assert_true(text_has(&r, "S3 said: ServiceError (403): made by the test\n"));
    check_report_free(&r);
    assert_int_equal(r.count, 0);
}

static void test_hint_of_write(void **state)
{
    struct check_report r = report_of(all_well);

    (void)state;
    assert_false(text_has(&r, "are asked with --write"));
    r.writes = false;
    assert_true(text_has(&r, "are asked with --write"));
    check_report_free(&r);
}

static void test_left(void **state)
{
    struct check_report r = report_of(all_well);
    json_t *root, *json;
    unsigned i;

    (void)state;
    check_report_add_left(&r, r.seen->bucket, "p/x\n", "id-1", NULL);
    check_report_add_left(&r, r.seen->bucket, "p/y", NULL, "v-1");
    check_report_add_left(&r, r.seen->bucket, "p/z", NULL, "");
    assert_true(check_report_works(&r));
    assert_true(text_has(&r, "LEFT: this check could not remove s3://b/p/x\\x0a, upload id-1\n"));
    assert_true(text_has(&r, "LEFT: this check could not remove s3://b/p/y, version v-1\n"));
    assert_true(text_has(&r, "LEFT: this check could not remove s3://b/p/z\n"));
    root = check_report_json(&r, NULL);
    json = json_object_get(root, "left");
    assert_int_equal(json_array_size(json), 3);
    assert_string_equal(
            json_string_value(json_object_get(json_array_get(json, 0), "uploadId")), "id-1");
    assert_true(json_is_null(json_object_get(json_array_get(json, 0), "versionId")));
    assert_string_equal(
            json_string_value(json_object_get(json_array_get(json, 1), "versionId")), "v-1");
    assert_true(json_is_null(json_object_get(json_array_get(json, 2), "versionId")));
    json_decref(root);
    for (i = 0; i < CHECK_LEFT_MOST; i++)
        check_report_add_left(&r, r.seen->bucket, "p/z", NULL, NULL);
    assert_int_equal(r.left_count, CHECK_LEFT_MOST);
    check_report_free(&r);
}

static void test_json(void **state)
{
    struct check_report r = report_of(all_well);
    json_t *json, *bucket, *findings;
    struct err e;

    (void)state;
    answer(r.seen, &(struct said){.ask = ASK_COPY_WRONG, .status = 500});
    json = check_report_json(&r, NULL);
    assert_non_null(json);
    assert_true(json_is_true(json_object_get(json, "works")));
    assert_true(json_is_null(json_object_get(json, "endpoint")));
    assert_true(json_is_null(json_object_get(json, "error")));
    bucket = json_array_get(json_object_get(json, "buckets"), 0);
    assert_string_equal(json_string_value(json_object_get(bucket, "object")), "p/k");
    assert_int_equal(json_array_size(json_object_get(bucket, "roles")), 2);
    findings = json_object_get(bucket, "findings");
    assert_int_equal(json_array_size(findings), check_rows());
    json_decref(json);
    err_set(&e, ERR_NETWORK, "no way");
    json = check_report_json(&r, &e);
    assert_true(json_is_false(json_object_get(json, "works")));
    assert_string_equal(
            json_string_value(json_object_get(json_object_get(json, "error"), "message")),
            "no way");
    json_decref(json);
    check_report_free(&r);
}

/* A key that is no UTF-8 is shown as a person is shown it. */
static void test_json_of_bytes(void **state)
{
    struct check_report r = report_of(all_well);
    json_t *json, *bucket;

    (void)state;
    free(r.seen->object);
    r.seen->object = strdup("p/\xff");
    json = check_report_json(&r, NULL);
    bucket = json_array_get(json_object_get(json, "buckets"), 0);
    assert_string_equal(json_string_value(json_object_get(bucket, "object")), "p/\\xff");
    json_decref(json);
    check_report_free(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_rows),
            cmocka_unit_test(test_every_row_is_tested),
            cmocka_unit_test(test_addressing),
            cmocka_unit_test(test_roles),
            cmocka_unit_test(test_no_table),
            cmocka_unit_test(test_shared_reasons),
            cmocka_unit_test(test_works),
            cmocka_unit_test(test_hint_of_write),
            cmocka_unit_test(test_left),
            cmocka_unit_test(test_json),
            cmocka_unit_test(test_json_of_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
