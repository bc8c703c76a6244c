/* Drives many copies at once, the oldest first: whenever a slot for a request is free, the copy
 * that began first of those that have something to send is asked for its next request; a new item
 * is taken in only when no copy that has begun has something to send. So one object of ten thousand
 * parts and a million small ones both fill the same limit, and large objects are finished one after
 * another.
 *
 * Copies that need lists of their parts take turns too: the parts of all copies together are
 * bounded, and the copies that must wait for that are let go on in the order in which they began.
 * An object alone may have any number of parts.
 *
 * When S3 refuses the keys for an object, the scheduler asks once whether they still work, by a GET
 * of the start marker (keys.h); only if they do not does that end the job. */
#ifndef COPYOUT_COPY_SCHED_H
#define COPYOUT_COPY_SCHED_H

#include "copy/machine.h"

struct sched;

/* The most parts of all copies under way together. What is kept of a part takes some 25 bytes, or
 * 100 where its ETag is no MD5; and a CompleteMultipartUpload under way takes about 110. Thirteen
 * objects of 10,000 parts fill any limit of requests while the eldest of them is completed. */
enum { SCHED_PARTS_MOST = 131072 };

/* The most items under way: what memory the job takes is this many copies. */
enum { SCHED_ITEMS_MOST = 2048 };

/* The answer of a source of items. */
enum sched_source {
    SOURCE_ITEM,    /* here is one */
    SOURCE_NOT_YET, /* there is none now; sched_more_items() will say when to ask again */
    SOURCE_END,     /* there are no more */
};

struct sched_config {
    struct copy_port copy_port;
    struct sched_port port;
    const struct input *input;
    struct server_facts *server; /* facts found of the destination's server are added */
    unsigned parts_most;         /* of all copies together; 0: SCHED_PARTS_MOST */
    unsigned items_most;         /* items under way at once; 0: SCHED_ITEMS_MOST */
    /* The next item, whose content the scheduler takes over; its index says which it is, also when
     * its result comes. An error ends the job. */
    enum err_code (*next)(void *ctx, struct item *item, enum sched_source *source, struct err *e);
    /* Whether the source of items waits for answers of its own, which must come before the
     * scheduler ends; it then calls sched_more_items(). NULL: it never does. */
    bool (*is_waiting)(void *ctx);
    /* The source is to ask for nothing more. NULL: it asks for nothing. */
    void (*stop)(void *ctx);
    /* An item is finished, but for a slice that is handed on; an error (it could not be recorded)
     * ends the job. */
    enum err_code (*result)(void *ctx, const struct result *result, struct err *e);
    /* An item was begun, and ended unfinished because the job was stopped; its result is none.
     * NULL: not told. */
    void (*stopped)(void *ctx, const struct result *result);
    /* How archived sources are restored; NULL: they fail. */
    const struct thaw *thaw;
    /* With thaw: the item's source is being restored; it has no result, and is to be given again by
     * another scheduler when that may be over. An error ends the job. */
    enum err_code (*aside)(void *ctx, const struct copy_aside *aside, struct err *e);
    /* Told of each change of an item's state, by the names of both; NULL: not told. */
    void (*on_state)(void *ctx, const struct item *item, const char *from, const char *to);
    void *ctx;
};

/* Counts of what has happened so far, for a display. */
struct sched_counts {
    uint64_t taken; /* items begun */
    uint64_t by_status[RESULT_STATUS_COUNT];
    uint64_t stopped;   /* items that were begun and, the job being stopped, have no result */
    uint64_t aside;     /* items that wait until their sources are restored */
    uint64_t handed_on; /* slices that are finished, of objects that others will finish */
    uint64_t bytes_copied;
    uint64_t bytes;       /* of all items that have a result, as far as their sizes are known */
    unsigned active;      /* items under way */
    unsigned parts;       /* that these hold */
    uint64_t left_open;   /* unfinished uploads that are on record */
    unsigned annotations; /* texts of annotations in memory, when an item ended last */
};

enum err_code sched_new(
        struct sched **out, const struct sched_config *config, struct err *e) ERR_MUST_CHECK;
void sched_free(struct sched *s);

/* Runs the loop until all items are done, or those under way after sched_stop(). The error is what
 * next or result said; ERR_INTERNAL: nothing is left to wait for, and copies still wait. */
enum err_code sched_run(struct sched *s, struct err *e) ERR_MUST_CHECK;

/* The source that said SOURCE_NOT_YET has something to say now. */
void sched_more_items(struct sched *s);

/* Begin nothing new, finish what is under way (multipart uploads are left open on record, or
 * aborted). */
void sched_stop(struct sched *s);
/* And do not wait for answers either. */
void sched_stop_now(struct sched *s);

const struct sched_counts *sched_counts(const struct sched *s);

enum { SCHED_LARGEST = 4 };

/* The items under way, for a display. */
struct sched_view {
    uint64_t sized; /* items whose sizes are known, */
    uint64_t bytes; /* of these items, */
    uint64_t
            bytes_done; /* and of these bytes those in parts that are there, at parts of one size */
    bool source_waits;  /* the source of items has none now and will have more */
    bool source_ended;  /* there are no more */
    /* The largest of those that have been under way for so long as was asked for, the largest
     * first; of one size the older. */
    struct copy_view largest[SCHED_LARGEST];
    unsigned largest_count;
};

/* Looks at all items under way: some 2,000 of them take less than a millisecond. after_us: how long
 * an item is under way before it may be among the largest. What out points to holds until the loop
 * turns. */
void sched_look(const struct sched *s, uint64_t after_us, struct sched_view *out);

#endif
