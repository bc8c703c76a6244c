/* The plan's files in the work store: job.json (the input and the counts) and shards.json (the
 * shards, as the distributed map reads them). */
#ifndef COPYOUT_STORE_PLAN_FILES_H
#define COPYOUT_STORE_PLAN_FILES_H

#include "model/input.h"
#include "model/plan.h"
#include "store/store.h"

/* Writes the plan of that input: shards.json first and job.json last, so that a step that finds
 * job.json finds all. Sets p->created_s. */
enum err_code plan_save(struct plan *p, struct store *store, const struct input *input,
        struct err *e) ERR_MUST_CHECK;

/* Notes in job.json, which is there, what was found of the destination's server; and in p. */
enum err_code plan_save_server(struct plan *p, struct store *store,
        const struct server_facts *server, struct err *e) ERR_MUST_CHECK;

/* The plan that is in the work store, whatever it is of, with all its shards; input (initialised)
 * is filled with the input it was made of. ERR_INPUT when there is none. */
enum err_code plan_open(
        struct plan *p, struct store *store, struct input *input, struct err *e) ERR_MUST_CHECK;

/* The same with one shard only: text is its object in shards.json, which need not be read then. */
enum err_code plan_open_shard(struct plan *p, struct store *store, struct input *input,
        const char *text, struct err *e) ERR_MUST_CHECK;

/* Before items.jsonl is replaced: what job.json says holds no longer. */
enum err_code plan_forget(struct store *store, struct err *e) ERR_MUST_CHECK;

/* The plan that is in the work store, if its "manifest" is this one, and its input would make the
 * same plan; *found. The input in job.json is then this one. */
enum err_code plan_load(struct plan *p, struct store *store, const struct input *input,
        const char *manifest, bool *found, struct err *e) ERR_MUST_CHECK;

#endif
