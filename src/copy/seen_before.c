/* The facts that listings have shown of both sides before the copy began, in the place of answers
 * to HeadObject. */
#include <limits.h>
#include <string.h>

#include "copy/machine_int.h"

void copy_remember_source(struct copy *c)
{
    struct decide_memory *m = &c->memory;
    const char *etag = c->try.source.etag;

    if (m->source[0] && !etag_same(m->source, etag))
        *m = (struct decide_memory){.at = DESTINATION_UNREADABLE};
    memcpy(m->source, etag, sizeof m->source);
}

static enum decide_seen seen_by(const struct seen *seen)
{
    return seen->age == SEEN_FRESH ? SEEN_BY_LISTING : SEEN_BY_OLD_LISTING;
}

static void take_source(struct copy *c, const struct seen *seen)
{
    struct copy_try *t = &c->try;

    seen_info(&seen->source, &t->source);
    c->result.size = t->source.size;
    memcpy(c->result.etag, t->source.etag, sizeof c->result.etag);
    copy_remember_source(c);
    t->lookup.source = ASKED_ANSWERED;
    t->lookup.source_by = seen_by(seen);
}

static void take_destination(struct copy *c, const struct seen *seen)
{
    struct copy_try *t = &c->try;

    t->at = DESTINATION_NOTHING;
    if (seen->destination.state == SEEN_OBJECT) {
        t->at = DESTINATION_OBJECT;
        seen_info(&seen->destination, &t->destination);
    }
    t->looked = UINT_MAX; /* it is no look right before a write */
    t->lookup.destination = ASKED_ANSWERED;
    t->lookup.destination_by = seen_by(seen);
}

void copy_take_seen(struct copy *c)
{
    const struct copy_looks *looks = c->env->port.looks;
    struct seen seen;

    if (!looks || !looks->find(looks->self, &c->result.item, &seen))
        return;
    /* Listings show neither checksums, which sums of a line are compared with, nor which objects
     * are encrypted with a customer's key. */
    if (seen.source.state == SEEN_OBJECT && !c->result.item.sums && !c->options.source.key)
        take_source(c, &seen);
    if (seen.destination.state != SEEN_NOT)
        take_destination(c, &seen);
}

void copy_forget_seen(struct copy *c)
{
    struct copy_lookup *l = &c->try.lookup;

    if (l->source_by != SEEN_BY_HEAD)
        l->source = ASKED_NOT;
    if (l->destination_by != SEEN_BY_HEAD && c->try.at == DESTINATION_OBJECT)
        l->destination = ASKED_NOT;
}
