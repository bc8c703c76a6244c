/* The number of parts whose ETags and lengths all copies together keep is bounded by the scheduler;
 * here a copy asks for its own, and gives them back. */
#include "copy/machine_int.h"

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* The most parts that the copy may come to have: those of its source, those of an upload that it
 * may go on with, or those of our own choice if the source's cannot be mirrored. */
static unsigned parts_of(const struct copy *c)
{
    struct layout own = {0};
    unsigned recalled = c->record.recalled.layout.count;

    layout_plan(&own, c->try.source.size);
    if (recalled > LAYOUT_PARTS_MOST) /* it is no layout that can be gone on with */
        recalled = 0;
    return larger(own.count, larger(copy_source_parts(c), recalled));
}

bool copy_hold_parts(struct copy *c)
{
    const struct copy_env *env = c->env;
    unsigned parts;

    if (c->turn.parts > 0)
        return true;
    parts = parts_of(c);
    if (env->hold && !env->hold(env->ctx, c, parts))
        return false;
    c->turn.parts = parts;
    return true;
}

void copy_release_parts(struct copy *c)
{
    const struct copy_env *env = c->env;
    unsigned parts = c->turn.parts;

    if (parts == 0)
        return;
    part_etags_free(&c->try.parts.etags);
    part_sums_free(&c->try.parts.sums);
    layout_free(&c->try.layout);
    probe_plan_free(&c->try.probes);
    c->turn.parts = 0;
    if (env->release)
        env->release(env->ctx, parts);
}
