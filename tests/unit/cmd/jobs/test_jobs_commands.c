/* copyout jobs, jobs show, jobs retry and jobs rm, as a person and a script meet them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../command_line.h"
#include "store/uploads.h"

/* Two jobs: of one, an object fails. */
static void make_jobs(void)
{
    make_list(2);
    exits(0, "run -m list.csv -t s3://dst/good/ -w jobs/good");
    home_write("bad.csv", "src,none\nsrc,k0\n");
    exits(1, "run -m bad.csv -t s3://dst/bad/ -w jobs/bad");
}

static json_t *read_json(void)
{
    json_t *json = json_loads(out_text, 0, NULL);

    if (!json)
        fail_msg("no JSON: %s", out_text);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

static int number_of(const json_t *json, const char *name)
{
    return (int)json_integer_value(json_object_get(json, name));
}

static void test_list(void **state)
{
    json_t *json, *job;

    (void)state;
    make_jobs();
    exits(0, "jobs jobs");
    says_out("jobs/bad: failed; 2 objects: 1 copied, 1 failed; to s3://dst/bad/; planned 20");
    says_out("jobs/good: complete; 2 objects: 2 copied; to s3://dst/good/; planned 20");
    exits(0, "jobs"); /* those of this folder and of the folders below it */
    says_out("jobs/good: complete");
    exits(0, "jobs --json");
    json = read_json();
    assert_int_equal(json_array_size(json_object_get(json, "jobs")), 2);
    job = json_array_get(json_object_get(json, "jobs"), 0);
    assert_string_equal(text_of(job, "job"), "jobs/bad");
    assert_string_equal(text_of(job, "state"), "failed");
    assert_string_equal(text_of(job, "destination"), "s3://dst/bad/");
    assert_int_equal(number_of(job, "items"), 2);
    assert_int_equal(number_of(job, "failed"), 1);
    json_decref(json);
}

static void test_list_of_none(void **state)
{
    (void)state;
    exits(0, "jobs");
    says_err("there are no jobs");
    exits(0, "jobs --json");
    says_out("\"jobs\": []");
    fake_rule("GET /work", 403, "<Error><Code>AccessDenied</Code></Error>", -1);
    exits(3, "jobs s3://work/ --json");
    says_out("\"exitCode\": 3");
}

/* A folder that a job.json of somebody else lies in is passed over. */
static void test_list_passes_over(void **state)
{
    (void)state;
    make_jobs();
    if (mkdir(in_home("jobs/theirs"), 0700) != 0)
        abort();
    home_write("jobs/theirs/job.json", "{\"theirs\":true}");
    if (mkdir(in_home("jobs/deep"), 0700) != 0 || mkdir(in_home("jobs/deep/er"), 0700) != 0 ||
            mkdir(in_home("jobs/deep/er/still"), 0700) != 0)
        abort();
    exits(0, "jobs jobs");
    assert_null(strstr(out_text, "theirs"));
    says_out("jobs/good: complete");
}

static void test_list_in_s3(void **state)
{
    (void)state;
    make_list(1);
    exits(0, "run -m list.csv -t s3://dst/out/ -w s3://work/a/one/");
    exits(0, "jobs s3://work/a/");
    says_out("s3://work/a/one/: complete; 1 object: 1 copied; to s3://dst/out/");
    exits(0, "jobs s3://work/b/");
    assert_string_equal(out_text, "");
}

static void test_show(void **state)
{
    json_t *json, *objects;

    (void)state;
    make_jobs();
    exits(0, "jobs show jobs/bad");
    says_out("jobs/bad: failed; 2 objects: 1 copied, 1 failed");
    exits(0, "jobs show jobs/bad --status FAILED");
    says_out("none");
    assert_null(strstr(out_text, "k0"));
    exits(0, "jobs show jobs/bad --status COPIED");
    says_out("k0");
    assert_null(strstr(out_text, "none"));
    exits(0, "jobs show jobs/bad --status FAILED --json");
    json = read_json();
    objects = json_object_get(json, "objects");
    assert_int_equal(json_array_size(objects), 1);
    assert_string_equal(text_of(json_array_get(objects, 0), "name"), "none");
    json_decref(json);
    exits(0, "jobs show jobs/good --json");
    json = read_json();
    assert_string_equal(text_of(json, "state"), "complete");
    assert_null(json_object_get(json, "objects"));
    json_decref(json);
}

static void test_show_without_a_job(void **state)
{
    static const char *const commands_of_one[] = {"jobs show", "jobs retry", "jobs rm"};
    char line[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof commands_of_one / sizeof commands_of_one[0]; i++) {
        exits(2, commands_of_one[i]);
        says_err("which job? Give its work store");
        snprintf(line, sizeof line, "%s nowhere --json", commands_of_one[i]);
        exits(2, line);
        says_out("\"exitCode\": 2");
    }
    assert_false(home_has("nowhere"));
}

/* Each state that a job can be in but "running". */
static void test_states(void **state)
{
    (void)state;
    make_list(2);
    fake_text("lists/files.csv", home_read("list.csv"));
    home_write("input.json", "{\"sourceFilesCsvBucket\":\"lists\",\"sourceFilesCsvKey\":"
                             "\"files.csv\",\"destinationBucket\":\"dst\"}");
    exits(0, "prepare input.json --job jobs/prepared");
    exits(0, "run -m list.csv -t s3://dst/new/ -w jobs/looked --dry-run");
    exits(0, "jobs jobs");
    says_out("jobs/looked: looked-at; 2 objects: 2 would be copied");
    says_out("jobs/prepared: prepared; 2 objects: 2 not reached");
}

/* An object that failed is copied once it can be; the other object is not asked about. */
static void test_retry(void **state)
{
    (void)state;
    make_jobs();
    exits(1, "jobs retry jobs/bad");
    says_err("FAILED line 1 s3://src/none: NoSuchKey: ");
    fake_source("src/none", 77, 10);
    fake.copies = 0;
    exits(0, "jobs retry jobs/bad");
    assert_int_equal(fake.copies, 1);
    says_out("2 objects: 1 copied (10 B in ");
    says_out(", 1 copied before by this job");
    assert_non_null(fake_find("dst/bad/none"));
    exits(0, "jobs retry jobs/bad --json");
    says_out("\"copied\": 2");
    exits(0, "jobs show jobs/bad");
    says_out("jobs/bad: complete");
}

static void test_rm(void **state)
{
    json_t *json, *removed;

    (void)state;
    make_jobs();
    home_write("jobs/bad/notes.txt", "mine");
    exits(0, "jobs rm jobs/good");
    says_out(" files removed");
    assert_null(strstr(out_text, "{"));
    assert_false(home_has("jobs/good"));
    exits(0, "jobs rm jobs/bad --json");
    json = read_json();
    removed = json_array_get(json_object_get(json, "removed"), 0);
    assert_string_equal(text_of(removed, "job"), "jobs/bad");
    assert_int_equal(number_of(removed, "others"), 1);
    assert_true(number_of(removed, "files") > 3);
    json_decref(json);
    assert_true(home_has("jobs/bad/notes.txt"));
    assert_false(home_has("jobs/bad/job.json"));
    assert_non_null(fake_find("dst/good/k0")); /* copies stay */
}

/* Others' files are counted in words, too. */
static void test_rm_says_what_stays(void **state)
{
    (void)state;
    make_jobs();
    home_write("jobs/bad/notes.txt", "mine");
    exits(0, "jobs rm jobs/bad");
    says_out("; 1 that are not copyout's stay");
}

static void test_rm_in_s3(void **state)
{
    (void)state;
    make_list(1);
    exits(0, "run -m list.csv -t s3://dst/out/ -w s3://work/a/one/");
    exits(2, "jobs rm s3://work/a/one/");
    says_err("S3 deletes for good, and others may work there; give --yes to remove it");
    assert_non_null(fake_find("work/a/one/job.json"));
    exits(0, "jobs rm s3://work/a/one/ --yes");
    assert_null(fake_find_begin("work/a/one/"));
    assert_non_null(fake_find("dst/out/k0"));
}

/* An upload that is on record would be billed for ever. */
static void test_rm_with_uploads(void **state)
{
    (void)state;
    make_jobs();
    if (mkdir(in_home("jobs/good/uploads"), 0700) != 0 && errno != EEXIST)
        abort();
    home_write("jobs/good/uploads/0123456789abcdef0123456789abcdef.json", "{}");
    exits(0, "jobs show jobs/good");
    says_out("; 1 unfinished upload on record");
    exits(2, "jobs rm jobs/good");
    says_err("1 unfinished uploads are on record");
    assert_true(home_has("jobs/good/job.json"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            TEST(test_list),
            TEST(test_list_of_none),
            TEST(test_list_passes_over),
            TEST(test_list_in_s3),
            TEST(test_show),
            TEST(test_show_without_a_job),
            TEST(test_states),
            TEST(test_retry),
            TEST(test_rm),
            TEST(test_rm_says_what_stays),
            TEST(test_rm_in_s3),
            TEST(test_rm_with_uploads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
