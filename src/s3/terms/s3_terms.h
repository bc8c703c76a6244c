/* The terms of a request's buckets (model/options/bucket_terms.h) as its headers: one table says
 * which of them an operation takes. Pure. */
#ifndef COPYOUT_S3_TERMS_S3_TERMS_H
#define COPYOUT_S3_TERMS_S3_TERMS_H

#include <stdbool.h>

#include "s3/request.h"

/* Adds the headers that the operation takes of the terms of r->where and, if it copies, of its
 * source. Either may have none. */
void s3_terms_add(struct headers *headers, const struct s3_request *r);

/* Whether the request goes without a signature. */
bool s3_terms_unsigned(const struct s3_request *r);

#endif
