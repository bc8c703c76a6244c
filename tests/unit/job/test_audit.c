/* The audit of a destination by a record: what is found, and by which requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "job/verify/audit.h"
#include "model/delivery/delivered.h"
#include "model/delivery/tag_digest.h"
#include "surroundings.h"

#define MD5_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MD5_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct session session;
static struct stop stop;
static struct audit_record record;
static struct audit_counts counts;
static struct audit_config config;
static struct buf lines, found; /* of the record; "MISSING d/a|…" */
static unsigned line_count;
static struct err err;

static enum err_code on_finding(void *ctx, const struct audit_finding *f, struct err *e)
{
    (void)ctx;
    (void)e;
    buf_addf(&found, "%s %s|", audit_name(f->kind), f->key);
    return ERR_OK;
}

static int begin(void **state)
{
    const struct session_config how = {.getenv = env_get};

    (void)state;
    log_set_level(LOG_NONE);
    surroundings_begin();
    memset(&stop, 0, sizeof stop);
    memset(&record, 0, sizeof record);
    buf_init(&lines, BUF_MAX_CONFIG);
    buf_init(&found, BUF_MAX_CONFIG);
    line_count = 0;
    config = (struct audit_config){
            .session = &session, .stop = &stop, .tmp = home, .on_finding = on_finding};
    return session_open(&session, &how, &err) == ERR_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    audit_record_close(&record);
    buf_free(&lines);
    buf_free(&found);
    session_close(&session);
    surroundings_end();
    return 0;
}

/* Adds a line of the record; key: below d/. */
static void say(const char *key, uint64_t size, const char *etag)
{
    struct delivered d = {.size = size};
    char whole[64];

    snprintf(whole, sizeof whole, "d/%s", key);
    d.key = whole;
    strcpy(d.etag, etag);
    delivered_write(&lines, &d);
    line_count++;
}

static void say_kept(const char *key)
{
    buf_addf(&lines, "{\"key\":\"d/%s\",\"kept\":true}\n", key);
    line_count++;
}

/* Writes the record. */
static void write_record(void)
{
    char tool[] = "t", created[] = "c", destination[] = "s3://dst/d/", own[] = "d/ENDED_COPY.csv";
    const struct delivery_head head = {.tool = tool,
            .created = created,
            .destination = destination,
            .objects = line_count,
            .own = {own},
            .own_count = 1};
    struct delivery_digest digest = {0};
    struct delivery_end last = {0};
    struct buf text;

    buf_init(&text, BUF_MAX_CONFIG);
    delivery_head_write(&text, &head);
    buf_add(&text, buf_str(&lines), lines.len);
    assert_int_equal(delivery_digest_begin(&digest, &err), ERR_OK);
    delivery_digest_add(&digest, buf_str(&text), text.len);
    assert_int_equal(delivery_digest_end(&digest, last.digest, &err), ERR_OK);
    delivery_digest_free(&digest);
    delivery_end_write(&text, &last);
    home_write("record", buf_str(&text));
    buf_free(&text);
    assert_true(audit_is_record(in_home("record")));
}

static void open_record(void)
{
    write_record();
    assert_int_equal(audit_record_open(&record, &config, in_home("record"), NULL, &err), ERR_OK);
    assert_string_equal(record.problem, "");
    assert_int_equal(record.seal, AUDIT_UNSIGNED);
}

/* Whether the findings are these, in any order: answers come as they come. */
static void expect_found(const char *expected)
{
    char one[64];

    assert_int_equal(found.len, strlen(expected));
    for (; *expected; expected += strlen(one)) {
        snprintf(one, sizeof one, "%.*s", (int)strcspn(expected, "|") + 1, expected);
        assert_non_null(strstr(buf_str(&found), one));
    }
}

static void run_it(const char *expected)
{
    open_record();
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_OK);
    expect_found(expected);
    assert_int_equal(audit_is_clean(&counts), expected[0] == '\0');
    assert_int_equal(counts.objects, line_count);
}

static uint64_t requests(enum s3_op op)
{
    return s3_client_requests(session.s3, op);
}

/* A listing settles all that it can; HeadObject has the rest. */
static void test_verdicts(void **state)
{
    (void)state;
    say("a", 10, MD5_A);
    fake_put("dst/d/a", MD5_A, 10, NULL);
    say("b", 10, MD5_A);
    fake_put("dst/d/b", MD5_B, 10, NULL); /* a changed byte */
    say("c", 10, MD5_A);
    fake_put("dst/d/c", MD5_A, 11, NULL);
    say("e", 10, MD5_A);
    fake_put("dst/d/e", MD5_B "-2", 10, NULL); /* of parts, and the record's of none */
    say("f", 10, "");
    fake_put("dst/d/f", MD5_B, 10, NULL);
    say_kept("g");
    fake_put("dst/d/g", MD5_B, 99, NULL);
    say_kept("h");
    say("i", 10, MD5_A);
    run_it("DIFFERENT d/c|MISSING d/h|MISSING d/i|DIFFERENT d/b|NOT-COMPARABLE d/e|");
    assert_int_equal(requests(S3_LIST_OBJECTS), 1);
    assert_int_equal(requests(S3_HEAD_OBJECT), 2);
    assert_int_equal(counts.same, 2);
    assert_int_equal(counts.by_size, 1);
    assert_int_equal(counts.kept, 1);
    assert_int_equal(counts.bytes, 20);
}

/* A file of somebody else under the name of one of ours is as extra as any other. */
static void test_extra(void **state)
{
    (void)state;
    fake_put("dst/d/ENDED_COPY-2.csv", MD5_A, 3, NULL);
    strcpy(fake_put("dst/d/ENDED_COPY.csv", MD5_A, 3, NULL)->meta,
            "x-amz-meta-copyout: report\r\n");
    say("a", 10, MD5_A);
    fake_put("dst/d/a", MD5_A, 10, NULL);
    fake_put("dst/d/b", MD5_A, 10, NULL);
    config.extra = true;
    run_it("EXTRA d/b|EXTRA d/ENDED_COPY-2.csv|");
    assert_int_equal(requests(S3_GET_OBJECT), 2);
}

/* One that may not be looked at is not taken for ours by its name. */
static void test_extra_that_is_refused(void **state)
{
    (void)state;
    fake_put("dst/d/ENDED_COPY-2.csv", MD5_A, 3, NULL);
    fake_rule("GET /dst/d/ENDED_COPY-2.csv", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    say("a", 10, MD5_A);
    fake_put("dst/d/a", MD5_A, 10, NULL);
    config.extra = true;
    run_it("UNREADABLE d/ENDED_COPY-2.csv|");
}

/* More extra objects than one page shows; a file of ours may have any number up to 100. */
static void test_extra_pages(void **state)
{
    static const char first[] =
            "<ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
            "<NextContinuationToken>t</NextContinuationToken>"
            "<Contents><Key>d/ENDED_COPY-101.csv</Key><Size>1</Size></Contents>"
            "<Contents><Key>d/ENDED_COPY-99.csv</Key><Size>1</Size></Contents>"
            "<Contents><Key>d/ENDED_COPY_.csv</Key><Size>1</Size></Contents>"
            "<Contents><Key>d/a</Key><Size>10</Size><ETag>" MD5_A "</ETag></Contents>"
            "</ListBucketResult>";
    static const char second[] =
            "<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>"
            "<Contents><Key>d/b</Key><Size>1</Size></Contents></ListBucketResult>";

    (void)state;
    strcpy(fake_put("dst/d/ENDED_COPY-99.csv", MD5_A, 1, NULL)->meta,
            "x-amz-meta-copyout: report\r\n");
    fake_rule("GET /dst?", 200, first, 1);
    fake_rule("GET /dst?", 200, second, 1);
    say("a", 10, MD5_A);
    config.extra = true;
    run_it("EXTRA d/ENDED_COPY-101.csv|EXTRA d/ENDED_COPY_.csv|EXTRA d/b|");
    assert_int_equal(requests(S3_LIST_OBJECTS), 2);
    assert_int_equal(counts.same, 1);
}

/* A server that gives the same page again and again has no list of what is there. */
static void test_extra_and_the_same_page_again(void **state)
{
    (void)state;
    fake_rule("GET /dst?", 200,
            "<ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
            "<NextContinuationToken>t</NextContinuationToken>"
            "<Contents><Key>d/b</Key><Size>1</Size></Contents></ListBucketResult>",
            -1);
    say("a", 10, MD5_A);
    config.extra = true;
    open_record();
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_PROTOCOL);
    assert_non_null(strstr(err.message, "--extra"));
    expect_found("EXTRA d/b|");
}

/* A checksum on record that the object has no more is not its size alone. */
static void test_checksum_without_etag(void **state)
{
    struct delivered d = {.key = (char *)"d/a", .size = 10, .checksum_kind = CHECKSUM_CRC32};

    (void)state;
    strcpy(d.checksum, "AAAAAA==");
    delivered_write(&lines, &d);
    line_count++;
    fake_put("dst/d/a", MD5_B, 10, NULL);
    run_it("NOT-COMPARABLE d/a|");
    assert_int_equal(counts.by_size, 0);
}

static void test_nothing_was_delivered(void **state)
{
    (void)state;
    fake_put("dst/d/a", MD5_A, 10, NULL);
    config.extra = true;
    run_it("EXTRA d/a|");
}

/* Where listing is refused each object is asked for. */
static void test_no_listing(void **state)
{
    (void)state;
    fake_rule("GET /dst", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    say("a", 10, MD5_A);
    fake_put("dst/d/a", MD5_A, 10, NULL);
    say("b", 10, MD5_A);
    say("c", 10, MD5_A);
    fake_put("dst/d/c", MD5_A, 10, NULL);
    fake_rule("HEAD /dst/d/c", 403, "", -1);
    say_kept("d");
    fake_put("dst/d/d", MD5_A, 10, NULL);
    open_record();
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_OK);
    assert_non_null(strstr(buf_str(&found), "MISSING d/b|"));
    assert_non_null(strstr(buf_str(&found), "UNREADABLE d/c|"));
    assert_int_equal(counts.same, 1);
    assert_int_equal(counts.kept, 1);
    assert_int_equal(counts.findings[AUDIT_MISSING] + counts.findings[AUDIT_UNREADABLE], 2);
}

/* And extra objects cannot be found then. */
static void test_no_listing_and_extra(void **state)
{
    (void)state;
    fake_rule("GET /dst", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    say("a", 10, MD5_A);
    config.extra = true;
    open_record();
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_ACCESS_DENIED);
    assert_non_null(strstr(err.message, "--extra"));
}

static void test_another_folder(void **state)
{
    (void)state;
    say("a", 10, MD5_A);
    fake_put("other/x/a", MD5_A, 10, NULL);
    open_record();
    assert_int_equal(audit_record_run(&record, &config, "s3://other/x", &counts, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "--to"));
    assert_int_equal(audit_record_run(&record, &config, "s3://other/x/", &counts, &err), ERR_OK);
    assert_int_equal(counts.same, 1);
}

static void test_no_tags(void **state)
{
    (void)state;
    say("a", 10, MD5_A);
    config.tags = true;
    open_record();
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "--tags"));
}

/* Of an object without tags some servers answer an error, or nothing; so does a server that keeps
 * no tags. A copy of an object that has some lacks them then. */
static void test_tags_that_are_none(void **state)
{
    static const struct {
        int status;
        const char *body;
    } answers[] = {{404, "<Error><Code>NoSuchTagSet</Code></Error>"},
            {404, "<Error><Code>NoSuchTagSetError</Code></Error>"}, {200, ""}, {204, ""},
            {501, "<Error><Code>NotImplemented</Code></Error>"}, {405, ""},
            {404, "<Error><Code>NoSuchKey</Code></Error>"}};
    char name[16], rule[32];
    size_t i;

    (void)state;
    for (i = 0; i <= sizeof answers / sizeof answers[0]; i++) {
        size_t at = i < sizeof answers / sizeof answers[0] ? i : 0;
        struct delivered d = {.size = 10};
        char key[8];

        snprintf(key, sizeof key, "d/%c", (char)('a' + i));
        d.key = key;
        strcpy(d.etag, MD5_A);
        assert_int_equal(tag_digest(d.tags, i == at ? NULL : "k=v", &err), ERR_OK);
        delivered_write(&lines, &d);
        line_count++;
        snprintf(name, sizeof name, "dst/%s", key);
        fake_put(name, MD5_A, 10, NULL);
        snprintf(rule, sizeof rule, "GET /dst/%s?tagging", key);
        fake_rule(rule, answers[at].status, answers[at].body, -1);
    }
    config.tags = true;
    run_it("UNREADABLE d/g|TAGS d/h|");
    assert_int_equal(counts.same, 6);
}

/* Tags are compared with the digests on record; those that may not be read are not passed over. */
static void test_tags(void **state)
{
    static const char *const keys[] = {"d/a", "d/b", "d/c"};
    static const char tagging[] =
            "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet>"
            "</Tagging>";
    char name[16];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct delivered d = {.key = (char *)keys[i], .size = 10};

        strcpy(d.etag, MD5_A);
        assert_int_equal(tag_digest(d.tags, i == 1 ? "k=other" : "k=v", &err), ERR_OK);
        delivered_write(&lines, &d);
        line_count++;
        snprintf(name, sizeof name, "dst/%s", keys[i]);
        fake_put(name, MD5_A, 10, NULL);
    }
    fake_rule("GET /dst/d/c?tagging", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    fake_rule("GET /dst/d/", 200, tagging, -1);
    config.tags = true;
    run_it("TAGS d/b|UNREADABLE d/c|");
    assert_int_equal(requests(S3_GET_OBJECT_TAGGING), 3);
    assert_int_equal(counts.same, 1);
    assert_int_equal(counts.bytes, 10);
}

/* An object counts as looked at once, whatever was found; extra ones are none of those that there
 * are. */
static void test_progress(void **state)
{
    struct audit_counts so_far = {.same = 5, .kept = 2, .findings = {1, 2, 3, 4, 50, 6}};
    struct audit_progress now;

    (void)state;
    audit_progress_of(&now, &so_far, 100, session.s3);
    assert_int_equal(now.looked_at, 5 + 2 + 1 + 2 + 3 + 4 + 6);
    assert_int_equal(now.findings, 1 + 2 + 3 + 4 + 50 + 6);
    assert_int_equal(now.objects, 100);
    audit_progress_of(&now, &so_far, 20, session.s3); /* files of copyout's own, unreadable */
    assert_int_equal(now.looked_at, 20);
    say("a", 10, MD5_A);
    run_it("MISSING d/a|");
    audit_progress_of(&now, &counts, line_count, session.s3);
    assert_int_equal(now.looked_at, 1);
    assert_int_equal(now.listings, requests(S3_LIST_OBJECTS));
    assert_int_equal(now.heads, requests(S3_HEAD_OBJECT));
    assert_int_equal(now.listings, 1);
}

static void test_stopped(void **state)
{
    (void)state;
    say("a", 10, MD5_A);
    open_record();
    stop.level = STOP_NOW;
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_INTERRUPTED);
}

/* --- records --- */

static void test_what_is_no_record(void **state)
{
    (void)state;
    home_write("other", "{}\n");
    home_write("empty", "");
    assert_false(audit_is_record(in_home("other")));
    assert_false(audit_is_record(in_home("empty")));
    assert_false(audit_is_record(in_home("absent")));
    assert_int_equal(audit_record_open(&record, &config, in_home("other"), NULL, &err), ERR_INPUT);
    audit_record_close(&record);
    assert_int_equal(audit_record_open(&record, &config, in_home("empty"), NULL, &err), ERR_INPUT);
    audit_record_close(&record);
    assert_int_equal(audit_record_open(&record, &config, in_home("absent"), NULL, &err), ERR_INPUT);
    audit_record_close(&record);
    assert_int_not_equal(
            audit_record_open(&record, &config, "s3://dst/absent", NULL, &err), ERR_OK);
}

/* A record of one line, cut at each byte. */
static void test_cut_off(void **state)
{
    static char text[4096];
    size_t cut, first;

    (void)state;
    say("a", 10, MD5_A);
    open_record();
    strcpy(text, home_read("record"));
    first = strcspn(text, "\n");
    for (cut = strlen(text) - 1; cut >= first; cut--) {
        audit_record_close(&record);
        text[cut] = '\0';
        home_write("record", text);
        assert_int_equal(
                audit_record_open(&record, &config, in_home("record"), NULL, &err), ERR_OK);
        assert_non_null(strstr(record.problem, "cut off"));
    }
}

static void test_key_outside_of_the_folder(void **state)
{
    struct delivered d = {.key = (char *)"c/a", .size = 10};

    (void)state;
    delivered_write(&lines, &d);
    line_count++;
    say("a", 10, MD5_A);
    write_record();
    assert_int_equal(audit_record_open(&record, &config, in_home("record"), NULL, &err), ERR_OK);
    assert_non_null(strstr(record.problem, "its line 2 is not in the folder"));
}

static void test_keys_that_come_again(void **state)
{
    (void)state;
    say("a", 10, MD5_A);
    say("a", 10, MD5_A);
    write_record();
    assert_int_equal(audit_record_open(&record, &config, in_home("record"), NULL, &err), ERR_OK);
    assert_non_null(strstr(record.problem, "its line 3 is not in the order of keys"));
}

/* The bytes that were checked are the bytes that are compared: the file is written to between the
 * two. It is longer than the buffer of a stream. */
static void test_changed_meanwhile(void **state)
{
    static char text[64 * 1024];
    char key[16], *size;
    unsigned i;

    (void)state;
    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "k%04u", i);
        say(key, 10, MD5_A);
    }
    open_record();
    strcpy(text, home_read("record"));
    size = strstr(text, "\"size\":10");
    assert_non_null(size);
    size[8] = '1';
    home_write("record", text);
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_IO);
    assert_non_null(strstr(err.message, "changed while it was read"));
}

static void test_in_s3(void **state)
{
    (void)state;
    say("a", 10, MD5_A);
    fake_put("dst/d/a", MD5_A, 10, NULL);
    open_record();
    audit_record_close(&record);
    fake_text("dst/r.jsonl", home_read("record"));
    assert_int_equal(audit_record_open(&record, &config, "s3://dst/r.jsonl", NULL, &err), ERR_OK);
    assert_int_equal(audit_record_run(&record, &config, NULL, &counts, &err), ERR_OK);
    assert_int_equal(counts.same, 1);
}

static void test_csv(void **state)
{
    const struct audit_finding rows[] = {
            {AUDIT_MISSING, "a\"b\nc", "nothing is there"},
            {AUDIT_EXTRA, "=1+1", "nobody named this object"},
            {AUDIT_UNREADABLE, "k", "=cmd: no"},
            {AUDIT_NOT_COMPARABLE, "@k", "-x"},
    };
    static const char *const expected[] = {
            "MISSING,\"a\"\"b\nc\",\"nothing is there\",\r\n",
            "EXTRA,\"'=1+1\",\"nobody named this object\",key\r\n",
            "UNREADABLE,\"k\",\"'=cmd: no\",message\r\n",
            "NOT-COMPARABLE,\"'@k\",\"'-x\",key message\r\n",
    };
    struct buf row;
    size_t i;

    (void)state;
    buf_init(&row, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&row);
        audit_csv_row(&row, &rows[i]);
        assert_string_equal(buf_str(&row), expected[i]);
    }
    buf_free(&row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_verdicts),
            TEST(test_extra),
            TEST(test_extra_that_is_refused),
            TEST(test_extra_pages),
            TEST(test_extra_and_the_same_page_again),
            TEST(test_checksum_without_etag),
            TEST(test_nothing_was_delivered),
            TEST(test_no_listing),
            TEST(test_no_listing_and_extra),
            TEST(test_another_folder),
            TEST(test_no_tags),
            TEST(test_tags),
            TEST(test_progress),
            TEST(test_tags_that_are_none),
            TEST(test_stopped),
            TEST(test_what_is_no_record),
            TEST(test_cut_off),
            TEST(test_key_outside_of_the_folder),
            TEST(test_keys_that_come_again),
            TEST(test_changed_meanwhile),
            TEST(test_in_s3),
            cmocka_unit_test(test_csv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
