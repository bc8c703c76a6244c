/* The client's life and its settings (s3/client.c), driven without a network. */
#include "fake.h"
#include "net/limits/limiter.h"

static struct fake *f;

static void begin(const struct s3_config *config)
{
    f = fake_new(config);
}

static int set_up(void **state)
{
    (void)state;
    f = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (f)
        fake_free(f);
    return 0;
}

static void test_free_of_nothing(void **state)
{
    (void)state;
    s3_client_free(NULL);
}

/* A client that cannot be made leaves nothing behind. */
static void test_no_memory(void **state)
{
    struct s3_config config = {.region = "us-east-1", .most_per_second = 10};
    struct s3_client *c = NULL;
    unsigned timers;
    struct err e;

    (void)state;
    begin(&config);
    config.transport = &f->transport;
    for (timers = 0; timers < 2; timers++) {
        f->timers_left = timers;
        assert_int_equal(s3_client_new(&c, &config, &e), ERR_NOMEM);
        assert_null(c);
    }
}

/* --- freed and cancelled in every state --- */

struct told {
    unsigned calls, slots;
};

static void on_free_slots(void *ctx)
{
    struct told *t = ctx;

    t->calls++;
    t->slots = s3_client_free_slots(f->s3);
}

struct calls {
    struct got sent, waits, ready, wants_creds, failing;
};

/* One call in each state in which it may stay. */
static void calls_in_all_states(struct calls *c)
{
    static const struct answer broken = BROKEN;
    static const struct s3_config config = {.region = "us-east-1", .most_in_flight = 1};

    begin(&config);
    memset(c, 0, sizeof *c);
    start_head(f, "waits", &c->waits);
    fake_answer(&f->sent[0], &broken);
    f->send_error = ERR_NOMEM;
    start_head(f, "failing", &c->failing);
    f->send_error = ERR_OK;
    f->no_creds = true;
    start_head(f, "wants-creds", &c->wants_creds);
    assert_int_equal(f->creds_waits, 1);
    f->no_creds = false;
    start_head(f, "sent", &c->sent);
    start_head(f, "ready", &c->ready);
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(s3_client_in_flight(f->s3), 1);
}

static void test_free_in_all_states(void **state)
{
    struct told told = {0};
    struct calls c;

    (void)state;
    calls_in_all_states(&c);
    s3_client_on_free_slots(f->s3, on_free_slots, &told);
    fake_free(f);
    f = NULL;
    assert_int_equal(told.calls, 0);
    assert_int_equal(
            c.sent.calls + c.waits.calls + c.ready.calls + c.wants_creds.calls + c.failing.calls,
            0);
}

/* Nobody is told of the slots that become free as the client goes away. */
static void test_free_tells_nothing(void **state)
{
    struct told told = {0};
    struct got g = {0};

    (void)state;
    begin(NULL);
    s3_client_on_free_slots(f->s3, on_free_slots, &told);
    start_head(f, "b", &g);
    fake_free(f);
    f = NULL;
    assert_int_equal(g.calls, 0);
    assert_int_equal(told.calls, 0);
}

static void check_cancelled(const struct got *g, unsigned attempts)
{
    assert_int_equal(g->calls, 1);
    assert_int_equal(g->err.code, ERR_CANCELLED);
    assert_int_equal(g->attempts, attempts);
}

static void test_cancel_all(void **state)
{
    struct calls c;

    (void)state;
    calls_in_all_states(&c);
    s3_client_cancel_all(f->s3);
    check_cancelled(&c.sent, 1);
    assert_int_equal(c.ready.calls, 0);
    while (fake_step(f)) {
    }
    check_cancelled(&c.sent, 1);
    check_cancelled(&c.waits, 1);
    check_cancelled(&c.ready, 0);
    check_cancelled(&c.wants_creds, 0);
    assert_int_equal(c.failing.calls, 1);
    assert_int_equal(c.failing.err.code, ERR_NOMEM);
    assert_int_equal(f->sent_count, 2); /* nothing else went out */
    assert_int_equal(s3_client_in_flight(f->s3), 0);
    /* The client goes on. */
    memset(&c.sent, 0, sizeof c.sent);
    fake_creds_come(f, NULL, NULL);
    start_head(f, "b", &c.sent);
    FAKE_RUN(f, HEAD_OK);
    assert_int_equal(c.sent.err.code, ERR_OK);
}

/* --- limits --- */

static void test_limit_of_all(void **state)
{
    static const struct s3_config config = {.region = "us-east-1", .most_in_flight = 3};
    static const struct answer ok = HEAD_OK;
    struct got g[5] = {{0}};
    struct told told = {0};
    unsigned i;

    (void)state;
    begin(&config);
    s3_client_set_main_bucket(f->s3, "a");
    s3_client_on_free_slots(f->s3, on_free_slots, &told);
    for (i = 0; i < 5; i++)
        start_head(f, i % 2 ? "b" : "a", &g[i]);
    assert_int_equal(f->sent_count, 3);
    assert_int_equal(s3_client_free_slots(f->s3), 0);
    fake_answer(&f->sent[0], &ok);
    assert_int_equal(f->sent_count, 4); /* b's turn, which waits for longer */
    assert_non_null(strstr(f->sent[3].url, "//b."));
    assert_int_equal(told.calls, 0); /* there is still none */
    fake_answer(&f->sent[1], &ok);
    assert_int_equal(f->sent_count, 5);
    fake_answer(&f->sent[2], &ok);
    assert_int_equal(told.calls, 1);
    assert_int_equal(told.slots, 1);
    FAKE_RUN(f, HEAD_OK, HEAD_OK);
    assert_int_equal(told.calls, 3);
    assert_int_equal(told.slots, 3);
}

/* A bucket begins with 64 at once, and the limit grows as the answers come quickly. */
static void test_limit_of_a_bucket(void **state)
{
    static const struct answer ok = HEAD_OK;
    static struct got g[1000];
    unsigned i, answered;

    (void)state;
    memset(g, 0, sizeof g);
    begin(NULL);
    s3_client_set_main_bucket(f->s3, "a");
    for (i = 0; i < 1000; i++)
        start_head(f, "a", &g[i]);
    assert_int_equal(f->sent_count, LIMITER_START);
    assert_int_equal(open_count(f), LIMITER_START);
    start_head(f, "b", &g[0]); /* another bucket has slots of its own */
    assert_int_equal(open_count(f), LIMITER_START + 1);
    for (answered = 0; answered < 600 && open_count(f) <= LIMITER_START + 1;) {
        unsigned sent = f->sent_count;

        fake_pass_ms(f, 100); /* all answers take as long, however many there are */
        for (; answered < sent; answered++)
            fake_answer(&f->sent[answered], &ok);
    }
    assert_true(open_count(f) > LIMITER_START + 1);
    s3_client_cancel_all(f->s3);
    while (fake_step(f)) {
    }
}

static void test_most_per_second(void **state)
{
    static const struct s3_config config = {.region = "us-east-1", .most_per_second = 10};
    struct got g[8] = {{0}};
    struct told told = {0};
    unsigned i;

    (void)state;
    begin(&config);
    s3_client_on_free_slots(f->s3, on_free_slots, &told);
    for (i = 0; i < 8; i++)
        start_head(f, "b", &g[i]);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(s3_client_free_slots(f->s3), 0);
    fake_pass_ms(f, 150);
    assert_int_equal(f->sent_count, 2);
    fake_pass_ms(f, 500);
    assert_int_equal(f->sent_count, 7);
    assert_int_equal(told.calls, 0);
    fake_pass_ms(f, 200); /* the last one, and a free slot */
    assert_int_equal(f->sent_count, 8);
    fake_pass_ms(f, 200);
    assert_true(told.calls > 0 && told.slots > 0);
}

/* --- where requests go --- */

static void test_endpoint(void **state)
{
    static const struct s3_config config = {
            .region = "us-east-1", .endpoint = "http://127.0.0.1:8000/s3/"};
    struct s3_request r = {.op = S3_LIST_OBJECTS, .where.bucket = "b", .u.list.prefix = "p/"};
    struct got g = {0};

    (void)state;
    begin(&config);
    start(f, &r, &g);
    assert_string_equal(
            f->sent[0].url, "http://127.0.0.1:8000/s3/b?list-type=2&encoding-type=url&prefix=p%2F");
    FAKE_RUN(f, {.status = 200, .body = "<ListBucketResult/>"});
    assert_int_equal(g.err.code, ERR_OK);
}

static void test_regions(void **state)
{
    struct err e;
    struct got g = {0};

    (void)state;
    begin(NULL);
    assert_string_equal(s3_client_region(f->s3, "b"), "us-east-1");
    assert_int_equal(s3_client_set_default_region(f->s3, "eu-west-1", &e), ERR_OK);
    assert_string_equal(s3_client_region(f->s3, "b"), "eu-west-1");
    s3_client_set_region(f->s3, "b", "eu-west-2");
    assert_string_equal(s3_client_region(f->s3, "b"), "eu-west-2");
    assert_string_equal(s3_client_region(f->s3, "c"), "eu-west-1");
    start_head(f, "b", &g);
    assert_string_equal(f->sent[0].url, "https://b.s3.eu-west-2.amazonaws.com/k");
    FAKE_RUN(f, HEAD_OK);
}

/* A request that is larger than S3 would take is not started. */
static void test_too_large(void **state)
{
    struct s3_request r = {.op = S3_LIST_OBJECTS, .where.bucket = "b"};
    char *prefix = calloc(1, BUF_MAX_SMALL + 1);
    struct headers headers;
    struct got g = {0};
    struct err e;

    (void)state;
    begin(NULL);
    memset(prefix, 'p', BUF_MAX_SMALL);
    r.u.list.prefix = prefix;
    assert_int_equal(s3_start(f->s3, &r, on_reply, &g, &e), ERR_LIMIT);
    r = (struct s3_request){.op = S3_HEAD_OBJECT, .where = {.bucket = "b", .key = prefix}};
    start(f, &r, &g); /* a key is found to be too long when the URL is made */
    fake_run(f, NULL, 0);
    assert_int_equal(g.err.code, ERR_LIMIT);
    headers_init(&headers);
    headers_add(&headers, "x-amz-meta-a", prefix);
    r = (struct s3_request){.op = S3_CREATE_MULTIPART_UPLOAD,
            .where = {.bucket = "b", .key = "k"},
            .u.create.headers = &headers};
    assert_int_equal(s3_start(f->s3, &r, on_reply, &g, &e), ERR_LIMIT);
    headers_free(&headers);
    free(prefix);
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(g.calls, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
            T(test_free_of_nothing),
            T(test_no_memory),
            T(test_free_in_all_states),
            T(test_free_tells_nothing),
            T(test_cancel_all),
            T(test_limit_of_all),
            T(test_limit_of_a_bucket),
            T(test_most_per_second),
            T(test_endpoint),
            T(test_regions),
            T(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
