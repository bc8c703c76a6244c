/* The digest of a shard's lines in items.jsonl, by which a worker knows that they are those that
 * were planned: the first half of their SHA-256. */
#ifndef COPYOUT_STORE_SHARD_DIGEST_H
#define COPYOUT_STORE_SHARD_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "model/plan.h"

struct shard_digest;

/* NULL: no memory. */
struct shard_digest *shard_digest_new(void);
/* NULL is fine. */
void shard_digest_free(struct shard_digest *d);
/* Takes the next bytes of a shard. false: no memory, here and below. */
bool shard_digest_add(struct shard_digest *d, const void *data, size_t len);
/* Writes the digest of all that was added, and begins with the next shard. */
bool shard_digest_end(struct shard_digest *d, unsigned char out[SHARD_DIGEST_SIZE]);

#endif
