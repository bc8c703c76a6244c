/* The inside of the lookahead, for its own files: look_window.c has the windows of items, and
 * look_listing.c the listings. */
#ifndef COPYOUT_COPY_LOOK_LOOKAHEAD_INT_H
#define COPYOUT_COPY_LOOK_LOOKAHEAD_INT_H

#include "base/list.h"
#include "copy/look/listing_plan.h"
#include "copy/look/lookahead.h"

enum {
    LOOK_SEGMENT = 950,      /* wanted keys that one of several listings at once is to settle: fewer
                                than a page has, so that some others may lie between them */
    LOOK_LISTINGS_MOST = 10, /* under way at once, of all buckets */
    LOOK_BUCKETS_MOST =
            1024, /* that are remembered; the objects of others are left to HeadObject */
};

enum look_side { LOOK_SOURCES, LOOK_DESTINATIONS, LOOK_SIDES };

/* A bucket whose keys are wanted, as sources or as destinations, for the whole job. */
struct look_bucket {
    char *name;
    enum look_side side;
    struct listing_plan plan;
    /* Whether listings ask if archived sources were restored; a server may refuse the question. */
    enum look_question { LOOK_ASKS_RESTORED, LOOK_ASKS_PLAINLY } question;
};

struct look_buckets {
    struct look_bucket **all;
    unsigned count;
};

/* An item that waits for its turn. */
struct look_entry {
    struct item item; /* zeroed once it was handed out */
    uint64_t group;
    struct seen seen; /* without its age */
};

/* Wanted keys of a bucket that are learnt one listing after another. */
struct look_stretch {
    struct look_bucket *bucket;
    unsigned next, end;      /* of them in window->order[bucket->side]: what is not settled yet */
    unsigned first, run_end; /* all keys of the bucket there */
    char *behind;            /* the last key that its last page showed; NULL: none. Owned */
    unsigned waiting;        /* 1: a listing of it is under way */
};

enum look_window_state {
    LOOK_FILLING, /* items are read into it */
    LOOK_LISTING,
    LOOK_SETTLED, /* all that is learnt by listings is known */
};

struct look_window {
    enum look_window_state state;
    struct look_entry *entries; /* `most` of them */
    unsigned most, count;
    /* Of each side, the entries whose keys are looked for, in the order of buckets and keys. */
    struct look_entry **order[LOOK_SIDES];
    unsigned ordered[LOOK_SIDES];
    struct look_entry **turns; /* all entries, in the order in which they are handed out */
    unsigned next;             /* of turns */
    struct look_stretch *stretches;
    unsigned stretch_count, stretch_cap;
    uint64_t since_us;            /* when its first listing was sent */
    struct lookahead_sized sized; /* LOOK_SETTLED: of the entries that were not handed out */
};

/* The objects that the destination's folder held before the first copy, if one page showed all of
 * it. */
enum look_folder_state {
    LOOK_FOLDER_UNASKED,
    LOOK_FOLDER_PARTLY, /* it has more keys than a page, or was never listed */
    LOOK_FOLDER_WHOLE,
};

struct look_folder {
    enum look_folder_state state;
    struct look_held {
        char *key;
        struct seen_object seen;
    } * held; /* in the order of the keys */
    unsigned count;
    uint64_t since_us;
};

struct lookahead {
    struct lookahead_config config;
    enum sched_source source; /* SOURCE_END: the items are at their end */
    struct look_window now, ahead;
    struct look_buckets buckets;
    struct look_folder folder;
    struct list asks; /* struct look_ask: listings whose answers are to come */
    unsigned ask_count;
    struct seen given; /* of the item that was handed out last */
    uint64_t given_index;
    bool wanted;  /* lookahead_next() has said SOURCE_NOT_YET */
    bool stopped; /* nothing more is asked */
};

/* A listing under way. */
struct look_ask {
    struct list link; /* in lookahead->asks */
    struct lookahead *lookahead;
    unsigned stretch; /* of the window that is looked at ahead */
    char *prefix;
    char *start_after; /* "": none */
    enum look_question question;
    uint64_t sent_us;
};

/* How old what was listed at that moment is now. */
enum seen_age look_age(const struct lookahead *l, uint64_t since_us);

/* --- look_window.c --- */

bool look_window_init(struct look_window *w, unsigned most);
void look_window_free(struct look_window *w);
/* Makes it empty, to be filled; its items were handed out. */
void look_window_clear(struct look_window *w);
/* No item is added any more: orders them, and makes stretches of their keys. */
enum err_code look_window_order(
        struct lookahead *l, struct look_window *w, struct err *e) ERR_MUST_CHECK;
/* All that is learnt by listings is known. */
void look_window_settle(struct look_window *w);
/* An entry of it is handed out. */
void look_window_count_off(struct look_window *w, const struct look_entry *entry);
/* Orders turns, when the window is settled. */
void look_window_sort_turns(struct look_window *w);
/* The key that is looked for on that side. */
const char *look_key(const struct look_entry *entry, enum look_side side);
struct seen_object *look_seen(struct look_entry *entry, enum look_side side);
/* Adds a stretch; NULL: no memory. */
struct look_stretch *look_stretch_add(struct look_window *w);

/* --- look_buckets.c --- */

/* The bucket, as one of that side; NULL: no memory, or too many are remembered. */
struct look_bucket *look_bucket_of(
        struct look_buckets *buckets, const char *name, enum look_side side);
void look_buckets_free(struct look_buckets *buckets);

/* --- look_folder.c --- */

/* Takes a page that shows all that there is below the destination's folder. Without memory nothing
 * is kept. */
void look_folder_take(struct look_folder *f, const struct s3_keys *page, uint64_t since_us);
/* The object that it held under that key, of a folder that is known as a whole. */
struct seen_object look_folder_find(const struct look_folder *f, const char *key);
void look_folder_free(struct look_folder *f);

/* --- look_listing.c --- */

/* The window is full, or there are no more items now: it is looked at. */
enum err_code look_window_begin(
        struct lookahead *l, struct look_window *w, struct err *e) ERR_MUST_CHECK;
void look_ask_free(struct look_ask *ask);

#endif
