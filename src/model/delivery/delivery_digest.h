/* A SHA-256 that is made piece by piece. */
#ifndef COPYOUT_MODEL_DELIVERY_DIGEST_H
#define COPYOUT_MODEL_DELIVERY_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { DELIVERY_DIGEST_BYTES = 32, DELIVERY_DIGEST_SIZE = 2 * DELIVERY_DIGEST_BYTES + 1 };

/* Zeroed memory is none that has begun. */
struct delivery_digest {
    struct evp_md_ctx_st *md;
    bool failed;
};

/* Errors of both: ERR_INTERNAL when the library refuses, ERR_NOMEM. */
enum err_code delivery_digest_begin(struct delivery_digest *d, struct err *e) ERR_MUST_CHECK;
void delivery_digest_add(struct delivery_digest *d, const void *data, size_t len);
/* Writes it as hexadecimal digits with the NUL. */
enum err_code delivery_digest_end(
        struct delivery_digest *d, char out[DELIVERY_DIGEST_SIZE], struct err *e) ERR_MUST_CHECK;
void delivery_digest_free(struct delivery_digest *d); /* leaves it zeroed */

#endif
