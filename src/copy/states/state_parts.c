/* PARTS: the source's parts, many at once. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"
#include "copy/way/way.h"

/* How often ListParts is asked what became of parts whose answers could not be read, for one
 * layout: a part that it does not show is copied once more. */
enum { LISTS_MOST = 3 };

static void part_failed(struct copy *c, const struct err *err)
{
    enum error_then then = error_rule(ERROR_AT_PART, err, copy_known(c));

    /* It was sent with the header as well, and will be sent without it. */
    if (c->try.parts.refused > 0 && err->code != ERR_CANCELLED) {
        c->try.parts.refused++;
        return;
    }
    switch (then) {
    case THEN_LIST:
        if (c->try.parts.lists == LISTS_MOST)
            copy_fail(c, err);
        else
            c->try.parts.unread++;
        return;
    case THEN_RESTART:
        if (err->code == ERR_PRECONDITION)
            copy_note_refusal(c);
        copy_restart(c, err);
        return;
    case THEN_OMIT:
        c->try.parts.refused++;
        copy_omit_more(c, err);
        return;
    case THEN_IN_ONE:
        server_facts_learn(c->env->server, TRAIT_NO_PART_COPY);
        copy_without_parts(c);
        return;
    case THEN_LAST_RESORT:
        copy_last_resort(c);
        return;
    default:
        copy_fail(c, err);
        return;
    }
}

bool copy_keep_sum(struct copy *c, unsigned part, enum checksum kind, const char *text)
{
    const struct upload_checksum *upload = &c->try.upload_checksum;
    struct part_sums *sums = &c->try.parts.sums;

    if (upload->type == CHECKSUMS_UNTYPED || !text[0] || kind != upload->kind)
        return true;
    if (sums->count == 0 && !part_sums_init(sums, kind, c->try.layout.count))
        return false;
    part_sums_set(sums, part, text);
    return true;
}

/* Create, a first part or another object's copy has told that the destination's ETags prove
 * nothing, and one CopyObject can do what many more parts would. */
static bool is_in_vain(const struct copy *c)
{
    struct decide_facts facts = copy_facts(c);

    return copy_is_mirrored(c) && c->try.source.size <= LAYOUT_COPY_MOST &&
           c->try.parts.done < c->try.layout.count / 2 && !decide_parts_prove(&facts);
}

/* The tag is the part's number. */
void copy_parts_answer(struct copy *c, const struct copy_answer *a)
{
    struct copy_parts *p = &c->try.parts;
    const struct s3_copied *copied;

    if (a->err->code != ERR_OK) {
        part_failed(c, a->err);
        return;
    }
    copied = &a->reply->u.copied;
    c->env->server->copies_parts = true;
    if (c->try.parts.refused == 0) /* else it was sent before */
        copy_note_omissions(c);
    if (!part_etags_set(&p->etags, a->tag, copied->etag) ||
            !copy_keep_sum(c, a->tag, copied->checksum_kind, copied->checksum)) {
        copy_fail_nomem(c);
        return;
    }
    if (copied->etag_kind == ETAG_KIND_OPAQUE)
        p->opaque++;
    copy_learn_etag(c, copied->etag_kind);
    p->done++;
    if (is_in_vain(c))
        copy_last_resort(c);
    else if (p->done == c->try.layout.count)
        copy_set_state(c, STATE_COMPLETE);
}

/* An upload on record stays, for the next run to go on with; parts under way may still come in. */
static enum copy_next stop_here(struct copy *c)
{
    struct err e;

    err_set(&e, ERR_INTERRUPTED, "stopped before all parts were copied");
    if (!copy_is_on_record(c)) {
        copy_fail(c, &e);
        return COPY_MOVED;
    }
    if (c->in_flight > 0)
        return COPY_WAITS;
    copy_fail(c, &e);
    return COPY_MOVED;
}

static enum copy_next send_part(struct copy *c, unsigned number)
{
    struct s3_request request = {.op = S3_UPLOAD_PART_COPY,
            .where = copy_destination(c),
            .u.part_copy = {.source = copy_source(c),
                    .source_etag =
                            copy_omits(c) & OMIT_SOURCE_CONDITION ? NULL : c->try.source.etag,
                    .upload_id = c->try.upload_id,
                    .part = number,
                    .whole = layout_is_whole(&c->try.layout)}};
    struct s3_part_copy *part = &request.u.part_copy;

    layout_range(&c->try.layout, number, &part->first, &part->last);
    return copy_send(c, &request, number);
}

/* Parts whose answers could not be read may be there. */
static enum copy_next list_parts(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    p->unread = p->refused = 0;
    p->listed = 0;
    p->next = p->first;
    p->lists++;
    copy_set_state(c, STATE_RESUME);
    return COPY_MOVED;
}

/* All parts that are to be copied now were sent. Of a slice it is seen then whether the others are
 * there. */
static enum copy_next all_sent(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    if (c->open > 0)
        return COPY_WAITS;
    if (p->unread > 0)
        return list_parts(c);
    if (!copy_is_shared(c))
        return COPY_WAITS;
    p->ranges++;
    p->listed = 0;
    copy_set_state(c, STATE_RESUME);
    return COPY_MOVED;
}

enum copy_next copy_parts_next(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    if (c->env->stopping)
        return stop_here(c);
    if (p->refused > 0) {
        if (c->open > 0)
            return COPY_WAITS;
        if (p->unread > 0)
            return list_parts(c);
        p->refused = 0;
        p->next = p->first;
    }
    if (c->open == 0)
        copy_omit_known(c);
    while (p->next <= p->last && part_etags_has(&p->etags, p->next))
        p->next++; /* it was there already */
    if (p->next > p->last)
        return all_sent(c);
    if (is_in_vain(c)) {
        copy_last_resort(c);
        return COPY_MOVED;
    }
    return send_part(c, p->next++);
}
