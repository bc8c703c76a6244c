/* The scheduler: many copies on a fake S3, its slots, its stops, its timer and its source of items.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "copy/sched.h"
#include "fake_port.h"

enum { ITEMS_MOST = 2200 };

struct job {
    struct fake fake;
    struct input input;
    struct server_facts server_facts;
    struct sched *sched;
    struct sched_config config;
    unsigned items, taken;
    unsigned char results[ITEMS_MOST]; /* of each item, how many */
    enum result_status last;
    unsigned not_yet_at; /* the item before which the source has nothing to say once; 0: none */
    unsigned fail_next_at, fail_result_at; /* from 1; 0: none */
    unsigned most, most_active, most_parts, most_uploads;
    unsigned free_turns; /* with a free slot, and parts to be sent, after the first object's */
    unsigned order[ITEMS_MOST];   /* the items in the order of their results */
    unsigned parts_in_all;        /* of all objects; 0: not of interest */
    unsigned parts_sent, creates; /* UploadPartCopy and Create when the first result came */
    unsigned stop_at, stop_now_at, turns;
    unsigned timers;
};

static struct job *job_of(void *self)
{
    return (struct job *)self; /* the fake is its first member */
}

static enum err_code next(void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    struct job *j = ctx;
    char key[16];

    if (j->fail_next_at == j->taken + 1)
        return err_set(e, ERR_IO, "injected: no more items can be read");
    if (j->taken == j->items) {
        *source = SOURCE_END;
        return ERR_OK;
    }
    if (j->not_yet_at > 0 && j->not_yet_at == j->taken) {
        j->not_yet_at = 0;
        *source = SOURCE_NOT_YET;
        return ERR_OK;
    }
    snprintf(key, sizeof key, "k%u", j->taken);
    *item = (struct item){.index = j->taken++,
            .line = 1,
            .bucket = strdup(SRC),
            .key = strdup(key),
            .destination_key = strdup(key)};
    return ERR_OK;
}

static enum err_code on_result(void *ctx, const struct result *r, struct err *e)
{
    struct job *j = ctx;
    unsigned i, done = 0;

    assert_in_range(r->item.index, 0, j->items - 1);
    assert_int_equal(++j->results[r->item.index], 1);
    j->last = r->status;
    for (i = 0; i < j->items; i++)
        done += j->results[i];
    j->order[done - 1] = (unsigned)r->item.index;
    if (done == 1) {
        j->parts_sent = j->fake.counts[S3_UPLOAD_PART_COPY];
        j->creates = j->fake.counts[S3_CREATE_MULTIPART_UPLOAD];
    }
    if (done == j->fail_result_at)
        return err_set(e, ERR_IO, "injected: it cannot be recorded");
    return ERR_OK;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned open_uploads(struct fake *f)
{
    struct list *link, *tmp;
    unsigned n = 0;

    LIST_FOR_EACH(link, tmp, &f->uploads)
    n++;
    return n;
}

static unsigned results(const struct job *j)
{
    unsigned i, n = 0;

    for (i = 0; i < j->items; i++)
        n += j->results[i];
    return n;
}

static bool each_turn(struct fake *f)
{
    struct job *j = job_of(f);

    if (fake_in_flight(f) > j->most)
        j->most = fake_in_flight(f);
    if (sched_counts(j->sched)->active > j->most_active)
        j->most_active = sched_counts(j->sched)->active;
    j->most_parts = larger(j->most_parts, sched_counts(j->sched)->parts);
    j->most_uploads = larger(j->most_uploads, open_uploads(f));
    if (results(j) > 0 && f->counts[S3_UPLOAD_PART_COPY] < j->parts_in_all &&
            fake_in_flight(f) < f->slots)
        j->free_turns++;
    if (++j->turns == j->stop_at)
        sched_stop(j->sched);
    if (j->turns == j->stop_now_at)
        sched_stop_now(j->sched);
    return true;
}

static void put_items(struct job *j, unsigned count, uint64_t size, uint64_t part)
{
    char key[16];
    unsigned i;

    j->items = count;
    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "k%u", i);
        if (part > 0)
            fake_put_uniform(&j->fake, SRC, key, size, part);
        else
            fake_put(&j->fake, SRC, key, size, 0, NULL);
    }
}

static int setup(void **state)
{
    struct job *j = calloc(1, sizeof *j);
    struct err e;

    assert_non_null(j);
    log_set_level(LOG_NONE);
    fake_init(&j->fake);
    j->fake.each_turn = each_turn;
    assert_int_equal(input_init(&j->input, &e), ERR_OK);
    j->input.destination_bucket = strdup(DST);
    j->config.copy_port = fake_copy_port(&j->fake);
    j->config.copy_port.records = NULL;
    j->config.port = fake_sched_port(&j->fake);
    j->config.input = &j->input;
    j->config.server = &j->server_facts;
    j->config.next = next;
    j->config.result = on_result;
    j->config.ctx = j;
    *state = j;
    return 0;
}

static int teardown(void **state)
{
    struct job *j = *state;

    sched_free(j->sched);
    fake_free(&j->fake);
    input_free(&j->input);
    free(j);
    return 0;
}

static enum err_code run(struct job *j, struct err *e)
{
    assert_int_equal(sched_new(&j->sched, &j->config, e), ERR_OK);
    return sched_run(j->sched, e);
}

/* All slots are in use, and not one more. */
static void test_slots(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 100, 1000, 0);
    j->fake.slots = 7;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 100);
    assert_int_equal(j->most, 7);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 100);
    assert_int_equal(sched_counts(j->sched)->bytes_copied, 100000);
    assert_int_equal(sched_counts(j->sched)->taken, 100);
    assert_int_equal(sched_counts(j->sched)->active, 0);
}

/* The parts of one object fill them as well. */
static void test_one_large_object(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 1, 100 * 8 * MIB, 8 * MIB);
    j->fake.slots = 20;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 1);
    assert_int_equal(j->most, 20);
}

/* No more items are under way than are allowed, although there are free slots. */
static void test_few_items(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 50, 10, 0);
    j->fake.slots = 20;
    j->config.items_most = 5;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 50);
    assert_int_equal(j->most_active, 5);
}

/* A copy that has begun goes before a new item. */
static void test_oldest_first(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 50, 3 * 8 * MIB, 8 * MIB);
    j->fake.slots = 4;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 50);
    assert_true(j->most_active <= 6);
}

static void assert_in_order(const struct job *j)
{
    unsigned i;

    for (i = 0; i < j->items; i++)
        assert_int_equal(j->order[i], i);
}

/* Large objects are finished one after another. Round-robin would send parts of three of them in
 * turn, and finish the first when nearly all parts of three had been sent. */
static void test_one_after_another(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 12, 50 * 8 * MIB, 8 * MIB);
    j->fake.slots = 8;
    j->config.parts_most = 150;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 12);
    assert_in_order(j);
    assert_in_range(j->parts_sent, 50, 50 + 2 * 8); /* slots are free while its last answers come */
    assert_int_equal(j->most, 8);
    assert_int_equal(j->most_parts, 150);
    assert_in_range(j->most_uploads, 2, 3);
    assert_int_equal(sched_counts(j->sched)->parts, 0);
}

/* The next objects are ready when all parts of the older ones are under way: no slot is free from
 * the first object's end until all parts of all were sent. */
static void test_parts_ahead(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 40 * 8 * MIB, 8 * MIB);
    j->parts_in_all = 30 * 40;
    j->fake.slots = 16;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_in_order(j);
    assert_int_equal(j->fake.counts[S3_UPLOAD_PART_COPY], j->parts_in_all);
    assert_int_equal(j->free_turns, 0);
}

/* Small objects do not wait for a large one, nor it for them: most slots go to its parts. */
static void test_large_among_small(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 2000, 10, 0);
    fake_put_uniform(&j->fake, SRC, "k0", 200 * 8 * MIB, 8 * MIB);
    j->fake.slots = 16;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 2000);
    for (j->parts_sent = 0; j->order[j->parts_sent] != 0; j->parts_sent++)
        ;
    assert_in_range(j->parts_sent, 1, 200);
}

/* --- for a display --- */

static void put_parts(struct job *j, unsigned from, unsigned to, unsigned parts)
{
    char key[16];

    for (; from < to; from++) {
        snprintf(key, sizeof key, "k%u", from);
        fake_put_uniform(&j->fake, SRC, key, parts * 8 * MIB, 8 * MIB);
    }
    j->items = to;
}

static unsigned looks, most_largest;
static uint64_t most_done;

static bool look_each_turn(struct fake *f)
{
    struct job *j = job_of(f);
    struct sched_view v;
    unsigned i;

    sched_look(j->sched, 0, &v);
    looks++;
    assert_true(v.bytes_done <= v.bytes && v.sized <= sched_counts(j->sched)->active);
    for (i = 0; i < v.largest_count; i++) {
        assert_true(v.largest[i].size > 0 && v.largest[i].parts_done <= v.largest[i].parts);
        assert_true(i == 0 || v.largest[i - 1].size >= v.largest[i].size);
        assert_memory_equal(v.largest[i].item->key, "k", 1);
    }
    most_largest = larger(most_largest, v.largest_count);
    if (v.bytes_done > most_done)
        most_done = v.bytes_done;
    /* k3 is the largest, and the first of those that have begun. */
    if (v.largest_count == SCHED_LARGEST)
        assert_string_equal(v.largest[0].item->key, "k3");
    sched_look(j->sched, UINT64_MAX, &v);
    assert_int_equal(v.largest_count, 0);
    return true;
}

/* At any moment it can be told which objects under way are the largest, and how far they are. */
static void test_look(void **state)
{
    struct job *j = *state;
    struct sched_view v;
    struct err e;

    looks = most_largest = 0;
    most_done = 0;
    put_parts(j, 0, 3, 2);
    put_parts(j, 3, 4, 40);
    put_parts(j, 4, 6, 3);
    j->fake.slots = 20;
    j->fake.each_turn = look_each_turn;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 6);
    assert_true(looks > 0);
    assert_int_equal(most_largest, SCHED_LARGEST);
    assert_in_range(most_done, 20 * 8 * MIB, 52 * 8 * MIB);
    assert_int_equal(sched_counts(j->sched)->bytes, 52 * 8 * MIB);
    sched_look(j->sched, 0, &v);
    assert_true(v.source_ended && !v.source_waits);
    assert_int_equal(v.largest_count + v.sized + v.bytes, 0);
}

/* Without a slot to spare for any other, each is finished before the next upload is begun. */
static void test_one_slot(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 5, 20 * 8 * MIB, 8 * MIB);
    j->fake.slots = 1;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_in_order(j);
    assert_int_equal(j->parts_sent, 20);
    assert_int_equal(j->most_uploads, 1);
    assert_in_range(j->most_active, 1, 2); /* the next one is looked at meanwhile */
}

/* In whatever order answers come, the parts that are held stay bounded, and everything ends. */
static void test_parts_in_any_order(void **state)
{
    unsigned seed;

    (void)state;
    for (seed = 1; seed <= 30; seed++) {
        struct job *j;
        struct rng rng;
        struct err e;

        assert_int_equal(setup((void **)&j), 0);
        rng_seed(&rng, seed);
        j->fake.rng = &rng;
        put_items(j, 20, 10 * 8 * MIB, 8 * MIB);
        j->fake.slots = 2 + seed * 3;
        j->config.parts_most = 10 * (1 + seed % 4);
        assert_int_equal(run(j, &e), ERR_OK);
        assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 20);
        assert_true(j->most_parts <= j->config.parts_most);
        assert_true(j->most_uploads <= 1 + seed % 4);
        teardown((void **)&j);
    }
}

/* An object of more parts than all together may have goes alone. */
static void test_more_parts_than_allowed(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 4, 30 * 8 * MIB, 8 * MIB);
    j->fake.slots = 16;
    j->config.parts_most = 10;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 4);
    assert_in_order(j);
    assert_int_equal(j->most_parts, 30);
    assert_int_equal(j->most_uploads, 1);
    assert_int_equal(j->most, 16);
}

/* An object that is held back is passed by objects in one piece, which have no parts, and not by
 * younger ones of few parts, which could do so for ever. */
static void test_no_overtaking(void **state)
{
    struct job *j = *state;
    struct err e;

    put_parts(j, 0, 2, 100);
    put_parts(j, 2, 10, 2);
    j->fake.slots = 1000;
    j->config.parts_most = 120;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 10);
    assert_int_equal(j->order[0], 0);
    assert_int_equal(j->creates, 1);
    assert_true(j->most_parts <= 120);
}

static void test_small_ones_go_on(void **state)
{
    struct job *j = *state;
    char key[16];
    unsigned i;
    struct err e;

    put_parts(j, 0, 2, 100);
    for (i = 2; i < 10; i++) {
        snprintf(key, sizeof key, "k%u", i);
        fake_put(&j->fake, SRC, key, 1000, 0, NULL);
    }
    j->items = 10;
    j->fake.slots = 1000;
    j->config.parts_most = 120;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 10);
    for (i = 0; i < 8; i++)
        assert_in_range(j->order[i], 2, 9);
    assert_int_equal(j->order[8], 0);
    assert_int_equal(j->order[9], 1);
    assert_int_equal(j->most_uploads, 1);
}

/* Stopped, a copy that is held back ends at once, as one that has not begun. */
static void test_stop_held_back(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 6, 10 * 8 * MIB, 8 * MIB);
    j->fake.slots = 30;
    j->config.parts_most = 20;
    j->stop_at = 24;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(j->taken, 6);
    assert_int_equal(results(j) + sched_counts(j->sched)->stopped, 6);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_FAILED], 0);
    assert_true(sched_counts(j->sched)->stopped >= 4);
    assert_int_equal(j->fake.counts[S3_CREATE_MULTIPART_UPLOAD], 2);
    assert_int_equal(sched_counts(j->sched)->parts, 0);
    assert_true(list_empty(&j->fake.uploads));
}

/* Freed while copies are held back: nothing leaks. */
static bool few_turns(struct fake *f)
{
    return ++job_of(f)->turns < 24;
}

static void test_freed_held_back(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 6, 10 * 8 * MIB, 8 * MIB);
    j->config.parts_most = 20;
    j->fake.each_turn = few_turns;
    assert_int_equal(run(j, &e), ERR_INTERNAL);
    assert_true(sched_counts(j->sched)->parts > 0);
}

/* Memory is bounded by so many items under way, however many slots there are. */
static void test_items_under_way(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, ITEMS_MOST, 10, 0);
    j->fake.slots = 100000;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), ITEMS_MOST);
    assert_int_equal(j->most_active, 2048);
}

static void test_no_items(void **state)
{
    struct job *j = *state;
    struct err e;

    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 0);
}

static bool more_items(struct fake *f)
{
    struct job *j = job_of(f);

    if (j->taken == j->items)
        return false;
    sched_more_items(j->sched);
    return true;
}

/* The source has nothing to say at times; the copies under way go on, and then the rest comes. */
static void test_source_is_not_ready(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->not_yet_at = 10;
    j->fake.idle = more_items;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 30);
}

static void test_source_is_never_ready(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->not_yet_at = 10;
    assert_int_equal(run(j, &e), ERR_INTERNAL);
    assert_int_equal(results(j), 10);
    sched_more_items(j->sched); /* and it is fine to say so at any time */
    sched_more_items(j->sched);
}

/* Items that cannot be read end the job; what is under way is finished. */
static void test_source_fails(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->fail_next_at = 11;
    assert_int_equal(run(j, &e), ERR_IO);
    assert_int_equal(results(j), 10);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 10);
}

static void test_result_cannot_be_recorded(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->fake.slots = 4;
    j->fail_result_at = 3;
    assert_int_equal(run(j, &e), ERR_IO);
    assert_string_equal(e.message, "injected: it cannot be recorded");
    assert_true(results(j) < 30 && results(j) == j->taken);
}

/* Without credentials nothing can be copied: the job ends with the first object. */
static void test_no_credentials(void **state)
{
    struct job *j = *state;
    struct err none, e;

    put_items(j, 30, 1000, 0);
    j->fake.slots = 4;
    err_set(&none, ERR_CREDENTIALS, "injected: no credentials");
    none.cls = ERR_CLASS_RETRY;
    fake_rule(&j->fake, S3_HEAD_OBJECT, NULL, 0, none);
    assert_int_equal(run(j, &e), ERR_CREDENTIALS);
    assert_true(results(j) >= 1 && j->taken < 30);
    assert_int_equal(results(j) + sched_counts(j->sched)->stopped, j->taken);
}

/* A signature that is refused for one object among many is that object's. */
static void test_one_refused_signature(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->fake.slots = 4;
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 20, fake_error(403, "SignatureDoesNotMatch"));
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 29);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_FAILED], 1);
}

/* The same when nothing else has come through: the marker's GET is answered. */
static void test_first_signature_is_refused(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->fake.slots = 4;
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 1, fake_error(403, "SignatureDoesNotMatch"));
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], 29);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_FAILED], 1);
    assert_int_equal(j->fake.counts[S3_GET_OBJECT], 1);
}

/* Every object's is refused, and the keys work: no object ends the job. */
static void test_every_signature_is_refused(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->fake.slots = 4;
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 0, fake_error(403, "SignatureDoesNotMatch"));
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_FAILED], 30);
    assert_in_range(j->fake.counts[S3_GET_OBJECT], 1, 30);
}

/* The last object's answer is not the end: the question's is. */
static void test_last_signature_is_refused(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 1, 1000, 0);
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 0, fake_error(403, "SignatureDoesNotMatch"));
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(fake_in_flight(&j->fake), 0);
    assert_int_equal(j->fake.counts[S3_GET_OBJECT], 1);
}

/* Credentials that cannot be had at all end the job while the question is under way: it is waited
 * for. */
static void test_credentials_end_during_the_question(void **state)
{
    struct job *j = *state;
    struct err none, e;

    put_items(j, 2, 1000, 0);
    err_set(&none, ERR_CREDENTIALS, "injected: no credentials");
    none.cls = ERR_CLASS_RETRY;
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 1, fake_error(403, "SignatureDoesNotMatch"));
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 2, none);
    assert_int_equal(run(j, &e), ERR_CREDENTIALS);
    assert_string_equal(e.message, "injected: no credentials");
    assert_int_equal(j->fake.counts[S3_GET_OBJECT], 1);
    assert_int_equal(fake_in_flight(&j->fake), 0);
}

/* The keys are wrong, or stop working: the question is refused too, and the job ends. */
static void keys_fail(struct job *j, unsigned nth)
{
    struct err e;

    put_items(j, 100, 1000, 0);
    j->fake.slots = 4;
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, nth, fake_error(403, "InvalidAccessKeyId"));
    fake_rule(&j->fake, S3_GET_OBJECT, NULL, 0, fake_error(403, "InvalidAccessKeyId"));
    assert_int_equal(run(j, &e), ERR_CREDENTIALS);
    assert_string_equal(e.service_code, "InvalidAccessKeyId");
    assert_true(j->taken < 100 && results(j) == j->taken);
    assert_int_equal(j->fake.counts[S3_GET_OBJECT], 1);
}

static void test_wrong_keys(void **state)
{
    keys_fail(*state, 1);
}

static void test_keys_stop_working(void **state)
{
    keys_fail(*state, 20);
}

/* The question cannot be asked: the job ends, as for want of memory anywhere. */
static void test_question_cannot_be_sent(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 1, 1000, 0);
    j->fake.refuse_start = 4;
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 0, fake_error(403, "SignatureDoesNotMatch"));
    assert_int_equal(run(j, &e), ERR_NOMEM);
}

/* Stopped while the question is under way. */
static void test_stopped_in_doubt(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 30, 1000, 0);
    j->fake.slots = 1;
    j->stop_now_at = 4; /* the fourth answer is the question's */
    fake_rule(&j->fake, S3_COPY_OBJECT, NULL, 1, fake_error(403, "SignatureDoesNotMatch"));
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(j->fake.counts[S3_GET_OBJECT], 1);
    assert_int_equal(results(j), 1);
    assert_int_equal(fake_in_flight(&j->fake), 0);
}

/* Stopped: nothing new is begun, and what is under way ends. */
static void test_stop(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 100, 1000, 0);
    j->fake.slots = 6;
    j->stop_at = 30;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), j->taken);
    assert_true(j->taken < 100);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_COPIED], j->taken);
    assert_int_equal(j->fake.stops, 1);
}

/* Stopped for good: what is under way is not waited for either. */
static void test_stop_now(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 100, 1000, 0);
    j->fake.slots = 6;
    j->stop_at = 30;
    j->stop_now_at = 31;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j) + sched_counts(j->sched)->stopped, j->taken);
    assert_int_equal(sched_counts(j->sched)->by_status[RESULT_FAILED], 0);
    assert_true(sched_counts(j->sched)->stopped > 0);
    assert_int_equal(j->fake.stops, 2);
}

/* --- copies that wait for a moment --- */

static void make_stubborn(struct fake *f)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->uploads)
    if (LIST_ENTRY(link, struct fake_upload, link)->stubborn == 0)
        LIST_ENTRY(link, struct fake_upload, link)->stubborn = 2;
}

/* Every object's upload is aborted, and parts are left: each is aborted again after a while. */
static void spoil(struct job *j, unsigned items)
{
    struct fake_rule *r;

    put_items(j, items, 3 * 8 * MIB, 8 * MIB);
    fake_rule(&j->fake, S3_UPLOAD_PART_COPY, NULL, 0, fake_error(400, "InvalidRequest"));
    r = fake_rule(&j->fake, S3_ABORT_MULTIPART_UPLOAD, NULL, 0, fake_error(200, NULL));
    r->outcome = FAKE_DOES;
    r->before = make_stubborn;
}

static enum err_code count_timer(
        void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    job_of(self)->timers++;
    return fake_timer_start(self, after_us, cb, ctx, e);
}

static void test_moments(void **state)
{
    struct job *j = *state;
    uint64_t began_us;
    struct err e;

    spoil(j, 5);
    j->config.port.timer_start = count_timer;
    began_us = j->fake.now_us;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 5);
    assert_int_equal(j->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 15);
    assert_true(list_empty(&j->fake.uploads));
    assert_true(j->timers >= 2);
    assert_true(j->fake.now_us - began_us >= 300000); /* 100 and 200 ms */
    assert_int_equal(j->fake.timer_us, 0);
}

/* They hold no slot: others go on. */
static void test_moments_hold_no_slot(void **state)
{
    struct job *j = *state;
    struct err e;

    spoil(j, 20);
    j->fake.slots = 1;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 20);
    assert_int_equal(j->fake.counts[S3_ABORT_MULTIPART_UPLOAD], 60);
}

static enum err_code stop_instead(
        void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    struct job *j = job_of(self);

    j->stop_at = j->turns + 1;
    return fake_timer_start(self, after_us, cb, ctx, e);
}

/* Being stopped, no moment is waited for. */
static void test_stop_in_the_meantime(void **state)
{
    struct job *j = *state;
    struct err e;

    spoil(j, 2);
    j->config.port.timer_start = stop_instead;
    assert_int_equal(run(j, &e), ERR_OK);
    assert_int_equal(results(j), 2);
    assert_true(list_empty(&j->fake.uploads));
    assert_int_equal(j->fake.timer_us, 0);
}

static enum err_code no_timer(
        void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e)
{
    (void)self;
    (void)after_us;
    (void)cb;
    (void)ctx;
    return err_nomem(e);
}

/* Without memory for a timer the job ends, and leaves no upload open. */
static void test_no_timer(void **state)
{
    struct job *j = *state;
    struct err e;

    spoil(j, 2);
    j->config.port.timer_start = no_timer;
    assert_int_equal(run(j, &e), ERR_NOMEM);
    assert_int_equal(results(j), 2);
    assert_true(list_empty(&j->fake.uploads));
}

/* Freed in the middle: nothing is called any more, and nothing leaks. */
static bool no_more_turns(struct fake *f)
{
    struct job *j = job_of(f);

    return ++j->turns < 40;
}

static void test_freed_in_the_middle(void **state)
{
    struct job *j = *state;
    struct err e;

    put_items(j, 50, 3 * 8 * MIB, 8 * MIB);
    j->fake.each_turn = no_more_turns;
    assert_int_equal(run(j, &e), ERR_INTERNAL);
    assert_true(sched_counts(j->sched)->active > 0);
}

#define job_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
            job_test(test_slots),
            job_test(test_one_large_object),
            job_test(test_few_items),
            job_test(test_oldest_first),
            job_test(test_one_after_another),
            job_test(test_look),
            job_test(test_one_slot),
            job_test(test_parts_ahead),
            job_test(test_large_among_small),
            cmocka_unit_test(test_parts_in_any_order),
            job_test(test_more_parts_than_allowed),
            job_test(test_no_overtaking),
            job_test(test_small_ones_go_on),
            job_test(test_stop_held_back),
            job_test(test_freed_held_back),
            job_test(test_items_under_way),
            job_test(test_no_items),
            job_test(test_source_is_not_ready),
            job_test(test_source_is_never_ready),
            job_test(test_source_fails),
            job_test(test_result_cannot_be_recorded),
            job_test(test_no_credentials),
            job_test(test_one_refused_signature),
            job_test(test_first_signature_is_refused),
            job_test(test_every_signature_is_refused),
            job_test(test_last_signature_is_refused),
            job_test(test_credentials_end_during_the_question),
            job_test(test_wrong_keys),
            job_test(test_keys_stop_working),
            job_test(test_question_cannot_be_sent),
            job_test(test_stopped_in_doubt),
            job_test(test_stop),
            job_test(test_stop_now),
            job_test(test_moments),
            job_test(test_moments_hold_no_slot),
            job_test(test_stop_in_the_meantime),
            job_test(test_no_timer),
            job_test(test_freed_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
