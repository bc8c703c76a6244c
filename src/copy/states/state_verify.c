/* RECHECK and VERIFY: the answer to the copy did not prove it, so both sides are looked at. */
#include <string.h>

#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static bool is_unchanged(const struct copy *c, const struct object_info *now)
{
    const char *etag = c->try.source.etag;

    return etag[0] ? etag_same(now->etag, etag) : !now->etag[0];
}

/* Nothing ties a copy that mirrors nothing to the source we saw but the condition on its requests,
 * and not every server keeps that (Ceph RGW 16): the source must still be what it was. */
void copy_recheck_answer(struct copy *c, const struct copy_answer *a)
{
    struct err e;

    if (a->err->code != ERR_OK) {
        if (error_rule(ERROR_AT_RECHECK, a->err, copy_known(c)) == THEN_EXPLAIN)
            copy_explain(c, a->err, STATE_EXPLAIN_RECHECK);
        else
            copy_fail(c, a->err);
    } else if (!is_unchanged(c, &a->reply->u.object)) {
        err_set(&e, ERR_PRECONDITION, "the source changed while it was copied");
        copy_restart(c, &e);
    } else {
        c->try.proof.source = ASKED_ANSWERED;
        copy_set_state(c, STATE_VERIFY);
    }
}

enum copy_next copy_recheck_next(struct copy *c)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = copy_source(c)};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &head, 0);
}

void copy_written_there(struct copy *c, const struct s3_reply *reply)
{
    const struct object_info *there = &reply->u.object;
    struct written *w = &c->try.written;
    int i;

    written_add(w, there->etag, copy_version_of(reply));
    for (i = 0; i < CHECKSUM_COUNT; i++)
        if (there->checksums[i][0])
            written_add_checksum(w, (enum checksum)i, there->checksums[i]);
}

void copy_fail_with_tags_to_put(struct copy *c, const struct err *err)
{
    struct decide_facts f = copy_facts(c);

    if (c->record.kept == RECORD_WRITTEN &&
            (f.wanted_tags != TAGS_UNKNOWN || f.tags != TAGS_NEED_COUNT))
        c->record.kept = RECORD_KEPT;
    copy_fail(c, err);
}

static void compare(struct copy *c, const struct s3_reply *reply)
{
    struct decide_facts f = copy_facts(c);
    struct decision d;

    f.there = &reply->u.object;
    d = decide_verify(&f);
    copy_written_there(c, reply);
    copy_act(c, &d, &f, NULL);
}

void copy_verify_answer(struct copy *c, const struct copy_answer *a)
{
    struct decide_facts f;
    struct decision d;

    if (a->err->code == ERR_OK) {
        compare(c, a->reply);
        return;
    }
    switch (error_rule(ERROR_AT_VERIFY, a->err, copy_known(c))) {
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
    struct s3_request head = {
            .op = S3_HEAD_OBJECT, .where = copy_destination(c), .u.head.checksums = true};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &head, 0);
}
