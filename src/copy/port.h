/* The seam: all that the copy of objects needs of the world outside, as small tables of functions.
 * The real ones stand on the S3 client, the work store and the event loop (job/copy_port.h); the
 * unit tests put a fake S3 there (tests/unit/copy/fake_s3.h).
 *
 * Every function gets the table's `self` as its first argument. A function that starts something
 * and returns ERR_OK calls back exactly once, later, from the loop, and never from within itself;
 * one that returns an error, which it has described in *e, does not call back. */
#ifndef COPYOUT_COPY_PORT_H
#define COPYOUT_COPY_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "copy/look/seen.h"
#include "model/result.h"
#include "model/upload.h"
#include "s3/reply.h"
#include "s3/request.h"

/* err is ERR_OK, or why it was not done. found: of a load, the record, whose content is the
 * receiver's to take; NULL when there is none, and for a save or a removal. With ERR_INPUT it
 * holds the age of the record alone (or is NULL: not known). */
typedef void (*copy_record_cb)(void *ctx, const struct err *err, struct upload *found);

/* The records of unfinished uploads: for each destination key those of model/upload.h (which:
 * UPLOAD_FIRST, ...). */
struct copy_records {
    void *self;
    /* Whether there was a first record of that destination when the job began. */
    bool (*has)(void *self, const char *bucket, const char *key);
    /* Reads the record; ERR_INPUT in the answer: it cannot be understood. */
    enum err_code (*load)(void *self, const char *bucket, const char *key, unsigned which,
            copy_record_cb cb, void *ctx, struct err *e);
    /* Writes the record upload->which, or writes over it. */
    enum err_code (*save)(
            void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e);
    /* The same, if there is none yet: else ERR_PRECONDITION in the answer. */
    enum err_code (*publish)(
            void *self, const struct upload *upload, copy_record_cb cb, void *ctx, struct err *e);
    /* Removes the record; one that is not there is no error. */
    enum err_code (*remove)(void *self, const char *bucket, const char *key, unsigned which,
            copy_record_cb cb, void *ctx, struct err *e);
};

/* The objects that earlier runs wrote, by the results that they left. */
struct copy_ledger {
    void *self;
    /* Fills `entry`, which is zeroed and becomes the caller's; false: nothing is on record of that
     * item, or it cannot be read. */
    bool (*find)(void *self, const struct item *item, struct ledger_entry *entry);
};

/* The facts that were learnt of items before their copies begin (lookahead.h). */
struct copy_looks {
    void *self;
    /* Fills `seen`; false: nothing is known of that item. Asked once, when its copy is made. */
    bool (*find)(void *self, const struct item *item, struct seen *seen);
};

/* The needs of one object's copy. */
struct copy_port {
    void *self;
    /* Starts an operation of S3; what the request points to needs to hold only until it returns. */
    enum err_code (*start)(void *self, const struct s3_request *request, s3_done_cb done, void *ctx,
            struct err *e);
    int64_t (*now_s)(void *self);       /* seconds since 1970, by S3's clock */
    uint64_t (*now_us)(void *self);     /* microseconds since some fixed point, never backwards */
    const struct copy_records *records; /* NULL: none are kept, as in a dry run */
    const struct copy_ledger *ledger;   /* NULL: there is none */
    const struct copy_looks *looks;     /* NULL: each copy looks for itself */
};

/* The needs of the scheduler of many copies, besides those of the copies. */
struct sched_port {
    void *self;
    /* How many requests could go out now. */
    unsigned (*free_slots)(void *self);
    /* From now on free_cb is called from the loop whenever an answer freed a slot; NULL: never. */
    void (*on_free_slots)(void *self, void (*free_cb)(void *ctx), void *ctx);
    /* The job is being stopped: what fails is tried a few times more, not for minutes. */
    void (*begin_stop)(void *self);
    /* Everything under way is answered soon, with ERR_CANCELLED. */
    void (*cancel_all)(void *self);
    /* Runs the loop until *done, or until there is nothing left to wait for. */
    void (*run_until)(void *self, const bool *done);
    /* Calls cb once, so many microseconds from now. The scheduler has one timer at a time. */
    enum err_code (*timer_start)(
            void *self, uint64_t after_us, void (*cb)(void *ctx), void *ctx, struct err *e);
    /* Ends the timer that was started and has not called back yet. */
    void (*timer_stop)(void *self);
};

#endif
