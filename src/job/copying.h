/* Step 2 of a job: the items of a plan through the scheduler, their results to the work store. The
 * one file of the engine that knows the scheduler. */
#ifndef COPYOUT_JOB_COPYING_H
#define COPYOUT_JOB_COPYING_H

#include "base/stop.h"
#include "copy/look/lookahead.h"
#include "copy/sched.h"
#include "job/publisher.h"
#include "job/session.h"
#include "model/plan.h"
#include "store/results.h"

struct copying;

/* Pointers must outlive the copying. */
struct copying_config {
    const struct session *session;
    struct store *store;
    struct store *ledgers; /* of jobs of the same list and destination; NULL: none */
    const struct input *input;
    const struct plan *plan;
    struct server_facts *server; /* facts found of the destination's server are added */
    const struct thaw *thaw;     /* how archived sources are restored; NULL: they are not */
    unsigned thaw_every_s;       /* how often they are looked at then; 0: by archive and tier */
    /* With thaw: whether the copying waits until all are restored, or ends when all other items
     * have their results (copying_waiting()). */
    enum { THAW_WAITS, THAW_LEAVES } thaw_then;
    bool retry; /* only what failed or was not reached (store/results.h) */
    /* After a result was recorded; NULL: nobody wants to know. */
    void (*on_result)(void *ctx, const struct result *result);
    void *ctx; /* of on_result */
    /* Of struct publisher_config, where the work store is in S3. */
    uint64_t publish_ms;
    void (*ask_publish)(void *ctx, publisher_answer_cb answer, void *answer_ctx);
    void (*cancel_ask)(void *ctx);
    void *publish_ctx; /* of these two */
};

enum err_code copying_new(
        struct copying **out, const struct copying_config *config, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void copying_free(struct copying *c);

/* Returns when every item has its result, or, after copying_stop(), those that were begun. Items
 * that earlier workers of the same run have settled are passed over. */
enum err_code copying_run(struct copying *c, struct err *e) ERR_MUST_CHECK;

/* Puts the results that are not there yet into S3 if that is where the work store is. Not while it
 * runs. */
enum err_code copying_publish(struct copying *c, struct err *e) ERR_MUST_CHECK;

/* May be called from a callback, and again. */
void copying_stop(struct copying *c, enum stop_level level);

/* As of the last turn of the loop: of results only those that are recorded. */
const struct sched_counts *copying_counts(const struct copying *c);
/* The items whose copies are under way, as sched_look() has them; and the items behind them whose
 * sizes are known. */
void copying_look(const struct copying *c, uint64_t after_us, struct sched_view *under_way,
        struct lookahead_sized *behind);
/* The items that wait until their sources are restored. */
uint64_t copying_waiting(const struct copying *c);
/* Of a copying that leaves them: in how many seconds another one is to look at them, when so many
 * looks were made before. 0: none waits. */
unsigned copying_look_again_s(const struct copying *c, unsigned looks);
/* The items that were passed over so far, as settled by earlier workers. */
const struct results_carried *copying_carried(const struct copying *c);
/* The copying's results. */
const struct results *copying_results(const struct copying *c);

#endif
