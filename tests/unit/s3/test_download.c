/* Downloads that break off and go on (s3/download.c), driven without a network. */
#include "fake.h"

static struct fake *f;
static char taken[256];    /* what came of the object */
static struct err refusal; /* what the caller says to a piece; ERR_OK: it takes it */

static int set_up(void **state)
{
    (void)state;
    f = fake_new(NULL);
    taken[0] = '\0';
    err_clear(&refusal);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_free(f);
    return 0;
}

static enum err_code on_body(void *ctx, int status, const char *data, size_t len, struct err *e)
{
    (void)ctx;
    assert_true(status == 200 || status == 206);
    assert_true(strlen(taken) + len < sizeof taken);
    strncat(taken, data, len);
    if (refusal.code != ERR_OK)
        *e = refusal;
    return refusal.code;
}

static void get(const char *if_match, uint64_t first, uint64_t last, struct got *g)
{
    struct s3_request r = {.op = S3_GET_OBJECT,
            .where = {.bucket = "b", .key = "k"},
            .u.get = {.first = first, .last = last, .if_match = if_match, .on_body = on_body}};

    start(f, &r, g);
}

/* Checks what a request asked for. */
static void check_asked(unsigned i, const char *range, const char *if_match)
{
    assert_true(i < f->sent_count);
    assert_string_equal(sent_header(&f->sent[i], "range"), range);
    assert_string_equal(sent_header(&f->sent[i], "if-match"), if_match);
}

#define PIECE(s, text, ...)                                                    \
    {                                                                          \
        .status = (s), .headers = "etag: \"e\"\n", .body = (text), __VA_ARGS__ \
    }
#define CUT .err = ERR_NETWORK

static void test_whole(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "abc", .err = ERR_OK));
    check_asked(0, "", "");
    assert_int_equal(g.err.code, ERR_OK);
    assert_string_equal(taken, "abc");
    assert_string_equal(g.object.etag, "e");
}

static void test_range(void **state)
{
    struct got g = {0};

    (void)state;
    get("e", 5, 7, &g);
    FAKE_RUN(f, PIECE(206, "abc", .err = ERR_OK));
    check_asked(0, "bytes=5-7", "\"e\"");
    assert_string_equal(taken, "abc");
}

/* It goes on behind what came, and asks for the same object. */
static void test_goes_on(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "abc", CUT), PIECE(206, "de", CUT), {.status = 503},
            PIECE(206, "f", .err = ERR_OK));
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.attempts, 4);
    assert_string_equal(taken, "abcdef");
    check_asked(0, "", "");
    check_asked(1, "bytes=3-", "\"e\"");
    check_asked(2, "bytes=5-", "\"e\"");
    check_asked(3, "bytes=5-", "\"e\"");
}

static void test_goes_on_in_a_range(void **state)
{
    struct got g = {0};

    (void)state;
    get("e", 10, 15, &g);
    FAKE_RUN(f, BROKEN, PIECE(206, "abc", CUT), PIECE(206, "def", .err = ERR_OK));
    assert_int_equal(g.err.code, ERR_OK);
    assert_string_equal(taken, "abcdef");
    check_asked(0, "bytes=10-15", "\"e\"");
    check_asked(1, "bytes=10-15", "\"e\"");
    check_asked(2, "bytes=13-15", "\"e\"");
}

/* The ETag is the one of the bytes that came first, whatever a later answer says. */
static void test_keeps_the_first_etag(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "abc", CUT), {.status = 206, .headers = "etag: \"other\"\n", CUT},
            PIECE(206, "e", .err = ERR_OK));
    check_asked(2, "bytes=3-", "\"e\"");
    assert_string_equal(taken, "abce");
}

/* As long as no byte came, any object will do. */
static void test_breaks_off_before_the_body(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "", CUT), PIECE(200, "abc", .err = ERR_OK));
    check_asked(1, "", "");
    assert_string_equal(taken, "abc");
}

/* The object was replaced meanwhile: its bytes are not put behind those of the old one. */
static void test_replaced(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "abc", CUT), {.status = 412});
    assert_int_equal(g.err.code, ERR_PRECONDITION);
    assert_string_equal(taken, "abc");
}

/* The whole again in answer to a range: no byte comes twice. */
static void test_no_ranges(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "abc", CUT), PIECE(200, "abcdef", .err = ERR_OK));
    assert_int_equal(g.err.code, ERR_SERVICE);
    assert_string_equal(taken, "abc");
}

/* Without an ETag nothing says that the rest is of the same object. */
static void test_no_etag(void **state)
{
    struct got g = {0};

    (void)state;
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, {.status = 200, .body = "abc", CUT}, {.status = 206, .body = "def"});
    check_asked(1, "bytes=3-", "");
    assert_int_equal(g.err.code, ERR_SERVICE);
    assert_string_equal(taken, "abc");
}

/* A download that comes further may break off more often than a request may fail. */
static void test_breaks_off_often(void **state)
{
    static struct answer script[40];
    struct got g = {0};
    unsigned i;

    (void)state;
    for (i = 0; i < 40; i++)
        script[i] = (struct answer)PIECE(i ? 206 : 200, "x", .err = i < 39 ? ERR_NETWORK : ERR_OK);
    get(NULL, 0, UINT64_MAX, &g);
    fake_run(f, script, 40);
    assert_int_equal(g.err.code, ERR_OK);
    assert_int_equal(g.attempts, 40);
    assert_int_equal(strlen(taken), 40);
}

/* One that does not come further ends like any other request. */
static void test_stuck(void **state)
{
    static struct answer script[11] = {PIECE(200, "abc", CUT)};
    struct got g = {0};
    unsigned i;

    (void)state;
    for (i = 1; i < 11; i++)
        script[i] = (struct answer)BROKEN;
    get(NULL, 0, UINT64_MAX, &g);
    fake_run(f, script, 10);
    assert_int_equal(g.err.code, ERR_NETWORK);
    assert_int_equal(g.attempts, 10);
}

static void test_refused_by_the_caller(void **state)
{
    struct got g = {0};

    (void)state;
    err_set(&refusal, ERR_IO, "the disk is full");
    get(NULL, 0, UINT64_MAX, &g);
    FAKE_RUN(f, PIECE(200, "abc", .err = ERR_OK));
    assert_int_equal(g.err.code, ERR_IO);
    assert_string_equal(g.err.message, "the disk is full");
    assert_int_equal(g.attempts, 1);
}

/* A small object that nobody reads in pieces is asked for again as a whole. */
static void test_without_callback(void **state)
{
    struct s3_request r = {.op = S3_GET_OBJECT,
            .where = {.bucket = "b", .key = "k"},
            .u.get = {.first = 0, .last = 0}};
    struct got g = {0};

    (void)state;
    start(f, &r, &g);
    FAKE_RUN(f, PIECE(206, "a", CUT), PIECE(206, "a", .err = ERR_OK));
    assert_int_equal(g.err.code, ERR_OK);
    check_asked(0, "bytes=0-0", "");
    check_asked(1, "bytes=0-0", "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_whole),
            T(test_range),
            T(test_goes_on),
            T(test_goes_on_in_a_range),
            T(test_keeps_the_first_etag),
            T(test_breaks_off_before_the_body),
            T(test_replaced),
            T(test_no_ranges),
            T(test_no_etag),
            T(test_breaks_off_often),
            T(test_stuck),
            T(test_refused_by_the_caller),
            T(test_without_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
