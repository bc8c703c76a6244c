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
#include "model/thaw.h"

struct copy;

/* A copy as the scheduler sees it: where it keeps the copy, and what the copy takes. */
struct copy_turn {
    struct list link; /* in one of the scheduler's lists */
    unsigned place;   /* which of them this is */
    uint64_t number;  /* of the copy in the order in which they began: the lower, the older */
    unsigned parts;   /* how many parts the copy holds; the copy's own to set */
    unsigned to_send; /* how many of them it had to send when it was last asked; the scheduler's */
};

/* Copies that have been freed, whose memory the next ones take: a copy has some kilobytes, for
 * which malloc searches its free lists each time. */
struct copy_spares {
    struct list copies;
    unsigned count;
};

/* Makes it empty; frees what is in it. */
void copy_spares_init(struct copy_spares *spares);
void copy_spares_free(struct copy_spares *spares);

/* The environment that all copies of a job share; it must outlive them. */
struct copy_env {
    struct copy_port port;
    const struct input *input;
    struct server_facts *server; /* facts found of the destination's server are added */
    const struct thaw *thaw;     /* how archived sources are restored; NULL: they fail */
    struct copy_spares *spares;  /* NULL: the memory of copies is freed with them */
    /* A copy that waited may have something to do again. Called from a callback of the port; the
     * copy may be asked and freed before it returns. */
    void (*wake)(void *ctx, struct copy *copy);
    void *ctx;
    /* Whether the copy may hold that many parts (their ETags, their lengths) from now on. false:
     * not now, since others hold too many; the copy is asked again with copy_step() when that may
     * have changed. NULL: any number. */
    bool (*hold)(void *ctx, struct copy *copy, unsigned parts);
    /* A copy that was let hold that many parts does not any more. NULL: nobody wants to know. */
    void (*release)(void *ctx, unsigned parts);
    /* Set when the job is being stopped: no new part is begun, and uploads stay open if they are on
     * record. */
    bool stopping;
    uint64_t left_open;   /* how many uploads did */
    unsigned annotations; /* how many copies have the text of one in memory, or wait for it */
    /* Told of each change of state, with the names of both; NULL: the log alone is. */
    void (*on_state)(void *ctx, const struct item *item, const char *from, const char *to);
};

/* The outcome of copy_step(). */
enum copy_next {
    COPY_SENT,  /* it sent one request, and may have more to send */
    COPY_WAITS, /* it has nothing to send before an answer comes; it will wake */
    COPY_AT,    /* it has nothing to send before copy_waits_until(); it must be asked again then */
    COPY_HELD,  /* it has nothing to send before env->hold() lets it hold its parts */
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

/* How many parts at most the copy is to send now; 0: its next request, if any, is no part. */
unsigned copy_parts_to_send(const struct copy *copy);

/* An item whose source is being restored. */
struct copy_aside {
    const struct item *item; /* the copy's */
    enum archive_kind kind;
    unsigned requests; /* that the copy has sent */
};

/* How far a copy is, for a display. */
struct copy_view {
    const struct item *item; /* the copy's */
    uint64_t size;           /* bytes; 0: not known yet, or none */
    unsigned parts; /* that are copied one by one; 0: it is copied as a whole, or not known yet */
    unsigned parts_done; /* of these, those that are there */
    uint64_t started_us; /* by the port's now_us() */
};
void copy_look(const struct copy *copy, struct copy_view *out);

/* The result of a copy that ended; it belongs to the copy. NULL: it is the copy of a slice, which
 * is finished, and the object is not: who finishes the last slice has the result; or the copy was
 * put aside. */
const struct result *copy_result(const struct copy *copy);
/* After COPY_ENDED: whether it failed for nothing but that the job is being stopped. Its object was
 * not reached then, and the result is to be dropped. */
bool copy_was_stopped(const struct copy *copy);
/* After COPY_ENDED: its source is being restored, and the item is to be copied when that is over.
 * Fills out then. */
bool copy_was_put_aside(const struct copy *copy, struct copy_aside *out);
/* The scheduler's part of a copy, zeroed at first but for the link, which is in no list. */
struct copy_turn *copy_turn(struct copy *copy);
/* The copy whose turn it is. */
struct copy *copy_of_turn(struct copy_turn *turn);

#endif
