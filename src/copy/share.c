/* An object that many workers copy, each a slice of its parts, in one upload. The upload is that of
 * the record which one of them is the first to write (PUBLISH); all others find it there, with the
 * layout and the ETag of the source, and copy the parts of their slices (RESUME, PARTS). After that
 * each lists all parts: the worker that sees all of them completes the upload, and has the result;
 * the others have none. When two see them at once, both complete, and the second finds the object
 * there.
 *
 * Each worker that creates an upload has announced it in a record of its own before: one that is
 * lost before it has published its upload leaves one without parts, which the report removes.
 *
 * An upload that is gone, or is of no use since the source changed, is never shared again: the
 * record of the next one has the next number (record.turn). Workers that finished their slices
 * before will not come again, so that who goes on with a later upload copies all parts that are not
 * there. */
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "copy/machine_int.h"

void copy_share_begin(struct copy *c)
{
    const struct item *item = &c->result.item;
    struct rng rng;

    if (item->slices == 0 || !c->env->port.records)
        return;
    c->record.share = SHARE_SLICE;
    rng_init(&rng);
    c->record.which = UPLOAD_ANNOUNCED + (unsigned)rng_below(&rng, UINT32_MAX - UPLOAD_ANNOUNCED);
}

bool copy_is_shared(const struct copy *c)
{
    return c->record.share == SHARE_SLICE;
}

bool copy_shares_upload(const struct copy *c)
{
    const char *shared = c->record.recalled.id, *open = c->try.upload_id;

    return copy_is_shared(c) && shared && open && strcmp(shared, open) == 0;
}

bool copy_is_on_record(const struct copy *c)
{
    return c->record.kept != RECORD_NONE || copy_shares_upload(c);
}

/* The upload stays as it is, for the others. */
static void hand_on(struct copy *c)
{
    free(c->try.upload_id);
    c->try.upload_id = NULL;
    c->record.share = SHARE_HANDED_ON;
    copy_set_state(c, STATE_DONE);
}

void copy_end_shared(struct copy *c)
{
    struct copy_record *r = &c->record;

    r->turn++;
    if (c->wrote != WRITE_NONE)
        return;
    r->lost++;
    r->lost_at = c->memory.at;
    memcpy(r->lost_there, c->memory.there, sizeof r->lost_there);
}

bool copy_was_completed(struct copy *c)
{
    const struct copy_record *r = &c->record;
    const struct copy_try *t = &c->try;

    if (!copy_is_shared(c) || r->lost == 0 || c->wrote != WRITE_NONE ||
            t->at != DESTINATION_OBJECT || t->destination.size != t->source.size)
        return false;
    if (r->lost_at == DESTINATION_OBJECT && etag_same(r->lost_there, t->destination.etag))
        return false;
    hand_on(c);
    return true;
}

bool copy_goes_alone(struct copy *c)
{
    struct copy_record *r = &c->record;

    if (!copy_is_shared(c))
        return true;
    if (c->result.item.slice > 1 && r->turn == UPLOAD_FIRST && !c->try.upload_id) {
        hand_on(c);
        return false;
    }
    r->share = SHARE_ALONE;
    /* The upload of its own gets the first number, so that the next worker of the first slice finds
     * its record. Others that go alone have a record of their own each, and the one of an upload
     * that was shared stays. */
    if (r->turn == UPLOAD_FIRST && !c->try.upload_id) {
        r->kept = RECORD_NONE;
        r->which = UPLOAD_FIRST;
    }
    return true;
}

bool copy_guesses_alone(struct copy *c)
{
    if (!copy_is_shared(c))
        return true;
    if (c->result.item.slice > 1 && c->record.turn == UPLOAD_FIRST)
        return false;
    c->record.share = SHARE_ALONE; /* with a record of its own: there may be one that is shared */
    return true;
}

void copy_leave_for_shared(struct copy *c, const char *why)
{
    err_set(&c->result.err, ERR_INTERRUPTED, "stopped before its copy began: %s", why);
    copy_set_state(c, STATE_ABORT_FOR_SHARED);
}

void copy_widen_range(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    p->first = p->next = 1;
    p->last = c->try.layout.count;
}

void copy_take_range(struct copy *c)
{
    const struct item *item = &c->result.item;
    struct copy_parts *p = &c->try.parts;

    copy_widen_range(c);
    if (copy_is_shared(c))
        layout_slice(c->try.layout.count, item->slice, item->slices, &p->first, &p->last);
    p->next = p->first;
}

static bool has_range(const struct copy *c)
{
    const struct copy_parts *p = &c->try.parts;
    unsigned part;

    for (part = p->first; part <= p->last; part++)
        if (!part_etags_has(&p->etags, part))
            return false;
    return true;
}

void copy_slice_listed(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    if (p->done == c->try.layout.count) {
        copy_set_state(c, STATE_COMPLETE);
        return;
    }
    if (has_range(c) && c->record.turn == UPLOAD_FIRST) {
        hand_on(c);
        return;
    }
    if (has_range(c))
        copy_widen_range(c);
    copy_set_state(c, STATE_PARTS);
}

void copy_slice_unlisted(struct copy *c)
{
    if (c->result.item.slice > 1 && c->record.turn == UPLOAD_FIRST) {
        hand_on(c);
        return;
    }
    copy_widen_range(c);
    copy_set_state(c, STATE_PARTS);
}
