/* Whether the next keys of a bucket are learnt from a listing or from HeadObject, decided while
 * running from what is found. Pure: it is told numbers alone.
 *
 * A listing costs as much as 12.5 HeadObjects (Amazon S3 pricing, us-east-1, 2026: 0.005 USD for a
 * thousand LIST requests, 0.0004 for a thousand GET and HEAD requests) and shows 1,000 keys, wanted
 * or not. It pays if it settles thirteen of the wanted ones. Where the last listing did not, the
 * next keys are left to HeadObject, twice as many each time, before a listing is tried again; where
 * it did, listings go on, several at a time. */
#ifndef COPYOUT_COPY_LOOK_LISTING_PLAN_H
#define COPYOUT_COPY_LOOK_LISTING_PLAN_H

enum {
    LISTING_PAYS = 13,           /* keys that a listing must settle; fewer are left to HeadObject */
    LISTING_SKIP_MOST = 1 << 14, /* keys left to HeadObject after misses */
    LISTINGS_AT_ONCE = 5,        /* of one plan: a window in one round */
};

enum listing_state {
    LISTING_UNTRIED, /* no listing was answered yet */
    LISTING_GOOD,    /* the last one paid */
    LISTING_POOR,    /* the last one did not */
    LISTING_REFUSED, /* the bucket cannot be listed, or not in a way that can be relied on */
};

/* Of a bucket's keys, as sources or as destinations. Zeroed memory is the beginning. */
struct listing_plan {
    enum listing_state state;
    unsigned skip;    /* keys that are left to HeadObject before the next listing */
    unsigned misses;  /* listings in a row that did not pay */
    unsigned waiting; /* listings under way */
};

enum listing_do {
    LISTING_LIST,  /* send a listing that begins at the next key */
    LISTING_HEADS, /* leave the next `count` keys to HeadObject */
    LISTING_WAIT,  /* decide when a listing that is under way was answered */
};

struct listing_step {
    enum listing_do what;
    unsigned count;
};

/* The next step. left: wanted keys that a listing from the next key on may settle, at least 1. With
 * LISTING_LIST, waiting goes up; with LISTING_HEADS, skip goes down. */
struct listing_step listing_plan_next(struct listing_plan *plan, unsigned left);

/* A listing was answered, and settled so many of the wanted keys: waiting goes down. */
void listing_plan_settled(struct listing_plan *plan, unsigned settled);
/* The same, of one that was sent for another reason, and says nothing of the next. */
void listing_plan_aside(struct listing_plan *plan);
/* The same, of one that told nothing since it failed in a way that may pass. */
void listing_plan_failed(struct listing_plan *plan);
/* The same; and no listing is ever sent again. */
void listing_plan_refused(struct listing_plan *plan);

#endif
