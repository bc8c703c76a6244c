/* ARNs, the names of things in AWS: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. Pure. */
#ifndef COPYOUT_MODEL_ARN_H
#define COPYOUT_MODEL_ARN_H

#include <stdbool.h>
#include <stddef.h>

/* The text between two colons: field 1 is the partition, 5 where the resource begins. *len is 0
 * where there is none. */
const char *arn_field(const char *arn, unsigned field, size_t *len);

/* Whether it is an ARN of that service ("iam") whose resource begins so ("role/"). */
bool arn_is_of(const char *arn, const char *service, const char *resource);

/* Splits the first ARN off *list, whose ARNs are separated by commas, and moves *list behind it.
 * NULL: none is left (also where *list is NULL), or *nomem. The answer is the caller's to free. */
char *arn_next(const char **list, bool *nomem);

#endif
