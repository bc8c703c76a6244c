/* A decision is a value (decide.h); here it is carried out. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

/* Puts the reason of a decision into e. */
static void reason(const struct decision *d, const struct decide_facts *f,
        const struct err *refused, struct err *e)
{
    if (d->why == WHY_REFUSED)
        *e = *refused;
    else
        decide_error(d, f, e);
}

void copy_act(struct copy *c, const struct decision *d, const struct decide_facts *f,
        const struct err *refused)
{
    struct err why;

    c->try.notes |= d->notes;
    switch (d->action) {
    case DECIDE_END:
        copy_succeed(c, d->status, d->verified);
        return;
    case DECIDE_FAIL:
        reason(d, f, refused, &why);
        copy_fail(c, &why);
        return;
    case DECIDE_RESTART:
        reason(d, f, refused, &why);
        copy_restart(c, &why);
        return;
    case DECIDE_PUT_TAGS:
        c->try.proof.by = d->verified;
        copy_set_state(c, c->try.tagging ? STATE_PUT_TAGS : STATE_TAGS_FOR_PUT);
        return;
    case DECIDE_SINGLE:
        copy_begin_single(c, LAYOUT_IN_ONE);
        return;
    case DECIDE_PARTS:
        copy_begin_parts(c);
        return;
    case DECIDE_COMPLETE:
        c->try.parts.completes++;
        copy_set_state(c, STATE_COMPLETE);
        return;
    }
}
