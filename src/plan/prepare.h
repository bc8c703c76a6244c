/* Step 1 of a job: input and manifest to a plan in the work store; then whether we can write. */
#ifndef COPYOUT_PLAN_PREPARE_H
#define COPYOUT_PLAN_PREPARE_H

#include "model/plan.h"
#include "model/problems.h"
#include "plan/plan_env.h"

/* Can be called again at any time: the same input and manifest keep the plan that is there. A
 * manifest is the same when its bytes are, wherever it lies. When the manifest has problems they
 * are in `problems` and the error is ERR_MANIFEST; nothing was then written to the destination.
 *
 * With env->list_only neither the destination nor the sources are asked anything.
 *
 * ERR_INPUT, and the work store as it was, when it is not ours (claim.h), and when it holds results
 * of another manifest or another destination and env->replace is not set. */
enum err_code prepare(const struct plan_env *env, struct plan *p, struct problems *problems,
        struct err *e) ERR_MUST_CHECK;

#endif
