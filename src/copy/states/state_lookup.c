/* LOOKUP: what the source is and what is at the destination, asked side by side. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { TAG_SOURCE, TAG_DESTINATION };

/* The GET is to be followed by both questions once more. */
static void explain(struct copy *c, const struct err *err)
{
    memset(&c->try.lookup, 0, sizeof c->try.lookup);
    copy_explain(c, err, STATE_EXPLAIN_LOOKUP);
}

/* false: the copy went elsewhere. */
static bool take_source(struct copy *c, const struct copy_answer *a)
{
    struct copy_try *t = &c->try;
    struct err e;

    t->lookup.source = ASKED_ANSWERED;
    if (a->err->code != ERR_OK) {
        /* The first error stays; EXPLAIN puts S3's own words in its place. */
        if (error_rule(ERROR_AT_SOURCE, a->err, copy_known(c)) == THEN_EXPLAIN)
            explain(c, a->err);
        else
            copy_fail(c, a->err);
        return false;
    }
    t->source = a->reply->u.object;
    c->result.size = t->source.size;
    memcpy(c->result.etag, t->source.etag, sizeof c->result.etag);
    copy_headers_keep(&t->kept, a->reply->headers);
    if (buf_check(&t->kept.text, "the source's metadata", &e) != ERR_OK) {
        copy_fail(c, &e);
        return false;
    }
    return true;
}

static void take_object_there(struct copy *c, const struct s3_reply *reply)
{
    struct copy_try *t = &c->try;

    t->at = DESTINATION_OBJECT;
    t->destination = reply->u.object;
    if (c->wrote != WRITE_NONE) /* should it be proven, it is what we wrote */
        copy_written_there(c, reply);
}

static bool take_destination(struct copy *c, const struct copy_answer *a)
{
    struct copy_try *t = &c->try;

    t->lookup.destination = ASKED_ANSWERED;
    t->looked = c->sequence;
    if (a->err->code == ERR_OK) {
        take_object_there(c, a->reply);
        return true;
    }
    switch (error_rule(ERROR_AT_DESTINATION, a->err, copy_known(c))) {
    case THEN_NOTHING:
        t->at = DESTINATION_NOTHING;
        return true;
    case THEN_UNREADABLE:
        /* Some let us write and not look; S3 also says 403 for what is not there to those who may
         * not list. The copy itself will tell. */
        t->at = DESTINATION_UNREADABLE;
        t->notes |= NOTE_DESTINATION_UNREADABLE;
        return true;
    case THEN_NEEDS_KEY:
        t->at = DESTINATION_NEEDS_KEY;
        return true;
    case THEN_EXPLAIN:
        explain(c, a->err);
        return false;
    default:
        copy_fail(c, a->err);
        return false;
    }
}

void copy_lookup_answer(struct copy *c, const struct copy_answer *a)
{
    const struct copy_lookup *l = &c->try.lookup;
    struct decide_facts facts;
    struct decision d;

    if (!(a->tag == TAG_SOURCE ? take_source(c, a) : take_destination(c, a)))
        return;
    if (l->source != ASKED_ANSWERED || l->destination != ASKED_ANSWERED)
        return;
    facts = copy_facts(c);
    d = decide_copy(&facts);
    copy_act(c, &d, &facts, NULL);
}

/* The other side has failed already, and its error stays; that we may not look at the destination
 * is worth a note all the same. */
void copy_lookup_late(struct copy *c, const struct copy_answer *a)
{
    if (a->tag == TAG_DESTINATION && a->err->code != ERR_OK &&
            error_rule(ERROR_AT_DESTINATION, a->err, 0) == THEN_UNREADABLE)
        c->try.notes |= NOTE_DESTINATION_UNREADABLE;
}

enum copy_next copy_lookup_next(struct copy *c)
{
    struct copy_lookup *l = &c->try.lookup;
    struct s3_request head = {.op = S3_HEAD_OBJECT};

    if (l->source == ASKED_NOT) {
        l->source = ASKED_SENT;
        head.where = copy_source(c);
        return copy_send(c, &head, TAG_SOURCE);
    }
    if (l->destination == ASKED_NOT) {
        l->destination = ASKED_SENT;
        head.where = copy_destination(c);
        return copy_send(c, &head, TAG_DESTINATION);
    }
    return COPY_WAITS;
}
