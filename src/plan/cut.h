/* Cuts the lines of items.jsonl into shards. */
#ifndef COPYOUT_PLAN_CUT_H
#define COPYOUT_PLAN_CUT_H

#include <stdio.h>

#include "model/plan.h"
#include "net/net.h"

/* Cuts the lines of items (read from its beginning) into shards; p->items and items_per_shard are
 * set. Each of the items `large` (NULL: none) becomes as many shards as it has slices; when there
 * would be too many shards, none is cut so. Turns the loop of net (NULL: none) now and then. */
enum err_code plan_cut(struct plan *p, const struct large_items *large, FILE *items,
        struct net *net, struct err *e) ERR_MUST_CHECK;

#endif
