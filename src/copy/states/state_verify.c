/* RECHECK and VERIFY: the answer to the copy did not prove it, so both sides are looked at. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static void recheck_failed(struct copy *c, const struct err *err)
{
    switch (error_rule(ERROR_AT_RECHECK, err, copy_known_of_look(c, c->try.sums.source))) {
    case THEN_WITHOUT_SUMS:
        c->try.sums.source = ASKED_ANSWERED; /* and it is looked at once more */
        return;
    case THEN_EXPLAIN:
        copy_explain(c, err, STATE_EXPLAIN_RECHECK);
        return;
    default:
        copy_fail(c, err);
        return;
    }
}

static bool is_unchanged(const struct copy *c, const struct object_info *now)
{
    const char *etag = c->try.source.etag;

    return etag[0] ? etag_same(now->etag, etag) : !now->etag[0];
}

/* Nothing ties a copy that mirrors nothing to the source we saw but the condition on its requests,
 * and not every server keeps that (Ceph RGW 16): the source must still be what it was. */
void copy_recheck_answer(struct copy *c, const struct copy_answer *a)
{
    struct copy_try *t = &c->try;

    if (a->err->code != ERR_OK) {
        recheck_failed(c, a->err);
    } else if (!is_unchanged(c, &a->reply->u.object)) {
        copy_restart_changed(c, "copied");
    } else {
        if (t->sums.source == ASKED_SENT || t->lookup.source_by != SEEN_BY_HEAD)
            t->source = a->reply->u.object;
        if (t->sums.source == ASKED_SENT)
            t->sums.source = ASKED_ANSWERED;
        t->lookup.source_by = SEEN_BY_HEAD; /* a listing does not tell whether it is encrypted */
        c->result.seen = RESULT_SEEN_BY_HEAD;
        c->try.proof.source = ASKED_ANSWERED;
        copy_set_state(c, STATE_VERIFY);
    }
}

/* Whether a look is to ask for checksums, too. */
static bool asks_sums(const struct copy *c, enum copy_asked sums)
{
    struct decide_facts f = copy_facts(c);

    return sums == ASKED_NOT && decide_verifies_by_sums(&f);
}

enum copy_next copy_recheck_next(struct copy *c)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = copy_source(c)};

    if (c->open > 0)
        return COPY_WAITS;
    return asks_sums(c, c->try.sums.source) ? copy_ask_source_sums(c, 0) : copy_send(c, &head, 0);
}

void copy_written_there(struct copy *c, const struct s3_reply *reply)
{
    const struct object_info *there = &reply->u.object;
    struct written *w = &c->try.written;
    int i;

    copy_see_sse(c, reply);
    written_add(w, there->etag, copy_version_of(reply));
    for (i = 0; i < CHECKSUM_COUNT; i++)
        if (checksums_get(&there->checksums, (enum checksum)i)[0])
            written_add_checksum(
                    w, (enum checksum)i, checksums_get(&there->checksums, (enum checksum)i));
}

void copy_fail_with_tags_to_put(struct copy *c, const struct err *err)
{
    struct decide_facts f = copy_facts(c);

    if (c->record.kept == RECORD_WRITTEN &&
            (f.wanted_tags != TAGS_UNKNOWN || f.tags != TAGS_NEED_COUNT))
        c->record.kept = RECORD_KEPT;
    copy_fail(c, err);
}

void copy_verify_over(struct copy *c)
{
    struct decide_facts f = copy_facts(c);
    struct decision d;

    if (decide_needs_sums(&f)) {
        copy_set_state(c, STATE_VERIFY_SUMS);
        return;
    }
    d = decide_verify(&f);
    copy_act(c, &d, &f, NULL);
}

static void take_copy(struct copy *c, const struct s3_reply *reply)
{
    struct copy_try *t = &c->try;

    if (t->sums.destination == ASKED_SENT) {
        t->sums.destination = ASKED_ANSWERED;
        server_facts_checksums_answered(c->env->server, false);
    }
    t->at = DESTINATION_OBJECT;
    t->destination = reply->u.object;
    copy_written_there(c, reply);
    copy_verify_over(c);
}

void copy_verify_answer(struct copy *c, const struct copy_answer *a)
{
    struct decide_facts f;
    struct decision d;

    if (a->err->code == ERR_OK) {
        take_copy(c, a->reply);
        return;
    }
    switch (error_rule(ERROR_AT_VERIFY, a->err, copy_known_of_look(c, c->try.sums.destination))) {
    case THEN_WITHOUT_SUMS:
        c->try.sums.destination = ASKED_ANSWERED; /* and it is looked at once more */
        server_facts_checksums_answered(c->env->server, true);
        return;
    case THEN_UNREADABLE:
        f = copy_facts(c);
        d = decide_unreadable(&f);
        copy_act(c, &d, &f, a->err);
        return;
    case THEN_RESTART:
        f = copy_facts(c);
        d = decide_missing(&f);
        copy_act(c, &d, &f, a->err);
        return;
    case THEN_EXPLAIN:
        copy_explain(c, a->err, STATE_EXPLAIN_VERIFY);
        return;
    default:
        copy_fail_with_tags_to_put(c, a->err);
        return;
    }
}

enum copy_next copy_verify_next(struct copy *c)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = copy_destination(c)};
    enum copy_asked *sums = &c->try.sums.destination;

    if (c->open > 0)
        return COPY_WAITS;
    if (asks_sums(c, *sums) && server_facts_asks_checksums(c->env->server)) {
        head.u.head.checksums = true;
        *sums = ASKED_SENT;
    }
    return copy_send(c, &head, 0);
}
