/* Where a request goes: the region of its bucket, and the address made of it. Pure. */
#ifndef COPYOUT_S3_ADDRESS_H
#define COPYOUT_S3_ADDRESS_H

#include "base/buf.h"

/* --- regions --- */

/* Which region each bucket is in: what HeadBucket and redirects have said, and a default for the
 * buckets of which nothing is known. */
struct s3_regions;

/* default_region: not NULL; copied. NULL: out of memory. */
struct s3_regions *s3_regions_new(const char *default_region);
/* NULL is allowed. */
void s3_regions_free(struct s3_regions *r);

/* The region of a bucket: what is known of it, else the default. Valid until the next change. */
const char *s3_regions_get(const struct s3_regions *r, const char *bucket);

/* Remembers a bucket's region. The table is bounded: an entry may be forgotten, and is learnt again
 * from the next redirect. */
void s3_regions_set(struct s3_regions *r, const char *bucket, const char *region);

/* Errors: ERR_NOMEM; the default then stays as it was. */
enum err_code s3_regions_set_default(
        struct s3_regions *r, const char *region, struct err *e) ERR_MUST_CHECK;

/* --- addresses --- */

/* On AWS the bucket is in the name of the host (Amazon S3 User Guide, "Virtual hosting of general
 * purpose buckets"), but for a bucket whose name has a dot, which is in the path: the wildcard of
 * the server's certificate covers one label. On an endpoint that was named it is in the path. */
struct s3_address {
    struct buf scheme_host; /* "https://bucket.s3.eu-west-1.amazonaws.com" */
    struct buf host;        /* the value of the Host header */
    struct buf path;        /* encoded, begins with '/' */
    /* Of the bucket alone; the next address is mostly one of the same bucket. */
    struct buf made_of; /* of which endpoint, region and bucket it is; empty: of none */
    size_t bucket_len;  /* bytes of `path` that are the bucket's */
};

/* Makes an empty address; it cannot fail. */
void s3_address_init(struct s3_address *a);
void s3_address_free(struct s3_address *a);

/* Makes the address of an object, in place of the one that `a` held.
 * endpoint: "http://127.0.0.1:8000" with or without a path, or NULL for AWS. region: of the bucket;
 * used for AWS only. key: NULL for the bucket itself, else not empty.
 * Errors: ERR_INPUT (no name of a bucket, or no region of AWS), ERR_INTERNAL (an empty key),
 * ERR_LIMIT, ERR_NOMEM. */
enum err_code s3_address_make(struct s3_address *a, const char *endpoint, const char *region,
        const char *bucket, const char *key, struct err *e) ERR_MUST_CHECK;

/* Checks an endpoint that a person gave: it must be http or https, a host, perhaps a port and a
 * path, and nothing else. Errors: ERR_USAGE. */
enum err_code s3_endpoint_check(const char *endpoint, struct err *e) ERR_MUST_CHECK;

#endif
