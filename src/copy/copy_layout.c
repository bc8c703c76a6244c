/* LAYOUT: which parts the source is made of. AWS tells (HEAD ?partNumber=N); where nobody tells,
 * the usual part sizes are tried, and the ETag that the copied parts would make is the judge. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "copy/machine_int.h"

/* Of one object, under way at once. There is room for them in the source's budget, which the
 * scheduler does not look at: ten thousand parts of many objects would all be waiting there. */
enum { PROBES_MOST = 16 };

/* Which part a HEAD asked for. */
struct probe {
    struct copy *copy;
    unsigned part;
    unsigned restarts; /* of the copy when it was sent: an answer to an earlier try is of no use */
};

void copy_layout_found(struct copy *c, enum layout_source from, enum copy_state next)
{
    c->layout_from = from;
    c->mirrored = from != LAYOUT_OF_OUR_OWN;
    if (!c->mirrored)
        c->result.notes |= NOTE_LAYOUT_NOT_MIRRORED;
    if (c->mirrored && !layout_allowed(&c->layout)) {
        copy_last_resort(c);
        return;
    }
    free(c->etags);
    c->etags = calloc(c->layout.count, ETAG_SIZE);
    c->next_part = 1;
    c->parts_done = 0;
    if (!c->etags) {
        struct err e;

        err_nomem(&e);
        copy_fail(c, &e);
        return;
    }
    copy_set_state(c, next);
}

/* Other parts may go into the upload that is there: a part sent again takes the other's place. */
static void layout_found(struct copy *c, enum layout_source from)
{
    copy_layout_found(c, from, c->upload_id ? COPY_STATE_RECORD : COPY_STATE_TAGGING);
}

void copy_begin_layout(struct copy *c)
{
    if (c->parts == 0) {
        layout_plan(&c->layout, c->source.size);
        layout_found(c, LAYOUT_OF_OUR_OWN);
    } else if (c->parts == 1) {
        layout_set_uniform(&c->layout, c->source.size, 1, c->source.size);
        layout_found(c, LAYOUT_FROM_ALL);
    } else {
        c->probe = PROBE_FIRST;
        c->probe_next = 0;
        free(c->lengths);
        c->lengths = calloc(c->parts, sizeof *c->lengths);
        copy_set_state(c, COPY_STATE_LAYOUT);
        if (!c->lengths) {
            struct err e;

            err_nomem(&e);
            copy_fail(c, &e);
        }
    }
}

void copy_last_resort(struct copy *c)
{
    log_debug("line %llu: the source's parts cannot be mirrored",
            (unsigned long long)c->result.item.line);
    c->mirrored = false;
    if (c->source.size <= LAYOUT_COPY_MOST) {
        c->after_abort = COPY_STATE_SINGLE;
        copy_set_state(c, c->upload_id ? COPY_STATE_ABORT : COPY_STATE_SINGLE);
        return;
    }
    layout_plan(&c->layout, c->source.size);
    layout_found(c, LAYOUT_OF_OUR_OWN);
}

static void ask_for_all(struct copy *c)
{
    c->probe = PROBE_ALL;
    c->probe_next = 0;
    if (c->state != COPY_STATE_LAYOUT)
        copy_set_state(c, COPY_STATE_LAYOUT);
}

static void try_guess(struct copy *c)
{
    if (c->guess == c->guess_count) {
        copy_last_resort(c);
        return;
    }
    layout_set_uniform(&c->layout, c->source.size, c->parts, c->guesses[c->guess++]);
    log_debug("line %llu: trying parts of %llu bytes", (unsigned long long)c->result.item.line,
            (unsigned long long)c->layout.part);
    layout_found(c, LAYOUT_FROM_GUESS);
}

static void begin_guessing(struct copy *c)
{
    c->guess_count = layout_guess(c->source.size, c->parts, c->guesses);
    c->guess = 0;
    try_guess(c);
}

void copy_next_layout(struct copy *c)
{
    switch (c->layout_from) {
    case LAYOUT_FROM_PROBES:
        ask_for_all(c);
        return;
    case LAYOUT_FROM_GUESS:
        try_guess(c);
        return;
    case LAYOUT_FROM_ALL:
    case LAYOUT_OF_OUR_OWN:
        copy_last_resort(c);
        return;
    }
}

/* --- the probes --- */

static unsigned probes_of_phase(const struct copy *c)
{
    return c->probe == PROBE_FIRST ? 1 : c->probe == PROBE_SAMPLES ? 2 : c->parts;
}

/* Which part the i-th probe (from 0) of this phase asks for. */
static unsigned probe_part(const struct copy *c, unsigned i)
{
    switch (c->probe) {
    case PROBE_FIRST:
        return 1;
    case PROBE_SAMPLES:
        return i == 0 ? c->parts : (c->parts + 1) / 2;
    case PROBE_ALL:
        break;
    }
    return i + 1;
}

/* Of all parts. */
static void lengths_known(struct copy *c)
{
    bool nomem;
    struct err e;

    if (layout_set_lengths(&c->layout, c->source.size, c->parts, c->lengths, &nomem)) {
        layout_found(c, LAYOUT_FROM_ALL);
    } else if (nomem) {
        err_nomem(&e);
        copy_fail(c, &e);
    } else {
        copy_last_resort(c);
    }
}

static void first_answered(struct copy *c, const struct object_info *part)
{
    /* Who knows no parts answers with the whole object, and no count of them. */
    if (part->parts_count != c->parts || part->size > c->source.size) {
        begin_guessing(c);
        return;
    }
    c->lengths[0] = part->size;
    if (c->parts == 2) {
        c->lengths[1] = c->source.size - part->size;
        lengths_known(c);
    } else if (layout_fits(c->source.size, c->parts, part->size)) {
        c->probe = PROBE_SAMPLES;
        c->probe_next = 0;
    } else {
        ask_for_all(c);
    }
}

static void phase_answered(struct copy *c)
{
    uint64_t part = c->lengths[0];

    if (c->probe == PROBE_SAMPLES) {
        if (c->lengths[(c->parts + 1) / 2 - 1] != part ||
                c->lengths[c->parts - 1] != c->source.size - part * (c->parts - 1)) {
            ask_for_all(c);
            return;
        }
        layout_set_uniform(&c->layout, c->source.size, c->parts, part);
        layout_found(c, LAYOUT_FROM_PROBES);
    } else {
        lengths_known(c);
    }
}

/* The server does not take partNumber at all. */
static bool is_unknown_query(const struct err *e)
{
    return e->http_status == 400 || e->http_status == 405 || e->http_status == 416 ||
           e->http_status == 501;
}

static void on_probe(void *ctx, const struct s3_reply *reply)
{
    struct probe *p = ctx;
    struct copy *c = p->copy;
    unsigned part = p->part;
    bool stale = p->restarts != c->restarts || c->state != COPY_STATE_LAYOUT;

    free(p);
    copy_count(c, reply);
    if (stale) {
        /* it failed, or began anew, meanwhile */
    } else if (copy_has_no_error_body(&reply->err) && !c->explained) {
        c->probe_next = 0; /* of this phase, when it is known that we may still look */
        copy_explain(c, &reply->err, COPY_STATE_LAYOUT);
    } else if (reply->err.code != ERR_OK) {
        if (c->probe == PROBE_FIRST && is_unknown_query(&reply->err))
            begin_guessing(c);
        else
            copy_fail(c, &reply->err);
    } else if (strcmp(reply->u.object.etag, c->source.etag) != 0) {
        struct err e;

        err_set(&e, ERR_PRECONDITION, "the source changed while it was looked at");
        copy_restart(c, &e);
    } else if (c->probe == PROBE_FIRST) {
        c->explained = false;
        first_answered(c, &reply->u.object);
    } else {
        c->lengths[part - 1] = reply->u.object.size;
    }
    copy_wake(c);
}

/* Whether a probe is left to be sent. When all of a phase are answered it ends the phase, which may
 * begin the next, or leave the state. */
static bool has_probe(struct copy *c)
{
    for (;;) {
        /* The samples' answers serve the full scan too. */
        while (c->probe == PROBE_ALL && c->probe_next < c->parts && c->lengths[c->probe_next] > 0)
            c->probe_next++;
        if (c->probe_next < probes_of_phase(c))
            return true;
        if (c->in_flight > 0 || c->probe == PROBE_FIRST)
            return false;
        phase_answered(c);
        if (c->state != COPY_STATE_LAYOUT)
            return false;
    }
}

enum copy_next copy_step_layout(struct copy *c)
{
    struct s3_where source = copy_source(c);
    struct probe *p;
    struct err e;

    if (c->env->stopping) {
        err_set(&e, ERR_INTERRUPTED, "stopped before its copy began");
        return copy_fail_now(c, &e);
    }
    if (!has_probe(c) || c->in_flight >= PROBES_MOST)
        return COPY_WAITS;
    p = malloc(sizeof *p);
    if (!p) {
        err_nomem(&e);
        return copy_fail_now(c, &e);
    }
    p->copy = c;
    p->part = probe_part(c, c->probe_next);
    p->restarts = c->restarts;
    if (s3_head_object(c->env->s3, &source, p->part, on_probe, p, &e) != ERR_OK) {
        free(p);
        return copy_fail_now(c, &e);
    }
    c->probe_next++;
    c->in_flight++;
    return COPY_STARTED;
}
