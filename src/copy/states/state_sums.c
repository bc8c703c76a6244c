/* SUMS and VERIFY_SUMS: both sides were looked at, and their ETags do not tell whether they are the
 * same. They are looked at once more, with their checksums. That needs the right to kms:Decrypt for
 * objects that KMS encrypts, so that it is asked only now; where it is refused, the object is one
 * without checksums. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

enum { TAG_SOURCE, TAG_DESTINATION };

static bool take_destination(struct copy *c, const struct copy_answer *a)
{
    c->try.sums.destination = ASKED_ANSWERED;
    server_facts_checksums_answered(c->env->server, a->err->code != ERR_OK);
    if (a->err->code != ERR_OK)
        return copy_goes_without_sums(c, a->err);
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
