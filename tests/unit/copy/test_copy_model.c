/* The model test: many copies through the scheduler, on a fake S3 that answers in random order and
 * fails, loses, lies and changes at random; the job is stopped at any instant, and stopped for
 * good. Seeds are fixed. After each run the invariants must hold; if one does not, the seed and the
 * trace are printed.
 *
 * usage: unit_copy_copy_model [RUNS [FIRST_SEED]]; the environment variable COPYOUT_MODEL_RUNS has
 * the number of runs too. Under valgrind there are fewer. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/tag_set.h"
#include "model_world.h"
#include "slice_states.h"

enum { RUNS = 20000, RUNS_VALGRIND = 150, TURNS_MOST = 20000 };

/* Which transitions were seen, over all runs. */
static bool seen[STATE_COUNT][STATE_COUNT];
static unsigned statuses[RESULT_STATUS_COUNT], stopped_items, put_aside;
static unsigned proven_by[BY_CHECKSUM + 1];

/* The item whose source changes: any, but rather one that is archived, since few are. */
static struct item_model *item_that_changes(struct model *m)
{
    struct item_model *item = &m->items[chance(m, m->count)];
    unsigned i;

    for (i = 0; i < m->count && chance(m, 2); i++) {
        const struct fake_object *o = fake_find(&m->fake, SRC, m->items[i].key);

        if (o && o->archive == ARCHIVE_STORED)
            return &m->items[i];
    }
    return item;
}

static void something_happens(struct model *m)
{
    struct list *link, *tmp;

    if (chance(m, 100) == 0 && m->changes_left > 0) {
        struct item_model *item = item_that_changes(m);
        struct fake_object *o = fake_find(&m->fake, SRC, item->key);

        m->changes_left--;
        m->changes++;
        if (o && chance(m, 8) == 0)
            fake_object_free(o);
        else if (o && chance(m, 2))
            change_bytes(m, item->key);
        else
            put_source(m, item->key);
    }
    if (chance(m, 1000) < m->trouble / 20)
        other_worker(&m->fake);
    if (chance(m, 1000) < m->trouble / 10) {
        m->fake.fail_records = chance(m, 8);
        if (chance(m, 2))
            m->fake.record_err = fake_network(); /* a work store in S3 */
        else
            err_set(&m->fake.record_err, ERR_IO, "injected: the work store fails");
    }
    if (chance(m, 20) == 0)
        m->fake.fail_records = 0;
    LIST_FOR_EACH(link, tmp, &m->fake.uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (u->count > 0 && chance(m, 2000) < m->trouble / 4)
            u->stubborn = chance(m, 7);
    }
}

/* --- what holds at every moment, should the program be killed --- */

static bool on_record(struct model *m, const struct fake_upload *u)
{
    struct buf *text = fake_record(&m->fake, u->key);
    struct upload record;
    struct err e;
    bool there;

    if (!text)
        return false;
    if (upload_read(&record, buf_str(text), text->len, &e) != ERR_OK) { /* it says when */
        record = (struct upload){.age_s = m->fake.record_age_s};
        upload_times_of_record(&record, fake_now_s(&m->fake));
        return u->initiated_s >= record.at_s && u->initiated_s <= record.until_s;
    }
    there = (record.id && strcmp(record.id, u->id) == 0) ||
            (u->initiated_s >= record.at_s - UPLOAD_CLOCK_SLACK_S &&
                    u->initiated_s <= record.until_s + UPLOAD_CLOCK_SLACK_S);
    upload_free(&record);
    return there;
}

static void check_uploads(struct model *m)
{
    struct list *link, *tmp;
    unsigned foreign = 0;

    LIST_FOR_EACH(link, tmp, &m->fake.uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        foreign += u->foreign;
        /* After an abort that worked, and a ListParts that is refused, nothing more can be done. */
        if (u->foreign || (u->denied && u->aborted > 0) || on_record(m, u))
            continue;
        buf_addf(&m->trace, "%s: %s is open, begun at %lld; the record: %s\n", u->key, u->id,
                (long long)u->initiated_s,
                fake_record(&m->fake, u->key) ? buf_str(fake_record(&m->fake, u->key)) : "none");
        broken(m, "an upload is open that is not on record");
    }
    if (foreign != m->foreign)
        broken(m, "somebody else's upload is gone");
}

/* Before each answer. */
static bool each_turn(struct fake *f)
{
    struct model *m = f->chance_ctx;

    if (++m->turns > TURNS_MOST) {
        broken(m, "it does not end");
        return false;
    }
    if (m->looked_at != f->uploads_made + f->records_done) {
        m->looked_at = f->uploads_made + f->records_done;
        check_uploads(m);
    }
    f->now_us += chance(m, 20) ? 0 : chance(m, 5000000);
    f->record_age_s = fake_now_s(f) - FAKE_BASE_S; /* of those that were there at the beginning */
    something_happens(m);
    if (m->not_yet && chance(m, 3) == 0) {
        m->not_yet = 0;
        sched_more_items(m->sched);
    }
    if (m->turns == m->stop_at) {
        sched_stop(m->sched);
        if (chance(m, 3) == 0) {
            f->fail_records = 1U << FAKE_SAVE;
            f->record_err = fake_network();
        }
    }
    if (m->turns == m->stop_now_at)
        sched_stop_now(m->sched);
    return !m->broken;
}

/* The listing for which the source of items waits comes in when all else is done. */
static bool idle(struct fake *f)
{
    struct model *m = f->chance_ctx;

    if (!m->not_yet)
        return false;
    m->not_yet = 0;
    sched_more_items(m->sched);
    return true;
}

/* --- the job --- */

static enum err_code next(void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    struct model *m = ctx;

    (void)e;
    if (m->taken == m->count) {
        *source = SOURCE_END;
        return ERR_OK;
    }
    if (fake_in_flight(&m->fake) > 0 && chance(m, 4) == 0) {
        m->not_yet = 1;
        *source = SOURCE_NOT_YET;
        return ERR_OK;
    }
    *item = (struct item){.index = m->taken,
            .line = 7, /* all of them of one line, as of a wildcard */
            .bucket = strdup(SRC),
            .key = strdup(m->items[m->taken].key),
            .destination_key = strdup(m->items[m->taken].key)};
    m->taken++;
    return ERR_OK;
}

static const struct fake_bytes *bytes_of(const struct model *m, const char *key, const char *etag)
{
    unsigned i;

    for (i = 0; i < m->known_count; i++)
        if (strcmp(m->known[i].key, key) == 0 && strcmp(m->known[i].etag, etag) == 0)
            return &m->known[i].bytes;
    return NULL;
}

/* The destination holds the source, as it was when it was looked at. */
static void check_there(struct model *m, const struct result *r)
{
    const struct fake_bytes *bytes = bytes_of(m, r->item.key, r->etag);
    struct fake_object *there = fake_find(&m->fake, DST, r->item.destination_key);

    if (!bytes || !there || !fake_bytes_same(bytes, &there->bytes))
        broken(m, "COPIED or SAME, and the destination is not the source");
    if (r->status == RESULT_COPIED && there && r->written.version_id) {
        char version[32];

        snprintf(version, sizeof version, "version-%u", there->version);
        if (strcmp(version, r->written.version_id) != 0)
            broken(m, "what was written is not what is there");
    }
}

/* Whether the tags must be at the destination, unless the result has a note. */
static bool promises_tags(const struct model *m, const struct result *r)
{
    if (m->changes > 0 || m->input.dry_run)
        return false;
    if (m->input.options.tags == TAGS_REQUIRE)
        return r->status == RESULT_COPIED || r->status == RESULT_SAME;
    if (m->input.options.tags == TAGS_SET)
        return (r->status == RESULT_COPIED || r->status == RESULT_SAME) &&
               !m->fake.ways.drops_tags && !m->fake.ways.deaf_to_tags;
    /* At best, of a copy that this run made, on a server that does what it says. */
    return m->input.options.tags == TAGS_BEST_EFFORT && r->status == RESULT_COPIED &&
           !m->items[r->item.index].recorded && m->items[r->item.index].there != THERE_SAME &&
           !m->fake.ways.drops_tags && !m->fake.ways.deaf_to_tags;
}

static void check_tags(struct model *m, const struct result *r)
{
    unsigned without = NOTE_TAGS_DROPPED | NOTE_TAGS_UNSUPPORTED | NOTE_TAGS_UNKNOWN;
    struct fake_object *from = fake_find(&m->fake, SRC, r->item.key);
    struct fake_object *there = fake_find(&m->fake, DST, r->item.destination_key);

    if (!promises_tags(m, r) || !from || !there)
        return;
    if (m->input.options.tags == TAGS_SET) {
        if ((r->notes & without) || strcmp(there->tagging, MODEL_TAG_SET) != 0)
            broken(m, "the copy has other tags than were set");
        return;
    }
    if (m->input.options.tags == TAGS_REQUIRE && (r->notes & without))
        broken(m, "tags are required, and the copy went without");
    if (!(r->notes & without) && !tag_set_holds(there->tagging, from->tagging))
        broken(m, "the copy lacks tags, and its result does not say so");
}

/* A copy that this run made has what Object Lock holds of its source, where that is kept, or a note
 * says that it has not. */
static void check_lock(struct model *m, const struct result *r)
{
    const char *mode = m->input.options.object[OBJECT_OBJECT_LOCK];
    struct fake_object *from = fake_find(&m->fake, SRC, r->item.key);
    struct fake_object *there = fake_find(&m->fake, DST, r->item.destination_key);

    if (!mode || !from || !there || m->changes > 0 || r->status != RESULT_COPIED ||
            m->items[r->item.index].there != THERE_NOTHING || m->items[r->item.index].recorded)
        return;
    if (!(m->items[r->item.index].notes & NOTE_LOCK_NOT_COPIED) &&
            strcmp(there->lock, from->lock) != 0)
        broken(m, "the copy has not its source's lock, and its result does not say so");
}

/* Whether the object at the destination must have its source's annotations. Where they are copied
 * at best, that is of one that this run made, on a server that seems to know of them. */
static bool promises_annotations(
        const struct model *m, const struct item_model *item, enum result_status status)
{
    const char *mode = m->input.options.object[OBJECT_ANNOTATIONS];

    if (m->changes > 0 || m->input.dry_run || !m->fake.ways.amazon ||
            m->fake.ways.annotations == FAKE_ANNOTATIONS_UNKNOWN ||
            server_buckets_have(&m->server_facts.unannotated, SRC))
        return false;
    if (mode && strcmp(mode, "require") == 0)
        return true;
    return status == RESULT_COPIED && !(mode && strcmp(mode, "none") == 0) && !item->recorded &&
           item->there != THERE_SAME && !(item->notes & NOTE_ANNOTATIONS_DROPPED);
}

static void check_annotations(struct model *m, const struct result *r)
{
    const struct item_model *item = &m->items[r->item.index];
    struct fake_object *from = fake_find(&m->fake, SRC, r->item.key);
    struct fake_object *there = fake_find(&m->fake, DST, r->item.destination_key);

    if ((r->status != RESULT_COPIED && r->status != RESULT_SAME) || !from || !there ||
            !promises_annotations(m, item, r->status))
        return;
    if (!fake_has_annotations(there, from))
        broken(m, "the copy lacks annotations, and its result does not say so");
}

static enum err_code on_result(void *ctx, const struct result *r, struct err *e)
{
    struct model *m = ctx;
    struct item_model *item = &m->items[r->item.index];

    (void)e;
    assert(r->item.index < m->count);
    statuses[r->status]++;
    proven_by[r->verified_by < BY_CHECKSUM ? r->verified_by : BY_CHECKSUM]++;
    m->requests += r->requests;
    item->notes |= r->notes;
    item->last = r->status;
    if (++item->results > 1)
        broken(m, "two results of one item");
    if (r->status == RESULT_COPIED || r->status == RESULT_SAME)
        check_there(m, r);
    check_tags(m, r);
    check_lock(m, r);
    check_annotations(m, r);
    if (r->status == RESULT_FAILED && r->err.code == ERR_OK)
        broken(m, "FAILED without an error");
    if (r->status == RESULT_PENDING && !m->input.dry_run)
        broken(m, "PENDING in a job that copies");
    buf_addf(&m->trace, "%s: %s %s %s\n", r->item.key, result_status_name(r->status),
            verified_name(r->verified), r->status == RESULT_FAILED ? r->err.message : "");
    return ERR_OK;
}

/* It is like a result in all but what it says of the object, and comes once the job is stopped. */
static void on_stopped(void *ctx, const struct result *r)
{
    struct model *m = ctx;
    unsigned i;

    if (m->fake.stops == 0)
        broken(m, "an item was stopped in a job that was not");
    if (r->status != RESULT_FAILED ||
            (r->err.cls == ERR_CLASS_PERMANENT && r->err.code != ERR_INTERRUPTED &&
                    r->err.code != ERR_CANCELLED))
        broken(m, "an item failed, and is called stopped");
    stopped_items++;
    i = statuses[RESULT_FAILED];
    (void)on_result(ctx, r, NULL);
    statuses[RESULT_FAILED] = i;
}

static enum err_code on_aside(void *ctx, const struct copy_aside *aside, struct err *e)
{
    struct model *m = ctx;
    const struct fake_object *o = fake_find(&m->fake, SRC, aside->item->key);

    (void)e;
    m->requests += aside->requests;
    m->items[aside->item->index].aside++;
    put_aside++;
    if (m->input.dry_run)
        broken(m, "a dry run restores");
    if (m->changes == 0 && o && o->archive != ARCHIVE_RESTORING)
        broken(m, "an item waits whose source is not being restored");
    buf_addf(&m->trace, "%s: put aside\n", aside->item->key);
    return ERR_OK;
}

static int state_of(const char *name)
{
    int i;

    for (i = 0; strcmp(copy_state_name((enum copy_state)i), name) != 0; i++)
        ;
    return i;
}

static void on_state(void *ctx, const struct item *item, const char *from, const char *to)
{
    struct model *m = ctx;

    seen[state_of(from)][state_of(to)] = true;
    buf_addf(&m->trace, "%s: %s -> %s\n", item->key, from, to);
}

/* --- what holds at the end --- */

static void check_destinations(struct model *m)
{
    unsigned i;

    for (i = 0; i < m->count; i++) {
        struct item_model *item = &m->items[i];
        struct fake_object *there = fake_find(&m->fake, DST, item->key);

        if (item->there == THERE_OTHER &&
                (m->input.options.on_different != ON_DIFFERENT_OVERWRITE || m->input.dry_run) &&
                (!there || !fake_bytes_same(&there->bytes, &item->other)))
            broken(m, "what was to be kept is overwritten");
    }
}

static void check_end(struct model *m, enum err_code code)
{
    const struct sched_counts *counts = sched_counts(m->sched);
    unsigned started = m->fake.started, i;
    bool stopped = m->fake.stops > 0;

    if (code == ERR_INTERNAL)
        broken(m, "a copy waits, and there is nothing to wait for");
    if (fake_in_flight(&m->fake) > 0 || counts->active > 0)
        broken(m, "something is under way at the end");
    if (counts->parts > 0)
        broken(m, "parts are held at the end");
    if (counts->annotations > 0)
        broken(m, "texts of annotations are held at the end");
    while (fake_turn(&m->fake))
        ;
    if (m->fake.started != started)
        broken(m, "something was sent after the end");
    if (m->requests != m->fake.sent)
        broken(m, "requests were miscounted");
    for (i = 0; i < m->count; i++)
        if (m->items[i].results + m->items[i].aside != (i < m->taken) ||
                (!stopped && i >= m->taken))
            broken(m, "an item without its result");
    check_uploads(m);
    check_destinations(m);
}

/* --- a run --- */

static void begin(struct model *m, uint64_t seed)
{
    struct err e;
    unsigned i;

    memset(m, 0, sizeof *m);
    m->seed = seed;
    rng_seed(&m->rng, seed);
    fake_init(&m->fake);
    assert_int_equal(input_init(&m->input, &e), ERR_OK);
    m->input.destination_bucket = strdup(DST);
    buf_init(&m->trace, BUF_MAX_ANSWER);
    m->fake.rng = &m->rng;
    m->fake.chance = trouble;
    m->fake.chance_ctx = m;
    m->fake.each_turn = each_turn;
    m->fake.idle = idle;
    m->fake.now_us = (uint64_t)chance(m, 1000000);
    m->count = 1 + chance(m, ITEMS_MOST);
    m->changes_left = chance(m, 4);
    m->trouble = chance(m, 3) ? chance(m, 120) : 0;
    m->bodiless = chance(m, 6) ? 0 : 40;
    m->denied = chance(m, 4) ? 0 : 50;
    m->unread = chance(m, 3) ? 0 : 10 + chance(m, 60);
    if (chance(m, 4) == 0)
        m->stop_at = 1 + chance(m, 60);
    if (m->stop_at && chance(m, 2))
        m->stop_now_at = m->stop_at + chance(m, 10);
    else if (chance(m, 15) == 0)
        m->stop_now_at = 1 + chance(m, 60);
    set_ways(m);
    for (i = 0; i < m->count; i++) {
        m->items[i].key[0] = 'k';
        m->items[i].key[1] = (char)('0' + i);
        put_source(m, m->items[i].key);
        put_destination(m, &m->items[i]);
        put_foreign(m, m->items[i].key);
        if (!m->input.dry_run)
            put_record(m, m->items[i].key);
        m->items[i].recorded = fake_record(&m->fake, m->items[i].key) != NULL;
        if (chance(m, 8) == 0)
            change_bytes(m, m->items[i].key);
    }
    m->versions = m->fake.versions;
    list_items(m);
}

static void end(struct model *m)
{
    unsigned i;

    for (i = 0; i < m->known_count; i++)
        fake_bytes_free(&m->known[i].bytes);
    for (i = 0; i < ITEMS_MOST; i++)
        fake_bytes_free(&m->items[i].other);
    fake_free(&m->fake);
    input_free(&m->input);
    buf_free(&m->trace);
}

static const struct model *running;

/* An assertion of the machine does not hold: which run it was, before the process ends. */
static void on_abort(int signal_number)
{
    (void)signal_number;
    fprintf(stderr, "seed %llu: aborted\n%s\n%s\n", (unsigned long long)running->seed,
            buf_str(&running->trace), buf_str(&running->fake.log));
}

static void run_job(struct model *m)
{
    struct sched_config config;
    enum err_code code;
    struct err e;

    memset(&config, 0, sizeof config);
    config.copy_port = fake_copy_port(&m->fake);
    if (m->input.dry_run)
        config.copy_port.records = NULL;
    m->looks = (struct copy_looks){m, find_seen};
    config.copy_port.looks = &m->looks;
    config.port = fake_sched_port(&m->fake);
    config.input = &m->input;
    config.server = &m->server_facts;
    config.next = next;
    config.result = on_result;
    config.thaw = m->seed % 2 ? &m->thaw : NULL;
    config.aside = on_aside;
    config.stopped = on_stopped;
    config.on_state = on_state;
    config.ctx = m;
    config.parts_most = m->seed % 2 ? 1 : 0; /* in every other run one copy at a time has parts */
    assert_int_equal(sched_new(&m->sched, &config, &e), ERR_OK);
    code = sched_run(m->sched, &e);
    if (!m->broken)
        check_end(m, code);
    sched_free(m->sched);
}

/* --- a second run, without any trouble, in the work store of the first --- */

static void begin_again(struct model *m)
{
    unsigned i;

    m->trouble = m->bodiless = m->denied = m->unread = m->changes_left = 0;
    m->stop_at = m->stop_now_at = m->turns = m->taken = m->not_yet = m->requests = 0;
    m->fake.stops = m->fake.fail_records = m->fake.sent = 0;
    for (i = 0; i < m->count; i++) {
        struct fake_object *o = fake_find(&m->fake, SRC, m->items[i].key);

        m->items[i].results = m->items[i].aside = 0;
        if (o && o->archive == ARCHIVE_RESTORING && chance(m, 2))
            o->archive = ARCHIVE_RESTORED;
    }
    list_items(m);
    memset(&m->server_facts, 0, sizeof m->server_facts);
    buf_adds(&m->trace, "--- again\n");
    buf_adds(&m->fake.log, " --- again: ");
}

/* The first run's copy, whatever became of its answers, has its tags, or a note says that it has
 * not. */
static void check_tags_of_all(struct model *m)
{
    unsigned without = NOTE_TAGS_DROPPED | NOTE_TAGS_UNSUPPORTED | NOTE_TAGS_UNKNOWN, i;
    const struct fake_ways *ways = &m->fake.ways;

    if (m->changes > 0 || m->input.options.tags == TAGS_NONE || ways->drops_tags ||
            ways->deaf_to_tags)
        return;
    for (i = 0; i < m->count; i++) {
        const struct item_model *item = &m->items[i];
        struct fake_object *from = fake_find(&m->fake, SRC, item->key);
        struct fake_object *there = fake_find(&m->fake, DST, item->key);

        if (item->there != THERE_NOTHING || item->recorded || (item->notes & without))
            continue;
        if (item->last != RESULT_COPIED && item->last != RESULT_SAME)
            continue;
        if (m->input.options.tags == TAGS_SET && there &&
                strcmp(there->tagging, MODEL_TAG_SET) == 0)
            continue;
        if (from && there && !tag_set_holds(there->tagging, from->tagging))
            broken(m, "after the second run the copy lacks tags, and no result says so");
    }
}

/* The same of the annotations of a copy in parts, which no request for the copy itself takes along.
 */
static void check_annotations_of_all(struct model *m)
{
    unsigned i;

    for (i = 0; i < m->count && m->fake.ways.amazon == 1; i++) {
        const struct item_model *item = &m->items[i];
        struct fake_object *from = fake_find(&m->fake, SRC, item->key);
        struct fake_object *there = fake_find(&m->fake, DST, item->key);

        if (!from || !there || there->parts == 0 || item->there != THERE_NOTHING ||
                (item->last != RESULT_COPIED && item->last != RESULT_SAME) ||
                !promises_annotations(m, item, RESULT_COPIED))
            continue;
        if (!fake_has_annotations(there, from))
            broken(m, "after the second run the copy lacks annotations, and no result says so");
    }
}

/* No upload of ours is open any more, unless the server cannot remove it. */
static void check_nothing_open(struct model *m)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &m->fake.uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (!u->foreign && !u->stubborn && !u->denied && !m->fake.ways.no_abort)
            broken(m, "after the second run an upload is open");
    }
}

static void run(uint64_t seed)
{
    struct model m;

    begin(&m, seed);
    running = &m;
    run_job(&m);
    if (!m.broken && !m.input.dry_run) {
        begin_again(&m);
        run_job(&m);
        check_tags_of_all(&m);
        check_annotations_of_all(&m);
        check_nothing_open(&m);
    }
    if (m.broken)
        fail_msg("seed %llu: %s\n%s\n%s", (unsigned long long)seed, m.broken, buf_str(&m.trace),
                buf_str(&m.fake.log));
    end(&m);
}

static unsigned long long runs = RUNS, first_seed = 1;

static void test_model(void **state)
{
    unsigned long long i;

    (void)state;
    for (i = 0; i < runs; i++)
        run(first_seed + i);
}

/* The table of states allows nothing that never happens. */
static void test_transitions(void **state)
{
    int from, to, unseen = 0;

    (void)state;
    for (from = 0; from < STATE_COUNT; from++) {
        for (to = 0; to < STATE_COUNT; to++) {
            if (!copy_may_follow((enum copy_state)from, (enum copy_state)to) || seen[from][to] ||
                    is_of_slices((enum copy_state)from, (enum copy_state)to))
                continue;
            unseen++;
            print_message("never seen: %s -> %s\n", copy_state_name((enum copy_state)from),
                    copy_state_name((enum copy_state)to));
        }
    }
    if (runs >= RUNS)
        assert_int_equal(unseen, 0);
}

/* The runs come to every kind of end. */
static void test_ends(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < RESULT_STATUS_COUNT; i++) {
        print_message("%s: %u\n", result_status_name((enum result_status)i), statuses[i]);
        assert_true(statuses[i] > 0 || runs < RUNS_VALGRIND);
    }
    assert_true(put_aside > 0 || runs < RUNS_VALGRIND);
    assert_true(stopped_items > 0 || runs < RUNS_VALGRIND);
    for (i = 0; i <= BY_CHECKSUM; i++)
        assert_true(proven_by[i] > 0 || runs < RUNS_VALGRIND);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_model),
            cmocka_unit_test(test_transitions),
            cmocka_unit_test(test_ends),
    };
    const char *preload = getenv("LD_PRELOAD"), *asked = getenv("COPYOUT_MODEL_RUNS");

    if (preload && strstr(preload, "vgpreload"))
        runs = RUNS_VALGRIND;
    if (asked)
        runs = strtoull(asked, NULL, 10);
    if (argc > 1)
        runs = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        first_seed = strtoull(argv[2], NULL, 10);
    log_set_level(LOG_NONE);
    signal(SIGABRT, on_abort);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
