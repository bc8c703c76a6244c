/* LAYOUT: which parts the source is made of. AWS tells (HEAD ?partNumber=N); where the server does
 * not tell, the usual part sizes are tried, and the ETag that the copied parts would make is the
 * judge. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"
#include "copy/way/way.h"

/* Probes of one object under way at once. They go to the source's queue of requests, which the
 * scheduler does not look at: ten thousand parts of many objects would all be waiting there. */
enum { PROBES_MOST = 16 };

/* HeadObject of the source with its checksums, since the upload is to be created with the same.
 * The look at part 1 does not tell: its checksum is that of the part, or none where that of the
 * object is of the whole (as Amazon S3 answers HeadObject with partNumber). */
enum { TAG_SUMS };

bool copy_take_layout(struct copy *c, enum layout_source from)
{
    struct copy_parts *p = &c->try.parts;

    c->try.layout_from = from;
    if (!copy_is_mirrored(c) && !(c->try.notes & (NOTE_LAYOUT_FAST | NOTE_LAYOUT_BY_CHECKSUM)))
        c->try.notes |= NOTE_LAYOUT_NOT_MIRRORED;
    if (copy_is_mirrored(c) && !layout_allowed(&c->try.layout)) {
        copy_last_resort(c);
        return false;
    }
    part_etags_free(&p->etags);
    part_sums_free(&p->sums);
    memset(p, 0, sizeof *p);
    copy_take_range(c);
    if (part_etags_init(&p->etags, c->try.layout.count))
        return true;
    copy_fail_nomem(c);
    return false;
}

/* Other parts may go into the upload that is there: a part sent again takes the other's place. */
static void found(struct copy *c, enum layout_source from)
{
    probe_plan_forget(&c->try.probes);
    if (copy_take_layout(c, from))
        copy_set_state(c, c->try.upload_id ? STATE_RECORD : STATE_TAGS_FOR_CREATE);
}

/* Other workers copy parts of the present layout: another one goes into another upload. */
static void give_up_shared(struct copy *c)
{
    struct err e;

    c->memory.vain_mirrors++;
    err_set(&e, ERR_SERVICE, "the source's parts cannot be mirrored");
    copy_restart(c, &e);
}

void copy_last_resort(struct copy *c)
{
    log_debug("line %llu: the source's parts cannot be mirrored",
            (unsigned long long)c->result.item.line);
    if (c->try.source.size <= LAYOUT_COPY_MOST) {
        copy_begin_single(c, LAYOUT_GIVEN_UP);
        return;
    }
    if (copy_shares_upload(c)) {
        give_up_shared(c);
        return;
    }
    layout_plan(&c->try.layout, c->try.source.size);
    found(c, LAYOUT_OF_OUR_OWN);
}

static void try_guess(struct copy *c)
{
    uint64_t part = layout_guesses_next(&c->try.guesses);

    if (part == 0) {
        copy_last_resort(c);
        return;
    }
    layout_set_uniform(&c->try.layout, c->try.source.size, copy_source_parts(c), part);
    log_debug("line %llu: trying parts of %llu bytes", (unsigned long long)c->result.item.line,
            (unsigned long long)part);
    found(c, LAYOUT_FROM_GUESS);
}

static bool is_recalled(const struct copy *c)
{
    const struct upload *u = &c->record.recalled;

    return c->restarts == 0 && u->id && c->try.upload_id && strcmp(u->id, c->try.upload_id) == 0;
}

/* The source's own parts were copied, and do not make its ETag. The source may have changed under
 * us; else it is no MD5 of MD5s, or the parts' are no MD5s, and parts are of no use. Parts that an
 * earlier run copied are not trusted so far. */
static void parts_are_no_proof(struct copy *c)
{
    struct err e;

    if (!is_recalled(c)) {
        c->memory.vain_mirrors++;
        server_facts_take_copy(c->env->server, false); /* which counts if the marker said so too */
    }
    err_set(&e, ERR_VERIFY, "the copied parts do not make the source's ETag %s",
            c->try.source.etag);
    copy_restart(c, &e);
}

void copy_next_layout(struct copy *c)
{
    struct copy_try *t = &c->try;

    switch (t->layout_from) {
    case LAYOUT_FROM_PROBES:
        if (probe_plan_all(&t->probes, t->source.size, copy_source_parts(c)))
            copy_set_state(c, STATE_LAYOUT);
        else
            copy_fail_nomem(c);
        return;
    case LAYOUT_FROM_GUESS:
        try_guess(c);
        return;
    case LAYOUT_FROM_ALL:
        parts_are_no_proof(c);
        return;
    case LAYOUT_OF_OUR_OWN:
    case LAYOUT_IN_ONE:
    case LAYOUT_GIVEN_UP:
        copy_last_resort(c);
        return;
    }
}

/* Of all parts. */
static void lengths_known(struct copy *c)
{
    struct copy_try *t = &c->try;
    bool nomem;

    if (t->upload_id && layout_has_lengths(&t->layout, t->probes.parts, t->probes.lengths))
        parts_are_no_proof(c); /* these are the parts that were copied */
    else if (layout_set_lengths(
                     &t->layout, t->source.size, t->probes.parts, t->probes.lengths, &nomem))
        found(c, LAYOUT_FROM_ALL);
    else if (nomem)
        copy_fail_nomem(c);
    else
        copy_last_resort(c);
}

static void ask_for_all(struct copy *c)
{
    if (!probe_plan_all(&c->try.probes, c->try.source.size, copy_source_parts(c)))
        copy_fail_nomem(c);
}

static void probes_say(struct copy *c, enum probe_says says)
{
    struct copy_try *t = &c->try;

    switch (says) {
    case PROBES_GO_ON:
        return;
    case PROBES_UNIFORM:
        if (copy_is_shared(c)) { /* the samples may deceive, and many parts be copied in vain */
            ask_for_all(c);
            return;
        }
        layout_set_uniform(&t->layout, t->source.size, t->probes.parts, t->probes.lengths[0]);
        found(c, LAYOUT_FROM_PROBES);
        return;
    case PROBES_LENGTHS:
        lengths_known(c);
        return;
    case PROBES_UNTOLD:
        if (!copy_goes_alone(c))
            return;
        layout_guesses_begin(&t->guesses, t->source.size, copy_source_parts(c));
        try_guess(c);
        return;
    }
}

static void probe_failed(struct copy *c, const struct err *err)
{
    switch (error_rule(ERROR_AT_PROBE, err, copy_known(c))) {
    case THEN_EXPLAIN:
        probe_plan_again(&c->try.probes); /* when it is known that we may still look */
        copy_explain(c, err, STATE_EXPLAIN_LAYOUT);
        return;
    case THEN_GUESS:
        if (copy_guesses_alone(c))
            probes_say(c, PROBES_UNTOLD);
        else
            copy_fail(c, err);
        return;
    default:
        copy_fail(c, err);
        return;
    }
}

/* The tag is the part's number, or that of the question for the source's checksums. */
void copy_layout_answer(struct copy *c, const struct copy_answer *a)
{
    struct copy_try *t = &c->try;

    if (a->tag == TAG_SUMS) {
        (void)copy_take_source_sums(c, a);
        return;
    }
    if (a->err->code != ERR_OK) {
        probe_failed(c, a->err);
    } else if (!etag_same(a->reply->u.object.etag, t->source.etag)) {
        copy_restart_changed(c, "looked at");
    } else {
        if (t->probes.phase == PROBE_FIRST)
            t->explained = false;
        probes_say(c, probe_plan_take(&t->probes, a->tag, &a->reply->u.object));
    }
}

/* Objects whose layout needs no asking. */
static enum copy_next begin(struct copy *c)
{
    struct decide_facts facts = copy_facts(c);
    struct copy_try *t = &c->try;
    unsigned parts = copy_source_parts(c);
    enum copy_way way = copy_way_of(&facts);

    if (way == WAY_FAST) {
        layout_plan_fast(&t->layout, t->source.size);
        found(c, LAYOUT_OF_OUR_OWN);
    } else if (parts > 0 && way != WAY_MIRROR && copy_way_notes(&facts) == 0) {
        copy_last_resort(c); /* they are known to prove nothing by now */
    } else if (way != WAY_MIRROR) {
        layout_plan(&t->layout, t->source.size);
        found(c, LAYOUT_OF_OUR_OWN);
    } else if (parts == 1) {
        layout_set_uniform(&t->layout, t->source.size, 1, t->source.size);
        found(c, LAYOUT_FROM_ALL);
    } else if (!probe_plan_begin(&t->probes, t->source.size, parts)) {
        copy_fail_nomem(c);
    }
    return COPY_MOVED;
}

static enum copy_next probe(struct copy *c, unsigned part)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = copy_source(c), .u.head.part = part};

    return copy_send(c, &head, part);
}

enum copy_next copy_layout_next(struct copy *c)
{
    struct probe_plan *p = &c->try.probes;
    struct err e;
    unsigned part;

    if (c->env->stopping) {
        err_set(&e, ERR_INTERRUPTED, "stopped before its copy began");
        copy_fail(c, &e);
        return COPY_MOVED;
    }
    if (!copy_hold_parts(c))
        return COPY_HELD;
    if (!c->try.upload_id && c->try.sums.source == ASKED_NOT)
        return copy_ask_source_sums(c, TAG_SUMS);
    if (c->try.sums.source == ASKED_SENT)
        return COPY_WAITS;
    if (p->phase == PROBE_NOT_BEGUN)
        return begin(c);
    if (c->open >= PROBES_MOST)
        return COPY_WAITS;
    part = probe_plan_next(p);
    if (part > 0)
        return probe(c, part);
    if (c->open > 0)
        return COPY_WAITS;
    probes_say(c, probe_plan_over(p));
    return COPY_MOVED;
}
