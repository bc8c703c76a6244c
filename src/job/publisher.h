/* Publishes results piece by piece while the copying goes on, where the work store is in S3: so
 * that a worker that takes over a shard starts from what was done before. */
#ifndef COPYOUT_JOB_PUBLISHER_H
#define COPYOUT_JOB_PUBLISHER_H

#include "net/net.h"
#include "store/results.h"

struct publisher;

/* Tells whether results may be published. */
typedef void (*publisher_answer_cb)(void *ctx, bool may);

struct publisher_config {
    struct net *net;
    struct results *results;
    uint64_t every_ms; /* after its first line a piece waits at most so long */
    /* Asks before each piece whether it may be published; answer(answer_ctx, may) is called exactly
     * once, from the loop and never from within, unless cancel(ctx) comes before. NULL: it may. */
    void (*ask)(void *ctx, publisher_answer_cb answer, void *answer_ctx);
    void (*cancel)(void *ctx);
    void *ctx;
};

enum err_code publisher_start(struct publisher **out, const struct publisher_config *config,
        struct err *e) ERR_MUST_CHECK;

/* Begins nothing new. May be called from a callback, and again. NULL is fine. */
void publisher_halt(struct publisher *p);
/* Ends it; waits for the piece that is on its way, whose failure is the error. Not from within a
 * callback. NULL is fine. */
enum err_code publisher_stop(struct publisher *p, struct err *e) ERR_MUST_CHECK;

#endif
