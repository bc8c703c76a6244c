/* RESUME: an upload that was left open is gone on with, or answers to parts could not be read. Of
 * its parts those are kept that are as long as the layout has them: they were copied on condition
 * of the ETag that the source still has, and the ETag that all parts make together is looked at
 * before anything is completed. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* A layout that is said to be the source's has as many parts. */
static bool is_layout_of(const struct copy *c, const struct upload *u)
{
    if (u->layout_from < LAYOUT_FROM_PROBES || u->layout_from > LAYOUT_OF_OUR_OWN)
        return false;
    if (layout_source_mirrors((enum layout_source)u->layout_from) &&
            u->layout.count != copy_source_parts(c))
        return false;
    return u->layout.size == c->try.source.size && layout_allowed(&u->layout);
}

static bool has_options(const struct copy *c, const struct upload *u)
{
    struct buf options;
    bool same;

    buf_init(&options, BUF_MAX_SMALL);
    object_options_sign(&options, c->options.object);
    same = buf_ok(&options) && str_same(u->options, options.len > 0 ? buf_str(&options) : NULL);
    buf_free(&options);
    return same;
}

/* The same bytes of the same object, and all that Create was given. */
static bool is_same_source(const struct copy *c, const struct upload *u)
{
    struct s3_where source = copy_source(c);
    struct buf options;
    bool same;

    buf_init(&options, BUF_MAX_SMALL);
    copy_options_of_upload(&options, &c->options);
    same = buf_ok(&options) && str_same(u->tags, buf_str(&options));
    buf_free(&options);
    return same && str_same(u->source_bucket, source.bucket) &&
           str_same(u->source_key, source.key) && str_same(u->version_id, source.version_id) &&
           etag_same(u->etag, c->try.source.etag) && is_layout_of(c, u) && has_options(c, u);
}

/* Begins with the layout of what was recalled. A layout that was guessed may yet prove wrong: then
 * the guesses go on where they were. */
static void resume(struct copy *c)
{
    struct copy_try *t = &c->try;
    struct upload *u = &c->record.recalled;
    enum layout_source from = (enum layout_source)u->layout_from;

    if (copy_is_shared(c))
        t->upload_checksum = u->checksum;
    layout_free(&t->layout);
    t->layout = u->layout; /* and what is in it */
    memset(&u->layout, 0, sizeof u->layout);
    if (from == LAYOUT_FROM_GUESS) {
        layout_guesses_begin(&t->guesses, t->source.size, copy_source_parts(c));
        layout_guesses_skip(&t->guesses, t->layout.part);
    }
    (void)copy_take_layout(c, from); /* which has failed the copy if there is no memory */
}

/* Of an upload that is shared the record is as new as the look at the source. */
static bool may_resume(const struct copy *c)
{
    const struct upload *u = &c->record.recalled;

    return (copy_is_shared(c) || c->restarts == 0) && u->id && is_same_source(c, u);
}

void copy_begin_parts(struct copy *c)
{
    /* Another upload would take its place on record. */
    bool one_is_left = c->record.kept == RECORD_KEPT;

    if (copy_was_completed(c))
        return;
    if (server_facts_has(c->env->server, TRAIT_NO_PART_COPY) || one_is_left)
        copy_without_parts(c);
    else if (!c->try.upload_id)
        copy_set_state(c, STATE_LAYOUT);
    else if (may_resume(c))
        copy_set_state(c, STATE_RESUME);
    else if (copy_is_shared(c))
        copy_leave_for_shared(c, "the source is not the one of the upload on record");
    else
        copy_set_state(c, STATE_ABORT_FOR_PARTS);
}

/* false: out of memory. */
static bool keep_part(struct copy *c, const struct s3_part *part)
{
    struct copy_parts *p = &c->try.parts;
    uint64_t first, last;

    if (part->number < 1 || part->number > c->try.layout.count || !part->etag[0])
        return true;
    layout_range(&c->try.layout, part->number, &first, &last);
    if (part->size != last - first + 1 || part_etags_has(&p->etags, part->number))
        return true;
    if (!part_etags_set(&p->etags, part->number, part->etag) ||
            !copy_keep_sum(c, part->number, part->checksum_kind, part->checksum))
        return false;
    p->done++;
    return true;
}

static bool make_the_source(const struct copy *c)
{
    char etag[ETAG_SIZE];

    return part_etags_object(&c->try.parts.etags, c->try.layout.count, etag) &&
           etag_same(etag, c->try.source.etag);
}

/* Whether the destination encrypts with a key, so that its ETags prove nothing, is said by answers
 * to parts and not by the list of them: where that may be why they are not what they should be, one
 * is copied again. */
static void all_listed(struct copy *c)
{
    struct copy_parts *p = &c->try.parts;
    unsigned count = c->try.layout.count;

    if (p->lists == 0 && p->ranges == 0 && p->done == count && copy_is_mirrored(c) &&
            !make_the_source(c)) {
        (void)part_etags_set(&p->etags, count, "");
        p->done--;
        copy_widen_range(c);
    }
    log_debug("line %llu: going on with upload %s: %u of %u parts are there",
            (unsigned long long)c->result.item.line, c->try.upload_id, p->done, count);
    if (copy_is_shared(c))
        copy_slice_listed(c);
    else
        copy_set_state(c, p->done == count ? STATE_COMPLETE : STATE_PARTS);
}

static void take_page(struct copy *c, const struct s3_parts *page)
{
    struct err e;
    unsigned i;

    /* The checksum that Create was given is not on record; the list tells it. */
    if (page->checksum.type != CHECKSUMS_UNTYPED)
        c->try.upload_checksum = page->checksum;
    for (i = 0; i < page->count; i++) {
        if (!keep_part(c, &page->parts[i])) {
            copy_fail_nomem(c);
            return;
        }
    }
    if (page->next == 0) {
        all_listed(c);
    } else if (page->next > c->try.parts.listed) {
        c->try.parts.listed = page->next;
    } else {
        err_set(&e, ERR_PROTOCOL,
                "the server's listing of parts does not end: after part %u it goes on after part %u",
                c->try.parts.listed, page->next);
        e.cls = ERR_CLASS_PERMANENT;
        copy_fail(c, &e);
    }
}

/* An upload that was shared may be gone for long: that is no reason to give up early. */
static void gone(struct copy *c, const struct err *err)
{
    bool was_shared = copy_shares_upload(c);

    copy_forget_upload(c);
    if (was_shared)
        copy_look_closer(c, err);
    else
        copy_restart(c, err);
}

void copy_resume_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->err->code == ERR_OK) {
        take_page(c, &a->reply->u.parts);
        return;
    }
    switch (error_rule(ERROR_AT_RESUME, a->err, copy_known(c))) {
    case THEN_GONE: /* the destination is looked at again */
        gone(c, a->err);
        return;
    case THEN_ANEW: /* we may not look at the parts */
        if (copy_shares_upload(c) && c->try.parts.lists == 0)
            copy_slice_unlisted(c);
        else if (c->try.parts.lists > 0)
            copy_fail(c, a->err); /* and of another upload we could not either */
        else
            copy_set_state(c, STATE_ABORT_FOR_PARTS);
        return;
    default:
        copy_fail(c, a->err);
        return;
    }
}

/* The upload has no fault, and stays on record. */
static enum copy_next wait_for_others(struct copy *c)
{
    struct err e;

    if (!c->env->stopping)
        return COPY_HELD;
    err_set(&e, ERR_INTERRUPTED, "stopped before its copy went on");
    copy_fail(c, &e);
    return COPY_MOVED;
}

enum copy_next copy_resume_next(struct copy *c)
{
    struct s3_request request = {.op = S3_LIST_PARTS,
            .where = copy_destination(c),
            .u.parts = {c->try.upload_id, c->try.parts.listed}};

    if (!copy_hold_parts(c))
        return wait_for_others(c);
    if (c->try.parts.next == 0) {
        resume(c);
        return COPY_MOVED;
    }
    return c->open > 0 ? COPY_WAITS : copy_send(c, &request, 0);
}
