/* The name of a work store that belongs to a list and a destination: the same command finds it
 * again. */
#ifndef COPYOUT_PLAN_WORK_NAME_H
#define COPYOUT_PLAN_WORK_NAME_H

#include "model/plan.h"
#include "plan/plan_env.h"

/* Appends "BUCKET-HEX" to out: the destination's bucket, and 16 digits of a digest of the list, the
 * bucket and the folder. Of a list in a file its bytes count, of one in S3 its place and its ETag.
 * env needs no store. *known is false, and nothing is appended, for a list that cannot be known
 * before it is read (standard input, a pipe, one that S3 gives no ETag of), or for a file that is
 * not there. Errors: those of looking at a list in S3. */
enum err_code work_name(
        const struct plan_env *env, struct buf *out, bool *known, struct err *e) ERR_MUST_CHECK;
/* Appends the name of the folder of ledgers that belongs to the plan's list, which has a digest,
 * how it is cut, and the input's destination: 32 hex digits and a '/'. */
enum err_code work_name_of_ledgers(const struct plan *plan, const struct input *input,
        struct buf *out, struct err *e) ERR_MUST_CHECK;

#endif
