/* The rights that a job takes, as policies: of IAM for the copier, of buckets for the owners of
 * sources and destination, of KMS for the owners of keys. What right a job takes is one table. No
 * I/O: items are added one by one, in bounded memory. */
#ifndef COPYOUT_MODEL_POLICY_H
#define COPYOUT_MODEL_POLICY_H

#include <jansson.h>

#include "base/buf.h"
#include "model/input.h"
#include "model/item.h"

struct policy;

/* Text sizes above which AWS takes no such policy, in characters (AWS IAM User Guide, "IAM and AWS
 * STS quotas": managed policies; Amazon S3 User Guide, "Bucket policies": 20 KB). */
enum { POLICY_MANAGED_MOST = 6144, POLICY_BUCKET_MOST = 20480, POLICY_BUCKETS_MOST = 1000 };

/* Strings must outlive the policy. */
struct policy_config {
    const struct input *input;   /* checked */
    const char *principal;       /* ARN of the copier: arn:aws:iam::123456789012:role/copier */
    const char *work;            /* the work store, s3://bucket/prefix/; NULL: it is a folder */
    const char *source_keys;     /* ARNs of keys of KMS, separated by commas; NULL: none */
    const char *destination_key; /* ARN of the key of KMS with which copies are encrypted; NULL */
    bool listing; /* also the right to list: fewer requests, and a missing object is told from one
                     that may not be read */
};

/* ERR_USAGE: principal, work or a key is no such thing; the message names the option. */
enum err_code policy_new(
        struct policy **out, const struct policy_config *config, struct err *e) ERR_MUST_CHECK;
/* NULL is fine. */
void policy_free(struct policy *p);

/* Adds the right to read an object of S3 that the list is made of, beside the one that the input
 * names: a file of an inventory, or of a completion report. version_id: NULL: the current one.
 * ERR_LIMIT: more than POLICY_BUCKETS_MOST buckets of such files. */
enum err_code policy_add_list(struct policy *p, const char *bucket, const char *key,
        const char *version_id, struct err *e) ERR_MUST_CHECK;

/* Adds the rights for one object. ERR_LIMIT: more than POLICY_BUCKETS_MOST source buckets. */
enum err_code policy_add(struct policy *p, const struct item *item, struct err *e) ERR_MUST_CHECK;

/* {"principal", "copier": POLICY, "buckets": [{"bucket", "role": "source" or "destination",
 * "objects", "policy": POLICY}], "keys": [{"key", "role", "policy": POLICY}], "notes": [TEXT]}: a
 * new reference. NULL: out of memory. */
json_t *policy_json(const struct policy *p);
/* The same as a text in sections, each of which can be sent to the one whom it is for. json: of
 * policy_json(). */
void policy_text(struct buf *out, const json_t *json);

#endif
