/* Work that blocks (a file that is synced to the disk), done on a thread so that the loop goes on.
 * libuv's threads do it, four at a time (libuv documentation, "Thread pool work scheduling"). */
#ifndef COPYOUT_NET_WORK_H
#define COPYOUT_NET_WORK_H

#include "net/net.h"

/* The end of the work, told from the loop. is_told: false when net_free() has waited for it; the
 * callback is then to free ctx, and nothing else. */
typedef void (*net_work_done_cb)(void *ctx, bool is_told);

/* Lets a thread call work(ctx), and then the loop done(ctx). The loop goes on until then. What
 * `work` uses must not be touched by others meanwhile; a second work may be done before the first.
 * Errors, of which done is not called: ERR_NOMEM. */
enum err_code net_work_start(struct net *net, void (*work)(void *ctx), net_work_done_cb done,
        void *ctx, struct err *e) ERR_MUST_CHECK;

/* Waits for all work, and has it not told. For net_free(). */
void net_work_end(struct net *net);

#endif
