/* All objects below a prefix, by ListObjectsV2: any number of them, in the order of their keys. */
#ifndef COPYOUT_PLAN_EXPAND_LISTING_H
#define COPYOUT_PLAN_EXPAND_LISTING_H

#include "plan/plan_env.h"

/* Calls each for every object of the bucket whose key begins with prefix ("": all), in the order of
 * the bytes of the keys; the object holds until it returns. Runs the loop, so not from within a
 * callback.
 *
 * Pages come one after another at first. Where there are more than two, the range of keys is split
 * and its pieces are listed side by side, up to 16 at once (key_split.h); a server that does not
 * list in the order of the keys is listed by one stream. The pages wait in a temporary file until
 * all are there; in memory stay some 100 bytes for a thousand objects. Archived objects are asked
 * whether they are restored, unless the server refuses the question.
 *
 * Errors: the service's, with the bucket and prefix named; ERR_PROTOCOL (a page that cannot be read
 * whole, or is not what was asked for); ERR_INTERRUPTED; ERR_IO, ERR_NOMEM; what each says. */
enum err_code listing_read(const struct plan_env *env, const char *bucket, const char *prefix,
        enum err_code (*each)(void *ctx, const struct s3_listed *object, struct err *e), void *ctx,
        struct err *e) ERR_MUST_CHECK;

#endif
