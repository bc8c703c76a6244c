/* Whether a work store of any kind is ours, and a store that fails while it is taken. */
#include "kinds.h"

#include "store/claim.h"

static struct claim claim;

static void check_state(enum claim_state expected)
{
    claim_free(&claim);
    assert_int_equal(claim_check(&claim, store, &err), ERR_OK);
    assert_int_equal(claim.state, expected);
}

static void remove_folders(void)
{
    /* Of a folder, the fixture made them: a new one has none. */
    if (!fake && !the_s3)
        store_remove_if_empty(store);
}

static void make_again(void)
{
    if (!fake && !the_s3)
        assert_int_equal(mkdir(kind_folder, 0700), 0);
}

static void test_new(void **state)
{
    (void)state;
    remove_folders();
    make_again();
    check_state(CLAIM_NEW);
    assert_int_equal(claim_take(&claim, store, &err), ERR_OK);
    expect_file("job.json", CLAIM_MARK_TEXT);
    check_state(CLAIM_MARKED);
    assert_int_equal(claim_take(&claim, store, &err), ERR_OK);
    claim_drop(store);
    claim_drop(store); /* there is none any more */
    expect_file("job.json", NULL);
    claim_free(&claim);
}

static void test_job_stays(void **state)
{
    static const char job[] = "{\"format\":1,\"input\":{}}";

    (void)state;
    save("job.json", job);
    check_state(CLAIM_JOB);
    assert_int_equal(claim_take(&claim, store, &err), ERR_OK);
    claim_drop(store);
    expect_file("job.json", job);
    claim_free(&claim);
}

static void test_not_ours(void **state)
{
    (void)state;
    save("theirs.txt", "x");
    assert_int_equal(claim_check(&claim, store, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "\"theirs.txt\""));
    assert_non_null(strstr(err.message, "and no job.json"));
    claim_drop(store);
    expect_file("theirs.txt", "x");
}

/* In S3 there is no half-written object: a key of that name is someone else's. */
static void test_part_in_s3(void **state)
{
    (void)state;
    s3_set(the_s3->objects, "work/jobs/1/job.json.part", "{", 1);
    assert_int_equal(claim_check(&claim, store, &err), ERR_INPUT);
    assert_non_null(strstr(err.message, "the work store s3://work/jobs/1/ is not copyout's"));
    assert_non_null(strstr(err.message, "\"job.json.part\""));
}

static void test_store_fails(void **state)
{
    static const char *const looking[] = {"read", "list"};
    static const char *const taking[] = {"create", "commit", "make_folders", "check_file"};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        fake->fail = (struct fake_fault){.op = looking[i], .code = ERR_NETWORK};
        assert_int_equal(claim_check(&claim, store, &err), ERR_NETWORK);
        assert_null(claim.job);
    }
    claim = (struct claim){.state = CLAIM_NEW};
    for (i = 0; i < 4; i++) {
        fake->fail = (struct fake_fault){.op = taking[i], .code = ERR_NETWORK};
        assert_int_equal(claim_take(&claim, store, &err), ERR_NETWORK);
    }
    fake->fail = (struct fake_fault){.op = "check_file", .name = REPORT_CSV_FILE};
    assert_int_equal(claim_take(&claim, store, &err), ERR_IO);
    fake->fail = (struct fake_fault){.op = "remove"};
    claim_drop(store); /* it is no loss if the mark stays */
    fake->fail.op = NULL;
    check_state(CLAIM_MARKED);
    claim_free(&claim);
    fake->fail = (struct fake_fault){.op = "write", .name = JOB_FILE};
    claim = (struct claim){.state = CLAIM_NEW};
    assert_int_equal(claim_take(&claim, store, &err), ERR_IO);
    fake->fail.op = NULL;
    check_state(CLAIM_MARKED);
    claim_free(&claim);
}

/* A run that was killed while it wrote the mark. */
static void test_half_a_mark(void **state)
{
    FILE *file;

    (void)state;
    assert_int_equal(store_create(store, "job.json", &file, &err), ERR_OK);
    fputs("{", file);
    fflush(file);
    check_state(CLAIM_NEW);
    fputs("x", file);
    fflush(file);
    assert_int_equal(claim_check(&claim, store, &err), ERR_INPUT);
    store_discard(store, "job.json", file);
    claim_free(&claim);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            ALL_KINDS(test_new),
            ALL_KINDS(test_job_stays),
            ALL_KINDS(test_not_ours),
            S3_TEST(test_part_in_s3),
            FAKE_TEST(test_store_fails),
            FAKE_TEST(test_half_a_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
