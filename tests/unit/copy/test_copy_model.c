/* The model test: many copies through the scheduler, on a fake S3 that answers in random order and
 * fails, loses, lies and changes at random; the job is stopped at any instant, and stopped for
 * good. Seeds are fixed. After each run the invariants must hold; if one does not, the seed and the
 * trace are printed.
 *
 * usage: unit_copy_copy_model [RUNS [FIRST_SEED]]; the environment variable COPYOUT_MODEL_RUNS has
 * the number of runs too. Under valgrind there are fewer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/sched.h"
#include "fake_server.h"

enum { RUNS = 10000, RUNS_VALGRIND = 150, ITEMS_MOST = 3, TURNS_MOST = 20000, CONTENTS_MOST = 64 };

/* What an object was at some time: which bytes an ETag stands for. */
struct known {
    char key[64], etag[ETAG_SIZE];
    struct fake_bytes bytes;
};

struct item_model {
    char key[8];
    unsigned results;
    enum { THERE_NOTHING, THERE_SAME, THERE_OTHER } there;
    struct fake_bytes other; /* what was there at the beginning, of THERE_OTHER */
};

struct model {
    struct fake fake;
    struct rng rng;
    struct input input;
    struct sched *sched;
    uint64_t seed;
    struct item_model items[ITEMS_MOST];
    unsigned count, taken, not_yet, turns, changes_left, stop_at, stop_now_at;
    unsigned trouble;   /* of a thousand requests so many go wrong */
    unsigned bodiless;  /* of a hundred HEADs so many answer 400, which has no body */
    unsigned denied;    /* of a hundred writes so many are refused for their tags */
    unsigned requests;  /* by the results */
    unsigned foreign;   /* uploads of somebody else */
    unsigned looked_at; /* uploads made and records written when the uploads were looked at last */
    struct known known[CONTENTS_MOST];
    unsigned known_count;
    struct buf trace;
    const char *broken; /* the invariant that does not hold */
};

/* Which transitions were seen, over all runs. */
static bool seen[STATE_COUNT][STATE_COUNT];
static unsigned statuses[RESULT_STATUS_COUNT];

static unsigned chance(struct model *m, unsigned n)
{
    return (unsigned)rng_below(&m->rng, n);
}

static void broken(struct model *m, const char *what)
{
    if (!m->broken)
        m->broken = what;
}

/* --- what is there --- */

static void remember(struct model *m, const struct fake_object *o)
{
    struct known *k = &m->known[m->known_count++];

    assert(m->known_count < CONTENTS_MOST);
    memset(k, 0, sizeof *k);
    snprintf(k->key, sizeof k->key, "%s", o->key);
    memcpy(k->etag, o->etag, sizeof k->etag);
    fake_bytes_cut(&k->bytes, &o->bytes, 0, o->bytes.size);
}

static void put_source(struct model *m, const char *key)
{
    static const uint64_t odd[] = {6 * MIB, 5 * MIB, 7 * MIB, 1};
    static const uint64_t uneven[] = {5 * MIB, 9 * MIB};
    static const uint64_t two_hundred_bytes[] = {200};
    static const uint64_t small[] = {100, 200, 300};
    /* Three parts look as if all were of 8 MiB. */
    static const uint64_t sly[] = {8 * MIB, 7 * MIB, 8 * MIB, 9 * MIB, 3};
    struct fake *f = &m->fake;
    struct fake_object *o;

    switch (chance(m, 10)) {
    case 9:
        o = fake_put(f, SRC, key, 0, 5, sly);
        break;
    case 0:
        o = fake_put(f, SRC, key, 0, 0, NULL);
        break;
    case 1:
    case 2:
        o = fake_put(f, SRC, key, 1000 + chance(m, 9), 0, NULL);
        break;
    case 3:
        o = fake_put_uniform(f, SRC, key, 5 * 8 * MIB + 5, 8 * MIB);
        break;
    case 4:
        o = fake_put(f, SRC, key, 0, 4, odd);
        break;
    case 5:
        o = fake_put(f, SRC, key, 0, 2, uneven);
        break;
    case 6:
        o = fake_put(f, SRC, key, 0, 1, two_hundred_bytes);
        break;
    case 7:
        o = chance(m, 2) ? fake_put(f, SRC, key, 0, 3, small)
                         : fake_put_uniform(f, SRC, key, 3 * 17 * MIB, 17 * MIB);
        break;
    default:
        o = chance(m, 2) ? fake_put(f, SRC, key, ((uint64_t)5 << 30) + 5, 0, NULL)
                         : fake_put_uniform(f, SRC, key, ((uint64_t)5 << 30) + 7, 160 * MIB);
        break;
    }
    if (chance(m, 3) == 0)
        snprintf(o->tagging, sizeof o->tagging, "a=b&c=d");
    if (chance(m, 30) == 0)
        o->archive = ARCHIVE_STORED;
    remember(m, o);
}

static void put_destination(struct model *m, struct item_model *item)
{
    struct fake_object *from = fake_find(&m->fake, SRC, item->key), *o;

    item->there = THERE_NOTHING;
    switch (chance(m, 6)) {
    case 0:
        item->there = THERE_SAME;
        o = fake_new_object(&m->fake, DST, item->key);
        fake_bytes_cut(&o->bytes, &from->bytes, 0, from->bytes.size);
        fake_seal(&m->fake, o, NULL);
        if (!m->fake.ways.encrypts)
            memcpy(o->etag, from->etag, sizeof o->etag);
        o->kind = etag_kind_of(o->etag, m->fake.ways.encrypts);
        break;
    case 1:
        item->there = THERE_OTHER;
        o = fake_put(&m->fake, DST, item->key,
                from->bytes.size > 0 && chance(m, 2) ? from->bytes.size : 77, 0, NULL);
        o->needs_key = chance(m, 4) == 0;
        fake_bytes_cut(&item->other, &o->bytes, 0, o->bytes.size);
        break;
    default:
        break;
    }
}

/* Somebody else's upload, of long ago. */
static void put_foreign(struct model *m, const char *key)
{
    struct fake_upload *u;

    if (chance(m, 4) != 0)
        return;
    u = fake_new_upload(&m->fake, DST, key);
    u->initiated_s -= 100000;
    u->foreign = 1;
    m->foreign++;
}

/* The same layout, other bytes. */
static void change_bytes(struct model *m, const char *key)
{
    struct fake_object *o = fake_find(&m->fake, SRC, key);
    uint64_t *lengths = calloc(o->parts + 1, sizeof *lengths);
    uint64_t size = o->bytes.size;
    unsigned parts = o->parts;

    assert(lengths);
    memcpy(lengths, o->lengths, parts * sizeof *lengths);
    remember(m, fake_put(&m->fake, SRC, key, size, parts, lengths));
    free(lengths);
}

/* What a run that was killed has left: an upload on record, of the source as it is or was. */
static void put_record(struct model *m, const char *key)
{
    struct fake_object *o = fake_find(&m->fake, SRC, key);
    struct fake_upload *made = NULL;
    struct upload u;
    struct buf text;
    char id[32];

    if (chance(m, 3) != 0)
        return;
    memset(&u, 0, sizeof u);
    u.bucket = (char *)(uintptr_t)DST;
    u.key = u.source_key = (char *)(uintptr_t)key;
    u.source_bucket = (char *)(uintptr_t)SRC;
    u.tags = (char *)(uintptr_t)(chance(m, 4) ? copy_options_tags_name(m->input.tags) : "none");
    memcpy(u.etag, chance(m, 5) ? o->etag : "something-else", chance(m, 5) ? sizeof u.etag : 15);
    u.etag[ETAG_SIZE - 1] = '\0';
    u.layout_from = (int)chance(m, 4);
    if (o->parts > 0)
        layout_set_uniform(
                &u.layout, o->bytes.size, o->parts, o->parts > 1 ? o->lengths[0] : o->bytes.size);
    else
        layout_plan(&u.layout, o->bytes.size);
    if (!layout_fits(u.layout.size, u.layout.count, u.layout.part))
        layout_plan(&u.layout, o->bytes.size);
    u.at_s = fake_now_s(&m->fake);
    if (chance(m, 4)) {
        made = fake_new_upload(&m->fake, DST, key);
        snprintf(id, sizeof id, "%s", made->id);
        u.id = id;
    }
    if (!u.id || chance(m, 4) == 0) {
        u.until_s = u.at_s + UPLOAD_CREATE_MOST_S;
        if (chance(m, 2))
            fake_new_upload(&m->fake, DST, key); /* of a Create whose answer was lost */
    }
    buf_init(&text, BUF_MAX_CONFIG);
    upload_write(&text, &u);
    fake_set_record(&m->fake, key, buf_str(&text));
    buf_free(&text);
    while (made && made->count < u.layout.count && chance(m, 8)) {
        struct fake_part *part = fake_part_of(made, made->count + 1);

        fake_bytes_cut(&part->bytes, &o->bytes, (made->count - 1) * u.layout.part, u.layout.part);
        fake_md5(part->etag, &part->bytes, m->fake.ways.encrypts ? "a key" : "");
    }
    layout_free(&u.layout);
}

static void set_ways(struct model *m)
{
    struct fake_ways *w = &m->fake.ways;

    w->no_parts = chance(m, 2);
    w->drops_tags = chance(m, 3) == 0;
    w->keeps_etag = chance(m, 3) == 0;
    w->empty_etag = chance(m, 4) == 0;
    w->encrypts = chance(m, 5) == 0;
    w->checksums = chance(m, 3) == 0;
    w->no_tag_count = chance(m, 3) == 0;
    w->no_if_match = !w->encrypts && chance(m, 5) == 0;
    m->input.tags = (enum tags_mode)chance(m, 3);
    m->input.on_different = (enum on_different)chance(m, 3);
    m->input.dry_run = chance(m, 20) == 0;
    m->fake.slots = 1 + chance(m, 40);
}

/* --- trouble --- */

static struct err random_error(struct model *m, const struct fake_request *q)
{
    bool head = q->r.op == S3_HEAD_OBJECT;
    struct err e;

    switch (chance(m, 10)) {
    case 0:
        return fake_error(503, head ? NULL : "SlowDown");
    case 1:
        return fake_error(500, head ? NULL : "InternalError");
    case 2:
    case 3:
        return fake_error(403, head ? NULL : "AccessDenied");
    case 4:
        return fake_error(412, head ? NULL : "PreconditionFailed");
    case 5:
        return fake_error(400, head ? NULL : "InvalidRequest");
    case 6:
        return fake_error(head ? 501 : 403, head ? NULL : "SignatureDoesNotMatch");
    case 7:
        err_set(&e, ERR_CREDENTIALS, "injected: no credentials");
        e.cls = ERR_CLASS_RETRY;
        return e;
    case 8:
        /* A server does not say so of an upload that is there. */
        if (q->r.op == S3_HEAD_OBJECT || q->r.op == S3_COPY_OBJECT)
            return fake_error(404, head ? NULL : "NoSuchKey");
        return fake_network();
    default:
        return fake_network();
    }
}

/* Another worker on the same object: it removes an upload of ours. */
static void other_worker(struct fake *f)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &f->uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);

        if (u->foreign || u->count == 0)
            continue;
        fake_upload_free(u);
        return;
    }
}

static struct fake_rule trouble(struct fake *f, const struct fake_request *q)
{
    struct model *m = f->chance_ctx;
    struct fake_rule rule = {.outcome = FAKE_DOES};

    if ((q->r.op == S3_COPY_OBJECT || q->r.op == S3_UPLOAD_PART_COPY) && m->changes_left > 0 &&
            chance(m, 12) == 0 && fake_find(f, SRC, q->source_key)) {
        m->changes_left--;
        change_bytes(m, q->source_key);
    }
    if (q->r.op == S3_HEAD_OBJECT && chance(m, 100) < m->bodiless) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(400, NULL);
        return rule;
    }
    if (q->r.op == S3_GET_OBJECT && chance(m, 100) < m->bodiless) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(403, "AccessDenied");
        return rule;
    }
    if (q->r.op == S3_COPY_OBJECT && !q->tagging[0] && chance(m, 100) < m->denied) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(403, "AccessDenied");
        return rule;
    }
    if (chance(m, 1000) >= m->trouble)
        return rule;
    rule.attempts = 1 + chance(m, 3);
    switch (chance(m, 9)) {
    case 0:
        rule.outcome = FAKE_DOES_TWICE;
        rule.attempts = 2;
        break;
    case 2: /* the first attempts failed on the way */
        rule.outcome = FAKE_DOES;
        if (q->r.op == S3_COMPLETE_MULTIPART_UPLOAD && chance(m, 2))
            rule.before = other_worker;
        break;
    case 1:
        rule.outcome = FAKE_LOSES;
        rule.err = chance(m, 2) ? fake_network() : fake_malformed(q->r.op);
        break;
    default:
        rule.outcome = FAKE_FAILS;
        rule.err = random_error(m, q);
        break;
    }
    return rule;
}

static void something_happens(struct model *m)
{
    struct list *link, *tmp;

    if (chance(m, 100) == 0 && m->changes_left > 0) {
        struct item_model *item = &m->items[chance(m, m->count)];
        struct fake_object *o = fake_find(&m->fake, SRC, item->key);

        m->changes_left--;
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

    if (!text || upload_read(&record, buf_str(text), text->len, &e) != ERR_OK)
        return false;
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

    /* A condition that the server ignores leaves only equal ETags or checksums as a proof. */
    if (m->fake.ways.no_if_match && r->verified != VERIFIED_ETAG &&
            r->verified != VERIFIED_CHECKSUM)
        return;
    if (!bytes || !there || !fake_bytes_same(bytes, &there->bytes))
        broken(m, "COPIED or SAME, and the destination is not the source");
    if (r->status == RESULT_COPIED && there && r->written.version_id[0]) {
        char version[32];

        snprintf(version, sizeof version, "version-%u", there->version);
        if (strcmp(version, r->written.version_id) != 0)
            broken(m, "what was written is not what is there");
    }
}

static enum err_code on_result(void *ctx, const struct result *r, struct err *e)
{
    struct model *m = ctx;
    struct item_model *item = &m->items[r->item.index];

    (void)e;
    assert(r->item.index < m->count);
    statuses[r->status]++;
    m->requests += r->requests;
    if (++item->results > 1)
        broken(m, "two results of one item");
    if (r->status == RESULT_COPIED || r->status == RESULT_SAME)
        check_there(m, r);
    if (r->status == RESULT_FAILED && r->err.code == ERR_OK)
        broken(m, "FAILED without an error");
    if (r->status == RESULT_PENDING && !m->input.dry_run)
        broken(m, "PENDING in a job that copies");
    buf_addf(&m->trace, "%s: %s %s %s\n", r->item.key, result_status_name(r->status),
            verified_name(r->verified), r->status == RESULT_FAILED ? r->err.message : "");
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
                (m->input.on_different != ON_DIFFERENT_OVERWRITE || m->input.dry_run) &&
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
    while (fake_turn(&m->fake))
        ;
    if (m->fake.started != started)
        broken(m, "something was sent after the end");
    if (m->requests != m->fake.sent)
        broken(m, "requests were miscounted");
    for (i = 0; i < m->count; i++)
        if (m->items[i].results != (i < m->taken) || (!stopped && i >= m->taken))
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
        if (chance(m, 8) == 0)
            change_bytes(m, m->items[i].key);
    }
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

static void run(uint64_t seed)
{
    struct sched_config config;
    struct model m;
    enum err_code code;
    struct err e;

    begin(&m, seed);
    memset(&config, 0, sizeof config);
    config.copy_port = fake_copy_port(&m.fake);
    if (m.input.dry_run)
        config.copy_port.records = NULL;
    config.port = fake_sched_port(&m.fake);
    config.input = &m.input;
    config.next = next;
    config.result = on_result;
    config.on_state = on_state;
    config.ctx = &m;
    assert_int_equal(sched_new(&m.sched, &config, &e), ERR_OK);
    code = sched_run(m.sched, &e);
    if (!m.broken)
        check_end(&m, code);
    sched_free(m.sched);
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
            if (!copy_may_follow((enum copy_state)from, (enum copy_state)to) || seen[from][to])
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
    return cmocka_run_group_tests(tests, NULL, NULL);
}
