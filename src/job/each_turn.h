/* Something that is done in each turn of the loop: when all that has happened was handled, before
 * the loop waits for more. It is no reason for the loop to go on. */
#ifndef COPYOUT_JOB_EACH_TURN_H
#define COPYOUT_JOB_EACH_TURN_H

#include "net/net.h"

struct each_turn;

/* Calls cb(ctx) from the loop, in each turn, until each_turn_stop(). ERR_NOMEM. */
enum err_code each_turn_start(struct each_turn **out, struct net *net, void (*cb)(void *ctx),
        void *ctx, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void each_turn_stop(struct each_turn *t);

#endif
