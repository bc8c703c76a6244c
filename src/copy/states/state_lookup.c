/* LOOKUP: what the source is and what is at the destination, asked side by side. */
#include <stdlib.h>
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { TAG_SOURCE, TAG_DESTINATION };

/* The GET is to be followed by both questions once more. */
static void explain(struct copy *c, const struct err *err)
{
    memset(&c->try.lookup, 0, sizeof c->try.lookup);
    memset(&c->try.sums, 0, sizeof c->try.sums);
    copy_explain(c, err, STATE_EXPLAIN_LOOKUP);
}

/* The look is to be made once more, without the checksums. */
static void without_sums(enum copy_asked *look, enum copy_asked *sums)
{
    *look = ASKED_NOT;
    *sums = ASKED_ANSWERED;
}

/* As take_source(). The first error stays; EXPLAIN puts S3's own words in its place. */
static bool source_failed(struct copy *c, const struct err *err)
{
    struct copy_try *t = &c->try;

    switch (error_rule(ERROR_AT_SOURCE, err, copy_known_of_look(c, t->sums.source))) {
    case THEN_WITHOUT_SUMS:
        without_sums(&t->lookup.source, &t->sums.source);
        return true;
    case THEN_EXPLAIN:
        explain(c, err);
        return false;
    default:
        copy_fail(c, err);
        return false;
    }
}

/* Before we write there, once both sides are known. */
static void remember_destination(struct copy *c)
{
    struct decide_memory *m = &c->memory;

    if (c->wrote != WRITE_NONE)
        return;
    m->at = c->try.at;
    memcpy(m->there, c->try.destination.etag, sizeof m->there);
}

/* false: the copy went elsewhere. */
static bool take_source(struct copy *c, const struct copy_answer *a)
{
    struct copy_try *t = &c->try;
    struct err e;

    t->lookup.source = ASKED_ANSWERED;
    t->lookup.source_by = SEEN_BY_HEAD;
    if (a->err->code != ERR_OK)
        return source_failed(c, a->err);
    if (t->sums.source == ASKED_SENT)
        t->sums.source = ASKED_ANSWERED;
    t->source = a->reply->u.object;
    c->result.size = t->source.size;
    memcpy(c->result.etag, t->source.etag, sizeof c->result.etag);
    copy_remember_source(c);
    copy_headers_keep(&t->kept, a->reply->headers);
    if (buf_check(&t->kept.text, "the source's metadata", &e) != ERR_OK) {
        copy_fail(c, &e);
        return false;
    }
    return true;
}

void copy_take_there(struct copy *c, const struct s3_reply *reply)
{
    const char *version = copy_version_of(reply);
    struct copy_try *t = &c->try;

    t->at = DESTINATION_OBJECT;
    t->destination = reply->u.object;
    free(t->there_version);
    t->there_version = version ? strdup(version) : NULL; /* without memory: not told */
    copy_learn_etag(c, t->destination.etag_kind);
    if (c->wrote != WRITE_NONE) /* should it be proven, it is what we wrote */
        copy_written_there(c, reply);
}

/* It was asked with its checksums. What is not there has none to refuse. */
static void note_sums_answer(struct copy *c, const struct err *err)
{
    if (err->code != ERR_NOT_FOUND)
        server_facts_checksums_answered(c->env->server, err->code != ERR_OK);
    if (err->code == ERR_OK)
        c->try.sums.destination = ASKED_ANSWERED;
}

static bool take_destination(struct copy *c, const struct copy_answer *a)
{
    struct copy_try *t = &c->try;

    t->lookup.destination = ASKED_ANSWERED;
    t->lookup.destination_by = SEEN_BY_HEAD;
    if (t->sums.destination == ASKED_SENT)
        note_sums_answer(c, a->err);
    t->looked = c->sequence;
    if (a->err->code == ERR_OK) {
        copy_take_there(c, a->reply);
        return true;
    }
    switch (error_rule(ERROR_AT_DESTINATION, a->err, copy_known_of_look(c, t->sums.destination))) {
    case THEN_WITHOUT_SUMS:
        without_sums(&t->lookup.destination, &t->sums.destination);
        return true;
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

static void look_up_ledger(struct copy *c)
{
    const struct copy_ledger *l = c->env->port.ledger;
    struct ledger_entry *entry;

    if (!l || c->try.ledger)
        return;
    entry = calloc(1, sizeof *entry);
    if (entry && l->find(l->self, &c->result.item, entry))
        c->try.ledger = entry;
    else
        free(entry);
}

/* The next run is to find it too. */
static void carry_written(struct copy *c)
{
    struct written *from = &c->try.ledger->written;

    written_free(&c->try.written);
    c->try.written = *from; /* with what is in it */
    memset(from, 0, sizeof *from);
}

/* The ETag of what was there, where a checksum alone shows that it is the source. */
static void note_found(struct copy *c, const struct decision *d)
{
    c->result.found_etag[0] = '\0';
    if (d->status == RESULT_SAME && d->proof.verified == VERIFIED_CHECKSUM &&
            d->proof.by != BY_LEDGER)
        memcpy(c->result.found_etag, c->try.destination.etag, sizeof c->result.found_etag);
}

/* The object at the destination is the copy that an earlier try made, or may have made. */
static void take_earlier_notes(struct copy *c, const struct decision *d)
{
    unsigned of_tags = NOTE_TAGS_DROPPED | NOTE_TAGS_UNSUPPORTED | NOTE_TAGS_UNKNOWN;

    if (d->action == DECIDE_PUT_TAGS) /* which then tells what becomes of them */
        c->try.notes |= c->memory.notes & ~of_tags;
    else if (d->status == RESULT_COPIED)
        c->try.notes |= c->memory.notes;
}

void copy_lookup_answer(struct copy *c, const struct copy_answer *a)
{
    const struct copy_lookup *l = &c->try.lookup;

    if (!(a->tag == TAG_SOURCE ? take_source(c, a) : take_destination(c, a)))
        return;
    if (l->source == ASKED_ANSWERED && l->destination == ASKED_ANSWERED)
        copy_lookup_over(c);
}

void copy_lookup_over(struct copy *c)
{
    struct decide_facts facts;
    struct decision d;

    remember_destination(c);
    facts = copy_facts(c);
    if (c->state == STATE_LOOKUP && decide_needs_ledger(&facts))
        look_up_ledger(c);
    facts.ledger = c->try.ledger;
    d = decide_copy(&facts);
    if (!decide_is_seen(&facts, &d)) {
        copy_forget_seen(c);
        return;
    }
    if (decide_needs_sums(&facts)) {
        copy_set_state(c, STATE_SUMS);
        return;
    }
    c->result.storage = storage_class_of(c->try.source.storage_class);
    c->result.seen =
            c->try.lookup.source_by == SEEN_BY_HEAD ? RESULT_SEEN_BY_HEAD : RESULT_SEEN_BY_LISTING;
    if (d.proof.by == BY_LEDGER)
        carry_written(c);
    note_found(c, &d);
    take_earlier_notes(c, &d);
    copy_act(c, &d, &facts, NULL);
}

/* The other side has failed already, and its error stays; that we may not look at the destination
 * is worth a note all the same. */
void copy_lookup_late(struct copy *c, const struct copy_answer *a)
{
    unsigned known = copy_known_of_look(c, c->try.sums.destination);

    if (a->tag == TAG_DESTINATION && a->err->code != ERR_OK &&
            error_rule(ERROR_AT_DESTINATION, a->err, known) == THEN_UNREADABLE)
        c->try.notes |= NOTE_DESTINATION_UNREADABLE;
}

/* Checksums are asked for at once where it is known that ETags will not do. */
static enum copy_next look(struct copy *c, enum copy_asked *asked, enum copy_asked *sums,
        struct s3_where where, unsigned tag)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = where};
    const struct server_facts *server = c->env->server;

    head.u.head.checksums = *sums == ASKED_NOT && !copy_etags_decide(c) &&
                            (tag == TAG_SOURCE || server_facts_asks_checksums(server));
    if (head.u.head.checksums)
        *sums = ASKED_SENT;
    *asked = ASKED_SENT;
    return copy_send(c, &head, tag);
}

enum copy_next copy_lookup_next(struct copy *c)
{
    struct copy_lookup *l = &c->try.lookup;
    struct copy_sums *sums = &c->try.sums;

    if (l->source == ASKED_NOT)
        return look(c, &l->source, &sums->source, copy_source(c), TAG_SOURCE);
    if (l->destination == ASKED_NOT)
        return look(c, &l->destination, &sums->destination, copy_destination(c), TAG_DESTINATION);
    if (c->open > 0)
        return COPY_WAITS;
    copy_lookup_over(c); /* listings have shown both sides */
    return COPY_MOVED;
}
