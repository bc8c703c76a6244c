/* The LOOK states. Either the destination is to be overwritten, and was another object than was
 * seen when Complete was sent: it is looked at again. Or: a write that is to be made only if
 * nothing is at the destination goes to a server that cannot make it on that condition. Right
 * before it we look. What somebody else writes between the look and the write is overwritten: no
 * client can exclude that. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

static void over(struct copy *c)
{
    c->try.looked = c->sequence;
    copy_set_state(c, copy_then(c));
}

void copy_look_answer(struct copy *c, const struct copy_answer *a)
{
    struct decide_facts f = copy_facts(c);
    struct err e;

    if (a->err->code == ERR_OK && !decide_only_if_absent(&f)) {
        copy_take_there(c, a->reply);
        over(c);
        return;
    }
    if (a->err->code == ERR_OK) {
        err_set(&e, ERR_PRECONDITION, "something came to the destination meanwhile");
        copy_restart(c, &e);
        return;
    }
    switch (error_rule(ERROR_AT_LOOK, a->err, copy_known(c))) {
    case THEN_NOTHING:
        c->try.at = DESTINATION_NOTHING;
        over(c);
        return;
    case THEN_RESTART:
        copy_restart(c, a->err);
        return;
    default:
        copy_fail(c, a->err);
        return;
    }
}

enum copy_next copy_look_next(struct copy *c)
{
    struct s3_request head = {.op = S3_HEAD_OBJECT, .where = copy_destination(c)};

    return c->open > 0 ? COPY_WAITS : copy_send(c, &head, 0);
}
