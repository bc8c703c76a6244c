/* One object's copy, as a state machine that hands out its next request when it is asked.
 *
 *   LOOKUP ─▶ SINGLE ─────────────────────────────────────────────────▶ VERIFY ─▶ (RETAG) ─▶ DONE
 *     │  └──▶ LAYOUT ─▶ TAGGING ─▶ RECORD ─▶ CREATE ─▶ RECORD ─▶ PARTS ─▶ COMPLETE ─┘          ▲
 *     └▶ EXPLAIN ───────────────────────────────────────────────┴──────┴─▶ ABORT ─▶ ABORTED ───┤
 *                                                              what is on record ─▶ FORGET ────┘
 *
 * With the record of an upload that was left open it begins with RECALL, and RESUME (which parts
 * are there?) takes the place of LAYOUT to the second RECORD. SWEEP looks for uploads whose Create
 * was sent and whose answer was not seen.
 *
 * A copy never decides how many requests are under way: who drives it (sched.h) asks copy_step()
 * when there is room. */
#ifndef COPYOUT_COPY_MACHINE_H
#define COPYOUT_COPY_MACHINE_H

#include "model/input.h"
#include "model/result.h"
#include "s3/client.h"
#include "store/uploads.h"

struct copy;

/* What all copies of a job share; must outlive them. */
struct copy_env {
    struct s3_client *s3;
    const struct input *input;
    struct uploads *uploads; /* the records of unfinished uploads; NULL: none are kept */
    /* A copy that waited has something to do again; from a callback. */
    void (*wake)(void *ctx, struct copy *copy);
    void *ctx;
    /* Set when the job is being stopped: no new part is begun, uploads stay open if they are on
     * record.
     */
    bool stopping;
    uint64_t left_open; /* how many did */
};

/* What copy_step() did. */
enum copy_next {
    COPY_STARTED, /* it sent one request, and may have more to send */
    COPY_WAITS,   /* nothing to send before an answer comes; it will wake */
    COPY_ENDED,   /* its result is ready */
};

/* Takes over what is in item (which is then zeroed). owner: for who drives it. */
enum err_code copy_new(struct copy **out, struct copy_env *env, struct item *item, void *owner,
        struct err *e) ERR_MUST_CHECK;
/* Only when it ended, or when the client was freed and no callback can come. */
void copy_free(struct copy *copy);

enum copy_next copy_step(struct copy *copy);

/* Of one that ended; belongs to the copy. */
struct result *copy_result(struct copy *copy);
void *copy_owner(const struct copy *copy);
/* The link by which who drives it keeps it in a list. */
struct list *copy_link(struct copy *copy);
struct copy *copy_of_link(struct list *link);

#endif
