/* The terms on which requests about the objects of one bucket are made: what stands in every such
 * request besides what it is about. Values; no I/O. */
#ifndef COPYOUT_MODEL_OPTIONS_BUCKET_TERMS_H
#define COPYOUT_MODEL_OPTIONS_BUCKET_TERMS_H

#include "model/options/sse_c_key.h"

/* How we come to a bucket. S3 takes no unsigned request where the requester pays (Amazon S3 User
 * Guide, "Using Requester Pays buckets"), so that each excludes the others. */
enum access {
    ACCESS_SIGNED,
    ACCESS_PAYING,   /* we pay, if the bucket asks it: x-amz-request-payer */
    ACCESS_UNSIGNED, /* looks go without credentials, as into a public bucket; S3 makes no copy for
                        an unsigned request */
};

/* Zeroed memory: no terms. The pointers are not owned. */
struct bucket_terms {
    const char *owner; /* the account that must own the bucket, twelve digits; NULL: any */
    enum access access;
    const struct sse_c_key *key; /* its objects are encrypted with that key; NULL: none */
};

#endif
