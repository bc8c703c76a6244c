/* SINGLE and SINGLE_UNTAGGED: one CopyObject. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static enum copy_tags tags_of(const struct copy *c)
{
    return c->state == STATE_SINGLE_UNTAGGED || c->options.tags == TAGS_NONE ? COPY_NO_TAGS
                                                                             : COPY_TAGS;
}

/* Annotations came along, or they did not: what a refusal before that was about is known now. */
static void learn_of_annotations(struct copy *c)
{
    struct server_facts *server = c->env->server;
    unsigned may = copy_may_omit(c) & OMIT_ANNOTATIONS;

    if (copy_requires_annotations(c)) /* it went without where there were none */
        return;
    if (copy_omits(c) & may)
        server_buckets_add(&server->withheld, c->result.item.bucket);
    else if (may && c->state == STATE_SINGLE_UNTAGGED)
        server_buckets_add(&server->granted, c->result.item.bucket);
}

static void copied(struct copy *c, const struct s3_reply *reply)
{
    learn_of_annotations(c);
    copy_note_omissions(c);
    copy_wrote(c, tags_of(c) == COPY_TAGS ? MADE_BY_COPY : MADE_BY_UNTAGGED_COPY, reply);
}

static void condition(struct copy *c, const struct err *err)
{
    struct decide_facts f = copy_facts(c);
    struct decision d = decide_precondition(&f, c->restarts);

    copy_note_refusal(c);
    copy_act(c, &d, &f, err);
}

/* Where they are required, it is sent without them if there are none. */
static void without_annotations(struct copy *c, const struct err *err)
{
    if (!copy_requires_annotations(c) || c->try.annotations.none == ASKED_ANSWERED) {
        c->omissions.out |= OMIT_ANNOTATIONS;
        return;
    }
    c->result.err = *err; /* reported if there are some */
    copy_set_state(c, STATE_ANNOTATIONS_ASK);
}

void copy_single_answer(struct copy *c, const struct copy_answer *a)
{
    unsigned known;

    if (a->attempts > 1 && c->wrote == WRITE_NONE)
        c->wrote = WRITE_MAYBE;
    if (a->err->code == ERR_OK) {
        copied(c, a->reply);
        return;
    }
    known = copy_known(c);
    if (c->try.lookup.source_by != SEEN_BY_HEAD)
        known |= KNOWN_BY_LISTING;
    if (c->state == STATE_SINGLE && copy_spares_tags(c))
        known |= KNOWN_TAGS_TO_SPARE;
    switch (error_rule(ERROR_AT_SINGLE, a->err, known)) {
    case THEN_LOOK:
        copy_wrote_unread(c, MADE_BY_UNREAD_COPY, a->err);
        return;
    case THEN_CONDITION:
        condition(c, a->err);
        return;
    case THEN_RESTART:
        copy_restart(c, a->err);
        return;
    case THEN_LOOK_CLOSER:
        copy_look_closer(c, a->err);
        return;
    case THEN_WITHOUT_ANNOTATIONS:
        without_annotations(c, a->err);
        return;
    case THEN_WITHOUT_LOCK:
        copy_omit_lock(c);
        return;
    case THEN_WITHOUT_TAGS: /* which were to blame, maybe, and not Object Lock */
        c->omissions.out &= ~(unsigned)(OMIT_LOCK | OMIT_ANNOTATIONS);
        copy_set_state(c, STATE_SINGLE_UNTAGGED);
        return;
    case THEN_OMIT:
        copy_omit_more(c, a->err);
        return;
    default:
        copy_fail(c, a->err);
        return;
    }
}

static enum copy_next send_copy(struct copy *c)
{
    struct copy_attributes attributes = copy_attributes(c);
    struct decide_facts facts = copy_facts(c);
    unsigned out = copy_omits(c);
    struct s3_request request = {.op = S3_COPY_OBJECT,
            .where = copy_destination(c),
            .u.copy = {.source = copy_source(c),
                    .source_etag = out & OMIT_SOURCE_CONDITION ? NULL : c->try.source.etag,
                    .only_if_absent =
                            decide_only_if_absent(&facts) && !(out & OMIT_TARGET_CONDITION),
                    .only_if_match = out & OMIT_TARGET_MATCH ? NULL : copy_target_match(c),
                    .size = c->try.source.size}};
    enum copy_next next;
    struct headers headers;

    headers_init(&headers);
    copy_headers_copy(&headers, &attributes, tags_of(c), out);
    c->try.notes |= copy_headers_notes(&attributes);
    if (c->state == STATE_SINGLE_UNTAGGED) /* it may work, whatever becomes of the answer */
        c->try.notes |= NOTE_TAGS_DROPPED;
    request.u.copy.headers = &headers;
    next = copy_send(c, &request, 0);
    headers_free(&headers);
    return next;
}

enum copy_next copy_single_next(struct copy *c)
{
    if (c->open > 0)
        return COPY_WAITS;
    copy_omit_known(c);
    if (c->state == STATE_SINGLE && copy_must_look(c)) {
        copy_set_state(c, STATE_LOOK_FOR_SINGLE);
        return COPY_MOVED;
    }
    return send_copy(c);
}
