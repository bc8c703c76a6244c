#include "copy/look/lookahead.h"

#include <stdlib.h>
#include <string.h>

#include "copy/look/lookahead_int.h"

enum {
    FILL_STEP = 4, /* items that are read ahead for each that is handed out */
};

enum err_code lookahead_new(
        struct lookahead **out, const struct lookahead_config *config, struct err *e)
{
    struct lookahead *l = calloc(1, sizeof *l);
    unsigned most = config->window ? config->window : LOOKAHEAD_WINDOW;
    enum err_code code = ERR_OK;

    if (!l)
        return err_nomem(e);
    l->config = *config;
    l->source = SOURCE_ITEM;
    list_init(&l->asks);
    if (config->input->look == LOOK_AUTO &&
            (!look_window_init(&l->now, most) || !look_window_init(&l->ahead, most)))
        code = err_nomem(e);
    if (code != ERR_OK)
        lookahead_free(l);
    else
        *out = l;
    return code;
}

void lookahead_free(struct lookahead *l)
{
    struct list *link;

    if (!l)
        return;
    while ((link = list_pop(&l->asks)))
        look_ask_free(LIST_ENTRY(link, struct look_ask, link));
    look_window_free(&l->now);
    look_window_free(&l->ahead);
    look_folder_free(&l->folder);
    look_buckets_free(&l->buckets);
    free(l);
}

static enum seen_age listed_age(const struct lookahead *l, const struct item_listed *listed)
{
    const struct copy_port *port = &l->config.port;

    return seen_age_of(listed, port->now_s(port->self), LOOKAHEAD_FRESH_S);
}

/* The facts that a list told of the item's source take the place of a look. */
static void take_listed(const struct lookahead *l, struct look_entry *entry)
{
    const struct item_listed *listed = entry->item.listed;

    if (listed)
        seen_take_listed(&entry->seen.source, listed, listed_age(l, listed));
}

/* Reads up to `most` items into the window that is looked at ahead, and closes it when it is full,
 * or when there are no more of them now and the caller waits for these. */
static enum err_code fill(struct lookahead *l, unsigned most, struct err *e)
{
    struct look_window *w = &l->ahead;
    enum sched_source said = SOURCE_ITEM;

    if (w->state != LOOK_FILLING)
        return ERR_OK;
    while (most-- > 0 && w->count < w->most && l->source != SOURCE_END && said == SOURCE_ITEM) {
        struct look_entry *entry = &w->entries[w->count];

        memset(entry, 0, sizeof *entry);
        if (l->config.next(l->config.ctx, &entry->item, &said, e) != ERR_OK)
            return e->code;
        if (said == SOURCE_END)
            l->source = SOURCE_END;
        if (said != SOURCE_ITEM)
            break;
        if (l->config.group)
            entry->group = l->config.group(l->config.ctx, entry->item.index);
        take_listed(l, entry);
        w->count++;
    }
    if (w->count == w->most ||
            (w->count > 0 && said != SOURCE_ITEM && l->now.count == l->now.next) ||
            l->source == SOURCE_END)
        return look_window_begin(l, w, e);
    return ERR_OK;
}

/* The window that was looked at is the one whose items are handed out. */
static void turn_over(struct lookahead *l)
{
    struct look_window emptied = l->now;

    look_window_sort_turns(&l->ahead);
    l->now = l->ahead;
    l->ahead = emptied;
    look_window_clear(&l->ahead);
}

static void hand_out(struct lookahead *l, struct item *item)
{
    struct look_entry *entry = l->now.turns[l->now.next++];

    *item = entry->item;
    memset(&entry->item, 0, sizeof entry->item);
    look_window_count_off(&l->now, entry);
    l->given = entry->seen;
    l->given_index = item->index;
    l->given.age = look_age(l, l->now.since_us);
    if (l->given.destination.state != SEEN_NOT && l->folder.state == LOOK_FOLDER_WHOLE &&
            look_age(l, l->folder.since_us) == SEEN_OLD)
        l->given.age = SEEN_OLD;
    if (item->listed && listed_age(l, item->listed) == SEEN_OLD)
        l->given.age = SEEN_OLD;
}

static enum err_code next_of_windows(
        struct lookahead *l, struct item *item, enum sched_source *source, struct err *e)
{
    bool empty = l->now.next == l->now.count;

    if (fill(l, empty ? l->ahead.most : FILL_STEP, e) != ERR_OK)
        return e->code;
    if (empty && l->ahead.state == LOOK_SETTLED) {
        turn_over(l);
        empty = l->now.next == l->now.count;
    }
    *source = !empty                                                      ? SOURCE_ITEM
              : l->source == SOURCE_END && l->ahead.state != LOOK_LISTING ? SOURCE_END
                                                                          : SOURCE_NOT_YET;
    if (!empty)
        hand_out(l, item);
    l->wanted = *source == SOURCE_NOT_YET;
    return ERR_OK;
}

enum err_code lookahead_next(
        void *self, struct item *item, enum sched_source *source, struct err *e)
{
    struct lookahead *l = self;

    if (l->config.input->look == LOOK_HEAD)
        return l->config.next(l->config.ctx, item, source, e);
    return next_of_windows(l, item, source, e);
}

bool lookahead_is_waiting(void *self)
{
    struct lookahead *l = self;

    return !list_empty(&l->asks);
}

void lookahead_stop(void *self)
{
    struct lookahead *l = self;

    l->stopped = true;
}

struct lookahead_sized lookahead_sized(const struct lookahead *l)
{
    return (struct lookahead_sized){
            l->now.sized.items + l->ahead.sized.items, l->now.sized.bytes + l->ahead.sized.bytes};
}

static bool find(void *self, const struct item *item, struct seen *seen)
{
    struct lookahead *l = self;

    if (l->config.input->look == LOOK_HEAD || item->index != l->given_index)
        return false;
    *seen = l->given;
    return seen->source.state != SEEN_NOT || seen->destination.state != SEEN_NOT;
}

struct copy_looks lookahead_looks(struct lookahead *l)
{
    return (struct copy_looks){l, find};
}
