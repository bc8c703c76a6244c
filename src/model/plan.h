/* How a job is cut into shards: a value. Its files, job.json and shards.json in the work store, are
 * store/plan_files.h. */
#ifndef COPYOUT_MODEL_PLAN_H
#define COPYOUT_MODEL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/input.h"
#include "model/server_facts.h"

/* The words by which the message of ERR_ACCESS_DENIED tells that the key of KMS that the
 * destination encrypts with refuses, and not its bucket: the message crosses from the task that
 * prepares to the command that tells of its execution as text. */
#define PLAN_DENIED_BY_KMS "the KMS key that the destination encrypts with"

enum {
    PLAN_BUCKETS_MOST = 1000, /* source buckets looked up beforehand; more are met on the way */
    /* The answers of a distributed map, "{}," for each shard, fit into 256 KiB, as they must where
     * the map has no ResultWriter (AWS Step Functions Developer Guide, "Quotas": input or output of
     * a state). 800 million objects by default. */
    PLAN_SHARDS_MOST = 80000,
    SHARD_DIGEST_SIZE = 16, /* bytes */
    /* Of items that nobody asked for another number of: each shard is a task on AWS, and starting
     * one costs a minute of Fargate, and two configuration items where AWS Config records its
     * network interface. README of elsa-data/aws-copy-out-sharer, "Input": "cheapest to leave the
     * items per batch at 10". */
    ITEMS_PER_SHARD_LEAST = 10,
    PLAN_SLICES_MOST = 100, /* of one object */
};

/* A run of consecutive items; or a slice of a large object: one item that as many shards as it has
 * slices copy together, each some of its parts. The shards of these slices follow one another. In a
 * plan of more than one shard the first of them has the item, and the others have no items and no
 * bytes, so that each item is counted once. */
struct shard {
    uint64_t offset; /* of its first line in items.jsonl */
    uint64_t length; /* bytes */
    uint64_t items;
    unsigned char digest[SHARD_DIGEST_SIZE]; /* of its lines: store/shard_digest.h */
    bool has_digest; /* false: of a job that an older copyout prepared, which made none */
    unsigned slice;  /* which slice it is, from 1; 0: it is a run of items */
    unsigned slices; /* of its item; 0: it is a run of items */
};

/* The items that are to be copied in slices, in ascending order. Zeroed memory: there are none. */
struct large_items {
    struct large_item {
        uint64_t index;  /* of the item, from 0 */
        unsigned slices; /* 2 to PLAN_SLICES_MOST */
    } * all;
    size_t count, cap;
};

struct plan {
    uint64_t items;
    uint64_t duplicates;             /* lines that named an object again and were left out */
    uint64_t left_out;               /* objects that the filters left out */
    uint64_t folder_markers;         /* of prefixes, left out */
    uint64_t prefixes;               /* that the list was found to stand for; not stored */
    enum dest_keys destination_keys; /* how its items are called in the destination */
    uint64_t items_per_shard;
    uint64_t items_bytes; /* length of items.jsonl; 0: of an old job, or not loaded */
    unsigned shard_count;
    bool is_part;  /* of the job's shards only one is here */
    bool has_gaps; /* shards that plan_keep_shards() left have no items, and their lines are passed
                      over */
    /* The number of shards[0]; of a slice, the number of the shard of the first slice: there are
     * the results of its item, whoever writes them. */
    unsigned first_shard;
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

/* asked is maxItemsPerBatch, 0 when it was not given. The answer is that, or a hundredth of the
 * items, at least ITEMS_PER_SHARD_LEAST; it is never more than ITEMS_PER_SHARD_MOST. */
uint64_t plan_items_per_shard(uint64_t items, uint64_t asked);

/* Notes a source bucket, if it is new and there is room. */
enum err_code plan_add_bucket(struct plan *p, const char *bucket, struct err *e) ERR_MUST_CHECK;

/* Whether an object of the plan is copied in slices. */
bool plan_is_cut(const struct plan *p);

/* The slices of an object of so many bytes, when one of more than `above` bytes is to be cut so
 * that each slice has at most as many: 0: it is copied as a whole. above 0: no object is cut. */
unsigned plan_slices(uint64_t size, uint64_t above);

/* Of one shard, read as it stands in its file: leaves it as a shard of a plan of several. end: of
 * the shard before it, in bytes. */
void plan_fold_slice(struct shard *shard, uint64_t end);
/* The reverse, for the shard of that index: as it stands in its file. */
struct shard plan_unfold_slice(const struct plan *p, unsigned shard);

/* Leaves of an opened plan that shard alone. ERR_INPUT when there is no such shard. */
enum err_code plan_keep_shard(struct plan *p, uint64_t shard, struct err *e) ERR_MUST_CHECK;

/* Leaves of an opened plan the items of some of its shards: kept says for each whether they stay.
 * The others are still counted, and have no items. Each object is one item, also one that is copied
 * in slices. */
void plan_keep_shards(struct plan *p, const bool *kept);

/* Where the first line of the plan's items begins in items.jsonl, in bytes. 0: it has none. */
uint64_t plan_first_line(const struct plan *p);
/* Where the last of them ends. */
uint64_t plan_lines_end(const struct plan *p);

/* Bytes of items.jsonl that are to be read at once. */
struct lines_range {
    uint64_t offset, length;
};
/* The next range that holds lines of the plan's items, from the shard *shard (0 at first) on, which
 * is moved behind it. Shards are in one range when not more than gap_most bytes lie between two of
 * them. false: there is none. */
bool plan_next_range(
        const struct plan *p, uint64_t gap_most, unsigned *shard, struct lines_range *range);

#endif
