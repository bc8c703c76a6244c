/* The keys by which delivery records are signed and checked: Ed25519 (RFC 8032), in PEM files. The
 * private key is in memory alone, and in no message. */
#ifndef COPYOUT_MODEL_DELIVERY_KEY_H
#define COPYOUT_MODEL_DELIVERY_KEY_H

#include <stdbool.h>

#include "model/delivery/delivery_digest.h"

enum { DELIVERY_SIGNATURE_SIZE = 89 }; /* base64 of 64 bytes, and the NUL */

struct delivery_key;

/* Reads a private key from a PEM file (PKCS #8) that no passphrase protects; or a public one.
 * Errors: ERR_INPUT, which names the file and what is wrong with it. */
enum err_code delivery_key_read_private(
        struct delivery_key **out, const char *path, struct err *e) ERR_MUST_CHECK;
enum err_code delivery_key_read_public(
        struct delivery_key **out, const char *path, struct err *e) ERR_MUST_CHECK;
void delivery_key_free(struct delivery_key *key); /* NULL is fine */

/* The public key's fingerprint: the SHA-256 of its SubjectPublicKeyInfo in DER, as hexadecimal
 * digits. Valid as long as the key. */
const char *delivery_key_id(const struct delivery_key *key);

/* Signs a record of that digest (hexadecimal digits): the bytes that are signed are
 * "copyout delivery record 1\nsha256:DIGEST\n". out: base64 with the NUL. */
enum err_code delivery_sign(const struct delivery_key *key, const char *digest,
        char out[DELIVERY_SIGNATURE_SIZE], struct err *e) ERR_MUST_CHECK;
/* Whether a signature, as base64, is that key's of that digest. */
bool delivery_is_signed(const struct delivery_key *key, const char *digest, const char *signature);

#endif
