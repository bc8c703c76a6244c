/* Whether the job may go ahead: regions, and whether the destination lets us write. Asked only when
 * all of our own side is right, so that a mistake of ours never waits for someone else. */
#ifndef COPYOUT_PLAN_ACCESS_H
#define COPYOUT_PLAN_ACCESS_H

#include "model/plan.h"
#include "plan/plan_env.h"

/* Source buckets first: their regions, and whether they are there at all. Where none is, that is
 * ERR_MANIFEST; where some are not, a warning for each. Then the destination's region, then the
 * start marker (a dry run leaves nothing instead). Without permission it asks again for
 * env->wait_ms; a key of KMS that refuses is waited for as well. ERR_WRONG_REGION,
 * ERR_ACCESS_DENIED, or what else went wrong. */
enum err_code access_check(
        const struct plan_env *env, const struct plan *p, struct err *e) ERR_MUST_CHECK;

/* Has the S3 client speak to the buckets where the input says that they are: in another region than
 * ours a request signed for ours is refused. For who copies, after access_check() of whoever
 * prepared. */
enum err_code access_set_regions(const struct plan_env *env, struct err *e) ERR_MUST_CHECK;

#endif
