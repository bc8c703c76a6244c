/* The facts that policy.c gathers and policy_json.c makes policies of. */
#ifndef COPYOUT_MODEL_POLICY_INT_H
#define COPYOUT_MODEL_POLICY_INT_H

#include "model/policy/key_cover.h"
#include "model/policy/policy.h"

/* A bucket, and what of it is asked for. */
struct policy_bucket {
    char *name;
    uint64_t objects;
    struct key_cover keys;
    unsigned needs;
};

struct policy_buckets {
    struct policy_bucket *all;
    size_t count, cap;
};

/* The files of copyout's own at the destination: the marker, the report, its page, the delivery
 * record. */
enum { POLICY_OWN_FILES = 4 };

struct policy {
    struct policy_config config;
    char *partition; /* "aws" */
    struct policy_buckets sources;
    struct policy_buckets lists; /* of the files that the list is read from; their objects: files */
    struct policy_bucket destination;
    struct policy_bucket work; /* its keys: the prefix */
    /* The keys that these files get where somebody else's file has their name, as the ends of
     * ARNs: "out/ENDED_COPY-*.csv". */
    char *numbered[POLICY_OWN_FILES];
    unsigned numbered_count;
    unsigned basic; /* needs that do not depend on the items */
    unsigned needs; /* of the whole job */
};

#endif
