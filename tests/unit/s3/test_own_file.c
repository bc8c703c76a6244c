/* copyout's own files in a destination (s3/own_file.h). */
#include "fake.h"
#include "kicked.h"
#include "s3/own_file.h"

static void test_keys(void **state)
{
    static const struct {
        const char *wanted;
        unsigned number;
        const char *key;
    } rows[] = {
            {"out/ENDED_COPY.csv", 1, "out/ENDED_COPY.csv"},
            {"out/ENDED_COPY.csv", 2, "out/ENDED_COPY-2.csv"},
            {"ENDED_COPY.csv", 100, "ENDED_COPY-100.csv"},
            {"a.b/REPORT", 2, "a.b/REPORT-2"},
            {"a/.hidden", 2, "a/.hidden-2"},
            {"a/x.csv.gz", 3, "a/x.csv-3.gz"},
    };
    struct buf key;
    size_t i;

    (void)state;
    buf_init(&key, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&key);
        own_file_key(&key, rows[i].wanted, rows[i].number);
        assert_string_equal(buf_str(&key), rows[i].key);
    }
    buf_free(&key);
}

#define OURS                                                                                  \
    {                                                                                         \
        .status = 206, .headers = "x-amz-meta-copyout: report\ncontent-range: bytes 0-0/9\n", \
        .body = "x"                                                                           \
    }
#define FOREIGN                                                               \
    {                                                                         \
        .status = 206, .headers = "content-range: bytes 0-0/9\n", .body = "x" \
    }
#define ABSENT                                                         \
    {                                                                  \
        .status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>" \
    }

/* What an answer means. */
static void test_look(void **state)
{
    static const struct {
        struct answer answer;
        enum err_code code;
        enum own_file is;
    } rows[] = {
            {OURS, ERR_OK, OWN_FILE_OURS},
            {FOREIGN, ERR_OK, OWN_FILE_FOREIGN},
            {ABSENT, ERR_OK, OWN_FILE_ABSENT},
            {{.status = 404}, ERR_OK, OWN_FILE_ABSENT},
            {{.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"}, ERR_OK,
                    OWN_FILE_UNKNOWN},
            {{.status = 416, .body = "<Error><Code>InvalidRange</Code></Error>"}, ERR_OK,
                    OWN_FILE_FOREIGN},
            {{.status = 403}, ERR_OK, OWN_FILE_UNKNOWN},
            {{.status = 403, .body = "<Error><Code>InvalidAccessKeyId</Code></Error>"}, ERR_OK,
                    OWN_FILE_UNKNOWN},
            {{.status = 400}, ERR_OK, OWN_FILE_UNKNOWN},
            {{.status = 501}, ERR_OK, OWN_FILE_UNKNOWN},
            {{.status = 505}, ERR_SERVICE, OWN_FILE_UNKNOWN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum own_file is;

        set_script(&rows[i].answer, 1);
        assert_int_equal(own_file_look(&s, "b", "k", &is, &e), rows[i].code);
        if (rows[i].code == ERR_OK)
            assert_int_equal(is, rows[i].is);
        CHECK_SENT("GET /k");
    }
}

/* The place, and what is asked for to find it. */
static void test_place(void **state)
{
    struct buf key;

    (void)state;
    buf_init(&key, BUF_MAX_SMALL);
    SCRIPT(ABSENT);
    assert_int_equal(
            own_file_place(&s, "b", "a.csv", "report", ON_FOREIGN_FILE_NUMBER, &key, &e), ERR_OK);
    assert_string_equal(buf_str(&key), "a.csv");
    buf_clear(&key);
    SCRIPT(OURS);
    assert_int_equal(
            own_file_place(&s, "b", "a.csv", "report", ON_FOREIGN_FILE_NUMBER, &key, &e), ERR_OK);
    assert_string_equal(buf_str(&key), "a.csv");
    buf_clear(&key);
    SCRIPT(FOREIGN);
    assert_int_equal(
            own_file_place(&s, "b", "a.csv", "report", ON_FOREIGN_FILE_OVERWRITE, &key, &e),
            ERR_OK);
    assert_string_equal(buf_str(&key), "a.csv");
    buf_clear(&key);
    SCRIPT(FOREIGN, FOREIGN, OURS);
    assert_int_equal(
            own_file_place(&s, "b", "a.csv", "report", ON_FOREIGN_FILE_NUMBER, &key, &e), ERR_OK);
    CHECK_SENT("GET /a.csv", "GET /a-2.csv", "GET /a-3.csv");
    assert_string_equal(buf_str(&key), "a-3.csv");
    buf_free(&key);
}

/* All names with a number are taken. */
static void test_no_place(void **state)
{
    static struct answer answers[100];
    static const struct answer foreign = FOREIGN;
    struct buf key;
    size_t i;

    (void)state;
    for (i = 0; i < 100; i++)
        answers[i] = foreign;
    set_script(answers, 100);
    buf_init(&key, BUF_MAX_SMALL);
    assert_int_equal(own_file_place(&s, "b", "a.csv", "report", ON_FOREIGN_FILE_NUMBER, &key, &e),
            ERR_INPUT);
    assert_non_null(strstr(e.message, "s3://b/a.csv, and 99 names like it with a number"));
    assert_int_equal(f->script_at, 100);
    buf_free(&key);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_keys),
            cmocka_unit_test_setup_teardown(test_look, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_place, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_no_place, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
