/* Which parts of the source are asked for to learn its layout, and what the answers say of it.
 * HEAD with ?partNumber=N tells a part's length and how many parts there are (Amazon S3 API
 * Reference, HeadObject). Most objects are cut into equal parts, so part 1, the last and one in the
 * middle are asked for first; all parts only where those do not fit a uniform layout. Pure. */
#ifndef COPYOUT_COPY_PROBE_PLAN_H
#define COPYOUT_COPY_PROBE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/object/layout.h"
#include "model/object/object_info.h"

/* How the layout of the copy was come by. The first four stand as numbers in records of uploads. */
enum layout_source {
    LAYOUT_FROM_PROBES = 0, /* three parts that were asked for agree with a uniform layout */
    LAYOUT_FROM_ALL = 1,    /* every part was asked for, or there is but one way */
    LAYOUT_FROM_GUESS = 2,  /* the server does not tell: a usual part size */
    LAYOUT_OF_OUR_OWN = 3,  /* there is nothing to mirror: parts of our own choice */
    LAYOUT_IN_ONE,   /* no parts: one CopyObject of an object that was written in one piece */
    LAYOUT_GIVEN_UP, /* no parts: one CopyObject of an object whose parts are not known */
};

/* Whether a copy made so is made of the source's own parts, so that its ETag is the source's. */
bool layout_source_mirrors(enum layout_source from);

enum probe_phase { PROBE_NOT_BEGUN, PROBE_FIRST, PROBE_SAMPLES, PROBE_ALL };

/* The meaning of the answers so far. */
enum probe_says {
    PROBES_GO_ON,   /* there are more parts to ask for, or answers to come */
    PROBES_UNIFORM, /* every part is as long as the first, but for the last */
    PROBES_LENGTHS, /* all lengths are known */
    PROBES_UNTOLD,  /* the server does not know of parts */
};

struct probe_plan {
    enum probe_phase phase;
    uint64_t size;     /* bytes of the source */
    unsigned parts;    /* of the source, by its ETag; at least 2 */
    unsigned next;     /* how many probes of this phase were handed out */
    uint64_t sampled;  /* bytes of a part, when PROBES_UNIFORM was said; else 0 */
    uint64_t *lengths; /* of the parts; 0: not known. Owned */
};

/* Begins with part 1. false: out of memory. */
bool probe_plan_begin(struct probe_plan *p, uint64_t size, unsigned parts);
/* All parts are to be asked for, but for those whose length is known. false: out of memory. */
bool probe_plan_all(struct probe_plan *p, uint64_t size, unsigned parts);
void probe_plan_free(struct probe_plan *p); /* frees its content, leaves it zeroed */

/* Frees the lengths, since the layout is known. Only probe_plan_all() makes it ask again, and not
 * for the samples that looked uniform. */
void probe_plan_forget(struct probe_plan *p);

/* The part, from 1, to be asked for now; 0: none of this phase is left. */
unsigned probe_plan_next(struct probe_plan *p);
/* The parts of this phase are to be asked for once more: their answers will not be taken. */
void probe_plan_again(struct probe_plan *p);
/* The answer to HEAD of that part. */
enum probe_says probe_plan_take(struct probe_plan *p, unsigned part, const struct object_info *o);
/* All answers of this phase came: ends it, and may begin the next. Not in PROBE_FIRST. */
enum probe_says probe_plan_over(struct probe_plan *p);

/* Usual part sizes to be tried one after another where the server does not tell. A guess costs a
 * copy of every part: a second one is made only while few parts were copied for nothing. */
struct layout_guesses {
    uint64_t sizes[LAYOUT_GUESSES_MOST];
    unsigned count;
    unsigned next;  /* how many were tried */
    unsigned parts; /* of the source */
};

enum {
    LAYOUT_TRIES_MOST = 3,        /* guesses that are tried */
    LAYOUT_TRIED_PARTS_MOST = 24, /* parts in all of them, if it is more than one */
};

void layout_guesses_begin(struct layout_guesses *g, uint64_t size, unsigned parts);
/* Counts all guesses as tried up to that part size, which an earlier run had come to. */
void layout_guesses_skip(struct layout_guesses *g, uint64_t part);
/* The next part size in bytes; 0: all were tried, or as many as are worth it. */
uint64_t layout_guesses_next(struct layout_guesses *g);

#endif
