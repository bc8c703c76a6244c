/* The result lines of a plan's shards in the work store. The lines that came since the
 * last results_flush() are written together: in a folder, what was flushed is there even if the
 * process is killed. In S3 the lines are published in pieces, each of
 * which is written once and never changed (results_piece_name() of work_names.h).
 *
 * A job that was interrupted goes on: what earlier workers of the same run (runs.h) have settled is
 * carried over by staying where it is; this worker writes beside it. The results of runs that are
 * over are set aside as the ledger (earlier.h). */
#ifndef COPYOUT_STORE_RESULTS_H
#define COPYOUT_STORE_RESULTS_H

#include "model/plan.h"
#include "model/result.h"
#include "store/result_files.h"
#include "store/store.h"

struct results;

/* A piece is published when it has so many lines, or when its first line is older than asked for.
 */
enum { RESULTS_PIECE_LINES = 1000 };

/* Pointers must outlive the results. */
struct results_config {
    struct store *store;
    const struct plan *plan;
    struct store *ledgers; /* of jobs of the same list and destination (earlier.h); NULL: none */
    bool dry_run;          /* it copies nothing, and never goes on with a run that copies */
    bool retry; /* go on with the last run, also one that is over, and only with what failed or was
                   not reached */
};

/* Begins, or goes on with, the results of a run over all shards of plan, or over the one it has
 * (plan->is_part), or over those that have items (plan->has_gaps): of these only what has no result
 * that answers the shard's mark is left to be done (settled_says()). Not from within a callback. */
enum err_code results_new(
        struct results **out, const struct results_config *config, struct err *e) ERR_MUST_CHECK;
/* Writes what was not flushed, and closes the files. What was not published is not published. NULL
 * is allowed. */
void results_free(struct results *r);

/* Whether an item is settled by what earlier workers of this run recorded; it is counted then. Each
 * item of a shard is asked about at most once, before results_begin(). shard is the index in
 * plan->shards, here and below. */
enum err_code results_carry(struct results *r, unsigned shard, const struct item *item,
        bool *carried, struct err *e) ERR_MUST_CHECK;

/* The items that results_carry() found settled. */
struct results_carried {
    uint64_t by_status[RESULT_STATUS_COUNT];
    uint64_t bytes;     /* of COPIED */
    uint64_t bytes_all; /* of all */
};
const struct results_carried *results_carried(const struct results *r);

/* Says that an item of that shard was begun, so that its file is needed. Of a plan with gaps there
 * is none until an item has a result: most items of a look wait on, and each look would leave an
 * empty file for all later ones to fetch. */
enum err_code results_begin(struct results *r, unsigned shard, struct err *e) ERR_MUST_CHECK;

/* An item of that shard will have its result only later, perhaps in days: when all items that have
 * none are such, the shard's file is closed until one has. */
enum err_code results_put_aside(struct results *r, unsigned shard, struct err *e) ERR_MUST_CHECK;
/* Such an item is taken up again. */
void results_take_up(struct results *r, unsigned shard);
/* How many items of that shard are put aside. */
uint64_t results_aside(const struct results *r, unsigned shard);
/* The name of the first file of that shard that this worker writes, or would write. */
struct results_name results_own_name(const struct results *r, unsigned shard);
/* Adds a result, after results_begin(). It is recorded when results_flush() has said ERR_OK, and
 * must not be told of before that. */
enum err_code results_add(struct results *r, unsigned shard, const struct result *result,
        struct err *e) ERR_MUST_CHECK;
/* Writes the results that were added. ERR_IO: as many as fit were written; the others wait, and the
 * next results_flush() tries again. No part of a line stays in a file, or the message says that one
 * does. */
enum err_code results_flush(struct results *r, struct err *e) ERR_MUST_CHECK;
/* Looks up what earlier runs wrote: fills entry, whose content is then the caller's. false: nothing
 * is on record of that item. After results_begin() of its shard, before its results_add(). */
bool results_find(
        struct results *r, unsigned shard, const struct item *item, struct ledger_entry *entry);

/* Whether a piece is to be published: it is full, or over, or its first line was recorded every_ms
 * ago. now_ms: clock_mono_ms(). Never in a folder. */
bool results_is_due(const struct results *r, uint64_t now_ms, uint64_t every_ms);
/* Publishes one such piece while the loop runs; cb is called from the loop when it is done, and
 * until then this is not called again. Lines that come meanwhile go into the next piece. After an
 * error the piece is due again. */
enum err_code results_publish_due(struct results *r, uint64_t now_ms, uint64_t every_ms,
        store_cb cb, void *ctx, struct err *e) ERR_MUST_CHECK;
/* After the copying: publishes what is left, and removes ledgers that are not needed any more. Not
 * from within a callback, nor while results_publish_due() is at work. */
enum err_code results_publish(struct results *r, struct err *e) ERR_MUST_CHECK;

/* Adds the files that this worker wrote, published or not, and sorts them. */
enum err_code results_add_files(
        const struct results *r, struct result_files *files, struct err *e) ERR_MUST_CHECK;

#endif
