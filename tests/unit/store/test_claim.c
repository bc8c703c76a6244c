/* Whose a work store is, in a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "folder.h"
#include "store/claim.h"
#include "store/earlier.h"
#include "store/uploads.h"

#define JOB "{\"format\":1,\"input\":{\"destinationBucket\":\"b\",\"destinationFolderKey\":\"f/\"}"

/* A store that nothing was made in yet. */
static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/copyout-test-XXXXXX");
    return mkdtemp(folder) && store_open(&store, folder, NULL, NULL, NULL, &err) == ERR_OK ? 0 : -1;
}

#define CLAIM_TEST(name) cmocka_unit_test_setup_teardown(name, begin, folder_end)

static bool is_there(const char *name)
{
    struct stat st;
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &st) == 0;
}

static void check_state(enum claim_state expected)
{
    struct claim c;

    assert_int_equal(claim_check(&c, store, &err), ERR_OK);
    assert_int_equal(c.state, expected);
    claim_free(&c);
}

static void test_new(void **state)
{
    struct claim c;

    (void)state;
    assert_int_equal(claim_check(&c, store, &err), ERR_OK);
    assert_int_equal(c.state, CLAIM_NEW);
    assert_false(is_there("job.json") || is_there("results") || is_there("uploads"));
    assert_int_equal(claim_take(&c, store, &err), ERR_OK);
    assert_true(is_there("job.json") && is_there("results") && is_there("uploads"));
    check_state(CLAIM_MARKED);
    claim_drop(store);
    assert_false(is_there("job.json"));
    claim_free(&c);
}

static void test_job_json(void **state)
{
    static const struct {
        const char *text;
        bool ours;
        enum claim_state state;
    } rows[] = {
            {"{}", true, CLAIM_MARKED},
            {"{}\n", true, CLAIM_MARKED},
            {JOB "}", true, CLAIM_JOB},
            {"{\"format\":2,\"input\":{}}", true, CLAIM_JOB},
            {"", false, CLAIM_NEW},
            {"[]", false, CLAIM_NEW},
            {"{", false, CLAIM_NEW},
            {"null", false, CLAIM_NEW},
            {"{}{}", false, CLAIM_NEW},
            {"{\"format\":1}", false, CLAIM_NEW},
            {"{\"format\":0,\"input\":{}}", false, CLAIM_NEW},
            {"{\"format\":\"1\",\"input\":{}}", false, CLAIM_NEW},
            {"{\"format\":1,\"input\":[]}", false, CLAIM_NEW},
            {"{\"input\":{}}", false, CLAIM_NEW},
    };
    struct claim c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        folder_write("job.json", rows[i].text);
        if (rows[i].ours) {
            check_state(rows[i].state);
            continue;
        }
        assert_int_equal(claim_check(&c, store, &err), ERR_INPUT);
        assert_null(c.job);
        assert_non_null(strstr(err.message, "its job.json"));
        claim_drop(store);
        assert_true(is_there("job.json"));
    }
}

/* Names are shown as they can be shown, and not more than a few. */
static void test_files_of_others(void **state)
{
    struct claim c;
    char name[16];
    int i;

    (void)state;
    folder_write("a\nb", "");
    assert_int_equal(claim_check(&c, store, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "\"a\\x0ab\""));
    assert_null(strstr(err.message, "more"));
    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "file-%d", i);
        folder_write(name, "");
    }
    assert_int_equal(claim_check(&c, store, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, " and more"));
    assert_false(is_there("results"));
}

static void test_piece_of_mark(void **state)
{
    static const struct {
        const char *text;
        bool ours;
    } rows[] = {{"", true}, {"{", true}, {"{}", true}, {"{}\n", true}, {"{}\n\n", false},
            {"x", false}, {"}", false}};
    struct claim c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        folder_write("job.json.part", rows[i].text);
        assert_int_equal(claim_check(&c, store, &err), rows[i].ours ? ERR_OK : ERR_INPUT);
        claim_free(&c);
    }
    folder_write("job.json.part", "{");
    folder_write("other", "");
    assert_int_equal(claim_check(&c, store, &err), ERR_INPUT);
}

/* Without this check it would be found out only when all is copied. */
static void test_place_of_report(void **state)
{
    char path[256];
    struct claim c = {.state = CLAIM_NEW};

    (void)state;
    snprintf(path, sizeof path, "%s/report.csv", folder);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(claim_take(&c, store, &err), ERR_IO);
    assert_non_null(strstr(err.message, "report.csv: it is not a file"));
    assert_int_equal(store_remove(store, "report.csv", &err), ERR_IO);
    assert_true(is_there("report.csv"));
}

static void test_destination(void **state)
{
    static const struct {
        const char *bucket, *key;
        bool same;
    } rows[] = {{"b", "f/", true}, {"b", "", false}, {"c", "f/", false}, {"b", "f/g/", false}};
    struct input input;
    struct claim c;
    size_t i;

    (void)state;
    folder_write("job.json", JOB ",\"manifest\":\"m\",\"manifestDigest\":\"sha256:00\"}");
    assert_int_equal(claim_check(&c, store, &err), ERR_OK);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        input = (struct input){.destination_bucket = (char *)rows[i].bucket,
                .destination_folder = (char *)rows[i].key};
        assert_int_equal(claim_is_destination(&c, &input), rows[i].same);
    }
    assert_string_equal(claim_manifest(&c), "m");
    assert_string_equal(claim_digest(&c), "sha256:00");
    claim_free(&c);
    folder_write("job.json", "{}");
    assert_int_equal(claim_check(&c, store, &err), ERR_OK);
    assert_null(claim_manifest(&c));
    assert_null(claim_digest(&c));
    assert_false(claim_is_destination(&c, &input));
    claim_free(&c);
}

/* --- names of our own --- */

static void test_names(void **state)
{
    static const char *const results[] = {"results/000000.jsonl", "results/4294967295.jsonl"};
    static const char *const others[] = {"results/", "results/.jsonl", "results/1.jsonl",
            "results/00000a.jsonl", "results/000000.jsonl.part", "results/000000.json",
            "results/000000xjsonl", "results/x/000000.jsonl", "000000.jsonl",
            "results/12345678901.jsonl", "uploads/000000.jsonl"};
    static const char *const records[] = {"uploads/", "uploads/x.json",
            "uploads/0123456789abcdef0123456789abcdef.json.part",
            "uploads/0123456789ABCDEF0123456789abcdef.json",
            "uploads/0123456789abcdef0123456789abcde.json",
            "uploads/0123456789abcdef0123456789abcdef.jsox",
            "results/0123456789abcdef0123456789abcdef.json"};
    char name[UPLOADS_NAME_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof results / sizeof results[0]; i++)
        assert_true(results_is_name(results[i]));
    for (i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(results_is_name(others[i]));
    assert_int_equal(uploads_name(name, "bucket", "key", 0, &err), ERR_OK);
    assert_true(uploads_is_name(name));
    for (i = 0; i < sizeof records / sizeof records[0]; i++)
        assert_false(uploads_is_name(records[i]));
}

static void test_results(void **state)
{
    bool any;

    (void)state;
    assert_int_equal(store_make_folders(store, &err), ERR_OK);
    folder_write("results/000000.jsonl", "");
    folder_write("results/variants.vcf", "theirs");
    assert_int_equal(earlier_any(store, &any, &err), ERR_OK);
    assert_false(any);
    folder_write("results/000003.jsonl", "{}\n");
    assert_int_equal(earlier_any(store, &any, &err), ERR_OK);
    assert_true(any);
    assert_int_equal(earlier_remove_all(store, &err), ERR_OK);
    assert_false(is_there("results/000000.jsonl") || is_there("results/000003.jsonl"));
    assert_true(is_there("results/variants.vcf"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            CLAIM_TEST(test_new),
            CLAIM_TEST(test_job_json),
            CLAIM_TEST(test_files_of_others),
            CLAIM_TEST(test_piece_of_mark),
            CLAIM_TEST(test_place_of_report),
            CLAIM_TEST(test_destination),
            CLAIM_TEST(test_names),
            CLAIM_TEST(test_results),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
