/* The records of unfinished uploads. */
#include "kinds.h"

#include "store/uploads.h"

static struct uploads *uploads;

static void open_uploads(void)
{
    assert_int_equal(uploads_open(&uploads, store, &err), ERR_OK);
}

static int end(void **state)
{
    uploads_free(uploads);
    uploads = NULL;
    return kind_end(state);
}

static struct upload upload_of(const char *key, const char *id)
{
    struct upload u = {.bucket = (char *)"dst",
            .key = (char *)key,
            .id = (char *)id,
            .source_bucket = (char *)"src",
            .source_key = (char *)"from",
            .tags = (char *)"none",
            .etag = "\"0123456789abcdef0123456789abcdef-2\"",
            .at_s = 1794343714,
            .until_s = id ? 0 : 1794344614};

    layout_set_uniform(&u.layout, 15, 2, 10);
    return u;
}

/* The answer of one operation. */
struct outcome {
    unsigned calls;
    bool done;
    struct err err;
    struct upload found;
};

static void on_outcome(void *ctx, const struct err *e, struct upload *found)
{
    struct outcome *o = ctx;

    o->calls++;
    o->done = true;
    o->err = *e;
    if (!found)
        return;
    o->found = *found; /* its content is the receiver's to take */
    memset(found, 0, sizeof *found);
}

static void wait_outcome(struct outcome *o, enum err_code code)
{
    assert_int_equal(code, ERR_OK);
    assert_int_equal(o->calls, 0);
    net_run_until(net, &o->done);
    net_turn(net);
    assert_int_equal(o->calls, 1);
}

static struct outcome load(const char *key)
{
    struct outcome o = {0};

    wait_outcome(&o, uploads_load(uploads, "dst", key, UPLOAD_FIRST, on_outcome, &o, &err));
    return o;
}

static struct outcome save_record(const char *key, const char *id)
{
    struct upload u = upload_of(key, id);
    struct outcome o = {0};

    wait_outcome(&o, uploads_save(uploads, &u, on_outcome, &o, &err));
    assert_null(o.found.key);
    return o;
}

static struct outcome remove_record(const char *key)
{
    struct outcome o = {0};

    wait_outcome(&o, uploads_remove(uploads, "dst", key, UPLOAD_FIRST, on_outcome, &o, &err));
    assert_null(o.found.key);
    return o;
}

static enum err_code publish_record(const char *key, const char *id, unsigned which)
{
    struct upload u = upload_of(key, id);
    struct outcome o = {0};

    u.which = which;
    wait_outcome(&o, uploads_publish(uploads, &u, on_outcome, &o, &err));
    return o.err.code;
}

/* The record of that key: none, or of that upload. */
static void check_record(const char *key, const char *id)
{
    struct outcome o = load(key);

    assert_int_equal(o.err.code, ERR_OK);
    assert_int_equal(o.found.key != NULL, id != NULL);
    if (id) {
        assert_string_equal(o.found.bucket, "dst");
        assert_string_equal(o.found.key, key);
        assert_string_equal(o.found.id, id);
    }
    upload_free(&o.found);
}

static void test_round_trip(void **state)
{
    (void)state;
    open_uploads();
    check_record("k", NULL);
    assert_int_equal(save_record("k", "one").err.code, ERR_OK);
    check_record("k", "one");
    check_record("k2", NULL);
    assert_int_equal(save_record("k", "two").err.code, ERR_OK);
    check_record("k", "two");
    assert_int_equal(remove_record("k").err.code, ERR_OK);
    check_record("k", NULL);
    assert_int_equal(remove_record("k").err.code, ERR_OK);
}

static void test_what_was_there(void **state)
{
    unsigned i;
    char key[16];

    (void)state;
    open_uploads();
    assert_int_equal(uploads_count(uploads), 0);
    assert_false(uploads_has(uploads, "dst", "7"));
    for (i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "%u", i);
        assert_int_equal(save_record(key, "id").err.code, ERR_OK);
    }
    assert_int_equal(uploads_count(uploads), 0); /* as it was when it was opened */
    uploads_free(uploads);
    save("uploads/notes.txt", "theirs");
    save("uploads/0123456789abcdef0123456789abcdef.json.part", "half");
    open_uploads();
    assert_int_equal(uploads_count(uploads), 20);
    for (i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "%u", i);
        assert_true(uploads_has(uploads, "dst", key));
    }
    assert_false(uploads_has(uploads, "dst", "20"));
    assert_false(uploads_has(uploads, "other", "7"));
    uploads_free(NULL);
}

static void test_many(void **state)
{
    char name[UPLOADS_NAME_SIZE], key[16];
    unsigned i;

    (void)state;
    for (i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "%u", i);
        assert_int_equal(uploads_name(name, "dst", key, UPLOAD_FIRST, &err), ERR_OK);
        save(name, "x");
    }
    open_uploads();
    assert_int_equal(uploads_count(uploads), 200);
    assert_true(uploads_has(uploads, "dst", "199"));
}

static void test_no_record(void **state)
{
    static const char *const texts[] = {"", "{", "{}", "[]", "null"};
    char name[UPLOADS_NAME_SIZE];
    size_t i;

    (void)state;
    open_uploads();
    if (fake)
        fake->age_s = 77;
    assert_int_equal(uploads_name(name, "dst", "k", UPLOAD_FIRST, &err), ERR_OK);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct outcome o;

        save(name, texts[i]);
        o = load("k");
        assert_int_equal(o.err.code, ERR_INPUT);
        assert_true(str_starts(o.err.message, name));
        assert_null(o.found.key);
        if (fake || the_s3) /* s3_server.h: seventy-seven seconds before the Date of the answer */
            assert_int_equal(o.found.age_s, 77);
    }
    assert_int_equal(save_record("k", "one").err.code, ERR_OK); /* it is written over */
    check_record("k", "one");
}

/* An error from the callback is the store's; one that is returned calls back never. */
static void test_store_fails(void **state)
{
    struct upload u = upload_of("k", "one");
    struct outcome o = {0};

    (void)state;
    open_uploads();
    assert_int_equal(save_record("k", "one").err.code, ERR_OK);
    fake->fail = (struct fake_fault){.op = "get", .code = ERR_NETWORK};
    assert_int_equal(load("k").err.code, ERR_NETWORK);
    fake->fail.op = "put";
    assert_int_equal(save_record("k", "two").err.code, ERR_NETWORK);
    fake->fail.op = "delete";
    assert_int_equal(remove_record("k").err.code, ERR_NETWORK);
    fake->fail.op = "get_start";
    assert_int_equal(
            uploads_load(uploads, "dst", "k", UPLOAD_FIRST, on_outcome, &o, &err), ERR_NETWORK);
    fake->fail.op = "put_start";
    assert_int_equal(uploads_save(uploads, &u, on_outcome, &o, &err), ERR_NETWORK);
    fake->fail.op = "delete_start";
    assert_int_equal(
            uploads_remove(uploads, "dst", "k", UPLOAD_FIRST, on_outcome, &o, &err), ERR_NETWORK);
    net_turn(net);
    assert_int_equal(o.calls, 0);
    fake->fail.op = NULL;
    check_record("k", "one");
}

static void test_open_fails(void **state)
{
    struct uploads *u = NULL;

    (void)state;
    fake->fail = (struct fake_fault){.op = "list"};
    assert_int_equal(uploads_open(&u, store, &err), ERR_IO);
    assert_null(u);
}

static void test_too_long(void **state)
{
    static char key[BUF_MAX_SMALL + 1], text[STORE_SMALL_MOST + 1];
    struct upload u = upload_of(key, "one");
    struct outcome o = {0};

    (void)state;
    memset(key, 'k', sizeof key - 1);
    memset(text, 't', sizeof text - 1);
    open_uploads();
    assert_int_equal(
            uploads_load(uploads, "dst", key, UPLOAD_FIRST, on_outcome, &o, &err), ERR_LIMIT);
    assert_int_equal(uploads_save(uploads, &u, on_outcome, &o, &err), ERR_LIMIT);
    assert_int_equal(
            uploads_remove(uploads, "dst", key, UPLOAD_FIRST, on_outcome, &o, &err), ERR_LIMIT);
    assert_false(uploads_has(uploads, "dst", key));
    u = upload_of("k", text);
    assert_int_equal(uploads_save(uploads, &u, on_outcome, &o, &err), ERR_LIMIT);
    net_turn(net);
    assert_int_equal(o.calls, 0);
}

#define WITH_END(test)                                                 \
    cmocka_unit_test_setup_teardown(test, kind_begin_folder, end),     \
            cmocka_unit_test_setup_teardown(test, kind_begin_s3, end), \
            cmocka_unit_test_setup_teardown(test, kind_begin_fake, end)

/* The records of one destination are files of their own, and of two workers one publishes first. */
static void test_published(void **state)
{
    struct outcome o = {0};

    (void)state;
    open_uploads();
    assert_int_equal(publish_record("k", "one", UPLOAD_FIRST), ERR_OK);
    assert_int_equal(publish_record("k", "two", UPLOAD_FIRST), ERR_PRECONDITION);
    check_record("k", "one");
    assert_int_equal(publish_record("k", "three", 1), ERR_OK);
    check_record("k", "one");
    wait_outcome(&o, uploads_load(uploads, "dst", "k", 1, on_outcome, &o, &err));
    assert_string_equal(o.found.id, "three");
    upload_free(&o.found);
    o = (struct outcome){0};
    wait_outcome(&o, uploads_remove(uploads, "dst", "k", 1, on_outcome, &o, &err));
    assert_int_equal(o.err.code, ERR_OK);
    check_record("k", "one");
    remove_record("k");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
            WITH_END(test_round_trip),
            WITH_END(test_what_was_there),
            cmocka_unit_test_setup_teardown(test_many, kind_begin_folder, end),
            WITH_END(test_no_record),
            WITH_END(test_published),
            cmocka_unit_test_setup_teardown(test_store_fails, kind_begin_fake, end),
            cmocka_unit_test_setup_teardown(test_open_fails, kind_begin_fake, end),
            cmocka_unit_test_setup_teardown(test_too_long, kind_begin_fake, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
