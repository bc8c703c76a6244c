/* Looks at the items that are to be copied before their copies begin: it stands between the items
 * and the scheduler, and learns from ListObjectsV2 what sources and destinations are, where their
 * keys lie close enough for that to pay (listing_plan.h). What it does not learn so is left to
 * HeadObject, which each copy then sends by itself.
 *
 * Items are read a window at a time, and the next window is looked at while the items of the one
 * before are handed out. In a window the order of the items does not matter: it is sorted by source
 * and by destination to be listed; and when the sizes are known, the largest items of a group are
 * handed out first, so that no large one is left for the end.
 *
 * Nothing that a server answers makes it fail. A bucket whose listing is refused, or that does not
 * list as Amazon S3 does, is not listed again. */
#ifndef COPYOUT_COPY_LOOK_LOOKAHEAD_H
#define COPYOUT_COPY_LOOK_LOOKAHEAD_H

#include "copy/sched.h"

struct lookahead;

/* Items of a window; two windows are in memory. An item takes some 400 bytes. */
enum { LOOKAHEAD_WINDOW = 2560 };

/* How long a listing may be taken as the present: longer than that, and HeadObject has the last
 * word before an object is called SAME. */
enum { LOOKAHEAD_FRESH_S = 600 };

struct lookahead_config {
    struct copy_port port; /* start, now_us and now_s are used */
    const struct input *input;
    /* The next item, as sched_config.next. */
    enum err_code (*next)(void *ctx, struct item *item, enum sched_source *source, struct err *e);
    /* Items of which group may change their order with those of the next. They come in ascending
     * groups. NULL: all are of one. */
    uint64_t (*group)(void *ctx, uint64_t index);
    /* Called from a callback of the port when lookahead_next(), which said SOURCE_NOT_YET, has more
     * to say. */
    void (*more)(void *ctx);
    void *ctx;
    unsigned window;   /* items of a window; 0: LOOKAHEAD_WINDOW */
    bool sources_only; /* destinations are not looked at */
};

enum err_code lookahead_new(struct lookahead **out, const struct lookahead_config *config,
        struct err *e) ERR_MUST_CHECK;
/* Only when no callback of the port can come any more. NULL is fine. */
void lookahead_free(struct lookahead *l);

/* The functions of sched_config of the same names; self is the lookahead. */
enum err_code lookahead_next(
        void *self, struct item *item, enum sched_source *source, struct err *e) ERR_MUST_CHECK;
bool lookahead_is_waiting(void *self);
void lookahead_stop(void *self);

/* The items that wait to be handed out and whose sizes listings have told, and their bytes. */
struct lookahead_sized {
    uint64_t items, bytes;
};
struct lookahead_sized lookahead_sized(const struct lookahead *l);

/* For copy_port.looks: what is known of the item that lookahead_next() gave last. */
struct copy_looks lookahead_looks(struct lookahead *l);

#endif
