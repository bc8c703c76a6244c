/* How a job is cut into shards: a value. Its files, job.json and shards.json in the work store, are
 * store/plan_files.h. */
#ifndef COPYOUT_MODEL_PLAN_H
#define COPYOUT_MODEL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/input.h"
#include "model/server_facts.h"

enum {
    PLAN_BUCKETS_MOST = 1000, /* source buckets looked up beforehand; more are met on the way */
    /* The answers of a distributed map, "{}," for each shard, must fit into 256 KiB (AWS Step
     * Functions Developer Guide, "Quotas": input or output of a state). 800 million objects by
     * default. */
    PLAN_SHARDS_MOST = 80000,
    SHARD_DIGEST_SIZE = 16, /* bytes */
};

/* A run of consecutive items. */
struct shard {
    uint64_t offset; /* of its first line in items.jsonl */
    uint64_t length; /* bytes */
    uint64_t items;
    unsigned char digest[SHARD_DIGEST_SIZE]; /* of its lines: store/shard_digest.h */
    bool has_digest; /* false: of a job that an older copyout prepared, which made none */
};

struct plan {
    uint64_t items;
    uint64_t duplicates;             /* lines that named an object again and were left out */
    enum dest_keys destination_keys; /* how its items are called in the destination */
    uint64_t items_per_shard;
    uint64_t items_bytes; /* length of items.jsonl; 0: of an old job, or not loaded */
    unsigned shard_count;
    bool is_part;         /* of the job's shards only one is here */
    unsigned first_shard; /* the number of shards[0] */
    struct shard *shards;
    int64_t created_s; /* seconds since 1970 */
    char *manifest; /* the list that the plan is of: place, ETag or file times. "": cannot be known
                       again */
    char *digest;   /* of the manifest's bytes, "sha256:" and hex; NULL: of an old job */
    struct server_facts server; /* found of the destination's server when the job was prepared */
    char *source_buckets[PLAN_BUCKETS_MOST];
    unsigned source_bucket_count;
};

void plan_free(struct plan *p); /* frees its content, leaves it zeroed */

/* maxItemsPerBatch, or a hundredth of the items, at least 1 and at most ITEMS_PER_SHARD_MOST. */
uint64_t plan_items_per_shard(uint64_t items, uint64_t asked);

/* Notes a source bucket, if it is new and there is room. */
enum err_code plan_add_bucket(struct plan *p, const char *bucket, struct err *e) ERR_MUST_CHECK;

/* Leaves of an opened plan that shard alone. ERR_INPUT when there is no such shard. */
enum err_code plan_keep_shard(struct plan *p, uint64_t shard, struct err *e) ERR_MUST_CHECK;

#endif
