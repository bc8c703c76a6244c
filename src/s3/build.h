/* Putting requests together: query, headers and body of each operation; for the files of s3 only.
 * Nothing is checked here: buffers and headers remember what did not fit, and s3_start() asks them.
 */
#ifndef COPYOUT_S3_BUILD_H
#define COPYOUT_S3_BUILD_H

#include "s3/call.h"
#include "s3/request.h"

/* Fills the query, headers, body, stall limit and callbacks of a new call. */
void s3_build(struct s3_call *call, const struct s3_request *r);

/* How long the copy of so many bytes may be silent, in milliseconds: a minute, and the time that
 * the slowest copy that counts as alive takes. */
uint64_t s3_copy_stall_ms(uint64_t bytes);
/* The same for a Complete of so many parts, which moves no bytes: up to eleven minutes. */
uint64_t s3_complete_stall_ms(unsigned parts);

#endif
