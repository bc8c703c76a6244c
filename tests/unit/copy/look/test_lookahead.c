/* The lookahead between items and scheduler, on the fake S3: what is listed, what is left to
 * HeadObject, and that results are the same either way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fake_port.h"
#include "base/log.h"
#include "copy/look/lookahead.h"

enum { ITEMS_MOST = 3000, SEEDS = 300, SEEDS_VALGRIND = 6 };

struct planned {
    char key[48], destination[48];
    const char *version;
    struct item_listed listed; /* what the list told; its etag "": nothing */
    unsigned group;
    enum result_status status;
    enum verified verified;
    enum result_seen seen;
    char code[64];
    unsigned results;
};

struct world {
    struct fake fake;
    struct input input;
    struct server_facts server;
    struct lookahead *lookahead;
    struct copy_looks looks;
    struct sched *sched;
    struct planned items[ITEMS_MOST];
    unsigned count, taken, stop_at, turns;
    unsigned window;
    uint64_t sizes[ITEMS_MOST]; /* of results, in the order in which they came */
    unsigned results;
    uint64_t sized, sized_bytes; /* the most items that waited with known sizes, and their bytes */
    unsigned broken_at;          /* the item, from 1, at which reading fails; 0: never */
};

static void begin(struct world *w)
{
    struct err e;

    log_set_level(LOG_NONE);
    memset(w, 0, sizeof *w);
    fake_init(&w->fake);
    assert_int_equal(input_init(&w->input, &e), ERR_OK);
    w->input.destination_bucket = strdup(DST);
}

static void end(struct world *w)
{
    fake_free(&w->fake);
    input_free(&w->input);
}

static enum err_code next(void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    struct world *w = ctx;
    const struct planned *p = &w->items[w->taken];

    if (w->taken + 1 == w->broken_at)
        return err_set(e, ERR_IO, "injected: the list cannot be read");
    if (w->taken == w->count) {
        *source = SOURCE_END;
        return ERR_OK;
    }
    *source = SOURCE_ITEM;
    *item = (struct item){.index = w->taken++,
            .line = w->taken,
            .bucket = strdup(SRC),
            .key = strdup(p->key),
            .version_id = p->version ? strdup(p->version) : NULL,
            .destination_key = strdup(p->destination)};
    if (p->listed.etag[0]) {
        item->listed = malloc(sizeof *item->listed);
        assert_non_null(item->listed);
        *item->listed = p->listed;
    }
    return ERR_OK;
}

static uint64_t group(void *ctx, uint64_t index)
{
    return ((struct world *)ctx)->items[index].group;
}

static void more(void *ctx)
{
    sched_more_items(((struct world *)ctx)->sched);
}

static enum err_code next_item(
        void *ctx, struct item *item, enum sched_source *source, struct err *e)
{
    return lookahead_next(((struct world *)ctx)->lookahead, item, source, e);
}

static bool is_waiting(void *ctx)
{
    return lookahead_is_waiting(((struct world *)ctx)->lookahead);
}

static void stop_looking(void *ctx)
{
    lookahead_stop(((struct world *)ctx)->lookahead);
}

static enum err_code on_result(void *ctx, const struct result *r, struct err *e)
{
    struct world *w = ctx;
    struct planned *p = &w->items[r->item.index];

    (void)e;
    assert_string_equal(r->item.key, p->key);
    p->results++;
    p->status = r->status;
    p->verified = r->verified;
    p->seen = r->seen;
    snprintf(p->code, sizeof p->code, "%s",
            r->status == RESULT_FAILED ? err_report_code(&r->err) : "");
    w->sizes[w->results++] = r->size;
    return ERR_OK;
}

static bool each_turn(struct fake *f)
{
    struct world *w = f->chance_ctx;

    struct lookahead_sized sized = lookahead_sized(w->lookahead);

    if (sized.items > w->sized) {
        w->sized = sized.items;
        w->sized_bytes = sized.bytes;
    }
    if (++w->turns == w->stop_at)
        sched_stop(w->sched);
    return true;
}

/* Runs the job over all items. */
static enum err_code run(struct world *w, enum look_mode look)
{
    struct lookahead_config config = {.port = fake_copy_port(&w->fake),
            .input = &w->input,
            .next = next,
            .group = group,
            .more = more,
            .ctx = w,
            .window = w->window};
    struct sched_config sched = {.copy_port = fake_copy_port(&w->fake),
            .port = fake_sched_port(&w->fake),
            .input = &w->input,
            .server = &w->server,
            .next = next_item,
            .is_waiting = is_waiting,
            .stop = stop_looking,
            .result = on_result,
            .ctx = w};
    enum err_code code;
    struct err e;
    unsigned i;

    w->input.look = look;
    w->taken = w->results = w->turns = 0;
    w->sized = w->sized_bytes = 0;
    w->fake.each_turn = each_turn;
    w->fake.chance_ctx = w;
    memset(w->fake.counts, 0, sizeof w->fake.counts);
    for (i = 0; i < w->count; i++)
        w->items[i].results = 0;
    assert_int_equal(lookahead_new(&w->lookahead, &config, &e), ERR_OK);
    w->looks = lookahead_looks(w->lookahead);
    sched.copy_port.looks = &w->looks;
    sched.copy_port.records = NULL; /* the fake has room for few */
    assert_int_equal(sched_new(&w->sched, &sched, &e), ERR_OK);
    code = sched_run(w->sched, &e);
    assert_int_equal(fake_in_flight(&w->fake), 0);
    assert_int_equal(sched_counts(w->sched)->active, 0);
    if (code == ERR_OK && w->stop_at == 0)
        assert_int_equal(lookahead_sized(w->lookahead).items, 0);
    sched_free(w->sched);
    lookahead_free(w->lookahead);
    return code;
}

static void run_all(struct world *w, enum look_mode look)
{
    unsigned i;

    assert_int_equal(run(w, look), ERR_OK);
    for (i = 0; i < w->count; i++)
        assert_int_equal(w->items[i].results, 1);
}

/* Items of keys first, first + step, ... of the source. */
static void plan(struct world *w, unsigned count, unsigned step)
{
    unsigned i;

    assert_true(count <= ITEMS_MOST);
    w->count = count;
    for (i = 0; i < count; i++) {
        snprintf(w->items[i].key, sizeof w->items[i].key, "data/%05u", i * step);
        snprintf(w->items[i].destination, sizeof w->items[i].destination, "copies/%05u", i * step);
    }
}

static void put_sources(struct world *w, unsigned count)
{
    char key[64];
    unsigned i;

    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "data/%05u", i);
        fake_put(&w->fake, SRC, key, 1 + i % 7, 0, NULL);
    }
}

static void drop_destination(struct world *w)
{
    struct list *link, *tmp;

    LIST_FOR_EACH(link, tmp, &w->fake.objects)
    {
        struct fake_object *o = LIST_ENTRY(link, struct fake_object, link);

        if (strcmp(o->bucket, DST) == 0)
            fake_object_free(o);
    }
}

static unsigned count_status(const struct world *w, enum result_status status)
{
    unsigned i, n = 0;

    for (i = 0; i < w->count; i++)
        n += w->items[i].status == status;
    return n;
}

#define assert_asked(w, lists, heads, copies)                         \
    do {                                                              \
        assert_int_equal((w)->fake.counts[S3_LIST_OBJECTS], (lists)); \
        assert_int_equal((w)->fake.counts[S3_HEAD_OBJECT], (heads));  \
        assert_int_equal((w)->fake.counts[S3_COPY_OBJECT], (copies)); \
    } while (0)

/* One request an object, and a listing for each thousand; one shows that the destination is empty.
 * A second run is listings alone. */
static void test_clustered(void **state)
{
    static struct world w;
    unsigned i;

    (void)state;
    begin(&w);
    put_sources(&w, 2500);
    plan(&w, 2500, 1);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1 + 3, 0, 2500);
    for (i = 0; i < w.count; i++) {
        assert_int_equal(w.items[i].status, RESULT_COPIED);
        assert_int_equal(w.items[i].verified, VERIFIED_ETAG);
        assert_int_equal(w.items[i].seen, RESULT_SEEN_BY_LISTING);
    }
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 3 + 3, 0, 0);
    assert_int_equal(count_status(&w, RESULT_SAME), 2500);
    end(&w);
}

/* Windows that are smaller than the job: each is listed for itself, but for an empty folder. */
static void test_windows(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 1000);
    plan(&w, 1000, 1);
    w.window = 100;
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1 + 10, 0, 1000);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1 + 10, 0, 0); /* one page shows the folder: it has not more than that */
    end(&w);
}

/* Wanted keys that are far apart: listings are tried now and then. */
static void test_scattered(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    w.fake.ways.list_page = 20;
    put_sources(&w, 6000);
    plan(&w, 300, 20);
    run_all(&w, LOOK_AUTO);
    assert_int_equal(count_status(&w, RESULT_COPIED), 300);
    assert_in_range(w.fake.counts[S3_HEAD_OBJECT], 280, 300);
    assert_in_range(w.fake.counts[S3_LIST_OBJECTS], 2, 8);
    end(&w);
}

/* Clusters far apart: each is listed, and what lies between them is passed over. */
static void test_clusters(void **state)
{
    static struct world w;
    unsigned i;

    (void)state;
    begin(&w);
    w.fake.ways.list_page = 100;
    put_sources(&w, 5000);
    plan(&w, 500, 1);
    for (i = 0; i < 500; i++)
        snprintf(w.items[i].key, sizeof w.items[i].key, "data/%05u", i / 100 * 1000 + i % 100);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1 + 5, 0, 500);
    /* Before the first copy is begun all sizes are known: 1, 2, … 7, 1, … */
    assert_in_range(w.sized, 400, 500);
    assert_in_range(w.sized_bytes, w.sized, 7 * w.sized);
    end(&w);
}

/* The order of the list is of no matter. */
static void test_shuffled(void **state)
{
    static struct world w;
    struct planned swap;
    struct rng rng;
    unsigned i, j;

    (void)state;
    begin(&w);
    put_sources(&w, 500);
    plan(&w, 500, 1);
    rng_seed(&rng, 1);
    for (i = 499; i > 0; i--) {
        j = (unsigned)rng_below(&rng, i + 1);
        swap = w.items[i];
        w.items[i] = w.items[j];
        w.items[j] = swap;
    }
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 2, 0, 500);
    end(&w);
}

/* A listing costs as much as twelve and a half HeadObjects. */
static void test_prices(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 13);
    plan(&w, 12, 1);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 0, 24, 12);
    drop_destination(&w);
    plan(&w, 13, 1);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 2, 0, 13);
    drop_destination(&w);
    run_all(&w, LOOK_HEAD);
    assert_asked(&w, 0, 26, 13);
    assert_int_equal(w.items[0].seen, RESULT_SEEN_BY_HEAD);
    end(&w);
}

/* A bucket that holds much else: its first page says nothing of the keys that are wanted. */
static void test_large_destination(void **state)
{
    static struct world w;
    char key[64];
    unsigned i;

    (void)state;
    begin(&w);
    w.fake.ways.list_page = 50;
    for (i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "before/%05u", i);
        fake_put(&w.fake, DST, key, 1, 0, NULL);
    }
    put_sources(&w, 50);
    plan(&w, 50, 1);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1 + 2, 0, 50);
    end(&w);
}

/* The largest first, within a group; without a size, in the order of the list before the others. */
static void test_largest_first(void **state)
{
    static struct world w;
    unsigned i;

    (void)state;
    begin(&w);
    put_sources(&w, 100);
    plan(&w, 100, 1);
    for (i = 0; i < 100; i++) {
        fake_put(&w.fake, SRC, w.items[i].key, 1 + (i * 37) % 100, 0, NULL);
        w.items[i].group = i / 50;
        w.items[i].version = i == 20 || i == 10 ? "v" : NULL;
    }
    w.fake.slots = 1;
    run_all(&w, LOOK_AUTO);
    assert_int_equal(w.sizes[0], 1 + (10 * 37) % 100);
    assert_int_equal(w.sizes[1], 1 + (20 * 37) % 100);
    for (i = 3; i < 100; i++)
        if (i != 50)
            assert_true(w.sizes[i - 1] > w.sizes[i]);
    end(&w);
}

/* Facts that a listing does not tell are asked for. */
static void test_closer(void **state)
{
    enum { COUNT = 20 };
    static struct world w;
    struct fake_object *o;

    (void)state;
    begin(&w);
    put_sources(&w, COUNT);
    plan(&w, COUNT, 1);
    w.items[0].version = "v";
    fake_put(&w.fake, SRC, w.items[1].key, 0, 0, NULL); /* a website's redirect? */
    fake_put_uniform(&w.fake, SRC, w.items[2].key, 20 * MIB, 8 * MIB);
    o = fake_find(&w.fake, SRC, w.items[3].key);
    o->archive = ARCHIVE_STORED;
    o = fake_find(&w.fake, SRC, w.items[4].key);
    o->archive = ARCHIVE_RESTORED;
    snprintf(o->storage_class, sizeof o->storage_class, "GLACIER");
    fake_object_free(fake_find(&w.fake, SRC, w.items[5].key));
    fake_put(&w.fake, DST, w.items[6].destination, 99, 0, NULL);
    run_all(&w, LOOK_AUTO);
    assert_int_equal(w.items[3].status, RESULT_FAILED);
    assert_string_equal(w.items[3].code, "InvalidObjectState");
    assert_int_equal(w.items[5].status, RESULT_FAILED);
    assert_string_equal(w.items[5].code, "NoSuchKey");
    assert_int_equal(count_status(&w, RESULT_COPIED), COUNT - 2);
    assert_int_equal(w.items[6].seen, RESULT_SEEN_BY_HEAD);
    assert_int_equal(w.items[7].seen, RESULT_SEEN_BY_LISTING);
    /* Of 0 to 5 one HEAD of the source; of 2 one more for its checksums and three for its layout,
     * of 6 both sides. */
    assert_int_equal(w.fake.counts[S3_HEAD_OBJECT], 6 + 1 + w.fake.counts[S3_UPLOAD_PART_COPY] + 2);
    end(&w);
}

/* Archived sources, where listings tell whether they were restored: no HEAD is needed. Where they
 * do not, each is asked about; a server that refuses the question is asked again without it. */
static void test_archived(void **state)
{
    enum { COUNT = 30, STORED = 3, RESTORING = 4, RESTORED = 5 };
    static const struct {
        unsigned restored, heads, lists;
    } rows[] = {
            {FAKE_RESTORED_TOLD, 0, 2}, /* of the sources, and of the destination's folder */
            {FAKE_RESTORED_UNKNOWN, 3, 2},
            {FAKE_RESTORED_REFUSED, 3, 3},
    };
    static struct world w;
    size_t row;
    int i;

    (void)state;
    for (row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        begin(&w);
        put_sources(&w, COUNT);
        plan(&w, COUNT, 1);
        w.fake.ways.restored = rows[row].restored;
        for (i = STORED; i <= RESTORED; i++) {
            struct fake_object *o = fake_find(&w.fake, SRC, w.items[i].key);

            o->archive = (enum archive)(ARCHIVE_STORED + i - STORED);
            snprintf(o->storage_class, sizeof o->storage_class, "GLACIER");
        }
        run_all(&w, LOOK_AUTO);
        assert_int_equal(w.fake.counts[S3_HEAD_OBJECT], rows[row].heads);
        assert_int_equal(w.fake.counts[S3_LIST_OBJECTS], rows[row].lists);
        assert_int_equal(count_status(&w, RESULT_COPIED), COUNT - 2);
        assert_string_equal(w.items[STORED].code, "InvalidObjectState");
        assert_string_equal(w.items[RESTORING].code, "InvalidObjectState");
        assert_int_equal(w.items[RESTORED].status, RESULT_COPIED);
        end(&w);
    }
}

static struct world changing;

static void change_source(struct fake *f)
{
    fake_put(f, SRC, "data/00003", 77, 0, NULL);
}

/* The source changes between its listing and its copy: the condition on the copy sees it. */
static void test_changed(void **state)
{
    struct world *w = &changing;

    (void)state;
    begin(w);
    put_sources(w, 20);
    plan(w, 20, 1);
    w->fake.rules[0] = (struct fake_rule){.op = S3_COPY_OBJECT, .nth = 1, .before = change_source};
    w->fake.rule_count = 1;
    run_all(w, LOOK_AUTO);
    assert_int_equal(count_status(w, RESULT_COPIED), 20);
    assert_true(fake_bytes_same(&fake_find(&w->fake, SRC, "data/00003")->bytes,
            &fake_find(&w->fake, DST, "copies/00003")->bytes));
    end(w);
}

/* Under KMS the copy's ETag is another one: both sides are looked at before it is judged; the
 * second run knows it by the ledger, and by listings. */
static void test_encrypted(void **state)
{
    static struct world w;
    unsigned i;

    (void)state;
    begin(&w);
    put_sources(&w, 16);
    plan(&w, 16, 1);
    w.fake.ways.encrypts = 1;
    run_all(&w, LOOK_AUTO);
    assert_int_equal(count_status(&w, RESULT_COPIED), 16);
    for (i = 0; i < 16; i++)
        assert_int_equal(w.items[i].verified, VERIFIED_SIZE);
    for (i = 0; i < 8; i++)
        fake_write_ledger(&w.fake, fake_find(&w.fake, SRC, w.items[i].key),
                fake_find(&w.fake, DST, w.items[i].destination));
    run_all(&w, LOOK_AUTO);
    assert_int_equal(count_status(&w, RESULT_SAME), 8);
    assert_int_equal(w.items[0].seen, RESULT_SEEN_BY_LISTING);
    assert_int_equal(w.items[9].status, RESULT_COPIED);
    end(&w);
}

/* After ten minutes HeadObject has the last word before an object is called the same. */
static void make_old(struct fake *f)
{
    f->now_us += (LOOKAHEAD_FRESH_S + 1) * UINT64_C(1000000);
}

static void test_old(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 40);
    plan(&w, 20, 1);
    run_all(&w, LOOK_AUTO);
    plan(&w, 40, 1);
    w.fake.rules[0] = (struct fake_rule){.op = S3_LIST_OBJECTS, .nth = 2, .before = make_old};
    w.fake.rule_count = 1;
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 2, 40, 20); /* absence, and a source that is still what it was, need none */
    assert_int_equal(count_status(&w, RESULT_SAME), 20);
    end(&w);
}

/* The list told of its objects what a listing would, so many seconds ago. */
static void tell(struct world *w, int64_t seconds)
{
    unsigned i;

    for (i = 0; i < w->count; i++) {
        const struct fake_object *o = fake_find(&w->fake, SRC, w->items[i].key);

        assert_true(item_listed_set(&w->items[i].listed, fake_port_now_s(&w->fake) - seconds,
                o->bytes.size, o->etag, ""));
    }
}

/* The lookahead does not ask again what the list told: of the destination alone is a listing, or
 * nothing. */
static void test_told(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 20);
    plan(&w, 20, 1);
    tell(&w, 5);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1, 0, 20);
    assert_int_equal(w.items[3].seen, RESULT_SEEN_BY_LISTING);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1, 0, 0);
    assert_int_equal(count_status(&w, RESULT_SAME), 20);
    end(&w);
}

/* After ten minutes HeadObject has the last word before an object is called the same; a copy needs
 * no other look, since it is made of the object that the list told of, or refused. */
static void test_told_long_ago(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 40);
    plan(&w, 40, 2);
    w.count = 20;
    tell(&w, LOOKAHEAD_FRESH_S);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1, 0, 20);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 1, 40, 0);
    assert_int_equal(count_status(&w, RESULT_SAME), 20);
    fake_put(&w.fake, SRC, w.items[7].key, 77, 0, NULL);
    drop_destination(&w);
    run_all(&w, LOOK_AUTO);
    assert_int_equal(count_status(&w, RESULT_COPIED), 20);
    assert_true(fake_bytes_same(&fake_find(&w.fake, SRC, w.items[7].key)->bytes,
            &fake_find(&w.fake, DST, w.items[7].destination)->bytes));
    end(&w);
}

/* Whatever a server does with listings, each object has the result that it has without them, and
 * the server is soon left alone. */
static void test_hostile(void **state)
{
    static struct world w;
    int ways, keep;

    (void)state;
    for (ways = FAKE_LISTS_DENIED; ways < FAKE_LISTS_COUNT; ways++) {
        for (keep = 0; keep < 2; keep++) {
            unsigned i;

            begin(&w);
            put_sources(&w, 600);
            fake_put(&w.fake, SRC, "aside", 5, 0, NULL);
            plan(&w, 600, 1);
            w.window = 200;
            w.input.options.on_different = keep ? ON_DIFFERENT_KEEP : ON_DIFFERENT_OVERWRITE;
            for (i = 0; i < 30; i++)
                fake_put(&w.fake, DST, w.items[i].destination, 500, 0, NULL);
            w.fake.ways.listing = (enum fake_listing)ways;
            w.fake.ways.list_page = 150;
            run_all(&w, LOOK_AUTO);
            assert_int_equal(count_status(&w, RESULT_COPIED), keep ? 570 : 600);
            assert_int_equal(count_status(&w, RESULT_KEPT), keep ? 30 : 0);
            assert_in_range(w.fake.counts[S3_LIST_OBJECTS], 2, 20);
            end(&w);
        }
    }
}

/* One page after another of keys that nobody asked for, and none that was. */
static void test_start_refused(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 30);
    plan(&w, 30, 1);
    w.fake.refuse_start = 1;
    run_all(&w, LOOK_AUTO);
    assert_int_equal(count_status(&w, RESULT_COPIED), 30);
    end(&w);
}

/* Stopped while listings are under way: they are waited for, and nothing follows. */
static void test_stopped(void **state)
{
    static struct world w;
    unsigned at;

    (void)state;
    for (at = 1; at < 12; at++) {
        begin(&w);
        put_sources(&w, 200);
        plan(&w, 200, 1);
        w.window = 50;
        w.stop_at = at;
        w.fake.slots = 4;
        assert_int_equal(run(&w, LOOK_AUTO), ERR_OK);
        assert_true(w.fake.counts[S3_LIST_OBJECTS] <= 12);
        assert_true(w.results < 30);
        end(&w);
    }
}

static void test_unreadable_list(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    put_sources(&w, 200);
    plan(&w, 200, 1);
    w.window = 50;
    w.broken_at = 120;
    assert_int_equal(run(&w, LOOK_AUTO), ERR_IO);
    end(&w);
}

static void test_empty(void **state)
{
    static struct world w;

    (void)state;
    begin(&w);
    run_all(&w, LOOK_AUTO);
    assert_asked(&w, 0, 0, 0);
    end(&w);
}

/* --- random worlds --- */

static void put_random(struct world *w, struct rng *rng)
{
    unsigned i, there;

    w->count = (unsigned)rng_below(rng, 120);
    w->window = 10 + (unsigned)rng_below(rng, 60);
    w->fake.ways.list_page = 5 + (unsigned)rng_below(rng, 60);
    w->fake.ways.listing =
            rng_below(rng, 3) ? FAKE_LISTS : (enum fake_listing)rng_below(rng, FAKE_LISTS_COUNT);
    w->fake.ways.encrypts = rng_below(rng, 5) == 0;
    w->fake.ways.checksums = (unsigned)rng_below(rng, 4);
    w->fake.ways.no_tag_count = rng_below(rng, 3) == 0;
    w->fake.ways.no_directive = rng_below(rng, 5) == 0;
    w->fake.ways.no_none_match = rng_below(rng, 5) == 0;
    w->fake.ways.wrong_match = rng_below(rng, 8) == 0;
    w->fake.slots = 1 + (unsigned)rng_below(rng, 30);
    w->input.options.on_different = (enum on_different)rng_below(rng, 3);
    w->input.options.on_unproven = (enum on_unproven)rng_below(rng, 2);
    w->input.options.tags = (enum tags_mode)rng_below(rng, 3);
    w->input.dry_run = rng_below(rng, 6) == 0;
    w->fake.ways.restored = rng_below(rng, FAKE_RESTORED_COUNT);
    for (i = 0; i < w->count; i++) {
        struct planned *p = &w->items[i];
        unsigned number = i * (1 + (unsigned)rng_below(rng, 2)) * 3;
        struct fake_object *o = NULL;

        memset(p, 0, sizeof *p);
        snprintf(p->key, sizeof p->key, "d%u/%05u-%u", number / 200, number, i);
        snprintf(p->destination, sizeof p->destination, "copies/d%u/%05u-%u", number / 200, number,
                i);
        switch (rng_below(rng, 12)) {
        case 0:
            break; /* it is not there */
        case 1:
            o = fake_put(&w->fake, SRC, p->key, 0, 0, NULL);
            break;
        case 2:
            o = fake_put_uniform(&w->fake, SRC, p->key, 20 * MIB, 8 * MIB);
            break;
        default:
            o = fake_put(&w->fake, SRC, p->key, 1 + rng_below(rng, 50), 0, NULL);
            break;
        }
        if (o && rng_below(rng, 10) == 0)
            o->archive = (enum archive)(rng_below(rng, 4));
        if (o && o->archive != ARCHIVE_NOT)
            snprintf(o->storage_class, sizeof o->storage_class, "GLACIER");
        if (o && rng_below(rng, 4) == 0)
            snprintf(o->tagging, sizeof o->tagging, "a=b");
        there = (unsigned)rng_below(rng, 6);
        if (o && there == 0) {
            struct fake_object *copy = fake_new_object(&w->fake, DST, p->destination);

            fake_bytes_cut(&copy->bytes, &o->bytes, 0, o->bytes.size);
            fake_seal(&w->fake, copy, NULL);
            memcpy(copy->tagging, o->tagging, sizeof copy->tagging);
        } else if (there == 1) {
            fake_put(&w->fake, DST, p->destination, o ? o->bytes.size : 5, 0, NULL);
        }
        if (rng_below(rng, 5) == 0) /* keys that nobody wants */
            fake_put(&w->fake, SRC, p->destination, 3, 0, NULL);
    }
}

/* The same world, looked at in the two ways: the results are the same. */
static void test_random(void **state)
{
    static struct world a, b;
    const char *preload = getenv("LD_PRELOAD");
    bool valgrind = preload && strstr(preload, "vgpreload");
    uint64_t seed, seeds = valgrind ? SEEDS_VALGRIND : SEEDS;
    unsigned i;

    (void)state;
    for (seed = 1; seed <= seeds; seed++) {
        struct rng rng;

        begin(&a);
        rng_seed(&rng, seed);
        put_random(&a, &rng);
        a.fake.rng = &rng;
        run_all(&a, LOOK_AUTO);
        begin(&b);
        rng_seed(&rng, seed);
        put_random(&b, &rng);
        run_all(&b, LOOK_HEAD);
        for (i = 0; i < a.count; i++) {
            const struct planned *x = &a.items[i], *y = &b.items[i];

            if (x->status != y->status || x->verified != y->verified ||
                    strcmp(x->code, y->code) != 0)
                fail_msg("seed %llu: %s: %s %s %s by listings, %s %s %s by HEAD",
                        (unsigned long long)seed, x->key, result_status_name(x->status),
                        verified_name(x->verified), x->code, result_status_name(y->status),
                        verified_name(y->verified), y->code);
        }
        end(&a);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_clustered),
            cmocka_unit_test(test_windows),
            cmocka_unit_test(test_scattered),
            cmocka_unit_test(test_clusters),
            cmocka_unit_test(test_shuffled),
            cmocka_unit_test(test_prices),
            cmocka_unit_test(test_large_destination),
            cmocka_unit_test(test_largest_first),
            cmocka_unit_test(test_closer),
            cmocka_unit_test(test_archived),
            cmocka_unit_test(test_changed),
            cmocka_unit_test(test_encrypted),
            cmocka_unit_test(test_old),
            cmocka_unit_test(test_told),
            cmocka_unit_test(test_told_long_ago),
            cmocka_unit_test(test_hostile),
            cmocka_unit_test(test_start_refused),
            cmocka_unit_test(test_stopped),
            cmocka_unit_test(test_unreadable_list),
            cmocka_unit_test(test_empty),
            cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
