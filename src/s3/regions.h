/* Which region each bucket is in: what HeadBucket and redirects have said, and a default for the
 * buckets of which nothing is known. For the files of s3 only. */
#ifndef COPYOUT_S3_REGIONS_H
#define COPYOUT_S3_REGIONS_H

#include "base/err.h"

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

#endif
