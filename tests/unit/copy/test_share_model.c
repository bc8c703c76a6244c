/* The model test of objects that many workers copy: each slice has workers, which are killed,
 * stopped and doubled at any instant, on one fake S3 and one work store that answer in random
 * order, fail, lose answers, and change the source. Seeds are fixed; a failure prints the seed and
 * the trace.
 *
 * usage: unit_copy_share_model [RUNS [FIRST_SEED]]; fewer runs under valgrind. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "fake_port.h"
#include "slice_states.h"

#define KEY "k"

enum { RUNS = 10000, RUNS_VALGRIND = 100, TURNS_MOST = 30000, SLICES_MOST = 4, WORKERS_MOST = 7 };
enum { CONTENTS_MOST = 16 };

static bool seen[STATE_COUNT][STATE_COUNT];

struct model;

/* A worker of a slice: a process of its own. */
struct worker {
    struct model *model;
    struct copy_env env;
    struct server_facts server_facts;
    struct copy *copy; /* NULL: there is no such worker */
    unsigned slice, owner;
};

/* An object as it was at some time. */
struct known {
    char etag[ETAG_SIZE];
    struct fake_bytes bytes;
};

struct model {
    struct fake fake;
    struct rng rng;
    struct input input;
    uint64_t seed;
    struct worker workers[WORKERS_MOST];
    unsigned slices, owners, turns;
    bool done[SLICES_MOST + 1]; /* a worker of the slice has ended well */
    unsigned kills_left, stops_left, doubles_left, changes_left;
    unsigned trouble;     /* of a thousand requests so many go wrong */
    unsigned bodiless;    /* of a thousand HEADs so many answer 400 */
    unsigned overwritten; /* a copy seemed to be another object when its annotations were put */
    unsigned unlisted;    /* ListParts is refused always */
    unsigned killed;      /* a worker was */
    unsigned doubled;     /* a slice had two workers at once */
    unsigned disturbed;   /* anything has gone wrong, or a worker was lost */
    unsigned changed;
    unsigned results, copied, same, failed, handed_on;
    struct known known[CONTENTS_MOST];
    unsigned known_count;
    struct buf trace;
    const char *broken;
};

static unsigned chance(struct model *m, unsigned n)
{
    return (unsigned)rng_below(&m->rng, n);
}

static void broken(struct model *m, const char *what)
{
    if (!m->broken)
        m->broken = what;
}

static void remember(struct model *m)
{
    struct fake_object *o = fake_find(&m->fake, SRC, KEY);
    struct known *k = &m->known[m->known_count++];

    assert(m->known_count <= CONTENTS_MOST);
    memcpy(k->etag, o->etag, sizeof k->etag);
    memset(&k->bytes, 0, sizeof k->bytes);
    fake_bytes_cut(&k->bytes, &o->bytes, 0, o->bytes.size);
}

/* --- what goes wrong --- */

static void put_source(struct model *m)
{
    static const uint64_t uneven[] = {5 * MIB, 9 * MIB, 5 * MIB, 9 * MIB, 7};
    static const uint64_t sly[] = {8 * MIB, 7 * MIB, 8 * MIB, 9 * MIB, 3};
    struct fake_object *o;

    switch (chance(m, 6)) {
    case 0:
        o = fake_put(&m->fake, SRC, KEY, 0, 5, uneven);
        break;
    case 1:
        o = fake_put(&m->fake, SRC, KEY, 0, 5, sly);
        break;
    case 2:
        o = fake_put_uniform(&m->fake, SRC, KEY, ((uint64_t)5 << 30) + 7, 1024 * MIB);
        break;
    case 3:
        o = fake_put(&m->fake, SRC, KEY, ((uint64_t)5 << 30) + 5, 0, NULL);
        break;
    default:
        o = fake_put_uniform(&m->fake, SRC, KEY, (5 + chance(m, 3)) * 8 * MIB + 5, 8 * MIB);
        break;
    }
    if (chance(m, 3) == 0)
        snprintf(o->tagging, sizeof o->tagging, "a=b");
    fake_annotate(o, "a", "one"); /* of which only Amazon S3 knows */
    remember(m);
}

/* The same layout, other bytes. */
static void change_source(struct model *m)
{
    struct fake_object *o = fake_find(&m->fake, SRC, KEY);
    uint64_t *lengths = calloc(o->parts + 1, sizeof *lengths), size = o->bytes.size;
    unsigned parts = o->parts;

    assert(lengths);
    memcpy(lengths, o->lengths, parts * sizeof *lengths);
    fake_put(&m->fake, SRC, KEY, size, parts, lengths);
    free(lengths);
    remember(m);
    m->changes_left--;
    m->changed = m->disturbed = 1;
    buf_adds(&m->trace, "the source changes\n");
}

static struct err random_error(struct model *m, bool head)
{
    switch (chance(m, 5)) {
    case 0:
        return fake_error(503, head ? NULL : "SlowDown");
    case 1:
        return fake_error(500, head ? NULL : "InternalError");
    case 2:
        return fake_error(400, head ? NULL : "InvalidRequest");
    default:
        return fake_network();
    }
}

/* One of so many requests finds that the source has changed: looks at it rather than others. */
static unsigned look_weight(const struct fake_request *q)
{
    if (q->r.op != S3_HEAD_OBJECT || q->r.u.head.part > 0 || strcmp(q->bucket, SRC) != 0)
        return 60;
    return q->r.u.head.checksums ? 6 : 15;
}

static struct fake_rule trouble(struct fake *f, const struct fake_request *q)
{
    struct model *m = f->chance_ctx;
    struct fake_rule rule = {.outcome = FAKE_DOES};

    if (m->unlisted && q->r.op == S3_LIST_PARTS) {
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(403, "AccessDenied");
        return rule;
    }
    if (m->changes_left > 0 && chance(m, look_weight(q)) == 0)
        change_source(m);
    if (q->r.op == S3_HEAD_OBJECT && chance(m, 1000) < m->bodiless) { /* it has no words */
        m->disturbed = 1;
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(400, NULL);
        return rule;
    }
    if (q->r.op == S3_PUT_OBJECT_ANNOTATION && chance(m, 20) == 0) { /* as if it was written over */
        m->disturbed = m->overwritten = 1;
        rule.outcome = FAKE_FAILS;
        rule.err = fake_error(412, "PreconditionFailed");
        return rule;
    }
    if (chance(m, 1000) >= m->trouble)
        return rule;
    m->disturbed = 1;
    rule.attempts = 1 + chance(m, 3);
    switch (chance(m, 4)) {
    case 0:
        rule.outcome = FAKE_DOES_TWICE;
        rule.attempts = 2;
        break;
    case 1:
        rule.outcome = FAKE_LOSES;
        rule.err = chance(m, 2) ? fake_network() : fake_malformed(q->r.op);
        break;
    default:
        rule.outcome = FAKE_FAILS;
        rule.err = random_error(m, q->r.op == S3_HEAD_OBJECT);
        break;
    }
    return rule;
}

/* The record is written by a request whose answer was lost, and which is then sent again; or it is
 * not there yet for a moment, as while another's write of it is under way; or the store fails. */
static void record_trouble(struct fake *f, const struct fake_request *q)
{
    struct model *m = f->chance_ctx;

    f->fail_records = 0;
    if (q->record_op == FAKE_PUBLISH && !fake_record(f, q->key) && chance(m, 12) == 0)
        fake_set_record(f, q->key, buf_str((struct buf *)(uintptr_t)&q->text));
    if (chance(m, 1000) < m->trouble) {
        m->disturbed = 1;
        f->fail_records = 1U << q->record_op;
        f->record_err = fake_network();
        if (q->record_op == FAKE_PUBLISH && chance(m, 2)) /* another's write was in the way */
            err_set(&f->record_err, ERR_PRECONDITION, "injected: it is there already");
        if (q->record_op == FAKE_LOAD && fake_record(f, q->key) && chance(m, 2)) {
            f->fail_records = 0;
            fake_set_record(f, q->key, "{"); /* it is damaged for good */
        }
    }
}

/* --- workers --- */

static void on_wake(void *ctx, struct copy *copy)
{
    (void)ctx;
    (void)copy;
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
    const struct worker *w = ctx;

    seen[state_of(from)][state_of(to)] = true;
    buf_addf(&w->model->trace, "slice %u, worker %u: %s -> %s\n", item->slice, w->owner, from, to);
}

static unsigned alive(const struct model *m, unsigned slice)
{
    unsigned i, n = 0;

    for (i = 0; i < WORKERS_MOST; i++)
        n += m->workers[i].copy && (slice == 0 || m->workers[i].slice == slice);
    return n;
}

static void start_worker(struct model *m, unsigned slice)
{
    struct worker *w = m->workers;
    struct item item = {.index = 0,
            .line = 1,
            .bucket = strdup(SRC),
            .key = strdup(KEY),
            .destination_key = strdup(KEY),
            .slice = slice,
            .slices = m->slices};
    struct err e;

    while (w->copy)
        w++;
    assert(w < m->workers + WORKERS_MOST);
    memset(w, 0, sizeof *w);
    w->model = m;
    w->slice = slice;
    w->owner = ++m->owners;
    w->env = (struct copy_env){.port = fake_copy_port(&m->fake),
            .input = &m->input,
            .server = &w->server_facts,
            .wake = on_wake,
            .ctx = w,
            .on_state = on_state};
    assert_int_equal(copy_new(&w->copy, &w->env, &item, &e), ERR_OK);
}

static void nobody(void *ctx, const struct s3_reply *reply)
{
    (void)ctx;
    (void)reply;
}

static void nobody_records(void *ctx, const struct err *err, struct upload *found)
{
    (void)ctx;
    (void)err;
    (void)found;
}

/* The process is gone; some of its requests come to S3 all the same, now or later. */
static void kill_worker(struct model *m, struct worker *w)
{
    struct list *link, *tmp;

    buf_addf(&m->trace, "slice %u, worker %u: killed\n", w->slice, w->owner);
    LIST_FOR_EACH(link, tmp, &m->fake.requests)
    {
        struct fake_request *q = LIST_ENTRY(link, struct fake_request, link);

        if (q->owner != w->owner)
            continue;
        q->done = nobody;
        q->record_done = nobody_records;
        if (chance(m, 2)) {
            fake_request_free(q);
            m->fake.in_flight--;
        }
    }
    copy_free(w->copy);
    w->copy = NULL;
    m->disturbed = m->killed = 1;
}

static bool is_interrupted(const struct result *r)
{
    return r->status == RESULT_FAILED && r->err.code == ERR_INTERRUPTED;
}

static void check_there(struct model *m, const struct result *r)
{
    struct fake_object *there = fake_find(&m->fake, DST, KEY);
    unsigned i;

    for (i = 0; there && i < m->known_count; i++)
        if (strcmp(m->known[i].etag, r->etag) == 0 &&
                fake_bytes_same(&m->known[i].bytes, &there->bytes))
            return;
    if (!m->changed)
        broken(m, "COPIED or SAME, and the destination is not the source");
}

/* The destination is some version of the source as a whole, never a mixture. */
static void check_whole(struct model *m)
{
    struct fake_object *there = fake_find(&m->fake, DST, KEY);
    unsigned i;

    for (i = 0; there && i < m->known_count; i++)
        if (fake_bytes_same(&m->known[i].bytes, &there->bytes))
            return;
    if (there)
        broken(m, "the destination is no version of the source");
}

static void worker_ended(struct model *m, struct worker *w)
{
    const struct result *r = copy_result(w->copy);
    bool again = r && is_interrupted(r);

    buf_addf(&m->trace, "slice %u, worker %u: %s %s\n", w->slice, w->owner,
            r ? result_status_name(r->status) : "handed on",
            r && r->status == RESULT_FAILED ? r->err.message : "");
    if (!r)
        m->handed_on++;
    else if (!again)
        m->results++;
    if (r && (r->status == RESULT_COPIED || r->status == RESULT_SAME))
        check_there(m, r);
    m->copied += r && r->status == RESULT_COPIED;
    m->same += r && r->status == RESULT_SAME;
    m->failed += r && r->status == RESULT_FAILED && !again;
    if (!again)
        m->done[w->slice] = true;
    copy_free(w->copy);
    w->copy = NULL;
}

static bool step_worker(struct model *m, struct worker *w)
{
    m->fake.owner = w->owner;
    switch (copy_step(w->copy)) {
    case COPY_SENT:
    case COPY_MOVED:
        return true;
    case COPY_WAITS:
        return false;
    case COPY_AT:
        if (copy_waits_until(w->copy) > m->fake.now_us && m->fake.in_flight == 0)
            m->fake.now_us = copy_waits_until(w->copy);
        return copy_waits_until(w->copy) <= m->fake.now_us;
    case COPY_HELD:
        broken(m, "a copy is held back");
        return false;
    case COPY_ENDED:
        worker_ended(m, w);
        return true;
    }
    return false;
}

/* --- what holds at every moment --- */

static bool is_record_of(struct model *m, const struct buf *text, const struct fake_upload *u)
{
    struct upload record;
    struct err e;
    bool is_of;

    if (upload_read(&record, buf_str(text), text->len, &e) != ERR_OK) { /* it says when */
        record = (struct upload){.age_s = fake_now_s(&m->fake) - FAKE_BASE_S};
        upload_times_of_record(&record, fake_now_s(&m->fake));
        return u->initiated_s >= record.at_s && u->initiated_s <= record.until_s;
    }
    is_of = (record.id && strcmp(record.id, u->id) == 0) ||
            (u->initiated_s >= record.at_s - UPLOAD_CLOCK_SLACK_S &&
                    u->initiated_s <= record.until_s + UPLOAD_CLOCK_SLACK_S);
    upload_free(&record);
    return is_of;
}

/* Each open upload is on some record of the key, by its id or by the time of its Create: so the
 * report, or copyout cleanup, removes it. Two workers on one object that each copies as a whole
 * have one record for both, as two workers on one shard have. */
static void check_uploads(struct model *m)
{
    struct list *link, *tmp;
    unsigned i;

    if (m->doubled && m->fake.ways.no_parts)
        return;
    LIST_FOR_EACH(link, tmp, &m->fake.uploads)
    {
        struct fake_upload *u = LIST_ENTRY(link, struct fake_upload, link);
        bool found = u->denied && u->aborted > 0;

        for (i = 0; !found && i < m->fake.record_count; i++)
            found = m->fake.records[i].text.len > 0 && is_record_of(m, &m->fake.records[i].text, u);
        if (!found)
            broken(m, "an upload is open that is not on record");
    }
}

/* --- a run --- */

static void something_happens(struct model *m)
{
    struct worker *w = &m->workers[chance(m, WORKERS_MOST)];

    if (m->kills_left > 0 && w->copy && chance(m, 60) == 0) {
        m->kills_left--;
        kill_worker(m, w);
    } else if (m->stops_left > 0 && w->copy && chance(m, 60) == 0) {
        m->stops_left--;
        w->env.stopping = true;
        m->disturbed = 1;
    } else if (m->doubles_left > 0 && w->copy && alive(m, 0) < WORKERS_MOST && chance(m, 60) == 0) {
        m->doubles_left--;
        m->disturbed = m->doubled = 1;
        start_worker(m, w->slice);
    }
}

/* A shard that has no worker, and has not ended well, gets another one. */
static void start_missing(struct model *m)
{
    unsigned slice = 1 + chance(m, m->slices), i;

    for (i = 0; i < m->slices; i++, slice = slice % m->slices + 1) {
        if (m->done[slice] || alive(m, slice) > 0 || alive(m, 0) == WORKERS_MOST)
            continue;
        if (alive(m, 0) > 0 && chance(m, 4)) /* later */
            continue;
        start_worker(m, slice);
    }
}

static bool all_done(const struct model *m)
{
    unsigned slice;

    for (slice = 1; slice <= m->slices; slice++)
        if (!m->done[slice])
            return false;
    return alive(m, 0) == 0;
}

static void turn(struct model *m)
{
    unsigned i = chance(m, WORKERS_MOST), n;
    bool moved = false;

    start_missing(m);
    something_happens(m);
    for (n = 0; n < WORKERS_MOST; n++, i = (i + 1) % WORKERS_MOST)
        if (m->workers[i].copy && chance(m, 3))
            moved |= step_worker(m, &m->workers[i]);
    if (chance(m, 2) || !moved)
        fake_turn(&m->fake);
    m->fake.now_us += chance(m, 20) ? 0 : chance(m, 3000000);
    check_uploads(m);
    check_whole(m);
}

static void begin(struct model *m, uint64_t seed)
{
    struct fake_ways *ways;
    struct err e;

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
    m->fake.record_turn = record_trouble;
    m->slices = 2 + chance(m, SLICES_MOST - 1);
    m->kills_left = chance(m, 3);
    m->stops_left = chance(m, 3);
    m->doubles_left = chance(m, 3);
    m->changes_left = chance(m, 3) ? 0 : chance(m, 3);
    m->trouble = chance(m, 2) ? chance(m, 60) : 0;
    m->bodiless = chance(m, 8) ? 0 : 100;
    m->unlisted = chance(m, 20) == 0;
    ways = &m->fake.ways;
    ways->no_parts = chance(m, 8) == 0;
    ways->encrypts = chance(m, 8) == 0;
    ways->quiet_create = chance(m, 2);
    ways->empty_etag = chance(m, 8) == 0;
    ways->checksums = chance(m, 4);
    ways->upload_sums = chance(m, 6) ? FAKE_SUMS_KEPT : (enum fake_upload_sums)(1 + chance(m, 3));
    ways->no_tag_header = chance(m, 8) == 0;
    ways->strange_parts = chance(m, 16) == 0;
    ways->no_part_copy = chance(m, 30) == 0;
    ways->amazon = seed % 3 == 0;
    m->input.options.tags = (enum tags_mode)chance(m, 3);
    put_source(m);
    if (chance(m, 6) == 0) /* something else is there */
        fake_put(&m->fake, DST, KEY, 77, 0, NULL);
    if (fake_find(&m->fake, DST, KEY)) { /* it may stay there */
        struct fake_object *o = fake_find(&m->fake, DST, KEY);

        memcpy(m->known[m->known_count].etag, "other", sizeof "other");
        memset(&m->known[m->known_count].bytes, 0, sizeof m->known[0].bytes);
        fake_bytes_cut(&m->known[m->known_count++].bytes, &o->bytes, 0, o->bytes.size);
    }
}

static void end(struct model *m)
{
    unsigned i;

    for (i = 0; i < WORKERS_MOST; i++)
        copy_free(m->workers[i].copy);
    for (i = 0; i < m->known_count; i++)
        fake_bytes_free(&m->known[i].bytes);
    fake_free(&m->fake);
    input_free(&m->input);
    buf_free(&m->trace);
}

/* A server on which parts prove what they are, and nothing is refused. */
static bool is_plain(const struct fake_ways *w)
{
    return !w->encrypts && !w->no_tag_header && !w->strange_parts && !w->no_part_copy &&
           w->upload_sums == FAKE_SUMS_KEPT;
}

static void check_end(struct model *m)
{
    /* One of two workers of a slice completes the upload, and is killed before its result is there,
     * while the other has finished: who finds nothing to do cannot know that. The report says that
     * the object was not reached. So it is when the first is stopped, having begun anew. */
    if (m->results == 0 && !(m->doubled && (m->killed || m->overwritten)))
        broken(m, "all slices are finished, and the object has no result");
    /* Workers that see all parts at the same time complete both, and one of them finds it done. */
    if (!m->disturbed && is_plain(&m->fake.ways) && (m->copied != 1 || m->failed != 0))
        broken(m, "nothing went wrong, and there is not one copy");
}

static const struct model *running;

static void on_abort(int signal_number)
{
    (void)signal_number;
    fprintf(stderr, "seed %llu: aborted\n%s\n%s\n", (unsigned long long)running->seed,
            buf_str(&running->trace), buf_str(&running->fake.log));
}

static unsigned ends[5];

static void run(uint64_t seed)
{
    struct model m;

    begin(&m, seed);
    running = &m;
    while (!m.broken && !all_done(&m)) {
        turn(&m);
        if (++m.turns > TURNS_MOST)
            broken(&m, "it does not end");
    }
    while (!m.broken && fake_turn(&m.fake)) /* late requests of those that were killed */
        check_whole(&m);
    if (!m.broken)
        check_end(&m);
    ends[0] += m.copied > 0;
    ends[1] += m.copied == 0 && m.same > 0;
    ends[2] += m.copied == 0 && m.same == 0;
    ends[3] += m.handed_on;
    ends[4] += m.results == 0;
    if (m.broken) {
        fprintf(stderr, "%s\n%s\n", buf_str(&m.trace), buf_str(&m.fake.log));
        fail_msg("seed %llu: %s", (unsigned long long)seed, m.broken);
    }
    end(&m);
}

static unsigned long long runs = RUNS, first_seed = 1;

static void test_model(void **state)
{
    unsigned long long i;

    (void)state;
    for (i = 0; i < runs; i++)
        run(first_seed + i);
    print_message("copied %u, same %u, failed %u; %u slices handed on; %u not reached\n", ends[0],
            ends[1], ends[2], ends[3], ends[4]);
    assert_true(ends[4] <= runs / 1000);
    for (i = 0; i < 4; i++)
        assert_true(ends[i] > 0 || runs < RUNS_VALGRIND);
}

/* The table of states allows nothing of slices that never happens. */
static void test_transitions(void **state)
{
    int from, to, unseen = 0;

    (void)state;
    for (from = 0; from < STATE_COUNT; from++) {
        for (to = 0; to < STATE_COUNT; to++) {
            if (!is_of_slices((enum copy_state)from, (enum copy_state)to) ||
                    !copy_may_follow((enum copy_state)from, (enum copy_state)to) || seen[from][to])
                continue;
            unseen++;
            print_message("never seen: %s -> %s\n", copy_state_name((enum copy_state)from),
                    copy_state_name((enum copy_state)to));
        }
    }
    if (runs >= RUNS)
        assert_int_equal(unseen, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_model),
            cmocka_unit_test(test_transitions),
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
