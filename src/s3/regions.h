/* Which region each bucket is in: what HeadBucket and redirects have taught us. */
#ifndef COPYOUT_S3_REGIONS_H
#define COPYOUT_S3_REGIONS_H

#include "base/err.h"

struct s3_regions;

struct s3_regions *s3_regions_new(void); /* NULL: out of memory */
void s3_regions_free(struct s3_regions *r);
/* NULL: not known. */
const char *s3_regions_get(const struct s3_regions *r, const char *bucket);
/* Forgetting is allowed (memory, too many buckets): it will be learnt again. */
void s3_regions_set(struct s3_regions *r, const char *bucket, const char *region);

#endif
