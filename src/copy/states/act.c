/* A decision is a value (decide.h); here it is carried out. */
#include "copy/machine_int.h"
#include "copy/states/state_functions.h"

void copy_act(struct copy *c, const struct decision *d, const struct decide_facts *f,
        const struct err *refused)
{
    struct err why;

    if (d->why == WHY_REFUSED)
        why = *refused;
    else
        decide_error(d, f, &why);
    c->try.notes |= d->notes;
    switch (d->action) {
    case DECIDE_END:
        copy_succeed(c, d->status, d->verified);
        return;
    case DECIDE_FAIL:
        copy_fail(c, &why);
        return;
    case DECIDE_RESTART:
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
    }
}
