/* The lines of a plan's items in the work store, items.jsonl: finding them, and seeing that they
 * are those that were planned. */
#ifndef COPYOUT_STORE_PLAN_LINES_H
#define COPYOUT_STORE_PLAN_LINES_H

#include <sys/types.h>

#include "model/plan.h"
#include "store/store.h"

/* Opens items.jsonl where the lines of the plan begin; of a part of a plan no more than its lines
 * need be there, and of a plan with gaps in S3 what lies between its shards is fetched only where
 * that is not more than 1 MiB: its lines are in a temporary file, where they would be in the whole.
 * The plan has items. *origin: where the first byte of items.jsonl is, or would be, in *items.
 * ERR_IO: there is no such file, or it cannot be read. */
enum err_code plan_open_lines(const struct plan *p, struct store *store, FILE **items,
        off_t *origin, struct err *e) ERR_MUST_CHECK;

/* Sees that the lines of the plan's shards are those that were planned, by their digests; of a
 * whole plan also that no more follow. items is where the first of these shards begins, and is
 * there again afterwards. Nothing is read of a plan without digests, of an older copyout. Turns the
 * loop of net (NULL: none) now and then. ERR_VERIFY: they are not; ERR_IO: they cannot be read. */
enum err_code plan_check_items(
        const struct plan *p, FILE *items, struct net *net, struct err *e) ERR_MUST_CHECK;

/* Of a plan with gaps (plan_keep_shards()): moves to where the lines of that shard, which has
 * items, begin; origin is plan_open_lines()'s. Of another plan it does nothing: the shards follow
 * one another. */
enum err_code plan_go_to_shard(const struct plan *p, unsigned shard, FILE *items, off_t origin,
        struct err *e) ERR_MUST_CHECK;

#endif
