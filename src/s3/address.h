/* Where a request goes. On AWS the bucket is in the host's name (a name with a dot goes into the
 * path: a certificate's wildcard covers one label); on an endpoint of one's own it is in the path.
 * Pure. */
#ifndef COPYOUT_S3_ADDRESS_H
#define COPYOUT_S3_ADDRESS_H

#include "base/buf.h"

struct s3_address {
    struct buf scheme_host; /* "https://bucket.s3.eu-west-1.amazonaws.com" */
    struct buf host;        /* what the Host header will say */
    struct buf path;        /* encoded, begins with '/' */
};

void s3_address_init(struct s3_address *a);
void s3_address_free(struct s3_address *a);

/* endpoint: "http://127.0.0.1:8000" with or without a path, or NULL for AWS. key: NULL for the
 * bucket itself. */
enum err_code s3_address_make(struct s3_address *a, const char *endpoint, const char *region,
        const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;

/* An endpoint that a person gave: http or https, a host, perhaps a port and a path, nothing else.
 */
enum err_code s3_endpoint_check(const char *endpoint, struct err *e) ERR_MUST_CHECK;

#endif
