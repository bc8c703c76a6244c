#include "copy/look/listing_plan.h"

#include <assert.h>

static unsigned at_most(unsigned n, unsigned most)
{
    return n < most ? n : most;
}

struct listing_step listing_plan_next(struct listing_plan *plan, unsigned left)
{
    unsigned most = plan->state == LISTING_GOOD ? LISTINGS_AT_ONCE : 1;
    struct listing_step heads = {LISTING_HEADS, left};

    assert(left > 0);
    if (plan->state == LISTING_REFUSED || left < LISTING_PAYS)
        return heads;
    if (plan->skip > 0) {
        heads.count = at_most(plan->skip, left);
        plan->skip -= heads.count;
        return heads;
    }
    if (plan->waiting >= most)
        return (struct listing_step){LISTING_WAIT, 0};
    plan->waiting++;
    return (struct listing_step){LISTING_LIST, 0};
}

static void missed(struct listing_plan *plan)
{
    unsigned skip = 2 * LISTING_PAYS;
    unsigned i;

    for (i = 0; i < plan->misses && skip < LISTING_SKIP_MOST; i++)
        skip *= 2;
    plan->state = LISTING_POOR;
    plan->misses++;
    plan->skip = at_most(skip, LISTING_SKIP_MOST);
}

void listing_plan_settled(struct listing_plan *plan, unsigned settled)
{
    assert(plan->waiting > 0);
    plan->waiting--;
    if (plan->state == LISTING_REFUSED)
        return;
    if (settled < LISTING_PAYS) {
        missed(plan);
        return;
    }
    plan->state = LISTING_GOOD;
    plan->misses = 0;
    plan->skip = 0;
}

void listing_plan_aside(struct listing_plan *plan)
{
    assert(plan->waiting > 0);
    plan->waiting--;
}

void listing_plan_failed(struct listing_plan *plan)
{
    listing_plan_settled(plan, 0);
}

void listing_plan_refused(struct listing_plan *plan)
{
    assert(plan->waiting > 0);
    plan->waiting--;
    plan->state = LISTING_REFUSED;
}
