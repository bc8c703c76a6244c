/* One object's copy, as a state machine that hands out its next request when it is asked.
 * docs/copy-machine.md draws the states; states.c has the table of them.
 *
 * A copy never decides how many requests are under way: the scheduler (sched.h) asks copy_step()
 * whenever a slot is free. */
#ifndef COPYOUT_COPY_MACHINE_H
#define COPYOUT_COPY_MACHINE_H

#include "base/list.h"
#include "copy/port.h"
#include "model/input.h"
#include "model/result.h"
#include "model/server_facts.h"

struct copy;

/* The environment that all copies of a job share; it must outlive them. */
struct copy_env {
    struct copy_port port;
    const struct input *input;
    struct server_facts *server; /* what is found of the destination's server is added */
    /* A copy that waited may have something to do again. Called from a callback of the port; the
     * copy may be asked and freed before it returns. */
    void (*wake)(void *ctx, struct copy *copy);
    void *ctx;
    /* Set when the job is being stopped: no new part is begun, and uploads stay open if they are on
     * record. */
    bool stopping;
    uint64_t left_open; /* how many uploads did */
    /* Told of each change of state, with the names of both; NULL: the log alone is. */
    void (*on_state)(void *ctx, const struct item *item, const char *from, const char *to);
};

/* The outcome of copy_step(). */
enum copy_next {
    COPY_SENT,  /* it sent one request, and may have more to send */
    COPY_WAITS, /* it has nothing to send before an answer comes; it will wake */
    COPY_AT,    /* it has nothing to send before copy_waits_until(); it must be asked again then */
    COPY_MOVED, /* it is in another state now: ask again at once; copy_step() has done so */
    COPY_ENDED, /* its result is ready */
};

/* A copy of the item, whose content it takes over (item is then zeroed). ERR_NOMEM: the item is as
 * it was. */
enum err_code copy_new(
        struct copy **out, struct copy_env *env, struct item *item, struct err *e) ERR_MUST_CHECK;
/* Only when the copy ended, or when no callback of the port can come any more. NULL is fine. */
void copy_free(struct copy *copy);

/* Asks the copy for its next request, which it sends through the port. Not after COPY_ENDED. */
enum copy_next copy_step(struct copy *copy);
/* After COPY_AT: the moment, by the port's now_us(). */
uint64_t copy_waits_until(const struct copy *copy);

/* The result of a copy that ended; it belongs to the copy. */
const struct result *copy_result(const struct copy *copy);
/* The link by which the scheduler keeps a copy in one of its lists. */
struct list *copy_link(struct copy *copy);
struct copy *copy_of_link(struct list *link);

#endif
