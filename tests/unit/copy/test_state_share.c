/* The copies of slices: RECALL_SHARED, PUBLISH, PUBLISHED, UNANNOUNCE, and how PARTS and RESUME
 * deal with an upload that workers share. */
#include "one_copy.h"

/* Runs the copy of that slice of KEY in a world in which others may have run. */
static const struct result *run_slice(struct world *w, unsigned slice, unsigned slices)
{
    copy_free(w->copy);
    w->copy = NULL;
    buf_clear(&w->path);
    buf_clear(&w->fake.log);
    w->fake.sent = 0;
    w->env.stopping = false;
    w->slice = slice;
    w->slices = slices;
    return world_run(w);
}

static struct fake_upload *the_upload(struct world *w)
{
    assert_false(list_empty(&w->fake.uploads));
    assert_true(w->fake.uploads.next == w->fake.uploads.prev);
    return LIST_ENTRY(w->fake.uploads.next, struct fake_upload, link);
}

/* The numbers of the parts that are there: "1 2". */
static void assert_parts(struct world *w, const char *expected)
{
    struct fake_upload *u = the_upload(w);
    char text[64] = "";
    unsigned i;

    for (i = 0; i < u->count; i++)
        if (u->parts[i].etag[0])
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u", text[0] ? " " : "",
                    i + 1);
    assert_string_equal(text, expected);
}

/* What the report puts away: no upload is open but on record. */
static void assert_one_record(struct world *w, const char *key)
{
    unsigned i, there = 0;

    for (i = 0; i < w->fake.record_count; i++)
        there += w->fake.records[i].text.len > 0;
    assert_int_equal(there, 1);
    assert_non_null(fake_record(&w->fake, key));
}

/* Six parts in two slices, one worker after the other. */
static void test_two_slices(void **state)
{
    struct world *w = *state;

    put_tags(put_big(w), "a=b");
    assert_null(run_slice(w, 1, 2));
    assert_path(w, "RECALL_SHARED LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE PUBLISH "
                   "PUBLISHED UNANNOUNCE PARTS RESUME DONE");
    assert_parts(w, "1 2 3");
    assert_one_record(w, KEY);
    assert_null(fake_find(&w->fake, DST, KEY));

    run_slice(w, 2, 2);
    assert_path(w, "RECALL_SHARED LOOKUP RESUME PARTS COMPLETE VERIFY DONE");
    assert_copied(w, VERIFIED_ETAG);
    assert_string_equal(fake_find(&w->fake, DST, KEY)->tagging, "a=b");
    assert_true(list_empty(&w->fake.uploads));
    assert_int_equal(w->fake.counts[S3_UPLOAD_PART_COPY], 6);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
    assert_one_record(w, KEY);

    /* Another worker of the first slice finds it done. */
    run_slice(w, 1, 2);
    assert_path(w, "RECALL_SHARED LOOKUP ABORT_TO_END DONE");
    assert_int_equal(w->result->status, RESULT_SAME);
    assert_one_record(w, KEY);
}

/* More slices than parts: some have none, and end at once. */
static void test_more_slices_than_parts(void **state)
{
    struct world *w = *state;

    put_big(w);
    assert_null(run_slice(w, 1, 10));
    assert_parts(w, "");
    assert_null(run_slice(w, 2, 10));
    assert_parts(w, "1");
    assert_path(w, "RECALL_SHARED LOOKUP RESUME PARTS RESUME DONE");
}

static void publish_another(struct fake *f, const struct fake_request *q)
{
    struct fake_upload *u;
    char id[64], *text, *at;

    if (q->record_op != FAKE_PUBLISH || fake_record(f, KEY))
        return;
    u = fake_new_upload(f, DST, KEY);
    text = strdup(buf_str((struct buf *)(uintptr_t)&q->text));
    at = strstr(text, "upload-1");
    assert_non_null(at);
    snprintf(id, sizeof id, "%s", u->id);
    assert_int_equal(strlen(id), strlen("upload-1"));
    memcpy(at, id, strlen(id));
    fake_set_record(f, KEY, text);
    free(text);
}

/* Another worker's record was first: our upload is removed, and its is used. */
static void test_lost_race(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.record_turn = publish_another;
    assert_null(run_slice(w, 1, 2));
    assert_path(w, "RECALL_SHARED LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE PUBLISH "
                   "PUBLISHED ABORT_FOR_SHARED RECALL_SHARED LOOKUP RESUME PARTS RESUME DONE "
                   "FORGET DONE");
    assert_string_equal(the_upload(w)->id, "upload-2");
    assert_parts(w, "1 2 3");
    assert_one_record(w, KEY);
}

static void publish_ours(struct fake *f, const struct fake_request *q)
{
    if (q->record_op == FAKE_PUBLISH)
        fake_set_record(f, q->key, buf_str((struct buf *)(uintptr_t)&q->text));
}

/* The first answer was lost, and the second says that the record is there: it is ours. */
static void test_published_twice(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.record_turn = publish_ours;
    assert_null(run_slice(w, 2, 2));
    assert_string_equal(the_upload(w)->id, "upload-1");
    assert_parts(w, "4 5 6");
    assert_one_record(w, KEY);
}

static void lose_record(struct fake *f, const struct fake_request *q)
{
    if (q->record_op == FAKE_LOAD && f->records_done < 12 && fake_record(f, KEY))
        fake_set_record(f, KEY, "");
}

/* Another's write of the record was under way, and is not there yet: ours is written once more,
 * after a moment. */
static void test_published_is_not_there(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.record_turn = lose_record;
    assert_null(run_slice(w, 1, 2));
    assert_true(is_in_path(w, "PUBLISH PUBLISHED PUBLISH PUBLISHED"));
    assert_true(w->waited > 0);
    assert_parts(w, "1 2 3");
}

static void never_record(struct fake *f, const struct fake_request *q)
{
    if (q->record_op == FAKE_LOAD)
        fake_set_record(f, KEY, "");
}

static void test_publishing_ends(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.record_turn = never_record;
    run_slice(w, 1, 2);
    assert_failed(w, "IOError");
    assert_true(list_empty(&w->fake.uploads));
}

/* A record that cannot be read stays; the upload of the next turn is shared. There may have been
 * workers that had finished, so that all parts are copied. */
static void test_unreadable_record(void **state)
{
    struct world *w = *state;

    put_big(w);
    fake_set_record(&w->fake, KEY, "{");
    run_slice(w, 2, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS RESUME PARTS COMPLETE"));
    assert_non_null(fake_record(&w->fake, KEY "#1"));
    assert_string_equal(buf_str(fake_record(&w->fake, KEY)), "{");
}

static void break_record(struct fake *f, const struct fake_request *q)
{
    if (q->record_op == FAKE_LOAD && strcmp(q->key, KEY) == 0 && fake_record(f, KEY))
        fake_set_record(f, KEY, "{");
}

static void test_published_cannot_be_read(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.record_turn = break_record;
    run_slice(w, 1, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PUBLISHED PUBLISH PUBLISHED UNANNOUNCE"));
}

/* The upload was removed when the others had finished: the one that is left copies everything. */
static void test_upload_is_gone(void **state)
{
    struct world *w = *state;

    put_big(w);
    assert_null(run_slice(w, 1, 2));
    fake_upload_free(the_upload(w));
    run_slice(w, 2, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w,
            "RECALL_SHARED LOOKUP RESUME RECALL_SHARED LOOKUP LAYOUT "
            "TAGS_FOR_CREATE ANNOUNCE CREATE PUBLISH PUBLISHED UNANNOUNCE PARTS RESUME PARTS "
            "COMPLETE DONE");
    assert_true(list_empty(&w->fake.uploads));
}

/* The source is another one than that of the upload on record: that upload is removed. */
static void test_source_is_another(void **state)
{
    struct world *w = *state;

    put_big(w);
    assert_null(run_slice(w, 1, 2));
    change_source(&w->fake);
    run_slice(w, 2, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOKUP ABORT_FOR_SHARED RECALL_SHARED LOOKUP LAYOUT"));
    assert_true(list_empty(&w->fake.uploads));
}

/* It changes while its parts are copied: so it is with one worker. */
static void test_source_changes(void **state)
{
    struct world *w = *state;

    put_big(w);
    assert_null(run_slice(w, 1, 2));
    happens(w, S3_UPLOAD_PART_COPY, DST, 2, change_source);
    run_slice(w, 2, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "PARTS ABORT_RESTART RECALL_SHARED LOOKUP LAYOUT"));
    assert_int_equal(w->result->attempts, 2);
}

/* What fails for good is the result of the slice; the upload stays for the others, on record. */
static void test_a_slice_fails(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_UPLOAD_PART_COPY, DST, 2, 403, "AccessDenied");
    run_slice(w, 1, 2);
    assert_failed(w, "AccessDenied");
    assert_one_record(w, KEY);
    assert_null(run_slice(w, 2, 2));
    assert_true(w->fake.counts[S3_ABORT_MULTIPART_UPLOAD] == 0);
    run_slice(w, 1, 2);
    assert_copied(w, VERIFIED_ETAG);
}

/* A stop leaves the upload open; the next worker of the slice goes on. */
static void test_stopped(void **state)
{
    struct world *w = *state;

    put_big(w);
    assert_null(run_slice(w, 2, 2));
    w->stop_at = 5;
    run_slice(w, 1, 2);
    assert_failed(w, "Interrupted");
    assert_one_record(w, KEY);
    assert_int_equal(w->env.left_open, 1);
    w->stop_at = 0;
    run_slice(w, 1, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_int_equal(w->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 1);
}

static void nothing_else(struct fake *f)
{
    (void)f;
}

/* The answer to Create was lost, and the second one made another upload: the first is removed at
 * the end, and the one that is shared is not, though it was begun at the same time. */
static void test_created_twice(void **state)
{
    struct world *w = *state;

    put_big(w);
    happens(w, S3_CREATE_MULTIPART_UPLOAD, DST, 1, nothing_else)->outcome = FAKE_DOES_TWICE;
    assert_null(run_slice(w, 1, 2));
    assert_true(is_in_path(w, "PUBLISHED PARTS RESUME DONE SWEEP_LAST DONE FORGET DONE"));
    assert_string_equal(the_upload(w)->id, "upload-2");
    assert_parts(w, "1 2 3");
    assert_one_record(w, KEY);
    run_slice(w, 2, 2);
    assert_copied(w, VERIFIED_ETAG);
}

static void no_publish(struct fake *f, const struct fake_request *q)
{
    f->fail_records = q->record_op == FAKE_PUBLISH ? 1U << FAKE_PUBLISH : 0;
}

/* The record cannot be written: the upload is removed, and so is its announcement. */
static void test_cannot_publish(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.record_turn = no_publish;
    run_slice(w, 1, 2);
    assert_failed(w, "IOError");
    assert_clean(w);
    assert_true(is_in_path(w, "PUBLISH ABORT_TO_END DONE FORGET DONE"));
}

/* Nothing to copy in parts: the first slice's worker has it, the others nothing to do. */
static void test_copied_in_one(void **state)
{
    struct world *w = *state;

    put_small(w);
    assert_null(run_slice(w, 2, 2));
    assert_path(w, "RECALL_SHARED LOOKUP DONE");
    assert_null(fake_find(&w->fake, DST, KEY));
    run_slice(w, 1, 2);
    assert_path(w, "RECALL_SHARED LOOKUP SINGLE DONE");
    assert_copied(w, VERIFIED_ETAG);
}

/* A server that does not tell how long parts are: no two workers would be sure of one layout. */
static void test_parts_untold(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->fake.ways.no_parts = 1;
    assert_null(run_slice(w, 2, 2));
    assert_path(w, "RECALL_SHARED LOOKUP LAYOUT DONE");
    run_slice(w, 1, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_path(w, "RECALL_SHARED LOOKUP LAYOUT TAGS_FOR_CREATE ANNOUNCE CREATE RECORD "
                   "PARTS COMPLETE DONE FORGET DONE");
    assert_clean(w);
}

/* Such a worker was killed: what it left is the first slice's to go on with. */
static void test_parts_untold_and_killed(void **state)
{
    struct world *w = *state;
    char *text, *at;

    put_big(w);
    w->fake.ways.no_parts = 1;
    leave_upload(w, 2, 0);
    text = strdup(buf_str(fake_record(&w->fake, KEY)));
    at = strstr(text, "\"layoutFrom\":");
    assert_non_null(at);
    at[sizeof "\"layoutFrom\":" - 1] = (char)('0' + LAYOUT_FROM_GUESS);
    fake_set_record(&w->fake, KEY, text);
    free(text);
    assert_null(run_slice(w, 2, 2));
    assert_path(w, "RECALL_SHARED DONE");
    run_slice(w, 1, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "LOOKUP RESUME PARTS COMPLETE"));
    assert_clean(w);
}

/* Who may not list parts cannot see whether the others are there: the first slice's worker copies
 * all. */
static void test_parts_cannot_be_listed(void **state)
{
    struct world *w = *state;

    put_big(w);
    fails(w, S3_LIST_PARTS, DST, 0, 403, "AccessDenied");
    assert_null(run_slice(w, 2, 2));
    assert_parts(w, "4 5 6");
    run_slice(w, 1, 2);
    assert_copied(w, VERIFIED_ETAG);
    assert_true(is_in_path(w, "RESUME PARTS COMPLETE"));
}

/* Parts that do not make the source's ETag are given up with their upload, not mixed with others.
 */
static void test_parts_make_another_etag(void **state)
{
    struct world *w = *state;

    fake_put_uniform(&w->fake, SRC, KEY, ((uint64_t)5 << 30) + 7, 1024 * MIB);
    w->fake.ways.strange_parts = 1;
    assert_null(run_slice(w, 1, 2));
    run_slice(w, 2, 2);
    assert_int_equal(w->result->status, RESULT_COPIED);
    assert_true(is_in_path(w, "COMPLETE ABORT_RESTART RECALL_SHARED"));
    assert_true(list_empty(&w->fake.uploads));
}

/* Without a work store, as in a dry run, nothing is shared. */
static void test_dry_run(void **state)
{
    struct world *w = *state;

    put_big(w);
    w->input.dry_run = true;
    w->env.port.records = NULL;
    run_slice(w, 2, 2);
    assert_int_equal(w->result->status, RESULT_PENDING);
    assert_path(w, "LOOKUP DONE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            world_test(test_two_slices),
            world_test(test_more_slices_than_parts),
            world_test(test_lost_race),
            world_test(test_published_twice),
            world_test(test_published_is_not_there),
            world_test(test_publishing_ends),
            world_test(test_unreadable_record),
            world_test(test_published_cannot_be_read),
            world_test(test_upload_is_gone),
            world_test(test_source_is_another),
            world_test(test_source_changes),
            world_test(test_a_slice_fails),
            world_test(test_stopped),
            world_test(test_created_twice),
            world_test(test_cannot_publish),
            world_test(test_copied_in_one),
            world_test(test_parts_untold),
            world_test(test_parts_untold_and_killed),
            world_test(test_parts_cannot_be_listed),
            world_test(test_parts_make_another_etag),
            world_test(test_dry_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
