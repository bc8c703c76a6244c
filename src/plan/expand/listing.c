#include "plan/expand/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cycle.h"
#include "base/list.h"
#include "base/log.h"
#include "plan/expand/key_split.h"
#include "plan/expand/page_spool.h"

enum {
    AT_ONCE = 16,      /* listings under way */
    SPLIT_AFTER = 2,   /* pages of the first stream: what is smaller needs no others */
    IDLE_ALLOWED = 64, /* listings that showed nothing, besides one for each page that did */
    RUNS_A_TURN = 10,  /* that are handed out between two turns of the loop */
};

/* How the pages of the prefix are asked for. */
enum ways {
    WAY_OPEN,  /* nothing is known yet */
    WAY_SPLIT, /* keys come in order: the range may be split */
    WAY_ONE,   /* one stream */
};

/* A piece of the range of keys, which one stream lists. */
struct segment {
    struct list link;    /* in listing->segments, in the order of the keys */
    struct list waiting; /* in listing->ready, until its next page is asked for */
    struct listing *of;
    char *behind; /* it begins behind this; "": at its beginning. Owned */
    char *until;  /* keys behind this are the next segment's; NULL: it goes to the end. Owned */
    char *last;   /* the last key that it showed; NULL: none yet. Owned */
    char *next;   /* token of the next page; NULL: it was not said. Owned */
    struct cycle cycle; /* of the tokens */
    enum { SEGMENT_OPEN, SEGMENT_OVER } state;
    unsigned pages;
    struct spooled_runs runs;
};

struct listing {
    const struct plan_env *env;
    const char *bucket, *prefix;
    struct list segments, ready;
    struct page_spool spool;
    struct buf place; /* scratch */
    enum ways way;
    enum { ASK_RESTORED, ASK_PLAINLY } question;
    unsigned in_flight;
    uint64_t pages, idle; /* that showed objects, and that showed none */
    uint64_t objects;
    struct err err; /* the first */
    bool woken;
};

/* --- segments --- */

static void segment_free(struct segment *s)
{
    list_remove(&s->link);
    list_remove(&s->waiting);
    spooled_runs_free(&s->runs);
    cycle_free(&s->cycle);
    free(s->behind);
    free(s->until);
    free(s->last);
    free(s->next);
    free(s);
}

/* A segment that begins behind that key, put behind `before` (NULL: it is the first); it takes
 * until. NULL: no memory. */
static struct segment *segment_new(
        struct listing *l, struct segment *before, const char *behind, char *until)
{
    struct segment *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->of = l;
    s->behind = strdup(behind);
    list_init(&s->link);
    list_init(&s->waiting);
    if (!s->behind) {
        free(s);
        return NULL;
    }
    s->until = until;
    /* At the end of the list that begins behind `before`, that is, in front of its next. */
    list_push(before ? before->link.next : &l->segments, &s->link);
    list_push(&l->ready, &s->waiting);
    return s;
}

static struct segment *segment_at(struct listing *l, struct list *link)
{
    return link == &l->segments ? NULL : LIST_ENTRY(link, struct segment, link);
}

/* Joins two neighbours that are listed, so that there are never many segments. */
static void join(struct segment *left, struct segment *right)
{
    if (!left || !right || left->state != SEGMENT_OVER || right->state != SEGMENT_OVER)
        return;
    spooled_runs_join(&left->runs, &right->runs);
    segment_free(right);
}

static void segment_over(struct segment *s)
{
    struct listing *l = s->of;

    s->state = SEGMENT_OVER;
    join(s, segment_at(l, s->link.next));
    join(segment_at(l, s->link.prev), s);
}

/* Whether the range behind what the segment showed may be given to another stream now. */
static bool may_split(const struct listing *l, const struct segment *s)
{
    return l->way != WAY_ONE && l->pages >= SPLIT_AFTER && s->last &&
           l->idle < IDLE_ALLOWED + l->pages;
}

/* The last part of the segment's range becomes a segment of its own. false: it is left whole. */
static bool split(struct listing *l, struct segment *s)
{
    struct segment *right;
    char *until;

    if (!may_split(l, s) || !key_split(&l->place, s->last, s->until, strlen(l->prefix)))
        return false;
    until = strdup(buf_str(&l->place));
    right = until ? segment_new(l, s, until, s->until) : NULL;
    if (!right) {
        free(until);
        return false; /* without memory it stays one stream */
    }
    s->until = until;
    l->way = WAY_SPLIT;
    return true;
}

/* --- pages --- */

static enum err_code unsound(const struct listing *l, const char *why, struct err *e)
{
    return err_set(e, ERR_PROTOCOL, "the listing of s3://%s/%s %s", l->bucket, l->prefix, why);
}

/* Whether each key of the page lies behind the one before. */
static bool is_in_order(const struct segment *s, const struct s3_keys *page)
{
    const char *before = s->last ? s->last : s->behind;
    unsigned i;

    for (i = 0; i < page->count; i++) {
        if (strcmp(page->objects[i].key, before) <= 0)
            return false;
        before = page->objects[i].key;
    }
    return true;
}

static enum err_code check_page(
        struct listing *l, const struct segment *s, const struct s3_keys *page, struct err *e)
{
    size_t len = strlen(l->prefix);
    unsigned i;

    if (page->page == S3_PAGE_DAMAGED)
        return unsound(l, "has an entry that cannot be read, or does not say how it goes on", e);
    if (page->page == S3_PAGE_UNENCODED)
        return unsound(l,
                "has keys that are not URL-encoded, as was asked for, so that they cannot be told "
                "apart; give a list of the objects",
                e);
    for (i = 0; i < page->count; i++)
        if (strncmp(page->objects[i].key, l->prefix, len) != 0)
            return unsound(l, "shows a key that does not begin so", e);
    if (is_in_order(s, page))
        return ERR_OK;
    if (l->way == WAY_SPLIT)
        return unsound(l, "is not in the order of the keys", e);
    l->way = WAY_ONE;
    return ERR_OK;
}

/* The objects of the page that are of the segment's range. */
static unsigned count_own(const struct segment *s, const struct s3_keys *page)
{
    unsigned n = page->count;

    while (s->until && n > 0 && strcmp(page->objects[n - 1].key, s->until) > 0)
        n--;
    return n;
}

static enum err_code take_page(struct segment *s, const struct s3_keys *page, struct err *e)
{
    struct listing *l = s->of;
    enum err_code code = check_page(l, s, page, e);
    unsigned own = code == ERR_OK ? count_own(s, page) : 0;

    if (code == ERR_OK)
        code = page_spool_add(&l->spool, &s->runs, page->objects, own, e);
    if (code == ERR_OK)
        code = cycle_take(&s->cycle, &s->next, own < page->count ? NULL : page->next, e);
    if (code == ERR_OK && own > 0) {
        free(s->last);
        s->last = strdup(page->objects[own - 1].key);
        code = s->last ? ERR_OK : err_nomem(e);
    }
    s->pages++;
    l->objects += own;
    if (own > 0)
        l->pages++;
    else
        l->idle++;
    return code;
}

/* A header that a server does not implement is answered so; the listing is then asked plainly. */
static bool is_refused_question(const struct listing *l, const struct err *err)
{
    return l->question == ASK_RESTORED && l->pages == 0 && err->cls == ERR_CLASS_PERMANENT &&
           (err->http_status == 501 || err->http_status == 400);
}

static void fail(struct listing *l, const struct err *err)
{
    if (l->err.code == ERR_OK)
        l->err = *err;
}

static void on_page(void *ctx, const struct s3_reply *reply)
{
    struct segment *s = ctx;
    struct listing *l = s->of;
    struct err e;

    l->in_flight--;
    l->woken = true;
    if (reply->err.code == ERR_OK) {
        if (take_page(s, &reply->u.keys, &e) != ERR_OK)
            fail(l, &e);
        else if (s->next)
            list_push(&l->ready, &s->waiting);
        else
            segment_over(s);
    } else if (is_refused_question(l, &reply->err)) {
        l->question = ASK_PLAINLY;
        list_push(&l->ready, &s->waiting);
    } else {
        e = reply->err;
        err_prefix(&e, "listing s3://%s/%s", l->bucket, l->prefix);
        fail(l, &e);
    }
}

static void ask(struct segment *s)
{
    struct listing *l = s->of;
    struct s3_request r = {.op = S3_LIST_OBJECTS,
            .where = {.bucket = l->bucket},
            .u.list = {.prefix = l->prefix,
                    .after = s->next,
                    .start_after = s->next ? NULL : s->behind,
                    .restored = l->question == ASK_RESTORED}};
    struct err e;

    if (s3_start(l->env->sync.s3, &r, on_page, s, &e) == ERR_OK)
        l->in_flight++;
    else
        fail(l, &e);
}

/* Asks for as many pages as may be under way. Streams that have begun come first; where fewer are
 * left than may be, their ranges are split. */
static void ask_all(struct listing *l)
{
    while (l->err.code == ERR_OK && l->in_flight < AT_ONCE && !list_empty(&l->ready)) {
        struct segment *s = LIST_ENTRY(list_pop(&l->ready), struct segment, waiting);

        while (l->in_flight + 1 < AT_ONCE && list_empty(&l->ready) && split(l, s))
            ask(LIST_ENTRY(list_pop(&l->ready), struct segment, waiting));
        ask(s);
    }
}

static enum err_code list_all(struct listing *l, struct err *e)
{
    for (;;) {
        if (stop_asked(l->env->stop) && l->err.code == ERR_OK)
            err_set(&l->err, ERR_INTERRUPTED, "interrupted; nothing was copied");
        ask_all(l);
        if (l->in_flight == 0)
            break;
        l->woken = false;
        net_run_until(l->env->sync.net, &l->woken);
        if (!l->woken)
            return err_set(e, ERR_INTERNAL, "nothing is left to wait for");
    }
    if (l->err.code != ERR_OK)
        *e = l->err;
    return l->err.code;
}

/* --- what was listed --- */

static enum err_code hand_out(struct listing *l,
        enum err_code (*each)(void *ctx, const struct s3_listed *object, struct err *e), void *ctx,
        struct err *e)
{
    const struct segment *s = segment_at(l, l->segments.next);
    const struct spooled *run;
    enum err_code code = ERR_OK;
    unsigned runs = 0;

    for (run = s ? s->runs.first : NULL; run && code == ERR_OK; run = run->next) {
        code = page_spool_read(&l->spool, run, each, ctx, e);
        if (++runs % RUNS_A_TURN == 0)
            net_turn(l->env->sync.net);
        if (code == ERR_OK && stop_asked(l->env->stop))
            code = err_set(e, ERR_INTERRUPTED, "interrupted; nothing was copied");
    }
    return code;
}

enum err_code listing_read(const struct plan_env *env, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const struct s3_listed *object, struct err *e), void *ctx,
        struct err *e)
{
    struct listing l = {.env = env, .bucket = bucket, .prefix = prefix, .spool = {.fd = -1}};
    uint64_t began_ms = clock_mono_ms();
    enum err_code code;
    struct list *link;

    list_init(&l.segments);
    list_init(&l.ready);
    err_clear(&l.err);
    buf_init(&l.place, BUF_MAX_SMALL);
    code = page_spool_open(&l.spool, store_temp_dir(env->store), e);
    if (code == ERR_OK && !segment_new(&l, NULL, "", NULL))
        code = err_nomem(e);
    if (code == ERR_OK)
        code = list_all(&l, e);
    if (code == ERR_OK)
        log_debug(
                "listed s3://%s/%s: %llu objects by %llu pages, and %llu that showed none, in %llu ms",
                bucket, prefix, (unsigned long long)l.objects, (unsigned long long)l.pages,
                (unsigned long long)l.idle, (unsigned long long)(clock_mono_ms() - began_ms));
    if (code == ERR_OK)
        code = hand_out(&l, each, ctx, e);
    while ((link = list_pop(&l.segments)))
        segment_free(LIST_ENTRY(link, struct segment, link));
    page_spool_close(&l.spool);
    buf_free(&l.place);
    return code;
}
