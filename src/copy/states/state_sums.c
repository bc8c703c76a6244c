/* SUMS and VERIFY_SUMS: both sides were looked at, and their ETags do not tell whether they are the
 * same. They are looked at once more, with their checksums. That needs the right to kms:Decrypt for
 * objects that KMS encrypts, so that it is asked only now; where it is refused, the object is one
 * without checksums. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { TAG_SOURCE, TAG_DESTINATION };

/* An answer with an error. false: the copy went elsewhere. */
static bool goes_without(struct copy *c, const struct err *err)
{
    switch (error_rule(ERROR_AT_SUMS, err, copy_known(c))) {
    case THEN_WITHOUT_SUMS:
        return true;
    case THEN_RESTART:
        copy_restart(c, err);
        return false;
    default:
        copy_fail(c, err);
        return false;
    }
}

enum copy_next copy_ask_source_sums(struct copy *c, unsigned tag)
{
    struct s3_request head = {
            .op = S3_HEAD_OBJECT, .where = copy_source(c), .u.head.checksums = true};

    c->try.sums.source = ASKED_SENT;
    return copy_send(c, &head, tag);
}

bool copy_take_source_sums(struct copy *c, const struct copy_answer *a)
{
    struct object_info *source = &c->try.source;
    const struct object_info *now;
    struct err e;

    c->try.sums.source = ASKED_ANSWERED;
    if (a->err->code != ERR_OK)
        return goes_without(c, a->err);
    now = &a->reply->u.object;
    if (now->size != source->size || strcmp(now->etag, source->etag) != 0) {
        err_set(&e, ERR_PRECONDITION, "the source changed while it was looked at");
        copy_restart(c, &e);
        return false;
    }
    memcpy(source->checksums, now->checksums, sizeof source->checksums);
    source->checksum_type = now->checksum_type;
    return true;
}

static bool take_destination(struct copy *c, const struct copy_answer *a)
{
    c->try.sums.destination = ASKED_ANSWERED;
    server_facts_checksums_answered(c->env->server, a->err->code != ERR_OK);
    if (a->err->code != ERR_OK)
        return goes_without(c, a->err);
    copy_take_there(c, a->reply);
    return true;
}

void copy_sums_answer(struct copy *c, const struct copy_answer *a)
{
    if (a->tag == TAG_SOURCE)
        (void)copy_take_source_sums(c, a);
    else
        (void)take_destination(c, a);
}

static enum copy_next ask_destination(struct copy *c)
{
    struct s3_request head = {
            .op = S3_HEAD_OBJECT, .where = copy_destination(c), .u.head.checksums = true};

    c->try.sums.destination = ASKED_SENT;
    return copy_send(c, &head, TAG_DESTINATION);
}

enum copy_next copy_sums_next(struct copy *c)
{
    struct copy_sums *sums = &c->try.sums;
    struct decide_facts facts;

    if (sums->destination == ASKED_NOT && !server_facts_asks_checksums(c->env->server))
        sums->destination = ASKED_ANSWERED; /* it would be refused again */
    facts = copy_facts(c);
    if (decide_needs_sums(&facts) && sums->destination == ASKED_NOT &&
            c->try.at == DESTINATION_OBJECT)
        return ask_destination(c);
    if (decide_needs_sums(&facts) && sums->source == ASKED_NOT)
        return copy_ask_source_sums(c, TAG_SOURCE);
    if (c->open > 0)
        return COPY_WAITS;
    if (c->state == STATE_SUMS)
        copy_lookup_over(c);
    else
        copy_verify_over(c);
    return COPY_MOVED;
}
