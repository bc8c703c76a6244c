/* The terms on which requests about the objects of one bucket are made: what stands in every such
 * request besides what it is about. Values; no I/O. */
#ifndef COPYOUT_MODEL_OPTIONS_BUCKET_TERMS_H
#define COPYOUT_MODEL_OPTIONS_BUCKET_TERMS_H

#include "model/options/sse_c_key.h"

enum payer {
    PAYER_OWNER,     /* the bucket's owner, unless he refuses */
    PAYER_REQUESTER, /* we do, if the bucket asks it: x-amz-request-payer */
};

/* Whether requests that only look are signed. S3 makes no copy for an unsigned request. */
enum signing {
    SIGNING_ALWAYS,
    SIGNING_OF_WRITES, /* looks go without credentials, as into a public bucket */
};

/* Zeroed memory: no terms. The pointers are not owned. */
struct bucket_terms {
    const char *owner; /* the account that must own the bucket, twelve digits; NULL: any */
    enum payer payer;
    enum signing signing;
    const struct sse_c_key *key; /* its objects are encrypted with that key; NULL: none */
};

#endif
