/* copyout verify as a person meets it, from the delivery record that a run makes. What is compared
 * and how has tests of its own (tests/unit/job/test_audit.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command_line.h"

#define TAGGING "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"

static void copy_with(const char *options)
{
    char words[256];

    make_list(3);
    snprintf(words, sizeof words,
            "run --manifest list.csv --to s3://dst/out/ --work work --quiet %s", options);
    exits(0, words);
}

/* --delivery-tags asks for a record, whose lines all have digests of tags. */
static void test_tags_of_a_record(void **state)
{
    const char *record, *at;
    unsigned lines = 0;

    (void)state;
    fake_rule("GET /dst/out/k0?tagging", 403, "<Error><Code>AccessDenied</Code></Error>", 1);
    fake_rule("GET /dst/out/k1?tagging", 200, TAGGING, -1);
    fake_rule("GET /dst/out/k2?tagging", 200, TAGGING, -1);
    copy_with("--delivery-tags");
    record = home_read("work/DELIVERY.jsonl");
    for (at = record; (at = strstr(at, "\n{\"key\":\"out/k")) != NULL; at++)
        lines++;
    assert_int_equal(lines, 3);
    for (lines = 0, at = record; (at = strstr(at, "\"tags\":\"")) != NULL; at++)
        lines++;
    assert_int_equal(lines, 2);
    assert_null(fake_find("dst/out/DELIVERY.jsonl"));
}

static void test_all_is_there(void **state)
{
    (void)state;
    copy_with("--delivery-record work");
    exits(0, "verify work/DELIVERY.jsonl");
    says_out("3 objects");
    exits(0, "verify work/DELIVERY.jsonl --json");
    says_out("\"same\": 3");
}

/* An object that is another one, and one that is missing. */
static void test_findings(void **state)
{
    (void)state;
    copy_with("--delivery-record work");
    fake_find("dst/out/k1")->etag[1] ^= 1;
    fake_find("dst/out/k2")->gone = true;
    exits(1, "verify work/DELIVERY.jsonl");
    says_err("DIFFERENT out/k1: ");
    says_err("MISSING out/k2");
    assert_null(strstr(err_text, "out/k0"));
}

static void test_mistakes(void **state)
{
    (void)state;
    exits(2, "verify nowhere.jsonl");
    home_write("cut.jsonl", "{\"copyoutDelivery\":");
    exits(2, "verify cut.jsonl");
    copy_with("");
    exits(2, "verify work/job.json");
    says_err("a file of a work store: give its folder with --work");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            TEST(test_tags_of_a_record),
            TEST(test_all_is_there),
            TEST(test_findings),
            TEST(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
