/* PARTS: the source's parts, many at once. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static void part_failed(struct copy *c, const struct err *err)
{
    switch (error_rule(ERROR_AT_PART, err, copy_known(c))) {
    case THEN_RESTART:
        copy_restart(c, err);
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
    if (!part_etags_set(&p->etags, a->tag, copied->etag) ||
            !copy_keep_sum(c, a->tag, copied->checksum_kind, copied->checksum)) {
        copy_fail_nomem(c);
        return;
    }
    if (copied->etag_kind == ETAG_KIND_OPAQUE)
        p->opaque++;
    copy_learn_etag(c, copied->etag_kind);
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
                    .source_etag = c->try.source.etag,
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
    while (p->next <= c->try.layout.count && part_etags_has(&p->etags, p->next))
        p->next++; /* it was there already */
    if (p->next > c->try.layout.count)
        return COPY_WAITS;
    return send_part(c, p->next++);
}
