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

#define REFUSED       \
    {                 \
        .status = 403 \
    }
#define TAKEN                                                                   \
    {                                                                           \
        .status = 412, .body = "<Error><Code>PreconditionFailed</Code></Error>" \
    }
#define CONFLICT                                                                        \
    {                                                                                   \
        .status = 409, .body = "<Error><Code>ConditionalRequestConflict</Code></Error>" \
    }
#define WRITTEN                                   \
    {                                             \
        .status = 200, .headers = "etag: \"e\"\n" \
    }

static enum err_code write_it(void *ctx, const char *key, bool only_if_absent, struct err *err)
{
    const struct s3_where where = {.bucket = "b", .key = key};
    const struct s3_put put = {.body = "x", .len = 1, .only_if_absent = only_if_absent};

    (void)ctx;
    return sync_put_object(&s, &where, &put, NULL, err);
}

static enum err_code put_own(enum on_foreign_file foreign, struct buf *key)
{
    const struct own_file_target t = {
            .bucket = "b", .wanted = "a.csv", .what = "report", .foreign = foreign};

    buf_clear(key);
    return own_file_put(&s, &t, write_it, NULL, key, &e);
}

enum { STEPS_MOST = 7 };

/* The requests were these, in order: "?key" is a look, "=key" a write, "+key" a write on the
 * condition that nothing is there. from: the first request. */
static void check_steps(unsigned from, const char *steps)
{
    struct buf seen;
    unsigned i;

    buf_init(&seen, BUF_MAX_SMALL);
    for (i = from; i < f->sent_count; i++) {
        const struct http_exchange *x = &f->sent[i];
        bool condition = *sent_header(x, "if-none-match") != '\0';

        buf_addf(&seen, "%s%s%s", i > from ? " " : "",
                strcmp(x->method, "GET") == 0 ? "?"
                : condition                   ? "+"
                                              : "=",
                strrchr(x->url, '/') + 1);
    }
    assert_string_equal(buf_str(&seen), steps);
    buf_free(&seen);
}

/* Under which key the file is written, and how. */
static void test_put(void **state)
{
    static const struct {
        enum on_foreign_file foreign;
        struct answer answers[STEPS_MOST];
        const char *steps;
        enum err_code code;
        const char *key;
    } rows[] = {
            /* what is seen */
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, WRITTEN}, "?a.csv +a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {OURS, WRITTEN}, "?a.csv =a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {FOREIGN, FOREIGN, OURS, WRITTEN},
                    "?a.csv ?a-2.csv ?a-3.csv =a-3.csv", ERR_OK, "a-3.csv"},
            {ON_FOREIGN_FILE_OVERWRITE, {FOREIGN, WRITTEN}, "?a.csv =a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_OVERWRITE, {ABSENT, WRITTEN}, "?a.csv =a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_OVERWRITE, {REFUSED, WRITTEN}, "?a.csv =a.csv", ERR_OK, "a.csv"},
            /* what may not be seen */
            {ON_FOREIGN_FILE_NUMBER, {REFUSED, WRITTEN}, "?a.csv +a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {REFUSED, TAKEN, REFUSED, WRITTEN},
                    "?a.csv +a.csv ?a-2.csv +a-2.csv", ERR_OK, "a-2.csv"},
            {ON_FOREIGN_FILE_NUMBER, {REFUSED, CONFLICT, REFUSED, WRITTEN},
                    "?a.csv +a.csv ?a-2.csv +a-2.csv", ERR_OK, "a-2.csv"},
            /* what comes between the look and the write */
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, TAKEN, OURS, WRITTEN}, "?a.csv +a.csv ?a.csv =a.csv",
                    ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, TAKEN, FOREIGN, ABSENT, WRITTEN},
                    "?a.csv +a.csv ?a.csv ?a-2.csv +a-2.csv", ERR_OK, "a-2.csv"},
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, CONFLICT, OURS, WRITTEN},
                    "?a.csv +a.csv ?a.csv =a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, CONFLICT, ABSENT, CONFLICT, ABSENT, WRITTEN},
                    "?a.csv +a.csv ?a.csv +a.csv ?a-2.csv +a-2.csv", ERR_OK, "a-2.csv"},
            /* servers that know no condition */
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, {.status = 501}, WRITTEN}, "?a.csv +a.csv =a.csv",
                    ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, {.status = 400}, WRITTEN}, "?a.csv +a.csv =a.csv",
                    ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, TAKEN, ABSENT, TAKEN, WRITTEN},
                    "?a.csv +a.csv ?a.csv +a.csv =a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, {.status = 304}, ABSENT, {.status = 304}, WRITTEN},
                    "?a.csv +a.csv ?a.csv +a.csv =a.csv", ERR_OK, "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {REFUSED, {.status = 501}}, "?a.csv +a.csv", ERR_SERVICE,
                    "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {REFUSED, {.status = 400}}, "?a.csv +a.csv", ERR_SERVICE,
                    "a.csv"},
            /* refusals */
            {ON_FOREIGN_FILE_NUMBER, {ABSENT, REFUSED}, "?a.csv +a.csv", ERR_ACCESS_DENIED,
                    "a.csv"},
            {ON_FOREIGN_FILE_NUMBER, {FOREIGN, OURS, REFUSED}, "?a.csv ?a-2.csv =a-2.csv",
                    ERR_ACCESS_DENIED, "a-2.csv"},
            {ON_FOREIGN_FILE_NUMBER, {{.status = 505}}, "?a.csv", ERR_SERVICE, "a.csv"},
    };
    struct buf key;
    size_t i;

    (void)state;
    buf_init(&key, BUF_MAX_SMALL);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned from = f->sent_count;

        set_script(rows[i].answers, STEPS_MOST);
        assert_int_equal(put_own(rows[i].foreign, &key), rows[i].code);
        check_steps(from, rows[i].steps);
        assert_string_equal(buf_str(&key), rows[i].key);
    }
    buf_free(&key);
}

/* The error of a server that knows no condition says what was tried. */
static void test_no_condition(void **state)
{
    struct buf key;

    (void)state;
    buf_init(&key, BUF_MAX_SMALL);
    SCRIPT(REFUSED, {.status = 501});
    assert_int_equal(put_own(ON_FOREIGN_FILE_NUMBER, &key), ERR_SERVICE);
    assert_non_null(strstr(e.message, "may not be read, so that it is written only if nothing"));
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
    assert_int_equal(put_own(ON_FOREIGN_FILE_NUMBER, &key), ERR_INPUT);
    assert_non_null(strstr(e.message, "s3://b/a.csv, and 99 names like it with a number"));
    assert_int_equal(f->script_at, 100);
    buf_free(&key);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_keys),
            cmocka_unit_test_setup_teardown(test_look, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_put, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_no_condition, set_up, tear_down),
            cmocka_unit_test_setup_teardown(test_no_place, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
