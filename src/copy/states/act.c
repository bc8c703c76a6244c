/* A decision is a value (decide.h); here it is carried out. */
#include <string.h>

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

static void note_proof(struct copy *c, const struct decision *d)
{
    c->try.proof.status = d->status;
    c->try.proof.by = d->proof;
}

/* A copy that seems to be something else: should another one differ from both, ETags tell nothing.
 */
static void remember_made(struct copy *c, const struct decision *d, const struct decide_facts *f)
{
    bool is_ours = d->why == WHY_ETAG_NOT_THE_SOURCE ||
                   (d->why == WHY_NOT_THE_SOURCE && f->there->size == f->source->size &&
                           etag_same(f->said, f->there->etag));

    if (is_ours)
        memcpy(c->memory.made, f->said, strlen(f->said) + 1);
}

void copy_act(struct copy *c, const struct decision *d, const struct decide_facts *f,
        const struct err *refused)
{
    struct err why;
    unsigned trait;

    c->try.notes |= d->notes;
    if (d->traits || (d->notes & NOTE_ETAG_NOT_MD5))
        server_facts_take_copy(c->env->server, false);
    for (trait = 0; trait < TRAIT_COUNT; trait++)
        if (d->traits & (1U << trait))
            server_facts_learn(c->env->server, (enum server_trait)trait);
    switch (d->action) {
    case DECIDE_END:
        copy_succeed(c, d->status, d->proof);
        return;
    case DECIDE_FAIL:
        reason(d, f, refused, &why);
        copy_fail(c, &why);
        return;
    case DECIDE_RESTART:
        reason(d, f, refused, &why);
        remember_made(c, d, f);
        copy_restart(c, &why);
        return;
    case DECIDE_PUT_TAGS:
        if (!copy_take_tag_set(c))
            return;
        note_proof(c, d);
        copy_set_state(c, c->try.tagging ? STATE_PUT_TAGS : STATE_TAGS_FOR_PUT);
        return;
    case DECIDE_LOOK_AT_TAGS:
        if (!copy_take_tag_set(c))
            return;
        note_proof(c, d);
        copy_set_state(c, c->try.tagging ? STATE_TAGS_THERE : STATE_TAGS_FOR_CHECK);
        return;
    case DECIDE_RESTORE:
        copy_set_state(c, STATE_RESTORE);
        return;
    case DECIDE_PUT_ASIDE:
        copy_put_aside(c);
        return;
    case DECIDE_SINGLE:
        if (copy_was_completed(c))
            return;
        copy_begin_single(c, copy_source_parts(c) > 0 ? LAYOUT_GIVEN_UP : LAYOUT_IN_ONE);
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
