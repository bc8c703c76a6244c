/* PARTS: the source's parts, many at once. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static void part_failed(struct copy *c, const struct err *err)
{
    enum error_then then = error_rule(ERROR_AT_PART, err, copy_known(c));

    /* It was sent with the header as well, and will be sent without it. */
    if (c->try.parts.refused > 0 && err->code != ERR_CANCELLED) {
        c->try.parts.refused++;
        return;
    }
    switch (then) {
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
    memcpy(p->etags[a->tag - 1], copied->etag, ETAG_SIZE);
    if (copied->etag_kind == ETAG_KIND_OPAQUE)
        p->opaque++;
    if (++p->done == c->try.layout.count)
        copy_set_state(c, STATE_COMPLETE);
}

/* An upload on record stays, for the next run to go on with; parts under way may still come in. */
static enum copy_next stop_here(struct copy *c)
{
    struct err e;

    err_set(&e, ERR_INTERRUPTED, "stopped before all parts were copied");
    if (c->record.kept == RECORD_NONE) {
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

enum copy_next copy_parts_next(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;

    if (c->env->stopping)
        return stop_here(c);
    if (p->refused > 0) {
        if (c->open > 0)
            return COPY_WAITS;
        p->refused = 0;
        p->next = 1;
    }
    if (c->open == 0)
        copy_omit_known(c);
    while (p->next <= c->try.layout.count && p->etags[p->next - 1][0])
        p->next++; /* it was there already */
    if (p->next > c->try.layout.count)
        return COPY_WAITS;
    return send_part(c, p->next++);
}
