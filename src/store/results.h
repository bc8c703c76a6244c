/* The result lines of a plan's shards, written as they come: what is recorded is on disk even if we
 * are killed. Opens a shard's file at its first item, closes it at its last result. */
#ifndef COPYOUT_STORE_RESULTS_H
#define COPYOUT_STORE_RESULTS_H

#include "model/plan.h"
#include "model/result.h"
#include "store/store.h"

struct results;

/* The name of a shard's results in the work store. */
enum { RESULTS_NAME_SIZE = sizeof "results/4294967295.jsonl" };
void results_name(char name[RESULTS_NAME_SIZE], unsigned shard);
/* Whether a name ("results/000001.jsonl") is one that results_name() makes. No other file is ever
 * removed or counted as results. */
bool results_is_name(const char *name);
/* Whether the work store holds at least one result of some run. */
enum err_code results_any(struct store *store, bool *any, struct err *e) ERR_MUST_CHECK;
/* Removes the results of all shards, and nothing else. */
enum err_code results_remove_all(struct store *store, struct err *e) ERR_MUST_CHECK;

/* Results of earlier runs in a folder are removed: each run tells what it found itself. */
enum err_code results_new(struct results **out, struct store *store, const struct plan *plan,
        struct err *e) ERR_MUST_CHECK;
void results_free(struct results *r);

/* An item of that shard has been begun, so its file is needed. */
enum err_code results_begin(struct results *r, unsigned shard, struct err *e) ERR_MUST_CHECK;
enum err_code results_add(struct results *r, unsigned shard, const struct result *result,
        struct err *e) ERR_MUST_CHECK;
/* All that came is written; the files go to S3 if that is where the work store is. Not from within
 * a callback. */
enum err_code results_publish(struct results *r, struct err *e) ERR_MUST_CHECK;
/* Whether this run wrote anything of that shard. */
bool results_has(const struct results *r, unsigned shard);

#endif
