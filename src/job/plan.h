/* How a job is cut into shards: job.json and shards.json in the work store. */
#ifndef COPYOUT_JOB_PLAN_H
#define COPYOUT_JOB_PLAN_H

#include "job/job.h"

enum {
    PLAN_BUCKETS_MOST = 1000, /* source buckets looked up beforehand; more are met on the way */
    /* The answers of a distributed map, "{}," for each shard, must fit into 256 KiB (AWS Step
     * Functions Developer Guide, "Quotas": input or output of a state). 800 million objects by
     * default. */
    PLAN_SHARDS_MOST = 80000,
};

/* A run of consecutive items. */
struct shard {
    uint64_t offset; /* of its first line in items.jsonl */
    uint64_t length; /* bytes */
    uint64_t items;
};

struct plan {
    uint64_t items;
    uint64_t items_per_shard;
    unsigned shard_count;
    bool is_part;         /* of the job's shards only one is here */
    unsigned first_shard; /* the number of shards[0] */
    struct shard *shards;
    int64_t created_s; /* seconds since 1970 */
    char *manifest; /* what the plan is of: place, ETag or file times. "": cannot be known again */
    char *digest; /* of the manifest's bytes, "sha256:" and hex; NULL: of an old job, or not loaded
                   */
    char *source_buckets[PLAN_BUCKETS_MOST];
    unsigned source_bucket_count;
};

void plan_free(struct plan *p); /* what is inside; leaves it zeroed */

/* maxItemsPerBatch, or a hundredth of the items, at least 1 and at most ITEMS_PER_SHARD_MOST. */
uint64_t plan_items_per_shard(uint64_t items, uint64_t asked);

/* Notes a source bucket, if it is new and there is room. */
enum err_code plan_add_bucket(struct plan *p, const char *bucket, struct err *e) ERR_MUST_CHECK;

/* Cuts the lines of items (read from its beginning) into shards; p->items and items_per_shard are
 * set. Turns the loop of net (NULL: none) now and then. */
enum err_code plan_cut(struct plan *p, FILE *items, struct net *net, struct err *e) ERR_MUST_CHECK;

/* shards.json first and job.json last: who finds job.json finds all. */
enum err_code plan_save(struct plan *p, const struct job *job, struct err *e) ERR_MUST_CHECK;

/* The plan that is in the work store, whatever it is of, with all its shards; job->input is filled
 * with the input it was made of. ERR_INPUT when there is none. */
enum err_code plan_open(
        struct plan *p, const struct job *job, struct input *input, struct err *e) ERR_MUST_CHECK;

/* The same with one shard only: text is its object in shards.json, which need not be read then. */
enum err_code plan_open_shard(struct plan *p, const struct job *job, struct input *input,
        const char *text, struct err *e) ERR_MUST_CHECK;

/* Leaves of an opened plan that shard alone. ERR_INPUT when there is no such shard. */
enum err_code plan_keep_shard(struct plan *p, uint64_t shard, struct err *e) ERR_MUST_CHECK;

/* Before items.jsonl is replaced: what job.json says holds no longer. */
enum err_code plan_forget(const struct job *job, struct err *e) ERR_MUST_CHECK;

/* The plan that is in the work store, if its "manifest" is this one, and its input the same but for
 * the manifest's place; *found. */
enum err_code plan_load(struct plan *p, const struct job *job, const char *manifest, bool *found,
        struct err *e) ERR_MUST_CHECK;

#endif
