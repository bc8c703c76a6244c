/* The cost of a job, estimated or spent, in words for people and in JSON for programs. A value;
 * cost.h has the figures. */
#ifndef COPYOUT_MODEL_ESTIMATE_H
#define COPYOUT_MODEL_ESTIMATE_H

#include <jansson.h>

#include "model/cost/cost.h"

struct cost_estimate {
    uint64_t items;
    bool looked;              /* least and most are the same, and bytes are known */
    bool may_leave_region;    /* source and destination may lie in two regions */
    struct cost_counts least; /* requests, those of looking included */
    struct cost_counts most;
    const struct cost_prices *prices;
    const char *region; /* where the job runs; NULL: nobody says */
    uint64_t shards;    /* on AWS; 0: here */
    uint64_t workers;   /* on AWS: shards at once */
};

/* Lines with '\n', appended. */
void cost_estimate_text(struct buf *out, const struct cost_estimate *estimate);
/* One object; NULL: out of memory. The caller owns it. docs/cost.md names its fields. */
json_t *cost_estimate_json(const struct cost_estimate *estimate);

/* The money that was spent: one object, as above. */
json_t *cost_spent_json(const struct cost_counts *c, const struct cost_prices *prices);
#endif
