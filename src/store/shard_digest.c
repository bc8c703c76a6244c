#include "store/shard_digest.h"

#include <openssl/evp.h>
#include <string.h>

/* The library's own struct, under a name of ours. */
static EVP_MD_CTX *ctx_of(struct shard_digest *d)
{
    return (EVP_MD_CTX *)d;
}

struct shard_digest *shard_digest_new(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1)
        return (struct shard_digest *)ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
}

void shard_digest_free(struct shard_digest *d)
{
    EVP_MD_CTX_free(ctx_of(d));
}

bool shard_digest_add(struct shard_digest *d, const void *data, size_t len)
{
    return EVP_DigestUpdate(ctx_of(d), data, len) == 1;
}

bool shard_digest_end(struct shard_digest *d, unsigned char out[SHARD_DIGEST_SIZE])
{
    unsigned char whole[EVP_MAX_MD_SIZE];

    if (EVP_DigestFinal_ex(ctx_of(d), whole, NULL) != 1)
        return false;
    memcpy(out, whole, SHARD_DIGEST_SIZE);
    return EVP_DigestInit_ex(ctx_of(d), EVP_sha256(), NULL) == 1;
}
