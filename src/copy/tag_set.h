/* A set of tags in the form of the header x-amz-tagging: "name=value&name=value", both encoded, as
 * the answer to GetObjectTagging is given on (s3/reply.h). NULL is the empty set. Pure. */
#ifndef COPYOUT_COPY_TAG_SET_H
#define COPYOUT_COPY_TAG_SET_H

#include <stdbool.h>

/* The most bytes of x-amz-tagging that S3 takes; the AWS CLI and SDKs put a larger set with
 * PutObjectTagging (AWS CLI reference, "s3 cp", --copy-props). */
enum { TAG_SET_HEADER_MOST = 2048 };

/* Whether the set fits into the header. */
bool tag_set_fits_header(const char *tagging);
/* How many tags the set has. */
unsigned tag_set_count(const char *tagging);
/* Whether each tag of `wanted` is in `has`, with the same value. Names are unique in a set. */
bool tag_set_holds(const char *has, const char *wanted);

#endif
