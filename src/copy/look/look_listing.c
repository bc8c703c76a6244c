/* The listings of the lookahead: what is asked, and what becomes of the answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/look/listing_range.h"
#include "copy/look/lookahead_int.h"

static void go_on(struct lookahead *l);

enum seen_age look_age(const struct lookahead *l, uint64_t since_us)
{
    uint64_t now_us = l->config.port.now_us(l->config.port.self);

    return now_us - since_us < LOOKAHEAD_FRESH_S * UINT64_C(1000000) ? SEEN_FRESH : SEEN_OLD;
}

void look_ask_free(struct look_ask *ask)
{
    free(ask->prefix);
    free(ask->start_after);
    free(ask);
}

/* Only the first listing of the destination: it may show that there is nothing in the folder, or
 * little. */
static bool asks_for_folder(const struct lookahead *l, const struct look_stretch *s)
{
    return s->bucket->side == LOOK_DESTINATIONS && l->folder.state == LOOK_FOLDER_UNASKED;
}

/* --- what a page settles --- */

/* The wanted keys of the stretch that the page shows, or shows to be absent, from the next on.
 * Returns how many of them need no HeadObject any more. */
static unsigned settle(struct look_window *w, struct look_stretch *s, const struct s3_keys *page)
{
    struct look_entry **order = w->order[s->bucket->side];
    unsigned settled = 0, at = 0;

    for (; s->next < s->end; s->next++) {
        const char *key = look_key(order[s->next], s->bucket->side);
        struct seen_object *seen = look_seen(order[s->next], s->bucket->side);

        while (at < page->count && strcmp(page->objects[at].key, key) < 0)
            at++;
        if (at == page->count && page->next)
            break;
        if (at < page->count && strcmp(page->objects[at].key, key) == 0)
            seen_take(seen, &page->objects[at]);
        else if (s->bucket->side == LOOK_DESTINATIONS)
            seen->state = SEEN_ABSENT;
        /* That a source is missing is for S3 to say in its own words, to HeadObject. */
        if (seen->state != SEEN_NOT)
            settled++;
    }
    return settled;
}

/* Where the next listing of the stretch may begin. */
static void keep_behind(struct look_stretch *s, const struct s3_keys *page)
{
    free(s->behind);
    s->behind = page->next ? strdup(page->objects[page->count - 1].key) : NULL;
}

/* All windows to come need no listing of the destination; nor does the rest of this one. */
static void settle_by_folder(struct lookahead *l, struct look_window *w)
{
    unsigned i;

    for (i = 0; i < w->count; i++)
        w->entries[i].seen.destination =
                look_folder_find(&l->folder, w->entries[i].item.destination_key);
}

static void refuse(struct look_bucket *bucket, const char *why)
{
    if (bucket->plan.state != LISTING_REFUSED)
        log_info("bucket %s: %s; its objects are looked at one by one", bucket->name, why);
    listing_plan_refused(&bucket->plan);
}

static void take_page(struct lookahead *l, const struct look_ask *ask, const struct s3_keys *page)
{
    struct look_window *w = &l->ahead;
    struct look_stretch *s = &w->stretches[ask->stretch];
    bool of_folder = asks_for_folder(l, s);
    unsigned settled;

    if (!listing_is_sound(page, ask->prefix, ask->start_after)) {
        refuse(s->bucket, "its listing is not what was asked for");
        return;
    }
    if (of_folder && !page->next)
        look_folder_take(&l->folder, page, ask->sent_us);
    else if (of_folder)
        l->folder.state = LOOK_FOLDER_PARTLY;
    settled = settle(w, s, page);
    keep_behind(s, page);
    /* The first page of a large folder may end before the keys that are wanted. */
    if (of_folder && settled < LISTING_PAYS)
        listing_plan_aside(&s->bucket->plan);
    else
        listing_plan_settled(&s->bucket->plan, settled);
}

/* Whether a listing was refused for what it asked besides: servers answer headers that they do not
 * implement in these ways. It is then asked plainly, from now on. */
static bool is_refused_question(const struct look_ask *ask, const struct err *err)
{
    return ask->question == LOOK_ASKS_RESTORED && err->cls == ERR_CLASS_PERMANENT &&
           (err->http_status == 501 || err->http_status == 400);
}

static void take_error(struct lookahead *l, const struct look_ask *ask, const struct err *err)
{
    struct look_bucket *bucket = l->ahead.stretches[ask->stretch].bucket;
    char why[ERR_MESSAGE_MAX + 64];

    if (is_refused_question(ask, err)) {
        bucket->question = LOOK_ASKS_PLAINLY;
        listing_plan_aside(&bucket->plan);
        return;
    }
    if (err->code == ERR_CANCELLED || err->cls != ERR_CLASS_PERMANENT) {
        listing_plan_failed(&bucket->plan);
        return;
    }
    snprintf(why, sizeof why, "it cannot be listed (%s)", err_report_code(err));
    refuse(bucket, why);
}

static void on_listed(void *ctx, const struct s3_reply *reply)
{
    struct look_ask *ask = ctx;
    struct lookahead *l = ask->lookahead;
    struct look_window *w = &l->ahead;

    list_remove(&ask->link);
    l->ask_count--;
    w->stretches[ask->stretch].waiting = 0;
    if (reply->err.code == ERR_OK)
        take_page(l, ask, &reply->u.keys);
    else
        take_error(l, ask, &reply->err);
    look_ask_free(ask);
    go_on(l);
    if (l->stopped || (l->wanted && w->state == LOOK_SETTLED)) {
        l->wanted = false;
        l->config.more(l->config.ctx);
    }
}

/* --- what is asked --- */

/* Prefix and start-after of the next listing of a stretch. */
static enum err_code set_range(
        struct lookahead *l, const struct look_stretch *s, struct look_ask *ask, struct err *e)
{
    struct look_entry **order = l->ahead.order[s->bucket->side];
    enum look_side side = s->bucket->side;
    const char *least = side == LOOK_DESTINATIONS ? l->config.input->destination_folder : "";
    struct buf prefix, before;

    buf_init(&prefix, BUF_MAX_SMALL);
    buf_init(&before, BUF_MAX_SMALL);
    if (asks_for_folder(l, s)) {
        buf_adds(&prefix, least);
    } else {
        listing_prefix(&prefix, look_key(order[s->first], side),
                look_key(order[s->run_end - 1], side), least);
        listing_before(&before, look_key(order[s->next], side));
        if (s->behind && strcmp(s->behind, buf_str(&before)) > 0) {
            buf_clear(&before);
            buf_adds(&before, s->behind);
        }
    }
    ask->prefix = strdup(buf_str(&prefix));
    ask->start_after = strdup(buf_str(&before));
    buf_free(&prefix);
    buf_free(&before);
    return ask->prefix && ask->start_after ? ERR_OK : err_nomem(e);
}

static enum err_code send_listing(struct lookahead *l, unsigned stretch, struct err *e)
{
    const struct copy_port *port = &l->config.port;
    struct look_stretch *s = &l->ahead.stretches[stretch];
    const struct copy_options options = copy_options_of(l->config.input, NULL);
    struct s3_request list = {.op = S3_LIST_OBJECTS, .where = {.bucket = s->bucket->name}};
    struct look_ask *ask = calloc(1, sizeof *ask);
    enum err_code code;

    if (!ask)
        return err_nomem(e);
    list.where.terms = s->bucket->side == LOOK_SOURCES ? &options.source : &options.destination;
    list_init(&ask->link);
    ask->lookahead = l;
    ask->stretch = stretch;
    ask->question = s->bucket->side == LOOK_SOURCES ? s->bucket->question : LOOK_ASKS_PLAINLY;
    ask->sent_us = port->now_us(port->self);
    code = set_range(l, s, ask, e);
    if (code == ERR_OK) {
        list.u.list.prefix = ask->prefix;
        list.u.list.start_after = ask->start_after;
        list.u.list.restored = ask->question == LOOK_ASKS_RESTORED;
        code = port->start(port->self, &list, on_listed, ask, e);
    }
    if (code != ERR_OK) {
        look_ask_free(ask);
        return code;
    }
    list_push(&l->asks, &ask->link);
    l->ask_count++;
    s->waiting = 1;
    return ERR_OK;
}

/* The keys behind the first listing's share are a stretch of their own, to be listed beside it. */
static void split(struct look_window *w, unsigned stretch)
{
    struct look_stretch *rest, *s = &w->stretches[stretch];
    unsigned left = s->end - s->next;

    if (s->bucket->plan.state != LISTING_GOOD || left < LOOK_SEGMENT + LISTING_PAYS)
        return;
    rest = look_stretch_add(w);
    if (!rest)
        return; /* they are listed one after another then */
    s = &w->stretches[stretch];
    *rest = *s;
    rest->behind = NULL;
    rest->next += LOOK_SEGMENT;
    s->end = rest->next;
}

/* The questions that can be asked of a stretch now. */
static void go_on_with(struct lookahead *l, unsigned stretch)
{
    struct look_window *w = &l->ahead;
    struct err e;

    while (!w->stretches[stretch].waiting && l->ask_count < LOOK_LISTINGS_MOST) {
        struct look_stretch *s = &w->stretches[stretch];
        struct listing_step step;

        if (s->next == s->end)
            return;
        step = listing_plan_next(&s->bucket->plan, s->end - s->next);
        if (step.what == LISTING_WAIT)
            return;
        if (step.what == LISTING_HEADS) {
            s->next += step.count;
            continue;
        }
        split(w, stretch);
        if (send_listing(l, stretch, &e) != ERR_OK)
            listing_plan_failed(&w->stretches[stretch].bucket->plan);
    }
}

static bool is_over(const struct look_window *w)
{
    unsigned i;

    for (i = 0; i < w->stretch_count; i++)
        if (w->stretches[i].waiting || w->stretches[i].next < w->stretches[i].end)
            return false;
    return true;
}

/* The count of stretches grows on the way. */
static void go_on(struct lookahead *l)
{
    struct look_window *w = &l->ahead;
    unsigned i;

    if (l->stopped || w->state != LOOK_LISTING)
        return;
    for (i = 0; i < w->stretch_count; i++)
        go_on_with(l, i);
    if (!is_over(w))
        return;
    if (l->folder.state == LOOK_FOLDER_WHOLE)
        settle_by_folder(l, w);
    look_window_settle(w);
}

enum err_code look_window_begin(struct lookahead *l, struct look_window *w, struct err *e)
{
    if (look_window_order(l, w, e) != ERR_OK)
        return e->code;
    w->state = LOOK_LISTING;
    w->since_us = l->config.port.now_us(l->config.port.self);
    go_on(l);
    return ERR_OK;
}
