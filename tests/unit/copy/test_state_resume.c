/* RESUME: the parts of an upload that was left open are kept, if they are of use. */
#include "one_copy.h"

/* All parts are there: nothing is copied. The list has several pages. */
static void test_all_are_there(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 6, 0);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL LOOKUP RESUME COMPLETE DONE FORGET DONE");
    assert_int_equal(w->fake.counts[S3_LIST_PARTS], 3);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 0);
    assert_clean(w);
}

/* The list of parts goes round: the object fails, and nothing of it is left. */
static void test_list_goes_round(void **state)
{
    struct world *w = *state;

    w->fake.ways.goes_round = 1;
    put_big(w);
    leave_upload(w, 6, 0);
    world_run(w);
    assert_failed(w, "ProtocolError");
    assert_non_null(strstr(w->result->err.message, "listing of parts does not end"));
    assert_path(w, "RECALL LOOKUP RESUME ABORT_TO_END DONE FORGET DONE");
    assert_clean(w);
}

/* Part 2 is missing, part 3 is too short, part 7 is not of the layout. */
static void test_some_are_of_use(void **state)
{
    struct world *w = *state;
    struct fake_upload *u;

    put_big(w);
    u = leave_upload(w, 6, 0);
    u->parts[1].etag[0] = '\0';
    u->parts[2].bytes.size--;
    memcpy(fake_part_of(u, 7)->etag, "seven", sizeof "seven");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 2);
    assert_non_null(strstr(buf_str(&w->fake.log),
            "UploadPartCopy destination#2, UploadPartCopy destination#3, Complete"));
    assert_clean(w);
}

/* All are there, and do not make the source: one is copied again, whose answer tells whether that
 * is for the destination's encryption. */
static void test_encrypted(void **state)
{
    struct world *w = *state;

    w->fake.ways.encrypts = 1;
    put_big(w);
    leave_upload(w, 6, 0);
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_path(w, "RECALL LOOKUP RESUME PARTS COMPLETE VERIFY DONE FORGET DONE");
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 1);
}

static struct fake_upload *to_be_removed;

static void remove_upload(struct fake *f)
{
    (void)f;
    fake_upload_free(to_be_removed);
}

/* Removed by another worker meanwhile. */
static void test_gone(void **state)
{
    struct world *w = *state;

    put_big(w);
    to_be_removed = leave_upload(w, 4, 0);
    happens(w, S3_LIST_PARTS, DST, 1, remove_upload);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RESUME LOOKUP LAYOUT"));
    assert_clean(w);
}

/* We may not look at the parts: another upload. */
static void test_denied(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    fails(w, S3_LIST_PARTS, DST, 0, 403, "AccessDenied");
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RESUME ABORT_FOR_PARTS LAYOUT"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_clean(w);
}

static void test_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    fails(w, S3_LIST_PARTS, DST, 1, 500, "InternalError");
    world_run(w);
    assert_failed(w, "InternalError");
    assert_path(w, "RECALL LOOKUP RESUME ABORT_TO_END DONE FORGET DONE");
    assert_clean(w);
}

/* Without credentials the upload stays for the next run. */
static void test_no_credentials(void **state)
{
    struct world *w = *state;
    struct err e;

    put_big(w);
    leave_upload(w, 4, 0);
    err_set(&e, ERR_CREDENTIALS, "injected");
    fake_rule(&w->fake, S3_LIST_PARTS, DST, 1, e);
    world_run(w);
    assert_failed(w, "CredentialsError");
    assert_path(w, "RECALL LOOKUP RESUME DONE");
    assert_int_equal(w->env.left_open, 1);
    assert_non_null(fake_record(&w->fake, KEY));
}

/* The source is another now: none of the parts is of use. */
static void test_another_source(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    put_big(w);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECALL LOOKUP ABORT_FOR_PARTS LAYOUT"));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_clean(w);
}

/* A record that says that its layout is the source's, which is of other parts: nobody wrote it so.
 */
static void test_layout_of_another(void **state)
{
    struct world *w = *state;
    struct fake_object *o = put_big(w);

    o->parts = 5;
    o->lengths[0] = 10 * MIB;
    leave_upload(w, 0, 0);
    o->parts = 6;
    o->lengths[0] = 8 * MIB;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECALL LOOKUP ABORT_FOR_PARTS LAYOUT"));
    assert_clean(w);
}

/* Of an object in one piece, it says so too. */
static void test_layout_of_none(void **state)
{
    struct world *w = *state;
    char *text;

    fake_put(&w->fake, SRC, KEY, LAYOUT_COPY_MOST + 1, 0, NULL);
    w->stop_at = 6;
    world_run(w); /* leaves a record of parts of our own */
    assert_int_equal(w->env.left_open, 1);
    text = strstr(buf_str(fake_record(&w->fake, KEY)), "\"layoutFrom\":3");
    assert_non_null(text);
    text[strlen("\"layoutFrom\":")] = '0';
    copy_free(w->copy);
    buf_clear(&w->path);
    w->fake.sent = w->stop_at = 0;
    w->env.stopping = false;
    world_run(w);
    assert_copied(w, VERIFIED_SIZE);
    assert_true(is_in_path(w, "RECALL LOOKUP ABORT_FOR_PARTS LAYOUT"));
    assert_clean(w);
}

/* With other tags than the upload was given. */
static void test_other_tags(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    w->input.options.tags = TAGS_NONE;
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RECALL LOOKUP ABORT_FOR_PARTS LAYOUT"));
    assert_clean(w);
}

/* Changed while it is gone on with: the second try begins with nothing. */
static void test_changes(void **state)
{
    struct world *w = *state;

    put_big(w);
    leave_upload(w, 4, 0);
    happens(w, S3_UPLOAD_PART_COPY, DST, 1, change_source);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RESUME PARTS ABORT_RESTART LOOKUP LAYOUT"));
    assert_int_equal(w->fake.uploads_made, 2);
    assert_clean(w);
}

/* The layout on record was a guess, and a wrong one: the guesses go on behind it. */
static void test_wrong_guess(void **state)
{
    struct world *w = *state;
    struct fake_upload *u;
    char *text, *at;

    w->fake.ways.no_parts = 1;
    fake_put_uniform(&w->fake, SRC, KEY, 3 * 20 * MIB, 20 * MIB);
    u = leave_upload(w, 0, 0);
    assert_non_null(u);
    text = strdup(buf_str(fake_record(&w->fake, KEY)));
    at = strstr(text, "\"layoutFrom\":0");
    at[strlen("\"layoutFrom\":")] = '0' + LAYOUT_FROM_GUESS;
    at = strstr(text, "20971520");
    memcpy(at, "26214400", 8); /* 25 MiB */
    fake_set_record(&w->fake, KEY, text);
    free(text);
    world_run(w);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RESUME PARTS COMPLETE RECORD PARTS COMPLETE"));
    assert_int_equal(w->fake.uploads_made, 1);
    assert_clean(w);
}

/* --- held back --- */

static struct {
    unsigned asked, released; /* parts */
    bool allowed;
} parts;

static bool hold(void *ctx, struct copy *copy, unsigned count)
{
    (void)ctx;
    (void)copy;
    parts.asked = count;
    return parts.allowed;
}

static void release(void *ctx, unsigned count)
{
    (void)ctx;
    parts.released += count;
}

/* Steps the copy, and answers what it asks, until that comes of a step. */
static void step_until(struct world *w, enum copy_next wanted)
{
    unsigned steps = 0;
    enum copy_next next;

    while ((next = copy_step(w->copy)) != wanted) {
        assert_true(++steps < 1000);
        if (next == COPY_WAITS)
            world_turn(w, 0);
    }
}

static void run_until_held_back(struct world *w)
{
    struct item item = world_item(0);
    struct err e;

    memset(&parts, 0, sizeof parts);
    w->env.hold = hold;
    w->env.release = release;
    w->stop_at = w->cancel_at = UINT_MAX;
    put_big(w);
    leave_upload(w, 4, 0);
    assert_int_equal(copy_new(&w->copy, &w->env, &item, &e), ERR_OK);
    step_until(w, COPY_HELD);
    assert_path(w, "RECALL LOOKUP RESUME");
    assert_int_equal(parts.asked, 6);
    assert_int_equal(w->fake.counts[S3_LIST_PARTS], 0);
    assert_int_equal(w->copy->try.parts.etags.count, 0);
}

/* It makes no list of parts before it may hold them, and gives them back. */
static void test_held_back(void **state)
{
    struct world *w = *state;

    run_until_held_back(w);
    assert_int_equal(copy_step(w->copy), COPY_HELD);
    parts.allowed = true;
    step_until(w, COPY_ENDED);
    w->result = copy_result(w->copy);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL LOOKUP RESUME PARTS COMPLETE DONE FORGET DONE");
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 2);
    assert_int_equal(parts.released, 6);
    assert_clean(w);
}

/* Stopped, it ends at once, and the upload stays for the next run. */
static void test_stopped_held_back(void **state)
{
    struct world *w = *state;

    run_until_held_back(w);
    w->env.stopping = true;
    step_until(w, COPY_ENDED);
    assert_int_equal(copy_result(w->copy)->err.code, ERR_INTERRUPTED);
    assert_int_equal(w->env.left_open, 1);
    assert_non_null(fake_record(&w->fake, KEY));
    assert_int_equal(parts.released, 0);
    assert_int_equal(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_all_are_there),
            world_test(test_list_goes_round),
            world_test(test_some_are_of_use),
            world_test(test_encrypted),
            world_test(test_gone),
            world_test(test_denied),
            world_test(test_fails),
            world_test(test_no_credentials),
            world_test(test_another_source),
            world_test(test_layout_of_another),
            world_test(test_layout_of_none),
            world_test(test_other_tags),
            world_test(test_changes),
            world_test(test_wrong_guess),
            world_test(test_held_back),
            world_test(test_stopped_held_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
