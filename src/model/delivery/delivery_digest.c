#include "model/delivery/delivery_digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"

enum err_code delivery_digest_begin(struct delivery_digest *d, struct err *e)
{
    d->md = EVP_MD_CTX_new();
    if (!d->md)
        return err_nomem(e);
    d->failed = EVP_DigestInit_ex(d->md, EVP_sha256(), NULL) != 1;
    return ERR_OK;
}

void delivery_digest_add(struct delivery_digest *d, const void *data, size_t len)
{
    d->failed |= EVP_DigestUpdate(d->md, data, len) != 1;
}

enum err_code delivery_digest_end(
        struct delivery_digest *d, char out[DELIVERY_DIGEST_SIZE], struct err *e)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];

    if (d->failed || EVP_DigestFinal_ex(d->md, bytes, NULL) != 1)
        return err_set(e, ERR_INTERNAL, "no SHA-256 can be made");
    str_hex(out, bytes, DELIVERY_DIGEST_BYTES);
    return ERR_OK;
}

void delivery_digest_free(struct delivery_digest *d)
{
    EVP_MD_CTX_free(d->md);
    memset(d, 0, sizeof *d);
}
