/* Shared by the files of sigv4 only. */
#ifndef COPYOUT_AWS_SIGV4_INT_H
#define COPYOUT_AWS_SIGV4_INT_H

#include "aws/sigv4.h"

/* Appends the canonical request. names_at, names_end: where in out the list of the signed headers
 * is. */
enum err_code sigv4_add_canonical(struct buf *out, const struct sigv4_request *r,
        const char *payload_hash, const struct headers *headers, size_t *names_at,
        size_t *names_end, struct err *e) ERR_MUST_CHECK;

#endif
