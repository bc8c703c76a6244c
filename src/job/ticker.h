/* Something that is done again and again while the loop runs, and that is no reason for it to go
 * on. */
#ifndef COPYOUT_JOB_TICKER_H
#define COPYOUT_JOB_TICKER_H

#include <stdint.h>

#include "net/net.h"

struct ticker;

/* Calls tick from the loop every so many milliseconds, for the first time after as many. */
enum err_code ticker_start(struct ticker **out, struct net *net, uint64_t every_ms,
        void (*tick)(void *ctx), void *ctx, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void ticker_stop(struct ticker *t);

#endif
